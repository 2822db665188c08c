/** Inverse trigonometric functions. */
import type { Body } from '../../define.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { abs, add, div, mul, sqrt, sub } from '../arithmetic.ts'
import { eq, gt, logicalAnd, lt, where } from '../comparison.ts'
import { type Format, forFloats, polynomial, toBits, withSignOf } from './format.ts'

interface ArcTable {
  /** (arctan t / t - 1) / t^2 as a polynomial in t^2, |t| <= tan(pi/8). */
  arctan: readonly number[]
  /** (arcsin t / t - 1) / t^2 as a polynomial in t^2, |t| <= 1/2. */
  arcsin: readonly number[]
  /** What the format's pi/2 lacks. */
  halfPiLow: number
}

const tables: Record<Format['float'], ArcTable> = {
  float32: {
    arctan: [-0.33333316445350647, 0.1999852955341339, -0.1424441784620285, 0.1059928685426712, -0.06090089678764343],
    arcsin: [0.16666753590106964, 0.07495249062776566, 0.045476656407117844, 0.024148166179656982, 0.04221970587968826],
    halfPiLow: Math.PI / 2 - Math.fround(Math.PI / 2),
  },
  float64: {
    arctan: [
      -0.333333333333332, 0.19999999999953816, -0.14285714280223083, 0.11111110785049874, -0.09090897812591339,
      0.07692061362949565, -0.06663118955538866, 0.05848009525010873, -0.05039889321572132, 0.0380802370877099,
      -0.017924997832278574,
    ],
    arcsin: [
      0.16666666666666763, 0.0749999999997013, 0.04464285717524726, 0.03038194267764814, 0.02237221582500969,
      0.017351597135894428, 0.013980998480973977, 0.011397442185564861, 0.010788679740257082, 0.003673475788345379,
      0.021791120045321397, -0.02112353442286939, 0.03271079853754472,
    ],
    halfPiLow: 6.123233995736766e-17,
  },
}

/** arctan of a >= 0 in two steps: a, (a - 1) / (a + 1) or -1 / a is at most tan(pi/8); 0, pi/4 or pi/2 is added. */
function arctanOfPositive(f: Format, a: Tensor): Tensor {
  const { arctan, halfPiLow } = tables[f.float]
  const large = gt(a, 1 + Math.SQRT2)
  const middle = gt(a, Math.SQRT2 - 1)
  const top = where(large, -1, where(middle, sub(a, 1), a))
  const bottom = where(large, a, where(middle, add(a, 1), 1))
  const t = div(top, bottom)
  const z = mul(t, t)
  const tail = mul(polynomial(z, arctan), mul(z, t))
  const choose = (whole: number) => where(large, whole, where(middle, constant(whole / 2, f.float), 0))
  return add(choose(Math.PI / 2), add(t, add(tail, choose(halfPiLow))))
}

const arctan =
  (f: Format): Body =>
  x =>
    withSignOf(f, arctanOfPositive(f, abs(x!)), x!)

/** The angle of the point (x, y) from that of |y| / |x|, with C's values where both are 0 or infinite. */
const arctan2 =
  (f: Format): Body =>
  (y, x) => {
    const [a, b] = [abs(y!), abs(x!)]
    const same = logicalAnd(eq(a, b), eq(mul(a, 0.5), a))
    const ratio = where(same, where(eq(a, 0), a, 1), div(a, b))
    const angle = arctanOfPositive(f, ratio)
    const low = 2 * tables[f.float].halfPiLow
    const leftHalf = lt(toBits(f, x!), 0)
    return withSignOf(f, where(leftHalf, sub(Math.PI, sub(angle, low)), angle), y!)
  }

/** For |x| up to 1/2 the series; above, arccos |x| = 2 arcsin sqrt((1 - |x|) / 2). */
function arcParts(f: Format, x: Tensor): { direct: Tensor; t: Tensor; tail: Tensor } {
  const a = abs(x)
  const direct = lt(a, 0.5)
  const z = where(direct, mul(a, a), mul(sub(1, a), 0.5))
  const t = where(direct, a, sqrt(z))
  return { direct, t, tail: mul(mul(polynomial(z, tables[f.float].arcsin), z), t) }
}

const arcsin =
  (f: Format): Body =>
  x => {
    const { direct, t, tail } = arcParts(f, x!)
    const far = sub(Math.PI / 2, sub(mul(add(t, tail), 2), tables[f.float].halfPiLow))
    return withSignOf(f, where(direct, add(t, tail), far), x!)
  }

const arccos =
  (f: Format): Body =>
  x => {
    const { direct, t, tail } = arcParts(f, x!)
    const low = tables[f.float].halfPiLow
    const signed = withSignOf(f, add(t, tail), x!)
    const nearHalfPi = sub(Math.PI / 2, sub(signed, low))
    const twice = mul(add(t, tail), 2)
    return where(direct, nearHalfPi, where(lt(x!, 0), sub(Math.PI, sub(twice, 2 * low)), twice))
  }

/** Inverse tangent. */
export const arctanBody = forFloats(arctan)
/** Angle of the point (x, y). */
export const arctan2Body = forFloats(arctan2)
/** Inverse sine. */
export const arcsinBody = forFloats(arcsin)
/** Inverse cosine. */
export const arccosBody = forFloats(arccos)
