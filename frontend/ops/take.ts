/** Elements chosen along one axis: NumPy's functions for that, and one-hot rows. */

import { expectTensors, toCount } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { dimsDiffer, dtypeRefused, rankRefused } from '../errors.ts'
import type { Next, Plus, Previous } from '../rank.ts'
import type { Everything, NeedsAxes } from '../reduced.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, integers, isInteger, type Rank, unify } from '../type.ts'
import { eq } from './comparison.ts'
import { position } from './create.ts'
import { gather } from './gather.ts'
import type { ListRank } from './indexRank.ts'
import type { NeedsRank, NeedsVector } from './linalg/known.ts'
import { reshapeTo, sizeOf } from './move.ts'
import { restoreAxes } from './reduce.ts'
import { type Along, alongOf, normalAxis } from './shape.ts'
import { fromLists, type IndexArray } from './slice.ts'

/**
 * out[i..] = x[i.., index[i..]]: `index` has the shape of x without its last axis. An index outside [0, size) fails the
 * call: a negative one does not count from the end.
 */
export function pick<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  x: Tensor<D, R> & NeedsVector<R>,
  index: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, Previous<R>>,
): Tensor<D, S>
export function pick(x: Tensor, index: Tensor): Tensor {
  expectTensors('pick', x, index)
  if (!isInteger(index.dtype)) throw dtypeRefused('pick', [index], integers)
  if (index.ndim !== x.ndim - 1)
    throw rankRefused('pick', [x, index], 'indices of one axis less than what they choose from')
  const labels = index.shape.map((_, axis) => axis)
  index.shape.forEach((dim, axis) => {
    const same = x.shape[axis] === dim || (dim !== 1 && x.shape[axis] !== 1)
    if (!same || unify(x.shape[axis]!, dim) === 'differ')
      throw dimsDiffer('pick', [x, index], axis, x.shape[axis]!, dim)
  })
  return gather(x, [index], { axes: [...labels, null], indices: [labels], fromStart: true })
}

/** The rank of what indices of rank S take: they stand for an axis, or are all that there is without one. */
type TakenRank<R extends Rank, S extends Rank, O> = [O] extends [number | { axis: number }]
  ? Plus<Previous<R>, S>
  : 'axis' extends keyof O
    ? Rank
    : S

/**
 * NumPy's `take`: x with an axis replaced by those of `index`, or the flattened x at `index` when there is no axis.
 * Indices may be nested lists of numbers. Negative ones count from the end; one out of range fails the call.
 */
export function take<D extends DType, R extends Rank, const L extends IndexArray, const O extends Along = Everything>(
  x: Tensor<D, R>,
  indices: L,
  over?: O & NeedsAxes<R, O>,
): Tensor<D, TakenRank<R, ListRank<L>, O>>
export function take<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const O extends Along = Everything,
>(x: Tensor<D, R>, index: Tensor<E, S> & NeedsInteger<E>, over?: O & NeedsAxes<R, O>): Tensor<D, TakenRank<R, S, O>>
export function take(x: Tensor, indices: Tensor | IndexArray, over: Along = {}): Tensor {
  const index = fromLists(indices)
  expectTensors('take', x, index)
  const options = alongOf('take', over)
  if (options.axis === undefined && x.ndim !== 1) return take(reshapeTo(x, [sizeOf(x)]), index, { axis: 0 })
  const axis = normalAxis('take', x, options.axis ?? 0)
  const place = (i: number) => (i < axis ? i : i - 1 + index.ndim)
  return gather(x, [index], {
    axes: x.shape.map((_, i) => (i === axis ? null : place(i))),
    indices: [index.shape.map((_, i) => axis + i)],
  })
}

/** NumPy's `take_along_axis`: out[.., k, ..] = x[.., index[.., k, ..], ..]; the other axes of both broadcast. */
export function takeAlongAxis<
  D extends DType,
  R extends Rank,
  const L extends IndexArray,
  const O extends Along = Everything,
>(x: Tensor<D, R> & NeedsVector<R>, indices: L & NeedsRank<ListRank<L>, R>, over?: O & NeedsAxes<R, O>): Tensor<D, R>
export function takeAlongAxis<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const O extends Along = Everything,
>(
  x: Tensor<D, R> & NeedsVector<R>,
  index: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, R>,
  over?: O & NeedsAxes<R, O>,
): Tensor<D, R>
export function takeAlongAxis(x: Tensor, indices: Tensor | IndexArray, over: Along = {}): Tensor {
  const index = fromLists(indices)
  expectTensors('takeAlongAxis', x, index)
  const { axis = -1 } = alongOf('takeAlongAxis', over)
  if (index.ndim !== x.ndim)
    throw rankRefused('takeAlongAxis', [x, index], 'indices of as many axes as what they choose from')
  const along = normalAxis('takeAlongAxis', x, axis)
  const labels = index.shape.map((_, i) => i)
  const indexing = { axes: labels.map(i => (i === along ? null : i)), indices: [labels] }
  return gather(x, [index], indexing)
}

/** 1 at the position that each index names, 0 elsewhere, along a new last axis of `size`. Indices outside give rows of zeros. */
export function oneHot<E extends DType, S extends Rank, D extends DType = 'float32'>(
  index: Tensor<E, S> & NeedsInteger<E>,
  size: number,
  dtype?: D,
): Tensor<NoInfer<D>, Next<S>>
export function oneHot(index: Tensor, size: number, dtype: DType = 'float32'): Tensor {
  expectTensors('oneHot', index)
  if (!isInteger(index.dtype)) throw dtypeRefused('oneHot', [index], integers)
  return cast(eq(restoreAxes(index, [index.ndim]), position('$0', [toCount('oneHot', size)], index.dtype)), dtype)
}
