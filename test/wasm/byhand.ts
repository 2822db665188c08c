/** Programs for threads whose C++ is written by hand: what happens in a chunk is the test's choice. */
import { fileURLToPath } from 'node:url'
import type { Manifest } from '../../runtime/manifest.ts'
import { type Compiler, compileModule, findCompiler } from '../../wasm/emcc/index.ts'

const empty = {
  ...{ format: 1, producer: 'test', dims: {}, constraints: [], inputs: [], outputs: [], state: [] },
  ...{ buffers: [], steps: [], checks: [] },
}

let found: Promise<Compiler> | undefined

/**
 * A program of one job of two chunks, each `first` on the calling thread and `other` on a worker; `work` is what the job
 * is said to take, in nanoseconds.
 */
export const job = (first: string, other: string, work = 1e6) => `
  #include "threads.hpp"
  extern "C" __attribute__((visibility("default"))) int run(int* frame) {
    damo::Pool* pool = (damo::Pool*)frame[3];
    if (!pool) return 0;
    damo::share(pool, 2, ${work}, [](int, int, int) {
      int here = 0;
      asm volatile("" : : "r"(&here) : "memory");
      if ((unsigned)&here > 65536) { ${other} }
      else { ${first} }
    });
    return 0;
  }`

/** C++ that takes a while. */
export const turns = (count: number) => `for (volatile int i = 0; i < ${count}; i = i + 1) {}`

/** C++ that sleeps for a time in which everybody must have lost patience. */
export const silence = 'static damo::u32 nothing; damo::sleepOn(&nothing, 0, 20000000000);'

/** The bytes of such a program, and its manifest. */
export async function compiledByHand(text: string) {
  found ??= findCompiler()
  const includeDir = fileURLToPath(new URL('../../wasm/include', import.meta.url))
  const { bytes, memory } = await compileModule(text, { compiler: await found, includeDir, variant: 'threads' })
  const data = { bytes: memory.dataBytes, align: memory.dataAlign }
  const code = { wasm: { threads: { sha256: '', bytes: bytes.length, data } } }
  return { bytes, manifest: { ...empty, name: 'made', code } as unknown as Manifest }
}
