/** Cholesky's factorization. */
import type { RoutineFunction } from '../define.ts'
import { addRow, give } from './rows.ts'

/**
 * L with A = L L^T, of the lower triangle of A: Golub and Van Loan, Matrix Computations, 4th edition, 4.2.5, by rows of L^T.
 * 1 and NaN everywhere when some pivot is not positive.
 */
export const cholesky: RoutineFunction = ([a], [result], [n = 0]) => {
  const u = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) u[j * n + i] = a![i * n + j] as number
  for (let j = 0; j < n; j++) {
    const pivot = u[j * n + j]!
    if (!(pivot > 0 && pivot < Infinity)) {
      result?.fill(Number.NaN as never)
      return 1
    }
    const root = Math.sqrt(pivot)
    u[j * n + j] = root
    for (let k = j + 1; k < n; k++) u[j * n + k]! /= root
    for (let i = j + 1; i < n; i++) addRow(u, i * n + i, u, j * n + i, n - i, -u[j * n + i]!)
  }
  const l = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) l[i * n + j] = u[j * n + i]!
  give(result, l)
  return 0
}
