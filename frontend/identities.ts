/** Identities that matter to derivatives alone (`zeroGrad`, `gradClip`, …): a program to be compiled has no more use for them. */
import { transform } from './graph.ts'
import type { Tensor } from './tensor.ts'

/** The roots without them, inside regions too; rules then see what stands behind. */
export function dropIdentities(roots: readonly Tensor[]): Tensor[] {
  return transform(roots, node => (node.op.kind === 'elementwise' && node.op.transparent ? node.inputs[0]! : node))
}
