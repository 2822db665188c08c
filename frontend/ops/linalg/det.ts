/** Determinants. */
import { type DerivedOp, register } from '../../define.ts'
import { constant } from '../../leaf.ts'
import type { Minus } from '../../rank.ts'
import { Tensor } from '../../tensor.ts'
import type { DType, Rank } from '../../type.ts'
import { abs, add, mul, sign } from '../arithmetic.ts'
import { lt, where } from '../comparison.ts'
import { matmul } from '../contract.ts'
import { diagonal, trace } from '../diagonal.ts'
import { log } from '../exponential.ts'
import { zeroGrad } from '../gradient.ts'
import { prod, sum } from '../reduce.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { packedLu } from './lu.ts'
import { asColumn, flipped, identityFor, realTypes, squareOf, tame } from './matrix.ts'
import { invertStack } from './systems.ts'

/** The diagonal of U, whose product is the determinant but for its sign, and that sign. */
function pivotsOf(a: Tensor): { pivots: Tensor; parity: Tensor } {
  const [packed, , parity] = packedLu(a)
  return { pivots: diagonal(packed, { axis1: -2, axis2: -1 }), parity }
}

/** The trace of each product of two stacks of matrices. */
const traceOfProduct = (a: Tensor, b: Tensor): Tensor => trace(matmul(a, b), { axis1: -2, axis2: -1 })

/** A number for each matrix of a stack. */
const perMatrix = (op: DerivedOp, a: Tensor): Tensor =>
  new Tensor(op, [a], undefined, { dtype: a.dtype, shape: a.shape.slice(0, -2) })

/** A number beside each matrix, to scale it by. */
const beside = (x: Tensor): Tensor => asColumn(asColumn(x))

export const detOp: DerivedOp = register({
  kind: 'derived',
  name: 'det',
  doc: 'The determinant of a square matrix.',
  theano: 'det',
  numpy: 'linalg.det',
  accepts: realTypes,
  examples: input => [
    perMatrix(detOp, input(['n', 'n'], undefined, tame)),
    perMatrix(detOp, input(['m', 3, 3], undefined, tame)),
  ],
  expand: result => {
    const { pivots, parity } = pivotsOf(result.inputs[0]!)
    return mul(prod(pivots, { axis: -1 }), parity)
  },
  // Jacobi's formula: Giles, 2008, 2.2.4.
  pullback: (result, g) => [mul(beside(mul(g, result)), flipped(invertStack(result.inputs[0]!)))],
  pushforward: (result, [t]) => t && mul(result, traceOfProduct(invertStack(result.inputs[0]!), t)),
})

const logAbsDetOp: DerivedOp = register({
  kind: 'derived',
  name: 'logAbsDet',
  doc: 'log |det A| without overflow: -Infinity for a singular matrix.',
  accepts: realTypes,
  examples: input => [
    perMatrix(logAbsDetOp, input(['n', 'n'], undefined, tame)),
    perMatrix(logAbsDetOp, input(['m', 3, 3], undefined, tame)),
  ],
  expand: result => sum(log(abs(pivotsOf(result.inputs[0]!).pivots)), { axis: -1 }),
  pullback: (result, g) => [mul(beside(g), flipped(invertStack(result.inputs[0]!)))],
  pushforward: (result, [t]) => t && traceOfProduct(invertStack(result.inputs[0]!), t),
})

/** A matrix of a positive determinant. */
const positive = (x: Tensor): Tensor => add(matmul(x, flipped(x)), identityFor(x))

const logDetOp: DerivedOp = register({
  kind: 'derived',
  name: 'logDet',
  doc: 'log det A without overflow: -Infinity for a singular matrix, NaN for a negative determinant.',
  accepts: realTypes,
  examples: input => [
    perMatrix(logDetOp, positive(input(['n', 'n'], undefined, tame))),
    perMatrix(logDetOp, positive(input(['m', 3, 3], undefined, tame))),
  ],
  expand: result => {
    const { pivots, parity } = pivotsOf(result.inputs[0]!)
    const isNegative = lt(mul(prod(sign(pivots), { axis: -1 }), parity), 0)
    return where(isNegative, constant(Number.NaN, result.dtype), sum(log(abs(pivots)), { axis: -1 }))
  },
  pullback: logAbsDetOp.pullback!,
  pushforward: logAbsDetOp.pushforward!,
})

/** log |det A| of stacks of matrices. */
export const logAbsDet = (a: Tensor): Tensor => perMatrix(logAbsDetOp, a)

/** log det A of stacks of matrices, NaN where that is negative. */
export const logDet = (a: Tensor): Tensor => perMatrix(logDetOp, a)

/**
 * The determinant of square matrices, the last two axes of a. Its derivative goes through the inverse: there a singular
 * matrix makes the call fail.
 */
export function det<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): Tensor<Real<D>, Minus<R, 2>>
export function det(a: Tensor): Tensor {
  return perMatrix(detOp, squareOf('det', a))
}

/**
 * The sign of the determinant (-1, 0 or 1) and the logarithm of its magnitude, which neither overflow nor underflow; 0 and
 * -Infinity for a singular matrix.
 */
export function slogdet<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): { sign: Tensor<Real<D>, Minus<R, 2>>; logabsdet: Tensor<Real<D>, Minus<R, 2>> }
export function slogdet(a: Tensor): { sign: Tensor; logabsdet: Tensor } {
  const x = squareOf('slogdet', a)
  const { pivots, parity } = pivotsOf(zeroGrad(x))
  return { sign: mul(prod(sign(pivots), { axis: -1 }), parity), logabsdet: logAbsDet(x) }
}
