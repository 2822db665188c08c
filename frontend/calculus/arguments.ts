/** What callers of derivatives give: tensors and their tangents or cotangents. */
import { derivativesMiscounted, derivativeWrong } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { unify } from '../type.ts'

/** One tensor as a list of one. */
export const listOf = (x: Tensor | readonly Tensor[]): readonly Tensor[] => (x instanceof Tensor ? [x] : x)

/** Each tensor with its derivative, which must have its type. */
export function paired(
  caller: string,
  tensors: readonly Tensor[],
  derivatives: readonly Tensor[],
): (readonly [Tensor, Tensor])[] {
  if (tensors.length !== derivatives.length) throw derivativesMiscounted(caller, tensors.length, derivatives.length)
  return tensors.map((x, i) => {
    checkDerivative(caller, x, derivatives[i]!)
    return [x, derivatives[i]!]
  })
}

/** Throws when a derivative does not have the dtype and shape of what it belongs to. */
export function checkDerivative(caller: string, x: Tensor, derivative: Tensor): void {
  const fits =
    derivative.dtype === x.dtype &&
    derivative.ndim === x.ndim &&
    x.shape.every((dim, axis) => unify(dim, derivative.shape[axis]!) !== 'differ')
  if (!fits) throw derivativeWrong(caller, x, derivative)
}
