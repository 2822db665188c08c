/** NumPy's and Theano's functions about indices: counting, searching, choosing, permuting, and flat positions. */

import { expectList, expectOneOf, expectTensorList, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAtLeast, dimMul, dimProduct, dimSub, dimText } from '../dims.ts'
import { dtypeRefused, rankRefused, sliceWrong } from '../errors.ts'
import { asTensor, constantValue, type DimLike, isConstant, toDim } from '../leaf.ts'
import type { MaxRank } from '../rank.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { HighestRank, RankOf, TogetherType } from '../together.ts'
import { type DType, integers, isFloat, isInteger, type Rank } from '../type.ts'
import { add, floorDiv, minimum, mod, mul, sub } from './arithmetic.ts'
import { isnan, le, logicalAnd, logicalNot, logicalOr, lt, where } from './comparison.ts'
import { dimValue, full, position } from './create.ts'
import { gather, scatter } from './gather.ts'
import type { NeedsRank, NeedsVector } from './linalg/known.ts'
import { join, reshapeTo, sizeOf } from './move.ts'
import { broadcastArrays, normalAxis, stack } from './shape.ts'
import { take, takeAlongAxis } from './take.ts'
import { expectWeights } from './weights.ts'

/**
 * How often each number from 0 on occurs in x, or with `weights` the sum of the weights where it does: int64, or the dtype
 * of the weights. NumPy's result is as long as the largest number wants; here `minlength` is the length, and a number
 * outside of it fails the call.
 */
export function bincount<D extends DType, const O extends { minlength: DimLike; weights?: Tensor }>(
  x: Tensor<D> & NeedsInteger<D>,
  options: O,
): Tensor<O extends { weights: Tensor<infer E> } ? E : 'int64', 1>
export function bincount(x: Tensor, options: { minlength: DimLike; weights?: Tensor }): Tensor {
  expectTensors('bincount', x)
  if (!isInteger(x.dtype)) throw dtypeRefused('bincount', [x], integers)
  const { weights } = namedOptions('bincount', options, ['minlength', 'weights'])
  expectWeights('bincount', x, weights)
  const size = toDim('bincount', options.minlength)
  const flat = reshapeTo(x, [sizeOf(x)])
  const values = weights ? reshapeTo(weights, [sizeOf(weights)]) : full(flat.shape, 1, 'int64')
  const none = full([size], 0, values.dtype)
  const places = { axes: [null], indices: [[0]], mode: 'add', fromStart: true } as const
  return scatter(none, values, [flat], places)
}

/**
 * Where elements of `v` would have to be put into the ascending vector `sorted` so that it stays so: before equal ones, or
 * with `side: 'right'` behind them. NaN comes last. int32, of the shape of v; each is searched for by halves.
 */
export function searchsorted<R extends Rank, V extends Tensor | number>(
  sorted: Tensor<DType, R> & NeedsRank<R, 1>,
  given: V,
  options?: { side?: 'left' | 'right' },
): Tensor<'int32', RankOf<V>>
export function searchsorted(
  sorted: Tensor,
  given: Tensor | number,
  options: { side?: 'left' | 'right' } = {},
): Tensor {
  expectTensors('searchsorted', sorted)
  const { side = 'left' } = namedOptions('searchsorted', options, ['side'])
  expectOneOf('searchsorted', 'side', side, ['left', 'right'])
  const v = asTensor(given, 'searchsorted')
  if (sorted.ndim !== 1) throw rankRefused('searchsorted', [sorted, v], 'a vector to search in')
  return search(sorted, v, side)
}

/** How many steps the search takes whose vector may be of any length that fits into memory. */
const mostSteps = 30

/** How many elements come before each of `v`: bits are tried from the highest on, and stay where the element there does too. */
function search(sorted: Tensor, v: Tensor, side: 'left' | 'right'): Tensor {
  const size = sorted.shape[0]!
  const steps = typeof size === 'number' ? Math.ceil(Math.log2(size + 1)) : mostSteps
  const all = dimValue(size, 'int32')
  // One more, so that there is an element to look at where there are none.
  const elements = dimAtLeast(size, 1) ? sorted : join([sorted, full([1], 0, sorted.dtype)], 0)
  const last = dimValue(dimSub(elements.shape[0]!, 1), 'int32')
  let count: Tensor = full(v.shape, 0, 'int32')
  for (let step = 2 ** (steps - 1); step >= 1; step /= 2) {
    const more = add(count, step)
    const element = take(elements, minimum(sub(more, 1), last), 0)
    count = where(logicalAnd(le(more, all), isBefore(element, v, side)), more, count)
  }
  return count
}

/** True where a sorted element stands before the place of a wanted one. NaN is above every number and equal to itself. */
function isBefore(element: Tensor, wanted: Tensor, side: 'left' | 'right'): Tensor {
  const before = side === 'left' ? lt(element, wanted) : le(element, wanted)
  if (!isFloat(wanted.dtype)) return before
  const behind = isnan(wanted)
  return logicalOr(before, side === 'left' ? logicalAnd(behind, logicalNot(isnan(element))) : behind)
}

