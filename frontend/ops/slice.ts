/** Basic indexing: whole numbers, slices, new axes and the ellipsis. */
import { expectOptions, expectTensors } from '../arguments.ts'
import { type DimExpr, dimAdd, dimDifference, dimSub } from '../dims.ts'
import { rankRefused, sliceWrong } from '../errors.ts'
import { type DimLike, toDim } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { reshapeTo, sliceAxis } from './move.ts'

/** `start:stop:step` along an axis; null or absent bounds reach the end that the step comes from or goes to. */
export interface Slice {
  start?: DimLike
  stop?: DimLike
  step?: number
}

/** A slice: `slice(2)` is `:2`, `slice(1, null)` is `1:`, `slice(null, null, -1)` is `::-1`. */
export function slice(stop: DimLike): Slice
export function slice(start: DimLike, stop: DimLike, step?: number): Slice
export function slice(a: DimLike, b?: DimLike, step = 1): Slice {
  return b === undefined ? { start: null, stop: a, step } : { start: a, stop: b, step }
}

/** A new axis of size 1. */
export const newaxis = 'newaxis'
/** As many whole axes as are left. */
export const ellipsis = '...'

/** What stands between the brackets: an index drops its axis, a slice keeps it. */
export type IndexItem = number | Slice | typeof newaxis | typeof ellipsis

/** Basic indexing as NumPy's `x[...]`: `at(x, 0, slice(1, null), newaxis, ellipsis)`. Negative numbers count from the end. */
export function at(x: Tensor, ...items: readonly IndexItem[]): Tensor {
  expectTensors('at', x)
  const used = items.filter(item => item !== newaxis && item !== ellipsis).length
  if (used > x.ndim || items.filter(item => item === ellipsis).length > 1)
    throw rankRefused('at', [x], `at most ${x.ndim} indices and one ellipsis`)
  const full = items.includes(ellipsis) ? items : [...items, ellipsis]
  let result = x
  let axis = 0
  const shape: DimExpr[] = []
  for (const item of full as readonly IndexItem[]) {
    if (item === newaxis) shape.push(1)
    else if (item === ellipsis) {
      for (let left = x.ndim - used; left > 0; left--) shape.push(x.shape[axis++]!)
    } else if (typeof item === 'number') {
      result = sliceAxis(result, axis, indexInto(x, axis, item), 1)
      axis++
    } else {
      expectOptions('at', item, 'a whole number, a slice, newaxis or ellipsis')
      const [start, size, step] = resolve(x, axis, item)
      if (start !== 0 || size !== x.shape[axis] || step !== 1) result = sliceAxis(result, axis, start, size, step)
      shape.push(size)
      axis++
    }
  }
  return reshapeTo(result, shape)
}

function indexInto(x: Tensor, axis: number, index: number): DimExpr {
  const size = x.shape[axis]!
  const inside = typeof size !== 'number' || (index >= -size && index < size)
  if (!Number.isInteger(index) || !inside) throw sliceWrong('at', x, `index ${index} is out of range for axis ${axis}`)
  return index < 0 ? dimAdd(size, index) : index
}

/** Start, size and step of a slice, with NumPy's clamping where numbers are known; dims are taken to lie inside. */
function resolve(x: Tensor, axis: number, item: Slice): [DimExpr, DimExpr, number] {
  const size = x.shape[axis]!
  const step = item.step ?? 1
  if (!Number.isInteger(step) || step === 0)
    throw sliceWrong('at', x, `step ${step} is not a whole number other than 0`)
  const forward = step > 0
  const low = forward ? 0 : -1
  const bound = (value: DimLike | undefined, open: DimExpr): DimExpr => {
    if (value === null || value === undefined) return open
    const given = typeof value === 'number' ? value : toDim('at', value)
    const from = typeof given === 'number' && given < 0 ? dimAdd(size, given) : given
    if (typeof from !== 'number' || typeof size !== 'number') return from
    return Math.min(Math.max(from, low), forward ? size : size - 1)
  }
  const start = bound(item.start, forward ? 0 : dimSub(size, 1))
  const stop = bound(item.stop, forward ? size : -1)
  const span = forward ? dimSub(stop, start) : dimSub(start, stop)
  const stride = Math.abs(step)
  if (stride === 1) return [start, typeof span === 'number' ? Math.max(span, 0) : span, step]
  const count = dimDifference(span, 0)
  const length =
    count === undefined ? (['//', dimAdd(span, stride - 1), stride] as DimExpr) : Math.max(Math.ceil(count / stride), 0)
  return [start, length, step]
}
