/** Where values lie: most have memory of their own, some a part of another's. */
import { type DimExpr, dimProduct, type Index } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'

/**
 * A part of the memory that belongs to a tensor: `size` elements in all, of which the value has those from `offset` on, one
 * after the other; with a `shape` as far apart as the elements of a tensor of that shape.
 */
export interface Place {
  of: Tensor
  size: DimExpr
  offset: Index
  shape?: Shape
}

/** The places of values without memory of their own. */
export type Places = ReadonlyMap<Tensor, Place>

/** The place of any value. */
export function placeOf(value: Tensor, places: Places): Place {
  return places.get(value) ?? { of: value, size: dimProduct(value.shape), offset: 0 }
}
