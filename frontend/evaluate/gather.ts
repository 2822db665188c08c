/** Elements chosen by indices that are data. */
import { indexOutOfRange } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, emptyBlock } from './block.ts'

/** out[i..] = x[i.., index[i..]]; an index outside the last axis is an error. */
export function evaluateGather(node: Tensor, [x, index]: readonly Block[], shape: readonly number[]): Block {
  const result = emptyBlock(node.dtype, shape)
  const size = x!.shape.at(-1)!
  for (let row = 0; row < result.cells.length; row++) {
    const at = Number(index!.cells[row])
    if (at < 0 || at >= size) throw indexOutOfRange(node, at, size)
    result.cells[row] = x!.cells[row * size + at]!
  }
  return result
}
