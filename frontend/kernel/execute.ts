/** Runs whole programs in the kernel interpreter: steps in order, repeats with their counters. */
import { dataOf, type TypedArray } from '../../runtime/array.ts'
import { evaluate } from '../../runtime/dims.ts'
import { byteWidth } from '../../runtime/manifest.ts'
import { interpretCall } from './apply.ts'
import { type Failure, interpretKernel, type RunnableKernel } from './interpret.ts'
import { isCall, type Kernel, type LoopProgram, type Work } from './ir.ts'
import type { KernelProgram, KernelStep } from './program.ts'

/**
 * A program ready to run. `dims` binds its dims; `memory` has the bytes of each of its buffers, the same bytes for
 * buffers that alias. Undefined when it succeeded; a failed check ends it at once.
 */
export type RunnableProgram = (dims: ReadonlyMap<string, number>, memory: readonly Uint8Array[]) => Failure | undefined

type Run = (dims: Map<string, number>, memory: readonly Uint8Array[]) => Failure | undefined

/** Prepares a program; `schedule` is the target's whose results are wanted bit for bit. */
export function interpretProgram(program: KernelProgram, schedule: (kernel: Kernel) => LoopProgram): RunnableProgram {
  const prepared = new Map<string, RunnableKernel>()
  const runnable = (of: Work): RunnableKernel => {
    const known = prepared.get(of.name) ?? (isCall(of) ? interpretCall(of) : interpretKernel(schedule(of)))
    prepared.set(of.name, known)
    return known
  }
  const run = sequence(program.steps.map(step => prepare(step, runnable)))
  return (dims, memory) => run(new Map(dims), memory)
}

function sequence(runs: readonly Run[]): Run {
  return (dims, memory) => {
    for (const run of runs) {
      const failure = run(dims, memory)
      if (failure) return failure
    }
    return undefined
  }
}

/** Steps nest as deep as loops do in the user's program, a handful. */
function prepare(step: KernelStep, runnableOf: (of: Work) => RunnableKernel): Run {
  if ('run' in step) {
    const { run, buffers } = step
    const runnable = runnableOf(run)
    return (dims, memory) =>
      runnable(
        buffers.map((buffer, i) => viewOf(memory[buffer]!, run, i)),
        dims,
      )
  }
  const body = sequence(step.steps.map(inner => prepare(inner, runnableOf)))
  return (dims, memory) => {
    const count = evaluate(step.count, dims)
    for (let i = 0; i < count; i++) {
      dims.set(step.repeat, i)
      const failure = body(dims, memory)
      if (failure) return failure
    }
    return undefined
  }
}

function viewOf(bytes: Uint8Array, work: Work, buffer: number): TypedArray {
  const { dtype } = work.buffers[buffer]!
  return new dataOf[dtype](bytes.buffer, bytes.byteOffset, bytes.byteLength / byteWidth[dtype])
}
