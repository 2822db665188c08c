/**
 * What special functions sum up in loops whose length depends on the arguments: primitives of float64, computed lane by
 * lane. `wasm/include/special.hpp` has the same operations in the same order, so every target gives the same bits.
 */
import { applyElementwise, type ElementwiseSpec, elementwiseOp } from '../../elementwise.ts'
import type { Operand, Tensor } from '../../tensor.ts'

/** What is summed up is complete when the next term is below this part of it. */
const negligible = 2 ** -54

/** No sum takes more terms; those that have not converged by then have parameters of 1e8 and more. */
const mostTerms = 100_000

type Loop = Pick<ElementwiseSpec, 'name' | 'doc'> & {
  js: (...args: number[]) => number
  domain: readonly (readonly [number, number])[]
}

function loop({ js, ...spec }: Loop): (...args: Operand[]) => Tensor {
  const call = (...args: string[]) => `${spec.name}(${args.join(', ')})`
  const code = { cpp: call, wgsl: call, header: 'special.hpp' }
  const op = elementwiseOp(
    { ...spec, js, code, types: ['float64'], internal: true, cost: 100, ulp: { wasm: 0, webgpu: 0 } },
    spec.domain.length,
  )
  return (...args) => applyElementwise(op, args)
}

/** The rounding error of the product p = a b, by splitting both factors (T. J. Dekker, Numer. Math. 18 (1971)). */
function productError(a: number, b: number, p: number): number {
  const [a1, b1] = [headOf(a), headOf(b)]
  const [a2, b2] = [a - a1, b - b1]
  return a1 * b1 - p + a1 * b2 + a2 * b1 + a2 * b2
}

const headOf = (x: number): number => 134217729 * x - (134217729 * x - x)

/** x (x + 1) … (x + n - 1) for a whole n, with what roundings lost; 1 where n is 0 or less. */
export const rising = loop({
  name: 'rising',
  doc: 'x (x + 1) … (x + n - 1); gamma itself calls it.',
  js: (x, n) => {
    let [product, lost] = [1, 0]
    for (let i = 0; i < n!; i++) {
      const factor = x! + i
      const next = product * factor
      lost = lost * factor + productError(product, factor, next)
      product = next
    }
    return product + lost
  },
  domain: [
    [1.5, 2.5],
    [0, 20],
  ],
})

/** 1 / x + 1 / (x + 1) + … + 1 / (x + n - 1) for a whole n, the least first; 0 where n is 0 or less. */
export const risingInverses = loop({
  name: 'risingInverses',
  doc: '1 / x + … + 1 / (x + n - 1); digamma itself calls it.',
  js: (x, n) => {
    let sum = 0
    for (let i = n! - 1; i >= 0; i--) sum += 1 / (x! + i)
    return sum
  },
  domain: [
    [1, 2],
    [0, 10],
  ],
})

/**
 * A continued fraction 1 / (b0 + a1 / (b1 + …)) by Steed's method (A. R. Barnett et al., Comput. Phys. Commun. 8 (1974)),
 * with its derivative.
 */
class Fraction {
  ratio: number
  step: number
  sum: number
  ratioSlope: number
  stepSlope: number
  slope: number

  constructor(b: number, bSlope: number) {
    this.ratio = this.step = this.sum = 1 / b
    this.ratioSlope = this.stepSlope = this.slope = -bSlope * this.ratio * this.ratio
  }

  add(a: number, aSlope: number, b: number, bSlope: number): void {
    const p = a * this.ratio
    const pSlope = aSlope * this.ratio + a * this.ratioSlope
    this.ratio = 1 / (p + b)
    this.ratioSlope = -(pSlope + bSlope) * this.ratio * this.ratio
    this.stepSlope = -(
      pSlope * this.ratio * this.step +
      p * this.ratioSlope * this.step +
      p * this.ratio * this.stepSlope
    )
    this.step = -p * this.ratio * this.step
    this.slope += this.stepSlope
    this.sum += this.step
  }

  get goesOn(): boolean {
    return Math.abs(this.step) > negligible * Math.abs(this.sum)
  }

  get slopeGoesOn(): boolean {
    return this.goesOn || Math.abs(this.stepSlope) > negligible * Math.abs(this.slope)
  }
}

/** Σ (-x)^n / n! a / (a + n) from n = 1 on (DLMF 8.7.3), for x up to 1.1. */
export function alternating(a: number, x: number): number {
  let power = 1
  let sum = 0
  for (let n = 1; n < mostTerms; n++) {
    power *= -x / n
    const term = (power * a) / (a + n)
    sum += term
    if (!(Math.abs(term) > negligible * Math.abs(sum))) break
  }
  return sum
}

/** Σ x^n / ((a + 1) … (a + n)) from n = 0 on (DLMF 8.7.1). */
export function series(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; n < mostTerms; n++) {
    term *= x / (a + n)
    sum += term
    if (!(term > negligible * sum)) break
  }
  return sum
}

/** 1 / (x + 1 - a + (a - 1) / (x + 3 - a + …)): DLMF 8.9.2, with terms joined two by two. */
export function fraction(a: number, x: number): number {
  let b = x + 1 - a
  let ratio = 1 / b
  let step = ratio
  let sum = ratio
  for (let n = 1; n < mostTerms; n++) {
    const p = n * (a - n) * ratio
    b += 2
    ratio = 1 / (p + b)
    step = -p * ratio * step
    sum += step
    if (!(Math.abs(step) > negligible * Math.abs(sum))) break
  }
  return sum
}

