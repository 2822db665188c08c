/** Reductions of what was reduced, moved, repeated, negated or scaled. */
import type { ReductionOp } from '../define.ts'
import { dimAtLeast, dimEqual, dimProduct } from '../dims.ts'
import { opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformScalar, uniformValue } from '../match.ts'
import { maximum, minimum, mul, neg } from '../ops/arithmetic.ts'
import { eq, ge, logicalAnd, logicalNot, logicalOr, lt, where, whereOp } from '../ops/comparison.ts'
import { dimValue, type PositionAttrs, position, positionOp } from '../ops/create.ts'
import {
  broadcastShape,
  broadcastToOp,
  type ConcatenateAttrs,
  concatenateOp,
  join,
  permute,
  reshapeOp,
  reshapeTo,
  type TransposeAttrs,
  transposeOp,
} from '../ops/move.ts'
import {
  all,
  allOp,
  any,
  anyOp,
  max,
  maxOp,
  min,
  minOp,
  prod,
  prodOp,
  type ReduceAttrs,
  reduce,
  sum,
  sumOp,
} from '../ops/reduce.ts'
import { procedure, type Rule, type RuleOptions, ruleOverAxes } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, isInteger, isNumeric } from '../type.ts'
import { alignOnes, inShape } from './axes.ts'
import { numberOf } from './facts.ts'

/** Reductions whose result has the type of what they add up: those that can be split and joined. */
const roots: readonly ReductionOp[] = [sumOp, prodOp, maxOp, minOp, allOp, anyOp]

/** Of these, those that do not count how often an element occurs. */
const idempotent: readonly ReductionOp[] = [maxOp, minOp, allOp, anyOp]

/** Floats are added in another order, and a zero may lose its sign. */
const reordered: RuleOptions = { phase: 'canonical', holds: 'close', tags: ['reduction'], reorders: true }

const axesOf = (node: Tensor) => (node.attrs as ReduceAttrs).axes
const again = (node: Tensor, x: Tensor, axes: readonly number[]) => reduce(node.op as ReductionOp, x, axes)

type Sample = (x: (...shape: number[]) => Tensor) => Tensor[]

function reduction(name: string, change: (node: Tensor, x: Tensor) => Tensor | undefined, sample: Sample): Rule {
  const samples = (dtype: DType) =>
    isNumeric(dtype)
      ? sample((...shape) => tensor('x', { dtype, shape })).filter(x => roots.includes(x.op as ReductionOp))
      : []
  return procedure({ ...reordered, roots, samples }, name, node => change(node, node.inputs[0]!))
}

/** The axes that are left, as they were before the reduction. */
const kept = (x: Tensor, axes: readonly number[]) => x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))

