/**
 * Special functions in host arithmetic, to about 15 digits, each by other means than its graph of primitives: what the
 * interpreter computes and what laws compare the graphs with. Series and continued fractions are from M. Abramowitz
 * and I. Stegun, Handbook of Mathematical Functions (1964), chapters 6, 7 and 9.
 */

/** erf x from 7.1.6, whose terms all have one sign. */
export function erfValue(x: number): number {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a > 1.5) return Math.sign(x) * (1 - erfcValue(a))
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return ((2 * sum) / Math.sqrt(Math.PI)) * Math.exp(-x * x)
}

/** e^(x^2) erfc x: the continued fraction 7.1.14 from 1 on, evaluated from its tail. */
export function erfcxValue(x: number): number {
  if (x < -27) return Number.POSITIVE_INFINITY
  if (x < 1) return expOfSquare(x, 1) * (1 - erfValue(x))
  let fraction = x
  for (let n = Math.ceil(20 + 250 / (x * x)); n > 0; n--) fraction = x + n / 2 / fraction
  return 1 / Math.sqrt(Math.PI) / fraction
}

/** 1 - erf x without cancellation. */
export function erfcValue(x: number): number {
  return x < 1 ? 1 - erfValue(x) : x > 28 ? 0 : expOfSquare(x, -1) * erfcxValue(x)
}

/** e^(sign x^2), x^2 as an exact square and a small rest. */
function expOfSquare(x: number, sign: number): number {
  const head = Math.round(x * 1024) / 1024
  return Math.exp(sign * head * head) * Math.exp(sign * (x - head) * (x + head))
}

/** The inverse of erf by Newton's method with Halley's correction, on the side where erfc is small. */
export function erfinvValue(x: number): number {
  if (!(Math.abs(x) < 1)) return Math.abs(x) === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN
  if (Math.abs(x) > 0.5) return Math.sign(x) * erfcinvValue(1 - Math.abs(x))
  let y = (x * Math.sqrt(Math.PI)) / 2
  for (let i = 0; i < 8; i++) y -= step(y, erfValue(y) - x)
  return y
}

/** The inverse of erfc. */
export function erfcinvValue(x: number): number {
  if (!(x > 0 && x < 2)) return x === 0 ? Number.POSITIVE_INFINITY : x === 2 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (x > 1) return -erfcinvValue(2 - x)
  if (x > 0.5) return erfinvValue(1 - x)
  let y = Math.sqrt(-Math.log(x))
  for (let i = 0; i < 12; i++) {
    const slope = 2 / (Math.sqrt(Math.PI) * erfcxValue(y))
    y += (Math.log(erfcxValue(y)) - y * y - Math.log(x)) / slope
  }
  return y
}

/** Halley's step for erf y = x, given the difference. */
function step(y: number, difference: number): number {
  const newton = (difference * Math.sqrt(Math.PI) * Math.exp(y * y)) / 2
  return newton / (1 + newton * y)
}

/** Terms B(2n) / (2n (2n - 1)) of Stirling's series 6.1.40. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]

/** log |gamma x|: a power series with zeta values around 1 and 2 (6.1.33), Stirling's series from 12 on. */
export function gammalnValue(x: number): number {
  if (x !== x) return x
  if (Math.abs(x) === Number.POSITIVE_INFINITY || (x <= 0 && Number.isInteger(x))) return Number.POSITIVE_INFINITY
  if (x < 0 && x > -1e-12) return -Math.log(-x)
  if (x < 0) return Math.log(Math.PI / Math.abs(x * sinOfPi(x))) - gammalnValue(-x)
  if (x < 0.5) return gammalnAroundOne(x) - Math.log(x)
  if (x < 1.5) return gammalnAroundOne(x - 1)
  if (x < 2.5) return gammalnAroundOne(x - 2) + Math.log1p(x - 2)
  if (x < 12) return gammalnValue(x - 1) + Math.log(x - 1)
  const sum = stirling.reduceRight((rest, c) => rest / (x * x) + c, 0) / x
  return (x - 0.5) * (Math.log(x) - 1) + (sum + 0.5 * Math.log(2 * Math.PI) - 0.5)
}

function sinOfPi(x: number): number {
  return Math.sin(Math.PI * (x - Math.round(x)))
}

/** log gamma(1 + z) for |z| <= 1/2. */
function gammalnAroundOne(z: number): number {
  let sum = 0
  for (let n = 60; n >= 2; n--) sum += (zetaRests[n]! * (-z) ** n) / n
  return sum + z * (1 - euler) - Math.log1p(z)
}

const euler = 0.5772156649015329

/** zeta(n) - 1, by its sum up to 50 and the Euler-Maclaurin formula for what follows. */
export function zetaRest(n: number): number {
  const last = 50
  let tail = last ** (1 - n) / (n - 1) - last ** -n / 2 + (n * last ** (-n - 1)) / 12
  tail -= (n * (n + 1) * (n + 2) * last ** (-n - 3)) / 720
  tail += (n * (n + 1) * (n + 2) * (n + 3) * (n + 4) * last ** (-n - 5)) / 30240
  let sum = tail
  for (let k = last; k >= 2; k--) sum += k ** -n
  return sum
}

const zetaRests = Array.from({ length: 61 }, (_, n) => (n < 2 ? 0 : zetaRest(n)))

