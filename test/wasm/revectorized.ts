/**
 * What a Node makes of programs in tiles for vectors of so many bits, in a process of its own:
 *
 *     node [--experimental-wasm-revectorize] -C damo-source --import tsx test/wasm/revectorized.ts BITS [times]
 *
 * prints hashes of results by task as JSON, or with `times` the milliseconds of the shortest calls.
 */
import { compile, tensor4 } from 'damo'
import { conv2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { noise } from '../bench/noise.ts'
import { type BenchProgram, programs } from '../bench/programs.ts'
import { dataOf, type Task } from '../bench/tasks.ts'
import { hashOf } from './elsewhere.ts'

const convolution = (rest: object) => ({ kind: 'convolution', stride: 1, padding: 1, groups: 1, filter: 3, ...rest })

/** Products and convolutions of all forms, steps of networks; whole tiles and what is left over. */
const tasks = {
  'product 100': { kind: 'product', n: 100 },
  'product 256': { kind: 'product', n: 256 },
  'transposed 130': { kind: 'product', n: 130, transposed: 'right' },
  'integers 130': { kind: 'integers', n: 130, bits: 8 },
  'bytes 256': { kind: 'integers', n: 256, bits: 7 },
  'conv 3x3': convolution({ channels: 64, filters: 64, size: 56 }),
  'conv 3x3 of 7x7': convolution({ channels: 16, filters: 20, size: 7 }),
  'conv 3x3, stride 2': convolution({ channels: 64, filters: 64, size: 56, stride: 2 }),
  'conv 1x1': convolution({ channels: 64, filters: 256, size: 56, filter: 1, padding: 0 }),
  'conv 7x7, stride 2': convolution({ channels: 3, filters: 64, size: 224, filter: 7, stride: 2, padding: 3 }),
  'mlp step': { kind: 'mlpStep', batch: 64 },
  'lenet step': { kind: 'lenetStep', batch: 64 },
} as unknown as Record<string, Task>

/** The same convolution term by term, which no flag is to change either. */
const direct = 'conv 3x3, term by term'

const [bits, times] = [Number(process.argv[2]) as 128 | 256, process.argv[3] === 'times']
const answers: Record<string, number> = {}
for (const [name, task] of Object.entries(tasks)) {
  const make = programs[task.kind as 'product'] as (task: Task, data: object) => BenchProgram
  const { kind, spec, given } = make(task, dataOf(task))
  const program = await compile(spec, { target: wasm({ vectorBits: bits }) })
  const inputs = Object.fromEntries(Object.entries(given).map(([input, { data }]) => [input, data]))
  const call = () => program.runSync(inputs as never) as unknown as Record<string, { data: ArrayBufferView }>
  answers[name] = times
    ? measured(call)
    : hashed(call, kind === 'pure' ? () => [program.state.get('result')] : undefined)
}
const [images, filters] = [tensor4('images', { shape: [1, 64, 56, 56] }), tensor4('filters', { shape: [64, 64, 3, 3] })]
const maps = { inputs: { images, filters }, outputs: { maps: conv2d(images, filters, { padding: 1 }) } }
const exact = await compile(maps, { target: wasm({ vectorBits: bits, numerics: 'reproducible' }) })
const values = { images: noise(64 * 56 * 56, 1, 1), filters: noise(64 * 64 * 9, 1, 2) }
const call = () => exact.runSync(values as never)
answers[direct] = times ? measured(call) : hashed(call)
console.log(JSON.stringify(answers))

/** A hash of the bits of three calls' results. */
function hashed(call: () => object, read?: () => object[]): number {
  return hashOf(
    [1, 2, 3].flatMap(() => {
      const results = call()
      return read ? read() : Object.values(results)
    }) as { data: ArrayBufferView }[],
  )
}

/** The shortest of some calls, in milliseconds. */
function measured(call: () => void): number {
  const until = performance.now() + 300
  while (performance.now() < until) call()
  const each = Array.from({ length: 41 }, () => {
    const start = performance.now()
    call()
    return performance.now() - start
  })
  return Math.min(...each)
}
