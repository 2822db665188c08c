/** Sizes of tensors: norms and spreads. */

import { expectNoMore, expectTensors } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused } from '../errors.ts'
import type { Everything, NeedsAxes, Over, ReducedRank, ReduceOptions } from '../reduced.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isNumeric, numbers, type Rank, type ToFloat } from '../type.ts'
import { abs, sqrt, square, sub } from './arithmetic.ts'
import { ne } from './comparison.ts'
import { pow } from './exponential.ts'
import { normRefused } from './linalg/errors.ts'
import { svdvals } from './linalg/svd.ts'
import { permute } from './move.ts'
import { max, min, normalizeAxes, readOptions, restoreAxes, sum } from './reduce.ts'
import { widely } from './wide.ts'

/** Peak to peak: the largest element less the least, over axes. */
export function ptp<D extends DType, R extends Rank, const O extends Over = Everything>(
  x: Tensor<D, R> & NeedsNumber<D>,
  options?: O & NeedsAxes<R, O>,
): Tensor<D, ReducedRank<R, O>>
export function ptp(x: Tensor, options: Over = {}, ...more: readonly unknown[]): Tensor {
  expectTensors('ptp', x)
  expectNoMore('ptp', more)
  if (!isNumeric(x.dtype)) throw dtypeRefused('ptp', [x], numbers)
  const { keepdims = false, axis } = readOptions('ptp', options)
  const over = { axis: normalizeAxes('ptp', x, axis), keepdims }
  return sub(max(x, over), min(x, over))
}

/**
 * Which norm. Of vectors the p-th root of the sum of p-th powers of magnitudes; Infinity and -Infinity for the extremes, 0 for
 * the count of what is not 0. Of matrices `'fro'`, the root of the sum of squares; `'nuc'`, the sum of singular values; 2 and -2,
 * the extremes of these; 1 and -1, the extremes of the sums of magnitudes in a column, Infinity and -Infinity, in a row.
 */
export interface NormOptions extends ReduceOptions {
  ord?: number | 'fro' | 'nuc'
}

/**
 * NumPy's norm. Without `ord` the root of the sum of squares over the axes, all when none are given (axes alone may stand for
 * options). With `ord` the norm of vectors along one axis, or of matrices in two: without axes those of x, a vector or matrix.
 * Integers give float32.
 */
export function norm<D extends DType, R extends Rank, const O extends Over<NormOptions> = Everything>(
  x: Tensor<D, R>,
  options?: O & NeedsAxes<R, O>,
): Tensor<ToFloat<D>, ReducedRank<R, O>>
export function norm(x: Tensor, options: Over<NormOptions> = {}, ...more: readonly unknown[]): Tensor {
  expectTensors('norm', x)
  expectNoMore('norm', more)
  const { ord, axis, keepdims = false } = readOptions<NormOptions>('norm', options, ['ord'])
  if (ord === undefined) return widely(x, y => sqrt(sum(square(y), { axis: normalizeAxes('norm', x, axis), keepdims })))
  const given = typeof axis === 'number' ? [axis] : (axis ?? x.shape.map((_, i) => i))
  const axes = normalizeAxes('norm', x, given)
  if (axes.length === 1 && typeof ord === 'number' && !Number.isNaN(ord))
    return widely(x, y => vectorNorm(y, ord, { axis: axes, keepdims }))
  const norm = axes.length === 2 && Object.hasOwn(matrixNorms, ord) && matrixNorms[ord as keyof typeof matrixNorms]
  if (!norm) throw normRefused(x, ord, axes.length)
  // In the order in which they were given: rows, then columns.
  const [row, column] = given.map(i => (i < 0 ? i + x.ndim : i)) as [number, number]
  const rest = x.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
  const result = widely(x, y => norm(permute(y, [...rest, row, column])))
  return keepdims ? restoreAxes(result, axes) : result
}

function vectorNorm(x: Tensor, ord: number, over: ReduceOptions): Tensor {
  if (ord === Infinity) return max(abs(x), over)
  if (ord === -Infinity) return min(abs(x), over)
  if (ord === 0) return sum(cast(ne(x, 0), x.dtype), over)
  if (ord === 1) return sum(abs(x), over)
  if (ord === 2) return sqrt(sum(square(x), over))
  return pow(sum(pow(abs(x), ord), over), 1 / ord)
}

const columns = (x: Tensor): Tensor => sum(abs(x), { axis: -2 })
const rows = (x: Tensor): Tensor => sum(abs(x), { axis: -1 })

/** Norms of the last two axes. */
const matrixNorms = {
  fro: (x: Tensor): Tensor => sqrt(sum(square(x), { axis: [-2, -1] })),
  nuc: (x: Tensor): Tensor => sum(svdvals(x), -1),
  2: (x: Tensor): Tensor => max(svdvals(x), -1),
  '-2': (x: Tensor): Tensor => min(svdvals(x), -1),
  1: (x: Tensor): Tensor => max(columns(x), -1),
  '-1': (x: Tensor): Tensor => min(columns(x), -1),
  Infinity: (x: Tensor): Tensor => max(rows(x), -1),
  '-Infinity': (x: Tensor): Tensor => min(rows(x), -1),
}
