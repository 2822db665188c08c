/**
 * What approximations share: the two float formats that they are written in, and the few idioms on bits. A body is a
 * function from tensors to a graph of primitives; it is interpreted, printed as C++ over scalars and vectors and
 * printed as WGSL, so it has no branch but `where` and `whereRare` and rounds after every operation (no fused
 * multiply-add, except where `mulAdd` leaves that to the machine). Coefficients without a source are minimax fits of
 * this project (Remez exchange in 50 digits; where that helps, the coefficients are rounded one by one from the
 * constant term on and the rest fitted again after each).
 */

import type { Body } from '../../define.ts'
import { cast, ternary } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { floats } from '../../type.ts'
import { abs, maximum, minimum } from '../arithmetic.ts'
import { bitcast } from '../bitcast.ts'
import { bitwiseAnd, bitwiseOr, lt, where } from '../comparison.ts'

/** A binary floating-point format and the integers of its width. */
export interface Format {
  float: 'float32' | 'float64'
  int: 'int32' | 'int64'
  /** Bits of the fraction. */
  fraction: number
  /** The bits of 1. */
  one: bigint
  /** Exponent of 1 as stored. */
  bias: number
  /** 1.5 * 2^fraction: adding it rounds to a whole number, which then stands in the low bits. */
  rounder: number
  /** Smallest positive normal number. */
  tiny: number
  sign: bigint
  fractionMask: bigint
  exponentMask: bigint
}

function format(float: Format['float'], int: Format['int'], fraction: number, bias: number): Format {
  const width = int === 'int32' ? 32 : 64
  const signed = (bits: bigint) => BigInt.asIntN(width, bits)
  const fractionMask = (1n << BigInt(fraction)) - 1n
  return {
    float,
    int,
    fraction,
    bias,
    one: BigInt(bias) << BigInt(fraction),
    rounder: 1.5 * 2 ** fraction,
    tiny: 2 ** (1 - bias),
    sign: signed(1n << BigInt(width - 1)),
    fractionMask,
    exponentMask: signed(~fractionMask),
  }
}

export const float32 = format('float32', 'int32', 23, 127)
export const float64 = format('float64', 'int64', 52, 1023)

/** A body for each float dtype, from one that is told the format. */
export const forFloats = (body: (f: Format) => Body): { float32: Body; float64: Body } => ({
  float32: body(float32),
  float64: body(float64),
})

/** A body of float64 for both: float32 goes through float64 and is rounded once, at the end. */
export const throughFloat64 = (body: Body): { float32: Body; float64: Body } => ({
  float32: (...args) => cast(body(...args.map(x => cast(x, 'float64'))), 'float32'),
  float64: body,
})

/** The bits of x as an integer. */
export const toBits = (f: Format, x: Tensor): Tensor => bitcast(x, f.int)
/** The float of these bits. */
export const fromBits = (f: Format, bits: Tensor): Tensor => bitcast(bits, f.float)

/** y, which must not be negative, with the sign of x. */
export const withSignOf = (f: Format, y: Tensor, x: Tensor): Tensor =>
  fromBits(f, bitwiseOr(toBits(f, y), bitwiseAnd(toBits(f, x), f.sign)))

/** The smaller of x and c; NaN stays. */
export const atMost = (x: Tensor, c: number): Tensor => minimum(x, c)
/** The larger of x and c; NaN stays. */
export const atLeast = (x: Tensor, c: number): Tensor => maximum(x, c)

/** x itself where |x| is under `bound`, y elsewhere: keeps the sign of zero and subnormals exact. */
export const unlessTiny = (x: Tensor, bound: number, y: Tensor): Tensor => where(lt(abs(x), bound), x, y)

/** a b + c: one instruction, and one rounding, where the machine fuses them; two everywhere else, so it must not matter. */
export const mulAdd = ternary({
  name: 'mulAdd',
  internal: true,
  doc: 'a b + c, its product rounded or not: as the machine is faster.',
  types: floats,
  js: (a, b, c) => a * b + c,
  jsFor: (_, dtype) =>
    dtype === 'float32' ? (a: number, b: number, c: number) => Math.fround(a * b) + c : (a, b, c) => a * b + c,
  code: { cpp: (a, b, c) => `fma(${a}, ${b}, ${c})`, wgsl: (a, b, c) => `(${a} * ${b} + ${c})` },
  partials: (_, a, b, c) => [b!, a!, constant(1, c!.dtype)],
  cost: 2,
  // Products that do not cancel: there the two differ by no more than a rounding.
  domain: [
    [0.5, 2],
    [0.5, 2],
    [0.5, 2],
  ],
  ulp: { wasm: 1, webgpu: 1 },
})

/** c[0] + c[1] x + c[2] x^2 + ... by Horner's rule; x is a tensor, coefficients are numbers or tensors. */
export function polynomial(x: Tensor, coefficients: readonly (number | Tensor)[]): Tensor {
  const [last, ...rest] = coefficients.toReversed()
  return rest.reduce<Tensor | number>((sum, c) => mulAdd(x, sum, c), last!) as Tensor
}

/**
 * The same of a tensor whose square is at hand, by pairs of terms: as many operations, of which half as many wait for each
 * other (G. Estrin, Organization of computer systems: the fixed plus variable structure computer, 1960). Measured on Zen 4,
 * ns an element of float32, by Horner's rule and by pairs: exp 0.793 and 0.686 on Node 20, 0.553 and 0.540 on Node 24 with
 * relaxed SIMD; tanh 1.010 and 0.907, 0.709 and 0.706; softmax 0.915 and 0.859, 0.685 and 0.648.
 */
export function polynomialByPairs(x: Tensor, square: Tensor, coefficients: readonly number[]): Tensor {
  const pairs: (number | Tensor)[] = []
  for (let i = 0; i < coefficients.length; i += 2)
    pairs.push(i + 1 < coefficients.length ? mulAdd(x, coefficients[i + 1]!, coefficients[i]!) : coefficients[i]!)
  return polynomial(square, pairs)
}
