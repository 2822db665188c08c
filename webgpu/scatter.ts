/** Scatters for a device whose invocations must not write to the same place: every place looks for what is written to it. */
import { transform } from '../frontend/graph.ts'
import { scatterOf } from '../frontend/ops/gather.ts'
import { scatterDense } from '../frontend/ops/scatterDense.ts'
import { withOrigins } from '../frontend/origin.ts'
import type { Tensor } from '../frontend/tensor.ts'

/** The roots with places that look through all indices: right, but work as for a product of both. */
export function withoutScatters(roots: readonly Tensor[]): Tensor[] {
  return transform(roots, node => {
    if (node.op.kind !== 'scatter') return node
    const [base, values, ...indices] = node.inputs as [Tensor, Tensor, ...Tensor[]]
    return withOrigins(node.origins, () => scatterDense(base, values, indices, scatterOf(node)))
  })
}
