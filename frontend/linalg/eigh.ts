/** Eigenvalues and eigenvectors of symmetric matrices. */
import type { RoutineFunction } from '../define.ts'
import { reflect } from './householder.ts'
import { addRow, dotRow, give, identityOf, length2, signOfRow, swapRows, turnRows } from './rows.ts'

/** So many steps for one eigenvalue at most; two or three are usual. */
const mostSteps = 60

const epsilon = 2 ** -52

/**
 * Eigenvalues in ascending order and eigenvectors as columns, of the lower triangle of A: reflections to a tridiagonal
 * matrix and implicit QL steps on that, Golub and Van Loan, Matrix Computations, 4th edition, 8.3. The first large element
 * of each vector (see `signOfRow`) is positive. 1 when the steps do not converge, as with NaN.
 */
export const eigh: RoutineFunction = ([matrix], [values, vectors], [n = 0]) => {
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) a[i * n + j] = matrix![i >= j ? i * n + j : j * n + i] as number
  // Rows are the eigenvectors to be.
  const rows = vectors && identityOf(n)
  const below = new Float64Array(n)
  tridiagonalize(a, n, below, rows)
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!)
  if (!diagonalize(diagonal, below, n, rows)) return 1
  sort(diagonal, n, rows)
  give(values, diagonal)
  if (!rows) return 0
  for (let i = 0; i < n; i++) {
    const sign = signOfRow(rows, i * n, n)
    for (let k = 0; k < n; k++) vectors[k * n + i] = (sign * rows[i * n + k]!) as never
  }
  return 0
}

/** A to a matrix with its diagonal and `below`, the diagonal beneath; rows turn with it. */
function tridiagonalize(a: Float64Array, n: number, below: Float64Array, rows: Float64Array | undefined): void {
  const [v, p] = [new Float64Array(n), new Float64Array(n)]
  for (let k = 0; k + 1 < n; k++) {
    // By symmetry row k is column k.
    const tau = reflect(a, k * n + k + 1, n - k - 1, 1)
    below[k] = a[k * n + k + 1]!
    if (tau === 0) continue
    for (let i = k + 1; i < n; i++) v[i] = i === k + 1 ? 1 : a[k * n + i]!
    for (let i = k + 1; i < n; i++) p[i] = tau * dotRow(a, i * n + k + 1, v, k + 1, n - k - 1)
    const half = 0.5 * tau * dotRow(p, k + 1, v, k + 1, n - k - 1)
    addRow(p, k + 1, v, k + 1, n - k - 1, -half)
    for (let i = k + 1; i < n; i++) {
      addRow(a, i * n + k + 1, p, k + 1, n - k - 1, -v[i]!)
      addRow(a, i * n + k + 1, v, k + 1, n - k - 1, -p[i]!)
    }
    if (!rows) continue
    p.fill(0)
    for (let i = k + 1; i < n; i++) addRow(p, 0, rows, i * n, n, v[i]!)
    for (let i = k + 1; i < n; i++) addRow(rows, i * n, p, 0, n, -tau * v[i]!)
  }
}

/** QL steps with Wilkinson's shift until nothing is left below the diagonal; false when that takes too long. */
function diagonalize(d: Float64Array, e: Float64Array, n: number, rows: Float64Array | undefined): boolean {
  for (let first = 0; first < n; first++) {
    for (let step = 0; ; step++) {
      let last = first
      while (last + 1 < n && !(Math.abs(e[last]!) <= epsilon * (Math.abs(d[last]!) + Math.abs(d[last + 1]!)))) last++
      if (last === first) break
      if (step === mostSteps) return false
      qlStep(d, e, n, first, last, rows)
    }
  }
  return true
}

/** One step on the block from `first` to `last`. */
function qlStep(
  d: Float64Array,
  e: Float64Array,
  n: number,
  first: number,
  last: number,
  rows: Float64Array | undefined,
): void {
  const half = (d[first + 1]! - d[first]!) / (2 * e[first]!)
  const root = length2(half, 1)
  let g = d[last]! - d[first]! + e[first]! / (half < 0 ? half - root : half + root)
  let [s, c, shift] = [1, 1, 0]
  for (let i = last - 1; i >= first; i--) {
    const f = s * e[i]!
    const b = c * e[i]!
    const r = length2(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1]! -= shift
      e[last] = 0
      return
    }
    s = f / r
    c = g / r
    g = d[i + 1]! - shift
    const t = (d[i]! - g) * s + 2 * c * b
    shift = s * t
    d[i + 1] = g + shift
    g = c * t - b
    if (rows) turnRows(rows, i * n, rows, (i + 1) * n, n, c, s)
  }
  d[first]! -= shift
  e[first] = g
  e[last] = 0
}

function sort(d: Float64Array, n: number, rows: Float64Array | undefined): void {
  for (let i = 0; i < n; i++) {
    let least = i
    for (let j = i + 1; j < n; j++) if (d[j]! < d[least]!) least = j
    if (least === i) continue
    const value = d[i]!
    d[i] = d[least]!
    d[least] = value
    if (rows) swapRows(rows, i, least, n)
  }
}
