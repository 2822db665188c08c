/** The derivative of one node, in both modes, from what its op's record declares. */
import type { DerivedOp, ElementwiseOp, Maybe, Op } from '../define.ts'
import { add } from '../ops/arithmetic.ts'
import { withOrigins } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { times } from './selection.ts'
import { asCotangent, asTangent, calculus, conform } from './type.ts'

/** Reverse or forward: the declaration that each mode asks a record for. */
export type Mode = 'pullback' | 'pushforward'

/**
 * The graph that a node stands for, when its record declares no derivative of its own in this mode: what it is made of is
 * differentiated instead.
 */
export function expansionOf(node: Tensor, mode: Mode): Tensor | undefined {
  const { op } = node
  if (op.kind === 'derived') return op[mode] ? undefined : derivedExpansion(op, node)
  if (op.kind !== 'elementwise' || op.partials || op[mode]) return undefined
  const body = typeof op.body === 'function' ? op.body : op.body?.[node.inputs[0]!.dtype]
  return body && withOrigins(node.origins, () => conform(body(...node.inputs), node))
}

const derivedExpansion = (op: DerivedOp, node: Tensor) => withOrigins(node.origins, () => op.expand(node))

/** True when derivatives may flow from the node to its inputs. */
export function connects({ op, dtype }: Tensor): boolean {
  return isFloat(dtype) && !(op.kind === 'elementwise' && op.disconnects)
}

/** The cotangents of the inputs, of their types, from that of the node; `wanted` says of which inputs. */
export function pullback(node: Tensor, cotangent: Tensor, wanted: readonly boolean[]): readonly Maybe<Tensor>[] {
  return withOrigins(node.origins, () => {
    const { op, inputs } = node
    if (op.kind === 'elementwise') {
      return elementwisePullback(op, node, cotangent, wanted).map((g, i) =>
        wanted[i] ? g && asCotangent(g, inputs[i]!) : undefined,
      )
    }
    return declared(op, 'pullback')?.(node, cotangent, calculus) ?? []
  })
}

function elementwisePullback(
  op: ElementwiseOp,
  node: Tensor,
  cotangent: Tensor,
  wanted: readonly boolean[],
): readonly Maybe<Tensor>[] {
  if (op.pullback) return op.pullback(node, cotangent, ...node.inputs)
  const partials = op.partials?.(node, ...node.inputs) ?? []
  return partials.map((partial, i) => (partial && wanted[i] ? times(cotangent, defined(partial)) : undefined))
}

/** The tangent of the node, of its type, from those of its inputs. */
export function pushforward(node: Tensor, tangents: readonly Maybe<Tensor>[]): Maybe<Tensor> {
  return withOrigins(node.origins, () => {
    const { op } = node
    const tangent =
      op.kind === 'elementwise'
        ? elementwisePushforward(op, node, tangents)
        : declared(op, 'pushforward')?.(node, tangents, calculus)
    return tangent && asTangent(tangent, node)
  })
}

function elementwisePushforward(op: ElementwiseOp, node: Tensor, tangents: readonly Maybe<Tensor>[]): Maybe<Tensor> {
  if (op.pushforward) return op.pushforward(node, tangents, ...node.inputs)
  const partials = op.partials?.(node, ...node.inputs) ?? []
  const terms = partials.flatMap((partial, i) => {
    const tangent = tangents[i]
    return partial && tangent ? [times(tangent, defined(partial))] : []
  })
  return terms.length === 0 ? undefined : terms.reduce((a, b) => add(a, b))
}

const defined = (partial: Tensor | (() => never)): Tensor => (typeof partial === 'function' ? partial() : partial)

/** What a family other than elementwise declares. */
function declared<M extends Mode>(op: Exclude<Op, ElementwiseOp>, mode: M) {
  return mode in op ? (op as DerivedOp)[mode] : undefined
}
