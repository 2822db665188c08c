/** Order statistics: what stands where in sorted rows. */

import { expectNoMore, expectOneOf, expectTensors, optionsOf } from '../arguments.ts'
import { type DimExpr, dimAtLeast, dimDifference, dimFloorDiv, dimProduct, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused, nothingToReduce, rankRefused, sizeText, sliceWrong } from '../errors.ts'
import { folds } from '../folds.ts'
import { asTensor, constant, type DimLike, toDim } from '../leaf.ts'
import type { Next } from '../rank.ts'
import type { AlongRank, Everything, NeedsAxes, Over, ReducedRank, ReduceOptions } from '../reduced.ts'
import type { NeedsNumber } from '../refused.ts'
import { type Operand, Tensor } from '../tensor.ts'
import { type DType, isFloat, isNumeric, numbers, type Rank, type ToFloat } from '../type.ts'
import { add, div, floorDiv, maximum, mul, sub } from './arithmetic.ts'
import { eq, isnan, le, where } from './comparison.ts'
import { dimValue } from './create.ts'
import { quantileWrong } from './errors.ts'
import { permute, reshapeTo, sliceAxis } from './move.ts'
import { normalizeAxes, readOptions, restoreAxes } from './reduce.ts'
import { ceil, floor } from './rounding.ts'
import { normalAxis, stack } from './shape.ts'
import { type AlongOptions, alongRows, argsort, firstSorted, sort } from './sort.ts'
import { take } from './take.ts'
import { widely } from './wide.ts'

/** Options of `topk`. */
export interface TopkOptions extends AlongOptions {
  /** The largest elements unless false; NaN counts as the largest. */
  largest?: boolean | undefined
  /** In order, the best first; without it any order would do, and it is the same. */
  sorted?: boolean | undefined
}

/**
 * The k largest elements along an axis (the last unless given), the largest first, and their int32 positions; of equal ones
 * those that come first. A negative k asks for the smallest, as does `largest: false`.
 */
export function topk<D extends DType, R extends Rank, const O extends TopkOptions | number = Everything>(
  x: Tensor<D, R>,
  k: DimLike,
  over?: O & NeedsAxes<R, O>,
): [values: Tensor<D, AlongRank<R, O>>, indices: Tensor<'int32', AlongRank<R, O>>]
export function topk(
  x: Tensor,
  k: DimLike,
  over: TopkOptions | number = {},
  ...more: readonly unknown[]
): [values: Tensor, indices: Tensor] {
  expectTensors('topk', x)
  expectNoMore('topk', more)
  const { axis = -1, largest = true } = optionsOf<TopkOptions>('topk', over, ['axis', 'largest', 'sorted'])
  const smallest = typeof k === 'number' && k < 0
  const count = toDim('topk', smallest ? -k : k)
  const row = axis === null ? reshapeTo(x, [dimProduct(x.shape)]) : x
  const along = normalAxis('topk', row, axis ?? 0)
  const missing = dimDifference(count, row.shape[along]!)
  if (missing !== undefined && missing > 0)
    throw sliceWrong('topk', x, `axis ${along} has ${sizeText(row.shape[along]!)} elements, not ${sizeText(count)}`)
  const descending = largest !== smallest
  if (typeof count === 'number' && isSmall(count, row.shape[along]!))
    return alongRows(row, along, rows => firstSorted(rows, count, descending)) as never
  const [order, first] = [{ axis: along, descending }, (y: Tensor) => sliceAxis(y, along, 0, count)]
  return [first(sort(row, order)), first(argsort(row, order))] as never
}

/** True where it takes less to look for so many elements than to sort all. */
const isSmall = (count: number, size: DimExpr): boolean => typeof size !== 'number' || count * 8 <= size

/** The positions that `topk` gives; Theano's name. */
export const argtopk = <R extends Rank, const O extends TopkOptions | number = Everything>(
  x: Tensor<DType, R>,
  k: DimLike,
  ...over: [over?: O & NeedsAxes<R, O>]
) => topk<DType, R, O>(x, k, ...over)[1]

/** Theano's name for both results of `topk`. */
export const topkAndArgtopk: typeof topk = (x, k, ...over) => topk(x, k, ...over)

/** Rows over axes as the last axis, in order, and how many elements of each there are: the rest of a row comes last. */
interface Sorted {
  rows: Tensor
  count: DimExpr | Tensor
}

/** The rows over axes in order; NaN comes last, and before it in place of what a mask does not choose the greatest there is. */
function sortedRows(op: string, x: Tensor, axes: readonly number[]): Sorted {
  if (!isNumeric(x.dtype)) throw dtypeRefused(op, [x], numbers)
  const chosen = x.op.kind === 'derived' ? x.op.chosen?.(x, axes) : undefined
  if (chosen) {
    const most = folds.min.identity(x.dtype)
    return { ...sortedRows(op, chosen.whole(most), chosen.axes), count: chosen.count('int64') }
  }
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const size = dimProduct(axes.map(axis => x.shape[axis]!))
  if (size === 0) throw nothingToReduce(op, x)
  const some = { left: 1, right: size, relation: '<=', why: 'has no value over nothing' } as const
  const rows = reshapeTo(
    permute(x, [...kept, ...axes]),
    [...kept.map(axis => x.shape[axis]!), size],
    dimAtLeast(size, 1) ? [] : [some],
  )
  return { rows: sort(rows), count: size }
}

/** What is read off sorted rows, NaN where a row has one, or where a mask chose nothing. */
function readOff({ rows, count }: Sorted, read: (rows: Tensor) => Tensor): Tensor {
  const value = widely(rows, read)
  const some = count instanceof Tensor ? where(eq(count, 0), NaN, value) : value
  if (!isFloat(rows.dtype)) return some
  const last = element(rows, dimSub(rows.shape[rows.ndim - 1]!, 1))
  return where(isnan(last), last, some)
}

