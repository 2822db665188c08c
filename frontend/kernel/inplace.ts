/** Where a kernel may write over memory that it reads: every read of it is of the element that is about to be stored. */
import { dimEqual } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import { type Expr, isCall, type Kernel, type Work } from './ir.ts'
import type { LoweredWork } from './lower.ts'
import type { KernelStep, ProgramBuffer } from './program.ts'
import { expressions, stageRoots } from './walk.ts'

/** True when a step may store `value` into the memory of `old`, which it reads at most where it stores. */
export function writesInPlace(lowered: LoweredWork, value: Tensor, old: Tensor): boolean {
  const [to, from] = [lowered.values.indexOf(value), lowered.values.indexOf(old)]
  return from < 0 || readsWhereItWrites(lowered.run, from, to)
}

/** True when a step that reads and stores the same memory stores every element over the one that it read for it. */
export function replacesWhatItReads({ run, values }: LoweredWork, memory: Tensor): boolean {
  const find = (access: 'read' | 'write') =>
    values.findIndex((value, i) => value === memory && run.buffers[i]!.access === access)
  return readsWhereItWrites(run, find('read'), find('write'))
}

function readsWhereItWrites(kernel: Work, from: number, to: number): boolean {
  if (isCall(kernel)) return false
  const stores = kernel.stages.flatMap(stage => stage.stores).filter(store => store.buffer === to)
  if (stores.length !== 1 || stores[0]!.lookups) return false
  const at = stores[0]!.at
  const operands = kernel.stages.flatMap(({ contraction }) =>
    contraction ? [contraction.left, contraction.right] : [],
  )
  const reads = (roots: readonly Expr[]) =>
    expressions(roots).filter(expr => expr.kind === 'load' && expr.buffer === from) as Extract<Expr, { kind: 'load' }>[]
  return (
    reads([...kernel.stages.flatMap(stageRoots), ...operands]).every(load => !load.lookups && dimEqual(load.at, at)) &&
    reads(rootsAfter(kernel, to)).length === 0
  )
}

/** What is computed after a buffer is stored to: the stages that follow. A stage computes all its values before it stores any. */
function rootsAfter({ stages }: Kernel, to: number): Expr[] {
  const stage = stages.findIndex(({ stores }) => stores.some(({ buffer }) => buffer === to))
  return stages.slice(stage + 1).flatMap(stageRoots)
}

/** The buffers with each temporary placed over one that its kernel reads for the last time, where that is safe. */
export function aliasTemporaries(buffers: readonly ProgramBuffer[], steps: readonly KernelStep[]): ProgramBuffer[] {
  const result = [...buffers]
  const taken = new Set<number>()
  steps.forEach((step, at) => {
    if (!('run' in step)) return
    step.buffers.forEach((buffer, to) => {
      const written = result[buffer]!
      if (written.role !== 'temporary' || written.from !== at || step.run.buffers[to]!.access === 'read') return
      const from = step.buffers.findIndex(
        (other, i) => !taken.has(other) && canGive(result[other]!, written, at) && readsWhereItWrites(step.run, i, to),
      )
      if (from < 0) return
      const other = step.buffers[from]!
      taken.add(other)
      const root = result[other]!.aliases ?? other
      result[buffer] = { ...written, aliases: root }
      result[root] = { ...result[root]!, to: Math.max(result[root]!.to, written.to) }
    })
  })
  return result
}

function canGive(from: ProgramBuffer, to: ProgramBuffer, at: number): boolean {
  const lastUse = from.aliases === undefined ? from.to === at : false
  return (
    from.role === 'temporary' && lastUse && from.from < at && from.dtype === to.dtype && dimEqual(from.bytes, to.bytes)
  )
}
