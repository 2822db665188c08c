/** A compiled op and its judge in one memory: arguments are written once, nothing is copied. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ElementwiseOp, registry } from '../../frontend/define.ts'
import { Builder, nameKernel } from '../../frontend/kernel/build.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import type { KernelProgram, ProgramBuffer } from '../../frontend/kernel/program.ts'
import { dataOf, type TypedArray } from '../../runtime/array.ts'
import { byteWidth, type DType, frameHeader } from '../../runtime/manifest.ts'
import { type CompiledModule, compileModule, findCompiler } from '../../wasm/emcc/index.ts'
import { emitProgram } from '../../wasm/program.ts'
import { schedule } from '../../wasm/schedule.ts'
import '../../frontend/ops/index.ts'
import { referenceSource, references } from './reference.ts'

const includeDir = fileURLToPath(new URL('../../wasm/include', import.meta.url))
const cacheDir = join(tmpdir(), 'damo-accuracy')

/** The record of an elementwise op. */
export function opNamed(name: string): ElementwiseOp {
  const op = registry.get(name)
  if (op?.kind !== 'elementwise') throw new Error(`no elementwise op ${name}`)
  return op
}

async function compiled(source: string): Promise<CompiledModule> {
  const compiler = await findCompiler({ cacheDir })
  return compileModule(source, { compiler, includeDir, variant: 'simd128', cacheDir })
}

/** out[i] = op(inputs[..][i]) for n elements. */
function kernelOf(op: ElementwiseOp, dtype: DType): Kernel {
  const builder = new Builder()
  const args = Array.from({ length: op.arity }, (_, i) => builder.load(dtype, i, 'i'))
  const value = builder.apply(op, dtype, args)
  const read = args.map(() => ({ dtype, size: 'n', access: 'read' as const }))
  return nameKernel({
    dims: ['n'],
    buffers: [...read, { dtype, size: 'n', access: 'write' }],
    loops: [{ name: 'i', extent: 'n' }],
    stages: [{ loops: [], folds: [], stores: [{ buffer: op.arity, at: 'i', value }] }],
    origins: [],
    label: op.name,
  })
}

function programOf(kernel: Kernel): KernelProgram {
  const buffers = kernel.buffers.map(
    ({ dtype }): ProgramBuffer => ({ role: 'temporary', dtype, bytes: ['*', byteWidth[dtype], 'n'], from: 0, to: 0 }),
  )
  const steps = [{ run: kernel, buffers: buffers.map((_, i) => i) }]
  const nothing = { constraints: [], inputs: [], outputs: [], state: [], checks: [], weights: new Map() }
  return { name: kernel.label, dims: { n: {} }, buffers, steps, ...nothing }
}

/** The worst result that a judge has seen. */
export interface Worst {
  ulps: number
  argument: number
  got: number
  want: number
}

/** An op compiled to wasm for up to `capacity` elements at a time. */
export class Bench {
  /** The arguments, one array for each operand. */
  readonly inputs: readonly TypedArray[]
  readonly output: TypedArray
  readonly #run: () => void
  readonly #judge: () => void
  readonly #report: Float64Array

  private constructor(parts: {
    inputs: TypedArray[]
    output: TypedArray
    run: () => void
    judge: () => void
    report: Float64Array
  }) {
    this.inputs = parts.inputs
    this.output = parts.output
    this.#run = parts.run
    this.#judge = parts.judge
    this.#report = parts.report
  }

  static async create(name: string, dtype: DType, capacity: number): Promise<Bench> {
    const op = opNamed(name)
    const program = emitProgram(programOf(kernelOf(op, dtype)), schedule)
    const modules = [await compiled(program.source), await compiled(referenceSource())]
    const stack = 65536
    let end = stack
    const take = (bytes: number) => {
      const start = end
      end = Math.ceil((end + bytes) / 256) * 256
      return start
    }
    const bases = modules.map(({ memory }) => take(memory.dataBytes))
    const [frame, verdict, report] = [take(4096), take(64), take(32)]
    const offsets = Array.from({ length: op.arity + 1 }, () => take(capacity * byteWidth[dtype]))
    const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) + 1 })
    const stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, stack)
    const [run, judge] = modules.map(({ bytes }, i) => {
      const env = { memory, __memory_base: bases[i]!, __stack_pointer: stackPointer, __table_base: 1 }
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env })
      return instance.exports.run as (frame: number) => number
    })
    const words = new Int32Array(memory.buffer, 0, end / 4)
    words.set([capacity, ...offsets], frame / 4 + frameHeader)
    const [first, second] = [offsets[0]!, offsets[op.arity - 1]!]
    words.set([references.indexOf(name), capacity, first, second, offsets[op.arity]!, report], verdict / 4 + 4)
    const arrays = offsets.map(offset => new dataOf[dtype](memory.buffer, offset, capacity))
    const checked = (f: ((frame: number) => number) | undefined, at: number) => () => {
      const status = f!(at)
      if (status !== 0) throw new Error(`${name}: status ${status}`)
    }
    return new Bench({
      inputs: arrays.slice(0, op.arity),
      output: arrays[op.arity]!,
      run: checked(run, frame),
      judge: checked(judge, verdict),
      report: new Float64Array(memory.buffer, report, 4),
    })
  }

  /** Computes all results. */
  run(): void {
    this.#run()
  }

  /** Judges the float32 results as they stand; the worst since the last `reset` stays in `worst`. */
  judge(): void {
    this.#judge()
  }

  get worst(): Worst {
    const [ulps, argument, got, want] = this.#report as unknown as [number, number, number, number]
    return { ulps, argument, got, want }
  }

  reset(): void {
    this.#report.fill(0)
  }

  /** The float32 arguments as bit patterns. */
  get patterns(): Uint32Array {
    const { buffer, byteOffset, length } = this.inputs[0]!
    return new Uint32Array(buffer, byteOffset, length)
  }
}
