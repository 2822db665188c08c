/** Random typed graphs: whatever a seed says, their values stay tame enough to be compared. */

import type { DType, Tensor } from 'damo'
import * as d from 'damo'
import { type ElementwiseOp, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { broadcastShapes, type DimExpr, isFloat, isInteger } from '../../frontend/type.ts'
import type { Program } from '../laws/executors.ts'
import { uniform } from '../laws/values.ts'

/** Choices that a seed determines. */
export interface Chance {
  /** Below `count`, from 0. */
  below(count: number): number
  pick<T>(list: readonly T[]): T
}

export function chance(seed: number): Chance {
  const random = uniform(Math.imul(seed + 1, 0x9e3779b1))
  const below = (count: number) => Math.floor(random() * count)
  return { below, pick: list => list[below(list.length)]! }
}

/** A graph over dims m and n, with gradients of its floats, as a program whose names begin with `prefix`. */
export function randomProgram(seed: number, size: number, prefix: string): Program {
  const luck = chance(seed)
  const inputs = leaves(prefix)
  const pool = [...inputs]
  while (pool.length < inputs.length + size) pool.push(...step(luck, pool))
  const made = pool.slice(inputs.length)
  const outputs = [...made.slice(-4), luck.pick(made), luck.pick(made)]
  const cost = outputs.filter(({ dtype }) => isFloat(dtype)).map(x => d.cast(d.mean(d.tanh(x)), 'float64'))
  const wrt = inputs.filter(({ dtype }) => isFloat(dtype))
  const total = cost.reduce((a, b) => d.add(a, b), d.constant(0, 'float64') as Tensor)
  const gradients = cost.length > 0 ? d.grad(total, wrt, { disconnectedInputs: 'ignore' }) : []
  return {
    inputs: Object.fromEntries(inputs.map(x => [x.name!, x])),
    outputs: Object.fromEntries([...outputs, ...gradients].map((x, i) => [`${prefix}out${i}`, x])),
  }
}

function leaves(prefix: string): Tensor[] {
  const types: [DType, DimExpr[]][] = [
    ['float32', ['n', 'm']],
    ['float32', ['m']],
    ['float32', ['n', 1]],
    ['float32', ['m', 3]],
    ['float64', ['n']],
    ['float64', []],
    ['int32', ['n', 'm']],
    ['int64', ['m']],
    ['uint8', ['n', 1]],
    ['bool', ['n', 'm']],
  ]
  return types.map(([dtype, shape], i) => d.tensor(`${prefix}in${i}`, { dtype, shape }))
}

/** One more node or a few, from what there is; nothing when the choice does not fit. */
function step(luck: Chance, pool: readonly Tensor[]): Tensor[] {
  const make = luck.pick(makers)
  const result = make(luck, pool)
  return result && result.ndim <= 4 ? [result] : []
}

/** A reduction over axes, or a position along one. */
type Reduce<Options = d.ReduceOptions> = (x: Tensor, over: Options) => Tensor

type Maker = (luck: Chance, pool: readonly Tensor[]) => Tensor | undefined

const named = (test: (op: ElementwiseOp) => boolean): ElementwiseOp[] =>
  [...registry.values()].filter(
    (op): op is ElementwiseOp => op.kind === 'elementwise' && !op.internal && !op.transparent && test(op),
  )

/** Smooth enough: a rounding error in the argument is none to speak of in the result. */
const jumps = new Set(['mod', 'arctan2', 'cast', 'bitcast', 'where', 'whereRare'])
const smooth = named(op => Boolean(op.partials) && op.accepts.includes('float32') && !jumps.has(op.name))
const exact = named(
  op => !op.sampleAttrs && op.accepts.includes('int32') && op.typing(['int32', 'int32'], undefined)?.result === 'int32',
)

const floatsOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => isFloat(dtype))
const integersOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => isInteger(dtype))
const boolsOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => dtype === 'bool')

/** Whether two tensors broadcast for certain, whatever m and n are. */
function fits(a: Tensor, b: Tensor): boolean {
  const together = broadcastShapes(a.shape, b.shape)
  return !('axis' in together) && together.checks.length === 0
}

/** Another tensor of a list that broadcasts with x: x itself, if no other does. */
const partner = (luck: Chance, x: Tensor, list: readonly Tensor[]): Tensor =>
  luck.pick(list.filter(other => fits(x, other)).concat(list.includes(x) ? [x] : [])) ?? x

/** x moved into an op's ordinary range, and not far out. */
function within(x: Tensor, [low, high]: readonly [number, number]): Tensor {
  const [from, to] = [Math.max(low, -3), Math.min(high, 3)]
  const [middle, half] = from < to ? [(from + to) / 2, (to - from) / 2] : [(low + high) / 2, (high - low) / 2]
  return d.add(d.mul(d.tanh(x), half * 0.9), middle)
}

function anyAxes(luck: Chance, x: Tensor): d.ReduceOptions {
  const axes = x.shape.map((_, i) => i).filter(() => luck.below(2) === 0)
  return { axis: axes, keepdims: luck.below(2) === 0 }
}

