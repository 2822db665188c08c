/** What callers give for an input or a shared variable, brought to one form. */
import { type ArrayValue, convert, dataOf, dtypeOf, isLossless, NDArray, type TypedArray } from './array.ts'
import { mostCounted } from './dims.ts'
import type { DType } from './manifest.ts'
import { badCount, lossyInput } from './messages.ts'

/** Elements as they lie in `data`, of `dtype`; a typed array alone tells no shape. */
export interface Value {
  dtype: DType
  shape: readonly number[] | undefined
  data: TypedArray
}

/**
 * `given` as elements whose cast to `dtype` is lossless: plain numbers are cast here, arrays keep their dtype if all
 * its values are values of `dtype`, and are refused otherwise. A Uint16Array for a float16 is its bits. `what` names
 * the input or state in messages.
 */
export function toValue(what: string, dtype: DType, given: ArrayValue): Value {
  const own = given instanceof NDArray ? given.dtype : dtypeOf(given)
  if (own === undefined) return convert(given, { dtype }, what)
  const shape = given instanceof NDArray ? given.shape : undefined
  const data = given instanceof NDArray ? given.data : (given as TypedArray)
  const from = shape === undefined && own === 'uint16' && dtype === 'float16' ? dtype : own
  // A Uint8Array alone is the bytes of a bool as well.
  const isBool = shape === undefined && own === 'uint8' && dtype === 'bool'
  if (!isBool && !isLossless(from, dtype)) throw lossyInput(what, dtype, from, dataOf[dtype].name)
  return { dtype: isBool ? 'bool' : from, shape, data }
}

/** The value of an input that binds a dim: a whole number from 0 on. */
export function countOf(name: string, { data }: Value): number {
  const count = Number(data[0])
  if (data.length !== 1 || !Number.isInteger(count) || count < 0 || count >= 2 ** 31) throw badCount(name, data[0])
  return count
}

/** The value of an input that bounds slices: a whole number, held to what an axis has at most. */
export function boundOf(name: string, { data }: Value): number {
  if (data.length !== 1) throw badCount(name, data[0])
  return Math.max(-mostCounted, Math.min(Number(data[0]), mostCounted))
}
