/** The discrete Fourier transform of complex rows. */
import type { RoutineFunction } from '../define.ts'
import { give } from './rows.ts'

/** (cos πr - 1) / r² and (sin πr / r - π) / r² as polynomials in r², for |r| up to 1/4. */
const cosine = [
  -4.934802200544679, 4.058712126416765, -1.3352627688538095, 0.23533063028399223, -0.025806887964701878,
  0.001929493874894941, -0.00010370082971594627,
]
const sine = [
  -5.16771278004997, 2.550164039877345, -0.5992645293206478, 0.08214588659727676, -0.0073704303122948235,
  0.0004662879326147481, -2.1742067342478005e-5,
]

const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0)

/** Writes e^(2πi k / n) as a pair, right to an ulp or so: from the nearest quarter of a turn. */
function root(k: number, n: number, pairs: Float64Array): void {
  const quarters = Math.floor((8 * k + n) / (2 * n))
  const r = (4 * k - quarters * n) / (2 * n)
  const z = r * r
  const c = polynomial(z, cosine) * z + 1
  const s = r * (polynomial(z, sine) * z + Math.PI)
  pairs[2 * k] = quarters % 2 === 0 ? c : s
  pairs[2 * k + 1] = quarters % 2 === 0 ? s : c
  if (quarters === 1 || quarters === 2) pairs[2 * k]! *= -1
  if (quarters === 2 || quarters === 3) pairs[2 * k + 1]! *= -1
}

/** The next factor of n: 4 as long as there is one, then primes in order. */
function factorOf(n: number): number {
  if (n % 4 === 0) return 4
  if (n % 2 === 0) return 2
  for (let p = 3; p * p <= n; p += 2) if (n % p === 0) return p
  return n
}

/** Stores (a + ib) times a root. */
function turned(to: Float64Array, at: number, a: number, b: number, roots: Float64Array, k: number): void {
  const [c, d] = [roots[2 * k]!, roots[2 * k + 1]!]
  to[2 * at] = a * c - b * d
  to[2 * at + 1] = a * d + b * c
}

type Pass = (x: Float64Array, y: Float64Array, done: number, left: number, roots: Float64Array, sign: number) => void

const pass2: Pass = (x, y, done, left, roots) => {
  for (let j = 0; j < left; j++)
    for (let q = 0; q < done; q++) {
      const [at, on, into] = [2 * (q + done * j), 2 * done * left, q + done * 2 * j]
      y[2 * into] = x[at]! + x[at + on]!
      y[2 * into + 1] = x[at + 1]! + x[at + on + 1]!
      turned(y, into + done, x[at]! - x[at + on]!, x[at + 1]! - x[at + on + 1]!, roots, done * j)
    }
}

const pass4: Pass = (x, y, done, left, roots, sign) => {
  for (let j = 0; j < left; j++)
    for (let q = 0; q < done; q++) {
      const [at, on, into] = [2 * (q + done * j), 2 * done * left, q + done * 4 * j]
      const [a, b] = [x[at]! + x[at + 2 * on]!, x[at + 1]! + x[at + 2 * on + 1]!]
      const [c, d] = [x[at]! - x[at + 2 * on]!, x[at + 1]! - x[at + 2 * on + 1]!]
      const [e, f] = [x[at + on]! + x[at + 3 * on]!, x[at + on + 1]! + x[at + 3 * on + 1]!]
      const [g, h] = [sign * (x[at + on]! - x[at + 3 * on]!), sign * (x[at + on + 1]! - x[at + 3 * on + 1]!)]
      y[2 * into] = a + e
      y[2 * into + 1] = b + f
      turned(y, into + done, c - h, d + g, roots, done * j)
      turned(y, into + 2 * done, a - e, b - f, roots, 2 * done * j)
      turned(y, into + 3 * done, c + h, d - g, roots, 3 * done * j)
    }
}

/** A pass for any factor p. */
function passOf(p: number, x: Float64Array, y: Float64Array, done: number, left: number, roots: Float64Array): void {
  for (let j = 0; j < left; j++)
    for (let q = 0; q < done; q++)
      for (let t = 0; t < p; t++) {
        const at = 2 * (q + done * j)
        let [re, im] = [x[at]!, x[at + 1]!]
        for (let r = 1, power = t; r < p; r++) {
          const [from, w] = [at + 2 * r * done * left, 2 * done * left * power]
          re += x[from]! * roots[w]! - x[from + 1]! * roots[w + 1]!
          im += x[from]! * roots[w + 1]! + x[from + 1]! * roots[w]!
          power += t
          if (power >= p) power -= p
        }
        turned(y, q + done * (p * j + t), re, im, roots, done * j * t)
      }
}

/**
 * Unscaled transforms of rows of n complex numbers, in pairs: Σ x[k] e^(-2πi jk / n), or with i for -i. Stockham's passes,
 * one for each factor of n (C. Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, 1.7), in float64.
 * What a large prime factor p costs grows with n p.
 */
export const fourier: RoutineFunction = ([x], [y], [rows = 0, n = 0, inverse = 0]) => {
  const sign = inverse ? 1 : -1
  const roots = new Float64Array(2 * n)
  for (let k = 0; k < n; k++) {
    root(k, n, roots)
    roots[2 * k + 1]! *= sign
  }
  let [a, b] = [new Float64Array(2 * n), new Float64Array(2 * n)]
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < 2 * n; i++) a[i] = Number(x![row * 2 * n + i])
    for (let left = n, done = 1; left > 1; ) {
      const p = factorOf(left)
      left /= p
      if (p === 4) pass4(a, b, done, left, roots, sign)
      else if (p === 2) pass2(a, b, done, left, roots, sign)
      else passOf(p, a, b, done, left, roots)
      done *= p
      const other = a
      a = b
      b = other
    }
    give(y?.subarray(row * 2 * n), a)
  }
  return 0
}