/** NumPy's `choose`: out[i..] = choices[index[i..]][i..], all of them broadcast together; an index out of range fails the call. */
export function choose<E extends DType, S extends Rank, const L extends readonly Tensor[]>(
  index: Tensor<E, S> & NeedsInteger<E>,
  choices: L,
): Tensor<TogetherType<L>, MaxRank<S, HighestRank<L>>>
export function choose(index: Tensor, choices: readonly Tensor[]): Tensor {
  expectTensors('choose', index)
  expectTensorList('choose', choices)
  if (!isInteger(index.dtype)) throw dtypeRefused('choose', [index], integers)
  const [at, ...rest] = broadcastArrays(index, ...choices)
  const labels = at!.shape.map((_, axis) => axis)
  return gather(stack(rest), [at!], { axes: [null, ...labels], indices: [labels], fromStart: true })
}

/** NumPy's `unravel_index`: the index along each axis of a shape that flat positions mean. Known positions are checked, no others. */
export function unravelIndex<D extends DType, R extends Rank, const L extends readonly DimLike[]>(
  flat: Tensor<D, R> & NeedsInteger<D>,
  shape: L,
): { -readonly [I in keyof L]: Tensor<D, R> }
export function unravelIndex(flat: Tensor, shape: readonly DimLike[]): Tensor[] {
  expectTensors('unravelIndex', flat)
  expectList('unravelIndex', 'a shape', shape)
  if (!isInteger(flat.dtype)) throw dtypeRefused('unravelIndex', [flat], integers)
  const dims = shape.map(dim => toDim('unravelIndex', dim))
  const size = dimProduct(dims)
  const known =
    isConstant(flat) && typeof size === 'number' ? Array.from(constantValue(flat).data as never, Number) : []
  const outside = known.find(at => at < 0 || at >= Number(size))
  if (outside !== undefined)
    throw sliceWrong('unravelIndex', flat, `index ${outside} is out of range for size ${dimText(size)}`)
  let stride: DimExpr = 1
  return [...dims]
    .reverse()
    .map((dim, i) => {
      const rows = stride === 1 ? flat : floorDiv(flat, dimValue(stride, flat.dtype))
      stride = dimMul(stride, dim)
      return i === dims.length - 1 ? rows : mod(rows, dimValue(dim, flat.dtype))
    })
    .reverse()
}

/** NumPy's `ravel_multi_index`: the flat positions that an index along each axis of a shape means. Indices are not checked. */
export function ravelMultiIndex<const L extends readonly Tensor[]>(
  indices: L & NeedsInteger<TogetherType<L>>,
  shape: readonly DimLike[],
): Tensor<TogetherType<L>, HighestRank<L>>
export function ravelMultiIndex(indices: readonly Tensor[], shape: readonly DimLike[]): Tensor {
  expectTensorList('ravelMultiIndex', indices)
  expectList('ravelMultiIndex', 'a shape', shape)
  if (indices.length === 0 || indices.length !== shape.length)
    throw rankRefused('ravelMultiIndex', indices, `an index for each of ${shape.length} axes, not ${indices.length}`)
  const wrong = indices.find(index => !isInteger(index.dtype))
  if (wrong) throw dtypeRefused('ravelMultiIndex', [wrong], integers)
  return indices
    .slice(1)
    .reduce(
      (flat, index, i) => add(mul(flat, dimValue(toDim('ravelMultiIndex', shape[i + 1]!), flat.dtype)), index),
      indices[0]!,
    )
}

/** Theano's `permute_row_elements`: each row of x with its elements in the order that `order` (one row, or one each) names. */
export function permuteRowElements<D extends DType, R extends Rank, E extends DType>(
  x: Tensor<D, R> & NeedsVector<R>,
  order: Tensor<E> & NeedsInteger<E>,
  options?: { inverse?: boolean },
): Tensor<D, R>
export function permuteRowElements(x: Tensor, order: Tensor, options: { inverse?: boolean } = {}): Tensor {
  expectTensors('permuteRowElements', x, order)
  const by = namedOptions('permuteRowElements', options, ['inverse']).inverse ? inversePermutation(order) : order
  const lead = x.ndim - by.ndim
  return takeAlongAxis(x, reshapeTo(by, [...x.shape.slice(0, lead).map(() => 1), ...by.shape]), { axis: -1 })
}

/** Theano's `inverse_permutation`: for each row of a permutation where in it each number stands. */
export function inversePermutation<D extends DType, R extends Rank>(
  order: Tensor<D, R> & NeedsInteger<D> & NeedsVector<R>,
): Tensor<D, R>
export function inversePermutation(order: Tensor): Tensor {
  expectTensors('inversePermutation', order)
  if (!isInteger(order.dtype)) throw dtypeRefused('inversePermutation', [order], integers)
  const axis = normalAxis('inversePermutation', order, -1)
  const labels = order.shape.map((_, i) => i)
  const numbers = position(`$${axis}`, order.shape, order.dtype)
  return scatter(full(order.shape, 0, order.dtype), numbers, [order], {
    axes: labels.map(i => (i === axis ? null : i)),
    indices: [labels],
    mode: 'set',
    fromStart: true,
  })
}