/** The derivative of log gamma: the recurrence up to 12 and 6.3.18. */
export function digammaValue(x: number): number {
  if (x === 0) return -1 / x
  if (x < 0) return Number.isInteger(x) || x === Number.NEGATIVE_INFINITY ? Number.NaN : reflectedDigamma(x)
  let sum = 0
  let y = x
  for (; y < 12; y++) sum += 1 / y
  const series = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]
  return Math.log(y) - 0.5 / y - series.reduceRight((rest, c) => rest / (y * y) + c, 0) / (y * y) - sum
}

const reflectedDigamma = (x: number): number => digammaValue(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)))

/** The second derivative of log gamma: the recurrence up to 20 and 6.4.12; by reflection (6.4.7) below 0. */
export function trigammaValue(x: number): number {
  if (x < 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY
    return (Math.PI / Math.sin(Math.PI * (x - Math.round(x)))) ** 2 - trigammaValue(1 - x)
  }
  let y = x
  const terms: number[] = []
  for (; y < 20; y++) terms.push(1 / (y * y))
  const series = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730]
  const rest = series.reduceRight((sum, c) => sum / (y * y) + c, 0) / (y * y * y)
  return terms.reduceRight((sum, term) => sum + term, 1 / y + 0.5 / (y * y) + rest)
}

/** J of order 0 or 1: a power series up to 1, Bessel's integral by the trapezoidal rule (9.1.21), Hankel's expansion (9.2.5) from 50 on. */
export function besselValue(order: 0 | 1, x: number): number {
  const a = Math.abs(x)
  if (a === Number.POSITIVE_INFINITY) return 0
  if (a > 50) return (order === 1 && x < 0 ? -1 : 1) * hankel(order, a)
  if (a < 1) return powerSeries(order, x)
  const points = 2 * Math.ceil(a / 2 + 20)
  let sum = (1 + (order === 0 ? 1 : -1)) / 2
  for (let i = 1; i < points; i++) {
    const angle = (Math.PI * i) / points
    sum += Math.cos(order * angle - x * Math.sin(angle))
  }
  return sum / points
}

/** The power series 9.1.10. */
function powerSeries(order: 0 | 1, x: number): number {
  if (Math.abs(x) < 1e-8) return order === 0 ? 1 : x / 2
  let term = order === 0 ? 1 : x / 2
  let sum = term
  for (let k = 1; k < 12; k++) {
    term *= (-x * x) / (4 * k * (k + order))
    sum += term
  }
  return sum
}

function hankel(order: 0 | 1, x: number): number {
  const mu = 4 * order * order
  const sums = [1, 0]
  let term = 1
  for (let k = 1; k < 30 && Math.abs(term) > 1e-18; k++) {
    term *= (mu - (2 * k - 1) ** 2) / (k * 8 * x)
    sums[k % 2]! += k % 4 < 2 ? term : -term
  }
  const [c, s] = [Math.cos(x), Math.sin(x)]
  const [cosine, sine] = order === 0 ? [c + s, s - c] : [s - c, -(s + c)]
  return (sums[0]! * cosine - sums[1]! * sine) / (Math.sqrt(Math.PI) * Math.sqrt(x))
}

/** gamma x: the recurrence from around 1 and 2 up to 172, and by reflection (6.1.17) below 0. */
export function gammaValue(x: number): number {
  if (x === 0) return 1 / x
  if (x < 0) return Number.isInteger(x) || x === Number.NEGATIVE_INFINITY ? Number.NaN : reflectedGamma(x)
  if (!(x < 172)) return x * Number.POSITIVE_INFINITY
  if (x < 0.5) return Math.exp(gammalnAroundOne(x)) / x
  const steps = Math.max(Math.round(x) - 1, 0)
  let product = Math.exp(gammalnAroundOne(x - steps - 1))
  for (let i = 0; i < steps; i++) product *= x - steps + i
  return product
}

/** Γ(x + 1), without rounding x + 1 where the function is steep. */
export const gammaOfNext = (x: number): number => (x < 1 ? gammaValue(x + 1) : x * gammaValue(x))

/** x!; 0 below 0. */
export const factorialValue = (x: number): number => (x < 0 ? 0 : gammaOfNext(x))

function reflectedGamma(x: number): number {
  const sine = sinOfPi(x) * (Math.round(x) % 2 === 0 ? 1 : -1)
  const below = -Math.PI / (x * sine)
  const half = x < -165 ? gammaValue(-x - 20) : gammaValue(-x)
  let size = below / half
  for (let i = 0; i < 20 && x < -165; i++) size /= -x - 20 + i
  return size
}

/** I of order 0 or 1: the power series 9.6.10 up to 40, beyond it the expansion 9.7.1. */
export function modifiedBesselValue(order: 0 | 1, x: number): number {
  const a = Math.abs(x)
  const sign = order === 1 && x < 0 ? -1 : 1
  if (a > 40) {
    const half = Math.exp(a / 2)
    let [term, sum] = [1, 1]
    for (let k = 1; k < 30; k++) {
      term *= -(4 * order - (2 * k - 1) ** 2) / (k * 8 * a)
      sum += term
    }
    return a < 800 ? sign * half * (sum / Math.sqrt(2 * Math.PI * a)) * half : sign * Number.POSITIVE_INFINITY
  }
  let term = order === 0 ? 1 : x / 2
  let sum = term
  for (let k = 1; k < 120; k++) {
    term *= (x * x) / (4 * k * (k + order))
    sum += term
  }
  return sum
}
