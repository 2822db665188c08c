/** Programs that threads share, run in whatever engine this is bundled for. */
import type { Inputs } from '../../runtime/call.ts'
import type { Manifest, WasmVariant } from '../../runtime/manifest.ts'
import { createProgram } from '../../runtime/program.ts'
import { Store } from '../../runtime/store.ts'
import { wasmExecutor } from '../../runtime/wasm.ts'

/** A program with its modules in base64. */
export interface Made {
  manifest: Manifest
  modules: Partial<Record<WasmVariant, string>>
}

/** The counts of threads that every engine runs. */
export const counts = [1, 2, 3, 4] as const

/** What an engine says. */
export interface Answer {
  /** The bits of all outputs on the variant for one thread, of several calls, as a hash. */
  alone: number
  /** The same on so many threads, with the workers that took part. */
  together: readonly { threads: number; here: number; hash: number }[]
  /** What a call says whose worker goes silent in the middle of it. */
  silent: string
  /** How many outputs the same program has, loaded again on one thread. */
  again: number
  /** On a page: the bits after its workers were ended between calls, of which nobody is told there; and milliseconds for them. */
  ended?: { hash: number; milliseconds: number }
}

const calls = 5

/** The inputs of a call: from integers alone, as `Math` may differ from engine to engine. */
export function inputsOf({ inputs }: Manifest, call: number): Inputs {
  return Object.fromEntries(
    inputs.map(({ name, shape }, k) => {
      const length = (shape as number[]).reduce((a, b) => a * b, 1)
      return [name, Float32Array.from({ length }, (_, i) => (((i + 1) * (7919 + k) * (call + 1)) % 2003) / 1001.5 - 1)]
    }),
  )
}

/** A hash of the bytes of arrays, in order. */
export function hashOf(arrays: Iterable<{ data: ArrayBufferView }>): number {
  let hash = 0
  for (const { data } of arrays) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0
  }
  return hash
}

/** Runs `made` on one thread and on each count, and `silent`, whose worker never comes back. */
export async function answer(made: Made, silent: Made): Promise<Answer> {
  const alone = await start(made, 'simd128', 1)
  const together: Answer['together'][number][] = []
  for (const threads of counts) {
    const { program, here } = await start(made, 'threads', threads)
    together.push({ threads, here: here(), hash: hashOfCalls(program, made.manifest) })
    // The last ones stay: a process ends though its threads sleep.
    if (threads < counts.at(-1)!) program.close()
  }
  const { program } = await start(silent, 'threads', 2)
  let message = 'no error'
  try {
    program.runSync()
  } catch (error) {
    message = String(error)
  }
  const again = (await start(silent, 'threads', 1)).program.runSync()
  const onPage = !globalThis.process?.versions?.node
  return {
    ...(onPage && { ended: await withoutWorkers(made) }),
    alone: hashOfCalls(alone.program, made.manifest),
    together,
    silent: message,
    again: Object.keys(again).length,
  }
}

/** Runs `made` with workers that are ended before its calls: asleep or looking for work, they hold none. */
async function withoutWorkers(made: Made): Promise<NonNullable<Answer['ended']>> {
  const { Worker } = globalThis
  const started: Worker[] = []
  globalThis.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      started.push(this)
    }
  }
  const { program } = await start(made, 'threads', 3)
  globalThis.Worker = Worker
  program.runSync(inputsOf(made.manifest, 0))
  for (const worker of started) worker.terminate()
  await new Promise(resolve => setTimeout(resolve, 100))
  const before = performance.now()
  const hash = hashOfCalls(program, made.manifest)
  return { hash, milliseconds: started.length === 2 ? performance.now() - before : Number.NaN }
}

function hashOfCalls(program: ReturnType<typeof createProgram>, manifest: Manifest): number {
  const results = Array.from({ length: calls }, (_, call) => program.runSync(inputsOf(manifest, call)))
  return hashOf(results.flatMap(result => Object.values(result)))
}

async function start({ manifest, modules }: Made, variant: WasmVariant, threads: number) {
  const bytes = Uint8Array.from(atob(modules[variant]!), character => character.charCodeAt(0))
  const module = await WebAssembly.compile(bytes)
  const store = new Store({ threads: variant === 'threads' })
  const executor = wasmExecutor(manifest, variant, module, store, { threads, grain: 0, always: true })
  const here = () => executor.pool?.here ?? 0
  while (here() < threads - 1) await new Promise(resolve => setTimeout(resolve, 5))
  return { program: createProgram({ manifest, store, executor, weights: new Map() }), here }
}
