/** Results of nodes that have several. */
import { type ItemAttrs, type ItemOp, register } from './define.ts'
import { Tensor } from './tensor.ts'
import type { DType, Shape } from './type.ts'

const itemOp: ItemOp = register({ kind: 'item', name: 'item', doc: 'One result of a node that has several.' })

/** A node with several results has a dtype and shape that stand for none of them. */
export const typeless = { dtype: 'float32', shape: [] } as const satisfies { dtype: DType; shape: Shape }

/** The result with a number. */
export function itemOf(node: Tensor, index: number, type: { dtype: DType; shape: Shape }): Tensor {
  return new Tensor(itemOp, [node], { index } satisfies ItemAttrs, type, [], node.origins)
}

/** The number of the result that an item is. */
export const itemIndex = (item: Tensor): number => (item.attrs as ItemAttrs).index
