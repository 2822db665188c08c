/**
 * Products of matrices with few results, of so many products each that the depth is cut into parts: threads share those,
 * whose sums are added up in their order when all are there. Where the cuts are depends on shapes alone: bits do not depend
 * on who does what.
 */
import { dimAdd, dimMin, dimMul } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { Kernel, Loop, LoopProgram } from '../../frontend/kernel/ir.ts'
import { openLoop } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { isFloat } from '../../frontend/type.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import type { Part } from './depth.ts'
import { runContraction } from './index.ts'
import type { Plan } from './plan.ts'

/** Up to so many results there are too few tiles for threads to share. */
const mostResults = 4096

/** Products of a part at least, which take some 20 us; its steps, so that sums are little beside what is read; and parts at most. */
const leastProducts = 1 << 19
const leastSteps = 1024
const mostParts = 64

/** Elements that a block has of what each of its tiles goes through, so that they stay in the first cache, and its steps at least. */
const cached = 6144
const fewestSteps = 64

/** A contraction in parts. */
export interface Deep {
  /** What each part is. */
  plan: Plan
  /** Its number; steps of all but the last; the depth as a whole. */
  part: Loop & { extent: number }
  size: number
  whole: Loop & { extent: number }
  /** Sums of parts, by part, row and column. */
  sums: Scratch
  /** What is left to do when parts are summed: a kernel that folds them. */
  rest: Kernel
}

/** How a contraction is cut into parts, or undefined where that would not pay. */
export function planDeep(writer: Writer, kernel: Kernel, plan: Plan): Deep | undefined {
  const { fold, left, right, depth, rowCount, columnCount, words, windows, later } = plan
  const [{ name, extent }] = depth as [Loop]
  if (depth.length > 1 || kernel.loops.length !== 2 || words || windows || !isFloat(fold.dtype)) return undefined
  if (typeof extent !== 'number' || typeof rowCount !== 'number' || typeof columnCount !== 'number') return undefined
  if (left.windows.length > 0 || right.windows.length > 0 || fold.accumulate !== fold.dtype) return undefined
  const results = rowCount * columnCount
  const least = Math.max(leastSteps, Math.ceil(leastProducts / results), Math.ceil(extent / mostParts))
  const parts = Math.floor(extent / least)
  if (results > mostResults || parts < 2) return undefined
  const size = Math.ceil(extent / parts)
  const part = { name: writer.name('part'), extent: Math.ceil(extent / size) }
  const sums = scratchArray(writer, 'parts', part.extent * results)
  const row = dimAdd(dimMul(part.name, rowCount), left.axis.name)
  const at = dimAdd(dimMul(row, columnCount), right.axis.name)
  const { dtype } = fold
  const store = { buffer: sums.number, at, value: { kind: 'fold', dtype, fold: fold.name } } as const
  const body = { kind: 'load', dtype, buffer: sums.number, at } as const
  return {
    plan: { ...plan, depth: [{ name, extent: size }], later: [{ loops: [], folds: [], stores: [store] }] },
    part,
    size,
    whole: { name, extent },
    sums,
    rest: { ...kernel, stages: [{ loops: [part], folds: [{ ...fold, body }], stores: [] }, ...later] },
  }
}

/** Writes the sums of all parts; gives the scratch memory that they take. */
export function runParts(writer: Writer, root: Scope, { plan, part, size, whole, sums }: Deep): LoopProgram['scratch'] {
  const scratch: LoopProgram['scratch'][number][] = [{ name: sums.name, dtype: plan.fold.accumulate, size: sums.size }]
  const { left, right, rowCount, columnCount } = plan
  const inPlace = (left.packed ? 0 : (rowCount as number)) + (right.packed ? right.width : (columnCount as number))
  const about = Math.max(fewestSteps, Math.floor(cached / inPlace))
  openLoop([root], { name: part.name, from: 0, to: part.extent, mode: 'parallel' }, ([inside]) => {
    const from = inside!.resolve(dimMul(part.name, size))
    const range: Part = { from, to: dimMin(whole.extent, dimAdd(from, size)), by: { most: 0, about } }
    scratch.push(...runContraction(writer, inside!, { ...plan, part: range }))
  })
  return scratch
}
