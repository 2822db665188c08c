/** What stands between the brackets of `x[...]`: whole numbers, slices, new axes, the ellipsis, tensors, and their text. */
import type { ArrayValue } from '../../runtime/array.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimFloorDiv, dimMax, dimMin, dimMul, dimSub } from '../dims.ts'
import { sliceWrong } from '../errors.ts'
import { constant, type DimLike, type Parts, partsOf, toDim, wholeOf } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { isValueDim } from '../type.ts'

/**
 * Where a slice begins or ends, or what it steps by: a number, a dim or an expression of dims, an integer scalar input, which
 * may be below 0 where it stands here, or sums, differences and products of these.
 */
export type Bound = DimLike | Tensor

/** `start:stop:step` along an axis; null or absent bounds reach the end that the step comes from or goes to. */
export interface Slice<B extends Bound = Bound> {
  start?: B | null
  stop?: B | null
  step?: B | null
}

/** A slice: `slice(2)` is `:2`, `slice(1, null)` is `1:`, `slice(null, null, -1)` is `::-1`. */
export function slice(stop: DimLike): Slice<DimLike>
export function slice(start: DimLike, stop: DimLike, step?: DimLike): Slice<DimLike>
export function slice(stop: Bound): Slice
export function slice(start: Bound, stop: Bound, step?: Bound): Slice
export function slice(a: Bound, b?: Bound, step: Bound = 1): Slice {
  return b === undefined ? { start: null, stop: a, step } : { start: a, stop: b, step }
}

/** A new axis of size 1. */
export const newaxis = 'newaxis'
/** As many whole axes as are left. */
export const ellipsis = '...'

/** Numbers or truth values in lists, as an index. */
export type IndexArray = readonly (number | boolean | IndexArray)[]

/** Nested lists as a constant, other indices as they are: bools are a mask, numbers int32. */
export function fromLists(index: Tensor | IndexArray): Tensor {
  if (!Array.isArray(index)) return index as Tensor
  const flat = index.flat(6)
  return constant(
    index as ArrayValue,
    flat.length > 0 && flat.every(item => typeof item === 'boolean') ? 'bool' : 'int32',
  )
}

/**
 * An index drops its axis, a slice keeps it, integer tensors and arrays choose along it, a mask of bools along as many as
 * it has. Text stands for several items: `'1:, ::-1, None, ..., 0'`, where each `$` is the next argument after it.
 */
export type IndexItem = number | Slice | Tensor | IndexArray | string | null

/** Items with texts taken apart; null is a new axis, as in NumPy. */
export function readItems(x: Tensor, items: readonly IndexItem[]): IndexItem[] {
  const pending = [...items]
  const read: IndexItem[] = []
  while (pending.length > 0) {
    const item = pending.shift()!
    if (item === null) read.push(newaxis)
    else if (typeof item !== 'string' || item === newaxis || item === ellipsis) read.push(item)
    else for (const text of item.split(',')) read.push(readText(x, text.trim(), pending))
  }
  return read
}

function readText(x: Tensor, text: string, pending: IndexItem[]): IndexItem {
  const next = (): IndexItem => {
    if (pending.length === 0) throw sliceWrong('at', x, 'there are more $ than arguments after the text')
    return pending.shift()!
  }
  if (text === '$') return next()
  if (text === ellipsis) return ellipsis
  if (text === 'None' || text === newaxis) return newaxis
  const [start, stop, step, ...more] = text.split(':').map(part => part.trim())
  const bound = (part: string | undefined): Bound => {
    if (part === undefined || part === '') return null
    if (part === '$') return next() as Bound
    if (!/^-?\d+$/.test(part)) throw sliceWrong('at', x, `'${text}' is no index`)
    return Number(part)
  }
  if (stop === undefined && start !== '') return bound(start) as number
  if (stop === undefined || more.length > 0) throw sliceWrong('at', x, `'${text}' is no index`)
  return { start: bound(start), stop: bound(stop), step: bound(step) }
}

