/** A program that threads share, run by one and by two of them in whatever engine this is bundled for. */
import type { Manifest } from '../../runtime/manifest.ts'
import { createProgram } from '../../runtime/program.ts'
import { Store } from '../../runtime/store.ts'
import { wasmExecutor } from '../../runtime/wasm.ts'

/** What an engine says: workers that took part, and calls whose bits were not the same. */
export interface Answer {
  here: number
  different: number
}

const calls = 50

/** Calls the program of a threads module, given in base64, on one thread and on two. */
export async function answer(manifest: Manifest, base64: string): Promise<Answer> {
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  const module = await WebAssembly.compile(bytes)
  const start = (threads: number) => {
    const store = new Store({ threads: true })
    const executor = wasmExecutor(manifest, 'threads', module, store, { threads, grain: 0 })
    return { executor, program: createProgram({ manifest, store, executor, weights: new Map() }) }
  }
  const [one, two] = [start(1), start(2)]
  while (two.executor.pool!.here < 1) await new Promise(resolve => setTimeout(resolve, 5))
  let different = 0
  for (let call = 0; call < calls; call++) {
    const x = Float32Array.from({ length: 70 * 90 }, (_, i) => Math.sin(i * (call + 1)))
    const [a, b] = [one, two].map(({ program }) => new Uint32Array(program.runSync({ x }).y!.data.slice().buffer))
    if (a!.some((bits, i) => bits !== b![i])) different++
  }
  const { here } = two.executor.pool!
  two.program.close()
  return { here, different }
}
