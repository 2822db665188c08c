/**
 * Elementary functions to some 28 digits, by series and Newton steps in double-double arithmetic: what float64 results
 * are judged by. No formula or constant is shared with damo's own functions.
 */
import {
  add,
  type Doubled,
  div,
  doubled,
  fraction,
  fromBigInt,
  mul,
  neg,
  polynomial,
  scale,
  sqrt,
  sub,
  sumOf,
} from './doubled.ts'

/** value 2^exponent: results beyond the range of doubles, and subnormal ones, keep their digits. */
export interface Scaled {
  value: Doubled
  exponent: number
}

const one = doubled(1)
const ln2: Doubled = [Math.LN2, 2.3190468138462996e-17]
export const pi: Doubled = [Math.PI, 1.2246467991473532e-16]

/** 1/n! from n = 1 on. */
const factorials = (() => {
  const list: Doubled[] = [one]
  for (let n = 2; n <= 30; n++) list.push(div(list[n - 2]!, doubled(n)))
  return list
})()

/** e^x = (1 + p) 2^k. */
function expParts(x: Doubled): { p: Doubled; k: number } {
  const k = Math.round(x[0] / Math.LN2)
  const r = scale(sub(x, mul(ln2, doubled(k))), 1 / 256)
  let p = mul(r, polynomial(r, factorials.slice(0, 11)))
  for (let i = 0; i < 8; i++) p = add(scale(p, 2), mul(p, p))
  return { p, k }
}

export function exp(x: Doubled): Scaled {
  const { p, k } = expParts(x)
  return { value: add(p, one), exponent: k }
}

/** e^x for results in the range of doubles. */
export function expInRange(x: Doubled): Doubled {
  const { value, exponent } = exp(x)
  return scale(scale(value, 2 ** Math.trunc(exponent / 2)), 2 ** (exponent - Math.trunc(exponent / 2)))
}

/** e^x - 1 for x under 700. */
export function expm1(x: Doubled): Doubled {
  const { p, k } = expParts(x)
  return k === 0 ? p : sub(expInRange(x), one)
}

export function log(x: Doubled): Doubled {
  let k = Math.round(Math.log2(x[0]))
  if (x[0] < 2 ** -1000) return sub(log(scale(x, 2 ** 200)), mul(ln2, doubled(200)))
  if (Math.abs(k) === 1024) k = Math.sign(k) * 1023
  const m = scale(x, 2 ** -k)
  const y = Math.log(m[0])
  const rest = sub(mul(m, expInRange(doubled(-y))), one)
  const correction = sub(rest, scale(mul(rest, rest), 0.5))
  return add(mul(ln2, doubled(k)), add(doubled(y), correction))
}

/** log(1 + x), also where 1 + x has not enough digits. */
export function log1p(x: Doubled): Doubled {
  if (Math.abs(x[0]) > 1e-7) return log(add(one, x))
  return mul(x, polynomial(x, [one, doubled(-0.5), fraction(1, 3), doubled(-0.25), fraction(1, 5)]))
}

/** pi/2 in fixed point, by Machin's formula. */
const pointBits = 1280
const halfPi = (() => {
  const unit = 1n << BigInt(pointBits + 20)
  const arctanOfInverse = (n: bigint) => {
    let [sum, power] = [0n, unit / n]
    for (let k = 1n; power !== 0n; k += 2n, power /= -(n * n)) sum += power / k
    return sum
  }
  return (2n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n))) >> 20n
})()

/** x = n pi/2 + r for any double. */
function quarters(x: number): { n: number; r: Doubled } {
  const [m, exponent] = wholeAndExponent(x)
  const shift = exponent + pointBits
  const fixed = shift >= 0 ? m << BigInt(shift) : m >> BigInt(-shift)
  if (shift < 0 || Math.abs(x) < 0.75) return { n: 0, r: doubled(x) }
  const q = (2n * fixed + halfPi) / (2n * halfPi) - (2n * fixed + halfPi < 0n ? 1n : 0n)
  return { n: Number(BigInt.asUintN(2, q)), r: fromBigInt(fixed - q * halfPi, pointBits) }
}

/** x = m 2^exponent with whole m. */
function wholeAndExponent(x: number): [m: bigint, exponent: number] {
  const exponent = x === 0 ? 0 : Math.max(Math.floor(Math.log2(Math.abs(x))) - 53, -1074)
  const half = Math.trunc(exponent / 2)
  return [BigInt(x * 2 ** -half * 2 ** -(exponent - half)), exponent]
}

/** Both at once, from one reduction. */
export function sinCos(x: number): { sin: Doubled; cos: Doubled } {
  const { n, r } = quarters(x)
  return turned(n, sinCosOfSmall(r))
}

function turned(n: number, { sin, cos }: { sin: Doubled; cos: Doubled }): { sin: Doubled; cos: Doubled } {
  if (n === 0) return { sin, cos }
  if (n === 1) return { sin: cos, cos: neg(sin) }
  return n === 2 ? { sin: neg(sin), cos: neg(cos) } : { sin: neg(cos), cos: sin }
}

const alternate = (odd: 0 | 1) =>
  factorials.filter((_, i) => i % 2 === odd).map((c, i) => ((i + odd) % 2 === 0 ? c : neg(c)))
