/** Many kernels in one module, run for any binding of their dims: by the kernel interpreter and as wasm. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dimMul, type Index } from '../../frontend/dims.ts'
import { interpretKernel, type RunnableKernel } from '../../frontend/kernel/interpret.ts'
import type { Kernel, KernelBuffer } from '../../frontend/kernel/ir.ts'
import type { KernelProgram, ProgramBuffer } from '../../frontend/kernel/program.ts'
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
  readonly dims: readonly string[]
  readonly source: string
  readonly #buffers: readonly BufferPlan[]

  constructor(kernels: readonly Kernel[], aliases: ReadonlyMap<number, number> = new Map()) {
    this.kernels = kernels
    this.dims = [...new Set(kernels.flatMap(kernel => kernel.dims))]
    const { source, buffers } = emitProgram(programOf(kernels, this.dims, aliases), schedule)
    this.source = source
    this.#buffers = buffers
  }

  /** Bytes of each buffer under a binding. */
  plan(dims: Dims): number[] {
    return this.#buffers.map(({ bytes }) => evaluate(bytes, dims))
  }

  async compile(variant: WasmVariant = 'simd128'): Promise<(dims: Dims, memory: Memory) => TypedArray[][]> {
    const compiler = await findCompiler({ cacheDir })
    const module = await compileModule(this.source, { compiler, includeDir, variant, cacheDir })
    return (dims, memory) => this.#run(module, dims, memory)
  }

  #run(module: CompiledModule, dims: Dims, values: Memory): TypedArray[][] {
    const base = 65536
    const frame = align(base + module.memory.dataBytes)
    const offsets: number[] = []
    let end = align(frame + 4 * (frameHeader + this.dims.length + this.#buffers.length))
    for (const { bytes, aliases } of this.#buffers) {
      offsets.push(aliases === undefined ? end : offsets[aliases]!)
      if (aliases === undefined) end = align(end + evaluate(bytes, dims))
    }
    const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) + 1 })
    const stack = new WebAssembly.Global({ value: 'i32', mutable: true }, base)
    const env = { memory, __memory_base: base, __stack_pointer: stack, __table_base: 1 }
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env })
    new Int32Array(memory.buffer, frame).set([0, 0, 0, 0, ...this.dims.map(dim => dims[dim]!), ...offsets])
    let next = 0
    const views = values.map((own, k) =>
      own.map((value, i) => {
        const view = new dataOf[this.kernels[k]!.buffers[i]!.dtype](memory.buffer, offsets[next++]!, value.length)
        view.set(value as never)
        return view
      }),
    )
    const status = (instance.exports.run as (frame: number) => number)(frame)
    if (status !== 0) throw new Error(`run gave ${status}: ${new Int32Array(memory.buffer, frame, 4).join()}`)
    return views.map(own => own.map(view => view.slice()))
  }
}

const align = (offset: number) => Math.ceil(offset / 256) * 256

function programOf(
  kernels: readonly Kernel[],
  dims: readonly string[],
  aliases: ReadonlyMap<number, number>,
): KernelProgram {
  const buffers: ProgramBuffer[] = []
  const steps = kernels.map((kernel, step) => ({
    run: kernel,
    buffers: kernel.buffers.map(({ dtype, size }) => {
      const shared = aliases.get(buffers.length)
      const bytes = dimMul(size, byteWidth[dtype])
      return (
        buffers.push({
          role: 'temporary',
          dtype,
          bytes,
          from: step,
          to: step,
          ...(shared !== undefined && { aliases: shared }),
        }) - 1
      )
    }),
  }))
  const names = Object.fromEntries(dims.map(dim => [dim, {}]))
  return {
    name: 'pack',
    dims: names,
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
