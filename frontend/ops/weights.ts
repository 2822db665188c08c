/** Weights of elements that are counted. */
import { expectTensorOptions } from '../arguments.ts'
import { dimProduct } from '../dims.ts'
import { rankRefused, sizeText } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { unify } from '../type.ts'

/** Throws unless weights are absent, or a tensor with one for each element of x. */
export function expectWeights(op: string, x: Tensor, weights: unknown): asserts weights is Tensor | undefined {
  if (weights === undefined) return
  expectTensorOptions(op, { weights })
  const [own, elements] = [dimProduct((weights as Tensor).shape), dimProduct(x.shape)]
  if (unify(own, elements) === 'differ')
    throw rankRefused(
      op,
      [x, weights as Tensor],
      `a weight for each of ${sizeText(elements)} elements, not ${sizeText(own)}`,
    )
}
