/** Singular values and vectors. */
import type { RoutineFunction } from '../define.ts'
import { applyReflection, reflect } from './householder.ts'
import { dotRow, give, identityOf, signOfRow, swapRows, turnRows } from './rows.ts'

/** So many sweeps over all pairs at most; five or six are usual. */
const mostSweeps = 60

const epsilon = 2 ** -52

/**
 * U, s and V^T of A = U diag(s) V^T, s descending: QR with column pivoting, then one-sided Jacobi rotations of the rows of R,
 * which find small singular values too to their last digits: Drmac and Veselic, "New fast and accurate Jacobi SVD
 * algorithm I", SIAM J. Matrix Anal. Appl. 29, 2008. The first large element of each column of U (see `signOfRow`) is
 * positive. Numbers: rows and columns of A, columns of U, rows of V^T. 1 when A is not finite.
 */
export const svd: RoutineFunction = ([matrix], [uResult, sResult, vResult], [m = 0, n = 0, uWidth = 0, vWidth = 0]) => {
  // Of a wide matrix the transpose is taken, so that p >= q.
  const wide = m < n
  const [p, q] = wide ? [n, m] : [m, n]
  const a = new Float64Array(p * q)
  for (let i = 0; i < p; i++) for (let j = 0; j < q; j++) a[i * q + j] = matrix![wide ? j * n + i : i * n + j] as number
  const scale = scaleOf(a)
  if (scale === 0) return 1
  for (let i = 0; i < p * q; i++) a[i]! /= scale
  const { taus, order } = pivotedQr(a, p, q)
  const x = new Float64Array(q * q)
  for (let i = 0; i < q; i++) for (let j = i; j < q; j++) x[i * q + j] = a[i * q + j]!
  const turned = identityOf(q)
  const values = new Float64Array(q)
  jacobi(x, turned, q)
  finish(x, turned, values, q)
  give(
    sResult,
    values.map(value => value * scale),
  )
  if (!uResult && !vResult) return 0
  const longWidth = wide ? vWidth : uWidth
  const long = longVectors(a, taus, turned, p, q, longWidth)
  const short = new Float64Array(q * q)
  for (let i = 0; i < q; i++) for (let j = 0; j < q; j++) short[i * q + order[j]!] = x[i * q + j]!
  for (let i = 0; i < q; i++) {
    const sign = wide ? signOfRow(short, i * q, q) : signOfRow(long, i, p, longWidth)
    if (sign > 0) continue
    for (let k = 0; k < q; k++) short[i * q + k]! *= -1
    for (let k = 0; k < p; k++) long[k * longWidth + i]! *= -1
  }
  give(uResult, wide ? transposed(short, q, q) : long)
  give(vResult, wide ? transposed(long, p, longWidth) : short)
  return 0
}

/** A power of two that brings elements near 1, where they are far from it, otherwise 1; 0 where some are not finite. */
function scaleOf(a: Float64Array): number {
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(a[i]!)
    if (!(size < Infinity)) return 0
    if (size > largest) largest = size
  }
  let scale = 1
  if (largest > 2 ** 300) while (largest / scale > 1) scale *= 2
  if (largest > 0 && largest < 2 ** -300) while (largest / scale < 1 && scale > 2 ** -1000) scale /= 2
  return scale
}

/** A P = Q R in place of A, the longest column that is left first: Golub and Van Loan, Matrix Computations, 4th edition, 5.4.2. */
function pivotedQr(a: Float64Array, p: number, q: number): { taus: Float64Array; order: Int32Array } {
  const [taus, order] = [new Float64Array(q), Int32Array.from({ length: q }, (_, j) => j)]
  const [room, sizes] = [new Float64Array(q), new Float64Array(q)]
  for (let k = 0; k < q; k++) {
    sizes.fill(0)
    for (let i = k; i < p; i++) for (let j = k; j < q; j++) sizes[j]! += a[i * q + j]! * a[i * q + j]!
    let longest = k
    for (let j = k + 1; j < q; j++) if (sizes[j]! > sizes[longest]!) longest = j
    if (longest !== k) {
      for (let i = 0; i < p; i++) {
        const value = a[i * q + k]!
        a[i * q + k] = a[i * q + longest]!
        a[i * q + longest] = value
      }
      const column = order[k]!
      order[k] = order[longest]!
      order[longest] = column
    }
    taus[k] = reflect(a, k * q + k, p - k, q)
    applyReflection(a, q, k, taus[k]!, a, p, q, k + 1, room)
  }
  return { taus, order }
}

