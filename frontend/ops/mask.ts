/**
 * Elements where a mask is true. How many there are is known when it runs and not before, so results that hold them are
 * padded to a size, or the mask is looked at as a condition.
 */

import { array } from '../../runtime/array.ts'
import { expectTensors, namedOptions } from '../arguments.ts'
import type { Chosen, DerivedOp, ReductionOp, Scatter } from '../define.ts'
import { type DimExpr, dimAdd, dimEqual, dimFloorDiv, dimMod, dimProduct } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { argumentWrong } from '../errors.ts'
import { folds } from '../folds.ts'
import { isSameGraph } from '../intern.ts'
import { constant, constantValue, type DimLike, isConstant, toDim } from '../leaf.ts'
import type { AlongRank, Everything, NeedsAxes, ReducedRank } from '../reduced.ts'
import { Tensor } from '../tensor.ts'
import type { Several } from '../together.ts'
import type { DType, Rank } from '../type.ts'
import { add, minimum, mul, sub } from './arithmetic.ts'
import { lt, ne, where } from './comparison.ts'
import { dimValue, full, position } from './create.ts'
import { cumsum } from './cumulative.ts'
import { maskUnsized } from './errors.ts'
import { scatter } from './gather.ts'
import { reshapeTo, sizeOf, sliceAxis } from './move.ts'
import { reduce, sum } from './reduce.ts'
import { normalAxis } from './shape.ts'
import { take } from './take.ts'

/** A mask over the axes of a tensor from `axis` on. */
export interface Masked {
  mask: Tensor
  axis: number
}

/**
 * What `x.at(mask)` is: nothing can hold it, but it can be reduced and written to, and what elementwise functions make of it
 * is chosen by the same mask from what they make of x.
 */
const maskedOp: DerivedOp = {
  kind: 'derived',
  name: 'masked',
  doc: 'The elements where a mask is true, as many as there are.',
  expand: node => {
    throw maskUnsized(node)
  },
  unsized: maskUnsized,
  reduced(node, op, axes) {
    const chosen = chosenBy(node, axes)
    if (!chosen) return undefined
    const filled = chosen.whole(folds[op.fold].identity(node.dtype))
    if (!op.fold.startsWith('arg')) return reduce(op, filled, chosen.axes, { total: true })
    return axes.length === 1 ? rankAmong(node, op, filled) : undefined
  },
  chosen: (node, axes) => chosenBy(node, axes),
  mapped(operands, apply) {
    const [first] = operands.filter(isMasked) as [Tensor]
    const { mask, behind } = partsOf(first)
    const result = apply(operands.map(operand => unmasked(operand, first)))
    return masked(result, { mask, axis: result.ndim - behind - mask.ndim })
  },
}

const isMasked = (x: Tensor): boolean => x.op === maskedOp

/** What a masked tensor is made of; `behind` counts the axes after the masked one. */
function partsOf(node: Tensor): { x: Tensor; mask: Tensor; axis: number; behind: number } {
  const [x, mask] = node.inputs as [Tensor, Tensor]
  const { axis } = node.attrs as { axis: number }
  return { x, mask, axis, behind: node.ndim - 1 - axis }
}

/** A tensor that stands beside a masked one, as it stands beside what that is chosen from. */
function unmasked(x: Tensor, beside: Tensor): Tensor {
  const { mask, behind } = partsOf(beside)
  if (isMasked(x)) {
    const own = partsOf(x)
    if (own.behind !== behind || !isSameGraph(own.mask, mask)) throw maskUnsized(x)
    return own.x
  }
  const place = x.ndim - 1 - behind
  if (place < 0) return x
  if (x.shape[place] !== 1) throw maskUnsized(beside)
  return reshapeTo(x, [...x.shape.slice(0, place), ...mask.shape.map(() => 1), ...x.shape.slice(place + 1)])
}

function chosenBy(node: Tensor, axes: readonly number[]): Chosen | undefined {
  const { x, mask, axis } = partsOf(node)
  if (!axes.includes(axis)) return undefined
  const others = dimProduct(axes.filter(at => at !== axis).map(at => node.shape[at]!))
  return {
    whole: fill => where(spread(mask, axis, x), x, constant(fill as number, x.dtype)),
    axes: axes.flatMap(at =>
      at === axis ? mask.shape.map((_, i) => axis + i) : [at > axis ? at + mask.ndim - 1 : at],
    ),
    count: dtype => mul(sum(cast(mask, dtype), { dtype: dtype as 'int64' }), dimValue(others, dtype)),
  }
}

