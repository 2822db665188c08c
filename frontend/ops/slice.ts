/** What stands between the brackets of `x[...]`: whole numbers, slices, new axes, the ellipsis, tensors, and their text. */
import { type DimExpr, dimAdd, dimAtLeast, dimDifference, dimMax, dimMin, dimMul, dimSub } from '../dims.ts'
import { sliceWrong } from '../errors.ts'
import { type DimLike, dimOfTensor, toDim } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { isValueDim } from '../type.ts'

/** Where a slice begins or ends: a number, a dim or an expression of dims, also as `dimValue` makes it a tensor. */
export type Bound = DimLike | Tensor

/** `start:stop:step` along an axis; null or absent bounds reach the end that the step comes from or goes to. */
export interface Slice<B extends Bound = Bound> {
  start?: B | null
  stop?: B | null
  step?: number | null
}

/** A slice: `slice(2)` is `:2`, `slice(1, null)` is `1:`, `slice(null, null, -1)` is `::-1`. */
export function slice(stop: DimLike): Slice<DimLike>
export function slice(start: DimLike, stop: DimLike, step?: number): Slice<DimLike>
export function slice(stop: Bound): Slice
export function slice(start: Bound, stop: Bound, step?: number): Slice
export function slice(a: Bound, b?: Bound, step = 1): Slice {
  return b === undefined ? { start: null, stop: a, step } : { start: a, stop: b, step }
}

/** A new axis of size 1. */
export const newaxis = 'newaxis'
/** As many whole axes as are left. */
export const ellipsis = '...'

/** Numbers or truth values in lists, as an index. */
export type IndexArray = readonly (number | boolean | IndexArray)[]

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
  return { start: bound(start), stop: bound(stop), step: bound(step) as number | null }
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
 * dims have to lie inside, which each call checks.
 */
export function rangeAlong(x: Tensor, axis: number, item: Slice): [DimExpr, DimExpr, number] {
  const size = x.shape[axis]!
  const step = item.step ?? 1
  if (!Number.isInteger(step) || step === 0)
    throw sliceWrong('at', x, `step ${step} is not a whole number other than 0`)
  const forward = step > 0
  const low = forward ? 0 : -1
  const bound = (value: Bound | undefined, open: DimExpr): DimExpr => {
    if (value === null || value === undefined) return open
    const given = typeof value === 'number' ? value : dimOf(x, value)
    if (isValueDim(given)) return clampedBound(given, size, forward)
    const from = typeof given === 'number' && given < 0 ? dimAdd(size, given) : given
    if (typeof from !== 'number' || typeof size !== 'number') return from
    return Math.min(Math.max(from, low), forward ? size : size - 1)
  }
  const start = bound(item.start, forward ? 0 : dimSub(size, 1))
  const stop = bound(item.stop, forward ? size : -1)
  const difference = forward ? dimSub(stop, start) : dimSub(start, stop)
  const span = isValueDim(difference) ? dimMax(difference, 0) : difference
  const stride = Math.abs(step)
  if (stride === 1) return [start, typeof span === 'number' ? Math.max(span, 0) : span, step]
  const count = dimDifference(span, 0)
  const length =
    count === undefined ? (['//', dimAdd(span, stride - 1), stride] as DimExpr) : Math.max(Math.ceil(count / stride), 0)
  return [start, length, step]
}

/** A bound that only a call knows, where NumPy puts it: counted from the end when it is below 0, and held to the axis. */
function clampedBound(bound: DimExpr, size: DimExpr, forward: boolean): DimExpr {
  const isNegative = dimMin(dimMax(dimMul(-1, bound), 0), 1)
  const from = dimAtLeast(bound, 0) ? bound : dimAdd(bound, dimMul(size, isNegative))
  const held = dimMin(from, forward ? size : dimSub(size, 1))
  return dimAtLeast(held, 0) ? held : dimMax(held, forward ? 0 : -1)
}

/** A bound as a dim; a scalar tensor has to be one that is a dim. */
function dimOf(x: Tensor, bound: DimLike | Tensor): DimExpr {
  if (!(bound instanceof Tensor)) return toDim('at', bound)
  const dim = dimOfTensor(bound)
  if (dim === undefined)
    throw sliceWrong('at', x, 'the size of a slice cannot depend on what is computed: bounds are numbers or dims')
  return dim
}