/** Turns pairs of rows of x, and those of `turned` with them, until all are orthogonal. */
function jacobi(x: Float64Array, turned: Float64Array, q: number): void {
  const squares = new Float64Array(q)
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let largest = 0
    for (let i = 0; i < q; i++) {
      squares[i] = dotRow(x, i * q, x, i * q, q)
      if (squares[i]! > largest) largest = squares[i]!
    }
    const nothing = largest * 2 ** -700
    let done = true
    for (let i = 0; i + 1 < q; i++) {
      for (let j = i + 1; j < q; j++) {
        const [a, b] = [squares[i]!, squares[j]!]
        if (!(a > nothing && b > nothing)) continue
        const mixed = dotRow(x, i * q, x, j * q, q)
        if (!(Math.abs(mixed) > epsilon * Math.sqrt(a) * Math.sqrt(b))) continue
        done = false
        const zeta = (b - a) / (2 * mixed)
        const root = Math.sqrt(1 + zeta * zeta)
        const t = zeta < 0 ? -1 / (root - zeta) : 1 / (root + zeta)
        const c = 1 / Math.sqrt(1 + t * t)
        turnRows(x, i * q, x, j * q, q, c, c * t)
        turnRows(turned, i * q, turned, j * q, q, c, c * t)
        squares[i] = a - t * mixed
        squares[j] = b + t * mixed
      }
    }
    if (done) return
  }
}

/** The lengths of the rows of x, descending, and the rows made unit vectors; what is nothing gets a vector of its own. */
function finish(x: Float64Array, turned: Float64Array, values: Float64Array, q: number): void {
  for (let i = 0; i < q; i++) values[i] = Math.sqrt(dotRow(x, i * q, x, i * q, q))
  for (let i = 0; i < q; i++) {
    let longest = i
    for (let j = i + 1; j < q; j++) if (values[j]! > values[longest]!) longest = j
    if (longest === i) continue
    const value = values[i]!
    values[i] = values[longest]!
    values[longest] = value
    swapRows(x, i, longest, q)
    swapRows(turned, i, longest, q)
  }
  const nothing = q > 0 ? values[0]! * 2 ** -350 : 0
  for (let i = 0; i < q; i++) {
    if (values[i]! > nothing) for (let k = 0; k < q; k++) x[i * q + k]! /= values[i]!
    else {
      values[i] = 0
      complete(x, i, q)
    }
  }
}

/** Row i becomes a unit vector orthogonal to the rows before it: the one of the axes that they lack most, made so twice. */
function complete(x: Float64Array, i: number, q: number): void {
  let [lacking, most] = [0, -1]
  for (let c = 0; c < q; c++) {
    let rest = 1
    for (let k = 0; k < i; k++) rest -= x[k * q + c]! * x[k * q + c]!
    if (rest > most) {
      most = rest
      lacking = c
    }
  }
  for (let c = 0; c < q; c++) x[i * q + c] = c === lacking ? 1 : 0
  for (let pass = 0; pass < 2; pass++) {
    for (let k = 0; k < i; k++) {
      const along = dotRow(x, i * q, x, k * q, q)
      for (let c = 0; c < q; c++) x[i * q + c]! -= along * x[k * q + c]!
    }
    const length = Math.sqrt(dotRow(x, i * q, x, i * q, q))
    for (let c = 0; c < q; c++) x[i * q + c]! /= length
  }
}

/** The vectors of the longer side as columns: Q applied to the turned rows, and to what completes them. */
function longVectors(
  a: Float64Array,
  taus: Float64Array,
  turned: Float64Array,
  p: number,
  q: number,
  width: number,
): Float64Array {
  const y = new Float64Array(p * width)
  for (let k = 0; k < q; k++) for (let i = 0; i < q; i++) y[k * width + i] = turned[i * q + k]!
  for (let k = q; k < Math.min(p, width); k++) y[k * width + k] = 1
  const room = new Float64Array(width)
  for (let k = q - 1; k >= 0; k--) applyReflection(a, q, k, taus[k]!, y, p, width, 0, room)
  return y
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  const y = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j]!
  return y
}
