/** Gauss' elimination with pivots, P A = L U. */
import { expectRecord, expectTensors, namedOptions } from '../../arguments.ts'
import { dimMul } from '../../dims.ts'
import { cast } from '../../elementwise.ts'
import { dtypeRefused, rankRefused } from '../../errors.ts'
import { lu as js, permutation } from '../../linalg/lu.ts'
import type { Previous } from '../../rank.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import { type DType, integers, isInteger, type Promote, type Rank } from '../../type.ts'
import { add } from '../arithmetic.ts'
import { eq } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { gather } from '../gather.ts'
import { arange } from '../range.ts'
import { broadcastTo } from '../shape.ts'
import { tril, triu } from '../triangle.ts'
import type { NeedsMatrix, NeedsReal, NeedsVector, Real, SolvedRank } from './known.ts'
import { asColumn, flipped, identityFor, realTypes, squareOf, tame } from './matrix.ts'
import { withColumns } from './systems.ts'
import { isTransposed, type Transposed, triangularSolve } from './triangular.ts'

const luOp = routine({
  name: 'lu',
  doc: 'L below the diagonal and U from it on, with P A = L U; the row with which each was exchanged; the determinant of P.',
  examples: input => [
    ...packedLu(input(['n', 'n'], undefined, tame)),
    packedLu(input(['m', 3, 3], undefined, tame))[0],
  ],
  theano: 'lu_factor',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [a!, { dtype: 'int32', shape: [a!.shape[0]!] }, { dtype: a!.dtype, shape: [] }],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => [{ dtype: 'float64', size: dimMul(a!.shape[0]!, a!.shape[0]!) }],
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

/** L and U in one matrix, the row with which each was exchanged, and the sign of all exchanges. */
export const packedLu = (a: Tensor): [Tensor, Tensor, Tensor] => applyRoutine(luOp, [a]) as [Tensor, Tensor, Tensor]

const permutationOp = routine({
  name: 'permutationOfPivots',
  doc: 'The order in which exchanges of rows, one after the other, leave them; where each row went.',
  examples: input => orderOf(input(['m', 3], 'int32', [0, 2])),
  theano: 'pivot_to_permutation',
  accepts: ['int32'],
  ranks: [1],
  results: ([pivots]) => [pivots!, pivots!],
  numbers: ([pivots]) => [pivots!.shape[0]!],
  scratch: ([pivots]) => [{ dtype: 'int32', size: pivots!.shape[0]! }],
  js: permutation,
  cpp: { header: 'routines/lu.hpp', name: 'permutation' },
  failure: () => 'a pivot of matrix {index} of {size} is none of its rows',
})

/** The row that each row is after the exchanges, and the place that each row has then. */
const orderOf = (pivots: Tensor): [rows: Tensor, places: Tensor] =>
  applyRoutine(permutationOp, [pivots]) as [Tensor, Tensor]

const lowerOf = (packed: Tensor): Tensor => add(tril(packed, { offset: -1 }), identityFor(packed))

/** The factors as matrices; `exchange` is P. */
function partsOf(node: Tensor): { l: Tensor; u: Tensor; exchange: Tensor } {
  const [packed, pivots] = resultsOf(node) as [Tensor, Tensor]
  const columns = arange(packed.shape[packed.ndim - 1]!)
  const exchange = cast(eq(asColumn(orderOf(pivots)[0]), columns), packed.dtype)
  return { l: lowerOf(packed), u: triu(packed), exchange }
}

/**
 * L with ones on its diagonal and U, upper triangular, with A[p] = L U, for square matrices, the last two axes of a; `p` is the
 * int32 row of A that each row comes from, SciPy's lu with `p_indices`.
 */
export function lu<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): { p: Tensor<'int32', Previous<R>>; l: Tensor<Real<D>, R>; u: Tensor<Real<D>, R> }
export function lu(a: Tensor): { p: Tensor; l: Tensor; u: Tensor } {
  const [packed, pivots] = packedLu(squareOf('lu', a))
  return { p: orderOf(pivots)[0], l: lowerOf(packed), u: triu(packed) }
}

/** What `luFactor` gives: L below the diagonal and U from it on, and the row with which each row was exchanged, in turn. */
export interface LuFactors<D extends DType = DType, R extends Rank = Rank, P extends DType = DType> {
  lu: Tensor<D, R>
  piv: Tensor<P, Previous<R>>
}

/**
 * The factors of square matrices, the last two axes of a, for `luSolve`: SciPy's lu_factor. `lu` has L, whose diagonal of ones
 * is not stored, below its diagonal and U from it on; row i was exchanged with row `piv[i]`, for i from 0 on. A singular
 * matrix has factors too.
 */
export function luFactor<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): LuFactors<Real<D>, R, 'int32'>
export function luFactor(a: Tensor): LuFactors {
  const [lu, piv] = packedLu(squareOf('luFactor', a))
  return { lu, piv }
}

/**
 * x with A x = b from what `luFactor` gives of A, SciPy's lu_solve; with `trans` A^T x = b. b is a vector, or has matrices in its
 * last two axes; leading axes broadcast. A call fails when A is singular. Derivatives are by `lu` and b.
 */
export function luSolve<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  factors: LuFactors<D, R> & { lu: NeedsMatrix<R> & NeedsReal<D> },
  b: Tensor<E, S> & NeedsVector<S> & NeedsReal<E>,
  options?: { trans?: Transposed },
): Tensor<Real<Promote<D, E>>, SolvedRank<R, S>>
export function luSolve(factors: LuFactors, b: Tensor, options: { trans?: Transposed } = {}): Tensor {
  expectRecord('luSolve', 'what luFactor gives, { lu, piv }', factors)
  const { lu, piv } = factors
  expectTensors('luSolve', lu, piv)
  namedOptions('luSolve', options, ['trans'])
  const trans = isTransposed('luSolve', options.trans)
  if (!isInteger(piv.dtype)) throw dtypeRefused('luSolve', [piv], integers)
  if (piv.ndim !== lu.ndim - 1) throw rankRefused('luSolve', [lu, piv], 'a pivot for each row of the matrices')
  return withColumns('luSolve', lu, b, (packed, columns) => {
    const [rows, places] = orderOf(broadcastTo(cast(piv, 'int32'), packed.shape.slice(0, -1)))
    if (!trans) {
      const forward = triangularSolve(packed, rowsOf(columns, rows), { unitDiagonal: true })
      return triangularSolve(packed, forward, { lower: false })
    }
    const forward = triangularSolve(packed, columns, { lower: false, trans })
    return rowsOf(triangularSolve(packed, forward, { unitDiagonal: true, trans }), places)
  })
}

/** The rows of matrices in another order. */
function rowsOf(x: Tensor, order: Tensor): Tensor {
  const labels = x.shape.map((_, axis) => axis)
  const indexing = { axes: labels.map(axis => (axis === x.ndim - 2 ? null : axis)), indices: [labels.slice(0, -1)] }
  return gather(x, [order], { ...indexing, fromStart: true })
}
