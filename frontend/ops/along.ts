/** Elements read and written along one axis, in places that a tensor of the same rank names. */
import { expectOneOf, expectTensors, optionsOf } from '../arguments.ts'
import { dimsDiffer, rankRefused } from '../errors.ts'
import type { Everything, NeedsAxes } from '../reduced.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, type Rank, unify } from '../type.ts'
import { type Putable, valueFor } from './at.ts'
import { scatter as write } from './gather.ts'
import type { ListRank } from './indexRank.ts'
import type { NeedsRank, NeedsVector } from './linalg/known.ts'
import { type Along, normalAxis } from './shape.ts'
import { fromLists, type IndexArray } from './slice.ts'
import { takeAlongAxis } from './take.ts'

/**
 * out[.., k, ..] = x[.., index[.., k, ..], ..] along an axis (the last): NumPy's `take_along_axis` by the name that it has
 * elsewhere. The other axes of both broadcast; negative indices count from the end, and one out of range fails the call.
 */
export const gather: typeof takeAlongAxis = (x: Tensor, index: Tensor | IndexArray, over: Along = {}) =>
  takeAlongAxis(x, index as Tensor, over as object) as never

/** Along which axis `scatter` writes, and whether it sets elements (`'set'`, when absent) or adds to them. */
export interface ScatterOptions {
  axis?: number
  mode?: 'set' | 'add'
}

/**
 * x after x[.., index[.., k, ..], ..] = values[.., k, ..] along an axis (the last), as NumPy's `put_along_axis` makes it; with
 * `mode: 'add'` the values are added. The other axes of `index` are those of x or 1, and `values` (a tensor, an array or a
 * number) broadcasts to the places. Where a place is named several times the last value stays, or all are added, in order.
 * Gradients flow to x and to the values that are left.
 */
export function scatter<
  D extends DType,
  R extends Rank,
  const L extends IndexArray,
  const O extends ScatterOptions | number = Everything,
>(
  x: Tensor<D, R> & NeedsVector<R>,
  indices: L & NeedsRank<ListRank<L>, R>,
  values: Putable,
  over?: O & NeedsAxes<R, O>,
): Tensor<D, R>
export function scatter<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const O extends ScatterOptions | number = Everything,
>(
  x: Tensor<D, R> & NeedsVector<R>,
  index: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, R>,
  values: Putable,
  over?: O & NeedsAxes<R, O>,
): Tensor<D, R>
export function scatter(
  x: Tensor,
  indices: Tensor | IndexArray,
  values: Putable,
  over: ScatterOptions | number = {},
): Tensor {
  const index = fromLists(indices)
  expectTensors('scatter', x, index)
  const { axis = -1, mode = 'set' } = optionsOf<ScatterOptions>('scatter', over, ['axis', 'mode'])
  expectOneOf('scatter', 'mode', mode, ['set', 'add'])
  if (index.ndim !== x.ndim)
    throw rankRefused('scatter', [x, index], 'indices of as many axes as what they choose from')
  const along = normalAxis('scatter', x, axis)
  const differs = x.shape.findIndex((dim, i) => {
    const own = index.shape[i]!
    return i !== along && own !== 1 && (dim === 1 || unify(dim, own) === 'differ')
  })
  if (differs >= 0) throw dimsDiffer('scatter', [x, index], differs, x.shape[differs]!, index.shape[differs]!)
  const labels = x.shape.map((_, i) => i)
  const axes = labels.map(i => (i === along ? null : i))
  const value = valueFor('scatter', values, takeAlongAxis(x, index, along), mode)
  return write(x, value, [index], { axes, indices: [labels], mode })
}
