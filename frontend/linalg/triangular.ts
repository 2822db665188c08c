/** Triangular systems, by substitution. */
import type { RoutineFunction } from '../define.ts'
import { addRow, give, toDoubles } from './rows.ts'

/**
 * x with A x = b, or A^T x = b, of a triangle of A: Golub and Van Loan, Matrix Computations, 4th edition, 3.1.
 * Numbers: n, columns of b, whether the triangle is the lower one, whether A is transposed, whether its diagonal is taken
 * for ones. 1 when a pivot is 0.
 */
export const solveTriangular: RoutineFunction = ([matrix, b], [result], [n = 0, columns = 0, lower, trans, unit]) => {
  const a = toDoubles(matrix!)
  const x = toDoubles(b!)
  for (let step = 0; step < n; step++) {
    // Downwards when the first unknown stands alone: in a lower triangle, or an upper one transposed.
    const i = Boolean(lower) !== Boolean(trans) ? step : n - 1 - step
    const pivot = unit ? 1 : a[i * n + i]!
    if (pivot === 0) return 1
    const [from, to] = lower ? [0, i] : [i + 1, n]
    if (!trans) for (let j = from; j < to; j++) addRow(x, i * columns, x, j * columns, columns, -a[i * n + j]!)
    if (!unit) for (let k = 0; k < columns; k++) x[i * columns + k]! /= pivot
    if (trans) for (let j = from; j < to; j++) addRow(x, j * columns, x, i * columns, columns, -a[i * n + j]!)
  }
  give(result, x)
  return 0
}
