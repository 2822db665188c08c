/** NumPy's shape functions, made of the primitive movements. */
import { axisList, expectList, expectTensorList, expectTensors, optionsOf, toCount } from '../arguments.ts'
import { type DimExpr, dimAdd, dimDifference, dimFloorDiv, dimMod, dimProduct, dimSub } from '../dims.ts'
import { cast, strengthen } from '../elementwise.ts'
import {
  argumentWrong,
  axesWrong,
  axisOutOfRange,
  dimsDiffer,
  notBroadcast,
  rankRefused,
  rankTooHigh,
  shapesDiffer,
  sizeDiffers,
  sizeText,
  sliceWrong,
} from '../errors.ts'
import { type DimLike, toDim, toDims } from '../leaf.ts'
import {
  type AsRank,
  type AtLeast,
  type AtMost,
  type CountOf,
  highestRank,
  type Length,
  type MaxRank,
  type Minus,
  type NeedsLength,
  type NeedsTensorRank,
  type Next,
  type Plus,
  type Rank,
} from '../rank.ts'
import type { Everything, NeedsAxes, NeedsAxis } from '../reduced.ts'
import type { Needs } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { HighestRank, NeedsSameRank, SameRank, Several, TogetherType } from '../together.ts'
import { broadcastShapes, type DType, type Equality, promote, unify } from '../type.ts'
import { broadcastShape, join, permute, reshapeTo, sizeOf, sliceAxis } from './move.ts'

/** An axis from 0 on, for a tensor of `rank` axes. */
export function normalAxis(op: string, x: Tensor, axis: number, rank = x.ndim): number {
  if (typeof axis !== 'number') throw argumentWrong(op, 'one axis, a number', axis)
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) throw axisOutOfRange(op, x, axis)
  return axis < 0 ? axis + rank : axis
}

/** The same elements in row-major order under another shape; one entry may be -1 and is worked out. */
export function reshape<D extends DType, const S extends readonly DimLike[]>(
  x: Tensor<D>,
  shape: S & NeedsTensorRank<S>,
): Tensor<D, Length<S>>
export function reshape(x: Tensor, shape: readonly DimLike[]): Tensor {
  expectTensors('reshape', x)
  expectList('reshape', 'a shape', shape)
  if (shape.length > highestRank) throw rankTooHigh('reshape', shape.length)
  const open = shape.indexOf(-1)
  if (open !== shape.lastIndexOf(-1)) throw sliceWrong('reshape', x, 'only one size can be worked out, -1')
  const given = shape.map((d, i) => (i === open ? 1 : toDim('reshape', d)))
  const [have, rest] = [sizeOf(x), dimProduct(given)]
  // What is left over is 0; of nothing at all the open size could be any.
  const [left, right] = open < 0 ? [have, rest] : rest === 0 ? [1, 0] : [dimMod(have, rest), 0]
  const difference = dimDifference(left, right)
  if (difference !== undefined && difference !== 0)
    throw sizeDiffers(
      'reshape',
      x,
      given.map((size, i) => (i === open ? -1 : size)),
    )
  if (open >= 0) given[open] = dimFloorDiv(have, rest)
  return reshapeTo(x, given, difference === 0 ? [] : [{ left, right }])
}

/** All axes in one; with `outdim`, the leading axes kept up to that rank and the rest in one, as Theano's flatten. */
export function flatten<D extends DType, R extends Rank, const N extends number = 1>(
  x: Tensor<D, R>,
  outdim?: N & Needs<AsRank<N>, Exclude<AtMost<MaxRank<R, 1>>, 0>, `an axis of rank ${R}`>,
): Tensor<D, AsRank<N>>
export function flatten(x: Tensor, outdim = 1): Tensor {
  expectTensors('flatten', x)
  if (!Number.isInteger(outdim) || outdim < 1 || outdim > Math.max(x.ndim, 1))
    throw axisOutOfRange('flatten', x, outdim)
  return reshapeTo(x, [...x.shape.slice(0, outdim - 1), dimProduct(x.shape.slice(outdim - 1))])
}

/** Axes reversed, or axis i of the result taken from `axes[i]`. */
export function transpose<D extends DType, R extends Rank, const A extends readonly number[] = []>(
  x: Tensor<D, R>,
  axes?: A & NeedsAxis<R, A> & NeedsLength<A, R>,
): Tensor<D, R>
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  expectTensors('transpose', x)
  if (!axes)
    return permute(
      x,
      x.shape.map((_, i) => x.ndim - 1 - i),
    )
  expectList('transpose', 'a list of axes', axes)
  if (axes.length !== x.ndim) throw axesWrong('transpose', x, axes, `each of ${x.ndim} axes once`)
  const normal = axes.map(axis => normalAxis('transpose', x, axis))
  if (new Set(normal).size !== x.ndim) throw axesWrong('transpose', x, axes, `each of ${x.ndim} axes once`)
  return permute(x, normal)
}

