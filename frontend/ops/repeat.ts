/** Elements written several times: `repeat` each by itself, `tile` the whole. */
import { expectTensors } from '../arguments.ts'
import { type DimExpr, dimMul, dimProduct } from '../dims.ts'
import { rankTooHigh, sizeText, sliceWrong } from '../errors.ts'
import { type DimLike, toDim } from '../leaf.ts'
import { highestRank, type Length, type MaxRank, type Rank } from '../rank.ts'
import type { AlongRank, Everything, NeedsAxes } from '../reduced.ts'
import type { Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'
import { broadcastShape, reshapeTo, sliceAxis } from './move.ts'
import { type Along, alongOf, concatenate, flatten, normalAxis } from './shape.ts'

/**
 * Every element `repeats` times, side by side along `axis` (of the flattened tensor when absent): `[1, 1, 2, 2]` of
 * `[1, 2]`. A list has a count for each element of an axis whose size is known; counts that are computed would make a
 * size that only the data knows, which is refused.
 */
export function repeat<D extends DType, R extends Rank, const O extends Along = Everything>(
  x: Tensor<D, R>,
  repeats: DimLike | readonly number[],
  over?: O & NeedsAxes<R, O>,
): Tensor<D, AlongRank<R, O, 1>>
export function repeat(x: Tensor, repeats: DimLike | readonly number[], over: Along = {}): Tensor {
  expectTensors('repeat', x)
  const { axis: given } = alongOf('repeat', over)
  if (given === undefined && x.ndim !== 1) return repeat(flatten(x), repeats, 0)
  const axis = normalAxis('repeat', x, given ?? 0)
  if (isCounts(repeats)) return repeatEach(x, repeats, axis)
  return stretch(x, axis, 1, toDim('repeat', repeats))
}

/** A list of plain numbers; an expression of dims begins with its operator. */
const isCounts = (repeats: DimLike | readonly number[]): repeats is readonly number[] =>
  Array.isArray(repeats) && typeof repeats[0] !== 'string'

/** Neighbours of one count are repeated together. */
function repeatEach(x: Tensor, counts: readonly number[], axis: number): Tensor {
  const size = x.shape[axis]!
  if (counts.length !== size)
    throw sliceWrong('repeat', x, `${counts.length} counts for axis ${axis} of size ${sizeText(size)}`)
  for (const count of counts) toDim('repeat', count)
  const parts: Tensor[] = []
  for (let start = 0; start < size; ) {
    let end = start + 1
    while (end < size && counts[end] === counts[start]) end++
    parts.push(stretch(sliceAxis(x, axis, start, end - start), axis, 1, counts[start]!))
    start = end
  }
  return parts.length === 0 ? x : concatenate(parts, { axis })
}

/** The tensor laid side by side as often as `reps` says for each axis; for missing leading axes of either, 1. */
export function tile<D extends DType, R extends Rank, const S extends DimLike | readonly DimLike[]>(
  x: Tensor<D, R>,
  reps: S,
): Tensor<D, S extends DimLike ? MaxRank<R, 1> : S extends readonly unknown[] ? MaxRank<R, Length<S>> : Rank>
export function tile(x: Tensor, reps: DimLike | readonly DimLike[]): Tensor {
  expectTensors('tile', x)
  const given = Array.isArray(reps) && typeof reps[0] !== 'string' ? (reps as readonly DimLike[]) : [reps as DimLike]
  const counts = given.map(count => toDim('tile', count))
  const rank = Math.max(x.ndim, counts.length)
  if (rank > highestRank) throw rankTooHigh('tile', rank)
  const padded = (list: readonly DimExpr[]) => [...new Array<DimExpr>(rank - list.length).fill(1), ...list]
  const all = padded(counts)
  return all.reduce<Tensor>((y, count, axis) => stretch(y, axis, 0, count), reshapeTo(x, padded(x.shape)))
}

/** An axis made longer: its elements (`inside` 1) or the whole of it (0) `count` times. */
function stretch(x: Tensor, axis: number, inside: 0 | 1, count: DimExpr): Tensor {
  if (count === 1) return x
  // The axis stays one by itself, so that places are taken apart along it alone.
  const [lead, size, rest] = [dimProduct(x.shape.slice(0, axis)), x.shape[axis]!, dimProduct(x.shape.slice(axis + 1))]
  const stretched = (times: DimExpr) => (inside ? [lead, size, times, rest] : [lead, times, size, rest])
  const spread = broadcastShape(reshapeTo(x, stretched(1)), stretched(count))
  return reshapeTo(
    spread,
    x.shape.map((dim, i) => (i === axis ? dimMul(dim, count) : dim)),
  )
}
