/**
 * What a rule has to lower, so that rewriting comes to an end: first the work of a graph, counted per element and with
 * extra weight for the ops in which precision is lost, then the number of movements, how deep they lie, and the operands.
 */
import type { Einsum, MovementOp, Op } from '../define.ts'
import { topological } from '../graph.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import type { Tensor } from '../tensor.ts'

/** Compared from left to right. */
export type Measure = readonly [work: number, movements: number, depth: number, operands: number]

/** Ops that stability rules exist to remove weigh more than they cost: cancellation, overflow, and logarithms of what has rounded. */
const fragile: Readonly<Record<string, number>> = {
  ...{ add: 2, sub: 2, square: 2, sqrt: 4, div: 1 },
  ...{ log: 20, log2: 20, log10: 20, log1p: 18, erf: 45 },
}

/** A square weighs the same however it is written. */
const weightName = ({ op, inputs }: Tensor) => (op.name === 'mul' && inputs[0] === inputs[1] ? 'square' : op.name)

/** Movements cost little, those that change the order of elements a little more. */
const movementWork = (node: Tensor) => 0.01 * sizeOf(node) * ((node.op as MovementOp).keepsOrder ? 1 : 2)

type Weigh = (node: Tensor) => number

const sizeOf = (x: Tensor): number => x.shape.reduce<number>((total, dim) => total * (dim as number), 1)

/** The work of one node, by the family of its op. Shapes are known. */
const weights: Readonly<Record<Op['kind'], Weigh>> = {
  leaf: node => (node.op.name === 'constant' ? 0.001 * sizeOf(node) : 0),
  elementwise: node => sizeOf(node) * ((node.op as { cost: number }).cost + (fragile[weightName(node)] ?? 0)),
  movement: movementWork,
  position: sizeOf,
  gather: sizeOf,
  scatter: node => 0.5 * sizeOf(node) + sizeOf(node.inputs[1]!),
  reduction: node => 2 * sizeOf(node.inputs[0]!) + uselessAxes(node),
  contraction: contractionWork,
  derived: node => 5 * sizeOf(node.inputs[0]!),
  region: () => 1000,
  routine: () => 1000,
  item: () => 0,
}

const uselessAxes = (node: Tensor) =>
  (node.attrs as ReduceAttrs).axes.filter(axis => node.inputs[0]!.shape[axis] === 1).length

function contractionWork(node: Tensor): number {
  const { left, right } = node.attrs as Einsum
  const [a, b] = node.inputs as [Tensor, Tensor]
  const extents = new Map([
    ...left.map((label, axis) => [label, a.shape[axis] as number] as const),
    ...right.map((label, axis) => [label, b.shape[axis] as number] as const),
  ])
  return 2 * [...extents.values()].reduce((total, size) => total * size, 1)
}

/** The measure of the graph of a tensor whose dims are all numbers. Constants are folded: what is made of them alone is free. */
export function measure(root: Tensor): Measure {
  const constant = new Set<Tensor>()
  const above = new Map<Tensor, number>()
  let [work, movements, depth, operands] = [0, 0, 0, 0]
  const order = topological([root])
  for (const node of order) {
    const free = node.inputs.length > 0 ? node.inputs.every(input => constant.has(input)) : node.op.name === 'constant'
    if (free) constant.add(node)
    if (!free || node.inputs.length === 0) work += weights[node.op.kind](node)
    operands += node.inputs.length
  }
  for (const node of order.reverse()) {
    const height = above.get(node) ?? 0
    const moves = node.op.kind === 'movement'
    if (moves && !constant.has(node)) {
      movements++
      depth += height
    }
    for (const input of node.inputs) above.set(input, Math.max(above.get(input) ?? 0, height + (moves ? 0 : 1)))
  }
  return [work, movements, depth, operands]
}

/** True when the first measure is below the second. */
export function isBelow(a: Measure, b: Measure): boolean {
  const at = a.findIndex((x, i) => Math.abs(x - b[i]!) > 1e-9)
  return at >= 0 && a[at]! < b[at]!
}
