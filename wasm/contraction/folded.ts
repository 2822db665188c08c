/**
 * Contractions whose results are folded in windows as soon as they are known. A tile then stands for windows, and there is
 * one of sums for each step through them: the fold goes from one to the next, in the order of its loops.
 */
import { dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { Kernel, Loop, Stage } from '../../frontend/kernel/ir.ts'
import { type Copies, openLoops, unrolled } from '../../frontend/kernel/schedule.ts'
import type { FoldSource, Scope } from '../../frontend/kernel/scope.ts'
import { expressions, namesOf, stageRoots, substituteIn, transformExpressions } from '../../frontend/kernel/walk.ts'
import { Accumulator } from '../accumulate.ts'
import type { Plan } from './plan.ts'

/** Up to so many values a fold's steps are written one after the other. */
const shortBody = 8

/** Takes results through the kernel's later stages in a scope where its loops are; `source` says where sums are. */
export function finish(
  writer: Writer,
  scope: Scope,
  { fold, windows, later }: Pick<Plan, 'fold' | 'windows' | 'later'>,
  source: (inner: Scope) => FoldSource,
): void {
  if (!windows) scope.setFold(fold.name, source(scope))
  else {
    const folds = windows.folds.map(each => new Accumulator(writer, scope, each, scope.vector?.lanes ?? 1))
    const short = expressions(stageRoots(windows)).length <= shortBody
    let first = short
    const step = ([inner]: Copies) => {
      inner!.setFold(fold.name, source(inner!))
      for (const each of folds) each.step(inner!, windows, first)
      first = false
    }
    if (short) unrolled([scope], windows.loops, step)
    else openLoops([scope], windows.loops, step)
    for (const each of folds) each.finish(scope)
  }
  writer.stores(
    later.flatMap(stage => stage.stores),
    scope,
  )
}

/** All places in windows along one of a contraction's loops as those of a single one. */
export interface Joined {
  whole: Loop
  /** The loop over windows, and that through each. */
  windows: Loop
  through: Loop
  size: number
}

/**
 * A contraction over all places of windows, as if nothing folded them; undefined where it is told by more than their places.
 * Windows along its columns alone are looked at.
 */
export function joinWindows(
  kernel: Kernel,
  plan: Plan,
): { kernel: Kernel; plan: Plan; joined: readonly Joined[] } | undefined {
  const { left, right, windows } = plan
  const within = windows?.loops ?? []
  const columns = kernel.stages[0]!.contraction!
  const order = [...columns.rows, ...columns.columns]
  const joined = within.flatMap((through): Joined[] => {
    const before = order[order.indexOf(through.name) - 1]
    const loop = kernel.loops.find(({ name }) => name === before)
    const size = through.extent
    if (!loop || typeof size !== 'number') return []
    return [{ whole: { name: `${loop.name}.whole`, extent: dimMul(size, loop.extent) }, windows: loop, through, size }]
  })
  const find = (loop: Loop) => joined.find(({ windows }) => windows === loop)?.whole ?? loop
  const loops = kernel.loops.map(find)
  const rename = new Map(
    joined.map(({ whole, windows, through, size }): [string, Index] => [
      through.name,
      dimSub(whole.name, dimMul(size, windows.name)),
    ]),
  )
  const extents = new Map([...loops, ...kernel.loops, ...plan.depth].map(({ name, extent }) => [name, extent]))
  const [source] = transformExpressions([right.source], expr =>
    substituteIn(
      expr,
      name => rename.get(name),
      name => extents.get(name),
    ),
  )
  const names = namesOf([left.source, source!])
  const seen = joined.some(({ windows, through }) => names.has(windows.name) || names.has(through.name))
  if (seen || joined.length < within.length) return undefined
  const { axis } = right
  const columnsOf = [...axis.outer, ...axis.loops].map(find)
  return {
    kernel: { ...kernel, loops },
    plan: { ...plan, right: { ...right, source: source!, axis: { ...axis, outer: columnsOf, loops: [] } } },
    joined,
  }
}

/** The loops of windows that an operand depends on: it is packed for each of their steps. */
export const windowsOf = (windows: Stage | undefined, source: Parameters<typeof namesOf>[0][0]): readonly Loop[] => {
  const names = namesOf([source])
  return windows?.loops.filter(({ name }) => names.has(name)) ?? []
}
