/** Forward mode: directional derivatives as graphs. */
import { listOf, paired } from './calculus/arguments.ts'
import { wrtNotFloat } from './calculus/errors.ts'
import { ItemDerivatives, itemsPushforward } from './calculus/items.ts'
import { connects, pushforward } from './calculus/local.ts'
import { flowing, tape } from './calculus/tape.ts'
import { renamed } from './calculus/type.ts'
import { hasItems, type Maybe } from './define.ts'
import { add } from './ops/arithmetic.ts'
import { zerosLike } from './ops/create.ts'
import { Tensor } from './tensor.ts'
import { isFloat } from './type.ts'

/**
 * Forward mode: the Jacobian of `f` with respect to `wrt` times the tangents, computed together with `f` and without ever
 * forming the Jacobian. Tangents have the types of `wrt`, the result has that of `f`; it is zeros where `f` does not depend
 * on `wrt`. With respect to an intermediate tensor, what that is computed from counts as constant.
 */
export function Rop<T extends Tensor>(f: T, wrt: Tensor | readonly Tensor[], tangents: Tensor | readonly Tensor[]): T
export function Rop<const F extends readonly Tensor[]>(
  f: F,
  wrt: Tensor | readonly Tensor[],
  tangents: Tensor | readonly Tensor[],
): { -readonly [I in keyof F]: F[I] }
export function Rop(
  f: Tensor | readonly Tensor[],
  wrt: Tensor | readonly Tensor[],
  tangents: Tensor | readonly Tensor[],
): Tensor | Tensor[] {
  const results = forward(listOf('Rop', f), paired('Rop', listOf('Rop', wrt), listOf('Rop', tangents)))
  return f instanceof Tensor ? results[0]! : results
}

function forward(f: readonly Tensor[], given: readonly (readonly [Tensor, Tensor])[]): Tensor[] {
  const tangents = new Map<Tensor, Tensor>()
  for (const [x, tangent] of given) {
    if (!isFloat(x.dtype)) throw wrtNotFloat('Rop', x)
    const before = tangents.get(x)
    tangents.set(x, before ? add(before, tangent) : tangent)
  }
  return tangentsOf(f, tangents).map((tangent, i) => tangent ?? zerosLike(f[i]!))
}

/** The tangents of `f` from those given, which all others are added to; undefined where nothing flows. */
function tangentsOf(f: readonly Tensor[], tangents: Map<Tensor, Tensor>): Maybe<Tensor>[] {
  const graph = tape(f, tangents.keys(), 'pushforward')
  const active = flowing(graph, new Set(tangents.keys()), connects)
  const items = new ItemDerivatives()
  for (const node of graph.order) {
    if (!active.has(node) || tangents.has(node)) continue
    const dependencies = graph.dependencies(node)
    const inputs = dependencies.map(input => tangents.get(input))
    if (hasItems(node.op)) {
      items.set(node, itemsPushforward(graph.definition(node), inputs, throughRegion))
      continue
    }
    const tangent = graph.expansion(node)
      ? inputs[0]
      : node.op.kind === 'item'
        ? items.at(dependencies[0]!, node)
        : pushforward(graph.definition(node), inputs)
    if (tangent) tangents.set(node, tangent)
  }
  return graph.roots.map((root, i) => {
    const tangent = tangents.get(root)
    return tangent && renamed(tangent, f[i]!.shape)
  })
}

/** Through the graph inside a region. */
function throughRegion(
  results: readonly Tensor[],
  wrt: readonly Tensor[],
  tangents: readonly Tensor[],
): Maybe<Tensor>[] {
  return tangentsOf(results, new Map(wrt.map((x, i) => [x, tangents[i]!])))
}
