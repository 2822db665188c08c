/** Walking through arrays by strides. */
import { countOf } from './block.ts'

/** How far apart neighbours along each axis are in row-major order. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length)
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]!
  }
  return strides
}

/** The strides with which an array of shape `from` is read at the positions of `to`, which it broadcasts to. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length
  const own = rowMajor(from)
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : own[axis - lead]!))
}

/** The offset of every position of a shape, in row-major order. */
export function offsets(shape: readonly number[], strides: readonly number[]): Int32Array {
  const result = new Int32Array(countOf(shape))
  if (result.length === 0) return result
  let filled = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    // The last axes are laid out already: they repeat at each step of this one.
    for (let i = 1; i < shape[axis]!; i++) {
      const shift = i * strides[axis]!
      for (let j = 0; j < filled; j++) result[i * filled + j] = result[j]! + shift
    }
    filled *= shape[axis]!
  }
  return result
}

/** Axes that every list of strides crosses in one go, taken together: a shape of fewer axes with the same positions. */
export function collapse(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): { shape: number[]; strides: number[][] } {
  const merged = { shape: [] as number[], strides: strides.map((): number[] => []) }
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis]!
    if (size === 1) continue
    const last = merged.shape.length - 1
    if (last >= 0 && strides.every((own, i) => merged.strides[i]![last] === own[axis]! * size)) {
      merged.shape[last]! *= size
      strides.forEach((own, i) => {
        merged.strides[i]![last] = own[axis]!
      })
    } else {
      merged.shape.push(size)
      strides.forEach((own, i) => {
        merged.strides[i]!.push(own[axis]!)
      })
    }
  }
  return merged
}

/** A run of positions along the last axis: where it starts in the result and in each operand, and its length. */
export type Row = (at: number, starts: readonly number[], size: number, steps: readonly number[]) => void

/** Calls `row` for each run of positions of a shape, in row-major order, with operands read by strides. */
export function forEachRow(shape: readonly number[], strides: readonly (readonly number[])[], row: Row): void {
  if (countOf(shape) === 0) return
  const walk = collapse(shape, strides)
  const size = walk.shape.at(-1) ?? 1
  const steps = walk.strides.map(own => own.at(-1) ?? 0)
  const outer = walk.shape.slice(0, -1)
  const starts = walk.strides.map(own => offsets(outer, own))
  const rows = countOf(outer)
  const current: number[] = new Array(strides.length)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < current.length; k++) current[k] = starts[k]![i]!
    row(i * size, current, size, steps)
  }
}
