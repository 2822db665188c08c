/** Products of matrices and of tensors that NumPy and Theano have names for. */
import { expectTensorList, expectTensors } from '../../arguments.ts'
import { type DimExpr, dimMul } from '../../dims.ts'
import { dimsDiffer, rankRefused, rankTooHigh } from '../../errors.ts'
import type { CommonRank, CommonType, NeedsTensor } from '../../operand.ts'
import { highestRank, type Next, type Previous } from '../../rank.ts'
import type { NeedsNumber, Unless } from '../../refused.ts'
import type { Operand, Tensor } from '../../tensor.ts'
import type { RankOf, SameRank, TogetherType } from '../../together.ts'
import { type DType, type Promote, type Rank, unify } from '../../type.ts'
import { mul } from '../arithmetic.ts'
import { agree, contract, pairedAxes, productOperands, type TensordotAxes } from '../contract.ts'
import { reshapeTo } from '../move.ts'
import { expandDims } from '../shape.ts'
import { einsum } from './einsum.ts'
import type { DotRank, NeedsVector, TensordotRank } from './known.ts'

/**
 * Theano's batched_tensordot: for each element of the first axis of both the sum over pairs of axes. A number of axes means
 * the last ones of a with the first behind b's batch axis; lists count the batch axis.
 */
export function batchedTensordot<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const A extends TensordotAxes = 2,
>(
  left: Tensor<D, R> & NeedsVector<R>,
  right: Tensor<E, S> & NeedsVector<S> & NeedsNumber<Promote<D, E>>,
  axes?: A,
): Tensor<Promote<D, E>, TensordotRank<R, S, A, 1>>
export function batchedTensordot(left: Tensor, right: Tensor, axes: TensordotAxes = 2): Tensor {
  const op = 'batchedTensordot'
  expectTensors(op, left, right)
  if (left.ndim === 0 || right.ndim === 0) throw rankRefused(op, [left, right], 'a batch axis on both sides')
  const [a, b] = productOperands(op, left, right)
  const unified = unify(a.shape[0]!, b.shape[0]!)
  if (unified === 'differ') throw dimsDiffer(op, [a, b], 0, a.shape[0]!, b.shape[0]!)
  const [over, under] = pairedAxes(op, a, b, axes, 1)
  const checks = [...over.flatMap((i, k) => agree(op, a, b, i, under[k]!)), ...(unified.check ? [unified.check] : [])]
  const leftLabels = a.shape.map((_, i) => i)
  const rightLabels = b.shape.map((_, j) => (j === 0 ? 0 : under.includes(j) ? over[under.indexOf(j)]! : a.ndim + j))
  const out = [
    ...leftLabels.filter(i => !over.includes(i)),
    ...rightLabels.filter((_, j) => j > 0 && !under.includes(j)),
  ]
  if (out.length > highestRank) throw rankTooHigh(op, out.length)
  return contract(a, leftLabels, b, rightLabels, out, checks)
}

/**
 * Theano's batched_dot: for each element of the first axis of both the sum over the last axis of a and the second last of b
 * (the last, where its elements are vectors). Vectors on either side are scaled.
 */
export function batchedDot<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  left: Tensor<D, R> & NeedsVector<R>,
  right: Tensor<E, S> & NeedsVector<S> & NeedsNumber<Promote<D, E>>,
): Tensor<Promote<D, E>, Next<DotRank<Previous<R>, Previous<S>>>>
export function batchedDot(left: Tensor, right: Tensor): Tensor {
  expectTensors('batchedDot', left, right)
  if (left.ndim === 0 || right.ndim === 0) throw rankRefused('batchedDot', [left, right], 'a batch axis on both sides')
  const axes: TensordotAxes = left.ndim === 1 || right.ndim === 1 ? 0 : [left.ndim - 1, Math.max(right.ndim - 2, 1)]
  return batchedTensordot(left, right, axes)
}

/** The Kronecker product, up to rank 4: each element of a times the whole of b. A lower rank is filled up with axes of size 1 in front. */
export function kron<A extends Operand, B extends Operand>(
  left: A,
  right: B & NeedsTensor<A | B> & NeedsNumber<CommonType<[A, B]>>,
): Tensor<CommonType<[A, B]>, CommonRank<[A, B]>>
export function kron(left: Operand, right: Operand): Tensor {
  const [first, second] = productOperands('kron', left, right)
  const rank = Math.max(first.ndim, second.ndim)
  if (2 * rank > highestRank) throw rankTooHigh('kron', 2 * rank)
  const filled = (x: Tensor) => reshapeTo(x, [...new Array<DimExpr>(rank - x.ndim).fill(1), ...x.shape])
  const [a, b] = [filled(first), filled(second)]
  const axes = Array.from({ length: rank }, (_, i) => i)
  const apart = mul(
    expandDims(
      a,
      axes.map(i => 2 * i + 1),
    ),
    expandDims(
      b,
      axes.map(i => 2 * i),
    ),
  )
  return reshapeTo(
    apart,
    axes.map(i => dimMul(a.shape[i]!, b.shape[i]!)),
  )
}

/** The product of matrices, multiplied in the order that is cheapest where all sizes are known. */
export function matrixDot<const L extends readonly Tensor[]>(
  ...matrices: L & Unless<2 extends SameRank<L> ? false : true, 'matrices'>
): Tensor<TogetherType<L>, 2>
export function matrixDot(...matrices: readonly Tensor[]): Tensor {
  expectTensorList('matrixDot', matrices)
  if (matrices.length === 0 || matrices.some(x => x.ndim !== 2)) throw rankRefused('matrixDot', matrices, 'matrices')
  if (matrices.length > 50) throw rankRefused('matrixDot', matrices.slice(0, 1), 'at most 50 matrices')
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  for (let i = 1; i < matrices.length; i++) agree('matrixDot', matrices[i - 1]!, matrices[i]!, 1, 0)
  const terms = matrices.map((_, i) => `${letters[i]}${letters[i + 1]}`)
  return einsum(`${terms.join(',')}->a${letters[matrices.length]}`, ...matrices)
}

/** The sum of products of two vectors over the last axis of both, as NumPy's inner; of a scalar and any tensor the product. */
export function inner<A extends Operand, B extends Operand>(
  left: A,
  right: B & NeedsTensor<A | B> & NeedsNumber<CommonType<[A, B]>>,
): Tensor<CommonType<[A, B]>, DotRank<RankOf<A>, RankOf<B>>>
export function inner(left: Operand, right: Operand): Tensor {
  const [a, b] = productOperands('inner', left, right)
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b)
  const out = a.ndim + b.ndim - 2
  if (out > highestRank) throw rankTooHigh('inner', out)
  const shared = a.ndim - 1
  const leftLabels = a.shape.map((_, i) => i)
  const rightLabels = b.shape.map((_, j) => (j === b.ndim - 1 ? shared : a.ndim + j))
  const kept = [...leftLabels.slice(0, -1), ...rightLabels.slice(0, -1)]
  return contract(a, leftLabels, b, rightLabels, kept, agree('inner', a, b, a.ndim - 1, b.ndim - 1))
}
