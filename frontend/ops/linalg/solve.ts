/** Linear systems, for users. */
import { expectOneOf, namedOptions } from '../../arguments.ts'
import { applyRoutine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Promote, Rank } from '../../type.ts'
import { choleskyOp } from './cholesky.ts'
import type { NeedsMatrix, NeedsReal, NeedsVector, Real, SolvedRank } from './known.ts'
import { solveOp, withColumns } from './systems.ts'
import { triangularSolve } from './triangular.ts'

/** What is known of the matrix: SciPy's assume_a. */
export interface SolveOptions {
  /** `'gen'` (when absent): nothing; `'pos'`: it is symmetric positive definite, and its lower triangle is read. */
  assumeA?: 'gen' | 'pos'
}

/**
 * x with A x = b for square matrices, the last two axes of a. b is a vector, or has matrices in its last two axes; leading
 * axes broadcast. A call fails when a matrix is singular, or with `assumeA: 'pos'` not positive definite.
 */
export function solve<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  b: Tensor<E, S> & NeedsVector<S> & NeedsReal<E>,
  options?: SolveOptions,
): Tensor<Real<Promote<D, E>>, SolvedRank<R, S>>
export function solve(a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
  const { assumeA = 'gen' } = namedOptions('solve', options, ['assumeA'])
  expectOneOf('solve', 'assumeA', assumeA, ['gen', 'pos'])
  return withColumns('solve', a, b, (x, y) =>
    assumeA === 'gen'
      ? applyRoutine(solveOp, [x, y])[0]!
      : solveFactored(applyRoutine(choleskyOp, [x], { onError: 'raise' })[0]!, y),
  )
}

/** x with L L^T x = b. */
const solveFactored = (l: Tensor, b: Tensor): Tensor => triangularSolve(l, triangularSolve(l, b), { trans: true })

/** x with A x = b from the factor that `cholesky` gives, SciPy's cho_solve: lower unless `lower: false`. */
export function choSolve<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  factor: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  b: Tensor<E, S> & NeedsVector<S> & NeedsReal<E>,
  options?: { lower?: boolean },
): Tensor<Real<Promote<D, E>>, SolvedRank<R, S>>
export function choSolve(factor: Tensor, b: Tensor, options: { lower?: boolean } = {}): Tensor {
  namedOptions('choSolve', options, ['lower'])
  return withColumns('choSolve', factor, b, (c, y) =>
    (options.lower ?? true)
      ? solveFactored(c, y)
      : triangularSolve(c, triangularSolve(c, y, { lower: false, trans: true }), { lower: false }),
  )
}