/** The position of an extreme along the masked axis, among what is chosen: how many are chosen before it. */
function rankAmong(node: Tensor, op: ReductionOp, filled: Tensor): Tensor {
  const { mask, axis, behind } = partsOf(node)
  const size = sizeOf(mask)
  const rows = reshapeTo(filled, [...filled.shape.slice(0, axis), size, ...filled.shape.slice(filled.ndim - behind)])
  const flat = cast(reshapeTo(mask, [size]), 'int32')
  const before = cast(sub(cumsum(flat, { axis: 0 }), flat), 'int32')
  return take(before, reduce(op, rows, [axis], { total: true }))
}

/** The open size of what a mask chooses: the same for all that it chooses from. */
const sizes = new WeakMap<Tensor, DimExpr>()

function sizeBy(mask: Tensor): DimExpr {
  const known = sizes.get(mask) ?? toDim('at', null)
  sizes.set(mask, known)
  return known
}

/** x where a mask is true, as a tensor of one axis of open size in place of those of the mask. */
export function masked(x: Tensor, { mask, axis }: Masked): Tensor {
  const shape = [...x.shape.slice(0, axis), sizeBy(mask), ...x.shape.slice(axis + mask.ndim)]
  return new Tensor(maskedOp, [x, mask], { axis }, { dtype: x.dtype, shape })
}

/**
 * x with `y` where a mask is true; `y`, of the shape of the masked x, is the same along the masked axis, or what the mask
 * itself chooses.
 */
export function writeMasked(x: Tensor, { mask, axis }: Masked, y: Tensor, mode: Scatter['mode']): Tensor {
  const single = y.op.name === 'broadcastTo' ? y.inputs[0]! : y
  const value = unmasked(single, masked(x, { mask, axis }))
  return where(spread(mask, axis, x), mode === 'add' ? add(x, value) : value, x)
}

/** A mask with axes of size 1 for those of x behind its own. */
const spread = (mask: Tensor, axis: number, x: Tensor): Tensor =>
  reshapeTo(mask, [...mask.shape, ...x.shape.slice(axis + mask.ndim).map(() => 1)])

/** The positions along each axis where a constant mask is true; undefined for one that is computed. */
export function positionsOf(mask: Tensor): Tensor[] | undefined {
  if (!isConstant(mask)) return undefined
  const { data, shape } = constantValue(mask)
  const flat = Array.from(data as ArrayLike<number>).flatMap((value, i) => (value ? [i] : []))
  let stride = 1
  return [...shape]
    .reverse()
    .map(size => {
      const own = flat.map(i => Math.floor(i / stride) % size)
      stride *= size
      return constant(array(own, { dtype: 'int32', shape: [own.length] }), 'int32')
    })
    .reverse()
}

/** How long a result is that holds what is counted when it runs, and what stands behind the last; 0 when absent. */
export interface PadOptions {
  size: DimLike
  fill?: number
}

/** How many places a result has; there is none that can be left out. */
export function roomOf(op: string, size: DimLike | undefined): DimExpr {
  if (size === undefined) throw argumentWrong(op, 'a size, { size }: how many there may be at most', size)
  return toDim(op, size)
}

/** The number of elements that are not 0, as an int32 scalar or along axes. */
export function countNonzero<R extends Rank, const O extends { axis?: number | readonly number[] } = Everything>(
  x: Tensor<DType, R>,
  over?: O & NeedsAxes<R, O>,
): Tensor<'int32', ReducedRank<R, O>>
export function countNonzero(x: Tensor, over: { axis?: number | readonly number[] } = {}): Tensor {
  expectTensors('countNonzero', x)
  return cast(sum(cast(truth(x), 'int32'), namedOptions('countNonzero', over, ['axis'])), 'int32')
}

const truth = (x: Tensor): Tensor => (x.dtype === 'bool' ? x : ne(x, 0))

/**
 * The int32 positions of the elements of the flattened x that are not 0, in order: `size` of them, those behind the last
 * `fill`. `countNonzero` tells how many there are; beyond `size` they are left out.
 */
