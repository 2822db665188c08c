/** Cholesky's factorization of symmetric positive definite matrices. */
import { expectOneOf, namedOptions } from '../../arguments.ts'
import { dimMul } from '../../dims.ts'
import { cholesky as js } from '../../linalg/cholesky.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Rank } from '../../type.ts'
import { add, mul, sub } from '../arithmetic.ts'
import { matmul } from '../contract.ts'
import { eye, tril } from '../triangle.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { flipped, fromLower, identityFor, realTypes, squareOf, toLower } from './matrix.ts'
import { triangularSolve } from './triangular.ts'

interface CholeskyAttrs {
  onError: 'raise' | 'nan'
}

export const choleskyOp = routine({
  name: 'cholesky',
  doc: 'L with A = L L^T, of the lower triangle of a symmetric positive definite matrix.',
  examples: input => {
    // Positive definite because the diagonal outweighs the rest.
    const heavy = (x: Tensor) => add(x, mul(eye(x.shape[x.ndim - 1]!, { dtype: x.dtype }), 20))
    const factor = (x: Tensor) => applyRoutine(choleskyOp, [x], { onError: 'nan' } satisfies CholeskyAttrs)[0]!
    return [factor(heavy(input(['n', 'n'], undefined, [-1, 1]))), factor(heavy(input(['m', 3, 3], undefined, [-1, 1])))]
  },
  theano: 'cholesky',
  numpy: 'linalg.cholesky',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [a!],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => [{ dtype: 'float64', size: dimMul(a!.shape[0]!, a!.shape[0]!) }],
  js,
  cpp: { header: 'routines/cholesky.hpp', name: 'cholesky' },
  failure: attrs =>
    (attrs as CholeskyAttrs).onError === 'raise' ? 'matrix {index} of {size} is not positive definite' : undefined,
  // Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527, 2016.
  pullback: (node, [g]) => {
    const [l] = resultsOf(node) as [Tensor]
    if (!g) return [undefined]
    const inner = triangularSolve(l, halved(matmul(flipped(l), g)), { trans: true })
    return [toLower(flipped(triangularSolve(l, flipped(inner), { trans: true })))]
  },
  pushforward: (node, [t]) => {
    const [l] = resultsOf(node) as [Tensor]
    if (!t) return [undefined]
    const left = triangularSolve(l, fromLower(t))
    return [matmul(l, halved(flipped(triangularSolve(l, flipped(left)))))]
  },
})

/** The lower triangle with half of the diagonal. */
const halved = (x: Tensor): Tensor => {
  const low = tril(x)
  return sub(low, mul(low, mul(identityFor(x), 0.5)))
}

/** Whether the factor is lower (as when absent) or upper, and what is done about a matrix that has none. */
export interface CholeskyOptions {
  /** false: U with A = U^T U, of the upper triangle. */
  lower?: boolean
  /** `'raise'` (when absent): the call fails; `'nan'`: that factor is NaN. */
  onError?: 'raise' | 'nan'
}

/**
 * L with A = L L^T for symmetric positive definite matrices, the last two axes of a; only the lower triangle is read. A call
 * fails when a matrix is not positive definite, see `onError`.
 */
export function cholesky<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: CholeskyOptions,
): Tensor<Real<D>, R>
export function cholesky(a: Tensor, options: CholeskyOptions = {}): Tensor {
  const { lower = true, onError = 'raise' } = namedOptions('cholesky', options, ['lower', 'onError'])
  expectOneOf('cholesky', 'onError', onError, ['raise', 'nan'])
  const x = squareOf('cholesky', a)
  const attrs: CholeskyAttrs = { onError }
  return lower ? applyRoutine(choleskyOp, [x], attrs)[0]! : flipped(applyRoutine(choleskyOp, [flipped(x)], attrs)[0]!)
}
