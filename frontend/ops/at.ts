/** NumPy's `x[...]`, and `x[...] = y` as a function of x and y. */

import { type ArrayValue, NDArray } from '../../runtime/array.ts'
import { expectTensors, namedOptions } from '../arguments.ts'
import type { Scatter } from '../define.ts'
import { type DimExpr, dimEqual } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { argumentWrong, dtypeRefused, notBroadcast, rankRefused, sliceWrong } from '../errors.ts'
import { asTensor, constant } from '../leaf.ts'
import type { Needs } from '../refused.ts'
import { Tensor } from '../tensor.ts'
import {
  broadcastShapes,
  type DType,
  integers,
  isInteger,
  numbers,
  type Promote,
  promote,
  type Rank,
  type Shape,
} from '../type.ts'
import { add } from './arithmetic.ts'
import { valueTooWide } from './errors.ts'
import { gather, scatter } from './gather.ts'
import type { IndexedRank, NeedsItems } from './indexRank.ts'
import { type Masked, masked, positionsOf, writeMasked } from './mask.ts'
import { broadcastShape, reshapeTo, sliceAxis } from './move.ts'
import { setSlice } from './overlay.ts'
import {
  ellipsis,
  fromLists,
  type IndexArray,
  type IndexItem,
  newaxis,
  placeAlong,
  rangeAlong,
  readItems,
  type Slice,
} from './slice.ts'

/** One item, once it is known which axis it is about. */
type Part =
  | { kind: 'new' }
  | { kind: 'range' | 'place'; axis: number; start: DimExpr; size: DimExpr; step: DimExpr }
  | { kind: 'index'; axis: number; index: Tensor }
  | { kind: 'mask'; axis: number; mask: Tensor }

type Mode = Scatter['mode']

/** What an indexed tensor was taken from, and how others are put there. */
interface Selection {
  from: Tensor
  write(y: Tensor, mode: Mode): Tensor
}

const selections = new WeakMap<Tensor, Selection>()

/**
 * NumPy's `x[...]`: `at(x, 0, slice(1, null), newaxis, ellipsis)`, or as text `at(x, '0, 1:, None, ...')`. Negative numbers
 * count from the end. Integer tensors and nested arrays of one item broadcast together and choose; the axes of what they
 * choose stand where the first of them stands, or first where other items are between them. A mask of bools chooses
 * where it is true. An index out of range is an error, of the call where it is data.
 */
export function at<D extends DType, R extends Rank, const I extends readonly IndexItem[]>(
  x: Tensor<D, R> & NeedsItems<R, I>,
  ...items: I
): Tensor<D, IndexedRank<R, I>> {
  return indexed(x, items) as never
}

function indexed(x: Tensor, items: readonly IndexItem[]): Tensor {
  expectTensors('at', x)
  const parts = partsOf(x, readItems(x, items))
  const mask = parts.find(part => part.kind === 'mask')
  const windowed = (y: Tensor, part: Part) =>
    'size' in part && !isWhole(part, x) ? sliceAxis(y, part.axis, part.start, part.size, part.step) : y
  const window = parts.reduce(windowed, x)
  const chosen = mask ? chooseMasked(x, window, parts, mask) : choose(window, parts)
  const result = chosen.result === x ? reshapeTo(x, x.shape) : chosen.result
  selections.set(result, {
    from: x,
    write: (y, mode) => putBack(x, parts, reshapeTo(chosen.write(y, mode), window.shape)),
  })
  return result
}

const isWhole = (part: Extract<Part, { size: DimExpr }>, x: Tensor) =>
  part.start === 0 && part.step === 1 && dimEqual(part.size, x.shape[part.axis]!)

/** A part of x, with a way to what x becomes where that part is replaced. */
interface Chosen {
  result: Tensor
  write(y: Tensor, mode: Mode): Tensor
}

