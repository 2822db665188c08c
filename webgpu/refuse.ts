/** What WGSL cannot compute is refused where the user wrote it, before anything is lowered. */
import { type Graph, topologicalWithin } from '../frontend/graph.ts'
import { functionOf, isDerived, type ScalarFunction, valueType } from '../frontend/kernel/functions.ts'
import type { Tensor } from '../frontend/tensor.ts'
import type { DType } from '../runtime/manifest.ts'
import { isOnDevice } from '../runtime/transfer.ts'
import { bodyTooWide, routineMissing, typeMissing } from './errors.ts'

/** Throws when some value of a graph, or of an op's body, has a dtype that WGSL lacks, and for routines. */
export function refuseTypes({ inputs, outputs, state, guards = [] }: Graph): void {
  const named = [...inputs, ...outputs, ...state].map(({ tensor }) => tensor)
  const roots = [...named, ...state.flatMap(({ next }) => next ?? []), ...guards.map(({ flag }) => flag)]
  const known = new Map<ScalarFunction, DType | undefined>()
  for (const node of topologicalWithin(roots)) {
    if (node.op.kind === 'routine') throw routineMissing(node)
    if (!isOnDevice(node.dtype)) throw typeMissing(node)
    const inside = bodyType(node, known)
    if (inside) throw bodyTooWide(node, inside)
  }
}

/** A dtype in the body of a node's op, or of ops that it calls, that WGSL lacks. */
function bodyType({ op, inputs }: Tensor, known: Map<ScalarFunction, DType | undefined>): DType | undefined {
  const dtypes = inputs.map(({ dtype }) => dtype)
  if (op.kind !== 'elementwise' || !isDerived(op, dtypes)) return undefined
  const pending = [functionOf(op, dtypes)]
  for (let f = pending.pop(); f; f = pending.pop()) {
    if (known.has(f)) {
      if (known.get(f)) return known.get(f)
      continue
    }
    const wide = f.steps.find(({ dtype }) => !isOnDevice(dtype))?.dtype
    known.set(f, wide)
    if (wide) return wide
    pending.push(...callees(f))
  }
  return undefined
}

const callees = (f: ScalarFunction): ScalarFunction[] =>
  f.steps.flatMap(step => {
    if (step.kind === 'const') return []
    const dtypes = step.args.map(arg => valueType(f, arg))
    return isDerived(step.op, dtypes) ? functionOf(step.op, dtypes) : []
  })