export function flatnonzero(x: Tensor, options: PadOptions): Tensor<'int32', 1>
export function flatnonzero(x: Tensor, options: PadOptions): Tensor {
  expectTensors('flatnonzero', x)
  namedOptions('flatnonzero', options, ['size', 'fill'])
  const { size, fill = 0 } = options
  const flat = reshapeTo(truth(x), [sizeOf(x)])
  const room = roomOf('flatnonzero', size)
  return chosenUpTo(flat, position('$0', flat.shape, 'int32'), room, constant(fill, 'int32'))
}

/** The values where a mask is true, in order, in `room` places. */
export function chosenUpTo(mask: Tensor, values: Tensor, room: DimExpr, fill: Tensor): Tensor {
  const here = cast(mask, 'int64')
  const before = cast(sub(cumsum(here, { axis: 0 }), here), 'int32')
  return placesUpTo(where(mask, before, cast(position(room, [], 'int64'), 'int32')), values, room, fill, 'set')
}

/** Values set or added in the places that an index from 0 on names, of `room`; a place more takes all others. */
export function placesUpTo(index: Tensor, values: Tensor, room: DimExpr, fill: Tensor, mode: Scatter['mode']): Tensor {
  const places = full([dimAdd(room, 1)], fill)
  const held = minimum(index, cast(position(room, [], 'int64'), 'int32'))
  const written = scatter(places, values, [held], { axes: [null], indices: [[0]], mode, fromStart: true })
  return sliceAxis(written, 0, 0, room)
}

/** NumPy's `nonzero`, padded: for each axis of x the int32 positions of the elements that are not 0. See `flatnonzero`. */
export function nonzero<R extends Rank>(x: Tensor<DType, R>, options: PadOptions): Several<Tensor<'int32', 1>, R>
export function nonzero(x: Tensor, options: PadOptions): Tensor[] {
  expectTensors('nonzero', x)
  namedOptions('nonzero', options, ['size', 'fill'])
  const { size, fill = 0 } = options
  const room = roomOf('nonzero', size)
  const flat = reshapeTo(truth(x), [sizeOf(x)])
  return x.shape.map((dim, axis) => {
    const inner = dimProduct(x.shape.slice(axis + 1))
    const along = dimMod(dimFloorDiv('$0', inner), dim)
    return chosenUpTo(
      flat,
      position(axis === 0 ? dimFloorDiv('$0', inner) : along, flat.shape, 'int32'),
      room,
      constant(fill, 'int32'),
    )
  })
}

/** The elements of the flattened x that are not 0, in order, padded; see `flatnonzero`. */
export function nonzeroValues<D extends DType>(x: Tensor<D>, options: PadOptions): Tensor<D, 1>
export function nonzeroValues(x: Tensor, options: PadOptions): Tensor {
  expectTensors('nonzeroValues', x)
  namedOptions('nonzeroValues', options, ['size', 'fill'])
  const { size, fill = 0 } = options
  const flat = reshapeTo(x, [sizeOf(x)])
  return chosenUpTo(truth(flat), flat, roomOf('nonzeroValues', size), constant(fill, x.dtype))
}

/**
 * NumPy's `compress`, padded: the entries along an axis (of the flattened x without one) where a vector of truth values
 * holds, in order: `size` of them, those behind the last filled with `fill`.
 */
export function compress<D extends DType, R extends Rank, const O extends PadOptions & { axis?: number }>(
  condition: Tensor,
  x: Tensor<D, R>,
  options: O & NeedsAxes<R, O>,
): Tensor<D, AlongRank<R, O, 1>>
export function compress(condition: Tensor, x: Tensor, options: PadOptions & { axis?: number }): Tensor {
  expectTensors('compress', condition, x)
  namedOptions('compress', options, ['size', 'fill', 'axis'])
  const { size, fill = 0, axis } = options
  if (axis === undefined) return compress(condition, reshapeTo(x, [sizeOf(x)]), { ...options, axis: 0 })
  const along = normalAxis('compress', x, axis)
  const whole = x.shape[along]!
  const positions = flatnonzero(condition, { size })
  const room = positions.shape[0]!
  const isReal = lt(position('$0', [room], 'int32'), cast(sum(cast(truth(condition), 'int32')), 'int32'))
  const taken = take(x, where(isReal, positions, constant(0, 'int32')), { axis: along })
  const real = reshapeTo(
    isReal,
    taken.shape.map((_, i) => (i === along ? room : 1)),
  )
  return dimEqual(whole, 0) ? full(taken.shape, fill, x.dtype) : where(real, taken, constant(fill, x.dtype))
}