const structural: readonly Rule[] = [
  reduction(
    'reduction over no axes',
    (node, x) => (axesOf(node).length === 0 ? x : undefined),
    x => [sum(x(3), { axis: [] }), max(x(2, 3), { axis: [] })],
  ),
  reduction(
    'reduction over axes of size 1',
    (node, x) => {
      const real = axesOf(node).filter(axis => x.shape[axis] !== 1)
      return real.length < axesOf(node).length ? inShape(again(node, x, real), node.shape) : undefined
    },
    x => [sum(x(2, 1, 3), { axis: [1, 2] }), prod(x(1, 1))],
  ),
  reduction(
    'reduction of the same reduction',
    (node, x) => {
      if (x.op !== node.op) return undefined
      const left = kept(x.inputs[0]!, axesOf(x))
      const axes = [...axesOf(x), ...axesOf(node).map(axis => left[axis]!)].sort((a, b) => a - b)
      return again(node, x.inputs[0]!, axes)
    },
    x => [sum(sum(x(2, 3, 4), { axis: 1 }), { axis: 1 }), max(max(x(2, 3), { axis: 0 }))],
  ),
  reduction(
    'reduction of transpose',
    (node, x) => {
      if (x.op !== transposeOp) return undefined
      const { axes } = x.attrs as TransposeAttrs
      const over = axesOf(node).map(axis => axes[axis]!)
      const order = axes.filter(axis => !over.includes(axis))
      const ascending = [...order].sort((a, b) => a - b)
      const reduced = again(
        node,
        x.inputs[0]!,
        [...over].sort((a, b) => a - b),
      )
      return permute(
        reduced,
        order.map(axis => ascending.indexOf(axis)),
      )
    },
    x => [sum(permute(x(2, 3, 4), [2, 0, 1]), { axis: 1 }), min(permute(x(2, 3), [1, 0]))],
  ),
  reduction(
    'reduction of all elements of a reshape',
    (node, x) => {
      if (x.op !== reshapeOp) return undefined
      const inner = x.inputs[0]!
      const everything = axesOf(node).length === x.ndim
      const origin = everything ? inner.shape.map((_, axis) => axis) : alignOnes(inner.shape, x.shape)
      if (!origin) return undefined
      const over = (everything ? origin : axesOf(node).map(axis => origin[axis])).filter(axis => axis !== undefined)
      return inShape(
        again(
          node,
          inner,
          over.filter(axis => inner.shape[axis] !== 1),
        ),
        node.shape,
      )
    },
    x => [sum(reshapeTo(x(2, 3), [6])), sum(reshapeTo(x(2, 3), [2, 1, 3]), { axis: [1, 2] })],
  ),
  reduction('reduction of what was repeated along its axes', ofRepeated, x => [
    max(broadcastShape(x(1, 3), [4, 3]), { axis: 0 }),
    sum(broadcastShape(x(3), [4, 3]), { axis: 0 }),
    sum(broadcastShape(x(2, 1), [2, 3])),
  ]),
  reduction('reduction of what stands one behind the other', ofStack, x => [
    max(join([x(1, 3), x(1, 3), x(1, 3)], 0), { axis: 0 }),
    min(join([x(2, 1), x(2, 1)], 1)),
  ]),
  procedure(
    {
      ...{ ...reordered, ulp: 0, roots: [sumOp] },
      samples: dtype => {
        if (!isFloat(dtype)) return []
        const index = tensor('i', { dtype: 'int32', shape: [2, 1] })
        const x = (...shape: number[]) => tensor('x', { dtype, shape })
        return [[], [2, 1]].map(shape =>
          sum(where(eq(index, position('$0', [5], 'int32')), x(...shape), 0), { axis: 1 }),
        )
      },
    },
    'sum of what stands at one index',
    node => ofOneHot(node, node.inputs[0]!),
  ),
]

const together = new Map<Tensor['op'], (a: Tensor, b: Tensor) => Tensor>([
  [maxOp, maximum],
  [minOp, minimum],
  [allOp, logicalAnd],
  [anyOp, logicalOr],
])

/** Up to a few tensors of size 1 along the axis on which they are put together. Sums carry more digits than `add` does. */
function ofStack(node: Tensor, x: Tensor): Tensor | undefined {
  const both = together.get(node.op)
  if (!both || x.op !== concatenateOp || x.inputs.length > 8) return undefined
  const { axis } = x.attrs as ConcatenateAttrs
  if (!axesOf(node).includes(axis) || x.inputs.some(part => part.shape[axis] !== 1)) return undefined
  return again(node, x.inputs.reduce(both), axesOf(node))
}

/** The position along the last axis alone, counted from 0. */
const isLastPosition = (x: Tensor) => x.op === positionOp && (x.attrs as PositionAttrs).value === `$${x.ndim - 1}`

/** A tensor that is the same along the last axis, without that axis. */
function alongLast(x: Tensor): Tensor | undefined {
  const scalar = x.ndim === 0 ? x : uniformScalar(x)
  if (scalar) return scalar
  return x.shape[x.ndim - 1] === 1 ? reshapeTo(x, x.shape.slice(0, -1)) : undefined
}

/** The sum over the last axis of what stands at one index and is 0 elsewhere: itself, where the index is one of the axis. */
function ofOneHot(node: Tensor, x: Tensor): Tensor | undefined {
  if (x.op !== whereOp || axesOf(node).length !== 1 || axesOf(node)[0] !== x.ndim - 1) return undefined
  const [condition, value, zero] = x.inputs as [Tensor, Tensor, Tensor]
  if (condition.op !== opOf(eq) || Number(uniformValue(zero)) !== 0) return undefined
  const at = condition.inputs.findIndex(isLastPosition)
  const [last, index] = [condition.inputs[at], condition.inputs[1 - at]]
  const size = x.shape[x.ndim - 1]!
  if (!last || !isInteger(last.dtype) || !dimEqual(last.shape[last.ndim - 1]!, size)) return undefined
  const [i, v] = [alongLast(index!), alongLast(value)]
  const inside = i && v && logicalAnd(ge(i, 0), lt(i, dimValue(size, i.dtype)))
  return inside && where(inside, v, constant(0, node.dtype))
}