const makers: readonly Maker[] = [
  (luck, pool) => {
    const op = luck.pick(smooth)
    const x = luck.pick(floatsOf(pool))
    const rest = Array.from({ length: op.arity - 1 }, () => partner(luck, x, floatsOf(pool)))
    const args = [x, ...rest]
    return args.every((a, i) => args.slice(0, i).every(b => fits(a, b)))
      ? applyElementwise(
          op,
          args.map((arg, i) => within(arg, op.domain[i]!)),
        )
      : undefined
  },
  (luck, pool) => {
    const x = luck.pick(floatsOf(pool))
    return luck.pick([d.add, d.sub, d.mul])(x, partner(luck, x, floatsOf(pool)))
  },
  (luck, pool) => {
    const x = luck.pick(integersOf(pool))
    const op = luck.pick(exact)
    const operands = [x, partner(luck, x, integersOf(pool))].slice(0, op.arity)
    return op.typing(
      operands.map(({ dtype }) => dtype),
      undefined,
    ) && op.arity < 3
      ? applyElementwise(op, operands)
      : undefined
  },
  (luck, pool) => {
    const x = luck.pick(integersOf(pool))
    return luck.pick([d.eq, d.lt, d.ge, d.ne])(x, partner(luck, x, integersOf(pool)))
  },
  (luck, pool) => {
    const x = luck.pick(boolsOf(pool))
    return luck.pick([d.logicalAnd, d.logicalOr, d.logicalXor])(x, partner(luck, x, boolsOf(pool)))
  },
  (luck, pool) => {
    const condition = luck.pick(boolsOf(pool))
    const a = partner(luck, condition, floatsOf(pool))
    if (!fits(condition, a)) return undefined
    const b = partner(luck, a, floatsOf(pool))
    return fits(condition, b) ? d.where(condition, a, b) : undefined
  },
  (luck, pool) => d.cast(luck.pick(integersOf(pool)), luck.pick(['int8', 'int32', 'uint16', 'int64'] as const)),
  (luck, pool) => d.mul(d.cast(d.mod(luck.pick(integersOf(pool)), 7), 'float32'), 0.25),
  (luck, pool) => {
    const x = luck.pick(floatsOf(pool))
    return luck.pick<Reduce>([d.mean, d.max, d.min, d.logsumexp])(x, anyAxes(luck, x))
  },
  (luck, pool) => {
    const x = luck.pick(floatsOf(pool))
    return d.mul(d.sum(x, anyAxes(luck, x)), 0.1)
  },
  (luck, pool) => {
    const x = luck.pick([...integersOf(pool), ...boolsOf(pool)])
    return luck.pick<Reduce>([d.sum, d.max, d.any, d.all])(x, anyAxes(luck, x))
  },
  (luck, pool) => {
    const x = luck.pick(integersOf(pool).filter(({ ndim }) => ndim > 0))
    return luck.pick<Reduce<{ axis: number }>>([d.argmax, d.argmin])(x, { axis: luck.below(x.ndim) })
  },
  (luck, pool) => {
    const x = luck.pick(floatsOf(pool).filter(({ ndim }) => ndim > 0))
    return luck.pick([d.softmax, d.logSoftmax])(x, { axis: luck.below(x.ndim) })
  },
  (luck, pool) => {
    const x = luck.pick(pool)
    const axes = x.shape.map((_, i) => i)
    const order = axes.map(axis => [luck.below(99), axis] as const).sort(([a], [b]) => a - b)
    return d.transpose(
      x,
      order.map(([, axis]) => axis),
    )
  },
  (luck, pool) => {
    const x = luck.pick(pool)
    return luck.pick([d.flip, d.flatten, d.squeeze, (y: Tensor) => d.expandDims(y, luck.below(y.ndim + 1))])(x)
  },
  (luck, pool) => {
    const x = luck.pick(pool.filter(({ ndim }) => ndim > 0))
    const axis = luck.below(x.ndim)
    const same = pool.filter(
      y => y.ndim === x.ndim && y.shape.every((dim, i) => i === axis || String(dim) === String(x.shape[i])),
    )
    return d.concatenate([x, luck.pick(same)], { axis })
  },
  (luck, pool) => {
    const x = luck.pick(pool.filter(y => y.shape.some(dim => typeof dim === 'number' && dim > 2)))
    if (!x) return undefined
    const axis = x.shape.findIndex(dim => typeof dim === 'number' && dim > 2)
    const part = luck.pick([d.slice(1, null), d.slice(null, null, -2), d.slice(0, 2)])
    return d.at(x, ...x.shape.map((_, i) => (i === axis ? part : d.slice(null, null))))
  },
  (luck, pool) => {
    const matrices = floatsOf(pool).filter(({ ndim }) => ndim === 2)
    const a = luck.pick(matrices)
    const b = luck.pick(matrices.filter(y => typeof y.shape[0] !== 'object' && y.shape[0] === a?.shape[1]))
    return b && d.mul(d.matmul(a, b), 0.2)
  },
  (luck, pool) => {
    const x = luck.pick(
      [...floatsOf(pool), ...integersOf(pool)].filter(y => y.ndim > 0 && typeof y.shape[0] === 'number'),
    )
    const index = luck.pick(integersOf(pool).filter(({ ndim, dtype }) => ndim < 2 && dtype.startsWith('int')))
    const size = x?.shape[0] as number
    if (!x || !index || size === 0) return undefined
    // From -size to size - 1.
    const inside = d.sub(d.mod(index, 2 * size), size)
    const part = d.at(x, inside)
    return luck.pick([
      () => part,
      () => d.setSubtensor(part, d.fullLike(part, 1)),
      () => d.incSubtensor(part, d.fullLike(part, 2)),
      () => (inside.ndim === 0 ? part : d.bincount(d.mod(index, size), { minlength: size })),
    ])()
  },
]
