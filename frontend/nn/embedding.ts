/** Rows that integers stand for. */

import { expectTensors } from '../arguments.ts'
import { take } from '../ops/take.ts'
import type { Tensor } from '../tensor.ts'

/**
 * The rows of `table` that `ids` name: the shape of `ids`, then that of a row. An id outside the table fails the call.
 * The gradient with respect to the table is added up from the rows that were read: an update by it touches those alone.
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  expectTensors('embedding', table, ids)
  return take(table, ids, { axis: 0 })
}
