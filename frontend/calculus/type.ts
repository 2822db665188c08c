/** Derivatives brought to the type of what they belong to. */
import type { Calculus } from '../define.ts'
import { dimEqual } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { zerosLike } from '../ops/create.ts'
import { broadcastShape, reshapeTo } from '../ops/move.ts'
import { sumTo } from '../ops/reduce.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'

/** What the derivatives of op records are given. */
export const calculus: Calculus = { sumTo, zeroLike: zerosLike }

/** A tensor repeated to the shape of another, which it broadcasts to. */
export function conform(x: Tensor, like: Tensor): Tensor {
  const fits = x.ndim === like.ndim && x.shape.every((dim, i) => dimEqual(dim, like.shape[i]!) || dim !== 1)
  return fits ? x : broadcastShape(x, like.shape)
}

/** A tensor under a shape whose dims equal its own at every call, though not by name (unknown dims). */
export function renamed(x: Tensor, shape: Shape): Tensor {
  const differing = shape.flatMap((dim, i) => (dimEqual(dim, x.shape[i]!) ? [] : [{ left: x.shape[i]!, right: dim }]))
  return differing.length === 0 ? x : reshapeTo(x, shape, differing)
}

/** A tangent of the result's dtype and shape. */
export const asTangent = (tangent: Tensor, result: Tensor): Tensor => cast(conform(tangent, result), result.dtype)

/** A cotangent summed over the axes along which the operand was broadcast, in the operand's dtype. */
export const asCotangent = (cotangent: Tensor, operand: Tensor): Tensor =>
  cast(sumTo(cotangent, operand.shape), operand.dtype)
