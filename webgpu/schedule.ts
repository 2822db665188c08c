/**
 * Kernels to loops for WebGPU. Every point of the outer loops is one invocation, 64 of them a workgroup; stages run one
 * after the other in it, their loops serially. Contractions are computed by tiles.
 */
import { dimAdd, dimCeilDiv, dimMul, dimProduct } from '../frontend/dims.ts'
import { collapse } from '../frontend/kernel/collapse.ts'
import { Writer } from '../frontend/kernel/flatten.ts'
import type { Kernel, Loop, LoopProgram, Stage, Store } from '../frontend/kernel/ir.ts'
import { openLoops } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { stagesWithin } from '../frontend/kernel/walk.ts'
import { scatterMissing } from './errors.ts'
import { beginFold } from './fold.ts'
import { nameIndex, nameLoops, overGroups } from './groups.ts'
import { asTiled, runTiles } from './tile.ts'

/** Invocations of a workgroup: two or one waves of today's GPUs, and far below the least limit (256). */
const workgroupSize = 64

/** Schedules a kernel. Throws where it adds into places that several invocations may look up. */
export function schedule(kernel: Kernel): LoopProgram {
  const meets = ({ accumulate, lookups, serial }: Store) => (accumulate && lookups?.length) || serial?.length
  const scatters = kernel.stages.some(({ stores }) => stores.some(meets))
  if (scatters) throw scatterMissing(kernel.label)
  const collapsed = collapse(spread(kernel))
  const writer = new Writer(kernel)
  const root = new Scope()
  const runStages = (scope: Scope, stages: readonly Stage[]) => {
    for (const stage of stages) if (!stage.within) runStage(writer, scope, collapsed, stage)
  }
  const tiled = asTiled(collapsed)
  if (tiled) runTiles(writer, root, tiled, runStages)
  else forEachPoint(writer, root, collapsed.loops, scope => runStages(scope, collapsed.stages))
  return { kernel, scratch: [], body: root.statements }
}

/** The kernel with the loops of its only stage outside, where that folds nothing: all its stores are independent. */
function spread(kernel: Kernel): Kernel {
  const [stage, ...others] = kernel.stages
  if (!stage || others.length > 0 || stage.folds.length > 0) return kernel
  return { ...kernel, loops: [...kernel.loops, ...stage.loops], stages: [{ ...stage, loops: [] }] }
}

/** Runs `body` in one invocation for each point of the loops. */
function forEachPoint(writer: Writer, root: Scope, loops: readonly Loop[], body: (scope: Scope) => void): void {
  const points = dimProduct(loops.map(({ extent }) => extent))
  overGroups(writer, root, dimCeilDiv(points, workgroupSize), workgroupSize, (scope, group, invocation) => {
    const point = writer.name('p')
    nameIndex(scope, point, dimAdd(dimMul(workgroupSize, group), invocation))
    const inside = new Scope(scope, { defines: [point, ...loops.map(({ name }) => name)] })
    nameLoops(inside, loops, point)
    body(inside)
    const when = [{ relation: '<' as const, left: point, right: points }]
    scope.statements.push({ kind: 'if', when, then: inside.statements, otherwise: [] })
  })
}

/** One stage: its folds over its loops, with what is to run within those, then its stores over the same loops. */
function runStage(writer: Writer, scope: Scope, kernel: Kernel, stage: Stage): void {
  if (stage.folds.length > 0) {
    const running = stage.folds.map(fold => beginFold(writer, scope, fold, stage))
    openLoops([scope], stage.loops, ([inner]) => {
      for (const each of stagesWithin(kernel, stage)) runStage(writer, inner!, kernel, each)
      for (const fold of running) fold.step(inner!)
    })
    for (const [i, { name }] of stage.folds.entries()) scope.setFold(name, running[i]!.finish(scope))
  }
  if (stage.stores.length === 0) return
  openLoops([scope], stage.loops, ([inner]) => {
    writer.stores(stage.stores, inner!)
  })
}
