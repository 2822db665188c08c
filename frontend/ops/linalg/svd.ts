/** Singular values and vectors. */
import { namedOptions } from '../../arguments.ts'
import { dimAdd, dimMax, dimMin, dimMul } from '../../dims.ts'
import { constant } from '../../leaf.ts'
import { svd as js } from '../../linalg/svd.ts'
import type { Previous } from '../../rank.ts'
import { applyRoutine, resultsOf, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DimExpr, DType, Rank } from '../../type.ts'
import { add, div, mul, square, sub } from '../arithmetic.ts'
import { eq, where } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { allocDiag, diagonal } from '../diagonal.ts'
import { completionNotDifferentiable } from './errors.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { asColumn, asRow, flipped, matrixOf, realTypes, tame } from './matrix.ts'

interface SvdAttrs {
  full: boolean
}

/** Columns of U, the number of singular values, and rows of V^T. */
function widthsOf(m: DimExpr, n: DimExpr, attrs: unknown): [DimExpr, DimExpr, DimExpr] {
  const least = dimMin(m, n)
  return (attrs as SvdAttrs).full ? [m, least, n] : [least, least, least]
}

const svdOp = routine({
  name: 'svd',
  doc: 'U, s and V^T with A = U diag(s) V^T, s descending.',
  examples: input => [
    ...parts(input(['m', 'n'], undefined, tame)),
    ...parts(input([3, 2], undefined, tame)),
    parts(input(['n', 'n'], undefined, tame))[1]!,
    ...parts(input(['m', 2, 3], undefined, tame)),
  ],
  theano: 'svd',
  numpy: 'linalg.svd',
  accepts: realTypes,
  ranks: [2],
  results: ([a], attrs) => {
    const [m, n] = a!.shape as [DimExpr, DimExpr]
    const [left, least, right] = widthsOf(m, n, attrs)
    return [[m, left], [least], [right, n]].map(shape => ({ dtype: a!.dtype, shape }))
  },
  numbers: ([a], attrs) => {
    const [m, n] = a!.shape as [DimExpr, DimExpr]
    const [left, , right] = widthsOf(m, n, attrs)
    return [m, n, left, right]
  },
  scratch: ([a], attrs) => {
    const [m, n] = a!.shape as [DimExpr, DimExpr]
    const [left, least, right] = widthsOf(m, n, attrs)
    const [most, width] = [dimMax(m, n), dimMax(left, right)]
    const vectors = dimMul(dimAdd(most, 1), width)
    return [
      { dtype: 'float64', size: dimAdd(dimMul(least, dimAdd(dimAdd(most, dimMul(3, least)), 4)), vectors) },
      { dtype: 'int32', size: least },
    ]
  },
  js,
  cpp: { header: 'routines/svd.hpp', name: 'svd' },
  failure: () => 'the singular values of matrix {index} of {size} do not converge: it is not finite',
  // Townsend, "Differentiating the singular value decomposition", 2016. Vectors of equal values count as if they did not
  // turn into each other.
  pullback: (node, [uBar, sBar, vBar]) => {
    if (!uBar && !sBar && !vBar) return []
    const { u, s, v } = differentiable(node, uBar !== undefined || vBar !== undefined)
    const gaps = () => gapsOf(s)
    const left = uBar && mul(mul(gaps(), lacking(matmul(flipped(u), uBar))), asRow(s))
    const right = vBar && mul(asColumn(s), mul(gaps(), lacking(matmul(v, flipped(vBar)))))
    const inner = [left, right, sBar && allocDiag(sBar)].filter(x => x !== undefined).reduce((a, b) => add(a, b))
    const terms = [
      matmul(matmul(u, inner), v),
      uBar && matmul(outside(u, div(uBar, asRow(s))), v),
      vBar && matmul(u, flipped(outside(flipped(v), div(flipped(vBar), asRow(s))))),
    ]
    return [terms.filter(x => x !== undefined).reduce((a, b) => add(a, b))]
  },
  pushforward: (node, [t]) => {
    if (!t) return []
    const { u, s, v } = differentiable(node, true)
    const inner = matmul(matmul(flipped(u), t), flipped(v))
    const [rows, columns] = [mul(inner, asRow(s)), mul(asColumn(s), inner)]
    const du = add(
      matmul(u, mul(gapsOf(s), add(rows, flipped(rows)))),
      outside(u, div(matmul(t, flipped(v)), asRow(s))),
    )
    const dv = add(
      matmul(flipped(v), mul(gapsOf(s), add(columns, flipped(columns)))),
      outside(flipped(v), div(matmul(flipped(t), u), asRow(s))),
    )
    return [du, diagonal(inner, { axis1: -2, axis2: -1 }), flipped(dv)]
  },
})

/** x less its transpose. */
const lacking = (x: Tensor): Tensor => sub(x, flipped(x))

/** What of x lies outside the space of orthonormal columns. */
const outside = (columns: Tensor, x: Tensor): Tensor => sub(x, matmul(columns, matmul(flipped(columns), x)))

/** 1 over the distance from the square of value i to that of value j, 0 where they are equal. */
function gapsOf(s: Tensor): Tensor {
  const squares = square(s)
  const distance = sub(asRow(squares), asColumn(squares))
  const equal = eq(distance, 0)
  const one = constant(1, s.dtype)
  return where(equal, constant(0, s.dtype), div(one, where(equal, one, distance)))
}

/** The factorization, as far as A tells it; of its values alone, and of square matrices, that is all of it. */
function differentiable(node: Tensor, vectors: boolean): { u: Tensor; s: Tensor; v: Tensor } {
  const [a] = node.inputs as [Tensor]
  const [m, n] = a.shape.slice(-2)
  const { full } = node.attrs as SvdAttrs
  if (full && vectors && m !== n) throw completionNotDifferentiable('svd', a)
  const [u, s, v] = (full ? parts(a) : resultsOf(node)) as [Tensor, Tensor, Tensor]
  return { u, s, v }
}

const parts = (a: Tensor, full = false): Tensor[] => applyRoutine(svdOp, [a], { full } satisfies SvdAttrs)

/** Whether U and V^T are square, as they are when absent, or have as many vectors as there are singular values. */
export interface SvdOptions {
  fullMatrices?: boolean
}

/**
 * U, s and Vh with A = U diag(s) Vh for the last two axes of a: singular values descending, vectors of unit length, columns
 * of U and rows of Vh. Of each column of U the first large element (three quarters of the largest, or more) is positive. A
 * call fails when a matrix is not finite. The square ones of what is not square have no derivative, and that of vectors of
 * equal values is not defined.
 */
export function svd<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: SvdOptions,
): { u: Tensor<Real<D>, R>; s: Tensor<Real<D>, Previous<R>>; vh: Tensor<Real<D>, R> }
export function svd(a: Tensor, options: SvdOptions = {}): { u: Tensor; s: Tensor; vh: Tensor } {
  const { fullMatrices = true } = namedOptions('svd', options, ['fullMatrices'])
  const [u, s, vh] = parts(matrixOf('svd', a), fullMatrices) as [Tensor, Tensor, Tensor]
  return { u, s, vh }
}

/** The singular values of the last two axes of a, descending. */
export function svdvals<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): Tensor<Real<D>, Previous<R>>
export function svdvals(a: Tensor): Tensor {
  return parts(matrixOf('svdvals', a))[1]!
}

/** U, s and Vh without the vectors that complete them. */
export const thinSvd = (a: Tensor): [Tensor, Tensor, Tensor] => parts(a) as [Tensor, Tensor, Tensor]
