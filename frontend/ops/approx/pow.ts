/**
 * a^b = 2^(b log2 a). The product must be right to some bits after the point though it reaches 1074, so log2 a carries
 * more bits than the result: in float32 by computing in float64, in float64 as a sum of two (after FreeBSD's e_pow.c,
 * Sun Microsystems, 2004: products of halves are exact).
 */
import { cast, floatBinary } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { floats } from '../../type.ts'
import { abs, add, div, mul, neg, sub } from '../arithmetic.ts'
import {
  bitwiseAnd,
  eq,
  ge,
  gt,
  isnan,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  ne,
  where,
  whereRare,
} from '../comparison.ts'
import { trunc } from '../rounding.ts'
import { powerOfTwo, scaleByPower, twoToReduced } from './exp.ts'
import { atLeast, atMost, float32, float64, fromBits, polynomial, toBits } from './format.ts'
import { split } from './log.ts'

/** log2 m = s P(s^2) with s = (m - 1) / (m + 1), to 2^-37; (2^r - 1) / r for |r| <= 1/2, to 2^-34. */
const log2Series = [2.885390081790083, 0.9617966733476377, 0.5770835836833901, 0.411672803136227, 0.34072844188414847]
const exp2Series = [
  0.6931471807044745, 0.24022651066564357, 0.0555041036620007, 0.00961803813116022, 0.0013333934885427223,
  0.00015466756770939535, 1.5196195716122216e-5,
]

/** a^b for a >= 0 of float32 (zero and infinity give numbers without meaning), rounded once at the end. */
function power32(a: Tensor, b: Tensor): Tensor {
  const { k, m } = split(float64, cast(a, 'float64'))
  const s = div(sub(m, 1), add(m, 1))
  const log2 = add(k, mul(s, polynomial(mul(s, s), log2Series)))
  const y = atLeast(atMost(mul(cast(b, 'float64'), log2), 160), -160)
  const sum = add(y, float64.rounder)
  const r = sub(y, sub(sum, float64.rounder))
  const fraction = add(mul(polynomial(r, exp2Series), r), 1)
  return cast(mul(fraction, powerOfTwo(float64, toBits(float64, sum))), 'float32')
}

/** x without the last 27 bits: products of two such numbers are exact. */
const head = (x: Tensor): Tensor => fromBits(float64, bitwiseAnd(toBits(float64, x), -(1n << 27n)))

/** The series in log m = 2/3 s (3 + s^2 + s^4 L(s^2)). */
const powSeries = [
  0.6000000000000338, 0.42857142855149466, 0.33333333779857066, 0.2727267655368704, 0.23080135835687757,
  0.19885230800636042, 0.19794451060721222,
]

/** log2 x = high + low to 65 bits; high has few enough bits for an exact product. */
function log2InTwo(x: Tensor, shift?: Tensor): { high: Tensor; low: Tensor } {
  const { k, m } = split(float64, x, shift)
  const f = sub(m, 1)
  const bottom = add(m, 1)
  const s = div(f, bottom)
  const sHigh = head(s)
  const bottomHigh = head(bottom)
  const bottomLow = sub(m, sub(bottomHigh, 1))
  const sLow = div(sub(sub(f, mul(sHigh, bottomHigh)), mul(sHigh, bottomLow)), bottom)
  const z = mul(s, s)
  const square = mul(sHigh, sHigh)
  const series = add(mul(mul(z, z), polynomial(z, powSeries)), mul(sLow, add(sHigh, s)))
  const factor = head(add(add(square, 3), series))
  const factorLow = sub(series, sub(sub(factor, 3), square))
  const u = mul(sHigh, factor)
  const v = add(mul(sLow, factor), mul(factorLow, s))
  const product = head(add(u, v))
  const productLow = sub(v, sub(product, u))
  const scaled = mul(product, 0.9617966860532761)
  const scaledLow = add(mul(product, 7.872699542894897e-9), mul(productLow, 0.9617966939259756))
  const high = head(add(k, add(scaled, scaledLow)))
  return { high, low: sub(scaledLow, sub(sub(high, k), scaled)) }
}

