/** A whole program as one C++ text: the functions of its kernels, and `run`, which calls them in order. */

import { dimMax, dimMul, type Index } from '../frontend/dims.ts'
import { isCall, type Kernel, type LoopProgram, type RoutineCall, type Work } from '../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep } from '../frontend/kernel/program.ts'
import type { BufferPlan, DType, Step } from '../runtime/manifest.ts'
import { byteWidth, frameHeader } from '../runtime/manifest.ts'
import { emitCall } from './call.ts'
import { ConstantTable, indexText, safe, storedType } from './cpp.ts'
import { emitKernel, type KernelFunction } from './emit.ts'
import { FunctionTable } from './functions.ts'
import { generalize, type Scheduled, templateOf } from './generalize.ts'
import type { Piece } from './parallel.ts'
import { emitShared } from './share.ts'
import { statementsIn } from './statements.ts'

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
 * in the pieces that it finds are shared by the threads of the pool that word 3 of the frame tells. With `frame`, the buffers
 * of the same program scheduled otherwise, both have one frame: its scratch has room for either.
 */
export function emitProgram(
  program: KernelProgram,
  schedule: (kernel: Kernel) => LoopProgram,
  share?: Share,
  frame?: readonly BufferPlan[],
): EmittedProgram {
  return new ProgramPrinter(program, schedule, share, frame).print()
}

/** How a kernel or call is run: a function of the program, what it is given besides dims, and the scratch that it wants. */
interface Use {
  emitted: KernelFunction
  numbers: readonly number[]
  scratch: LoopProgram['scratch']
}

/** A scheduled kernel with those of its buffers that meet. */
interface Candidate extends Scheduled {
  key: string
  label: string
  aliased: ReadonlySet<number>
}

/** With the numbers by which it differs from others like it, where there are some. */
type Numbered = Candidate & { numbers: readonly number[] }

/** What programs have in common that differ in numbers alone: dims, arrays by their types, and how many statements there are. */
function outlineOf({ kernel, scratch, body }: LoopProgram): string {
  const buffers = kernel.buffers.map(({ dtype, access }) => `${access} ${dtype}`)
  // Dims are printed as numbers are, and arrays are not printed by their names.
  return [kernel.dims.length, ...buffers, ...scratch.map(({ name }) => name), statementsIn(body).length].join()
}

/** Values in groups of one key each, in order of their first. */
function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return [...groups.values()]
}

class ProgramPrinter {
  readonly #program: KernelProgram
  readonly #schedule: (kernel: Kernel) => LoopProgram
  readonly #share: Share | undefined
  readonly #constants = new ConstantTable()
  readonly #functions = new FunctionTable(this.#constants)
  /** How kernels and calls are run by name, kernels also by which of their buffers meet. */
  readonly #uses = new Map<string, Use>()
  readonly #emitted: KernelFunction[] = []
  readonly #buffers: BufferPlan[]
  /** Scratch of the frame that was given which nothing has taken yet. */
  readonly #unused: Set<number>
  readonly #dims: readonly string[]
  readonly #parts: string[] = []
  /** The top-level step being printed: scratch lives as long as it. */
  #step = 0

  constructor(
    program: KernelProgram,
    schedule: (kernel: Kernel) => LoopProgram,
    share: Share | undefined,
    frame: readonly BufferPlan[] | undefined,
  ) {
    this.#program = program
    this.#schedule = schedule
    this.#share = share
    this.#buffers = frame ? [...frame] : program.buffers.map(({ dtype: _, ...plan }) => plan)
    this.#unused = new Set(this.#buffers.keys())
    for (const i of program.buffers.keys()) this.#unused.delete(i)
    this.#dims = Object.keys(program.dims)
  }

