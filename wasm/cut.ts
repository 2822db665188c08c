/** Where a nest of loops is cut into blocks of about so many steps: by shape alone. */
import { dimFloorDiv, dimMax, dimMul, type Index } from '../frontend/dims.ts'
import type { Loop } from '../frontend/kernel/ir.ts'

/** How many steps loops have. */
export const product = (loops: readonly Loop[]): Index =>
  loops.reduce<Index>((size, { extent }) => dimMul(size, extent), 1)

/** The loop to cut: the outermost whose turns are no more than a block, if what is around it surely runs. */
export function cutLoop(loops: readonly Loop[], block: number): number {
  for (let at = 0; at < loops.length; at++) {
    const turn = product(loops.slice(at + 1))
    if (typeof turn !== 'number' || turn <= block || typeof loops[at]!.extent !== 'number') return at
  }
  return loops.length - 1
}

/** Turns of the loop in a block, equal ones where the extent is known; `turn` is what one of them has of steps. */
export function stepOf(extent: Index, turn: Index, block: number): Index {
  const most =
    typeof turn === 'number'
      ? Math.max(1, Math.floor(block / Math.max(1, turn)))
      : dimMax(1, dimFloorDiv(block, dimMax(1, turn)))
  if (typeof extent !== 'number' || typeof most !== 'number') return most
  return Math.ceil(extent / Math.max(1, Math.ceil(extent / most)))
}