/** Theano's dimshuffle: axes in the order given, `'x'` for a new axis of size 1; axes of size 1 may be left out. */
export function dimshuffle<D extends DType, R extends Rank, const P extends readonly (number | 'x')[]>(
  x: Tensor<D, R>,
  ...pattern: P & NeedsAxis<R, P>
): Tensor<D, Length<P>>
export function dimshuffle(x: Tensor, ...pattern: readonly (number | 'x')[]): Tensor {
  expectTensors('dimshuffle', x)
  const axes = pattern.filter((p): p is number => p !== 'x').map(axis => normalAxis('dimshuffle', x, axis))
  const dropped = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  if (new Set(axes).size !== axes.length || dropped.some(axis => x.shape[axis] !== 1))
    throw axesWrong('dimshuffle', x, pattern, 'each axis once; only axes of size 1 may be left out')
  const moved = permute(x, [...axes, ...dropped])
  let next = 0
  return reshapeTo(
    moved,
    pattern.map(p => (p === 'x' ? 1 : moved.shape[next++]!)),
  )
}

/** Two axes exchanged. */
export function swapaxes<D extends DType, R extends Rank, const A extends number, const B extends number>(
  x: Tensor<D, R>,
  a: A & NeedsAxis<R, A>,
  b: B & NeedsAxis<R, B>,
): Tensor<D, R>
export function swapaxes(x: Tensor, a: number, b: number): Tensor {
  expectTensors('swapaxes', x)
  const [i, j] = [normalAxis('swapaxes', x, a), normalAxis('swapaxes', x, b)]
  return permute(
    x,
    x.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  )
}

/** Axes moved to other places, the rest in their order: `moveaxis(x, -1, 0)`, or lists of axes and of their places. */
export function moveaxis<
  D extends DType,
  R extends Rank,
  const A extends number | readonly number[],
  const B extends number | readonly number[],
>(x: Tensor<D, R>, source: A & NeedsAxis<R, A>, destination: B & NeedsAxis<R, B>): Tensor<D, R>
export function moveaxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  expectTensors('moveaxis', x)
  const [from, to] = [source, destination].map(given =>
    axisList('moveaxis', given).map(axis => normalAxis('moveaxis', x, axis)),
  ) as [number[], number[]]
  if (from.length !== to.length)
    throw sliceWrong('moveaxis', x, `${from.length} axes cannot move to ${to.length} places`)
  for (const list of [from, to]) if (new Set(list).size !== list.length) throw axesWrong('moveaxis', x, list)
  const rest = x.shape.map((_, axis) => axis).filter(axis => !from.includes(axis))
  return permute(
    x,
    x.shape.map((_, place) => (to.includes(place) ? from[to.indexOf(place)]! : rest.shift()!)),
  )
}

/** A new axis of size 1 before `axis` of the result (-1: last), or several. */
export function expandDims<D extends DType, R extends Rank, const A extends number | readonly number[]>(
  x: Tensor<D, R>,
  axis: A & NeedsAxis<Plus<R, CountOf<A>>, A>,
): Tensor<D, Plus<R, CountOf<A>>>
export function expandDims(x: Tensor, axis: number | readonly number[]): Tensor {
  expectTensors('expandDims', x)
  const given = axisList('expandDims', axis)
  const rank = x.ndim + given.length
  if (rank > highestRank) throw rankTooHigh('expandDims', rank)
  const axes = given.map(a => normalAxis('expandDims', x, a, rank))
  if (new Set(axes).size !== axes.length) throw axesWrong('expandDims', x, given)
  let next = 0
  return reshapeTo(
    x,
    Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : x.shape[next++]!)),
  )
}

/** A new axis of size 1 first, or as many as given. */
export function shapePadleft<D extends DType, R extends Rank, const N extends number = 1>(
  x: Tensor<D, R>,
  count?: N,
): Tensor<D, Plus<R, AsRank<N>>>
export function shapePadleft(x: Tensor, count = 1): Tensor {
  expectTensors('shapePadleft', x)
  return expandDims(
    x,
    Array.from({ length: toCount('shapePadleft', count) }, (_, i) => i),
  )
}