/**
 * What both incomplete gamma functions are made of: for x and a up to 1.1 the sum S with P = x^a / Γ(a + 1) (1 + S); else
 * for x up to a the one with P = x^a e^-x / Γ(a + 1) S; beyond it the fraction with Q = x^a e^-x / Γ(a) S. 0 where a is
 * above 100 and x within 0.4 a of it: there neither is wanted.
 */
export const gammaSum = loop({
  name: 'gammaSum',
  doc: 'A series or continued fraction; gammainc itself calls it.',
  js: (a, x) => {
    if (a! > 100 && Math.abs(x! - a!) < 0.4 * a!) return 0
    if (x! <= 1.1 && a! <= 1.1) return alternating(a!, x!)
    return x! <= a! ? series(a!, x!) : fraction(a!, x!)
  },
  domain: [
    [0.1, 10],
    [0, 20],
  ],
})

/**
 * c S + dS/da of the sum S = Σ x^n / ((a + 1) … (a + n)) for x up to 1.1 and up to a, beyond that of the fraction: what the
 * derivative of the incomplete gamma functions by a is made of.
 */
export const gammaSumSlope = loop({
  name: 'gammaSumSlope',
  doc: 'c S + dS/da of the sums of gammainc; its derivative calls it.',
  js: (a, x, c) => (x! <= 1.1 || x! <= a! ? seriesSlope(a!, x!, c!) : fractionSlope(a!, x!, c!)),
  domain: [
    [0.1, 10],
    [0, 20],
    [-3, 3],
  ],
})

export function seriesSlope(a: number, x: number, c: number): number {
  let [term, sum, termSlope, slope] = [1, 1, 0, 0]
  for (let n = 1; n < mostTerms; n++) {
    const divisor = a + n
    term *= x / divisor
    termSlope = (termSlope * x - term) / divisor
    sum += term
    slope += termSlope
    if (!(term > negligible * sum || -termSlope > negligible * -slope)) break
  }
  return c * sum + slope
}

export function fractionSlope(a: number, x: number, c: number): number {
  let b = x + 1 - a
  const f = new Fraction(b, -1)
  for (let n = 1; n < mostTerms; n++) {
    b += 2
    f.add(n * (a - n), n, b, -1)
    if (!f.slopeGoesOn) break
  }
  return c * f.sum + f.slope
}

/**
 * The even part of the continued fraction DLMF 8.17.22, F with I(x; a, b) = x^a y^b / (a B(a, b)) F for y = 1 - x and x up to
 * (a + 1) / (a + b + 2), in the form of A. R. DiDonato and A. H. Morris, ACM TOMS 18 (1992), which takes 1 - x as given.
 */
export function betaFraction(a: number, b: number, x: number, y: number): number {
  const rest = a * y - b * x + 1
  let ratio = 1 / ((a / (a + 1)) * rest)
  let step = ratio
  let sum = ratio
  for (let n = 1; n < mostTerms; n++) {
    const c = a + 2 * n
    const factor = ((a + n - 1) / (c - 1)) * ((a + b + n - 1) / (c - 1)) * n * x * x
    const p = factor * (b - n) * ratio
    ratio = 1 / (p + (n + ((n * (b - n)) / (c - 1)) * x + ((a + n) / (c + 1)) * (rest + n * (1 + y))))
    step = -p * ratio * step
    sum += step
    if (!(Math.abs(step) > negligible * Math.abs(sum))) break
  }
  return a * sum
}

/** c F + dF/da; with `second` of 1 rather than 0, c F + dF/db. */
export function betaFractionSlope(a: number, b: number, x: number, y: number, c: number, second: number): number {
  const first = 1 - second
  const rest = a * y - b * x + 1
  const restSlope = first * y - second * x
  const start = a / (a + 1)
  const f = new Fraction(start * rest, start * restSlope + (first * rest) / ((a + 1) * (a + 1)))
  for (let n = 1; n < mostTerms; n++) {
    const d = a + 2 * n
    const factor = ((a + n - 1) / (d - 1)) * ((a + b + n - 1) / (d - 1)) * n * x * x
    const p = factor * (b - n)
    const relative = first * (1 / (a + n - 1) - 2 / (d - 1)) + 1 / (a + b + n - 1)
    const left = ((n * (b - n)) / (d - 1)) * x
    const share = (a + n) / (d + 1)
    const right = rest + n * (1 + y)
    const leftSlope = second * ((n / (d - 1)) * x) - (first * left) / (d - 1)
    const rightSlope = share * restSlope + first * (((n + 1) / (d + 1) / (d + 1)) * right)
    f.add(p, p * relative + second * factor, n + left + share * right, leftSlope + rightSlope)
    if (!f.slopeGoesOn) break
  }
  return a * (c * f.sum + f.slope) + first * f.sum
}

/** The fraction of the incomplete beta function. */
export const betaSum = loop({
  name: 'betaSum',
  doc: 'A continued fraction; betainc itself calls it.',
  js: betaFraction,
  domain: [
    [0.1, 10],
    [0.1, 10],
    [0, 0.5],
    [0.5, 1],
  ],
})

/** The derivatives of that fraction. */
export const betaSumSlope = loop({
  name: 'betaSumSlope',
  doc: 'c F + dF/da or c F + dF/db of the fraction of betainc; its derivative calls it.',
  js: betaFractionSlope,
  domain: [
    [0.1, 10],
    [0.1, 10],
    [0, 0.5],
    [0.5, 1],
    [-3, 3],
    [0, 1],
  ],
})
