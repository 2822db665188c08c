/** Dropout, of a mask that the caller draws. */
import { expectTensors, namedOptions } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused } from '../errors.ts'
import { mul } from '../ops/arithmetic.ts'
import type { NeedsFloat } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, floats, isFloat, type MaxRank, type Rank } from '../type.ts'
import { windowOption } from './errors.ts'

/**
 * x where the mask is 1 (or true), 0 where it is 0, over the share that is kept, so that the mean stays: inverted dropout
 * (Srivastava and others, Dropout, JMLR 15, 2014). The mask is an input, which every call draws anew, such as with `rng`;
 * `rate` is the share that it drops. When training is over, x itself is used.
 */
export function dropout<D extends DType, R extends Rank, S extends Rank>(
  x: Tensor<D, R> & NeedsFloat<D>,
  mask: Tensor<DType, S>,
  options?: { rate?: number },
): Tensor<D, MaxRank<R, S>>
export function dropout(x: Tensor, mask: Tensor, options: { rate?: number } = {}): Tensor {
  expectTensors('dropout', x, mask)
  const { rate = 0.5 } = namedOptions('dropout', options, ['rate'])
  if (!isFloat(x.dtype)) throw dtypeRefused('dropout', [x], floats)
  if (!(typeof rate === 'number' && rate >= 0 && rate < 1))
    throw windowOption('dropout', 'rate', rate, 'a number in [0, 1)')
  return mul(mul(x, cast(mask, x.dtype)), 1 / (1 - rate))
}