/** A new axis of size 1 last, or as many as given. */
export function shapePadright<D extends DType, R extends Rank, const N extends number = 1>(
  x: Tensor<D, R>,
  count?: N,
): Tensor<D, Plus<R, AsRank<N>>>
export function shapePadright(x: Tensor, count = 1): Tensor {
  expectTensors('shapePadright', x)
  return expandDims(
    x,
    Array.from({ length: toCount('shapePadright', count) }, (_, i) => x.ndim + i),
  )
}

/** A new axis of size 1 at a place of the result. */
export const shapePadaxis = <D extends DType, R extends Rank, const A extends number>(
  x: Tensor<D, R>,
  axis: A & NeedsAxis<Next<R>, A>,
): Tensor<D, Next<R>> => expandDims(x as Tensor, axis as number) as never

/** Without the given axes, or without all axes of size 1. */
export function squeeze<
  D extends DType,
  R extends Rank,
  const A extends number | readonly number[] | undefined = undefined,
>(
  x: Tensor<D, R>,
  axis?: A & NeedsAxis<R, A>,
): Tensor<D, [A] extends [number | readonly number[]] ? Minus<R, CountOf<A>> : Rank>
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  expectTensors('squeeze', x)
  const given = axis === undefined ? x.shape.flatMap((dim, i) => (dim === 1 ? [i] : [])) : axisList('squeeze', axis)
  const axes = given.map(a => normalAxis('squeeze', x, a))
  const wrong = axes.find(a => x.shape[a] !== 1)
  if (wrong !== undefined) throw sliceWrong('squeeze', x, `axis ${wrong} has size ${sizeText(x.shape[wrong]!)}, not 1`)
  return reshapeTo(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  )
}

/** Axes of size 1, and new leading ones, repeated to a shape. */
export function broadcastTo<D extends DType, R extends Rank, const S extends readonly DimLike[]>(
  x: Tensor<D, R>,
  shape: S & Needs<Length<S>, AtLeast<R>, `a shape of at least ${R} axes`>,
): Tensor<D, Length<S>>
export function broadcastTo(x: Tensor, shape: readonly DimLike[]): Tensor {
  expectTensors('broadcastTo', x)
  const dims = toDims('broadcastTo', shape)
  const lead = dims.length - x.ndim
  const checks: Equality[] = []
  if (lead < 0) throw notBroadcast('broadcastTo', x, dims)
  x.shape.forEach((dim, i) => {
    if (dim === 1) return
    const unified = unify(dim, dims[lead + i]!)
    if (unified === 'differ') throw notBroadcast('broadcastTo', x, dims)
    if (unified.check) checks.push(unified.check)
  })
  return lead === 0 && checks.length === 0 && dims.every((dim, i) => dim === x.shape[i])
    ? x
    : broadcastShape(x, dims, checks)
}

/** The tensors repeated to their common shape. */
export function broadcastArrays<const L extends readonly Tensor[]>(
  ...xs: L
): { -readonly [I in keyof L]: L[I] extends Tensor<infer D> ? Tensor<D, HighestRank<L>> : never }
export function broadcastArrays(...xs: readonly Tensor[]): Tensor[] {
  expectTensorList('broadcastArrays', xs)
  let shape = xs[0]?.shape ?? []
  xs.forEach((x, i) => {
    const together = broadcastShapes(shape, x.shape)
    if ('axis' in together) throw shapesDiffer('broadcastArrays', xs.slice(0, i), x, together.axis)
    shape = together.shape
  })
  return xs.map(x => broadcastTo(x, shape))
}

/** An axis, in a record or alone: `concatenate(xs, 1)` is `concatenate(xs, { axis: 1 })`. */
export type Along = { axis?: number } | number

/** The axis in its record. */
export const alongOf = (op: string, over: Along): { axis?: number } => optionsOf<{ axis?: number }>(op, over, ['axis'])

/**
 * Tensors one after the other along an axis (0); dtypes promote, the other dims must agree. `{ axis: null }` is of the flattened
 * tensors.
 */
