/** The different elements of a tensor. */
import { expectTensors, namedOptions } from '../arguments.ts'
import { dimMax, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, type Rank } from '../type.ts'
import { sub } from './arithmetic.ts'
import { eq, isnan, logicalAnd, logicalNot, logicalOr, ne } from './comparison.ts'
import { full, position } from './create.ts'
import { cumsum } from './cumulative.ts'
import { scatter } from './gather.ts'
import { chosenUpTo, type PadOptions, placesUpTo, roomOf } from './mask.ts'
import { reshapeTo, sizeOf } from './move.ts'
import { sum } from './reduce.ts'
import { argsort, sort } from './sort.ts'
import { take } from './take.ts'

/** What `unique` finds; only what is used is computed. */
export interface Unique<D extends DType = DType, R extends Rank = Rank> {
  /** The different elements in ascending order: `size` of them, `fill` behind the last. */
  values: Tensor<D, 1>
  /** The int32 number of different elements, all of them, also beyond `size`. */
  count: Tensor<'int32', 0>
  /** For each value the int32 position in the flattened x where it first stands; 0 behind the last. */
  indices: Tensor<'int32', 1>
  /** For each element of x the int32 place of its value, which is beyond `size` where that is left out. */
  inverse: Tensor<'int32', R>
  /** How often each value stands in x, int64; 0 behind the last. */
  counts: Tensor<'int64', 1>
}

/**
 * NumPy's `unique`, padded: the different elements of the flattened x in ascending order, in `size` places; those behind the
 * last are `fill` (0), and values beyond are left out. All NaN are one. Gradients flow to the first of equal elements.
 */
export function unique<D extends DType, R extends Rank>(x: Tensor<D, R>, options: PadOptions): Unique<D, R>
export function unique(x: Tensor, options: PadOptions): Record<keyof Unique, Tensor> {
  expectTensors('unique', x)
  namedOptions('unique', options, ['size', 'fill'])
  const { size, fill = 0 } = options
  const room = roomOf('unique', size)
  const flat = reshapeTo(x, [sizeOf(x)])
  const [sorted, from] = [sort(flat), argsort(flat)]
  const isFirst = startsRun(sorted)
  const place = sub(cast(cumsum(cast(isFirst, 'int64'), 0), 'int32'), 1)
  const ones = full(flat.shape, 1, 'int64')
  const inverse = scatter(full(flat.shape, 0, 'int32'), place, [from], { ...row, mode: 'set', fromStart: true })
  return {
    values: chosenUpTo(isFirst, sorted, room, constant(fill, x.dtype)),
    count: cast(sum(cast(isFirst, 'int64')), 'int32'),
    indices: chosenUpTo(isFirst, from, room, constant(0, 'int32')),
    inverse: reshapeTo(inverse, x.shape),
    counts: placesUpTo(place, ones, room, constant(0, 'int64'), 'add'),
  }
}

const row = { axes: [null], indices: [[0]] }

/** True for the first of each run of equal elements of a sorted row. */
function startsRun(sorted: Tensor): Tensor {
  const before = take(sorted, position(dimMax(dimSub('$0', 1), 0), sorted.shape, 'int32'), 0)
  const differs = ne(sorted, before)
  const bothNan = isFloat(sorted.dtype) && logicalAnd(isnan(sorted), isnan(before))
  const isNew = bothNan ? logicalAnd(differs, logicalNot(bothNan)) : differs
  return logicalOr(isNew, eq(position('$0', sorted.shape, 'int32'), 0))
}
