/**
 * What is carried along an axis: running sums and products, and linear recurrences, which their derivatives are made of.
 * An axis is taken as the middle one of [outer, n, inner], so elements stay where they are.
 */
import { expectNoMore, expectTensors, optionsOf } from '../arguments.ts'
import type { RoutineFunction, RoutineOp, RoutineType } from '../define.ts'
import { type DimExpr, dimAdd, dimProduct, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { AlongRank, Asked, Everything, NeedsAxes, Summed } from '../reduced.ts'
import { applyRoutine, resultsOf, routine } from '../routine.ts'
import type { Tensor } from '../tensor.ts'
import { allTypes, type DType, floats, isFloat, type Rank } from '../type.ts'
import { add, mul } from './arithmetic.ts'
import { eq, where } from './comparison.ts'
import { position } from './create.ts'
import { reshapeTo, sliceAxis, spread } from './move.ts'
import { normalAxis } from './shape.ts'

interface Direction {
  /** From the last element to the first. */
  reverse: boolean
}

/** A place along the middle axis of [outer, n, inner]: its position, the one before it (-1 before the first), and that of what it carries. */
type Turn = readonly [at: number, before: number, lane: number]

/** All places along the middle axis of [outer, n, inner], in either direction. */
function* walk([outer, n, inner]: readonly number[], reverse: boolean): Generator<Turn> {
  const step = reverse ? -inner! : inner!
  for (let o = 0; o < outer!; o++) {
    for (let k = 0; k < n!; k++) {
      const row = (o * n! + (reverse ? n! - 1 - k : k)) * inner!
      for (let j = 0; j < inner!; j++) yield [row + j, k === 0 ? -1 : row + j - step, j]
    }
  }
}

/** Carries on in float64 or, as bigint, in int64; what is stored is rounded. `start` is what changes no element. */
function accumulating(step: (total: number, x: number) => number, start: number): RoutineFunction {
  return ([x], [y], [outer, n, inner, reverse]) => {
    const whole = y instanceof BigInt64Array
    const first = whole ? BigInt(start) : start
    const carried: (number | bigint)[] = new Array(inner!)
    // One formula serves number and bigint, which share no type with operators.
    const next = step as (total: unknown, x: unknown) => number | bigint
    for (const [at, before, lane] of walk([outer!, n!, inner!], reverse === 1)) {
      const total = next(before < 0 ? first : carried[lane], whole ? BigInt(x![at]!) : x![at])
      carried[lane] = whole ? BigInt.asIntN(64, total as bigint) : total
      y![at] = carried[lane]!
    }
    return 0
  }
}

const summed = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'int64')

const sizes = ({ shape }: RoutineType, { reverse }: Direction) => [...shape, Number(reverse)]

/** Room for what is carried along with each element of the inner axis. */
const room = ({ dtype, shape }: RoutineType): { dtype: DType; size: DimExpr } => ({
  dtype: isFloat(dtype) ? 'float64' : 'int64',
  size: shape[2]!,
})

const directionOf = (node: Tensor) => node.attrs as Direction

function cumulative(
  name: string,
  doc: string,
  js: RoutineFunction,
  derivatives: Pick<RoutineOp, 'pullback' | 'pushforward'>,
): RoutineOp {
  const op: RoutineOp = routine({
    name,
    doc,
    js,
    ...derivatives,
    examples: input => [
      cumulate(op, input(['m', 'n', 1]), false),
      cumulate(op, input([2, 'n', 'm']), false),
      cumulate(op, input(['n', 5, 2]), true),
    ],
    accepts: allTypes,
    ranks: [3],
    results: ([x]) => [{ dtype: summed(x!.dtype), shape: x!.shape }],
    numbers: ([x], attrs) => sizes(x!, attrs as Direction),
    scratch: ([x]) => [room(x!)],
    cpp: { header: 'routines/cumulative.hpp', name },
  })
  return op
}

/** Along the middle axis of x. */
const cumulate = (op: RoutineOp, x: Tensor, reverse: boolean): Tensor =>
  applyRoutine(op, [x], { reverse } satisfies Direction)[0]!

export const cumsumOp: RoutineOp = cumulative(
  'cumsum',
  'Running sums along the middle axis; integers and bool in int64, floats carried on in float64.',
  accumulating((total, x) => total + x, -0),
  {
    pullback: (node, [g]) => [g && cumulate(cumsumOp, g, !directionOf(node).reverse)],
    pushforward: (node, [t]) => [t && cumulate(cumsumOp, t, directionOf(node).reverse)],
  },
)

export const cumprodOp: RoutineOp = cumulative(
  'cumprod',
  'Running products along the middle axis; integers and bool in int64, floats carried on in float64.',
  accumulating((total, x) => total * x, 1),
  {
    // Right with zeros too: nothing is divided. Each factor stands between the product before it and a sum over what follows.
    pullback: (node, [g]) => {
      const { reverse } = directionOf(node)
      return [g && mul(productBefore(node), recur(node.inputs[0]!, g, { reverse: !reverse, late: true }))]
    },
    pushforward: (node, [t]) => {
      const { reverse } = directionOf(node)
      return [t && recur(node.inputs[0]!, mul(productBefore(node), t), { reverse, late: false })]
    },
  },
)

