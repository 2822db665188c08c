/** Gauss' elimination with pivots, P A = L U. */
import { dimMul } from '../../dims.ts'
import { cast } from '../../elementwise.ts'
import { lu as js } from '../../linalg/lu.ts'
import type { Previous } from '../../rank.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Rank } from '../../type.ts'
import { add } from '../arithmetic.ts'
import { eq } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { arange } from '../range.ts'
import { tril, triu } from '../triangle.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { asColumn, flipped, identityFor, realTypes, squareOf, tame } from './matrix.ts'
import { triangularSolve } from './triangular.ts'

const luOp = routine({
  name: 'lu',
  doc: 'L below the diagonal and U from it on, with P A = L U; the row of A that each row is; the determinant of P.',
  examples: input => [
    ...packedLu(input(['n', 'n'], undefined, tame)),
    packedLu(input(['m', 3, 3], undefined, tame))[0],
  ],
  theano: 'lu_factor',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [a!, { dtype: 'int32', shape: [a!.shape[0]!] }, { dtype: a!.dtype, shape: [] }],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => [
    { dtype: 'float64', size: dimMul(a!.shape[0]!, a!.shape[0]!) },
    { dtype: 'int32', size: a!.shape[0]! },
  ],
  js,
  cpp: { header: 'routines/lu.hpp', name: 'lu' },
  // De Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular factorization", Math. Comp. 80, 2011.
  pullback: (node, [g]) => {
    if (!g) return []
    const { l, u, exchange } = partsOf(node)
    const inner = add(
      tril(matmul(flipped(l), tril(g, { offset: -1 })), { offset: -1 }),
      triu(matmul(triu(g), flipped(u))),
    )
    const left = triangularSolve(l, inner, { trans: true, unitDiagonal: true })
    return [matmul(flipped(exchange), flipped(triangularSolve(u, flipped(left), { lower: false })))]
  },
  pushforward: (node, [t]) => {
    if (!t) return []
    const { l, u, exchange } = partsOf(node)
    const left = triangularSolve(l, matmul(exchange, t), { unitDiagonal: true })
    const inner = flipped(triangularSolve(u, flipped(left), { lower: false, trans: true }))
    return [add(matmul(l, tril(inner, { offset: -1 })), matmul(triu(inner), u)), undefined, undefined]
  },
})

/** L and U in one matrix, the rows of A in their order, and the sign of that order. */
export const packedLu = (a: Tensor): [Tensor, Tensor, Tensor] => applyRoutine(luOp, [a]) as [Tensor, Tensor, Tensor]

const lowerOf = (packed: Tensor): Tensor => add(tril(packed, { offset: -1 }), identityFor(packed))

/** The factors as matrices; `exchange` is P. */
function partsOf(node: Tensor): { l: Tensor; u: Tensor; exchange: Tensor } {
  const [packed, rows] = resultsOf(node) as [Tensor, Tensor]
  const columns = arange(packed.shape[packed.ndim - 1]!)
  return { l: lowerOf(packed), u: triu(packed), exchange: cast(eq(asColumn(rows), columns), packed.dtype) }
}

/**
 * L with ones on its diagonal and U, upper triangular, with A[p] = L U, for square matrices, the last two axes of a; `p` is the
 * int32 row of A that each row comes from, SciPy's lu with `p_indices`.
 */
export function lu<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): { p: Tensor<'int32', Previous<R>>; l: Tensor<Real<D>, R>; u: Tensor<Real<D>, R> }
export function lu(a: Tensor): { p: Tensor; l: Tensor; u: Tensor } {
  const [packed, p] = packedLu(squareOf('lu', a))
  return { p, l: lowerOf(packed), u: triu(packed) }
}
