/**
 * Logarithms: x = 2^k m with m between sqrt(1/2) and sqrt(2), f = m - 1, s = f / (2 + f), and
 * log m = f - (f^2/2 - s (f^2/2 + R(s^2))), the form of FreeBSD's e_log.c (Sun Microsystems, 1993), whose terms are
 * added smallest first.
 */
import { floatUnary } from '../../elementwise.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { add, div, mul, sub } from '../arithmetic.ts'
import {
  bitwiseAnd,
  bitwiseOr,
  eq,
  ge,
  gt,
  logicalAnd,
  logicalNot,
  lt,
  rightShift,
  where,
  whereRare,
} from '../comparison.ts'
import { type Format, float32, forFloats, fromBits, polynomial, toBits, unlessTiny } from './format.ts'

interface LogTable {
  /** The bits of sqrt(1/2). */
  rootOfHalf: bigint
  /** R(z) / z of log((1 + s) / (1 - s)) = 2 s + s R(s^2), for |s| <= 3 - 2 sqrt(2). */
  series: readonly number[]
  /** ln 2 in two parts; k times the first is exact. */
  ln2: readonly [number, number]
  /** Bits of a float that stay in the upper half of a product. */
  upper: bigint
  /** 1 / ln 2 and 1 / ln 10 in two parts, the first with zeros in its lower half; log10 2 likewise. */
  log2e: readonly [number, number]
  log10e: readonly [number, number]
  log10of2: readonly [number, number]
}

const tables: Record<Format['float'], LogTable> = {
  float32: {
    rootOfHalf: 0x3f3504f3n,
    series: [0.6666666269302368, 0.40000972151756287, 0.2849879264831543, 0.242788627743721],
    ln2: [0.693145751953125, 1.428606765330187e-6],
    upper: -0x1000n,
    log2e: [1.4428710938, -1.7605285393e-4],
    log10e: [0.43432617188, -3.1689971365e-5],
    log10of2: [0.30102920532, 7.9034151668e-7],
  },
  float64: {
    rootOfHalf: 0x3fe6a09e667f3bcdn,
    series: [
      0.6666666666666734, 0.3999999999941663, 0.28571428742032895, 0.2222219860434311, 0.1818356289989839,
      0.1531408331273412, 0.14795651317299027,
    ],
    ln2: [0.6931471805598903, 5.497923018708371e-14],
    upper: -0x100000000n,
    log2e: [1.4426950407214463, 1.6751713164886512e-10],
    log10e: [0.4342944818781689, 2.5082946711645275e-11],
    log10of2: [0.30102999566361177, 3.694239077158931e-13],
  },
}

interface Split {
  /** x's exponent after m was taken out, times 2^fraction and biased. */
  exponent: Tensor
  k: Tensor
  m: Tensor
}

/** x = 2^(k + shift) m for positive normal x. The exponent becomes a float by standing in the low bits of 2^fraction. */
export function split(f: Format, x: Tensor, shift?: Tensor): Split {
  const { rootOfHalf } = tables[f.float]
  const moved = add(toBits(f, x), f.one - rootOfHalf)
  const whole = bitwiseOr(rightShift(moved, f.fraction), BigInt(f.bias + f.fraction) << BigInt(f.fraction))
  const k = sub(fromBits(f, whole), 2 ** f.fraction + f.bias)
  return {
    exponent: bitwiseAnd(moved, f.exponentMask),
    k: shift ? sub(k, shift) : k,
    m: fromBits(f, add(bitwiseAnd(moved, f.fractionMask), rootOfHalf)),
  }
}

/** The parts of log(1 + f) = f - (half - rest). */
function parts(f: Format, x: Tensor, series = tables[f.float].series): { half: Tensor; rest: Tensor } {
  const s = div(x, add(x, 2))
  const z = mul(s, s)
  const half = mul(mul(x, x), 0.5)
  return { half, rest: mul(s, add(half, mul(z, polynomial(z, series)))) }
}

/** k ln 2 + log(1 + f). */
function assemble(f: Format, k: Tensor, x: Tensor): Tensor {
  const [high, low] = tables[f.float].ln2
  const { half, rest } = parts(f, x)
  return add(mul(k, high), sub(x, sub(half, add(rest, mul(k, low)))))
}

const natural = (f: Format, x: Tensor, shift?: Tensor): Tensor => {
  const { k, m } = split(f, x, shift)
  return assemble(f, k, sub(m, 1))
}

/** A logarithm of a positive normal number that was scaled up by 2^shift. */
type Core = (f: Format, x: Tensor, shift?: Tensor) => Tensor

/**
 * k log_b 2 + log(m) log_b e with both products in two parts, after FreeBSD's e_log2.c and e_log10.c: the upper half
 * of log m times the upper part of the factor is exact.
 */
