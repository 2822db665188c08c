/** Order along an axis. */

import { byteWidth } from '../../runtime/manifest.ts'
import { expectNoMore, expectTensors, optionsOf } from '../arguments.ts'
import type { RoutineFunction, RoutineOp } from '../define.ts'
import { dimAdd, dimMul, dimProduct } from '../dims.ts'
import type { AlongRank, Everything, NeedsAxes } from '../reduced.ts'
import { applyRoutine, resultsOf, routine } from '../routine.ts'
import type { Tensor } from '../tensor.ts'
import { allTypes, type DType, type Rank } from '../type.ts'
import { gather, scatter } from './gather.ts'
import { reshapeTo } from './move.ts'
import { normalAxis, swapaxes } from './shape.ts'

/** Options of what goes along one axis: the last unless given; `null` is all of them in one, the tensor flattened. */
export interface AlongOptions {
  axis?: number | null
}

export interface SortOptions extends AlongOptions {
  /** The largest first. NaN counts as the largest of all. */
  descending?: boolean
}

interface SortAttrs {
  descending: boolean
}

/** Ascending, NaN after everything, -0 as 0. */
function compare(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1
  if (a > b) return 1
  return a === b ? 0 : Number(a !== a) - Number(b !== b)
}

type Row = ArrayLike<number | bigint>

/** The positions of elements in order. */
function orderOf(row: Row, descending: boolean): Int32Array {
  const order = Int32Array.from(row, (_, i) => i)
  return order.sort(descending ? (i, j) => compare(row[j]!, row[i]!) : (i, j) => compare(row[i]!, row[j]!))
}

const sortRow: RoutineFunction = ([x], [values, indices], [size, descending]) =>
  firstOfRow([x!], [values, indices], [size!, size!, descending!])

const firstOfRow: RoutineFunction = ([x], [values, indices], [size, count, descending]) => {
  if (count! > size!) return 1
  const row = x as unknown as Row
  const order = orderOf(row, descending === 1).subarray(0, count)
  indices?.set(order as never)
  order.forEach((from, to) => {
    if (values) values[to] = row[from]! as never
  })
  return 0
}

/** What both routines share: where elements came from is where cotangents go. */
const moves: Pick<RoutineOp, 'pullback' | 'pushforward'> = {
  pullback: (node, [g], _, calculus) => [g && putBack(calculus.zeroLike(node.inputs[0]!), g, resultsOf(node)[1]!)],
  pushforward: (node, [t]) => [t && chosen(t, resultsOf(node)[1]!)],
}

export const sortOp = routine({
  name: 'sort',
  doc: 'A row in ascending or descending order, stable, NaN as the largest, and the int32 positions that its elements had.',
  examples: input => {
    const apply = (x: Tensor, descending: boolean) => applyRoutine(sortOp, [x], { descending } satisfies SortAttrs)
    return [apply(input(['m', 'n']), false)[0]!, ...apply(input(['n', 70]), true)]
  },
  accepts: allTypes,
  ranks: [1],
  results: ([x]) => [x!, { dtype: 'int32', shape: x!.shape }],
  numbers: ([x], attrs) => [x!.shape[0]!, Number((attrs as SortAttrs).descending)],
  scratch: ([x], _, [, located]) => [
    { dtype: 'uint8', size: dimMul(2 * byteWidth[x!.dtype], x!.shape[0]!) },
    { dtype: 'int32', size: located ? x!.shape[0]! : 0 },
  ],
  js: sortRow,
  cpp: { header: 'routines/sort.hpp', name: 'sort' },
  ...moves,
})

interface FirstAttrs extends SortAttrs {
  count: number
}

