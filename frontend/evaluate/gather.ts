/** Elements in places that are data. */
import type { Indexing, Scatter } from '../define.ts'
import { indexOutOfRange } from '../errors.ts'
import { axisOf } from '../failures.ts'
import { rounding } from '../host.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { type Block, emptyBlock } from './block.ts'
import { offsets, rowMajor } from './strides.ts'

/** The elements of the first operand that the others choose; an index outside its axis is an error. */
export function evaluateGather(node: Tensor, [x, ...indices]: readonly Block[], shape: readonly number[]): Block {
  const result = emptyBlock(node.dtype, shape)
  const places = placesOf(node, x!.shape, indices, shape)
  for (let i = 0; i < result.cells.length; i++) result.cells[i] = x!.cells[places[i]!]!
  return result
}

/** The first operand with the second written in the places that the others choose, in order; floats add up in float64. */
export function evaluateScatter(
  node: Tensor,
  [base, values, ...indices]: readonly Block[],
  shape: readonly number[],
): Block {
  const result = emptyBlock(node.dtype, shape)
  const places = placesOf(node, shape, indices, values!.shape)
  const round = rounding(node.dtype)
  const adds = (node.attrs as Scatter).mode === 'add'
  const wide = adds && isFloat(node.dtype) ? new Float64Array(result.cells.length) : result.cells
  for (let i = 0; i < result.cells.length; i++) wide[i] = base!.cells[i]!
  for (let i = 0; i < places.length; i++) {
    const [at, value] = [places[i]!, values!.cells[i]!]
    wide[at] = adds ? (wide[at] as number) + (value as number) : value
  }
  if (wide !== result.cells) for (let i = 0; i < result.cells.length; i++) result.cells[i] = round(wide[i]!) as number
  return result
}

/** For each position of `over`, in row-major order, the place in an array of a shape that indices choose. */
function placesOf(
  node: Tensor,
  shape: readonly number[],
  indices: readonly Block[],
  over: readonly number[],
): Int32Array {
  const { axes, indices: labels, fromStart } = node.attrs as Indexing
  const strides = rowMajor(shape)
  const along = (own: readonly (number | null)[], steps: readonly number[]) =>
    offsets(
      over,
      over.map((_, label) => own.reduce((sum: number, axis, i) => (axis === label ? sum + steps[i]! : sum), 0)),
    )
  const places = along(axes, strides)
  const chosen = axes.flatMap((label, axis) => (label === null ? [axis] : []))
  chosen.forEach((axis, k) => {
    const size = shape[axis]!
    const from = along(labels[k]!, rowMajor(indices[k]!.shape))
    for (let i = 0; i < places.length; i++) {
      const given = Number(indices[k]!.cells[from[i]!])
      const at = given < 0 && !fromStart ? given + size : given
      if (at < 0 || at >= size)
        throw indexOutOfRange(node, given, size, node.op.kind === 'gather' ? axisOf(node, k) : '')
      places[i]! += at * strides[axis]!
    }
  })
  return places
}
