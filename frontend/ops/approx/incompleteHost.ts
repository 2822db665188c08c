/**
 * The incomplete gamma and beta functions in host arithmetic: series and continued fractions alone, without the
 * expansions for large parameters that compiled code takes. DLMF 8.7, 8.9 and 8.17.
 */
import { digammaValue, erfcValue, gammalnValue, gammaOfNext, gammaValue, zetaRest } from './host.ts'
import { alternating, betaFraction, betaFractionSlope, fraction, fractionSlope, series, seriesSlope } from './loops.ts'

/** log(1 + u) - u. */
function log1pLess(u: number): number {
  if (Math.abs(u) > 0.3) return Math.log1p(u) - u
  let sum = 0
  for (let n = 40; n >= 2; n--) sum -= (-u) ** n / n
  return sum
}

/** log Γ(x) - ((x - 1/2) log x - x + log √2π) for x >= 10. */
const stirlingRest = (x: number): number =>
  (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * x * x)) / (x * x)) / (x * x)) / (x * x)) / x

/** x^a e^-x / Γ(a + 1). */
export function gammaDensityValue(a: number, x: number): number {
  if (a > 100) return Math.exp(a * log1pLess((x - a) / a) - stirlingRest(a)) / Math.sqrt(2 * Math.PI * a)
  const half = Math.exp(-x / 2)
  return ((Math.min(x, 1150) ** a * half) / gammaOfNext(a)) * half
}

const inside = (a: number, x: number): boolean => a >= 0 && x >= 0 && (a > 0 || x > 0)

/** Q(a, x), or P(a, x), for a from 1e5 on and x close to it, where sums would be long: DLMF 8.12.3 and 8.12.4 with two terms. */
function gaussian(a: number, x: number, sign: 1 | -1): number {
  const mu = (x - a) / a
  const eta = Math.sign(mu) * Math.sqrt(-2 * log1pLess(mu))
  const term = Math.abs(eta) < 1e-3 ? -1 / 3 + eta / 12 - (2 * eta * eta) / 135 : 1 / mu - 1 / eta
  const next = (-1 / 540 - eta / 288 + (eta * eta) / 378) / a
  const rest = (Math.exp((-a * eta * eta) / 2) / Math.sqrt(2 * Math.PI * a)) * (term + next)
  return erfcValue(sign * eta * Math.sqrt(a / 2)) / 2 + sign * rest
}

const isHuge = (a: number, x: number): boolean => a > 1e5 && Math.abs(x - a) < 0.4 * a

/** P(a, x). */
export function gammaincValue(a: number, x: number): number {
  if (!inside(a, x) || (a === Number.POSITIVE_INFINITY && x === a)) return Number.NaN
  if (isHuge(a, x)) return gaussian(a, x, -1)
  if (x > a && x > 1.1) return 1 - gammainccValue(a, x)
  if (x === 0 || a === Number.POSITIVE_INFINITY) return 0
  return gammaDensityValue(a, x) * series(a, x)
}

/** Q(a, x) = 1 - P(a, x). */
export function gammainccValue(a: number, x: number): number {
  if (!inside(a, x) || (a === Number.POSITIVE_INFINITY && x === a)) return Number.NaN
  if (isHuge(a, x)) return gaussian(a, x, 1)
  if (x === Number.POSITIVE_INFINITY) return 0
  if (x > 1.1 || a > 1.1) return x > a ? gammaDensityValue(a, x) * a * fraction(a, x) : 1 - gammaincValue(a, x)
  if (x === 0) return 1
  const power = Math.expm1(a * Math.log(x))
  // 1 / Γ(1 + a) - 1, by DLMF 5.7.1 without its constant term.
  const inverse = reciprocalGamma(a)
  return 0 - (power + inverse + power * inverse) - (1 + power) * (1 + inverse) * alternating(a, x)
}

/** Coefficients of 1 / Γ(z) from z² on: DLMF 5.7.1 and the recurrence 5.7.2. */
const reciprocals = (() => {
  const c = [0, 1, 0.5772156649015329]
  for (let k = 3; k < 30; k++) {
    let sum = 0.5772156649015329 * c[k - 1]!
    for (let j = 2; j < k; j++) sum += (j % 2 === 0 ? -1 : 1) * (1 + zetaRest(j)) * c[k - j]!
    c.push(sum / (k - 1))
  }
  return c.slice(2)
})()

const reciprocalGamma = (a: number): number => reciprocals.reduceRight((sum, c) => (sum + c) * a, 0)

