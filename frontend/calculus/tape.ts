/** The graph that derivatives are taken of: made stable first, ordered, with ops that declare no derivative expanded. */
import { topologicalBy, withInputs } from '../graph.ts'
import { rewrite } from '../rewrite.ts'
import type { Tensor } from '../tensor.ts'
import { expansionOf, type Mode } from './local.ts'

/** A stable graph in which the tensors that the user spoke of are still themselves. */
export interface Tape {
  roots: readonly Tensor[]
  /** Inputs before users. */
  order: readonly Tensor[]
  /** The node with its inputs as they are in this graph. */
  definition(node: Tensor): Tensor
  /** What stands in for the node when derivatives are taken. */
  expansion(node: Tensor): Tensor | undefined
  /** What the node's derivative goes to or comes from: its expansion, or its inputs. */
  dependencies(node: Tensor): readonly Tensor[]
}

/**
 * The graph of the roots after the canonical and stable phases. `kept` are the tensors that must stay the same objects:
 * rewriting does not look behind them from outside, and what they are computed from is rewritten on its own.
 */
export function tape(roots: readonly Tensor[], kept: Iterable<Tensor>, mode: Mode): Tape {
  const leaves = new Set(kept)
  const inner = [...leaves].filter(node => node.inputs.length > 0)
  const rewritten = rewrite([...roots, ...inner.flatMap(node => node.inputs)], {
    phases: ['canonical', 'stable'],
    leaves,
  })
  const definitions = new Map<Tensor, Tensor>()
  let next = roots.length
  for (const node of inner) {
    definitions.set(node, withInputs(node, rewritten.roots.slice(next, next + node.inputs.length)))
    next += node.inputs.length
  }
  const definition = (node: Tensor) => definitions.get(node) ?? node
  const expansions = new Map<Tensor, Tensor | undefined>()
  const expansion = (node: Tensor) => {
    if (!expansions.has(node)) expansions.set(node, expansionOf(definition(node), mode))
    return expansions.get(node)
  }
  const dependencies = (node: Tensor) => {
    const expanded = expansion(node)
    return expanded ? [expanded] : definition(node).inputs
  }
  const stable = rewritten.roots.slice(0, roots.length)
  return { roots: stable, order: topologicalBy(stable, dependencies), definition, expansion, dependencies }
}

/** The nodes of a tape through which derivatives flow from or to the sources, these included. */
export function flowing(tape: Tape, sources: ReadonlySet<Tensor>, connects: (node: Tensor) => boolean): Set<Tensor> {
  const found = new Set<Tensor>()
  for (const node of tape.order) {
    if (sources.has(node) || (connects(node) && tape.dependencies(node).some(input => found.has(input))))
      found.add(node)
  }
  return found
}
