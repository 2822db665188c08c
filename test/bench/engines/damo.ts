/** damo itself. Arrays lie in its memory as the peers' do in theirs: as shared variables that a call reads and sets. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, constant } from 'damo'
import { wasm } from 'damo/wasm'
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

/** Compiling a training step with an empty cache, or with one that has it. */
async function compiling({ cached }: { cached: boolean }): Promise<Prepared> {
  const { train } = network([784, 512, 512, 10])
  const cacheDir = mkdtempSync(join(tmpdir(), 'damo-bench-'))
  // Headers are compiled once per installation: that is not part of compiling a program.
  await compile({ outputs: { two: constant(1).add(1) } }, { target: wasm({ cacheDir }) })
  let scale = 0
  const step = () => (cached ? train : { ...train, outputs: { loss: train.outputs.loss.mul(++scale) } })
  if (cached) await compile(train, { target: wasm({ cacheDir }) })
  return { run: () => compile(step(), { target: wasm({ cacheDir }) }), read: () => [] }
}
