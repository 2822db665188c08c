/** Pseudo-inverses, least squares and ranks. */
import { namedOptions } from '../../arguments.ts'
import { type DerivedOp, register } from '../../define.ts'
import { dimMax } from '../../dims.ts'
import { cast } from '../../elementwise.ts'
import { innerDiffers, rankRefused, sizeText } from '../../errors.ts'
import { constant } from '../../leaf.ts'
import type { MaxRank, Minus, Previous } from '../../rank.ts'
import { Tensor } from '../../tensor.ts'
import { type DimExpr, type DType, type Promote, type Rank, unify } from '../../type.ts'
import { add, div, mul, square, sub } from '../arithmetic.ts'
import { gt, where } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { dimValue, zeros } from '../create.ts'
import { join } from '../move.ts'
import { max, sum } from '../reduce.ts'
import type { MatmulRank, NeedsMatrix, NeedsReal, NeedsVector, Real } from './known.ts'
import { asRow, flipped, matrices, matrixOf, realTypes, stackShape, tame } from './matrix.ts'
import { svdvals, thinSvd } from './svd.ts'

interface PinvAttrs {
  rcond: number
}

const pinvOp: DerivedOp = register({
  kind: 'derived',
  name: 'pinv',
  doc: 'The Moore-Penrose inverse; singular values below a part of the largest count as 0.',
  theano: 'pinv',
  numpy: 'linalg.pinv',
  accepts: realTypes,
  examples: input => [
    invert(input(['m', 'n'], undefined, tame), 1e-10),
    invert(input([2, 3, 2], undefined, tame), 1e-10),
  ],
  expand: result => {
    const [u, s, v] = thinSvd(result.inputs[0]!)
    const kept = significant(s, constant((result.attrs as PinvAttrs).rcond, s.dtype))
    const one = constant(1, s.dtype)
    const inverses = where(kept, div(one, where(kept, s, one)), constant(0, s.dtype))
    return matmul(mul(flipped(v), asRow(inverses)), flipped(u))
  },
  // Golub and Pereyra, "The differentiation of pseudo-inverses", SIAM J. Numer. Anal. 10, 1973: where the rank is constant.
  pullback: (p, g) => {
    const [a] = p.inputs as [Tensor]
    const [pt, gt] = [flipped(p), flipped(g)]
    const right = matmul(gt, matmul(p, pt))
    const left = matmul(matmul(pt, p), gt)
    const terms = [
      sub(right, matmul(a, matmul(p, right))),
      sub(left, matmul(matmul(left, p), a)),
      mul(matmul(matmul(pt, g), pt), -1),
    ]
    return [terms.reduce((x, y) => add(x, y))]
  },
  pushforward: (p, [t]) => {
    if (!t) return undefined
    const [a] = p.inputs as [Tensor]
    const [pt, tt] = [flipped(p), flipped(t)]
    const left = matmul(matmul(p, pt), tt)
    const right = matmul(tt, matmul(pt, p))
    return [
      sub(left, matmul(matmul(left, a), p)),
      sub(right, matmul(p, matmul(a, right))),
      mul(matmul(matmul(p, t), p), -1),
    ].reduce((x, y) => add(x, y))
  },
})

/** Singular values above a part of the largest. */
const significant = (s: Tensor, rcond: Tensor): Tensor => gt(s, mul(largest(s), rcond))

/** The largest singular value of each matrix, 0 where there are none. */
function largest(s: Tensor): Tensor {
  const axis = s.ndim - 1
  const nothing = zeros([...s.shape.slice(0, -1), 1], s.dtype)
  return max(join([s, nothing], axis), { axis, keepdims: true })
}

const invert = (a: Tensor, rcond: number): Tensor => {
  const [m, n] = a.shape.slice(-2) as [DimExpr, DimExpr]
  return new Tensor(pinvOp, [a], { rcond } satisfies PinvAttrs, { dtype: a.dtype, shape: stackShape(a, n, m) })
}

/** Singular values up to this part of the largest count as 0. */
export interface PinvOptions {
  rcond?: number
}

