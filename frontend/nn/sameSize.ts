/** Pooling that keeps the size of images. */
import { expectTensors } from '../arguments.ts'
import { dimSub } from '../dims.ts'
import { constant } from '../leaf.ts'
import { eq, where } from '../ops/comparison.ts'
import { zeros } from '../ops/create.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import { join } from '../ops/move.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank } from '../type.ts'
import { pool2d } from './pool.ts'
import { nearestUpsampling } from './upsampling.ts'
import type { PerAxis } from './windows.ts'

/**
 * Theano's `max_pool_2d_same_size`: images [batch, channels, height, width] with zeros in place of all elements but the
 * largest of each patch; of patches that lie side by side, without those that only partly lie on the image.
 */
export function maxPool2dSameSize<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4> & NeedsNumber<D>,
  patch: PerAxis<number>,
): Tensor<D, 4>
export function maxPool2dSameSize(x: Tensor, patch: PerAxis<number>): Tensor {
  expectTensors('maxPool2dSameSize', x)
  const largest = nearestUpsampling(pool2d(x, patch), patch)
  const whole = [2, 3].reduce<Tensor>((y, axis) => {
    const rest = dimSub(x.shape[axis]!, y.shape[axis]!)
    if (rest === 0) return y
    const shape = y.shape.map((dim, i) => (i === axis ? rest : dim))
    return join([y, zeros(shape, x.dtype)], axis)
  }, largest)
  return where(eq(x, whole), x, constant(0, x.dtype))
}