/** What items choose of the window that the slices among them leave. */
function choose(window: Tensor, parts: readonly Part[]): Chosen {
  const kept = parts.flatMap(part => (part.kind === 'range' || part.kind === 'index' ? [part] : []))
  const bare = reshapeTo(
    window,
    kept.map(({ axis }) => window.shape[axis]!),
  )
  const slots = slotsOf(parts)
  const indices = parts.flatMap(part => (part.kind === 'index' ? [part.index] : []))
  const rank = Math.max(0, ...indices.map(({ ndim }) => ndim))
  const first = slots.filter(slot => slot !== 'new').indexOf('block')
  const labels = new Map<number, number>()
  slots
    .filter(slot => slot !== 'new')
    .forEach((slot, at) => {
      if (slot !== 'block') labels.set(slot, first >= 0 && at > first ? at - 1 + rank : at)
    })
  const indexing = {
    axes: kept.map(part => (part.kind === 'index' ? null : labels.get(part.axis)!)),
    indices: indices.map(({ ndim }) => Array.from({ length: ndim }, (_, i) => first + rank - ndim + i)),
  }
  const read = indices.length === 0 ? bare : gather(bare, indices, indexing)
  const left = [...read.shape]
  const shape = slots.flatMap(slot => (slot === 'new' ? [1] : left.splice(0, slot === 'block' ? rank : 1)))
  return {
    result: reshapeTo(read, shape),
    write: (y, mode) => {
      const value = reshapeTo(y, read.shape)
      if (indices.length > 0) return scatter(bare, value, indices, { ...indexing, mode })
      return mode === 'add' ? add(bare, value) : value
    },
  }
}

/** An axis of what is chosen: one of x, a new one, or all those that the indices have together. */
type Slot = number | 'new' | 'block'

/** The axes of the result: those of indices where the first of them stands, or first, where others stand between them. */
function slotsOf(parts: readonly Part[]): Slot[] {
  const isAdvanced = ({ kind }: Part) => kind === 'index' || kind === 'place'
  const any = parts.some(({ kind }) => kind === 'index')
  const places = parts.flatMap((part, i) => (isAdvanced(part) ? [i] : []))
  const together = places.every((place, i) => place === places[0]! + i)
  const slots = parts.flatMap((part, i): Slot[] => {
    if (part.kind === 'new') return ['new']
    if (part.kind === 'range') return [part.axis]
    return any && together && i === places[0] ? ['block'] : []
  })
  return any && !together ? ['block', ...slots] : slots
}

function chooseMasked(
  x: Tensor,
  window: Tensor,
  parts: readonly Part[],
  part: Extract<Part, { kind: 'mask' }>,
): Chosen {
  if (parts.some(({ kind }) => kind === 'index' || kind === 'new'))
    throw sliceWrong(
      'at',
      x,
      'a mask that is computed stands beside numbers and slices alone; nonzero gives its positions',
    )
  const mask = { mask: part.mask, axis: part.axis }
  const dropped = parts.flatMap(other => (other.kind === 'place' ? [other.axis] : []))
  const keep = (axis: number) => !dropped.includes(axis)
  const shape = window.shape.filter((_, axis) => keep(axis))
  const own: Masked = { ...mask, axis: part.axis - dropped.filter(axis => axis < part.axis).length }
  const bare = reshapeTo(window, shape)
  return { result: masked(bare, own), write: (y, mode) => writeMasked(bare, own, y, mode) }
}

/** x with the part that slices and numbers name replaced. */
function putBack(x: Tensor, parts: readonly Part[], y: Tensor): Tensor {
  const slices = parts.filter(part => 'size' in part).filter(part => !isWhole(part, x))
  const inside = [x]
  for (const { axis, start, size, step } of slices.slice(0, -1))
    inside.push(sliceAxis(inside.at(-1)!, axis, start, size, step))
  return slices.reduceRight((value, { axis, start, step }, i) => setSlice(inside[i]!, value, axis, start, step), y)
}

// ---------------------------------------------------------------------------------------------------------- reading

function partsOf(x: Tensor, items: readonly IndexItem[]): Part[] {
  const read = items.map(
    item => (Array.isArray(item) ? fromLists(item as IndexArray) : item) as Exclude<IndexItem, IndexArray | null>,
  )
  const used = read.reduce<number>((count, item) => count + axesUsed(item), 0)
  if (used > x.ndim) throw rankRefused('at', [x], `no more indices than axes, not ${used} for ${x.ndim}`)
  if (read.filter(item => item === ellipsis).length > 1) throw rankRefused('at', [x], 'one ellipsis at most')
  const full = read.includes(ellipsis) ? read : [...read, ellipsis]
  let axis = 0
  return full.flatMap((item): Part[] => {
    if (item === newaxis) return [{ kind: 'new' }]
    if (item === ellipsis)
      return Array.from({ length: x.ndim - used }, () => {
        const own = axis++
        return { kind: 'range', axis: own, start: 0, size: x.shape[own]!, step: 1 }
      })
    const own = axis
    axis += axesUsed(item)
    if (item instanceof Tensor) return item.dtype === 'bool' ? maskParts(x, own, item) : [indexPart(own, item)]
    if (typeof item === 'number')
      return [{ kind: 'place', axis: own, start: placeAlong(x, own, item), size: 1, step: 1 }]
    namedOptions('at', item as Slice, ['start', 'stop', 'step'], indexItems)
    if (Object.keys(item).length === 0) throw argumentWrong('at', indexItems, item)
    const [start, size, step] = rangeAlong(x, own, item as Slice)
    return [{ kind: 'range', axis: own, start, size, step }]
  })
}