/**
 * The Moore-Penrose inverse of the last two axes of a, whose singular values up to `rcond` of the largest (1e-15 when absent,
 * 1e-6 for float32) count as 0. Its derivative is that among matrices of the same rank.
 */
export function pinv<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: PinvOptions,
): Tensor<Real<D>, R>
export function pinv(a: Tensor, options: PinvOptions = {}): Tensor {
  return invert(matrixOf('pinv', a), namedOptions('pinv', options, ['rcond']).rcond ?? defaultCut(a))
}

/** Where values of a dtype are taken for 0. */
const defaultCut = ({ dtype }: Tensor): number => (dtype === 'float64' ? 1e-15 : 1e-6)

/** What `lstsq` finds. */
export interface LeastSquares<D extends DType = DType, R extends Rank = Rank, S extends Rank = Rank> {
  /** The x of least length among those that leave the least residual. */
  x: Tensor<D, MatmulRank<R, S>>
  /** The sum of squares of what is left of each column of b. */
  residuals: Tensor<D, Previous<MaxRank<MatmulRank<R, S>, 1>>>
  /** int32: the number of singular values that do not count as 0. */
  rank: Tensor<'int32', Minus<R, 2>>
  /** The singular values of a. */
  s: Tensor<D, Previous<R>>
}

/**
 * x for which the length of b - A x is least, for the last two axes of a; b is a vector, or has matrices in its last two axes.
 * Singular values up to `rcond` of the largest (when absent the float's epsilon times the larger size) count as 0.
 */
export function lstsq<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  b: Tensor<E, S> & NeedsVector<S> & NeedsReal<E>,
  options?: PinvOptions,
): LeastSquares<Real<Promote<D, E>>, R, S>
export function lstsq(a: Tensor, b: Tensor, options: PinvOptions = {}): Record<keyof LeastSquares, Tensor> {
  namedOptions('lstsq', options, ['rcond'])
  const [x, right] = matrices('lstsq', a, b) as [Tensor, Tensor]
  if (x.ndim < 2 || right.ndim === 0)
    throw rankRefused('lstsq', [x, right], 'a matrix on the left, a vector or matrix on the right')
  const [rows, size] = [x.shape[x.ndim - 2]!, right.shape[Math.max(right.ndim - 2, 0)]!]
  if (unify(rows, size) === 'differ') throw innerDiffers('lstsq', x, right, sizeText(rows), sizeText(size))
  const rcond = options.rcond ?? epsilonOf(x) * largestSide(x)
  const solution = matmul(invert(x, rcond), right)
  const axis = right.ndim === 1 ? -1 : -2
  const s = svdvals(x)
  return {
    x: solution,
    residuals: sum(square(sub(right, matmul(x, solution))), { axis }),
    rank: cast(sum(significant(s, constant(rcond, s.dtype)), { axis: -1 }), 'int32'),
    s,
  }
}

const epsilonOf = ({ dtype }: Tensor): number => (dtype === 'float64' ? 2 ** -52 : 2 ** -23)

/** The larger size of a matrix where it is known, otherwise a number that is large enough for most. */
function largestSide(x: Tensor): number {
  const [m, n] = x.shape.slice(-2) as [DimExpr, DimExpr]
  const side = dimMax(m, n)
  return typeof side === 'number' ? Math.max(side, 1) : 100
}

/**
 * The int32 number of singular values of the last two axes of a that are above `tol`: when absent the largest times the float's
 * epsilon times the larger size.
 */
export function matrixRank<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
  options?: { tol?: number },
): Tensor<'int32', Minus<R, 2>>
export function matrixRank(a: Tensor, options: { tol?: number } = {}): Tensor {
  namedOptions('matrixRank', options, ['tol'])
  const x = matrixOf('matrixRank', a)
  const s = svdvals(x)
  const [m, n] = x.shape.slice(-2) as [DimExpr, DimExpr]
  const kept =
    options.tol === undefined ? significant(s, mul(dimValue(dimMax(m, n), s.dtype), epsilonOf(x))) : gt(s, options.tol)
  return cast(sum(kept, { axis: -1 }), 'int32')
}
