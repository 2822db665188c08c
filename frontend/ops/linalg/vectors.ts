/** Products of stacks of vectors and matrices: NumPy's `vecdot`, `matvec` and `vecmat`. */
import { expectTensors } from '../../arguments.ts'
import { rankRefused } from '../../errors.ts'
import type { MaxRank, Next, Previous } from '../../rank.ts'
import type { Everything, NeedsAxes } from '../../reduced.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Promote, Rank } from '../../type.ts'
import { matmul } from '../contract.ts'
import { type Along, alongOf, expandDims, moveaxis, normalAxis, squeeze } from '../shape.ts'
import type { NeedsMatrix, NeedsProduct, NeedsVector } from './known.ts'

/** The sums of products of vectors along an axis of both (the last); the other axes broadcast. */
export function vecdot<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const O extends Along = Everything,
>(
  left: Tensor<D, R> & NeedsVector<R>,
  right: Tensor<E, S> & NeedsVector<S> & NeedsProduct<D, E>,
  over?: O & NeedsAxes<R, O>,
): Tensor<Promote<D, E>, Previous<MaxRank<R, S>>>
export function vecdot(left: Tensor, right: Tensor, over: Along = {}): Tensor {
  expectTensors('vecdot', left, right)
  const { axis = -1 } = alongOf('vecdot', over)
  const [a, b] = [left, right].map(x => moveaxis(x, normalAxis('vecdot', x, axis), -1)) as [Tensor, Tensor]
  return squeeze(matmul(expandDims(a, -2), expandDims(b, -1)), [-2, -1])
}

/** The products of matrices, the last two axes of a, with vectors, the last axis of v; the other axes broadcast. */
export function matvec<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R>,
  v: Tensor<E, S> & NeedsVector<S> & NeedsProduct<D, E>,
): Tensor<Promote<D, E>, Previous<MaxRank<R, Next<S>>>>
export function matvec(a: Tensor, v: Tensor): Tensor {
  expectTensors('matvec', a, v)
  if (a.ndim < 2 || v.ndim < 1) throw rankRefused('matvec', [a, v], 'a matrix and a vector')
  return squeeze(matmul(a, expandDims(v, -1)), -1)
}

/** The products of vectors, the last axis of v, with matrices, the last two axes of a; the other axes broadcast. */
export function vecmat<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  v: Tensor<D, R> & NeedsVector<R>,
  a: Tensor<E, S> & NeedsMatrix<S> & NeedsProduct<D, E>,
): Tensor<Promote<D, E>, Previous<MaxRank<Next<R>, S>>>
export function vecmat(v: Tensor, a: Tensor): Tensor {
  expectTensors('vecmat', v, a)
  if (a.ndim < 2 || v.ndim < 1) throw rankRefused('vecmat', [v, a], 'a vector and a matrix')
  return squeeze(matmul(expandDims(v, -2), a), -2)
}
