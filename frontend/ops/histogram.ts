/** How elements are spread over intervals. */

import { expectNoMore, expectTensors, optionsOf, type Placed } from '../arguments.ts'
import { type DimExpr, dimAdd, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused, rankRefused } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import type { Everything } from '../reduced.ts'
import type { NeedsNumber } from '../refused.ts'
import { Tensor } from '../tensor.ts'
import { type DType, isFloat, isNumeric, numbers, type ToFloat } from '../type.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { eq, ge, le, logicalAnd, where } from './comparison.ts'
import { dimValue, full } from './create.ts'
import { diff } from './difference.ts'
import { rangeWrong } from './errors.ts'
import { placesUpTo } from './mask.ts'
import { reshapeTo, sizeOf, sliceAxis } from './move.ts'
import { linspace } from './range.ts'
import { max, min, sum } from './reduce.ts'
import { searchsorted } from './search.ts'
import { expectWeights } from './weights.ts'

/** The intervals of a histogram, and what is counted. */
export interface HistogramOptions {
  /** How many intervals of one width, 10 when absent; or their ascending edges, one more than intervals. */
  bins?: DimLike | readonly number[] | Tensor
  /** From where to where intervals of one width go: from the least element to the largest when absent. */
  range?: readonly [number | Tensor, number | Tensor]
  /** What each element counts, in the shape of x; 1 when absent. */
  weights?: Tensor
  /** Densities, which sum to 1 over the widths of the intervals, in place of counts. */
  density?: boolean
}

type EdgesOf<O, D extends DType> = O extends { bins: Tensor<infer E> } ? E : ToFloat<D>

type CountsOf<O, D extends DType> = O extends { density: infer Density }
  ? [Density] extends [true]
    ? ToFloat<EdgesOf<O, D>>
    : DType
  : O extends { weights: Tensor<infer E> }
    ? E
    : 'int64'

/**
 * NumPy's `histogram`: how many elements of the flattened x lie in each interval, and the edges of the intervals. An interval
 * has its lower edge, the last one both; what is outside, and NaN, does not count. Counts are int64, or of the dtype of the
 * weights; edges are of x's float dtype, float32 for integers.
 */
export function histogram<D extends DType, const O extends Placed<HistogramOptions> = Everything>(
  x: Tensor<D> & NeedsNumber<D>,
  options?: O,
): [counts: Tensor<CountsOf<O, D>, 1>, edges: Tensor<EdgesOf<O, D>, 1>]
export function histogram(
  x: Tensor,
  options: Placed<HistogramOptions> = {},
  ...more: readonly unknown[]
): [counts: Tensor, edges: Tensor] {
  expectTensors('histogram', x)
  expectNoMore('histogram', more)
  const given = optionsOf<HistogramOptions>('histogram', options, ['bins', 'range', 'weights', 'density'])
  const { weights, density = false } = given
  if (!isNumeric(x.dtype)) throw dtypeRefused('histogram', [x], numbers)
  expectWeights('histogram', x, weights)
  const flat = reshapeTo(x, [sizeOf(x)])
  const edges = edgesOf(flat, given)
  const bins = dimSub(edges.shape[0]!, 1)
  const values = weights ? reshapeTo(weights, [sizeOf(weights)]) : full(flat.shape, 1, 'int64')
  const counts = placesUpTo(intervalOf(flat, edges, bins), values, bins, constant(0, values.dtype), 'add')
  if (!density) return [counts, edges]
  const shares = cast(counts, edges.dtype)
  return [div(shares, mul(sum(shares), diff(edges))), edges]
}

/** The interval of each element; their number for those that are in none. */
function intervalOf(x: Tensor, edges: Tensor, bins: DimExpr): Tensor {
  const [first, last] = [sliceAxis(edges, 0, 0, 1), sliceAxis(edges, 0, bins, 1)]
  const [none, final] = [dimValue(bins, 'int32'), dimValue(dimSub(bins, 1), 'int32')]
  const found = where(eq(x, last), final, sub(searchsorted(edges, x, { side: 'right' }), 1))
  return where(logicalAnd(ge(x, first), le(x, last)), found, none)
}

function edgesOf(x: Tensor, { bins = 10, range }: HistogramOptions): Tensor {
  const isList = Array.isArray(bins) && bins.every(edge => typeof edge === 'number')
  if (isList || (bins instanceof Tensor && bins.ndim > 0)) {
    const edges = bins instanceof Tensor ? bins : constant(bins, floatLike(x))
    if (edges.ndim !== 1 || edges.shape[0] === 0 || edges.shape[0] === 1)
      throw rankRefused('histogram', [edges], 'bins as a count, or as a vector of at least two edges')
    return edges
  }
  const count = toDim('histogram', bins as DimLike)
  if (count === 0) throw rangeWrong('histogram', 'bins is a count from 1 on, not 0')
  const [low, high] = range ?? [min(x), max(x)]
  if (typeof low === 'number' && typeof high === 'number' && !(low <= high && Number.isFinite(high - low)))
    throw rangeWrong('histogram', `range goes from ${low} to ${high}: it must rise, and be finite`)
  // A single point lies in the middle of an interval of width 1, as in NumPy.
  const [from, to] = [low, high].map(end => floatOf(end, x))
  const around = where(eq(from!, to!), constant(0.5, from!.dtype), constant(0, from!.dtype))
  return linspace(sub(from!, around), add(to!, around), dimAdd(count, 1))
}

const floatLike = ({ dtype }: Tensor): DType => (isFloat(dtype) ? dtype : 'float32')

const floatOf = (end: number | Tensor, x: Tensor): Tensor =>
  typeof end === 'number' ? constant(end, floatLike(x)) : cast(end, floatLike(x))
