/** What callers of derivatives give: tensors and their tangents or cotangents. */
import { expectTensorList, expectTensors } from '../arguments.ts'
import { Tensor } from '../tensor.ts'
import { unify } from '../type.ts'
import { derivativesMiscounted, derivativeWrong } from './errors.ts'

/** One tensor as a list of one. Throws for what is neither a tensor nor a list of tensors. */
export function listOf(caller: string, x: Tensor | readonly Tensor[]): readonly Tensor[] {
  if (x instanceof Tensor) return [x]
  expectTensorList(caller, x)
  return x
}

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
  expectTensors(caller, x, derivative)
  const fits =
    derivative.dtype === x.dtype &&
    derivative.ndim === x.ndim &&
    x.shape.every((dim, axis) => unify(dim, derivative.shape[axis]!) !== 'differ')
  if (!fits) throw derivativeWrong(caller, x, derivative)
}
