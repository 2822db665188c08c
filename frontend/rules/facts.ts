/** What can be seen of values and constants without computing: guards of rules. */
import { uniformValue } from '../match.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'

/** True for dtypes with negative values. */
export const signed = (x: Tensor): boolean => isFloat(x.dtype) || x.dtype.startsWith('int')

/** The least and greatest magnitudes with full precision, with a margin. */
const ranges: Partial<Record<DType, readonly [number, number]>> = {
  float16: [2 ** -14, 2 ** 15],
  float32: [2 ** -126, 2 ** 127],
  float64: [2 ** -1022, 2 ** 1023],
}

/** The value of a constant as a number. */
export const numberOf = (c: Tensor): number => Number(uniformValue(c))

/** True where a number is neither 0 nor infinite nor subnormal in the dtype. */
export function isNormal(value: number, dtype: DType): boolean {
  const range = ranges[dtype]
  return range !== undefined && Math.abs(value) >= range[0] && Math.abs(value) <= range[1]
}

/** True where two constants and their product are normal: nothing overflows or is lost beforehand. */
export const finiteProduct = (c: Tensor, d: Tensor): boolean =>
  [numberOf(c), numberOf(d), numberOf(c) * numberOf(d)].every(value => isNormal(value, c.dtype))

/** True where two constants and the quotient c / d are normal. */
export const finiteQuotient = (c: Tensor, d: Tensor): boolean =>
  [numberOf(c), numberOf(d), numberOf(c) / numberOf(d)].every(value => isNormal(value, c.dtype))

/** True where a constant is a power of two whose reciprocal is normal: dividing by it multiplies by that, bit for bit. */
export function isPowerOfTwo(c: Tensor): boolean {
  const value = Math.abs(numberOf(c))
  return (
    isNormal(value, c.dtype) &&
    isNormal(1 / value, c.dtype) &&
    Number.isInteger(Math.log2(value)) &&
    2 ** Math.log2(value) === value
  )
}

/** True where a constant is neither infinite nor NaN. */
export const isFiniteConstant = (c: Tensor): boolean => Number.isFinite(numberOf(c))

/** True where a constant is an even whole number other than 0, and not so large that its multiples are inexact. */
export const isEven = (c: Tensor): boolean =>
  numberOf(c) !== 0 && numberOf(c) % 2 === 0 && Math.abs(numberOf(c)) <= 1024

/** True where a constant is an odd whole number above 0: negative ones have a pole of another sign at -0. */
export const isOdd = (c: Tensor): boolean => numberOf(c) > 0 && numberOf(c) % 2 === 1 && numberOf(c) <= 1024
