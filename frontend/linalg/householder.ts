/** Reflections, and the QR factorization that they make. */
import type { RoutineFunction } from '../define.ts'
import { addRow, give, length2, toDoubles } from './rows.ts'

/**
 * The reflection I - tau v v^T that turns `count` elements from `at` on, a stride apart, into beta e_1, as LAPACK's dlarfg
 * chooses it: v_1 = 1, the rest of v takes the place of the elements, beta that of the first. Returns tau, 0 when there is
 * nothing to do.
 */
export function reflect(a: Float64Array, at: number, count: number, stride: number): number {
  let largest = 0
  for (let i = 1; i < count; i++) {
    const size = Math.abs(a[at + i * stride]!)
    // NaN stays the largest.
    if (!(size <= largest) && largest === largest) largest = size
  }
  if (largest === 0) return 0
  let sum = 0
  for (let i = 1; i < count; i++) {
    const part = a[at + i * stride]! / largest
    sum += part * part
  }
  const alpha = a[at]!
  const length = length2(alpha, largest * Math.sqrt(sum))
  const beta = alpha > 0 ? -length : length
  for (let i = 1; i < count; i++) a[at + i * stride]! /= alpha - beta
  a[at] = beta
  return (beta - alpha) / beta
}

/**
 * Applies the reflection whose v stands in column k of `a` (of `n` columns), from row k on, to the columns from `from` on of
 * x, which has `columns`. `room` holds a row of x.
 */
export function applyReflection(
  a: Float64Array,
  n: number,
  k: number,
  tau: number,
  x: Float64Array,
  rows: number,
  columns: number,
  from: number,
  room: Float64Array,
): void {
  const count = columns - from
  if (tau === 0 || count <= 0) return
  for (let j = 0; j < count; j++) room[j] = x[k * columns + from + j]!
  for (let i = k + 1; i < rows; i++) addRow(room, 0, x, i * columns + from, count, a[i * n + k]!)
  addRow(x, k * columns + from, room, 0, count, -tau)
  for (let i = k + 1; i < rows; i++) addRow(x, i * columns + from, room, 0, count, -tau * a[i * n + k]!)
}

/**
 * Q and R of A = Q R: Golub and Van Loan, Matrix Computations, 4th edition, 5.2.2, with LAPACK's signs. Numbers: rows and
 * columns of A, columns of Q.
 */
export const qr: RoutineFunction = ([matrix], [qResult, rResult], [m = 0, n = 0, width = 0]) => {
  const a = toDoubles(matrix!)
  const steps = Math.min(m, n)
  const room = new Float64Array(Math.max(n, width))
  const taus = new Float64Array(steps)
  for (let k = 0; k < steps; k++) {
    taus[k] = reflect(a, k * n + k, m - k, n)
    applyReflection(a, n, k, taus[k]!, a, m, n, k + 1, room)
  }
  if (rResult) {
    const r = new Float64Array(width * n)
    for (let i = 0; i < width; i++) for (let j = i; j < n; j++) r[i * n + j] = a[i * n + j]!
    give(rResult, r)
  }
  if (qResult) {
    const q = new Float64Array(m * width)
    for (let i = 0; i < Math.min(m, width); i++) q[i * width + i] = 1
    for (let k = steps - 1; k >= 0; k--) applyReflection(a, n, k, taus[k]!, q, m, width, k, room)
    give(qResult, q)
  }
  return 0
}