/** dP/da. */
export function gammaincByAValue(a: number, x: number): number {
  if (!inside(a, x)) return Number.NaN
  if (x === 0 || x === Number.POSITIVE_INFINITY) return 0
  const relative = Math.log(x) - digammaValue(a)
  const factor = gammaDensityValue(a, x)
  if (x > 1.1 && x > a) return -factor * a * fractionSlope(a, x, relative)
  return factor * seriesSlope(a, x, relative - 1 / a)
}

/** log Γ(x) - ((x - 1/2) log x - x), from the recurrence where x is small. */
function gammaRest(x: number): number {
  if (x >= 10) return stirlingRest(x) + Math.log(2 * Math.PI) / 2
  return Math.log(gammaValue(x)) - (x - 0.5) * Math.log(x) + x
}

/** Γ(a + b), with what the sum lacks by the derivative of log Γ, about a logarithm where it counts. */
function gammaOfSum(a: number, b: number): number {
  const sum = a + b
  const lack = a - (sum - (sum - a)) + (b - (sum - a))
  return gammaValue(sum) * (sum > 1 ? 1 + lack * Math.log(sum) : 1)
}

/** B(a, b). */
export function betaValue(a: number, b: number): number {
  if (a + b > 150) return Math.exp(betalnValue(a, b))
  return (gammaValue(Math.max(a, b)) / gammaOfSum(a, b)) * gammaValue(Math.min(a, b))
}

/** x^a y^b / (a B(a, b)), y = 1 - x: as it is, or by what the powers are around x = a / (a + b). */
export function betaDensityValue(a: number, b: number, x: number, y: number): number {
  if (a + b < 150) return (x ** a * y ** b * gammaOfSum(a, b)) / gammaOfNext(a) / gammaValue(b)
  if (Math.min(a, b) < 10) {
    const [low, high, side, other] = a < b ? [a, b, x, y] : [b, a, y, x]
    const power = high * (side < 0.5 ? Math.log1p(-side) : Math.log(other))
    return Math.exp(low * Math.log(side * (a + b)) + power - logOfRatio(low, high)) / (gammaValue(low) * a)
  }
  const distance = x * b - y * a
  const exponent = a * log1pLess(distance / a) + b * log1pLess(-distance / b)
  const rests = gammaRest(a + b) - gammaRest(a) - gammaRest(b)
  return Math.exp(exponent + rests) * Math.sqrt(b / (a * (a + b)))
}

/** Beyond it the beta functions' products overflow, and results are NaN. */
export const mostParameter = 1e290

/** I(x; a, b). */
export function betaincValue(a: number, b: number, x: number): number {
  if (!(a > 0 && b > 0 && a < mostParameter && b < mostParameter && x >= 0 && x <= 1)) return Number.NaN
  if (x === 0 || x === 1) return x === 0 ? 0 : 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaDensityValue(b, a, 1 - x, x) * betaFraction(b, a, 1 - x, x)
  return betaDensityValue(a, b, x, 1 - x) * betaFraction(a, b, x, 1 - x)
}

/** dI/da, y = 1 - x. */
export function betaincByAValue(a: number, b: number, x: number, y: number): number {
  if (!(a > 0 && b > 0 && a < mostParameter && b < mostParameter && x >= 0 && x <= 1)) return Number.NaN
  if (x === 0 || y === 0) return 0
  const relative = (x < 0.5 ? Math.log(x) : Math.log1p(-y)) + digammaValue(a + b) - digammaValue(a)
  if (x > (a + 1) / (a + b + 2)) return -betaDensityValue(b, a, y, x) * betaFractionSlope(b, a, y, x, relative, 1)
  return betaDensityValue(a, b, x, y) * betaFractionSlope(a, b, x, y, relative - 1 / a, 0)
}

/** log B(a, b). */
export function betalnValue(a: number, b: number): number {
  if (a < 0 || b < 0 || a !== a || b !== b) return Number.NaN
  if (a === 0 || b === 0) return Number.POSITIVE_INFINITY
  const [low, high] = a < b ? [a, b] : [b, a]
  if (a + b < 150) return gammalnValue(low) + Math.log(gammaValue(high) / gammaOfSum(a, b))
  if (low < 10) return gammalnValue(low) + logOfRatio(low, high) - low * Math.log(low + high)
  const part = low / high / (1 + low / high)
  const rests = gammaRest(low) + gammaRest(high) - gammaRest(low + high)
  return low * Math.log(part) - high * Math.log1p(low / high) + rests - 0.5 * (Math.log(high) + Math.log(part))
}

/** log(Γ(b) / Γ(a + b)) + a log(a + b) for large b. */
const logOfRatio = (a: number, b: number): number => a + gammaRest(b) - gammaRest(a + b) - (b - 0.5) * Math.log1p(a / b)
