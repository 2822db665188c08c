/** Regions in derivatives: their results are picked by items, so what flows through them goes in lists by item. */
import type { ForwardCalculus, ItemAttrs, Maybe, RegionOp, ReverseCalculus } from '../define.ts'
import { withOrigins } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { connects } from './local.ts'
import { asTangent, calculus } from './type.ts'

/** Derivatives of results of regions: by region, then by item. */
export class ItemDerivatives {
  readonly #lists = new Map<Tensor, readonly Maybe<Tensor>[]>()

  /** The list of a region, when anything is known of it. */
  of(region: Tensor): readonly Maybe<Tensor>[] | undefined {
    return this.#lists.get(region)
  }

  set(region: Tensor, list: readonly Maybe<Tensor>[]): void {
    this.#lists.set(region, list)
  }

  /** The derivative of an item of a region. */
  at(region: Tensor, item: Tensor): Maybe<Tensor> {
    return this.#lists.get(region)?.[indexOf(item)]
  }

  /** Sets that of an item alone. */
  setAt(region: Tensor, item: Tensor, derivative: Tensor): void {
    const list = [...(this.#lists.get(region) ?? [])]
    list[indexOf(item)] = derivative
    this.#lists.set(region, list)
  }
}

const indexOf = (item: Tensor) => (item.attrs as ItemAttrs).index

/** The cotangents of a region's inputs from those of its results. */
export function regionPullback(
  region: Tensor,
  cotangents: readonly Maybe<Tensor>[],
  wanted: readonly boolean[],
  reverse: ReverseCalculus['reverse'],
): readonly Maybe<Tensor>[] {
  const op = region.op as RegionOp
  return withOrigins(region.origins, () => op.pullback(region, cotangents, wanted, { ...calculus, connects, reverse }))
}

/** The tangents of a region's results from those of its inputs. */
export function regionPushforward(
  region: Tensor,
  tangents: readonly Maybe<Tensor>[],
  forward: ForwardCalculus['forward'],
): readonly Maybe<Tensor>[] {
  const op = region.op as RegionOp
  const given = tangents.map((tangent, i) => tangent && asTangent(tangent, region.inputs[i]!))
  return withOrigins(region.origins, () => op.pushforward(region, given, { ...calculus, connects, forward }))
}
