/** Programs as WebAssembly: choosing a variant, and running a module on a store. The interface is docs/abi.md. */
import type { Binding } from './binding.ts'
import type { Executor } from './call.ts'
import { Contest } from './contest.ts'
import type { Manifest, WasmVariant } from './manifest.ts'
import { noVariant, threadsDied, trapped, unknownImport, wrongModule } from './messages.ts'
import { hasRelaxed } from './relaxed.ts'
import type { Store } from './store.ts'
import { type Pool, startPool } from './threads.ts'

/** A compiled module, or its bytes where the host may compile. */
export type WasmSource = WebAssembly.Module | BufferSource

/** `fast` takes fused multiply-add where the engine has it; `reproducible` gives the same bits everywhere. */
export type Numerics = 'fast' | 'reproducible'

/** The word of a frame that has the place of the threads' pool, 0 for none. */
const poolWord = 3

/** Lets the workers of programs go that nobody can call any more. */
const abandoned = new FinalizationRegistry<Pool>(pool => pool.end())

/** The variants worth trying on this engine and a store of this kind, best first, of those that the program has. */
export function variantsOf(manifest: Manifest, numerics: Numerics, threads: boolean): WasmVariant[] {
  const has = manifest.code.wasm ?? {}
  const [plain, relaxed] = threads ? (['threads', 'relaxed-threads'] as const) : (['simd128', 'relaxed'] as const)
  const usable = numerics === 'fast' && hasRelaxed() ? [relaxed, plain] : [plain]
  const found = usable.filter(variant => has[variant])
  if (found.length === 0) throw noVariant(manifest.name, usable.at(-1)!)
  return found
}

/** The module of a variant; throws when the bytes are not the ones that the manifest tells of. */
export async function compileModule(manifest: Manifest, variant: WasmVariant, source: WasmSource) {
  if (source instanceof WebAssembly.Module) return source
  const { bytes, sha256 } = manifest.code.wasm![variant]!
  await checkBytes(`the ${variant} module of '${manifest.name}'`, source, bytes, sha256)
  return WebAssembly.compile(source)
}

/**
 * An instance of a module on a store, as an executor; takes memory for the module's static data from the store, and for
 * its threads, which share the work as long as calls are the faster for it, or `always`. Throws when the module imports
 * what damo does not give.
 */
export function wasmExecutor(
  manifest: Manifest,
  variant: WasmVariant,
  module: WebAssembly.Module,
  store: Store,
  { threads = 1, grain, always = false }: { threads?: number; grain?: number; always?: boolean } = {},
): Executor & { readonly pool: Pool | undefined } {
  const known = ['memory', '__memory_base', '__stack_pointer', '__table_base']
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    if (space !== 'env' || !known.includes(name)) throw unknownImport(`${space}.${name}`)
  }
  const { data } = manifest.code.wasm![variant]!
  const dataOffset = store.allocate(data.bytes, data.align)
  const env = {
    memory: store.memory,
    __memory_base: dataOffset,
    __stack_pointer: store.stackPointer,
    __table_base: 1,
  }
  const run = new WebAssembly.Instance(module, { env }).exports.run as (frame: number) => number
  if (typeof run !== 'function') throw wrongModule(`the module of '${manifest.name}'`, "an export 'run'", 'none')
  const pool = threads > 1 ? startPool(threads, module, dataOffset, store, manifest, grain) : undefined
  let alone = pool === undefined
  let broken = false
  // Calls of one binding do about the same. As long as no worker has started there is nothing to compare.
  const contests = new WeakMap<Binding, Contest>()
  const contestOf = (binding: Binding): Contest => {
    const known = contests.get(binding) ?? new Contest(threads - 1)
    contests.set(binding, known)
    return known
  }
  /** Other threads may still be at work for a call, or one has died at it: nothing can be said of what memory holds. */
  const stop = () => {
    broken = true
    abandoned.unregister(executor)
    pool!.kill()
  }
  const executor: Executor & { pool: Pool | undefined } = {
    sync: true,
    threads,
    pool,
    close() {
      if (!alone && !broken) pool!.end()
      alone = true
      abandoned.unregister(executor)
    },
    run: binding => {
      if (!alone && !broken && pool!.failed) stop()
      if (broken) throw threadsDied(manifest.name)
      const contest = alone || always || pool!.here === 0 ? undefined : contestOf(binding)
      const start = contest && performance.now()
      if (!alone && contest?.way !== 1) binding.header[poolWord] = pool!.offset
      try {
        return run(binding.frame)
      } catch (error) {
        store.resetStack()
        if (!pool || alone) throw trapped(manifest.name, error)
        const died = pool.failed
        stop()
        throw died ? threadsDied(manifest.name) : trapped(manifest.name, error)
      } finally {
        contest?.took(performance.now() - start!)
        binding.commit()
      }
    },
  }
  if (pool) abandoned.register(executor, pool, executor)
  return executor
}

/** Holds bytes to the size and hash in the manifest; without `crypto.subtle` (a page that is not secure) to the size alone. */
async function checkBytes(what: string, source: BufferSource, bytes: number, sha256: string): Promise<void> {
  if (source.byteLength !== bytes) throw wrongModule(what, `${bytes} bytes`, `${source.byteLength}`)
  const subtle = globalThis.crypto?.subtle
  if (!subtle) return
  const digest = new Uint8Array(await subtle.digest('SHA-256', source))
  const hex = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  if (hex !== sha256) throw wrongModule(what, `sha256 ${sha256}`, hex)
}
