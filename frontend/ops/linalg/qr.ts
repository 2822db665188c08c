/** The QR factorization. */
import { expectOneOf, namedOptions } from '../../arguments.ts'
import { dimAdd, dimMin, dimMul } from '../../dims.ts'
import { qr as js } from '../../linalg/householder.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DimExpr, DType, Rank } from '../../type.ts'
import { add, mul, sub } from '../arithmetic.ts'
import { matmul } from '../contract.ts'
import { sliceAxis, spread } from '../move.ts'
import { tril } from '../triangle.ts'
import { completionNotDifferentiable } from './errors.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { flipped, matrixOf, realTypes, tame } from './matrix.ts'
import { triangularSolve } from './triangular.ts'

interface QrAttrs {
  full: boolean
}

/** Columns of Q. */
const widthOf = (m: DimExpr, n: DimExpr, attrs: unknown): DimExpr => ((attrs as QrAttrs).full ? m : dimMin(m, n))

const qrOp = routine({
  name: 'qr',
  doc: 'Q with orthonormal columns and R, upper triangular, with A = Q R; with the signs of LAPACK.',
  examples: input => [
    ...factors(input(['m', 'n'], undefined, tame), false),
    ...factors(input(['n', 'm'], undefined, tame), false),
    ...factors(input(['n', 'n'], undefined, tame), true),
    ...factors(input([2, 3, 2], undefined, tame), false),
  ],
  theano: 'qr',
  numpy: 'linalg.qr',
  accepts: realTypes,
  ranks: [2],
  results: ([a], attrs) => {
    const [m, n] = a!.shape as [DimExpr, DimExpr]
    const width = widthOf(m, n, attrs)
    return [
      { dtype: a!.dtype, shape: [m, width] },
      { dtype: a!.dtype, shape: [width, n] },
    ]
  },
  numbers: ([a], attrs) => [...a!.shape, widthOf(a!.shape[0]!, a!.shape[1]!, attrs)],
  scratch: ([a], attrs) => {
    const [m, n] = a!.shape as [DimExpr, DimExpr]
    const width = widthOf(m, n, attrs)
    return [{ dtype: 'float64', size: dimAdd(dimMul(dimAdd(m, 1), dimAdd(n, width)), m) }]
  },
  js,
  cpp: { header: 'routines/qr.hpp', name: 'qr' },
  // Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010, for A with more rows than columns;
  // of a wide matrix only the first columns tell Q, and R = Q^T A for all.
  pullback: (node, [qBar, rBar]) => {
    const { a, q, r, size } = differentiable(node)
    const n = a.shape[a.ndim - 1]!
    const corner = sliceAxis(r, r.ndim - 1, 0, size)
    const inner = qBar && matmul(flipped(q), qBar)
    const outer = rBar && mul(matmul(rBar, flipped(r)), -1)
    const turn = inner && outer ? add(inner, outer) : (inner ?? outer)
    if (!turn) return []
    const below = tril(sub(turn, flipped(turn)), { offset: -1 })
    const along = matmul(q, inner ? sub(below, inner) : below)
    const free = qBar ? add(qBar, along) : along
    const first = flipped(triangularSolve(corner, flipped(free), { lower: false }))
    const whole = spread(first, a.ndim - 1, 0, 1, n)
    return [rBar ? add(whole, matmul(q, rBar)) : whole]
  },
  pushforward: (node, [t]) => {
    if (!t) return []
    const { q, r, size } = differentiable(node)
    const corner = sliceAxis(r, r.ndim - 1, 0, size)
    const first = sliceAxis(t, t.ndim - 1, 0, size)
    const moved = flipped(triangularSolve(corner, flipped(first), { lower: false, trans: true }))
    const inner = matmul(flipped(q), moved)
    const below = tril(inner, { offset: -1 })
    const turn = sub(below, flipped(below))
    return [add(moved, matmul(q, sub(turn, inner))), sub(matmul(flipped(q), t), matmul(turn, r))]
  },
})

const factors = (a: Tensor, full: boolean): Tensor[] => applyRoutine(qrOp, [a], { full } satisfies QrAttrs)

/** The parts of a factorization that A tells, and how many rows R has. */
function differentiable(node: Tensor): { a: Tensor; q: Tensor; r: Tensor; size: DimExpr } {
  const [a] = node.inputs as [Tensor]
  const [q, r] = resultsOf(node) as [Tensor, Tensor]
  const [m, n] = a.shape.slice(-2) as [DimExpr, DimExpr]
  const size = dimMin(m, n)
  if ((node.attrs as QrAttrs).full && size !== m) throw completionNotDifferentiable('qr', a)
  return { a, q, r, size }
}

/** NumPy's modes: Q with as many columns as it takes (`'reduced'`, when absent), or square (`'complete'`). */
export interface QrOptions {
  mode?: 'reduced' | 'complete'
}

/**
 * Q with orthonormal columns and R, upper triangular, with A = Q R, for the last two axes of a. Signs are LAPACK's: what
 * stands on R's diagonal may be negative. A square Q of a tall matrix has no derivative.
 */
export function qr<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: QrOptions,
): { q: Tensor<Real<D>, R>; r: Tensor<Real<D>, R> }
export function qr(a: Tensor, options: QrOptions = {}): { q: Tensor; r: Tensor } {
  const { mode = 'reduced' } = namedOptions('qr', options, ['mode'])
  expectOneOf('qr', 'mode', mode, ['reduced', 'complete'])
  const [q, r] = factors(matrixOf('qr', a), mode === 'complete') as [Tensor, Tensor]
  return { q, r }
}
