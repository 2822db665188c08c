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

/** out[i] = op(inputs[..][i]) for as many elements as a dim of the op's own says. */
function kernelOf(op: ElementwiseOp, dtype: DType): Kernel {
  const builder = new Builder()
  const count = dimOf(op)
  const args = Array.from({ length: op.arity }, (_, i) => builder.load(dtype, i, 'i'))
  const value = builder.apply(op, dtype, args)
  const read = args.map(() => ({ dtype, size: count, access: 'read' as const }))
  return nameKernel({
    dims: [count],
    buffers: [...read, { dtype, size: count, access: 'write' }],
    loops: [{ name: 'i', extent: count }],
    stages: [{ loops: [], folds: [], stores: [{ buffer: op.arity, at: 'i', value }] }],
    origins: [],
    label: op.name,
  })
}

const dimOf = (op: ElementwiseOp) => `count_${op.name}`

/** Buffers: as many as an op may have operands, and the result. */
const most = 4

/** All ops as steps over the same buffers; a step whose dim is 0 does nothing. */
function programOf(ops: readonly ElementwiseOp[], dtype: DType): KernelProgram {
  const one: ProgramBuffer = { role: 'temporary', dtype, bytes: 0, from: 0, to: 0 }
  const steps = ops.map(op => ({ run: kernelOf(op, dtype), buffers: [...Array(op.arity).keys(), most] }))
  const nothing = { constraints: [], inputs: [], outputs: [], state: [], checks: [], weights: new Map() }
  const dims = Object.fromEntries(ops.map(op => [dimOf(op), {}]))
  return { name: 'bench', dims, buffers: new Array(most + 1).fill(one), steps, ...nothing }
}

/** The worst result that a judge has seen. */
export interface Worst {
  ulps: number
  argument: number
  got: number
  want: number
}

/** Addresses in the one memory that a group of benches shares. */
class Layout {
  end = 65536

  /** The offset of a new region. */
  take(bytes: number): number {
    const start = this.end
    this.end = Math.ceil((start + bytes) / 256) * 256
    return start
  }
}

type Run = (frame: number) => number

/** An op compiled to wasm for arrays of one length. Benches that were made together share their arrays. */
export class Bench {
  /** The arguments, one array for each operand. */
  readonly inputs: readonly TypedArray[]
  readonly output: TypedArray
  readonly #run: () => void
  readonly #judge: () => void
  readonly #report: Float64Array

  private constructor(arrays: readonly TypedArray[], arity: number, run: () => void, judge: () => void) {
    this.inputs = arrays.slice(0, arity)
    this.output = arrays[most]!
    this.#run = run
    this.#judge = judge
    this.#report = arrays[most + 1] as Float64Array
  }

  static async create(name: string, dtype: DType, capacity: number): Promise<Bench> {
    return (await Bench.createAll([name], dtype, capacity)).get(name)!
  }

  /** Benches for many ops, compiled as one module. */
  static async createAll(names: readonly string[], dtype: DType, capacity: number): Promise<Map<string, Bench>> {
    const ops = names.map(opNamed)
    const program = emitProgram(programOf(ops, dtype), schedule)
    const modules = await Promise.all([program.source, referenceSource()].map(compiled))
    const layout = new Layout()
    const bases = modules.map(({ memory }) => layout.take(memory.dataBytes))
    const frames = ops.map(() => layout.take(4 * (frameHeader + ops.length + most + 1)))
    const verdicts = ops.map(() => layout.take(64))
    const buffers = Array.from({ length: most + 1 }, () => layout.take(capacity * byteWidth[dtype]))
    const report = layout.take(32)
    const memory = new WebAssembly.Memory({ initial: Math.ceil(layout.end / 65536) + 1 })
    const [run, judge] = instances(modules, memory, bases)
    const words = new Int32Array(memory.buffer)
    const arrays: TypedArray[] = buffers.map(offset => new dataOf[dtype](memory.buffer, offset, capacity))
    arrays.push(new Float64Array(memory.buffer, report, 4))
    const benches = ops.map((op, i) => {
      const counts = ops.map((_, j) => (i === j ? capacity : 0))
      words.set([...counts, ...buffers], frames[i]! / 4 + frameHeader)
      words.set(
        [references.indexOf(op.name), capacity, buffers[0]!, buffers[1]!, buffers[most]!, report],
        verdicts[i]! / 4 + frameHeader,
      )
      return new Bench(arrays, op.arity, checked(op, run, frames[i]!), checked(op, judge, verdicts[i]!))
    })
    return new Map(names.map((name, i) => [name, benches[i]!]))
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

/** The modules on one memory, with the stack at its bottom. */
function instances(
  modules: readonly CompiledModule[],
  memory: WebAssembly.Memory,
  bases: readonly number[],
): [Run, Run] {
  const stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, 65536)
  const runs = modules.map(({ bytes }, i) => {
    const env = { memory, __memory_base: bases[i]!, __stack_pointer: stackPointer, __table_base: 1 }
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports.run as Run
  })
  return runs as [Run, Run]
}

function checked(op: ElementwiseOp, run: Run, frame: number): () => void {
  return () => {
    const status = run(frame)
    if (status !== 0) throw new Error(`${op.name}: status ${status}`)
  }
}
