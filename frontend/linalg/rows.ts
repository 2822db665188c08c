/**
 * Matrices of numbers in row-major order, and what the routines of linear algebra do to their rows. The C++ of
 * `wasm/include/routines` does the same operations in the same order, all in float64, so both give the same bits.
 *
 * Why not Eigen: measured with Eigen 3.4.0 under Emscripten 3.1.6 (LLVM 14, simd128, -O2, a busy machine, the best of 9
 * interleaved rounds), modules of one routine, bytes and time of one call on float64, this code's first:
 *
 *     solve     2,301 to 25,191   128: 0.38 to 0.60 ms   256:  2.5 to  2.5 ms
 *     cholesky  1,800 to 15,276   128: 0.15 to 0.17 ms   256:  1.5 to  1.7 ms
 *     qr        3,215 to 40,100   128: 0.81 to 2.0 ms    256: 15.3 to 18.1 ms
 *     eigh      6,705 to 44,243   128: 2.3 to 2.0 ms     256: 40.3 to 25.6 ms
 *     svd      14,613 to 60,804   128: 32 to 67 ms       (JacobiSVD; BDCSVD has 171,388 bytes)
 *
 * Eigen's packets know no WebAssembly. Only eigh gains (and solve at 32: 0.031 to 0.023 ms), and the same bits on every
 * target would be lost.
 * Small singular values would be, too: of 12 random columns scaled by 1 to 1e-22 this code's product is the determinant
 * to 6e-14, JacobiSVD's is 2 % of it.
 */
import type { TypedArray } from '../../runtime/array.ts'

/** Adds `factor` times one row to another: `count` elements of x from `from` on, to y from `to` on. */
export function addRow(
  y: Float64Array,
  to: number,
  x: Float64Array,
  from: number,
  count: number,
  factor: number,
): void {
  for (let k = 0; k < count; k++) y[to + k]! += factor * x[from + k]!
}

/** The sum of products of two rows, in four sums of every fourth product. */
export function dotRow(x: Float64Array, i: number, y: Float64Array, j: number, count: number): number {
  const sums: [number, number, number, number] = [0, 0, 0, 0]
  for (let k = 0; k < count; k++) sums[(k & 3) as 0]! += x[i + k]! * y[j + k]!
  return sums[0] + sums[1] + (sums[2] + sums[3])
}

/** Two rows turned: c x - s y and s x + c y. */
export function turnRows(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  count: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < count; k++) {
    const [x, y] = [a[i + k]!, b[j + k]!]
    a[i + k] = c * x - s * y
    b[j + k] = s * x + c * y
  }
}

/** Exchanges two rows of a matrix with `count` columns. */
export function swapRows(a: Float64Array, i: number, j: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const x = a[i * count + k]!
    a[i * count + k] = a[j * count + k]!
    a[j * count + k] = x
  }
}

/** sqrt(x^2 + y^2) that neither overflows nor underflows on the way. */
export function length2(x: number, y: number): number {
  const [a, b] = [Math.abs(x), Math.abs(y)]
  const [large, small] = a > b ? [a, b] : [b, a]
  if (large === 0) return 0
  const ratio = small / large
  return large * Math.sqrt(1 + ratio * ratio)
}

/** The elements of an operand as float64. */
export const toDoubles = (x: TypedArray): Float64Array => Float64Array.from(x as ArrayLike<number>)

/** Stores numbers in a result that someone asked for. */
export function give(result: TypedArray | undefined, values: ArrayLike<number>): void {
  result?.set(values as never)
}

/** The identity matrix. */
export function identityOf(n: number): Float64Array {
  const x = new Float64Array(n * n)
  for (let i = 0; i < n; i++) x[i * n + i] = 1
  return x
}

/**
 * Signs of vectors that are only told up to them: -1 where the first large element of a row (three quarters of the
 * largest, or more) is negative.
 */
export function signOfRow(x: Float64Array, at: number, count: number, stride = 1): number {
  let largest = 0
  for (let k = 0; k < count; k++) {
    const size = Math.abs(x[at + k * stride]!)
    if (size > largest) largest = size
  }
  for (let k = 0; k < count; k++) {
    const value = x[at + k * stride]!
    if (Math.abs(value) >= 0.75 * largest) return value < 0 ? -1 : 1
  }
  return 1
}
