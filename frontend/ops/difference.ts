/** Differences of neighbours. */
import { expectNoMore, expectTensors, optionsOf, type Placed, toCount } from '../arguments.ts'
import { dimAtLeast, dimMax, dimMin, dimSub } from '../dims.ts'
import { constant } from '../leaf.ts'
import type { Everything, NeedsAxes } from '../reduced.ts'
import { Tensor } from '../tensor.ts'
import type { DType, Promote, Rank } from '../type.ts'
import { sub } from './arithmetic.ts'
import type { Putable } from './at.ts'
import { ne } from './comparison.ts'
import type { NeedsVector } from './linalg/known.ts'
import { sliceAxis } from './move.ts'
import { broadcastTo, concatenate, normalAxis } from './shape.ts'

/** How often differences are taken, along which axis, and what stands before and behind the elements first. */
export interface DiffOptions {
  n?: number
  axis?: number
  prepend?: Putable
  append?: Putable
}

/** The dtype of what stands beside the elements: bool, which changes none, where that is nothing or a number. */
type Beside<O, Side extends string> = O extends { [S in Side]: Tensor<infer E> } ? E : 'bool'

/**
 * NumPy's `diff`: each element less the one before along an axis (the last), `n` times (once). Of bool, whether the two differ.
 * `prepend` and `append` are tensors, or numbers that stand for one more place.
 */
export function diff<D extends DType, R extends Rank, const O extends Placed<DiffOptions> = Everything>(
  x: Tensor<D, R> & NeedsVector<R>,
  options?: O & (O extends { axis: unknown } ? NeedsAxes<R, O> : unknown),
): Tensor<Promote<Promote<D, Beside<O, 'prepend'>>, Beside<O, 'append'>>, R>
export function diff(x: Tensor, options: Placed<DiffOptions> = {}, ...more: readonly unknown[]): Tensor {
  expectTensors('diff', x)
  expectNoMore('diff', more)
  const {
    n = 1,
    axis = -1,
    prepend,
    append,
  } = optionsOf<DiffOptions>('diff', options, ['n', 'axis', 'prepend', 'append'])
  const along = normalAxis('diff', x, axis)
  const beside = (value: Putable | undefined): Tensor[] => {
    if (value === undefined) return []
    const given = value instanceof Tensor ? value : constant(value, x.dtype)
    const place = x.shape.map((dim, i) => (i === along ? 1 : dim))
    return [given.ndim > 0 ? given : broadcastTo(given, place)]
  }
  let y = concatenate([...beside(prepend), x, ...beside(append)], { axis: along })
  for (let i = toCount('diff', n); i > 0; i--) y = differences(y, along)
  return y
}

/** The differences along an axis; none where there are fewer than two elements. */
function differences(x: Tensor, axis: number): Tensor {
  const size = x.shape[axis]!
  const fits = dimAtLeast(size, 1)
  const count = fits ? dimSub(size, 1) : dimMax(dimSub(size, 1), 0)
  const after = sliceAxis(x, axis, fits ? 1 : dimMin(size, 1), count)
  const before = sliceAxis(x, axis, 0, count)
  return x.dtype === 'bool' ? ne(after, before) : sub(after, before)
}
