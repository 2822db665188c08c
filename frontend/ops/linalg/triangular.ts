/** Triangular systems. */
import { namedOptions } from '../../arguments.ts'
import { dimAdd, dimMul } from '../../dims.ts'
import { argumentWrong } from '../../errors.ts'
import { solveTriangular as js } from '../../linalg/triangular.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Promote, Rank } from '../../type.ts'
import { mul, sub } from '../arithmetic.ts'
import { matmul } from '../contract.ts'
import { tril, triu } from '../triangle.ts'
import type { NeedsMatrix, NeedsReal, NeedsVector, Real, SolvedRank } from './known.ts'
import { flipped, realTypes, tame } from './matrix.ts'
import { withColumns } from './systems.ts'

interface TriangularAttrs {
  lower: boolean
  trans: boolean
  unitDiagonal: boolean
}

export const triangularOp = routine({
  name: 'solveTriangular',
  doc: 'x with A x = b, or A^T x = b, of a triangle of A.',
  examples: input => {
    const [a, b] = [input(['n', 'n'], undefined, tame), input(['n', 'm'], undefined, tame)]
    return [false, true].flatMap(lower =>
      [false, true].map(trans => triangularSolve(a, b, { lower, trans, unitDiagonal: lower && trans })),
    )
  },
  theano: 'solve_triangular',
  accepts: realTypes,
  ranks: [2, 2],
  results: ([, b]) => [b!],
  numbers: ([, b], attrs) => {
    const { lower, trans, unitDiagonal } = attrs as TriangularAttrs
    return [b!.shape[0]!, b!.shape[1]!, Number(lower), Number(trans), Number(unitDiagonal)]
  },
  scratch: ([, b]) => [{ dtype: 'float64', size: dimMul(b!.shape[0]!, dimAdd(b!.shape[0]!, b!.shape[1]!)) }],
  js,
  cpp: { header: 'routines/triangular.hpp', name: 'solveTriangular' },
  failure: () => 'matrix {index} of {size} is singular: an element of its diagonal is 0',
  pullback: (node, [g], wanted) => {
    if (!g) return []
    const attrs = node.attrs as TriangularAttrs
    const [x] = resultsOf(node) as [Tensor]
    const back = triangularSolve(node.inputs[0]!, g, { ...attrs, trans: !attrs.trans })
    const outer = wanted[0] ? (attrs.trans ? matmul(x, flipped(back)) : matmul(back, flipped(x))) : undefined
    return [outer && mul(triangle(outer, attrs), -1), back]
  },
  pushforward: (node, [s, t]) => {
    const attrs = node.attrs as TriangularAttrs
    const [x] = resultsOf(node) as [Tensor]
    const part = s && triangle(s, attrs)
    const moved = part && matmul(attrs.trans ? flipped(part) : part, x)
    const right = moved ? (t ? sub(t, moved) : mul(moved, -1)) : t
    return [right && triangularSolve(node.inputs[0]!, right, attrs)]
  },
})

/** The elements that are read. */
const triangle = (x: Tensor, { lower, unitDiagonal }: TriangularAttrs): Tensor =>
  lower ? tril(x, { offset: unitDiagonal ? -1 : 0 }) : triu(x, { offset: unitDiagonal ? 1 : 0 })

/** For matrices of one batch: lower, not transposed and with a diagonal of its own unless said otherwise. */
export const triangularSolve = (a: Tensor, b: Tensor, attrs: Partial<TriangularAttrs> = {}): Tensor =>
  applyRoutine(triangularOp, [a, b], {
    ...{ lower: true, trans: false, unitDiagonal: false },
    ...attrs,
  } satisfies TriangularAttrs)[0]!

/** Which triangle is read (`lower: false` when absent, as in SciPy), whether transposed, and whether its diagonal counts as ones. */
export interface TriangularOptions {
  lower?: boolean
  /** Solve with the transpose. */
  trans?: Transposed
  unitDiagonal?: boolean
}

/** Whether a matrix is transposed: SciPy says 1 or 'T' where it is. */
export type Transposed = boolean | 0 | 1 | 'N' | 'T'

/** The same as true or false. */
export function isTransposed(op: string, trans: Transposed = false): boolean {
  const transposed = [true, 1, 'T'].includes(trans)
  if (!transposed && ![false, 0, 'N'].includes(trans))
    throw argumentWrong(op, `trans to be true or false, or SciPy's 0, 1, 'N' or 'T'`, trans)
  return transposed
}

/**
 * x with A x = b for triangular matrices, SciPy's solve_triangular: the upper triangle of the last two axes of a unless
 * `lower`; the other elements are not read. b is a vector or has matrices in its last two axes; leading axes broadcast. A
 * call fails when an element of a diagonal is 0.
 */
export function solveTriangular<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  b: Tensor<E, S> & NeedsVector<S> & NeedsReal<E>,
  options?: TriangularOptions,
): Tensor<Real<Promote<D, E>>, SolvedRank<R, S>>
export function solveTriangular(a: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor {
  namedOptions('solveTriangular', options, ['lower', 'trans', 'unitDiagonal'])
  const { lower = false, unitDiagonal = false } = options
  const attrs = { lower, trans: isTransposed('solveTriangular', options.trans), unitDiagonal }
  return withColumns('solveTriangular', a, b, (x, y) => triangularSolve(x, y, attrs))
}
