/** A whole program as one C++ text: the functions of its kernels, and `run`, which calls them in order. */

import { dimMul, type Index } from '../frontend/dims.ts'
import { isCall, type Kernel, type LoopProgram, type RoutineCall, type Work } from '../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep } from '../frontend/kernel/program.ts'
import type { BufferPlan, DType, Step } from '../runtime/manifest.ts'
import { byteWidth, frameHeader } from '../runtime/manifest.ts'
import { emitCall } from './call.ts'
import { ConstantTable, indexText, safe, storedType } from './cpp.ts'
import { emitKernel, type KernelFunction } from './emit.ts'
import { FunctionTable } from './functions.ts'
import type { Piece } from './parallel.ts'
import { emitShared } from './share.ts'

/** The text, and what the frame has to hold for it: the program's buffers with scratch appended, and its steps. */
export interface EmittedProgram {
  source: string
  buffers: readonly BufferPlan[]
  steps: readonly Step[]
  /** How many of its kernels have loops that threads share. */
  shared: number
}

/** The pieces of a kernel whose loops threads are to share; undefined when one thread does all. */
type Share = (loops: LoopProgram) => readonly Piece[] | undefined

/** Steps in one C++ function; longer lists are cut, because engines limit the size of a function. */
const stepsPerFunction = 100

/**
 * Prints a program. Its frame is that of `runtime/manifest`: dims in order, then buffers in order. With `share`, the loops
 * in the pieces that it finds are shared by the threads of the pool that word 3 of the frame tells.
 */
export function emitProgram(
  program: KernelProgram,
  schedule: (kernel: Kernel) => LoopProgram,
  share?: Share,
): EmittedProgram {
  return new ProgramPrinter(program, schedule, share).print()
}

/** A function of the program, and the scratch that it wants. */
interface WorkFunction {
  scratch: LoopProgram['scratch']
  emitted: KernelFunction
}

class ProgramPrinter {
  readonly #program: KernelProgram
  readonly #schedule: (kernel: Kernel) => LoopProgram
  readonly #share: Share | undefined
  readonly #constants = new ConstantTable()
  readonly #functions = new FunctionTable(this.#constants)
  /** Functions of kernels and calls by name, those of kernels also by which of their buffers meet. */
  readonly #kernels = new Map<string, WorkFunction>()
  readonly #buffers: BufferPlan[]
  readonly #dims: readonly string[]
  readonly #parts: string[] = []
  /** The top-level step being printed: scratch lives as long as it. */
  #step = 0

  constructor(program: KernelProgram, schedule: (kernel: Kernel) => LoopProgram, share: Share | undefined) {
    this.#program = program
    this.#schedule = schedule
    this.#share = share
    this.#buffers = program.buffers.map(({ dtype: _, ...plan }) => plan)
    this.#dims = Object.keys(program.dims)
  }

