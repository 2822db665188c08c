/** A graph computed for many values of some of its tensors at once, along a new first axis. */
import type { Einsum, ElementwiseOp, Indexing, MovementOp, Op, ReductionOp, RoutineOp } from '../define.ts'
import { applyElementwise } from '../elementwise.ts'
import { topologicalBy } from '../graph.ts'
import { itemIndex } from '../item.ts'
import { contract } from '../ops/contract.ts'
import { gather, scatter, scatterOf } from '../ops/gather.ts'
import { broadcastShape, reshapeTo } from '../ops/move.ts'
import { type ReduceAttrs, reduce } from '../ops/reduce.ts'
import { withOrigins } from '../origin.ts'
import { applyRoutine, resultsOf } from '../routine.ts'
import { batchItem, batchScan } from '../scan/batch.ts'
import type { Tensor } from '../tensor.ts'
import type { DimExpr } from '../type.ts'
import { notBatched } from './errors.ts'

/**
 * The roots with a new first axis of `size`: for each step of it, their value with each replaced tensor taken from that step
 * of its replacement, which has the new axis too.
 */
export function batch(roots: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>, size: DimExpr): Tensor[] {
  const batched = new Map(replacements)
  const repeat = (x: Tensor) => batched.get(x) ?? broadcastShape(x, [size, ...x.shape])
  const expansions = new Map<Tensor, Tensor>()
  const expand = (node: Tensor) => {
    if (node.op.kind === 'derived' && !expansions.has(node)) expansions.set(node, node.op.expand(node))
    return expansions.get(node)
  }
  const dependencies = (node: Tensor): readonly Tensor[] => {
    if (replacements.has(node)) return []
    const expansion = expand(node)
    return expansion ? [expansion] : node.inputs
  }
  for (const node of topologicalBy(roots, dependencies)) {
    if (batched.has(node)) continue
    const expansion = expansions.get(node)
    const own = expansion && batched.get(expansion)
    if (own) batched.set(node, own)
    if (expansion || !node.inputs.some(input => batched.has(input))) continue
    batched.set(
      node,
      withOrigins(node.origins, () => batchers[node.op.kind](node, input => batched.get(input), repeat, size)),
    )
  }
  return roots.map(repeat)
}

/** A node at every step: inputs come batched, or undefined where they are the same at each; `repeat` batches all. */
type Batcher = (
  node: Tensor,
  at: (input: Tensor) => Tensor | undefined,
  repeat: (input: Tensor) => Tensor,
  size: DimExpr,
) => Tensor

const refuse: Batcher = node => {
  throw notBatched(node)
}

const batchers: Readonly<Record<Op['kind'], Batcher>> = {
  leaf: refuse,
  position: refuse,
  region: (node, at, repeat, size) => batchScan(node, at, repeat, size, batch),
  routine: (node, _, repeat) => applyRoutine(node.op as RoutineOp, node.inputs.map(repeat), node.attrs)[0]!.inputs[0]!,
  item: (node, at) => {
    const of = at(node.inputs[0]!)!
    return of.op.kind === 'region' ? batchItem(node, of) : resultsOf(of)[itemIndex(node)]!
  },
  elementwise: (node, at) => {
    const args = node.inputs.map(input => {
      const own = at(input)
      return own ? alignFirst(own, node.ndim) : input
    })
    return applyElementwise(node.op as ElementwiseOp, args, node.attrs)
  },
  movement: (node, at, repeat, size) => {
    const { batched } = node.op as MovementOp
    return batched ? batched(node, node.inputs.map(repeat)) : refuse(node, at, repeat, size)
  },
  gather: (node, at) => {
    const { axes, indices, ...rest } = node.attrs as Indexing
    const shifted = (labels: readonly (number | null)[], input: Tensor) => {
      const moved = labels.map(label => (label === null ? null : label + 1))
      return at(input) ? [0, ...moved] : moved
    }
    const labels = node.inputs.map((input, k) => shifted(k === 0 ? axes : indices[k - 1]!, input))
    const [x, ...others] = node.inputs.map(input => at(input) ?? input)
    return gather(x!, others, { ...rest, axes: labels[0]!, indices: labels.slice(1) } as Indexing)
  },
  scatter: (node, at, repeat) => {
    const [base, values, ...indices] = node.inputs as [Tensor, Tensor, ...Tensor[]]
    const how = scatterOf(node)
    return scatter(
      repeat(base),
      repeat(values),
      indices.map(index => at(index) ?? index),
      {
        mode: how.mode,
        axes: [0, ...how.axes.map(label => (label === null ? null : label + 1))],
        indices: how.indices.map((own, k) => [...(at(indices[k]!) ? [0] : []), ...own.map(label => label + 1)]),
      },
    )
  },
  reduction: (node, _, repeat) =>
    reduce(
      node.op as ReductionOp,
      repeat(node.inputs[0]!),
      (node.attrs as ReduceAttrs).axes.map(axis => axis + 1),
    ),
  contraction: (node, at) => {
    const { left, right, out } = node.attrs as Einsum
    const [a, b] = node.inputs as [Tensor, Tensor]
    const label = Math.max(...left, ...right, -1) + 1
    const [x, y] = [at(a), at(b)]
    return contract(x ?? a, x ? [label, ...left] : left, y ?? b, y ? [label, ...right] : right, [label, ...out])
  },
  derived: refuse,
}

/** Axes of size 1 behind the first, so that the others meet those of a result of `rank`. */
function alignFirst(x: Tensor, rank: number): Tensor {
  const [first, ...rest] = x.shape as [DimExpr, ...DimExpr[]]
  if (rest.length === rank) return x
  return reshapeTo(x, [first, ...new Array<DimExpr>(rank - rest.length).fill(1), ...rest])
}
