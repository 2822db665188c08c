/**
 * a^b = 2^(b log2 a). The product must be right to some bits after the point though it reaches the format's largest
 * exponent, so log2 a is a sum of two numbers, after FreeBSD's e_pow.c (Sun Microsystems, 2004): factors are cut to half
 * their bits, so that products are exact.
 */
import { floatBinary } from '../../elementwise.ts'
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
import { scaleByPower } from './exp.ts'
import { atLeast, atMost, type Format, forFloats, fromBits, polynomial, toBits } from './format.ts'
import { split } from './log.ts'

interface PowTable {
  /** The bits that half a number keeps. */
  half: bigint
  /** L in log m = 2/3 s (3 + s^2 + s^4 L(s^2)), s = (m - 1) / (m + 1). */
  log: readonly number[]
  /** 2 / (3 ln 2): half its bits, the rest, and all of it. */
  factor: readonly [number, number, number]
  /** ln 2: half its bits, the rest, and all of it. */
  ln2: readonly [number, number, number]
  /** (2^r - 1 - r ln 2) / r^2 for |r| <= 1/2. */
  exp: readonly number[]
  /** Beyond this exponent all results are 0 or infinite; b beyond the second gives such exponents unless a is 1. */
  limits: readonly [number, number]
}

const tables: Record<Format['float'], PowTable> = {
  float32: {
    half: -(1n << 12n),
    log: [0.6000022888183594, 0.42820632457733154, 0.3512958884239197],
    factor: [0.961669921875, 0.00012677205086220056, 0.9617967009544373],
    ln2: [0.693115234375, 3.194618329871446e-5, Math.LN2],
    exp: [0.24022647738456726, 0.05550361052155495, 0.009618512354791164, 0.0013390734093263745, 0.0001532421010779217],
    limits: [160, 2 ** 33],
  },
  float64: {
    half: -(1n << 27n),
    log: [
      0.6000000000000338, 0.42857142855149466, 0.33333333779857066, 0.2727267655368704, 0.23080135835687757,
      0.19885230800636042, 0.19794451060721222,
    ],
    factor: [0.9617966860532761, 7.872699542894897e-9, 0.9617966939259756],
    ln2: [0.6931471675634384, 1.2996506893889889e-8, Math.LN2],
    exp: [
      0.24022650695910122, 0.05550410866482074, 0.009618129107596978, 0.0013333558146686078, 0.00015403530454070498,
      1.5252733546857238e-5, 1.3215436608238305e-6, 1.017818467879574e-7, 7.073579342053145e-9, 4.436297313961448e-10,
    ],
    limits: [1100, 2 ** 65],
  },
}

/** x with half its bits: the product of two such numbers is exact. */
const head = (f: Format, x: Tensor): Tensor => fromBits(f, bitwiseAnd(toBits(f, x), tables[f.float].half))

/** log2 x = high + low for positive normal x (times 2^-shift), to some ten bits more than the format has. */
function log2InTwo(f: Format, x: Tensor, shift?: Tensor): { high: Tensor; low: Tensor } {
  const { log, factor } = tables[f.float]
  const { k, m } = split(f, x, shift)
  const [top, bottom] = [sub(m, 1), add(m, 1)]
  const s = div(top, bottom)
  const [sHigh, bottomHigh] = [head(f, s), head(f, bottom)]
  const bottomLow = sub(m, sub(bottomHigh, 1))
  const sLow = div(sub(sub(top, mul(sHigh, bottomHigh)), mul(sHigh, bottomLow)), bottom)
  const z = mul(s, s)
  const square = mul(sHigh, sHigh)
  const series = add(mul(mul(z, z), polynomial(z, log)), mul(sLow, add(sHigh, s)))
  const sum = head(f, add(add(square, 3), series))
  const sumLow = sub(series, sub(sub(sum, 3), square))
  const exact = mul(sHigh, sum)
  const rounded = add(mul(sLow, sum), mul(sumLow, s))
  const product = head(f, add(exact, rounded))
  const productLow = sub(rounded, sub(product, exact))
  const scaled = mul(product, factor[0])
  const scaledLow = add(mul(product, factor[1]), mul(productLow, factor[2]))
  const high = head(f, add(k, add(scaled, scaledLow)))
  return { high, low: sub(scaledLow, sub(sub(high, k), scaled)) }
}

/** 2^(r + rest) for |r| <= 1/2 and a small rest. */
function exp2OfSum(f: Format, r: Tensor, rest: Tensor): Tensor {
  const { exp, ln2 } = tables[f.float]
  const rHigh = head(f, r)
  const both = add(r, rest)
  const linear = add(mul(rHigh, ln2[1]), mul(add(sub(r, rHigh), rest), ln2[2]))
  return add(add(mul(rHigh, ln2[0]), add(linear, mul(mul(both, both), polynomial(both, exp)))), 1)
}

/** a^b for positive normal a (times 2^-shift), any b but NaN. */
function power(f: Format, a: Tensor, exponent: Tensor, shift?: Tensor): Tensor {
  const [most, mostExponent] = tables[f.float].limits
  const { high, low } = log2InTwo(f, a, shift)
  const b = atLeast(atMost(exponent, mostExponent), -mostExponent)
  const bHigh = head(f, b)
  const whole = mul(bHigh, high)
  const rest = where(lt(abs(whole), most), add(mul(sub(b, bHigh), high), mul(b, low)), 0)
  const bounded = atLeast(atMost(whole, most), -most)
  const rounder = f.rounder + 2 * f.bias
  const sum = add(add(bounded, rest), rounder)
  return scaleByPower(f, exp2OfSum(f, sub(bounded, sub(sum, rounder)), rest), toBits(f, sum))
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
  body: forFloats(f => (a, b) => {
    const size = abs(a!)
    const small = lt(size, f.tiny)
    const shift = f.fraction + 2
    const scaled = where(small, mul(size, 2 ** shift), size)
    const finite = power(f, scaled, b!, where(small, constant(shift, f.float), 0))
    return everywhere(a!, b!, size, finite, lt(toBits(f, a!), 0))
  }),
  cost: 60,
  domain: [
    [-4, -0.2],
    [-3, 3],
  ],
  ulp: { wasm: 3, webgpu: 6 },
})

const ordinary = (f: Format, a: Tensor, b: Tensor): Tensor =>
  logicalAnd(logicalAnd(ge(a, f.tiny), lt(a, Number.POSITIVE_INFINITY)), lt(abs(b), Number.POSITIVE_INFINITY))

/** a to the power b, for floats. */
export const powBody = forFloats(
  f => (a, b) => whereRare(logicalNot(ordinary(f, a!, b!)), powRare(a!, b!), power(f, a!, b!)),
)
