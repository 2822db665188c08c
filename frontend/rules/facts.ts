/** What can be seen of values and constants without computing: guards of rules. */
import type { Op } from '../define.ts'
import { opOf } from '../elementwise.ts'
import { uniformValue } from '../match.ts'
import { relu, sigmoid, softplus } from '../ops/activation.ts'
import { abs, add, div, maximum, mul, reciprocal, sqrt, square } from '../ops/arithmetic.ts'
import { exp, exp2 } from '../ops/exponential.ts'
import { cosh } from '../ops/hyperbolic.ts'
import { broadcastToOp, reshapeOp, sliceOp, transposeOp } from '../ops/move.ts'
import { maxOp, minOp, prodOp, sumOp } from '../ops/reduce.ts'
import { softmaxOp } from '../ops/softmax.ts'
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

/** Ops whose values are never below 0, nor -0, whatever their operands. */
const positive: ReadonlySet<Op> = new Set<Op>([
  ...[exp, exp2, square, abs, sigmoid, softplus, relu, cosh].map(opOf),
  softmaxOp,
])

/** Ops that keep that property when all of their operands have it. */
const preserving: ReadonlySet<Op> = new Set<Op>([
  ...[add, mul, div, reciprocal, sqrt, maximum].map(opOf),
  ...[sumOp, prodOp, maxOp, minOp],
  ...[reshapeOp, transposeOp, broadcastToOp, sliceOp],
])

/** True where all elements are seen to be 0 or more (and not -0), or NaN; looks `depth` ops deep at most. */
export function neverNegative(x: Tensor, depth = 6): boolean {
  if (positive.has(x.op)) return isFloat(x.dtype)
  const value = uniformValue(x)
  if (value !== undefined) return value >= 0 && !Object.is(value, -0)
  // Least and greatest of nothing are infinite.
  if (x.op === maxOp && x.inputs[0]!.shape.some(dim => dim === 0 || typeof dim !== 'number')) return false
  return depth > 0 && preserving.has(x.op) && x.inputs.every(input => neverNegative(input, depth - 1))
}
