/**
 * Exponentials: x = k ln 2 + r with k whole and |r| <= ln 2 / 2, then a polynomial in r and a scaling by 2^k. k is
 * found by adding 1.5 * 2^fraction, which leaves it in the low bits of the sum; ln 2 is cut in two so that k times
 * its first part is exact (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980).
 */
import type { Body } from '../../define.ts'
import { unary } from '../../elementwise.ts'
import type { Tensor } from '../../tensor.ts'
import { add, div, maximum, mul, sub } from '../arithmetic.ts'
import { bitwiseAnd, bitwiseOr, bitwiseXor, eq, gt, leftShift, where } from '../comparison.ts'
import {
  atLeast,
  atMost,
  type Format,
  forFloats,
  fromBits,
  mulAdd,
  polynomial,
  polynomialByPairs,
  toBits,
  unlessTiny,
} from './format.ts'
import { log1pOfUnit } from './log.ts'

interface ExpTable {
  ln2: readonly [number, number]
  /** (e^r - 1 - r) / r^2, for a small error relative to e^r. */
  exp: readonly number[]
  /** The same for a small error relative to e^r - 1. */
  expm1: readonly number[]
  /** (2^r - 1) / r for |r| <= 1/2. */
  exp2: readonly number[]
  /** e^x is infinite above the first and 0 below the second. */
  range: readonly [number, number]
  range2: readonly [number, number]
  /** e^x - 1 rounds to -1 below. */
  minusOne: number
  /** e^x / (e^x + 1) rounds to 1 above. */
  one: number
}

/** As many terms serve both in float32: kernels with several of these functions then keep fewer constants in registers. */
const termsOfFloat32 = [
  0.4999999403953552, 0.16666516661643982, 0.04166828840970993, 0.008369098417460918, 0.0013819137820973992,
]

const tables: Record<Format['float'], ExpTable> = {
  float32: {
    ln2: [0.693145751953125, 1.428606765330187e-6],
    exp: termsOfFloat32,
    expm1: termsOfFloat32,
    exp2: [
      0.6931471824645996, 0.24022594094276428, 0.055503662675619125, 0.009625433944165707, 0.001338792615570128,
      0.00013338561984710395,
    ],
    range: [89.5, -104],
    range2: [129, -151],
    minusOne: -25,
    one: 20,
  },
  float64: {
    ln2: [0.6931471805598903, 5.497923018708371e-14],
    exp: [
      0.5000000000000011, 0.16666666666666438, 0.041666666666523806, 0.008333333333470935, 0.0013888888945742801,
      0.00019841269572683917, 2.4801490549792022e-5, 2.7557503565370514e-6, 2.763127212406861e-7, 2.503641875345275e-8,
    ],
    expm1: [
      0.5, 0.16666666666666677, 0.04166666666666669, 0.008333333333321742, 0.0013888888888884678, 0.0001984126988542927,
      2.4801587300863268e-5, 2.755724514061867e-6, 2.7557310159779027e-7, 2.5108666540039384e-8, 2.0899740231190926e-9,
    ],
    exp2: [
      Math.LN2,
      0.24022650695910172,
      0.055504108664824574,
      0.009618129107577037,
      0.0013333558145567407,
      0.00015403530478927535,
      1.5252734738091271e-5,
      1.321542443554956e-6,
      1.0177656052579207e-7,
      7.075626443697423e-9,
      4.519314987050382e-10,
    ],
    range: [710.5, -746],
    range2: [1025, -1076],
    minusOne: -50,
    one: 40,
  },
}

/** k + offset, as the low bits of an integer, and r of x = k ln 2 + r. x must be bounded or NaN. */
export function reduceByLn2(f: Format, x: Tensor, offset = 0): { k: Tensor; r: Tensor } {
  const [high, low] = tables[f.float].ln2
  const rounder = f.rounder + offset
  const sum = mulAdd(x, Math.LOG2E, rounder)
  const k = sub(sum, rounder)
  return { k: toBits(f, sum), r: mulAdd(k, -low, mulAdd(k, -high, x)) }
}

/** e^r - 1 for |r| <= ln 2 / 2, with a small error relative to e^r or, of other coefficients, to itself. */
export function expm1OfReduced(f: Format, r: Tensor, table: 'exp' | 'expm1' = 'expm1'): Tensor {
  const square = mul(r, r)
  return mulAdd(polynomialByPairs(r, square, tables[f.float][table]), square, r)
}

/** e^r for |r| <= ln 2 / 2. */
export const expOfReduced = (f: Format, r: Tensor): Tensor => add(expm1OfReduced(f, r, 'exp'), 1)

/** 2^k of a k that has the format's bias in it already; only right where that is a normal number. */
export const powerOfTwo = (f: Format, k: Tensor): Tensor => fromBits(f, leftShift(k, f.fraction))

/**
 * y 2^k of a k that has twice the format's bias in it, in two steps, so that overflow and subnormals come from one
 * rounding: k = floor(k/2) + the rest.
 */
export function scaleByPower(f: Format, y: Tensor, k: Tensor): Tensor {
  const first = bitwiseAnd(leftShift(k, f.fraction - 1), f.exponentMask)
  const second = sub(leftShift(k, f.fraction), first)
  return mul(mul(y, fromBits(f, first)), fromBits(f, second))
}

const exp =
  (f: Format): Body =>
  x => {
    const [most, least] = tables[f.float].range
    const { k, r } = reduceByLn2(f, atLeast(atMost(x!, most), least), 2 * f.bias)
    return scaleByPower(f, expOfReduced(f, r), k)
  }

