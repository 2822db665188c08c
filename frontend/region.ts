/** Graphs as the inside of a region: closed over what they read, and opened again with other values. */
import type { Region } from './define.ts'
import { substitute, topological, topologicalUntil } from './graph.ts'
import { isConstant, isParameter, type ParameterAttrs, parameterAt } from './leaf.ts'
import { broadcastToOp } from './ops/move.ts'
import type { Tensor } from './tensor.ts'
import type { SizeCheck } from './type.ts'

/** A graph that reads nothing but parameters and constants. */
export interface Closed extends Region {
  /** Tensors outside that it read: parameters stand for them now, after those of the given ones. */
  captures: readonly Tensor[]
  /** Equalities of dims that nodes inside asked for. */
  checks: readonly SizeCheck[]
}

/**
 * Closes a graph over placeholders. What does not depend on them is left outside and captured, so it is computed once;
 * only constants, positions and repeated axes, which cost nothing, are taken inside.
 */
export function close(placeholders: readonly Tensor[], results: readonly Tensor[]): Closed {
  const outside = invariants(placeholders, results)
  const given = new Set(placeholders)
  const inside = topologicalUntil(results, outside)
  const captures = inside.filter(node => outside.has(node) && !given.has(node))
  const parameters = new Map([...placeholders, ...captures].map((node, i) => [node, parameterAt(i, node)]))
  return {
    captures,
    results: substitute(results, parameters),
    checks: inside.flatMap(node => (parameters.has(node) ? [] : node.checks)),
  }
}

/** What a region need not compute: nodes that no placeholder leads to. */
function invariants(placeholders: readonly Tensor[], results: readonly Tensor[]): Set<Tensor> {
  const varying = new Set(placeholders)
  const found = new Set<Tensor>()
  for (const node of topological(results)) {
    if (node.inputs.some(input => varying.has(input))) varying.add(node)
    else if (!varying.has(node) && !isFree(node)) found.add(node)
  }
  return found
}

const isFree = (node: Tensor) => isConstant(node) || node.op.kind === 'position' || node.op === broadcastToOp

/** The results of the graph inside a region, about other tensors in place of its inputs. */
export function open({ results }: Region, inputs: readonly Tensor[]): Tensor[] {
  const parameters = topological(results).filter(isParameter)
  return substitute(
    results,
    new Map(parameters.map(parameter => [parameter, inputs[(parameter.attrs as ParameterAttrs).index]!])),
  )
}