interface RecurrenceAttrs extends Direction {
  /** The coefficient is that of the element before. */
  late: boolean
}

const recurrenceOp: RoutineOp = routine({
  name: 'recurrence',
  doc: 'y[k] = b[k] + a[k] y[k - 1] along the middle axis, carried on in float64: what the derivative of cumprod is.',
  examples: input => [
    recur(input(['m', 'n', 1]), input(['m', 'n', 1]), { reverse: false, late: false }),
    recur(input([2, 'n', 'm']), input([2, 'n', 'm']), { reverse: true, late: true }),
    recur(input(['n', 4, 2]), input(['n', 4, 2]), { reverse: true, late: false }),
    recur(input([1, 'n', 3]), input([1, 'n', 3]), { reverse: false, late: true }),
  ],
  accepts: floats,
  ranks: [3, 3],
  results: ([a]) => [a!],
  numbers: ([a], attrs) => [...sizes(a!, attrs as Direction), Number((attrs as RecurrenceAttrs).late)],
  scratch: ([a]) => [room(a!)],
  js: ([a, b], [y], [outer, n, inner, reverse, late]) => {
    const carried = new Float64Array(inner!)
    const [as, bs] = [a, b] as [Float64Array, Float64Array]
    for (const [at, before, lane] of walk([outer!, n!, inner!], reverse === 1)) {
      carried[lane] = bs[at]! + (before < 0 ? 0 : as[late ? before : at]! * carried[lane]!)
      y![at] = carried[lane]!
    }
    return 0
  },
  cpp: { header: 'routines/cumulative.hpp', name: 'recurrence' },
  pullback: (node, [g]) => {
    if (!g) return []
    const { reverse, late } = node.attrs as RecurrenceAttrs
    const [a] = node.inputs as [Tensor]
    const [y] = resultsOf(node) as [Tensor]
    const ofB = recur(a, g, { reverse: !reverse, late: !late })
    return [late ? mul(y, before(ofB, !reverse)) : mul(ofB, before(y, reverse)), ofB]
  },
  pushforward: (node, [ofA, ofB]) => {
    const { reverse, late } = node.attrs as RecurrenceAttrs
    const [a] = node.inputs as [Tensor]
    const [y] = resultsOf(node) as [Tensor]
    const through = ofA && (late ? before(mul(ofA, y), reverse) : mul(ofA, before(y, reverse)))
    const added = through && ofB ? add(through, ofB) : (through ?? ofB)
    return [added && recur(a, added, { reverse, late })]
  },
})

const recur = (a: Tensor, b: Tensor, attrs: RecurrenceAttrs): Tensor => applyRoutine(recurrenceOp, [a, b], attrs)[0]!

/** At each place of the middle axis what x has at the place before, 0 at the first. */
function before(x: Tensor, reverse: boolean): Tensor {
  const n = x.shape[1]!
  return sliceAxis(spread(x, 1, reverse ? 0 : 1, 1, dimAdd(n, 1)), 1, reverse ? 1 : 0, n)
}

/** The product of all elements before each place. */
function productBefore(node: Tensor): Tensor {
  const { reverse } = directionOf(node)
  const [product] = resultsOf(node) as [Tensor]
  const n = product.shape[1]!
  const first = eq(position(reverse ? dimSub(n, '$0') : dimAdd('$0', 1), [n, 1], 'int32'), 1)
  return where(first, constant(1, product.dtype), before(product, reverse))
}

/** Options of running sums and products. */
export interface CumulativeOptions {
  /** The axis to go along; all elements in one row when there is none. */
  axis?: number | null | undefined
  /** The dtype in which elements are taken and the result is; that of x unless given, int64 for integers and bool. */
  dtype?: DType | undefined
}

type Cumulative = <D extends DType, R extends Rank, const O extends CumulativeOptions | number = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<Asked<O, Summed<D>>, AlongRank<R, O, 1>>

const cumulator =
  (op: RoutineOp) =>
  (x: Tensor, over: CumulativeOptions | number, more: readonly unknown[]): Tensor => {
    expectTensors(op.name, x)
    expectNoMore(op.name, more)
    const { axis, dtype } = optionsOf<CumulativeOptions>(op.name, over, ['axis', 'dtype'])
    const operand = dtype ? cast(x, dtype) : x
    const shape = axis == null ? [dimProduct(x.shape)] : x.shape
    const along = axis == null ? 0 : normalAxis(op.name, x, axis)
    const rows = [dimProduct(shape.slice(0, along)), shape[along]!, dimProduct(shape.slice(along + 1))]
    const result = reshapeTo(cumulate(op, reshapeTo(operand, rows), false), shape)
    return dtype ? cast(result, dtype) : result
  }

/** Running sums along an axis, of all elements in one row when there is none; floats are carried on in float64. */
export const cumsum: Cumulative = (x, over, ...more: readonly unknown[]) =>
  cumulator(cumsumOp)(x, over ?? {}, more) as never

/** Running products along an axis, of all elements in one row when there is none; floats are carried on in float64. */
export const cumprod: Cumulative = (x, over, ...more: readonly unknown[]) =>
  cumulator(cumprodOp)(x, over ?? {}, more) as never
