/** The WebAssembly target: kernels to C++, C++ to modules by Emscripten, modules to a program. */
import { expectOneOf, namedOptions } from '../frontend/arguments.ts'
import { lineOf } from '../frontend/errors.ts'
import { isCall, type Kernel, type LoopProgram } from '../frontend/kernel/ir.ts'
import { loopText } from '../frontend/kernel/print.ts'
import { type KernelProgram, type KernelStep, writersOf } from '../frontend/kernel/program.ts'
import type { Target } from '../frontend/kernel/target.ts'
import { producer, revision } from '../frontend/producer.ts'
import { trace } from '../frontend/trace.ts'
import { refuseTooLarge } from '../runtime/binding.ts'
import { instantiate } from '../runtime/load.ts'
import { type BufferPlan, type Manifest, type WasmVariant, wasmVariants } from '../runtime/manifest.ts'
import type { Program } from '../runtime/program.ts'
import { Store } from '../runtime/store.ts'
import { leastShared, type Threads, threadCount } from '../runtime/threads.ts'
import type { Numerics } from '../runtime/wasm.ts'
import type { CompiledModule, Emission, Optimize } from './emcc/index.ts'
import { sharedPieces } from './parallel.ts'
import { saveArtifact } from './save.ts'
import { type ScheduleOptions, schedule } from './schedule.ts'
import { emitVariants } from './variants.ts'

export interface WasmOptions {
  /** The compiler: `em++` of an Emscripten, or its folder. Otherwise `EMSDK` or `EMCC`, otherwise `em++` on PATH. */
  emcc?: string
  /**
   * `reproducible` gives the same bits on every engine, and sums of products in their order; `fast` (the default) fuses
   * multiply and add where it can, and takes fewer products for convolutions (docs/accuracy.md).
   */
  numerics?: Numerics
  /** Optimization of the C++; `-O2` unless given. */
  optimize?: Optimize
  /** Where compiled modules are kept; `damo` in the user's cache folder unless given. */
  cacheDir?: string
  /**
   * How many threads share the work: 1 unless given. `auto` takes as many as there are processors, and one where the host
   * has no threads; a number is refused there. With either, what is saved can be loaded with threads. Calls for which that
   * is measured to take longer run on one: results are the same.
   */
  threads?: Threads
  /**
   * Bits that the engine computes at once: 128 unless given. 256 is for V8 with `--experimental-wasm-revectorize`, which joins
   * neighbouring vectors: tiles of products and convolutions are then twice as wide. Results are the same. On one thread
   * (Zen 3, Node 24) products of float32 matrices of 256, 512 and 1024 run at 100, 99 and 98 GFLOP/s, OpenBLAS's at 104, 105
   * and 101; with 128 at 57, 55 and 54, without the flag at 52, 52 and 50. Never 256 without the flag: then it is 32.
   * Milliseconds with 256 and the flag, and with 128 without (Zen 4, Node 24, the shortest calls): convolutions 3x3 of 64
   * channels at 56x56 1.24 and 2.18, the same `reproducible` 3.1 and 6.1, 1x1 from 64 to 256 1.01 and 1.99, 7x7 with a
   * stride of 2 1.76 and 2.88; training steps at batch 64 of an MLP 2.4 and 4.3, of LeNet 11.4 and 20.2. Products of bytes
   * of 7 bits gain a quarter.
   */
  vectorBits?: 128 | 256
  /** Keep the C++ text beside the module in the cache. */
  keepSource?: boolean
}

const known: readonly (keyof WasmOptions)[] = [
  'emcc',
  'numerics',
  'optimize',
  'cacheDir',
  'threads',
  'vectorBits',
  'keepSource',
]

/** What a wasm program is made of, as `save` writes it. */
export interface WasmArtifact {
  manifest: Manifest
  modules: Readonly<Partial<Record<WasmVariant, Uint8Array>>>
  weights: KernelProgram['weights']
}

/** Programs as SIMD WebAssembly, compiled by Emscripten; needs its compiler, which the programs then do not. */
export function wasm(options: WasmOptions = {}): Target {
  namedOptions('wasm', options, known)
  const { numerics = 'fast', optimize = '-O2', vectorBits = 128 } = options
  expectOneOf('wasm', 'numerics', numerics, ['fast', 'reproducible'])
  expectOneOf('wasm', 'optimize', optimize, ['-O1', '-O2'])
  expectOneOf('wasm', 'vectorBits', vectorBits, [128, 256])
  return {
    name: 'wasm',
    explain: program => explain(program, options),
    newStore: () => new Store({ threads: threadCount(options.threads ?? 1) > 1 }),
    async build(_graph, lower, { store }) {
      threadCount(options.threads ?? 1)
      const artifact = await buildArtifact(lower(), options)
      const { manifest, modules, weights } = artifact
      const { simd128, ...others } = modules as Record<WasmVariant, BufferSource>
      const { numerics, threads } = options
      const program: Program = await instantiate(manifest, { wasm: simd128, ...others }, weights, {
        store,
        numerics,
        threads,
      })
      const save = (path: string | URL) => saveArtifact({ ...artifact, weights: current(program, weights) }, path)
      return Object.assign(program, { save })
    },
  }
}

