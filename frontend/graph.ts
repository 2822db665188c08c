/** A program as a graph, and the walks that everything uses. No walk recurses: chains may be 100,000 nodes long. */
import type { DimConstraint } from '../runtime/manifest.ts'
import type { Region } from './define.ts'
import { Tensor } from './tensor.ts'

/** A tensor under the name that callers use. */
export interface Named {
  name: string
  tensor: Tensor
  /** Of an input: the dim that has its value; with `below` how far it is above 0, which that one has of how far below. */
  binds?: string
  below?: string
  /** Of an input: who asked that its open dims are of the sizes that they have become. */
  reason?: string
}

/** What `compile` is about: inputs, outputs and the simultaneous updates of shared variables. */
export interface Graph {
  name: string
  inputs: readonly Named[]
  outputs: readonly Named[]
  /** Dims that must be equal when a call binds them. */
  constraints: readonly DimConstraint[]
  /** A call fails with the message when the flag, an int32 scalar, is not 0; the state is then as it was. */
  guards?: readonly { flag: Tensor; message: string }[]
  /** Shared variables (read or updated) under their names, with their next value where they are updated. */
  state: readonly (Named & { next?: Tensor })[]
}

/** All nodes that the roots depend on, inputs before users, each once. */
export function topological(roots: readonly Tensor[]): Tensor[] {
  return topologicalUntil(roots, new Set())
}

/** The node with other inputs of the same types: the same object when nothing changed. */
export function withInputs(node: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((input, i) => input === node.inputs[i])) return node
  return new Tensor(node.op, inputs, node.attrs, node, node.checks, node.origins)
}

/** What a node is made of: its inputs and, for a region, the results of the graph inside. */
export function partsOf(node: Tensor): readonly Tensor[] {
  return node.op.kind === 'region' ? [...node.inputs, ...(node.attrs as Region).results] : node.inputs
}

/** The node made of other parts of the same types: the same object when nothing changed. */
export function withParts(node: Tensor, parts: readonly Tensor[]): Tensor {
  const inputs = parts.slice(0, node.inputs.length)
  const moved = withInputs(node, inputs)
  if (node.op.kind !== 'region') return moved
  const { results, ...rest } = node.attrs as Region
  if (results.every((result, i) => result === parts[inputs.length + i])) return moved
  return new Tensor(node.op, inputs, { ...rest, results: parts.slice(inputs.length) }, node, node.checks, node.origins)
}

/** Like `topological`, with the nodes inside regions. */
export function topologicalWithin(roots: readonly Tensor[]): Tensor[] {
  return topologicalBy(roots, partsOf)
}

/**
 * The roots with every node, those inside regions too, replaced by what `change` makes of it, once its parts have been
 * replaced.
 */
export function transform(roots: readonly Tensor[], change: (node: Tensor, original: Tensor) => Tensor): Tensor[] {
  const changed = new Map<Tensor, Tensor>()
  const get = (part: Tensor) => changed.get(part)!
  for (const node of topologicalWithin(roots)) changed.set(node, change(withParts(node, partsOf(node).map(get)), node))
  return roots.map(root => changed.get(root)!)
}

/** The roots with some nodes replaced by others of the same type; what is behind a replaced node is not looked at. */
export function substitute(roots: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const changed = new Map<Tensor, Tensor>(replacements)
  for (const node of topologicalUntil(roots, replacements)) {
    if (!changed.has(node))
      changed.set(
        node,
        withInputs(
          node,
          node.inputs.map(input => changed.get(input)!),
        ),
      )
  }
  return roots.map(root => changed.get(root)!)
}

const nothing: readonly Tensor[] = []

/** Like `topological`, without going behind the given leaves. */
export function topologicalUntil(roots: readonly Tensor[], leaves: { has(node: Tensor): boolean }): Tensor[] {
  return topologicalBy(roots, node => (leaves.has(node) ? nothing : node.inputs))
}

/** Like `topological`, where `dependencies` says what a node depends on. */
export function topologicalBy(roots: readonly Tensor[], dependencies: (node: Tensor) => readonly Tensor[]): Tensor[] {
  const order: Tensor[] = []
  const done = new Set<Tensor>()
  const stack: Tensor[] = [...roots].reverse()
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!
    if (done.has(node)) {
      stack.pop()
      continue
    }
    const open = dependencies(node).filter(input => !done.has(input))
    if (open.length > 0) {
      for (let i = open.length - 1; i >= 0; i--) stack.push(open[i]!)
      continue
    }
    stack.pop()
    done.add(node)
    order.push(node)
  }
  return order
}