const indexItems = 'a whole number, a slice { start, stop, step }, a tensor, an array, text, newaxis or ellipsis'

function axesUsed(item: unknown): number {
  if (item === newaxis || item === ellipsis) return 0
  return item instanceof Tensor && item.dtype === 'bool' ? item.ndim : 1
}

function indexPart(axis: number, index: Tensor): Part {
  if (!isInteger(index.dtype)) throw dtypeRefused('at', [index], ['bool', ...integers])
  return { kind: 'index', axis, index }
}

/** A mask: the positions where it is true, when that is known now. */
function maskParts(x: Tensor, axis: number, mask: Tensor): Part[] {
  mask.shape.forEach((dim, i) => {
    const [size, known] = [x.shape[axis + i]!, typeof dim === 'number']
    if (!dimEqual(dim, size) && known && typeof size === 'number')
      throw sliceWrong('at', x, `a mask of size ${dim} cannot choose along axis ${axis + i} of size ${size}`)
  })
  const positions = positionsOf(mask)
  return positions ? positions.map((index, i) => indexPart(axis + i, index)) : [{ kind: 'mask', axis, mask }]
}

// ---------------------------------------------------------------------------------------------------------- writing

/** What can be put into a tensor: another one, an array, a number. */
export type Putable = Tensor | ArrayValue

/** The whole, of the part's dtype; its rank, which that of the part does not tell, is the one that is expected where it goes. */
type Putting = <D extends DType, Y extends Putable, R extends Rank = Rank>(
  part: Tensor<D>,
  y: Y & (Y extends Tensor<infer E> ? Needs<D, Promote<D, E>, `a dtype that ${D} holds, not ${E}`> : unknown),
) => Tensor<D, R>

/**
 * The tensor that `part` was taken from by `at`, with `y` in its place: `setSubtensor(x.at(0), y)` is x after `x[0] = y`.
 * `y` broadcasts to the part and takes its dtype, which has to hold it. Of several values for one place the last stays.
 */
export const setSubtensor: Putting = (part, y) => put('setSubtensor', part, y, 'set') as never

/**
 * The tensor that `part` was taken from by `at`, with `y` added to it: `incSubtensor(x.at(i), y)` is x after `x[i] += y`,
 * but where `i` names a place several times, all values for it are added, in order (NumPy's `add.at`).
 */
export const incSubtensor: Putting = (part, y) => put('incSubtensor', part, y, 'add') as never

function put(op: string, part: Tensor, y: Putable, mode: Mode): Tensor {
  expectTensors(op, part)
  const selection = selections.get(part)
  if (!selection)
    throw sliceWrong(op, part, 'the first argument has to be what x.at(...) gives: the part of x to write into')
  return selection.write(valueFor(op, y, part, mode), mode)
}

/** What is put into a part of a tensor, or added to it: of its shape and dtype. */
export function valueFor(op: string, y: Putable, part: Tensor, mode: Mode): Tensor {
  if (mode === 'add' && part.dtype === 'bool') throw dtypeRefused(op, [part], numbers)
  const weak = typeof y === 'number' || typeof y === 'bigint' || typeof y === 'boolean'
  const given = weak ? constant(y, part.dtype) : asTensor(y, op)
  const list = !(y instanceof Tensor) && !(y instanceof NDArray) && !ArrayBuffer.isView(y)
  if (!list && promote(given.dtype, part.dtype) !== part.dtype) throw valueTooWide(op, given, part)
  return inShapeOf(op, cast(given, part.dtype), part)
}

/** y repeated to the shape of what it is put into. */
function inShapeOf(op: string, y: Tensor, part: Tensor): Tensor {
  const together = broadcastShapes(y.shape, part.shape)
  const isWider = ({ shape }: { shape: Shape }) =>
    shape.length > part.ndim || part.shape.some((dim, i) => dim === 1 && shape[i] !== 1)
  if ('axis' in together || isWider(together)) throw notBroadcast(op, y, part.shape)
  return y.ndim === part.ndim && y.shape.every((dim, i) => dimEqual(dim, part.shape[i]!))
    ? y
    : broadcastShape(y, part.shape, together.checks)
}