/** The first elements that `sort` would give, without sorting the others. */
export const firstOp = routine({
  name: 'firstSorted',
  doc: 'The first elements of a row in ascending or descending order, as sort has them, and their int32 positions.',
  examples: input => [
    ...firstSorted(input(['m', 20]), 3, true),
    ...firstSorted(input(['m', dimAdd('n', 9)]), 9, false),
    firstSorted(input([100]), 1, false)[1],
  ],
  accepts: allTypes,
  ranks: [1],
  results: ([x], attrs) => {
    const shape = [(attrs as FirstAttrs).count]
    return [
      { dtype: x!.dtype, shape },
      { dtype: 'int32', shape },
    ]
  },
  numbers: ([x], attrs) => [x!.shape[0]!, (attrs as FirstAttrs).count, Number((attrs as FirstAttrs).descending)],
  scratch: ([x], attrs, [, located]) => [
    { dtype: 'uint8', size: byteWidth[x!.dtype] * (attrs as FirstAttrs).count },
    { dtype: 'int32', size: located ? 0 : (attrs as FirstAttrs).count },
  ],
  js: firstOfRow,
  cpp: { header: 'routines/sort.hpp', name: 'firstSorted' },
  failure: attrs => `there are fewer than ${(attrs as FirstAttrs).count} elements in a row`,
  ...moves,
})

/** The first `count` elements of each row in order, and their positions. */
export const firstSorted = (x: Tensor, count: number, descending: boolean): [Tensor, Tensor] =>
  applyRoutine(firstOp, [x], { count, descending } satisfies FirstAttrs) as [Tensor, Tensor]

/** Elements of each row by their positions there: out[.., i] = x[.., index[.., i]]. */
function chosen(x: Tensor, index: Tensor): Tensor {
  const labels = x.shape.map((_, i) => i)
  return gather(x, [index], { axes: [...labels.slice(0, -1), null], indices: [labels], fromStart: true })
}

/** Zeros with values put into each row where elements were taken from: `chosen` backwards. */
function putBack(zeros: Tensor, values: Tensor, index: Tensor): Tensor {
  const labels = values.shape.map((_, i) => i)
  const places = { axes: [...labels.slice(0, -1), null], indices: [labels] }
  return scatter(zeros, values, [index], { ...places, mode: 'add', fromStart: true })
}

/** What is done along the last axis, done along another, or to all elements in one row. */
export function alongAxis(op: string, x: Tensor, axis: number | null, row: (x: Tensor) => Tensor): Tensor {
  expectTensors(op, x)
  if (axis === null) return row(reshapeTo(x, [dimProduct(x.shape)]))
  return alongRows(x, normalAxis(op, x, axis), rows => [row(rows)])[0]!
}

/** Results of what is done along the last axis, done along another. */
export function alongRows(x: Tensor, axis: number, done: (rows: Tensor) => readonly Tensor[]): readonly Tensor[] {
  const last = x.ndim - 1
  return axis === last ? done(x) : done(swapaxes(x, axis, last)).map(y => swapaxes(y, axis, last))
}

type Sorting = <D extends DType, R extends Rank, const O extends SortOptions | number = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<D, AlongRank<R, O>>

type Ordering = <R extends Rank, const O extends SortOptions | number = Everything>(
  x: Tensor<DType, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<'int32', AlongRank<R, O>>

const sorter =
  (name: string, result: number) =>
  (x: Tensor, over: SortOptions | number = {}, ...more: readonly unknown[]): Tensor => {
    expectTensors(name, x)
    expectNoMore(name, more)
    const { axis = -1, descending = false } = optionsOf<SortOptions>(name, over, ['axis', 'descending'])
    return alongAxis(name, x, axis, row => applyRoutine(sortOp, [row], { descending } satisfies SortAttrs)[result]!)
  }

/** x with its elements along an axis in order, ascending unless `descending`; equal ones keep theirs, NaN is the largest. */
export const sort: Sorting = (x, ...over) => sorter('sort', 0)(x, ...over) as never

/** The int32 positions along an axis that put x in order; equal elements keep theirs, NaN is the largest. */
export const argsort: Ordering = (x, ...over) => sorter('argsort', 1)(x, ...over) as never