const toBase =
  (factor: 'log2e' | 'log10e', ofTwo: (table: LogTable) => readonly [number, number]): Core =>
  (f, x, shift) => {
    const table = tables[f.float]
    const [high, low] = table[factor]
    const [twoHigh, twoLow] = ofTwo(table)
    const { k, m } = split(f, x, shift)
    const y = sub(m, 1)
    const { half, rest } = parts(f, y)
    const upper = fromBits(f, bitwiseAnd(toBits(f, sub(y, half)), table.upper))
    const lower = add(sub(sub(y, upper), half), rest)
    const small = add(mul(add(upper, lower), low), mul(lower, high))
    const product = mul(upper, high)
    const whole = mul(k, twoHigh)
    const sum = add(whole, product)
    const lost = add(sub(whole, sum), product)
    return add(add(twoLow === 0 ? small : add(small, mul(k, twoLow)), lost), sum)
  }

const log2Core = toBase('log2e', () => [1, 0])
const log10Core = toBase('log10e', table => table.log10of2)

/** Positive normal numbers, to which the short form applies: one comparison of the bits. */
const ordinary = (f: Format, x: Tensor): Tensor => logicalAnd(ge(x, f.tiny), lt(x, Infinity))

/** The whole domain: subnormals are scaled up first, the rest has values of its own. */
function everywhere(f: Format, core: Core, x: Tensor): Tensor {
  const shift = f.fraction + 2
  const small = lt(x, f.tiny)
  const y = core(f, where(small, mul(x, 2 ** shift), x), where(small, constant(shift, f.float), 0))
  return where(eq(x, 0), -Infinity, where(lt(x, 0), Number.NaN, where(lt(x, Infinity), y, x)))
}

/** The op that handles what `ordinary` excludes, and the body of the logarithm that calls it. */
function logarithm(name: string, js: (x: number) => number, core: Core) {
  const rare = floatUnary({
    name: `${name}Rare`,
    internal: true,
    doc: `${name} of any number; ${name} itself calls it for subnormals, 0, negatives, infinity and NaN.`,
    types: numbers,
    js,
    body: forFloats(f => x => everywhere(f, core, x!)),
    cost: 14,
    domain: [1e-3, 100],
    ulp: { wasm: 2, webgpu: 4 },
  })
  return forFloats(f => x => whereRare(logicalNot(ordinary(f, x!)), rare(x!), core(f, x!)))
}

/** Natural logarithm. */
export const logBody = logarithm('log', Math.log, natural)
/** Logarithm to base 2. */
export const log2Body = logarithm('log2', Math.log2, log2Core)
/** Logarithm to base 10. */
export const log10Body = logarithm('log10', Math.log10, log10Core)

/**
 * u = 1 + x and the error c of that sum, so that log(1 + x) = k ln 2 + log(1 + f) with f = m - 1 + c 2^-k. For k = 0
 * f is x itself.
 */
function log1pOrdinary(f: Format, x: Tensor): Tensor {
  const u = add(x, 1)
  const part = sub(u, 1)
  const c = add(sub(1, sub(u, part)), sub(x, part))
  const { exponent, k, m } = split(f, u)
  const scale = fromBits(f, sub(f.one + (BigInt(f.bias) << BigInt(f.fraction)), exponent))
  return unlessTiny(x, 2 ** (-f.fraction - 2), assemble(f, k, add(sub(m, 1), mul(c, scale))))
}

const log1pRare = floatUnary({
  name: 'log1pRare',
  internal: true,
  doc: 'log(1 + x) of the numbers that log1p does not reach by itself: x <= -1, huge x and NaN.',
  types: numbers,
  js: Math.log1p,
  body: forFloats(f => x => {
    const outside = where(eq(x!, -1), -Infinity, where(lt(x!, Infinity), natural(f, x!), x!))
    return where(lt(x!, -1), Number.NaN, outside)
  }),
  cost: 14,
  domain: [2e38, 3e38],
  ulp: { wasm: 3, webgpu: 6 },
})

/** log(1 + x). */
export const log1pBody = forFloats(f => x => {
  const short = logicalAnd(gt(x!, -1), lt(x!, 2 ** f.bias))
  return whereRare(logicalNot(short), log1pRare(x!), log1pOrdinary(f, x!))
})

/** The series of `log` for |s| <= 1/3, in float32. */
const wideSeries = [0.6666641235351562, 0.4002175033092499, 0.27998217940330505, 0.28029367327690125]

/** log(1 + z) for 0 <= z <= 1. */
export function log1pOfUnit(f: Format, z: Tensor): Tensor {
  if (f === float32) {
    const { half, rest } = parts(f, z, wideSeries)
    return sub(z, sub(half, rest))
  }
  const large = gt(z, Math.SQRT2 - 1)
  return assemble(f, where(large, constant(1, f.float), 0), where(large, mul(sub(z, 1), 0.5), z))
}
