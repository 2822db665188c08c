/** Whole matrices of derivatives: one reverse sweep, computed for every element of the result at once. */
import { expectTensorList, expectTensors, namedOptions } from './arguments.ts'
import { batch } from './calculus/batch.ts'
import { renamed } from './calculus/type.ts'
import { dimProduct } from './dims.ts'
import { cast } from './elementwise.ts'
import { rankTooHigh } from './errors.ts'
import { type EachFloat, type GradOptions, grad, gradOptions, Lop, type NeedsCost } from './grad.ts'
import { tensor } from './leaf.ts'
import { eq } from './ops/comparison.ts'
import { position } from './ops/create.ts'
import { reshapeTo } from './ops/move.ts'
import { restoreAxes } from './ops/reduce.ts'
import { highestRank, type Plus } from './rank.ts'
import type { NeedsFloat } from './refused.ts'
import { Tensor } from './tensor.ts'
import type { DimExpr, DType, Rank } from './type.ts'

/**
 * The derivative of each element of `f` with respect to each of `wrt`: `[...f.shape, ...wrt.shape]`, for a vector by a
 * vector the Jacobian matrix. The size of the graph does not depend on shapes, which may be symbolic: the reverse sweep is
 * built once and batched over the elements of `f`. Options and errors are those of `grad`; ranks add up to at most 8.
 */
export function jacobian<F extends DType, Q extends Rank, D extends DType, R extends Rank>(
  f: Tensor<F, Q> & NeedsFloat<F>,
  wrt: Tensor<D, R> & NeedsFloat<D>,
  options?: GradOptions,
): Tensor<D, Plus<Q, R>>
export function jacobian<F extends DType, Q extends Rank, const W extends readonly Tensor[]>(
  f: Tensor<F, Q> & NeedsFloat<F>,
  wrt: W & EachFloat<W>,
  options?: GradOptions,
): { -readonly [I in keyof W]: W[I] extends Tensor<infer D, infer R> ? Tensor<D, Plus<Q, R>> : never }
export function jacobian(f: Tensor, wrt: Tensor | readonly Tensor[], options: GradOptions = {}): Tensor | Tensor[] {
  if (wrt instanceof Tensor) return jacobian(f, [wrt], options)[0]!
  expectTensors('jacobian', f)
  namedOptions('jacobian', options, gradOptions)
  expectTensorList('jacobian', wrt)
  const tooHigh = wrt.find(x => f.ndim + x.ndim > highestRank)
  if (tooHigh) throw rankTooHigh('jacobian', f.ndim + tooHigh.ndim)
  const cotangent = tensor('cotangent', { dtype: f.dtype, shape: f.shape })
  const rows = Lop(f, wrt, cotangent, options)
  const size = dimProduct(f.shape)
  const basis = reshapeTo(identityMatrix(size, f.dtype), [size, ...f.shape])
  return batch(rows, new Map([[cotangent, basis]]), size).map((matrix, i) => {
    const shape = [...f.shape, ...wrt[i]!.shape]
    return f.ndim === 1 ? renamed(matrix, shape) : reshapeTo(matrix, shape)
  })
}

/**
 * The second derivatives of a float scalar with respect to each of `wrt`, each by itself: `[...wrt.shape, ...wrt.shape]`, for
 * a vector the Hessian matrix, zeros where the gradient is constant. Options and errors are those of `grad`.
 */
export function hessian<F extends DType, Q extends Rank, D extends DType, R extends Rank>(
  cost: Tensor<F, Q> & NeedsCost<F, Q>,
  wrt: Tensor<D, R> & NeedsFloat<D>,
  options?: GradOptions,
): Tensor<D, Plus<R, R>>
export function hessian<F extends DType, Q extends Rank, const W extends readonly Tensor[]>(
  cost: Tensor<F, Q> & NeedsCost<F, Q>,
  wrt: W & EachFloat<W>,
  options?: GradOptions,
): { -readonly [I in keyof W]: W[I] extends Tensor<infer D, infer R> ? Tensor<D, Plus<R, R>> : never }
export function hessian(cost: Tensor, wrt: Tensor | readonly Tensor[], options: GradOptions = {}): Tensor | Tensor[] {
  if (wrt instanceof Tensor) return hessian(cost, [wrt], options)[0]!
  namedOptions('hessian', options, gradOptions)
  const gradients = grad(cost, wrt, options)
  return wrt.map((x, i) => jacobian(gradients[i]!, x, { ...options, disconnectedInputs: 'ignore' }))
}

/** 1 where row and column are equal, 0 elsewhere. */
function identityMatrix(size: DimExpr, dtype: DType): Tensor {
  const numbers = position('$0', [size], 'int32')
  return cast(eq(restoreAxes(numbers, [1]), numbers), dtype)
}
