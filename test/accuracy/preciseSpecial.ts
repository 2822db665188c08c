/** Special functions in double-double arithmetic; see `precise.ts`. */
import {
  add,
  type Doubled,
  div,
  doubled,
  exp,
  expInRange,
  fraction,
  log,
  mul,
  neg,
  one,
  pi,
  polynomial,
  type Scaled,
  scale,
  sinCos,
  sqrt,
  sub,
  sumOf,
} from './precise.ts'

const twoOverRootPi = div(doubled(2), sqrt(pi))

/** The series with terms of one sign (Abramowitz and Stegun 7.1.6). */
export function erf(x: number): Doubled {
  if (Math.abs(x) > 6) return doubled(Math.sign(x))
  const z = scale(mul(doubled(x), doubled(x)), 2)
  let term = doubled(x)
  let sum = term
  for (let n = 1; Math.abs(term[0]) > 1e-34 * Math.abs(sum[0]); n++) {
    term = div(mul(term, z), doubled(2 * n + 1))
    sum = add(sum, term)
  }
  return mul(mul(sum, expInRange(neg(scale(z, 0.5)))), twoOverRootPi)
}

/** e^(x^2) erfc x for x >= 4 by the continued fraction 7.1.14. */
function scaledTail(x: number): Doubled {
  let rest = doubled(x)
  for (let n = 60; n > 0; n--) rest = add(doubled(x), div(doubled(n / 2), rest))
  return div(one, mul(rest, sqrt(pi)))
}

const square = (x: number) => mul(doubled(x), doubled(x))

export function erfc(x: number): Scaled {
  if (x < 4) return { value: sub(one, erf(x)), exponent: 0 }
  const { value, exponent } = exp(neg(square(x)))
  return { value: mul(value, scaledTail(x)), exponent }
}

export function erfcx(x: number): Scaled {
  if (x >= 4) return { value: scaledTail(x), exponent: 0 }
  const { value, exponent } = exp(square(x))
  return { value: mul(value, sub(one, erf(x))), exponent }
}

/** The inverse of erf at x, one Newton step from a result that is nearly right. */
export function erfinv(x: number, result: number): Doubled {
  const error = sub(erf(result), doubled(x))
  return sub(doubled(result), div(mul(error, expInRange(square(result))), twoOverRootPi))
}

/** The same for erfc, relative so that nothing underflows. */
export function erfcinv(x: number, result: number): Doubled {
  const { value, exponent } = erfc(result)
  const quotient = div(scaled(doubled(x), -exponent), value)
  const slope = div(twoOverRootPi, erfcx(result).value)
  if (result < 4) return add(doubled(result), erfcStep(x, result))
  return add(doubled(result), div(sub(one, quotient), slope))
}

function erfcStep(x: number, result: number): Doubled {
  const error = sub(erfc(result).value, doubled(x))
  return div(mul(error, expInRange(square(result))), twoOverRootPi)
}

const scaled = (x: Doubled, exponent: number): Doubled => {
  const half = Math.trunc(exponent / 2)
  return scale(scale(x, 2 ** half), 2 ** (exponent - half))
}

/** The Bernoulli numbers B(2), B(4), ... */
const bernoulli = [
  [1, 6],
  [-1, 30],
  [1, 42],
  [-1, 30],
  [5, 66],
  [-691, 2730],
  [7, 6],
  [-3617, 510],
  [43867, 798],
  [-174611, 330],
  [854513, 138],
  [-236364091, 2730],
  [8553103, 6],
] as const
const gammaTerms = bernoulli.map(([p, q], i) => fraction(p, q * (2 * i + 2) * (2 * i + 1)))
const trigammaTerms = bernoulli.map(([p, q]) => fraction(p, q))
const digammaTerms = bernoulli.map(([p, q], i) => fraction(p, q * (2 * i + 2)))

const shift = 30

/** x + 0, 1, ... up to `shift`. */
function* shifted(x: number): Generator<Doubled> {
  for (let i = 0; x + i < shift; i++) yield sumOf(x, i)
}

/** log |gamma x|: Stirling's series from 30 on, reflection below 0. */
export function gammaln(x: number): Doubled {
  if (x < 0) {
    const product = mul(mul(doubled(-x), sinOfPi(x)), div(one, pi))
    return neg(add(log(product[0] < 0 ? neg(product) : product), gammaln(-x)))
  }
  let product = one
  let y = doubled(x)
  for (const factor of shifted(x)) {
    product = mul(product, factor)
    y = add(factor, one)
  }
  const inverse = div(one, y)
  const series = mul(polynomial(mul(inverse, inverse), gammaTerms), inverse)
  const main = mul(sub(y, doubled(0.5)), log(y))
  const rest = add(sub(series, y), scale(log(scale(pi, 2)), 0.5))
  return sub(add(main, rest), log(product))
}

/** |sin(pi x)|. */
function sinOfPi(x: number): Doubled {
  const rest = mul(doubled(x - Math.round(x)), pi)
  return sinOf(rest)
}

function sinOf(x: Doubled): Doubled {
  const { sin, cos } = sinCos(x[0])
  return add(sin, mul(cos, doubled(x[1])))
}

function cosOf(x: Doubled): Doubled {
  const { sin, cos } = sinCos(x[0])
  return sub(cos, mul(sin, doubled(x[1])))
}

export function digamma(x: number): Doubled {
  if (x < 0) {
    const rest = mul(doubled(x - Math.round(x)), pi)
    return sub(digammaOf(sumOf(1, -x)), div(mul(pi, cosOf(rest)), sinOf(rest)))
  }
  return digammaOf(doubled(x))
}

function digammaOf(x: Doubled): Doubled {
  let sum = doubled(0)
  let y = x
  for (; y[0] < shift; y = add(y, one)) sum = add(sum, div(one, y))
  const inverse = div(one, y)
  const z = mul(inverse, inverse)
  const series = add(scale(inverse, 0.5), mul(z, polynomial(z, digammaTerms)))
  return sub(sub(log(y), series), sum)
}

/** The recurrence up to 30 and Abramowitz and Stegun 6.4.12; by reflection below 0. */
export function trigamma(x: number): Doubled {
  if (x >= 0) return trigammaOf(doubled(x))
  const ratio = div(pi, sinOf(mul(doubled(x - Math.round(x)), pi)))
  return sub(mul(ratio, ratio), trigammaOf(sumOf(1, -x)))
}

function trigammaOf(x: Doubled): Doubled {
  let sum = doubled(0)
  let y = x
  for (; y[0] < shift; y = add(y, one)) sum = add(sum, div(one, mul(y, y)))
  const inverse = div(one, y)
  const z = mul(inverse, inverse)
  const series = add(mul(z, polynomial(z, trigammaTerms)), add(scale(inverse, 0.5), one))
  return add(mul(inverse, series), sum)
}

/** Bessel's integral (9.1.21) by the trapezoidal rule, whose error falls faster than any power. */
export function bessel(order: 0 | 1, x: number): Doubled {
  const points = 2 * Math.ceil(Math.abs(x) / 2 + 30)
  let sum = doubled(order === 0 ? 1 : 0)
  for (let i = 1; i < points; i++) {
    const angle = div(mul(pi, doubled(i)), doubled(points))
    const phase = sub(scale(angle, order), mul(doubled(x), sinOf(angle)))
    sum = add(sum, cosOf(phase))
  }
  return div(sum, doubled(points))
}