  print(): EmittedProgram {
    this.#emitKernels()
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
      ...this.#emitted.map(({ text }) => text),
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
    const shared = this.#emitted.filter(({ own }) => own).length
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
    const { emitted, numbers, ...own } = isCall(work) ? this.#call(work) : this.#uses.get(this.#keyOf(work, buffers))!
    const scratch = own.scratch.map(({ name, dtype, size }) => this.#addScratch(dtype, size, emitted.own?.has(name)))
    const all = [...buffers, ...scratch]
    const pointers = all.map((buffer, i) => {
      const dtype = work.buffers[i]?.dtype ?? own.scratch[i - buffers.length]!.dtype
      return `(${storedType(dtype)}*)u32(frame[${frameHeader + this.#dims.length + buffer}])`
    })
    const dims = work.dims.map(dim => this.#index(dim, counters))
    const first = emitted.fails ? ['frame'] : emitted.own ? ['(Pool*)u32(frame[3])'] : []
    const call = `${emitted.name}(${[...first, 'K', ...pointers, ...dims, ...numbers].join(', ')})`
    const line = emitted.fails ? `  if (const i32 status = ${call}) return status;` : `  ${call};`
    return { step: { run: work.name, buffers: all }, call: line }
  }

  #keyOf(kernel: Kernel, buffers: readonly number[]): string {
    return `${kernel.name} ${[...this.#aliased(buffers)].join()}`
  }

  /** The functions of all kernels: one for those whose code differs in numbers alone. */
  #emitKernels(): void {
    const candidates = new Map<string, Candidate>()
    const visit = (step: KernelStep): void => {
      if ('repeat' in step) return step.steps.forEach(visit)
      if (isCall(step.run)) return
      const key = this.#keyOf(step.run, step.buffers)
      if (candidates.has(key)) return
      const loops = this.#schedule(step.run)
      const aliased = this.#aliased(step.buffers)
      candidates.set(key, { loops, pieces: this.#share?.(loops), key, label: step.run.label, aliased })
    }
    this.#program.steps.forEach(visit)
    for (const group of this.#alike([...candidates.values()])) {
      const [first] = group
      const { values, ...general } = generalize(
        first,
        group.map(({ numbers }) => numbers),
      )
      const name = `k${this.#emitted.length}_${safe(first.label).replaceAll(' ', '_').slice(0, 40)}`
      const emitted = this.#emit(general, name, first.aliased)
      this.#emitted.push(emitted)
      for (const [i, { key, loops }] of group.entries())
        this.#uses.set(key, { emitted, numbers: values[i]!, scratch: loops.scratch })
    }
  }

  /** Kernels in groups of those whose code differs in numbers alone. Only what has the same outline is printed to tell. */
  #alike(candidates: readonly Candidate[]): [Numbered, ...Numbered[]][] {
    return groupBy(candidates, ({ loops }) => outlineOf(loops)).flatMap((group): [Numbered, ...Numbered[]][] => {
      if (group.length === 1) return [[{ ...group[0], numbers: [] }]]
      const templates = group.map(candidate => {
        const { numbers, ...template } = templateOf(candidate)
        return { ...candidate, numbers, text: this.#emit(template, 'k', candidate.aliased).text }
      })
      return groupBy(templates, ({ text }) => text)
    })
  }

  #emit({ loops, pieces }: Scheduled, name: string, aliased: ReadonlySet<number>): KernelFunction {
    const shared = { constants: this.#constants, functions: this.#functions }
    return pieces ? emitShared(loops, name, aliased, shared, pieces) : emitKernel(loops, name, aliased, shared)
  }

  #call(call: RoutineCall): Use {
    const known = this.#uses.get(call.name)
    if (known) return known
    const emitted = emitCall(call, `r${this.#emitted.length}_${safe(call.label)}`)
    const use = { emitted, numbers: [], scratch: call.scratch }
    this.#emitted.push(emitted)
    this.#uses.set(call.name, use)
    this.#functions.headers.add(call.routine.cpp.header)
    return use
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

  #addScratch(dtype: DType, size: Index, own = false): number {
    const bytes = dimMul(size, byteWidth[dtype])
    const at = [...this.#unused].find(i => this.#buffers[i]!.from === this.#step) ?? this.#buffers.length
    const given = this.#unused.delete(at) ? this.#buffers[at] : undefined
    this.#buffers[at] = {
      role: 'temporary',
      bytes: given ? dimMax(given.bytes, bytes) : bytes,
      from: this.#step,
      to: this.#step,
      ...((own || given?.perThread) && { perThread: true }),
    }
    return at
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
