/** damo itself. Arrays lie in its memory as the peers' do in theirs: as shared variables that a call reads and sets. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from 'damo'
import { wasm } from 'damo/wasm'
import { buildIfStale } from '../../../.tools/build.mjs'
import { lowered } from '../../../frontend/compile.ts'
import { bytesOf } from '../../structure.ts'
import { network, randomGraph } from '../models.ts'
import { type BenchProgram, programs } from '../programs.ts'
import type { Values } from '../tasks.ts'
import { checkingModel } from '../types.ts'
import { type Engine, type EngineOptions, type Prepared, threeSteps } from './engine.ts'

/** How all programs here are compiled, and for how many threads: set once, when the engine starts. */
let target = wasm()
let threads = 1

async function prepare({ kind, spec, given }: BenchProgram): Promise<Prepared> {
  const program = await compile(spec, { target })
  if (kind === 'pure') {
    const read = () => {
      program.runSync()
      return program.state.get('result').data as Float32Array
    }
    return { run: () => program.runSync(), read }
  }
  const inputs = Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, data]))
  const call = () => (program.runSync(inputs as never) as Record<string, { data: Float32Array }>).result!.data
  const memory = bytesOf(program.manifest, threads)
  if (kind === 'called') return { run: call, read: call, memory }
  const step = () => call()[0]!
  return { run: step, read: () => threeSteps(step), memory }
}

export async function start(options: EngineOptions): Promise<Engine> {
  threads = options.threads
  target = wasm({ threads })
  const computed = Object.entries(programs).map(([kind, program]) => [
    kind,
    (task: never, data: Record<string, Values>) => prepare(program(task, data)),
  ])
  return {
    ...Object.fromEntries(computed),
    compile: compiling,
    frontend: ({ nodes }) => ({ run: () => lowered(randomGraph(nodes)), read: () => [] }),
    types: async ({ lines }) => ({ run: await checkingModel(lines), read: () => [] }),
  }
}

/** Compiling a training step by the package as it is shipped, with an empty cache, or with one that has it. */
async function compiling({ cached }: { cached: boolean }): Promise<Prepared> {
  if ((await buildIfStale()) !== 0) throw new Error('the package cannot be built')
  const shipped = (entry: string) => import(new URL(`../../../dist/${entry}.js`, import.meta.url).href)
  const damo: typeof import('damo') = await shipped('damo')
  const { wasm }: typeof import('damo/wasm') = await shipped('wasm')
  const { train } = network([784, 512, 512, 10], damo)
  const cacheDir = mkdtempSync(join(tmpdir(), 'damo-bench-'))
  const target = wasm({ cacheDir })
  // Headers are compiled once per installation: that is not part of compiling a program.
  await damo.compile({ outputs: { two: damo.constant(1).add(1) } }, { target })
  let scale = 0
  const step = () => (cached ? train : { ...train, outputs: { loss: train.outputs.loss.mul(++scale) } })
  if (cached) await damo.compile(train, { target })
  return { run: () => damo.compile(step(), { target }), read: () => [] }
}
