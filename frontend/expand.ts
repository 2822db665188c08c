/** Derived ops of whole tensors become what they are made of, once rules have looked for them. */
import { topologicalWithin, transform } from './graph.ts'
import { withOrigins } from './origin.ts'
import type { Tensor } from './tensor.ts'

/** The roots without derived ops, inside regions too. Expansions may contain derived ops themselves: those expand too. */
export function expandDerived(roots: readonly Tensor[]): Tensor[] {
  let current = [...roots]
  while (topologicalWithin(current).some(node => node.op.kind === 'derived')) {
    current = transform(current, node => {
      const { op } = node
      return op.kind === 'derived' ? withOrigins(node.origins, () => op.expand(node)) : node
    })
  }
  return current
}