/** The place that a whole number means along an axis; negative ones count from the end. */
export function placeAlong(x: Tensor, axis: number, index: number): DimExpr {
  const size = x.shape[axis]!
  const inside = typeof size !== 'number' || (index >= -size && index < size)
  if (!Number.isInteger(index)) throw sliceWrong('at', x, `${index} is no whole number`)
  if (!inside) throw sliceWrong('at', x, `index ${index} is out of range for axis ${axis} of size ${size}`)
  return index < 0 ? dimAdd(size, index) : index
}

/**
 * Start, size and step of a slice, with NumPy's clamping where numbers are known and where the values of inputs tell; other
 * dims have to lie inside, which each call checks. A step that a call tells may be below 0, and goes back then.
 */
export function rangeAlong(x: Tensor, axis: number, item: Slice): [DimExpr, DimExpr, DimExpr] {
  const size = x.shape[axis]!
  const given = item.step ?? 1
  const step = wholeAt(x, given)
  if (step === 0 || (typeof step === 'number' && !Number.isInteger(step)))
    throw sliceWrong('at', x, `step ${step} is not a whole number other than 0`)
  const { above, below } = partsAt(given, step)
  const back = dimMin(below, 1)
  const bound = (value: Bound | undefined, open: DimExpr): DimExpr => {
    if (value === null || value === undefined) return open
    const place = wholeAt(x, value)
    const isHeld = isValueDim(place) || isValueDim(step) || (typeof place === 'number' && typeof size === 'number')
    if (isHeld) return clampedBound(partsAt(value, place), size, back)
    return typeof place === 'number' && place < 0 ? dimAdd(size, place) : place
  }
  // Forwards from 0 to size, backwards from size - 1 to -1.
  const start = bound(item.start, dimMul(back, dimSub(size, 1)))
  const stop = bound(item.stop, dimSub(size, dimMul(back, dimAdd(size, 1))))
  const difference = dimMul(dimSub(1, dimMul(2, back)), dimSub(stop, start))
  const span = isValueDim(difference) || typeof difference === 'number' ? dimMax(difference, 0) : difference
  const stride = dimMax(dimAdd(above, below), 1)
  if (typeof stride === 'number') return [start, dimFloorDiv(dimAdd(span, stride - 1), stride), step]
  // As ceil(span / stride), which would pass 2^31 on the way where the stride does nearly.
  const any = dimMin(span, 1)
  return [start, dimAdd(any, dimFloorDiv(dimSub(span, any), stride)), step]
}

/** A bound where NumPy puts it: counted from the end when it is below 0, and held to the axis; `back` is 1 for a slice that goes back. */
function clampedBound({ above, below }: Parts, size: DimExpr, back: DimExpr): DimExpr {
  const fromEnd = dimMax(dimSub(size, below), dimMul(-1, back))
  return dimMin(dimAdd(above, dimMul(fromEnd, dimMin(below, 1))), dimSub(size, back))
}

/** A bound or step as a dim expression that may be below 0. */
function wholeAt(x: Tensor, value: Exclude<Bound, null>): DimExpr {
  if (typeof value === 'number') return value
  if (!(value instanceof Tensor)) return toDim('at', value)
  const whole = wholeOf(value)
  if (whole === undefined)
    throw sliceWrong(
      'at',
      x,
      'the size of a slice cannot depend on what is computed: bounds and steps are whole numbers, dims, integer scalar inputs, and sums, differences and products of these',
    )
  return whole
}

const partsAt = (value: Exclude<Bound, null>, whole: DimExpr): Parts =>
  (value instanceof Tensor && partsOf(value)) || {
    above: dimAtLeast(whole, 0) ? whole : dimMax(whole, 0),
    below: dimAtLeast(whole, 0) ? 0 : dimMax(dimMul(-1, whole), 0),
  }