/** Sums count the repetitions; the extremes of nothing are something else, so the axis has to have elements. */
function ofRepeated(node: Tensor, x: Tensor): Tensor | undefined {
  if (x.op !== broadcastToOp || !(node.op === sumOp || idempotent.includes(node.op as ReductionOp))) return undefined
  const inner = x.inputs[0]!
  const lead = x.ndim - inner.ndim
  const repeats = (axis: number) => axis < lead || (inner.shape[axis - lead] === 1 && x.shape[axis] !== 1)
  const over = axesOf(node).filter(repeats)
  const count = dimProduct(over.map(axis => x.shape[axis]!))
  if (over.length === 0 || !(dimAtLeast(count, 1) || (node.op === sumOp && isKnownFinite(inner)))) return undefined
  const rest = again(
    node,
    withoutAxes(x, over),
    axesOf(node).flatMap(axis => (over.includes(axis) ? [] : [axis - before(over, axis)])),
  )
  if (node.op !== sumOp) return rest
  // Counted in the sum's dtype: what is repeated along several axes is more than an index counts.
  const sizes = typeof count === 'number' ? [count] : over.map(axis => x.shape[axis]!)
  return mul(
    rest,
    sizes.map(size => dimValue(size, rest.dtype) as Tensor).reduce((a, b) => mul(a, b)),
  )
}

const before = (axes: readonly number[], axis: number) => axes.filter(other => other < axis).length

/** The repeated tensor without some of the axes along which it was repeated. */
function withoutAxes(x: Tensor, over: readonly number[]): Tensor {
  const inner = x.inputs[0]!
  const lead = x.ndim - inner.ndim
  const own = inShape(
    inner,
    inner.shape.filter((_, axis) => !over.includes(axis + lead)),
  )
  return broadcastShape(
    own,
    x.shape.filter((_, axis) => !over.includes(axis)),
  )
}

/** Elements that may be counted 0 times: an empty sum is 0, and so is 0 times what is neither infinite nor NaN. */
const isKnownFinite = (x: Tensor) => Number.isFinite(Number(uniformValue(x)))

const butZeros: RuleOptions = { ...reordered, ulp: 0 }
const exact: RuleOptions = { phase: 'canonical', holds: 'exact', tags: ['reduction'] }
const scaled: RuleOptions = { ...reordered, parameters: ['value', 'constant'] }

const algebra: readonly Rule[] = [
  ruleOverAxes(butZeros, 'sum -x = -sum x', (axis, x) => [sum(neg(x), { axis }), neg(sum(x, { axis }))]),
  // A factor below 1 may keep the sum from overflowing.
  ruleOverAxes(
    { ...scaled, when: (x, c) => (isFloat(x!.dtype) ? Math.abs(numberOf(c!)) >= 1 : true) },
    'sum(x c) = c sum x',
    (axis, x, c) => [sum(mul(x, c), { axis }), mul(sum(x, { axis }), c)],
  ),
  ruleOverAxes({ ...exact, when: x => isFloat(x!.dtype) }, 'max -x = -min x', (axis, x) => [
    max(neg(x), { axis }),
    neg(min(x, { axis })),
  ]),
  ruleOverAxes({ ...exact, when: x => isFloat(x!.dtype) }, 'min -x = -max x', (axis, x) => [
    min(neg(x), { axis }),
    neg(max(x, { axis })),
  ]),
  ruleOverAxes({ ...exact, parameters: ['bool'] }, 'all not x = not any x', (axis, x) => [
    all(logicalNot(x), { axis }),
    logicalNot(any(x, { axis })),
  ]),
  ruleOverAxes({ ...exact, parameters: ['bool'] }, 'any not x = not all x', (axis, x) => [
    any(logicalNot(x), { axis }),
    logicalNot(all(x, { axis })),
  ]),
]

export const reductions: readonly Rule[] = [...structural, ...algebra]
