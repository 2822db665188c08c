/** Nodes with several results in derivatives: items pick them, so what flows through goes in lists by item. */
import type { ForwardCalculus, Maybe, RegionOp, ReverseCalculus, RoutineOp } from '../define.ts'
import { itemIndex } from '../item.ts'
import { withOrigins } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { connects } from './local.ts'
import { asTangent, calculus } from './type.ts'

/** Derivatives of results of regions and routines: by node, then by item. */
export class ItemDerivatives {
  readonly #lists = new Map<Tensor, readonly Maybe<Tensor>[]>()

  /** The list of a node, when anything is known of it. */
  of(node: Tensor): readonly Maybe<Tensor>[] | undefined {
    return this.#lists.get(node)
  }

  set(node: Tensor, list: readonly Maybe<Tensor>[]): void {
    this.#lists.set(node, list)
  }

  /** The derivative of an item of a node. */
  at(node: Tensor, item: Tensor): Maybe<Tensor> {
    return this.#lists.get(node)?.[itemIndex(item)]
  }

  /** Sets that of an item alone. */
  setAt(node: Tensor, item: Tensor, derivative: Tensor): void {
    const list = [...(this.#lists.get(node) ?? [])]
    list[itemIndex(item)] = derivative
    this.#lists.set(node, list)
  }
}

/** The cotangents of the inputs of a region or routine from those of its results. */
export function itemsPullback(
  node: Tensor,
  cotangents: readonly Maybe<Tensor>[],
  wanted: readonly boolean[],
  reverse: ReverseCalculus['reverse'],
): readonly Maybe<Tensor>[] {
  const op = node.op as RegionOp | RoutineOp
  return withOrigins(node.origins, () =>
    op.kind === 'region'
      ? op.pullback(node, cotangents, wanted, { ...calculus, connects, reverse })
      : (op.pullback?.(node, cotangents, wanted, calculus) ?? []),
  )
}

/** The tangents of the results of a region or routine from those of its inputs. */
export function itemsPushforward(
  node: Tensor,
  tangents: readonly Maybe<Tensor>[],
  forward: ForwardCalculus['forward'],
): readonly Maybe<Tensor>[] {
  const op = node.op as RegionOp | RoutineOp
  const given = tangents.map((tangent, i) => tangent && asTangent(tangent, node.inputs[i]!))
  return withOrigins(node.origins, () =>
    op.kind === 'region'
      ? op.pushforward(node, given, { ...calculus, connects, forward })
      : (op.pushforward?.(node, given, calculus) ?? []),
  )
}
