/** Where a kernel may write over memory that it reads: every read of it is of the element that is about to be stored. */
import { dimEqual } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import type { Expr, Kernel } from './ir.ts'
import type { LoweredKernel } from './lower.ts'
import type { KernelStep, ProgramBuffer } from './program.ts'
import { expressions, stageRoots } from './walk.ts'

/** True when a kernel may store `value` into the memory of `old`, which it reads at most where it stores. */
export function writesInPlace(lowered: LoweredKernel, value: Tensor, old: Tensor): boolean {
  const [to, from] = [lowered.values.indexOf(value), lowered.values.indexOf(old)]
  return from < 0 || readsWhereItWrites(lowered.kernel, from, to)
}

/** True when a kernel that reads and stores the same memory stores every element over the one that it read for it. */
export function replacesWhatItReads({ kernel, values }: LoweredKernel, memory: Tensor): boolean {
  const find = (access: 'read' | 'write') =>
    values.findIndex((value, i) => value === memory && kernel.buffers[i]!.access === access)
  return readsWhereItWrites(kernel, find('read'), find('write'))
}

function readsWhereItWrites(kernel: Kernel, from: number, to: number): boolean {
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
