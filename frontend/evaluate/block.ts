/** Arrays inside the interpreter: like NDArrays, but float16 held as numbers that float16 has. */
import { dataOf, NDArray, type TypedArray } from '../../runtime/array.ts'
import { fromHalf, toHalf } from '../../runtime/half.ts'
import type { DType } from '../type.ts'

/** Elements as host values: bigint for int64, otherwise numbers. Storing rounds or wraps to the dtype, but for float16. */
export interface Cells {
  readonly length: number
  [position: number]: number | bigint
  fill(value: number | bigint): unknown
}

/** An array in row-major order; never changed once it is made. */
export interface Block {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly cells: Cells
}

/** The number of elements of a shape. */
export const countOf = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

/** A block of zeros. */
export function emptyBlock(dtype: DType, shape: readonly number[]): Block {
  const length = countOf(shape)
  return { dtype, shape, cells: dtype === 'float16' ? new Float32Array(length) : new dataOf[dtype](length) }
}

/** A block around the elements of an array, which are not copied. */
export function toBlock({ dtype, shape, data }: NDArray): Block {
  return { dtype, shape, cells: dtype === 'float16' ? Float32Array.from(data as Uint16Array, fromHalf) : data }
}

/** An array with a copy of the elements of a block. */
export function fromBlock({ dtype, shape, cells }: Block): NDArray {
  const data = dtype === 'float16' ? Uint16Array.from(cells as Float32Array, toHalf) : (cells as TypedArray).slice()
  return new NDArray(dtype, shape, data)
}