  print(): EmittedProgram {
    const steps: Step[] = []
    const calls: string[] = []
    this.#program.steps.forEach((step, i) => {
      this.#step = i
      const printed = this.#printStep(step, [])
      steps.push(printed.step)
      calls.push(printed.call)
    })
    const body = this.#sequence(calls, [])
    const source = [
      ...[this.#share ? 'threads.hpp' : 'damo.hpp', ...[...this.#functions.headers].sort()].map(
        header => `#include "${header}"`,
      ),
      'namespace damo {',
      ...(body.includes('K') ? [this.#constants.text('constants')] : []),
      ...this.#functions.texts,
      ...[...this.#kernels.values()].map(({ emitted }) => emitted.text),
      ...this.#parts,
      '}  // namespace damo',
      '',
      'extern "C" __attribute__((visibility("default"))) int run(int* frame) {',
      '  using namespace damo;',
      ...(body.includes('K') ? ['  const u32* K = constants;', '  asm("" : "+r"(K));'] : []),
      body,
      '  return 0;',
      '}',
      '',
    ].join('\n')
    const shared = [...this.#kernels.values()].filter(({ emitted }) => emitted.own).length
    return { source, buffers: this.#buffers, steps, shared }
  }

  /** A step as it travels in the manifest, and its call. `counters` are the repeats around it. */
  #printStep(step: KernelStep, counters: readonly string[]): { step: Step; call: string } {
    if ('run' in step) return this.#printWork(step.run, step.buffers, counters)
    const inner = [...counters, step.repeat]
    const printed = step.steps.map(s => this.#printStep(s, inner))
    const counter = `c${counters.length}`
    const head = `  for (i32 ${counter} = 0, end = ${this.#index(step.count, counters)}; ${counter} < end; ${counter}++) {`
    const body = this.#sequence(
      printed.map(({ call }) => call),
      inner,
    )
    return { step: { ...step, steps: printed.map(p => p.step) }, call: [head, body, '  }'].join('\n') }
  }

  #printWork(work: Work, buffers: readonly number[], counters: readonly string[]): { step: Step; call: string } {
    const { emitted, ...own } = isCall(work) ? this.#call(work) : this.#function(work, this.#aliased(buffers))
    const scratch = own.scratch.map(({ name, dtype, size }) => this.#addScratch(dtype, size, emitted.own?.has(name)))
    const all = [...buffers, ...scratch]
    const pointers = all.map((buffer, i) => {
      const dtype = work.buffers[i]?.dtype ?? own.scratch[i - buffers.length]!.dtype
      return `(${storedType(dtype)}*)u32(frame[${frameHeader + this.#dims.length + buffer}])`
    })
    const dims = work.dims.map(dim => this.#index(dim, counters))
    const first = emitted.fails ? ['frame'] : emitted.own ? ['(Pool*)u32(frame[3])'] : []
    const call = `${emitted.name}(${[...first, 'K', ...pointers, ...dims].join(', ')})`
    const line = emitted.fails ? `  if (const i32 status = ${call}) return status;` : `  ${call};`
    return { step: { run: work.name, buffers: all }, call: line }
  }

  #function(kernel: Kernel, aliased: ReadonlySet<number>): WorkFunction {
    const key = `${kernel.name} ${[...aliased].join()}`
    let known = this.#kernels.get(key)
    if (!known) {
      const loops = this.#schedule(kernel)
      const name = `k${this.#kernels.size}_${safe(kernel.label).replaceAll(' ', '_').slice(0, 40)}`
      const shared = { constants: this.#constants, functions: this.#functions }
      const pieces = this.#share?.(loops)
      known = {
        scratch: loops.scratch,
        emitted: pieces ? emitShared(loops, name, aliased, shared, pieces) : emitKernel(loops, name, aliased, shared),
      }
      this.#kernels.set(key, known)
    }
    return known
  }

  #call(call: RoutineCall): WorkFunction {
    const name = `r${this.#kernels.size}_${safe(call.label)}`
    const known = this.#kernels.get(call.name) ?? { scratch: call.scratch, emitted: emitCall(call, name) }
    this.#kernels.set(call.name, known)
    this.#functions.headers.add(call.routine.cpp.header)
    return known
  }

  /** The positions of a kernel's buffers that share memory with another of them. */
  #aliased(buffers: readonly number[]): Set<number> {
    const memory = buffers.map(buffer => this.#memoryOf(buffer))
    return new Set(memory.flatMap((m, i) => (memory.indexOf(m) !== memory.lastIndexOf(m) ? [i] : [])))
  }

  #memoryOf(buffer: number): number {
    let at = buffer
    for (let next = this.#buffers[at]?.aliases; next !== undefined; next = this.#buffers[at]?.aliases) at = next
    return at
  }

  #addScratch(dtype: DType, size: Index, perThread = false): number {
    return (
      this.#buffers.push({
        role: 'temporary',
        bytes: dimMul(size, byteWidth[dtype]),
        from: this.#step,
        to: this.#step,
        ...(perThread && { perThread }),
      }) - 1
    )
  }

  /** A dim or counter in the code of `run`, where dims are words of the frame. */
  #index(index: Index, counters: readonly string[]): string {
    return indexText(index, name => {
      const counter = counters.lastIndexOf(name)
      if (counter >= 0) return `c${counter}`
      const dim = this.#dims.indexOf(name)
      if (dim < 0) throw new Error(`${name} is not a dim of the program`)
      return `frame[${frameHeader + dim}]`
    })
  }

  /** Calls in order; long lists go to functions of their own. */
  #sequence(calls: readonly string[], counters: readonly string[]): string {
    if (calls.length <= stepsPerFunction) return calls.join('\n')
    const lines: string[] = []
    for (let i = 0; i < calls.length; i += stepsPerFunction) {
      const name = `part${this.#parts.length}`
      const params = ['i32* frame', 'const u32* K', ...counters.map((_, c) => `i32 c${c}`)]
      const body = calls.slice(i, i + stepsPerFunction).join('\n')
      this.#parts.push([`DAMO_NOINLINE i32 ${name}(${params.join(', ')}) {`, body, '  return 0;', '}', ''].join('\n'))
      lines.push(
        `  if (const i32 status = ${name}(frame, K${counters.map((_, c) => `, c${c}`).join('')})) return status;`,
      )
    }
    return lines.join('\n')
  }
}