/** The element of each row at a place. */
const element = (rows: Tensor, at: DimExpr | Tensor): Tensor =>
  at instanceof Tensor
    ? take(rows, at, { axis: -1 })
    : reshapeTo(sliceAxis(rows, rows.ndim - 1, at, 1), rows.shape.slice(0, -1))

/** The two places in the middle of so many, the same one of an odd number. */
function middleOf(count: DimExpr | Tensor): [DimExpr | Tensor, DimExpr | Tensor] {
  if (!(count instanceof Tensor)) return [dimFloorDiv(dimSub(count, 1), 2), dimFloorDiv(count, 2)]
  const half = (twice: Tensor) => cast(floorDiv(twice, 2), 'int32')
  return [half(maximum(sub(count, 1), 0)), half(count)]
}

/**
 * The middle one of the elements over axes in order, or the mean of the two in the middle; NaN if any is. Integers give
 * float32.
 */
export function median<D extends DType, R extends Rank, const O extends Over = Everything>(
  x: Tensor<D, R> & NeedsNumber<D>,
  over?: O & NeedsAxes<R, O>,
): Tensor<ToFloat<D>, ReducedRank<R, O>>
export function median(x: Tensor, over: Over = {}, ...more: readonly unknown[]): Tensor {
  expectTensors('median', x)
  expectNoMore('median', more)
  const { axis, keepdims } = readOptions('median', over)
  const axes = normalizeAxes('median', x, axis)
  const sorted = sortedRows('median', x, axes)
  const [below, above] = middleOf(sorted.count)
  const result = readOff(sorted, rows => {
    const [low, high] = [element(rows, below), element(rows, above)]
    return where(eq(low, high), low, mul(add(low, high), 0.5))
  })
  return keepdims ? restoreAxes(result, axes) : result
}

/** How a quantile that falls between two elements is told from them. */
const methods = {
  linear: (low: Tensor, high: Tensor, part: Tensor) => add(low, mul(sub(high, low), part)),
  lower: (low: Tensor) => low,
  higher: (_: Tensor, high: Tensor) => high,
  nearest: (low: Tensor, high: Tensor, part: Tensor) => where(le(part, 0.5), low, high),
  midpoint: (low: Tensor, high: Tensor) => mul(add(low, high), 0.5),
}

export interface QuantileOptions extends ReduceOptions {
  /** Between the two elements in proportion (`linear`) unless given. */
  method?: keyof typeof methods | undefined
}

type Quantiles = <
  D extends DType,
  R extends Rank,
  Q extends Operand | readonly number[],
  const O extends Over<QuantileOptions> = Everything,
>(
  x: Tensor<D, R> & NeedsNumber<D>,
  q: Q,
  over?: O & NeedsAxes<R, O>,
) => Tensor<ToFloat<D>, Q extends readonly number[] ? Next<ReducedRank<R, O>> : ReducedRank<R, O>>

/**
 * The element over axes below which a part q of them lies, q from 0 to 1; NaN if any is. Several q give a first axis. A q
 * outside is an error, of the call where it is a tensor. Integers give float32.
 */
export const quantile: Quantiles = (x, q, over, ...more: readonly unknown[]) =>
  quantiles('quantile', x, q, 1, over ?? {}, more) as never

/** NumPy's `percentile`: the `quantile` of q / 100. */
export const percentile: Quantiles = (x, q, over, ...more: readonly unknown[]) =>
  quantiles('percentile', x, q, 100, over ?? {}, more) as never

function quantiles(
  op: string,
  x: Tensor,
  q: Operand | readonly number[],
  whole: number,
  over: Over<QuantileOptions>,
  more: readonly unknown[],
): Tensor {
  expectTensors(op, x)
  expectNoMore(op, more)
  const { axis, keepdims, method = 'linear' } = readOptions<QuantileOptions>(op, over, ['method'])
  expectOneOf(op, 'method', method, Object.keys(methods))
  const axes = normalizeAxes(op, x, axis)
  const sorted = sortedRows(op, x, axes)
  const { count } = sorted
  const last =
    count instanceof Tensor ? maximum(sub(cast(count, 'float64'), 1), 0) : dimValue(dimSub(count, 1), 'float64')
  const one = (part: Operand) => {
    const place = mul(placeOf(op, part, whole), last)
    const result = readOff(sorted, rows => between(rows, place, method))
    return keepdims ? restoreAxes(result, axes) : result
  }
  return Array.isArray(q) ? stack(q.map(one)) : one(q as Operand)
}

/** A quantile as a float64 scalar from 0 to 1. */
function placeOf(op: string, q: Operand, whole: number): Tensor {
  if (typeof q === 'number' && !(q >= 0 && q <= whole)) throw quantileWrong(op, q, whole)
  const part = typeof q === 'number' ? constant(q, 'float64') : cast(asTensor(q, op), 'float64')
  if (part.ndim > 0) throw rankRefused(op, [part], 'a number as quantile, or a list of numbers')
  return whole === 1 ? part : div(part, whole)
}

/** What a method makes of the elements on both sides of a place in sorted rows. */
function between(rows: Tensor, place: Tensor, method: keyof typeof methods): Tensor {
  const at = (position: Tensor) => take(rows, cast(position, 'int32'), { axis: -1 })
  const below = floor(place)
  const [low, high] = [at(below), at(ceil(place))]
  const value = methods[method](low, high, cast(sub(place, below), rows.dtype))
  // Also where both are infinite, and where the place is that of one.
  return where(eq(low, high), low, value)
}
