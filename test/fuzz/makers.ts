/** Nodes of random graphs: ops of the registry, movements, reductions, products, and reading and writing by index. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { type ElementwiseOp, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { anyAxes, boolsOf, fits, floatsOf, integersOf, type Maker, partner, within } from './choose.ts'

/** A reduction over axes, or a position along one. */
type Reduce<Options = d.ReduceOptions> = (x: Tensor, over: Options) => Tensor

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

export const makers: readonly Maker[] = [
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
    const moves: ((y: Tensor) => Tensor)[] = [
      d.flip,
      d.flatten,
      d.squeeze,
      y => d.expandDims(y, luck.below(y.ndim + 1)),
    ]
    return luck.pick(moves)(x)
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
