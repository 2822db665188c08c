/**
 * Kernels to loops for WebGPU. Every point of the outer loops is one invocation, 64 of them a workgroup; stages run one
 * after the other in it, their loops serially.
 */
import { dimCeilDiv, dimFloorDiv, dimMod, dimMul, dimProduct, type Index } from '../frontend/dims.ts'
import { collapse } from '../frontend/kernel/collapse.ts'
import { Writer } from '../frontend/kernel/flatten.ts'
import type { Kernel, Loop, LoopProgram, Stage } from '../frontend/kernel/ir.ts'
import { openLoop, openLoops } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { scatterMissing } from './errors.ts'
import { beginFold } from './fold.ts'

/** Invocations of a workgroup: two or one waves of today's GPUs, and far below the least limit (256). */
const workgroupSize = 64

/** Schedules a kernel. Throws where it adds into places that several invocations may look up. */
export function schedule(kernel: Kernel): LoopProgram {
  const scatters = kernel.stages.some(({ stores }) => stores.some(store => store.accumulate && store.lookups?.length))
  if (scatters) throw scatterMissing(kernel.label)
  const { loops, stages } = collapse(spread(kernel))
  const writer = new Writer()
  const root = new Scope()
  forEachPoint(writer, root, loops, scope => {
    for (const stage of stages) runStage(writer, scope, stage)
  })
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
  const group = { name: writer.name('w'), from: 0, to: dimCeilDiv(points, workgroupSize), mode: 'parallel' as const }
  const invocation = { name: writer.name('l'), from: 0, to: workgroupSize, mode: 'workgroup' as const }
  openLoop([root], group, groups => {
    openLoop(groups, invocation, ([scope]) => {
      const point = writer.name('p')
      const at = scope!.resolve(['+', ['*', workgroupSize, group.name], invocation.name])
      scope!.statements.push({ kind: 'name', name: point, value: at })
      const inside = new Scope(scope!, { defines: [point, ...loops.map(({ name }) => name)] })
      nameLoops(inside, loops, point)
      body(inside)
      const when = [{ relation: '<' as const, left: point, right: points }]
      scope!.statements.push({ kind: 'if', when, then: inside.statements, otherwise: [] })
    })
  })
}

/** Defines each loop's name as its own part of the row-major position `point`. */
function nameLoops(scope: Scope, loops: readonly Loop[], point: string): void {
  let stride: Index = 1
  for (const [i, { name, extent }] of [...loops.entries()].reverse()) {
    const rows = dimFloorDiv(point, stride)
    scope.statements.push({ kind: 'name', name, value: i === 0 ? rows : dimMod(rows, extent) })
    stride = dimMul(stride, extent)
  }
}

/** One stage: its folds over its loops, then its stores over the same loops. */
function runStage(writer: Writer, scope: Scope, stage: Stage): void {
  if (stage.folds.length > 0) {
    const running = stage.folds.map(fold => beginFold(writer, scope, fold, stage))
    openLoops([scope], stage.loops, ([inner]) => {
      for (const fold of running) fold.step(inner!)
    })
    for (const [i, { name }] of stage.folds.entries()) scope.setFold(name, running[i]!.finish(scope))
  }
  if (stage.stores.length === 0) return
  openLoops([scope], stage.loops, ([inner]) => {
    for (const store of stage.stores) writer.store(store, inner!)
  })
}
