/** Loading what `save` wrote: a program without the compiler. */
import { checkOptions, describe, type NDArray } from './array.ts'
import { refuseTooLarge } from './binding.ts'
import type { Inputs, Outputs } from './call.ts'
import type { Manifest, WasmVariant } from './manifest.ts'
import { badManifest, badSource, noVariant, unusableModule, wrongOption } from './messages.ts'
import { readBytes, resolveUrl } from './platform.ts'
import { createProgram, type Program } from './program.ts'
import { readTensors } from './safetensors.ts'
import { Store } from './store.ts'
import { type Threads, threadCount } from './threads.ts'
import { validate } from './validate.ts'
import { compileModule, type Numerics, variantsOf, type WasmSource, wasmExecutor } from './wasm.ts'

/** A file of an artifact: its bytes, a compiled module, or where it is. */
export type Part = WasmSource | URL

/** The parts of an artifact, as a module written by `save` exports them, or as the caller has them. */
export interface Artifact {
  /** The content of `name.json`. */
  manifest: unknown
  /** `name.wasm`. */
  wasm?: Part
  /** `name.relaxed.wasm`. */
  relaxed?: Part
  /** `name.threads.wasm` and `name.relaxed-threads.wasm`. */
  threads?: Part
  'relaxed-threads'?: Part
  /** `name.safetensors`: constants and first values of state. */
  weights?: Uint8Array | URL
}

export interface LoadOptions {
  /** Where state lives; a program's own store unless given. */
  store?: Store
  /** `reproducible` never takes the relaxed variant. */
  numerics?: Numerics
  /**
   * How many threads share the work, of an artifact compiled for threads: 1 unless given. `auto` takes as many as there
   * are processors, and one where the host or the artifact has none; a number is refused there.
   */
  threads?: Threads
}

/**
 * A program from an artifact: the URL or path of its `name.json`, beside which its other files lie, or its parts.
 * Everything in it is checked before anything runs. Throws when a part is missing, damaged or of another artifact.
 */
export async function load<I = Inputs, O = Outputs>(
  source: string | URL | Artifact,
  options: LoadOptions = {},
): Promise<Program<I, O>> {
  checkOptions('load', options, ['store', 'numerics', 'threads'])
  const { store, numerics, threads } = options
  if (store !== undefined && !(store instanceof Store)) throw badSource(`the store ${String(store)}`)
  if (!['fast', 'reproducible', undefined].includes(numerics))
    throw wrongOption('numerics', `'fast' or 'reproducible'`, numerics)
  const artifact = typeof source === 'string' || source instanceof URL ? await neighbours(resolveUrl(source)) : source
  if (typeof artifact !== 'object' || artifact === null || !artifact.manifest) throw badSource(describe(source))
  const manifest = validate(artifact.manifest)
  refuseTooLarge(manifest)
  const weights = readWeights(manifest, artifact.weights)
  return (await instantiate(manifest, artifact, weights, { store, numerics, threads })) as unknown as Program<I, O>
}

type Optional<T> = { [K in keyof T]: T[K] | undefined }

/**
 * A program from a manifest that is known to be right, its modules and its weights. The first variant that this engine
 * compiles and starts is taken.
 */
export async function instantiate(
  manifest: Manifest,
  modules: Omit<Artifact, 'manifest' | 'weights'>,
  weights: ReadonlyMap<string, NDArray> | Promise<ReadonlyMap<string, NDArray>>,
  { numerics = 'fast', threads = 1, store: given }: Optional<LoadOptions>,
): Promise<Program> {
  const wanted = threadCount(threads)
  const able = (given?.threads ?? true) && manifest.code.wasm?.threads !== undefined
  if (wanted > 1 && !able && threads !== 'auto')
    throw wrongOption('threads', 'a program compiled, and a store made, for threads', wanted)
  // What one thread does anyway it does best on memory of its own.
  const shares = able && manifest.code.wasm!.threads!.shared !== 0
  const store = given ?? new Store({ threads: wanted > 1 && shares })
  let failure: unknown
  for (const variant of variantsOf(manifest, numerics, store.threads)) {
    const part = modules[variant === 'simd128' ? 'wasm' : variant]
    if (!part) continue
    try {
      const [module, values] = await Promise.all([readModule(manifest, variant, part), weights])
      return await store.enqueue(() => {
        const executor = wasmExecutor(manifest, variant, module, store, { threads: shares ? wanted : 1 })
        return createProgram({ manifest, store, executor, weights: values })
      })
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error
      failure = error
    }
  }
  throw failure ? unusableModule(manifest.name, failure) : noVariant(manifest.name, 'usable wasm')
}

const readModule = async (manifest: Manifest, variant: WasmVariant, part: Part): Promise<WebAssembly.Module> =>
  compileModule(manifest, variant, part instanceof URL ? await readBytes(part) : part)

/** The parts beside a manifest, by names that derive from its own URL alone. */
async function neighbours(url: URL): Promise<Artifact> {
  if (!url.pathname.endsWith('.json')) throw badSource(url.href)
  const beside = (suffix: string): URL => {
    const neighbour = new URL(url)
    neighbour.pathname = url.pathname.slice(0, -'.json'.length) + suffix
    return neighbour
  }
  const text = new TextDecoder().decode(await readBytes(url))
  try {
    const manifest: unknown = JSON.parse(text)
    return {
      manifest,
      wasm: beside('.wasm'),
      relaxed: beside('.relaxed.wasm'),
      threads: beside('.threads.wasm'),
      'relaxed-threads': beside('.relaxed-threads.wasm'),
      weights: beside('.safetensors'),
    }
  } catch (error) {
    throw badManifest(url.href, 'JSON', String(error))
  }
}

async function readWeights(manifest: Manifest, source: Artifact['weights']): Promise<ReadonlyMap<string, NDArray>> {
  const needed = manifest.state.length > 0 || manifest.buffers.some(({ role }) => role === 'constant')
  if (!needed || !source) return new Map()
  return readTensors(source instanceof URL ? await readBytes(source) : source)
}
