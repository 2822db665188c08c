/** Linear systems and inverses. */
import { dimAdd, dimMul } from '../../dims.ts'
import { innerDiffers, rankRefused, sizeText } from '../../errors.ts'
import { inverse, solve as js } from '../../linalg/lu.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import { type DimExpr, type DType, type Rank, unify } from '../../type.ts'
import { mul, sub } from '../arithmetic.ts'
import { matmul } from '../contract.ts'
import { reshapeTo } from '../move.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { flipped, matrices, realTypes, sameBatch, squared, squareOf, tame } from './matrix.ts'

export const solveOp = routine({
  name: 'solve',
  doc: 'x with A x = b, by elimination with pivots.',
  examples: input => [
    solveStack(input(['n', 'n'], undefined, tame), input(['n', 'm'], undefined, tame)),
    solveStack(input(['m', 3, 3], undefined, tame), input(['m', 3, 2], undefined, tame)),
  ],
  theano: 'solve',
  numpy: 'linalg.solve',
  accepts: realTypes,
  ranks: [2, 2],
  results: ([, b]) => [b!],
  numbers: ([, b]) => [b!.shape[0]!, b!.shape[1]!],
  scratch: ([, b]) => [{ dtype: 'float64', size: dimMul(b!.shape[0]!, dimAdd(b!.shape[0]!, b!.shape[1]!)) }],
  js,
  cpp: { header: 'routines/lu.hpp', name: 'solve' },
  failure: () => 'matrix {index} of {size} is singular',
  // Giles, "An extended collection of matrix derivative results for forward and reverse mode AD", 2008, 2.3.1.
  pullback: (node, [g], wanted) => {
    if (!g) return []
    const back = solveStack(flipped(node.inputs[0]!), g)
    return [wanted[0] ? mul(matmul(back, flipped(resultsOf(node)[0]!)), -1) : undefined, back]
  },
  pushforward: (node, [s, t]) => {
    const moved = s && matmul(s, resultsOf(node)[0]!)
    const right = moved ? (t ? sub(t, moved) : mul(moved, -1)) : t
    return [right && solveStack(node.inputs[0]!, right)]
  },
})

export const solveStack = (a: Tensor, b: Tensor): Tensor => applyRoutine(solveOp, [a, b])[0]!

export const invOp = routine({
  name: 'inv',
  doc: 'The inverse of a square matrix.',
  examples: input => [
    invertStack(input(['n', 'n'], undefined, tame)),
    invertStack(input(['m', 3, 3], undefined, tame)),
  ],
  theano: 'matrix_inverse',
  numpy: 'linalg.inv',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [a!],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => [{ dtype: 'float64', size: dimMul(2, dimMul(a!.shape[0]!, a!.shape[0]!)) }],
  js: inverse,
  cpp: { header: 'routines/lu.hpp', name: 'inverse' },
  failure: () => 'matrix {index} of {size} is singular',
  // Giles, 2008, 2.2.3.
  pullback: (node, [g]) => {
    const back = flipped(resultsOf(node)[0]!)
    return [g && mul(matmul(matmul(back, g), back), -1)]
  },
  pushforward: (node, [t]) => {
    const [x] = resultsOf(node) as [Tensor]
    return [t && mul(matmul(matmul(x, t), x), -1)]
  },
})

export const invertStack = (a: Tensor): Tensor => applyRoutine(invOp, [a])[0]!

/** The inverse of square matrices, the last two axes of a. A call fails when one is singular. */
export function inv<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): Tensor<Real<D>, R>
export function inv(a: Tensor): Tensor {
  return invertStack(squareOf('inv', a))
}

/** Solves systems with matrices on both sides, of one batch; a vector b is a column for the time being. */
export function withColumns(
  op: string,
  left: Tensor,
  right: Tensor,
  solveThem: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const [given, b] = matrices(op, left, right) as [Tensor, Tensor]
  if (given.ndim < 2 || b.ndim === 0)
    throw rankRefused(op, [given, b], 'a matrix on the left, a vector or matrix on the right')
  const a = squared(op, given)
  const isVector = b.ndim === 1
  const columns = isVector ? reshapeTo(b, [b.shape[0]!, 1]) : b
  const [size, rows] = [a.shape[a.ndim - 1]!, columns.shape[columns.ndim - 2]!]
  const unified = unify(size, rows)
  if (unified === 'differ') throw innerDiffers(op, a, b, sizeText(size), sizeText(rows))
  const fitting = reshapeIfNeeded(columns, columns.ndim - 2, size, unified.check)
  const x = solveThem(...sameBatch(op, a, fitting))
  return isVector ? reshapeTo(x, x.shape.slice(0, -1)) : x
}

const reshapeIfNeeded = (
  x: Tensor,
  axis: number,
  dim: DimExpr,
  check: { left: DimExpr; right: DimExpr } | undefined,
): Tensor =>
  check
    ? reshapeTo(
        x,
        x.shape.map((own, i) => (i === axis ? dim : own)),
        [check],
      )
    : x
