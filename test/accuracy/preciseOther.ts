/** Combinations of logarithms, and the gamma function itself, in double-double arithmetic; see `precise.ts`. */
import {
  add,
  type Doubled,
  div,
  doubled,
  exp,
  expInRange,
  expm1,
  ln2,
  log,
  log1p,
  mul,
  one,
  type Scaled,
  scale,
  sqrt,
  sumOf,
} from './precise.ts'
import { erfc, gammaln } from './preciseSpecial.ts'

/** Γ(x), the exponential of its logarithm with the sign of Γ. */
export function gamma(x: number): Scaled {
  const { value, exponent } = exp(gammaln(x))
  return { value: x < 0 && Math.floor(x) % 2 !== 0 ? scale(value, -1) : value, exponent }
}

/** x! = x Γ(x). */
export function factorial(x: number): Scaled {
  const { value, exponent } = gamma(x)
  return { value: mul(value, doubled(x)), exponent }
}

export const logit = (x: number): Doubled => log(div(doubled(x), sumOf(1, -x)))

export const xlogx = (x: number): Doubled => mul(doubled(x), log(doubled(x)))

export const xlogy = (x: number, y: number): Doubled => mul(doubled(x), log(doubled(y)))

export const xlog1py = (x: number, y: number): Doubled => mul(doubled(x), log1p(doubled(y)))

export function selu(x: number): Doubled {
  const tail = x > 0 ? doubled(x) : mul(expm1(doubled(x)), doubled(1.6732632423543772))
  return mul(tail, doubled(1.0507009873554805))
}

export const softsign = (x: number): Doubled => div(doubled(x), sumOf(1, Math.abs(x)))

export function logErfc(x: number): Doubled {
  const { value, exponent } = erfc(x)
  return add(log(value), mul(ln2, doubled(exponent)))
}

export const hypot = (x: number, y: number): Doubled =>
  sqrt(add(mul(doubled(x), doubled(x)), mul(doubled(y), doubled(y))))

/** log(e^x + e^y). */
export function logaddexp(x: number, y: number): Doubled {
  const [low, high] = x < y ? [x, y] : [y, x]
  return add(doubled(high), log1p(expInRange(sumOf(low, -high))))
}

/** log2(2^x + 2^y). */
export function logaddexp2(x: number, y: number): Doubled {
  const [low, high] = x < y ? [x, y] : [y, x]
  const power = expInRange(mul(sumOf(low, -high), ln2))
  return add(doubled(high), div(log(add(one, power)), ln2))
}
