/** The exponential of a matrix. */
import type { RoutineFunction } from '../define.ts'
import { solveInPlace } from './lu.ts'
import { addRow, give, identityOf, toDoubles } from './rows.ts'

/** The coefficients of the Pade approximant of degree 13 of e^x, from the constant on. */
const coefficients = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
] as const

/** Up to this 1-norm the approximant is as exact as float64. */
const largestNorm = 5.371920351148152

/** More halvings than this are of no use: the result is not finite. */
const mostHalvings = 1100

/**
 * e^A by scaling and squaring with the Pade approximant of degree 13: Higham, "The scaling and squaring method for the matrix
 * exponential revisited", SIAM J. Matrix Anal. Appl. 26, 2005. 1 when A is not finite.
 */
export const expm: RoutineFunction = ([matrix], [result], [n = 0]) => {
  const a = toDoubles(matrix!)
  let norm = 0
  for (let j = 0; j < n; j++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j]!)
    if (!(sum < Infinity)) return 1
    if (sum > norm) norm = sum
  }
  let halvings = 0
  for (; norm > largestNorm && halvings < mostHalvings; halvings++) norm *= 0.5
  for (let k = 0; k < halvings; k++) for (let i = 0; i < n * n; i++) a[i]! *= 0.5
  const [square, fourth, sixth] = [new Float64Array(n * n), new Float64Array(n * n), new Float64Array(n * n)]
  multiply(square, a, a, n)
  multiply(fourth, square, square, n)
  multiply(sixth, fourth, square, n)
  const b = coefficients
  const odd = polynomial([square, fourth, sixth], n, [0, b[9], b[11], b[13]], [b[1], b[3], b[5], b[7]])
  const even = polynomial([square, fourth, sixth], n, [0, b[8], b[10], b[12]], [b[0], b[2], b[4], b[6]])
  // (even - odd) e^A = even + odd
  const u = square
  multiply(u, a, odd, n)
  const [left, x] = [odd, even]
  for (let i = 0; i < n * n; i++) {
    const [v, w] = [even[i]!, u[i]!]
    left[i] = v - w
    x[i] = v + w
  }
  if (!solveInPlace(left, n, x, n)) return 1
  let power: Float64Array = x
  let other: Float64Array = fourth
  for (let k = 0; k < halvings; k++) {
    multiply(other, power, power, n)
    const last = power
    power = other
    other = last
  }
  give(result, power)
  return 0
}

type Four = readonly [number, number, number, number]

/** A^6 (h_1 A^2 + h_2 A^4 + h_3 A^6) + l_0 + l_1 A^2 + l_2 A^4 + l_3 A^6, of the powers of A. */
function polynomial(powers: readonly Float64Array[], n: number, high: Four, low: Four): Float64Array {
  const [square, fourth, sixth] = powers as [Float64Array, Float64Array, Float64Array]
  const inner = new Float64Array(n * n)
  for (let i = 0; i < n * n; i++) inner[i] = high[1] * square[i]! + high[2] * fourth[i]! + high[3] * sixth[i]!
  const sum = new Float64Array(n * n)
  multiply(sum, sixth, inner, n)
  const one = identityOf(n)
  for (let i = 0; i < n * n; i++)
    sum[i] = sum[i]! + (low[1] * square[i]! + low[2] * fourth[i]! + low[3] * sixth[i]! + low[0] * one[i]!)
  return sum
}

/** The product of two matrices, into a third. */
function multiply(out: Float64Array, a: Float64Array, b: Float64Array, n: number): void {
  out.fill(0)
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) addRow(out, i * n, b, k * n, n, a[i * n + k]!)
}
