/** Gauss' elimination with the largest pivot of each column. */
import type { RoutineFunction } from '../define.ts'
import { addRow, give, identityOf, swapRows, toDoubles } from './rows.ts'

/**
 * Brings A to the upper triangle U of P A = L U, with the rest of L below it, and does the same to the rows of b, which has
 * `columns`: Golub and Van Loan, Matrix Computations, 4th edition, 3.4.3. `pivots` gets the row that each is exchanged with.
 * The sign of the exchanges, or 0 when a pivot is 0 and `b` is there.
 */
function eliminate(a: Float64Array, n: number, b?: Float64Array, columns = 0, pivots?: Int32Array): number {
  let sign = 1
  for (let k = 0; k < n; k++) {
    let top = k
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[top * n + k]!)) top = i
    if (top !== k) {
      sign = -sign
      swapRows(a, k, top, n)
      if (b) swapRows(b, k, top, columns)
    }
    if (pivots) pivots[k] = top
    const pivot = a[k * n + k]!
    if (pivot === 0) {
      if (b) return 0
      continue
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / pivot
      a[i * n + k] = factor
      addRow(a, i * n + k + 1, a, k * n + k + 1, n - k - 1, -factor)
      if (b) addRow(b, i * columns, b, k * columns, columns, -factor)
    }
  }
  return sign
}

/** x with A x = b in place of b; A is lost. False when A is singular. */
export function solveInPlace(a: Float64Array, n: number, b: Float64Array, columns: number): boolean {
  if (eliminate(a, n, b, columns) === 0) return false
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) addRow(b, i * columns, b, j * columns, columns, -a[i * n + j]!)
    for (let k = 0; k < columns; k++) b[i * columns + k]! /= a[i * n + i]!
  }
  return true
}

/** x with A x = b. Numbers: n, columns of b. 1 when A is singular. */
export const solve: RoutineFunction = ([a, b], [result], [n = 0, columns = 0]) => {
  const x = toDoubles(b!)
  if (!solveInPlace(toDoubles(a!), n, x, columns)) return 1
  give(result, x)
  return 0
}

/** The inverse of A. 1 when A is singular. */
export const inverse: RoutineFunction = ([a], [result], [n = 0]) => {
  const x = identityOf(n)
  if (!solveInPlace(toDoubles(a!), n, x, n)) return 1
  give(result, x)
  return 0
}

/** L below the diagonal and U from it on, with P A = L U; the row with which each was exchanged; the determinant of P. */
export const lu: RoutineFunction = ([matrix], [packed, pivots, parity], [n = 0]) => {
  const a = toDoubles(matrix!)
  const exchanged = new Int32Array(n)
  const sign = eliminate(a, n, undefined, 0, exchanged)
  give(packed, a)
  give(pivots, exchanged)
  give(parity, [sign])
  return 0
}

/** The order in which exchanges of rows leave them, and where each row went. 1 when a pivot is no row. */
export const permutation: RoutineFunction = ([pivots], [rows, places], [n = 0]) => {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  for (let k = 0; k < n; k++) {
    const [row, other] = [order[k]!, pivots![k] as number]
    if (other < 0 || other >= n) return 1
    order[k] = order[other]!
    order[other] = row
  }
  give(rows, order)
  if (places) for (let k = 0; k < n; k++) places[order[k]!] = k
  return 0
}
