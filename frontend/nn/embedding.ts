/** Rows that integers stand for. */

import { expectTensors } from '../arguments.ts'
import type { NeedsVector } from '../ops/linalg/known.ts'
import { take } from '../ops/take.ts'
import type { Plus, Previous } from '../rank.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank } from '../type.ts'

/**
 * The rows of `table` that `ids` name: the shape of `ids`, then that of a row. An id outside the table fails the call.
 * The gradient with respect to the table is added up from the rows that were read: an update by it touches those alone.
 */
export function embedding<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  table: Tensor<D, R> & NeedsVector<R>,
  ids: Tensor<E, S> & NeedsInteger<E>,
): Tensor<D, Plus<Previous<R>, S>>
export function embedding(table: Tensor, ids: Tensor): Tensor {
  expectTensors('embedding', table, ids)
  return take(table, ids, { axis: 0 })
}
