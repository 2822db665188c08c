/** Workers that share the loops of one program. What happens between threads is in `wasm/include/threads.hpp`. */
import type { Manifest } from './manifest.ts'
import { wrongOption } from './messages.ts'
import type { Store } from './store.ts'

/** How many threads run a program: `auto` is one for each processor, up to eight, where the host has threads. */
export type Threads = number | 'auto'

/** Words of the pool that this side knows, by their place in the memory. */
const word = { wake: 7, ended: 8, failed: 9, spins: 10, maySleep: 11, threads: 12, here: 13, grain: 14, gone: 16 }
const poolBytes = 128

/** Bytes of a thread's stack. */
export const stackBytes = 65536

/** Nanoseconds of work that a thread takes at a time, at least. */
const usualGrain = 8000

/** Nanoseconds from which a loop is shared: so many grains, as `threads.hpp` has it. */
export const leastShared = 5 * usualGrain

/** Looks for work before a worker sleeps: some 30 to 50 microseconds of them, which a loaded machine can spare. */
const spins = 20_000

/** The threads of one program. */
export interface Pool {
  /** Where it lies in the memory, in bytes. */
  readonly offset: number
  /** The upper ends of the workers' stacks. */
  readonly stacks: readonly number[]
  /** Workers that have started, and whether one has died. */
  readonly here: number
  readonly failed: boolean
  /** Lets the workers go: each leaves when it sees that, and the store gets their memory back when all have left. */
  end(): void
  /** Ends the workers wherever they are; what memory they have stays theirs. */
  kill(): void
}

/** The number of threads that `threads` means here; throws where it is no count, or more than one and the host has none. */
export function threadCount(threads: Threads): number {
  if (threads !== 'auto' && !(Number.isInteger(threads) && threads >= 1))
    throw wrongOption('threads', `'auto' or a count`, threads)
  if (threads === 1 || !hasThreads()) {
    if (threads !== 'auto' && threads > 1)
      throw wrongOption('threads', 'a host with shared memory and workers (a page: cross-origin isolated)', threads)
    return 1
  }
  return threads === 'auto' ? Math.min(globalThis.navigator?.hardwareConcurrency ?? 2, 8) : threads
}

const hasThreads = (): boolean => typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false

/** Starts the workers of a program; they join in when they are ready. Throws what `store.allocate` throws. */
export function startPool(
  threads: number,
  module: WebAssembly.Module,
  dataOffset: number,
  store: Store,
  { name }: Manifest,
  grain = usualGrain,
): Pool {
  // The stacks, then the pool.
  const block = store.borrow((threads - 1) * stackBytes + poolBytes)
  const stacks = Array.from({ length: threads - 1 }, (_, i) => block.offset + (i + 1) * stackBytes)
  const offset = block.offset + (threads - 1) * stackBytes
  const { memory } = store
  const words = new Int32Array(memory.buffer, offset, poolBytes / 4)
  words[word.spins] = spins
  words[word.maySleep] = mayWait() ? 1 : 0
  words[word.threads] = threads
  words[word.grain] = grain
  // The memory may be another pool's when the host tells of the last worker's end.
  let ended = false
  const workers = stacks.map((stack, i) => {
    const begun = new Int32Array(memory.buffer, block.offset + i * stackBytes, 1)
    const start: Start = {
      module,
      memory,
      dataOffset,
      stack,
      begun: begun.byteOffset,
      pool: offset,
      failed: word.failed,
    }
    return startWorker(start, name, () => {
      if (!ended && Atomics.load(begun, 0)) Atomics.store(words, word.failed, 1)
    })
  })
  const leave = (): void => {
    ended = true
    Atomics.store(words, word.ended, 1)
    Atomics.add(words, word.wake, 1)
    Atomics.notify(words, word.wake)
  }
  return {
    offset,
    stacks,
    get here() {
      return Atomics.load(words, word.here)
    },
    get failed() {
      return Atomics.load(words, word.failed) !== 0
    },
    end() {
      leave()
      block.giveBack(() => Atomics.load(words, word.gone) === threads - 1)
    },
    kill() {
      leave()
      for (const worker of workers) worker.then(end => end())
    },
  }
}

/** Whether this thread may sleep: a page's main thread may not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1)
    return true
  } catch {
    return false
  }
}

/** What a worker is told. */
interface Start {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  dataOffset: number
  stack: number
  /** Where it says that it has begun: at the far end of its stack. */
  begun: number
  /** Where the pool is, in bytes, and which of its words tells of a worker's death. */
  pool: number
  failed: number
}

/** A worker's whole program, by its text: it refers to nothing outside. Started too late for its pool it leaves at once. */
const life = `({ module, memory, dataOffset, stack, begun, pool, failed }) => {
  const env = {
    memory,
    __memory_base: dataOffset,
    __stack_pointer: new WebAssembly.Global({ value: 'i32', mutable: true }, stack),
    __table_base: 1,
  }
  const { work } = new WebAssembly.Instance(module, { env }).exports
  const words = new Int32Array(memory.buffer)
  Atomics.store(words, begun / 4, 1)
  try {
    work(pool)
  } catch {
    Atomics.store(words, pool / 4 + failed, 1)
  }
}`

/**
 * Starts a worker that keeps no process from ending; gives what ends it. `died` is called when the host tells of its end,
 * which it can do between calls alone. A host that does not start it leaves the others its work.
 */
async function startWorker(start: Start, name: string, died: () => void): Promise<() => void> {
  try {
    if (globalThis.process?.versions?.node) {
      // A name that bundlers for browsers do not follow.
      const path = 'node:worker_threads'
      const { Worker }: typeof import('node:worker_threads') = await import(
        /* @vite-ignore */ /* webpackIgnore: true */ path
      )
      const code = `(${life})(require('node:worker_threads').workerData)`
      const worker = new Worker(code, { eval: true, workerData: start, execArgv: [], name: `damo ${name}` })
      worker.on('error', died)
      worker.on('exit', died)
      worker.unref()
      return () => void worker.terminate()
    }
    const code = `onmessage = ({ data }) => { (${life})(data); close() }`
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
    const worker = new Worker(url, { type: 'module', name: `damo ${name}` })
    worker.onerror = died
    worker.postMessage(start)
    return () => worker.terminate()
  } catch {
    return () => {}
  }
}
