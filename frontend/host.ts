/**
 * Host arithmetic: how scalar functions of op records run in JavaScript. Values of int64 are bigint, bool values are 0
 * and 1, everything else is a number; a result is rounded to its dtype by storing it, or by `rounding`.
 */
import { fromHalf, toHalf } from '../runtime/half.ts'
import type { ElementwiseOp, HostFunction } from './define.ts'
import { greatest, least } from './folds.ts'
import { type DType, isFloat, isInteger } from './type.ts'

type Scalar = number | bigint

/** The scalar function of an op for operands of these dtypes. */
export function hostFunction(op: ElementwiseOp, operands: readonly DType[], result: DType): HostFunction {
  if (op.jsFor) return op.jsFor(operands, result)
  // The first operand of a selection is its condition; every other op has one dtype throughout.
  const dtype = operands[operands.length - 1] ?? result
  if (dtype === 'int64') return op.big ?? op.js
  return (isInteger(dtype) ? op.int : undefined) ?? op.js
}

/** Rounds a value to the nearest of a float dtype, wraps it to an integer one, and makes 0 or 1 of it for bool. */
export function rounding(dtype: DType): (x: Scalar) => Scalar {
  return roundings[dtype] as (x: Scalar) => Scalar
}

const roundings: Readonly<Record<DType, (x: never) => Scalar>> = {
  bool: (x: Scalar) => (x ? 1 : 0),
  int8: (x: number) => (x << 24) >> 24,
  uint8: (x: number) => x & 0xff,
  int16: (x: number) => (x << 16) >> 16,
  uint16: (x: number) => x & 0xffff,
  int32: (x: number) => x | 0,
  uint32: (x: number) => x >>> 0,
  int64: (x: bigint) => BigInt.asIntN(64, x),
  float16: (x: number) => fromHalf(toHalf(x)),
  float32: Math.fround,
  float64: (x: number) => x,
}

/**
 * The cast between two dtypes, before rounding: integers wrap, float to integer truncates and saturates with NaN as 0,
 * anything to bool is `x != 0`.
 */
export function castFunction(from: DType, to: DType): HostFunction {
  if (to === 'bool') return from === 'int64' ? (x: bigint) => (x === 0n ? 0 : 1) : (x: number) => (x === 0 ? 0 : 1)
  if (isInteger(to)) return isFloat(from) ? saturating(to) : wrapping(from, to)
  if (from !== 'int64') return (x: number) => x
  return to === 'float64' ? Number : toOdd
}

function saturating(to: DType): HostFunction {
  const [low, high] = [least[to]!, greatest[to]!]
  const [from, until] = [Number(low), Number(high)]
  const whole = to === 'int64' ? BigInt : (x: number) => x
  return (x: number) => (x !== x ? whole(0) : x <= from ? low : x >= until ? high : whole(Math.trunc(x)))
}

function wrapping(from: DType, to: DType): HostFunction {
  if (to === 'int64') return (x: Scalar) => BigInt(x)
  const wrap = rounding(to)
  return from === 'int64' ? (x: bigint) => wrap(Number(BigInt.asIntN(32, x))) : wrap
}

/**
 * An int64 as a number that rounds on to float32 or float16 as the integer itself would: where bits are lost, the last
 * one kept is set (rounding to odd), so that the second rounding cannot meet a false tie.
 */
function toOdd(x: bigint): number {
  const near = Number(x)
  if (Number.isSafeInteger(near)) return near
  const kept = x >> 11n
  return Number((kept << 11n === x ? kept : kept | 1n) << 11n)
}
