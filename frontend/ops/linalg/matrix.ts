/** What functions of matrices have in common: they take the last two axes, and the others are batches. */
import { renamed } from '../../calculus/type.ts'
import { cast } from '../../elementwise.ts'
import { dtypeRefused, rankRefused, shapesDiffer, sizeText } from '../../errors.ts'
import { asTensor } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { broadcastShapes, type DimExpr, type DType, integers, isFloat, promote, type Shape, unify } from '../../type.ts'
import { mul, sub } from '../arithmetic.ts'
import { broadcastShape, permute, reshapeTo } from '../move.ts'
import { restoreAxes } from '../reduce.ts'
import { eye, tril } from '../triangle.ts'
import { matrixNotSquare } from './errors.ts'

/** Factorizations are computed in float64 and come in these. */
export const realTypes: readonly DType[] = ['float32', 'float64']

/** Elements of the matrices that laws are tried on: some routines refuse what is not finite. */
export const tame = [0.3, 2.3] as const

/** Operands as stacks of matrices of one float dtype; integers become float32. */
export function matrices(op: string, ...operands: readonly Tensor[]): Tensor[] {
  const given = operands.map(x => asTensor(x, op))
  const dtype = given.map((x): DType => (isFloat(x.dtype) ? x.dtype : 'float32')).reduce(promote)
  if (!realTypes.includes(dtype) || given.some(x => x.dtype === 'bool'))
    throw dtypeRefused(op, given, [...integers, ...realTypes])
  return given.map(x => cast(x, dtype))
}

/** A stack of matrices; throws for vectors and scalars. */
export function matrixOf(op: string, x: Tensor): Tensor {
  return stackOf(op, matrices(op, x)[0]!)
}

/** A tensor of two axes or more. */
export function stackOf(op: string, x: Tensor): Tensor {
  if (x.ndim < 2) throw rankRefused(op, [x], 'a matrix, or a stack of them')
  return x
}

/** A stack of square matrices: both sizes are the same dim, which a call checks where the names do not tell. */
export function squareOf(op: string, x: Tensor): Tensor {
  const a = matrixOf(op, x)
  return squared(op, a)
}

export function squared(op: string, a: Tensor): Tensor {
  const [rows, columns] = a.shape.slice(-2) as [DimExpr, DimExpr]
  const unified = unify(rows, columns)
  if (unified === 'differ') throw matrixNotSquare(op, a, sizeText(rows), sizeText(columns))
  return renamed(a, [...a.shape.slice(0, -2), unified.dim, unified.dim])
}

/** The last two axes exchanged. */
export const flipped = (x: Tensor): Tensor =>
  permute(x, [...x.shape.slice(0, -2).map((_, axis) => axis), x.ndim - 1, x.ndim - 2])

/** Stacks with their leading axes broadcast together. */
export function sameBatch(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [left, right] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const together = broadcastShapes(left, right)
  if ('axis' in together) throw shapesDiffer(op, [a], b, together.axis + 2)
  const spread = (x: Tensor): Tensor => {
    const shape = [...together.shape, ...x.shape.slice(-2)]
    return x.ndim === shape.length && x.shape.every((dim, i) => dim === shape[i]) ? x : broadcastShape(x, shape)
  }
  const [first, second] = [spread(a), spread(b)]
  return [together.checks.length > 0 ? reshapeTo(first, first.shape, together.checks) : first, second]
}

/** The identity of the size and dtype of square matrices. */
export const identityFor = (x: Tensor): Tensor => eye(x.shape[x.ndim - 1]!, { dtype: x.dtype })

/** A diagonal of the last two axes, and a row or column for each element of a vector. */
export const asRow = (x: Tensor): Tensor => restoreAxes(x, [x.ndim - 1])
export const asColumn = (x: Tensor): Tensor => restoreAxes(x, [x.ndim])

/**
 * The derivative of a function that reads the lower triangle of a symmetric matrix: from what it would be with respect to
 * every element.
 */
export function toLower(s: Tensor): Tensor {
  return tril(sub(sumWithFlipped(s), mul(s, identityFor(s))))
}

const sumWithFlipped = (s: Tensor): Tensor => sub(s, mul(flipped(s), -1))

/** The symmetric matrix whose lower triangle is that of x. */
export function fromLower(x: Tensor): Tensor {
  const low = tril(x)
  return sub(sumWithFlipped(low), mul(x, identityFor(x)))
}

/** The shape of a stack with other matrices. */
export const stackShape = (x: Tensor, rows: DimExpr, columns: DimExpr): Shape => [
  ...x.shape.slice(0, -2),
  rows,
  columns,
]