/** a^b for positive normal a (times 2^-shift), any b but NaN. */
function power64(a: Tensor, exponent: Tensor, shift?: Tensor): Tensor {
  const { high, low } = log2InTwo(a, shift)
  const b = atLeast(atMost(exponent, 2 ** 65), -(2 ** 65))
  const bHigh = head(b)
  const whole = mul(bHigh, high)
  const inside = lt(abs(whole), 1100)
  const rest = where(inside, add(mul(sub(b, bHigh), high), mul(b, low)), 0)
  const bounded = atLeast(atMost(whole, 1100), -1100)
  const sum = add(add(bounded, rest), float64.rounder)
  const r = add(sub(bounded, sub(sum, float64.rounder)), rest)
  return scaleByPower(float64, twoToReduced(float64, r), toBits(float64, sum))
}

/** True where b is an odd whole number. */
const isOdd = (b: Tensor): Tensor => logicalAnd(eq(trunc(b), b), ne(trunc(mul(b, 0.5)), mul(b, 0.5)))

/** The values at zero, infinity and NaN and the sign for negative a, around |a|^b for the rest (C17, F.10.4.4). */
function everywhere(a: Tensor, b: Tensor, size: Tensor, finite: Tensor, negative: Tensor): Tensor {
  const grows = gt(b, 0)
  const ofZero = where(grows, mul(size, 0), Number.POSITIVE_INFINITY)
  const ofInfinity = where(grows, size, div(1, size))
  const magnitude = where(eq(size, 0), ofZero, where(lt(size, Number.POSITIVE_INFINITY), finite, ofInfinity))
  const signed = where(logicalAnd(negative, isOdd(b)), neg(magnitude), magnitude)
  const complex = logicalAnd(
    logicalAnd(lt(a, 0), lt(size, Number.POSITIVE_INFINITY)),
    logicalAnd(ne(trunc(b), b), gt(size, 0)),
  )
  const real = where(complex, Number.NaN, signed)
  const undefinedInput = logicalOr(isnan(a), isnan(b))
  return where(logicalOr(eq(b, 0), eq(a, 1)), 1, where(undefinedInput, add(a, b), real))
}

const powRare = floatBinary({
  name: 'powRare',
  internal: true,
  doc: 'a to the power b for any two floats; pow itself calls it where a is not positive and normal or b is not finite.',
  types: floats,
  js: (a, b) => (a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : a ** b),
  body: {
    float32: (a, b) => {
      const size = abs(a!)
      const bounded = atLeast(atMost(b!, 2 ** 60), -(2 ** 60))
      return everywhere(a!, b!, size, power32(size, bounded), lt(toBits(float32, a!), 0))
    },
    float64: (a, b) => {
      const size = abs(a!)
      const small = lt(size, float64.tiny)
      const scaled = where(small, mul(size, 2 ** 54), size)
      const finite = power64(scaled, b!, where(small, constant(54, 'float64'), 0))
      return everywhere(a!, b!, size, finite, lt(toBits(float64, a!), 0))
    },
  },
  cost: 60,
  domain: [
    [-4, -0.2],
    [-3, 3],
  ],
  ulp: { wasm: 3, webgpu: 6 },
})

const ordinary = (a: Tensor, b: Tensor, least: number): Tensor =>
  logicalAnd(logicalAnd(ge(a, least), lt(a, Number.POSITIVE_INFINITY)), lt(abs(b), Number.POSITIVE_INFINITY))

/** a to the power b, for floats. */
export const powBody = {
  float32: (a?: Tensor, b?: Tensor): Tensor =>
    whereRare(logicalNot(ordinary(a!, b!, 2 ** -149)), powRare(a!, b!), power32(a!, b!)),
  float64: (a?: Tensor, b?: Tensor): Tensor =>
    whereRare(logicalNot(ordinary(a!, b!, float64.tiny)), powRare(a!, b!), power64(a!, b!)),
}
