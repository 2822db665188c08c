/** The discrete Fourier transform of complex rows. */
import type { TypedArray } from '../../runtime/array.ts'
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

/** Writes e^(2πi k / n) as pair `at`, right to an ulp or so: from the nearest quarter of a turn; -i for i where the sign is -1. */
function root(k: number, n: number, sign: number, pairs: Float64Array, at: number): void {
  const quarters = Math.floor((8 * k + n) / (2 * n))
  const r = (4 * k - quarters * n) / (2 * n)
  const z = r * r
  const c = polynomial(z, cosine) * z + 1
  const s = r * (polynomial(z, sine) * z + Math.PI)
  const [re, im] = quarters % 2 === 0 ? [c, s] : [s, c]
  pairs[2 * at] = quarters === 1 || quarters === 2 ? -re : re
  pairs[2 * at + 1] = (quarters === 2 || quarters === 3 ? -im : im) * sign
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

/** Transforms n numbers in a, with b to work in; the two again, first the one that has the result. */
function transform(
  a: Float64Array,
  b: Float64Array,
  n: number,
  roots: Float64Array,
  sign: number,
): [Float64Array, Float64Array] {
  let [from, to] = [a, b]
  for (let left = n, done = 1; left > 1; ) {
    const p = factorOf(left)
    left /= p
    if (p === 4) pass4(from, to, done, left, roots, sign)
    else if (p === 2) pass2(from, to, done, left, roots, sign)
    else passOf(p, from, to, done, left, roots)
    done *= p
    const other = from
    from = to
    to = other
  }
  return [from, to]
}

/** Room for n numbers, twice. */
const workOf = (n: number): [Float64Array, Float64Array] => [new Float64Array(2 * n), new Float64Array(2 * n)]

/** The n-th roots of one, or their conjugates where the sign is -1. */
function rootsOf(n: number, sign: number): Float64Array {
  const roots = new Float64Array(2 * n)
  for (let k = 0; k < n; k++) root(k, n, sign, roots, k)
  return roots
}

/** A pass costs as many products as its factor. Of a larger prime factor than this a convolution is cheaper. */
const largestPass = 23

/**
 * The size of the convolution that a transform of n numbers is made by, with room for 2n - 1: a power of 2, or 3 times one. 0
 * where no prime factor is too large for a pass.
 */
export function chirpSize(n: number): number {
  let [left, largest] = [n, 1]
  while (left > 1) {
    largest = factorOf(left)
    left /= largest
  }
  if (largest <= largestPass) return 0
  let size = 4
  while (size < 2 * n - 1) size *= 2
  return 0.75 * size >= 2 * n - 1 ? 0.75 * size : size
}

/**
 * L. Bluestein, A linear filtering approach to the computation of the discrete Fourier transform, 1968: jk is half of
 * j² + k² - (j - k)², which makes the transform a convolution with a chirp, e^(πi k² / n), by which its arguments and results are
 * multiplied too. The convolution is a product of transforms of size m; the way back is the one there, of conjugates.
 */
function chirped([x, y]: Rows, rows: number, n: number, m: number, sign: number): void {
  const roots = rootsOf(m, -1)
  const chirp = new Float64Array(2 * n)
  for (let k = 0, square = 0; k < n; k++) {
    root(square, 2 * n, sign, chirp, k)
    square = (square + 2 * k + 1) % (2 * n)
  }
  let [a, b] = workOf(m)
  for (let k = 0; k < n; k++)
    for (const at of k === 0 ? [0] : [k, m - k]) {
      a[2 * at] = chirp[2 * k]! / m
      a[2 * at + 1] = -chirp[2 * k + 1]! / m
    }
  ;[a, b] = transform(a, b, m, roots, -1)
  const filter = Float64Array.from(a)
  for (let row = 0; row < rows; row++) {
    const from = row * 2 * n
    a.fill(0)
    for (let k = 0; k < n; k++) turned(a, k, Number(x[from + 2 * k]), Number(x[from + 2 * k + 1]), chirp, k)
    ;[a, b] = transform(a, b, m, roots, -1)
    for (let k = 0; k < m; k++) {
      turned(a, k, a[2 * k]!, a[2 * k + 1]!, filter, k)
      a[2 * k + 1]! *= -1
    }
    ;[a, b] = transform(a, b, m, roots, -1)
    for (let k = 0; k < n; k++) turned(a, k, a[2 * k]!, -a[2 * k + 1]!, chirp, k)
    give(y?.subarray(from), a.subarray(0, 2 * n))
  }
}

/** Rows of pairs, and the transforms of each. */
type Rows = readonly [x: TypedArray, y: TypedArray | undefined]

/** Stockham's passes, one for each factor of n: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, 1.7. */
function passed([x, y]: Rows, rows: number, n: number, sign: number): void {
  const roots = rootsOf(n, sign)
  let [a, b] = workOf(n)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < 2 * n; i++) a[i] = Number(x[row * 2 * n + i])
    ;[a, b] = transform(a, b, n, roots, sign)
    give(y?.subarray(row * 2 * n), a)
  }
}

/**
 * Unscaled transforms of rows of n complex numbers, in pairs: Σ x[k] e^(-2πi jk / n), or with i for -i, in float64. The time
 * grows with n log n.
 */
export const fourier: RoutineFunction = ([x], [y], [rows = 0, n = 0, inverse = 0]) => {
  const [sign, size] = [inverse ? 1 : -1, chirpSize(n)]
  if (size > 0) chirped([x!, y], rows, n, size, sign)
  else passed([x!, y], rows, n, sign)
  return 0
}
