/** Many kernels in one module, run for any binding of their dims: by the kernel interpreter and as wasm. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dimMul, type Index } from '../../frontend/dims.ts'
import { interpretKernel, type RunnableKernel } from '../../frontend/kernel/interpret.ts'
import type { Kernel, KernelBuffer } from '../../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep, ProgramBuffer } from '../../frontend/kernel/program.ts'
import { verifyKernel, verifyLoops } from '../../frontend/kernel/verify.ts'
import { dataOf, type TypedArray } from '../../runtime/array.ts'
import { type BufferPlan, byteWidth, frameHeader, type WasmVariant } from '../../runtime/manifest.ts'
import { type CompiledModule, compileModule, findCompiler } from '../../wasm/emcc/index.ts'
import { emitProgram } from '../../wasm/program.ts'
import { schedule } from '../../wasm/schedule.ts'

const includeDir = fileURLToPath(new URL('../../wasm/include', import.meta.url))
const cacheDir = join(tmpdir(), 'damo-test-cache')

export type Dims = Readonly<Record<string, number>>

/** The buffers of each kernel, in the order of its buffers. */
export type Memory = readonly (readonly TypedArray[])[]

/** The value of a dim expression. */
export function evaluate(index: Index, dims: Dims): number {
  if (typeof index === 'number') return index
  if (typeof index === 'string') return dims[index]!
  const [op, ...args] = index
  const values = args.map(arg => evaluate(arg, dims))
  if (op === '//') return Math.floor(values[0]! / values[1]!)
  if (op === '%') return values[0]! - values[1]! * Math.floor(values[0]! / values[1]!)
  const pair = {
    '+': (a: number, b: number) => a + b,
    '*': (a: number, b: number) => a * b,
    min: Math.min,
    max: Math.max,
  }[op]
  return values.reduce((a, b) => pair(a, b))
}

const prepared = new WeakMap<Kernel, RunnableKernel>()

function runnable(kernel: Kernel): RunnableKernel {
  const known = prepared.get(kernel)
  if (known) return known
  verifyKernel(kernel)
  const loops = schedule(kernel)
  verifyLoops(loops)
  const run = interpretKernel(loops)
  prepared.set(kernel, run)
  return run
}

/** What a kernel does to its buffers in the interpreter; each level is verified first. */
export function interpreted(kernel: Kernel, dims: Dims, buffers: readonly TypedArray[]): TypedArray[] {
  const copies = buffers.map(buffer => buffer.slice())
  const failure = runnable(kernel)(copies, new Map(Object.entries(dims)))
  if (failure) throw new Error(`check ${failure.check}: ${failure.index} is not below ${failure.size}`)
  return copies
}

/** New buffers for a kernel under a binding: what it reads is filled by `fill`, the rest with sevens. */
export function buffersFor(
  kernel: Kernel,
  dims: Dims,
  fill: (buffer: KernelBuffer, index: number) => number | bigint,
): TypedArray[] {
  return kernel.buffers.map(buffer => {
    const array = new dataOf[buffer.dtype](evaluate(buffer.size, dims))
    for (let i = 0; i < array.length; i++) {
      const value = buffer.access === 'write' ? 7 : fill(buffer, i)
      array[i] = (
        buffer.dtype === 'int64' ? BigInt(typeof value === 'number' ? Math.trunc(value) : value) : Number(value)
      ) as never
    }
    return array
  })
}

/** One program whose steps are kernels with buffers of their own. */
export class Pack {
  readonly kernels: readonly Kernel[]
  readonly program: KernelProgram

  constructor(kernels: readonly Kernel[], aliases: ReadonlyMap<number, number> = new Map()) {
    this.kernels = kernels
    this.program = programOf(kernels, aliases)
  }

  get source(): string {
    return emitProgram(this.program, schedule).source
  }

  async compile(variant: WasmVariant = 'simd128'): Promise<(dims: Dims, memory: Memory) => TypedArray[][]> {
    const run = await compileProgram(this.program, variant)
    return (dims, memory) => {
      const results = run(dims, memory.flat())
      return memory.map(own => results.splice(0, own.length))
    }
  }
}

/** A program compiled: `run` gives its buffers after a call, from their values before. */
export async function compileProgram(
  program: KernelProgram,
  variant: WasmVariant = 'simd128',
): Promise<(dims: Dims, values: readonly TypedArray[]) => TypedArray[]> {
  const { source, buffers } = emitProgram(program, schedule)
  const compiler = await findCompiler({ cacheDir })
  const module = await compileModule(source, { compiler, includeDir, variant, cacheDir })
  return (dims, values) => run(module, program, buffers, dims, values)
}

function run(
  module: CompiledModule,
  program: KernelProgram,
  buffers: readonly BufferPlan[],
  dims: Dims,
  values: readonly TypedArray[],
): TypedArray[] {
  const base = 65536
  const frame = align(base + module.memory.dataBytes)
  const names = Object.keys(program.dims)
  const offsets: number[] = []
  let end = align(frame + 4 * (frameHeader + names.length + buffers.length))
  for (const { bytes, aliases } of buffers) {
    offsets.push(aliases === undefined ? end : offsets[aliases]!)
    if (aliases === undefined) end = align(end + evaluate(bytes, dims))
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) + 1 })
  const stack = new WebAssembly.Global({ value: 'i32', mutable: true }, base)
  const env = { memory, __memory_base: base, __stack_pointer: stack, __table_base: 1 }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env })
  new Int32Array(memory.buffer, frame).set([0, 0, 0, 0, ...names.map(dim => dims[dim]!), ...offsets])
  const views = values.map((value, i) => {
    const view = new dataOf[program.buffers[i]!.dtype](memory.buffer, offsets[i]!, value.length)
    view.set(value as never)
    return view
  })
  const status = (exports.run as (frame: number) => number)(frame)
  if (status !== 0) throw new Error(`run gave ${status}: ${new Int32Array(memory.buffer, frame, 4).join()}`)
  return views.map(view => view.slice())
}

const align = (offset: number) => Math.ceil(offset / 256) * 256

function programOf(kernels: readonly Kernel[], aliases: ReadonlyMap<number, number>): KernelProgram {
  const buffers: ProgramBuffer[] = []
  const steps = kernels.map((kernel, step) => ({
    run: kernel,
    buffers: kernel.buffers.map(({ dtype, size }) => {
      const shared = aliases.get(buffers.length)
      const bytes = dimMul(size, byteWidth[dtype])
      const alias = shared === undefined ? {} : { aliases: shared }
      return buffers.push({ role: 'temporary', dtype, bytes, from: step, to: step, ...alias }) - 1
    }),
  }))
  const dims = [...new Set(kernels.flatMap(kernel => kernel.dims))]
  return program(steps, buffers, dims)
}

/** A program of steps over buffers, with nothing that comes in or goes out. */
export function program(
  steps: readonly KernelStep[],
  buffers: readonly ProgramBuffer[],
  dims: readonly string[],
): KernelProgram {
  return {
    name: 'test',
    dims: Object.fromEntries(dims.map(dim => [dim, {}])),
    constraints: [],
    inputs: [],
    outputs: [],
    state: [],
    buffers,
    steps,
    checks: [],
    weights: new Map(),
  }
}

/** The bits of an array, with all NaNs as one: which NaN it is, no one promises. */
export function bitsOf(array: TypedArray): string {
  const canonical = array.slice()
  canonical.forEach((value: number | bigint, i: number) => {
    if (value !== value) canonical[i] = Number.NaN as never
  })
  return Buffer.from(canonical.buffer).toString('hex')
}
