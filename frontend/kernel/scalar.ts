/**
 * Arithmetic of one element, exactly as compiled code does it: float32 is rounded after every operation, integers
 * wrap, int64 is a bigint, bool is 0 or 1. float16 is held as a float32 and rounded where it is converted or stored.
 */
import { fromHalf, toHalf } from '../../runtime/half.ts'
import type { DType } from '../../runtime/manifest.ts'
import type { ElementwiseOp } from '../define.ts'

/** One element as the host holds it. */
export type Scalar = number | bigint

/** A function of elements. */
export type ScalarOperation = (...args: Scalar[]) => Scalar

type Rounding = (value: never) => Scalar

/** What a computed value becomes in a register of each dtype; numbers beyond an integer's range wrap. */
const roundings: Readonly<Record<DType, Rounding>> = {
  bool: (value: number | boolean) => (value ? 1 : 0),
  int8: (value: number) => (value << 24) >> 24,
  uint8: (value: number) => value & 255,
  int16: (value: number) => (value << 16) >> 16,
  uint16: (value: number) => value & 65535,
  int32: (value: number) => value | 0,
  uint32: (value: number) => value >>> 0,
  int64: (value: bigint | number) => BigInt.asIntN(64, BigInt(value)),
  float16: (value: number) => Math.fround(value),
  float32: (value: number) => Math.fround(value),
  float64: (value: number) => Number(value),
}

/** The rounding of a dtype's registers, for values of that dtype's host type (booleans count as 0 and 1). */
export function rounding(dtype: DType): (value: Scalar | boolean) => Scalar {
  return roundings[dtype] as (value: Scalar | boolean) => Scalar
}

const isFloat = (dtype: DType) => dtype.startsWith('float')

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
}

const least64 = -(2n ** 63n)
const greatest64 = 2n ** 63n - 1n

/** A float truncated and saturated to int64; NaN gives 0. */
function toInt64(value: number): bigint {
  if (value !== value) return 0n
  if (value >= 2 ** 63) return greatest64
  return value < -(2 ** 63) ? least64 : BigInt(Math.trunc(value))
}

/** The float32 nearest to an int64. Going through float64 would round twice, so the bits below 2^11 are made sticky. */
function float32OfInt64(value: bigint): number {
  const exact = value >= -(2n ** 53n) && value <= 2n ** 53n
  const sticky = exact ? value : ((value >> 11n) | (value & 2047n ? 1n : 0n)) << 11n
  return Math.fround(Number(sticky))
}

/** A float truncated and saturated to an integer of at most 32 bits; NaN gives 0. */
function saturating([low, high]: readonly [number, number]): (value: number) => number {
  return value => (value !== value ? 0 : Math.trunc(Math.min(Math.max(value, low), high)) + 0)
}

/** The conversion of values from one dtype to another: integers wrap, floats to integers truncate and saturate. */
export function conversion(from: DType, to: DType): (value: Scalar) => Scalar {
  if (from === to) return value => value
  if (to === 'bool') return value => (value ? 1 : value !== value ? 1 : 0)
  if (from === 'int64') return fromInt64(to)
  if (to === 'int64') return (isFloat(from) ? toInt64 : (value: number) => BigInt(value)) as (value: Scalar) => Scalar
  const range = ranges[to]
  if (range && isFloat(from)) return saturating(range) as (value: Scalar) => Scalar
  if (to === 'float16') return value => fromHalf(toHalf(Math.fround(value as number)))
  return rounding(to)
}

function fromInt64(to: DType): (value: Scalar) => Scalar {
  if (to === 'float64') return value => Number(value)
  if (to === 'float32') return value => float32OfInt64(value as bigint)
  if (to === 'float16') return value => fromHalf(toHalf(float32OfInt64(value as bigint)))
  const wrap = rounding(to)
  return value => wrap(Number(BigInt.asIntN(32, value as bigint)))
}

const word = new DataView(new ArrayBuffer(8))
const accessors: Partial<Record<DType, 'Int32' | 'Uint32' | 'Float32' | 'BigInt64' | 'Float64'>> = {
  int32: 'Int32',
  uint32: 'Uint32',
  float32: 'Float32',
  int64: 'BigInt64',
  float64: 'Float64',
}

/** The same bits read as another dtype of the same width (4 or 8 bytes). */
export function reinterpretation(from: DType, to: DType): (value: Scalar) => Scalar {
  const [write, read] = [accessors[from], accessors[to]]
  if (!write || !read) throw new Error(`no bits of ${from} as ${to}`)
  return value => {
    word[`set${write}`](0, value as never)
    return word[`get${read}`](0)
  }
}

/** A primitive on elements of the given dtypes, with the rounding of its result. */
export function primitive(op: ElementwiseOp, operands: readonly DType[], result: DType): ScalarOperation {
  if (op.converts === 'value') return conversion(operands[0]!, result)
  if (op.converts === 'bits') return reinterpretation(operands[0]!, result)
  const wide = operands.includes('int64')
  const f = op.jsFor
    ? op.jsFor(operands, result)
    : wide
      ? (op.big ?? op.js)
      : isFloat(operands[operands.length - 1]!)
        ? op.js
        : (op.int ?? op.js)
  const round = rounding(result)
  return (...args) => round(f(...(args as never[])))
}

/** What a register holds of an element in memory. */
export function fromMemory(dtype: DType): (value: Scalar) => Scalar {
  if (dtype === 'float16') return bits => fromHalf(bits as number)
  return dtype === 'bool' ? value => (value ? 1 : 0) : value => value
}

/** An element in memory of what a register holds. */
export function toMemory(dtype: DType): (value: Scalar) => Scalar {
  return dtype === 'float16' ? value => toHalf(value as number) : value => value
}

/** The sum of c and the products of the halves of words, which are signed integers of 16 bits; it wraps. */
export const dotOfHalves = (a: number, b: number, c: number): number =>
  (Math.imul((a << 16) >> 16, (b << 16) >> 16) + Math.imul(a >> 16, b >> 16) + c) | 0

/** The same of their bytes, signed integers of 8 bits. */
export const dotOfBytes = (a: number, b: number, c: number): number =>
  [24, 16, 8, 0].reduce((sum, shift) => sum + ((a << shift) >> 24) * ((b << shift) >> 24), c) | 0