/** By which `scaledExp` is larger than e^x: a power of 2 that takes subnormal results to normal ones. */
export const expScale = 2 ** 64

/** e^x times `expScale` of an x that is at most 0 or NaN; cheaper than exp since only one end needs care. */
const scaledExpOf = (f: Format, x: Tensor): Tensor => {
  const { k, r } = reduceByLn2(f, atLeast(x, tables[f.float].range[1]), f.bias + Math.log2(expScale))
  const scale = powerOfTwo(f, k)
  // As exact as e^r times the scale, and one operation less where products and sums are one.
  return mulAdd(scale, expm1OfReduced(f, r, 'exp'), scale)
}

/**
 * e^x 2^64 of an x that is at most 0 or NaN: what is to be divided by a sum of its kind needs no care for subnormal
 * results. Where e^x rounds to 0 it is less than half of the least number.
 */
export const scaledExp = unary({
  name: 'scaledExp',
  internal: true,
  doc: 'e^x 2^64 of an x that is at most 0.',
  types: ['float32', 'float64'],
  js: x => Math.exp(x) * expScale,
  jsFor: (_, dtype) => {
    const [, least] = tables[dtype as Format['float']].range
    return (x: number) => Math.exp(Math.max(x, least)) * expScale
  },
  body: forFloats(f => x => scaledExpOf(f, x!)),
  partials: out => [out],
  nonNegative: true,
  cost: 8,
  domain: [-110, 0],
  ulp: { wasm: 2, webgpu: 4 },
})

/** e^-|x|, subnormal results included. */
export const expOfMinusAbs = (f: Format, x: Tensor): Tensor =>
  mul(scaledExpOf(f, fromBits(f, bitwiseOr(toBits(f, x), f.sign))), 1 / expScale)

/** 2^r for |r| <= 1/2. */
const twoToReduced = (f: Format, r: Tensor): Tensor => mulAdd(polynomial(r, tables[f.float].exp2), r, 1)

const exp2 =
  (f: Format): Body =>
  x => {
    const { range2 } = tables[f.float]
    const bounded = atLeast(atMost(x!, range2[0]), range2[1])
    const rounder = f.rounder + 2 * f.bias
    const sum = add(bounded, rounder)
    const r = sub(bounded, sub(sum, rounder))
    return scaleByPower(f, twoToReduced(f, r), toBits(f, sum))
  }

/** (e^x - 1) / 4, which is finite as long as sinh x is; wrong for subnormal x. */
export function quarterExpm1(f: Format, x: Tensor): Tensor {
  const { range, minusOne } = tables[f.float]
  const { k, r } = reduceByLn2(f, atLeast(atMost(x, range[0]), minusOne), f.bias - 2)
  const scale = powerOfTwo(f, k)
  return mulAdd(scale, expm1OfReduced(f, r), sub(scale, 0.25))
}

const expm1 =
  (f: Format): Body =>
  x =>
    unlessTiny(x!, 2 ** (-2 - f.fraction), mul(quarterExpm1(f, x!), 4))

/**
 * With e = e^-2|x|, tanh |x| = (1 - e) / (1 + e), both times `expScale`. e is 2^k (1 + t), so that near 0, where k = 0, the
 * numerator is the polynomial t; elsewhere it does not cancel.
 */
const tanh =
  (f: Format): Body =>
  x => {
    const bits = toBits(f, x!)
    const negative = bitwiseOr(bits, f.sign)
    const size = fromBits(f, negative)
    const { k, r } = reduceByLn2(f, atLeast(add(size, size), tables[f.float].range[1]), f.bias + Math.log2(expScale))
    const [t, scale] = [expm1OfReduced(f, r), powerOfTwo(f, k)]
    const y = div(mulAdd(scale, t, sub(scale, expScale)), mulAdd(scale, t, add(scale, expScale)))
    return fromBits(f, bitwiseXor(bitwiseOr(toBits(f, y), f.sign), bitwiseXor(negative, bits)))
  }

/** e^x / (e^x + 1), both times `expScale`, so that only the quotient is rounded to a subnormal number. */
const sigmoid =
  (f: Format): Body =>
  x => {
    const e = scaledExpOf(f, atMost(x!, tables[f.float].one))
    return div(e, add(e, expScale))
  }

/** max(x, 0) + log(1 + e^-|x|). */
const softplus =
  (f: Format): Body =>
  x =>
    add(maximum(x!, 0), log1pOfUnit(f, expOfMinusAbs(f, x!)))

/** max(a, b) + log(1 + e^-|a - b|); equal infinities have no difference. */
const logaddexp =
  (f: Format): Body =>
  (a, b) => {
    const difference = where(eq(a!, b!), 0, sub(a!, b!))
    return add(where(gt(a!, b!), a!, b!), log1pOfUnit(f, expOfMinusAbs(f, difference)))
  }

/** e^x. */
export const expBody = forFloats(exp)
/** 2^x. */
export const exp2Body = forFloats(exp2)
/** e^x - 1. */
export const expm1Body = forFloats(expm1)
/** Hyperbolic tangent. */
export const tanhBody = forFloats(tanh)
/** 1 / (1 + e^-x). */
export const sigmoidBody = forFloats(sigmoid)
/** log(1 + e^x). */
export const softplusBody = forFloats(softplus)
/** log(e^a + e^b). */
export const logaddexpBody = forFloats(logaddexp)
