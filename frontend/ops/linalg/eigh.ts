/** Eigenvalues and eigenvectors of symmetric matrices. */
import { namedOptions } from '../../arguments.ts'
import { dimAdd, dimMul } from '../../dims.ts'
import { constant } from '../../leaf.ts'
import { eigh as js } from '../../linalg/eigh.ts'
import type { Previous } from '../../rank.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Rank } from '../../type.ts'
import { add, div, mul, sub } from '../arithmetic.ts'
import { eq, where } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { allocDiag, diagonal } from '../diagonal.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { asColumn, asRow, flipped, fromLower, realTypes, squareOf, tame, toLower } from './matrix.ts'

const eighOp = routine({
  name: 'eigh',
  doc: 'Eigenvalues, ascending, and eigenvectors as columns, of the lower triangle of a symmetric matrix.',
  examples: input => [...parts(input(['n', 'n'], undefined, tame)), ...parts(input(['m', 3, 3], undefined, tame))],
  theano: 'eigh',
  numpy: 'linalg.eigh',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [{ dtype: a!.dtype, shape: [a!.shape[0]!] }, a!],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => {
    const n = a!.shape[0]!
    return [{ dtype: 'float64', size: dimMul(n, dimAdd(dimMul(2, n), 4)) }]
  },
  js,
  cpp: { header: 'routines/eigh.hpp', name: 'eigh' },
  failure: () => 'the eigenvalues of matrix {index} of {size} do not converge: it is not finite',
  // Giles, 2008, 3.1. Vectors of equal eigenvalues count as if they did not turn into each other.
  pullback: (node, [wBar, vBar]) => {
    const [w, v] = resultsOf(node) as [Tensor, Tensor]
    const spun = vBar && mul(gapsOf(w), matmul(flipped(v), vBar))
    const scaled = wBar && allocDiag(wBar)
    const inner = spun && scaled ? add(spun, scaled) : (spun ?? scaled)
    return [inner && toLower(matmul(matmul(v, inner), flipped(v)))]
  },
  pushforward: (node, [t]) => {
    if (!t) return []
    const [w, v] = resultsOf(node) as [Tensor, Tensor]
    const inner = matmul(matmul(flipped(v), fromLower(t)), v)
    return [diagonal(inner, { axis1: -2, axis2: -1 }), matmul(v, mul(gapsOf(w), inner))]
  },
})

/** 1 over the distance from eigenvalue i to eigenvalue j, 0 where they are equal. */
function gapsOf(w: Tensor): Tensor {
  const distance = sub(asRow(w), asColumn(w))
  const equal = eq(distance, 0)
  const one = constant(1, w.dtype)
  return where(equal, constant(0, w.dtype), div(one, where(equal, one, distance)))
}

const parts = (a: Tensor): Tensor[] => applyRoutine(eighOp, [a])

/** Which triangle is read: the lower one when absent. NumPy's UPLO. */
export interface EighOptions {
  lower?: boolean
}

/**
 * Eigenvalues in ascending order, and eigenvectors as columns of unit length, of symmetric matrices, the last two axes of a;
 * one triangle is read. Of each vector the first large element (three quarters of the largest, or more) is positive. A call
 * fails when a matrix is not finite. The derivative of vectors of equal eigenvalues is not defined.
 */
export function eigh<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: EighOptions,
): { eigenvalues: Tensor<Real<D>, Previous<R>>; eigenvectors: Tensor<Real<D>, R> }
export function eigh(a: Tensor, options: EighOptions = {}): { eigenvalues: Tensor; eigenvectors: Tensor } {
  const { lower = true } = namedOptions('eigh', options, ['lower'])
  const x = squareOf('eigh', a)
  const [eigenvalues, eigenvectors] = parts(lower ? x : flipped(x)) as [Tensor, Tensor]
  return { eigenvalues, eigenvectors }
}

/** The eigenvalues of `eigh` alone. */
export function eigvalsh<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: EighOptions,
): Tensor<Real<D>, Previous<R>>
export function eigvalsh(a: Tensor, options: EighOptions = {}): Tensor {
  return eigh(a, options).eigenvalues
}