/** The constants of a program, and its shared variables as they are now. */
function current({ state }: Program, weights: WasmArtifact['weights']): WasmArtifact['weights'] {
  return new Map([...weights, ...state.names.map(name => [name, state.get(name)] as const)])
}

/**
 * Compiles a program of kernels: all variants, or `only` some. Loops known to take less than `least` nanoseconds are not
 * shared by threads.
 */
export async function buildArtifact(
  program: KernelProgram,
  options: WasmOptions = {},
  { only = wasmVariants, least = leastShared }: { only?: readonly WasmVariant[]; least?: number } = {},
): Promise<WasmArtifact> {
  refuseTooLarge({ ...program, buffers: inWords(program, program.buffers, true) })
  const { compileVariants, emissionOf, findCompiler } = await import('./emcc/index.ts')
  const { emcc, optimize, cacheDir, keepSource, numerics, vectorBits, threads = 1 } = options
  const wanted = only.filter(variant => threads !== 1 || !variant.endsWith('threads'))
  const share = (loops: LoopProgram) => sharedPieces(loops, least)
  const print = once(() => emitVariants(program, wanted, scheduleOptions(options), share))
  const choices = JSON.stringify([numerics, vectorBits, wanted, least])
  const emission = await emissionOf(program, print, { revision, choices, cacheDir })
  trace('loops', () => explain(program, options))
  const sources = Object.fromEntries([...emission.variants].map(([variant, { source }]) => [variant, source]))
  trace('code', () => [...new Set(Object.values(sources).map(source => source.text()))].join('\n'))
  const compiler = await findCompiler({ ...(emcc && { emcc }), ...(cacheDir && { cacheDir }) })
  const { modules: variants } = await compileVariants(sources, {
    compiler,
    includeDir: includeDir(),
    ...(optimize && { optimize }),
    ...(cacheDir && { cacheDir }),
    ...(keepSource && { keepSource }),
  })
  const modules = Object.fromEntries(Object.entries(variants).map(([variant, module]) => [variant, module.bytes]))
  return { manifest: manifestOf(program, emission, variants), modules, weights: program.weights }
}

const scheduleOptions = ({ numerics, vectorBits }: WasmOptions): ScheduleOptions => ({
  termByTerm: numerics === 'reproducible',
  vectorBits,
})

/** The loops of each distinct kernel of a program. */
function explain(program: KernelProgram, options: WasmOptions): string {
  const kernels = new Map<string, Kernel>()
  const visit = (step: KernelStep): void => {
    if ('repeat' in step) step.steps.forEach(visit)
    else if (!isCall(step.run)) kernels.set(step.run.name, step.run)
  }
  program.steps.forEach(visit)
  return [...kernels.values()].map(kernel => loopText(schedule(kernel, scheduleOptions(options)))).join('\n')
}

/** Where the headers are: beside this file, in sources and in the package. */
function includeDir(): string {
  const path = decodeURIComponent(new URL('./include/', import.meta.url).pathname)
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
}

/** Buffers, with what temporary ones hold that are of a `known` size, or of one that a call tells: for messages about them. */
function inWords({ steps }: KernelProgram, buffers: readonly BufferPlan[], known: boolean): BufferPlan[] {
  const writers = writersOf(steps)
  return buffers.map((plan, i) => {
    const writer = writers.get(i)
    if (plan.role !== 'temporary' || (typeof plan.bytes === 'number') !== known || !writer) return plan
    const line = lineOf(writer.origins)
    return { ...plan, name: `what '${writer.label}' keeps between steps${line ? ` (${line})` : ''}` }
  })
}

function manifestOf(
  program: KernelProgram,
  { buffers, steps, variants: emitted }: Emission,
  variants: Readonly<Record<string, CompiledModule>>,
): Manifest {
  const entries = Object.entries(variants).map(([variant, { bytes, memory, sha256 }]) => {
    const code = {
      sha256,
      bytes: bytes.length,
      data: { bytes: memory.dataBytes, align: memory.dataAlign },
      ...(variant.endsWith('threads') && { shared: emitted.get(variant as WasmVariant)!.shared }),
    }
    return [variant, code] as const
  })
  const { name, dims, constraints, inputs, outputs, state, checks } = program
  const wasm = Object.fromEntries(entries)
  return {
    format: 1,
    name,
    producer,
    dims,
    constraints,
    inputs,
    outputs,
    state,
    buffers: inWords(program, buffers, false),
    steps,
    checks,
    code: { wasm },
  }
}

/** A function that is run at most once. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
