/** A program of kernels as one WGSL module, and the manifest that says how to run it. */
import { dimCeilDiv, dimMin, dimMul } from '../frontend/dims.ts'
import { isCall, type Kernel, type LoopProgram } from '../frontend/kernel/ir.ts'
import { loopText } from '../frontend/kernel/print.ts'
import type { KernelProgram, KernelStep, ProgramBuffer } from '../frontend/kernel/program.ts'
import { producer } from '../frontend/producer.ts'
import { trace } from '../frontend/trace.ts'
import { aliasRoots } from '../runtime/arena.ts'
import {
  type BufferPlan,
  byteWidth,
  type DimExpr,
  type Manifest,
  repeatNames,
  type Step,
  type WgslKernel,
} from '../runtime/manifest.ts'
import { deviceBytes } from '../runtime/transfer.ts'
import { type Entry, emitModule, groupRow } from './emit.ts'
import { schedule } from './schedule.ts'

export interface Translation {
  manifest: Manifest
  code: string
}

/** The WGSL of a program. Its dtypes must be those that WGSL has. */
export async function translate(program: KernelProgram): Promise<Translation> {
  const { name, dims, constraints, inputs, outputs, state, checks } = program
  const { steps, entries, code } = print(program)
  trace('loops', () => entries.map(entry => loopText(entry.program)).join('\n'))
  trace('code', () => code)
  const kernels = Object.fromEntries(entries.map(entry => [entry.name, describe(entry)]))
  const wgsl = { sha256: await sha256(code), bytes: new TextEncoder().encode(code).length, kernels }
  const plans = { buffers: program.buffers.map(onDevice), steps, checks, code: { wgsl } }
  return { manifest: { format: 1, name, producer, dims, constraints, inputs, outputs, state, ...plans }, code }
}

/** The loops of a program's kernels, and their WGSL. */
export function explain(program: KernelProgram): string {
  const { entries, code } = print(program)
  return [...entries.map(entry => loopText(entry.program)), code].join('\n')
}

/** The steps and entry points of a program, and their text. */
function print(program: KernelProgram): { steps: Step[]; entries: readonly Entry[]; code: string } {
  const known = new Entries(program.buffers)
  const steps = program.steps.map(step => known.step(step))
  const frame = [...Object.keys(program.dims), ...repeatNames(steps)]
  return { steps, entries: known.list, code: emitModule(known.list, frame, program.checks.length > 0) }
}

/** The kernels of a program as entry points: one for each kernel and way in which its buffers share memory. */
class Entries {
  readonly #roots: readonly number[]
  readonly #known = new Map<string, Entry>()
  readonly #programs = new Map<string, LoopProgram>()

  constructor(buffers: readonly ProgramBuffer[]) {
    this.#roots = aliasRoots(buffers)
  }

  get list(): Entry[] {
    return [...this.#known.values()]
  }

  step(step: KernelStep): Step {
    if (!('run' in step)) return { ...step, steps: step.steps.map(inner => this.step(inner)) }
    if (isCall(step.run)) throw new Error(`${step.run.label} has no WGSL and should have been refused`)
    return { run: this.#entry(step.run, step.buffers).name, buffers: step.buffers }
  }

  #entry(kernel: Kernel, buffers: readonly number[]): Entry {
    const bindings = shareBindings(buffers.map(buffer => this.#roots[buffer]!))
    const shared = bindings.some((binding, i) => binding !== i)
    const name = shared ? `${kernel.name}_${bindings.join('_')}` : kernel.name
    const known = this.#known.get(name)
    if (known) return known
    const writes: boolean[] = []
    for (const [i, { access }] of kernel.buffers.entries()) writes[bindings[i]!] ||= access !== 'read'
    const entry = { name, program: this.#schedule(kernel), bindings, writes }
    this.#known.set(name, entry)
    return entry
  }

  #schedule(kernel: Kernel): LoopProgram {
    const program = this.#programs.get(kernel.name) ?? schedule(kernel)
    this.#programs.set(kernel.name, program)
    return program
  }
}

/** A binding for each buffer of a step, the same one for the same memory: WebGPU lets nothing be bound twice. */
function shareBindings(memory: readonly number[]): number[] {
  const distinct = [...new Set(memory)]
  return memory.map(root => distinct.indexOf(root))
}

function describe({ name, program, bindings, writes }: Entry): WgslKernel {
  return {
    entry: name,
    bindings: writes.map((writes, binding) => ({ buffer: bindings.indexOf(binding), writes })),
    workgroups: workgroupsOf(program),
  }
}

/** As many groups as the kernel's loop over workgroups has iterations, in rows. */
function workgroupsOf({ body }: LoopProgram): [DimExpr, DimExpr, DimExpr] {
  const loop = body.find(statement => statement.kind === 'for' && statement.mode === 'parallel')
  const groups = loop?.kind === 'for' ? loop.to : 1
  return [dimMin(groups, groupRow), dimCeilDiv(groups, groupRow), 1]
}

/** A buffer with the size that it has on the device. */
function onDevice({ dtype, ...plan }: ProgramBuffer): BufferPlan {
  return { ...plan, bytes: dimMul(deviceBytes(1) / byteWidth[dtype], plan.bytes) }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}