const sinSeries = alternate(0)
const cosSeries = alternate(1)

/** sin r and cos r for |r| up to 4. */
function sinCosOfSmall(r: Doubled): { sin: Doubled; cos: Doubled } {
  const z = mul(r, r)
  return { sin: mul(r, polynomial(z, sinSeries)), cos: add(one, mul(z, polynomial(z, cosSeries))) }
}

/** arctan from one Newton step in sine and cosine of the double's value. */
export function arctan(x: Doubled): Doubled {
  if (Math.abs(x[0]) < 1e-5) {
    const z = mul(x, x)
    return mul(x, polynomial(z, [one, fraction(-1, 3), fraction(1, 5), fraction(-1, 7)]))
  }
  if (Math.abs(x[0]) > 1) return sub(scale(pi, Math.sign(x[0]) / 2), arctan(div(one, x)))
  const y = Math.atan(x[0])
  const { sin, cos } = sinCosOfSmall(doubled(y))
  return add(doubled(y), div(sub(mul(x, cos), sin), add(cos, mul(x, sin))))
}

export function arcsin(x: number): Doubled {
  if (Math.abs(x) === 1) return scale(pi, x / 2)
  return arctan(div(doubled(x), sqrt(mul(sumOf(1, -x), sumOf(1, x)))))
}

export function arccos(x: number): Doubled {
  return x === -1 ? pi : scale(arctan(sqrt(div(sumOf(1, -x), sumOf(1, x)))), 2)
}

/** The odd series x + c3 x^3 + ... for tiny x. */
const oddSeries = (x: number, coefficients: readonly Doubled[]): Doubled =>
  mul(doubled(x), polynomial(mul(doubled(x), doubled(x)), [one, ...coefficients]))

export function arcsinh(x: number): Doubled {
  const a = doubled(Math.abs(x))
  if (a[0] < 1e-4) return oddSeries(x, [fraction(-1, 6), fraction(3, 40), fraction(-15, 336)])
  if (a[0] > 1e100) return scale(add(log(a), ln2), Math.sign(x))
  const z = mul(a, a)
  return scale(log1p(add(a, div(z, add(one, sqrt(add(one, z)))))), Math.sign(x))
}

export function arccosh(x: number): Doubled {
  if (x > 1e100) return add(log(doubled(x)), ln2)
  const t = sumOf(x, -1)
  return log1p(add(t, sqrt(add(scale(t, 2), mul(t, t)))))
}

export function arctanh(x: number): Doubled {
  if (Math.abs(x) < 1e-4) return oddSeries(x, [fraction(1, 3), fraction(1, 5), fraction(1, 7)])
  return scale(log(div(sumOf(1, x), sumOf(1, -x))), 0.5)
}

/** sinh and cosh from p = e^|x| - 1; beyond 40 both are e^|x| / 2. */
export function sinh(x: number): Scaled {
  const a = doubled(Math.abs(x))
  if (a[0] > 40) return signed(exp(a), x)
  const p = expm1(a)
  return { value: scale(add(p, div(p, add(one, p))), Math.sign(x)), exponent: -1 }
}

const signed = ({ value, exponent }: Scaled, x: number): Scaled => ({
  value: scale(value, Math.sign(x)),
  exponent: exponent - 1,
})

export function cosh(x: number): Scaled {
  const e = exp(doubled(Math.abs(x)))
  if (Math.abs(x) > 40) return signed(e, 1)
  const value = expInRange(doubled(x))
  return { value: add(value, div(one, value)), exponent: -1 }
}

export function tanh(x: number): Doubled {
  if (Math.abs(x) > 40) return doubled(Math.sign(x))
  const p = expm1(doubled(2 * x))
  return div(p, add(p, doubled(2)))
}

/** e^x / (1 + e^x). */
export function sigmoid(x: number): Scaled {
  const { value, exponent } = exp(doubled(-Math.abs(x)))
  const small = exponent < -120 ? doubled(0) : scale(value, 2 ** exponent)
  if (x < 0) return { value: div(value, add(one, small)), exponent }
  return { value: div(one, add(one, small)), exponent: 0 }
}

export function softplus(x: number): Scaled {
  if (x < -80) return exp(doubled(x))
  const tail = log1p(expInRange(doubled(-Math.abs(x))))
  return { value: x > 0 ? add(doubled(x), tail) : tail, exponent: 0 }
}

export function log1mexp(x: number): Scaled {
  if (x < -80) return signed({ ...exp(doubled(x)), exponent: exp(doubled(x)).exponent + 1 }, -1)
  const value = x > -0.5 ? log(neg(expm1(doubled(x)))) : log1p(neg(expInRange(doubled(x))))
  return { value, exponent: 0 }
}

export const exp2 = (x: number): Scaled => exp(mul(doubled(x), ln2))
export const log2 = (x: number): Doubled => div(log(doubled(x)), ln2)
export const log10 = (x: number): Doubled => div(log(doubled(x)), log(doubled(10)))
export const pow = (x: number, y: number): Scaled => exp(mul(log(doubled(x)), doubled(y)))
export { add, type Doubled, div, doubled, fraction, ln2, mul, neg, one, polynomial, scale, sqrt, sub, sumOf }