export function concatenate<const L extends readonly Tensor[], const O extends Along | { axis: null } = Everything>(
  xs: L & ([O] extends [{ axis: null }] ? unknown : NeedsSameRank<L>),
  over?: O & ([O] extends [{ axis: null }] ? unknown : NeedsAxes<SameRank<L>, O>),
): Tensor<TogetherType<L>, [O] extends [{ axis: null }] ? 1 : SameRank<L>>
export function concatenate(xs: readonly Tensor[], over: Along | { axis: null } = {}): Tensor {
  expectTensorList('concatenate', xs)
  const options = alongOf('concatenate', over as Along)
  if (options.axis === null) return concatenate(xs.map(x => flatten(x)))
  if (xs.length === 0) throw rankRefused('concatenate', [], 'at least one tensor')
  const axis = normalAxis('concatenate', xs[0]!, options.axis ?? 0)
  const dtype = xs.map(x => x.dtype).reduce(promote)
  const checks: Equality[] = []
  for (const x of xs) {
    if (x.ndim !== xs[0]!.ndim) throw rankRefused('concatenate', xs, 'tensors of one rank')
    x.shape.forEach((dim, i) => {
      if (i === axis) return
      const unified = unify(xs[0]!.shape[i]!, dim)
      if (unified === 'differ') throw dimsDiffer('concatenate', xs, i, xs[0]!.shape[i]!, dim)
      if (unified.check) checks.push(unified.check)
    })
  }
  const typed = xs.map(x => cast(x, dtype))
  const parts = typed.filter(x => x.shape[axis] !== 0)
  return parts.length === 1 && checks.length === 0 ? parts[0]! : join(parts.length === 0 ? typed : parts, axis, checks)
}

/** Tensors of one shape along a new axis (0). */
export function stack<const L extends readonly (Tensor | number)[], const O extends Along = Everything>(
  xs: L & NeedsSameRank<L>,
  over?: O & NeedsAxes<Next<SameRank<L>>, O>,
): Tensor<TogetherType<L>, Next<SameRank<L>>>
export function stack(xs: readonly (Tensor | number)[], over: Along = {}): Tensor {
  expectList('stack', 'a list of tensors', xs)
  const options = alongOf('stack', over)
  const tensors = strengthen('stack', xs)
  if (tensors.length === 0) throw rankRefused('stack', [], 'at least one tensor')
  tensors.forEach((x, i) => {
    if (i > 0 && x.ndim !== tensors[i - 1]!.ndim) throw rankRefused('stack', tensors, 'tensors of one shape')
  })
  const axis = normalAxis('stack', tensors[0]!, options.axis ?? 0, tensors[0]!.ndim + 1)
  const apart = () => tensors.map(x => expandDims(x, axis))
  return concatenate(apart(), { axis })
}

/**
 * Consecutive parts of an axis (0): of the sizes given, or as many equal ones. They have to make up the axis; where its
 * size is not known yet, each call is checked for that.
 */
export function split<
  D extends DType,
  R extends Rank,
  const P extends number | readonly DimLike[],
  const O extends Along = Everything,
>(
  x: Tensor<D, R>,
  parts: P,
  over?: O & NeedsAxes<R, O>,
): P extends readonly DimLike[] ? { -readonly [I in keyof P]: Tensor<D, R> } : Several<Tensor<D, R>, P>
export function split(x: Tensor, parts: number | readonly DimLike[], over: Along = {}): Tensor[] {
  expectTensors('split', x)
  const options = alongOf('split', over)
  const axis = normalAxis('split', x, options.axis ?? 0)
  const whole = x.shape[axis]!
  const sizes = typeof parts === 'number' ? equalParts(x, whole, parts) : toDims('split', parts)
  const total = sizes.reduce<DimExpr>(dimAdd, 0)
  const difference = dimDifference(total, whole)
  if (difference !== undefined && difference !== 0)
    throw sliceWrong('split', x, `sizes [${sizes.map(sizeText).join(', ')}] do not add up to ${sizeText(whole)}`)
  const check = [{ left: whole, right: total }]
  const fitting = difference === 0 ? x : reshapeTo(x, x.shape, check)
  let start: DimExpr = 0
  return sizes.map(size => {
    const part = sliceAxis(fitting, axis, start, size)
    start = dimAdd(start, size)
    return part
  })
}

function equalParts(x: Tensor, whole: DimExpr, count: number): DimExpr[] {
  const size = toCount('split', count) === 0 ? 0 : dimFloorDiv(whole, count)
  if (typeof whole === 'number' && whole % count !== 0)
    throw sliceWrong('split', x, `${whole} elements are not ${count} parts of equal size`)
  return Array.from({ length: count }, () => size)
}

/** Elements in reverse along axes, or along all. */
export function flip<
  D extends DType,
  R extends Rank,
  const A extends number | readonly number[] | undefined = undefined,
>(x: Tensor<D, R>, axis?: A & NeedsAxis<R, A>): Tensor<D, R>
export function flip(x: Tensor, axis?: number | readonly number[]): Tensor {
  expectTensors('flip', x)
  const given = axis === undefined ? x.shape.map((_, i) => i) : axisList('flip', axis)
  const axes = given.map(a => normalAxis('flip', x, a))
  if (new Set(axes).size !== axes.length) throw axesWrong('flip', x, given)
  return axes.reduce((y, a) => sliceAxis(y, a, dimSub(x.shape[a]!, 1), x.shape[a]!, -1), x)
}
