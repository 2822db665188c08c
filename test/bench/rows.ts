/** What is measured. A row prepares itself and gives the function to time, and how a time becomes its figure. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { add, compile, constant, exp, matrix, mul, sigmoid, sub, type Tensor, tanh } from 'damo'
import { wasm } from 'damo/wasm'
import { lowered } from '../../frontend/compile.ts'
import { network, noise } from './models.ts'

/** A row of the table. `run` is timed once a round; `figure` turns its seconds into what is printed. */
export interface Row {
  name: string
  unit: string
  /** What the project promises; `most` for times, `least` for rates. */
  target?: { most: number } | { least: number }
  /** Calls in one round, when one is too short to time. */
  calls?: number
  figure(seconds: number): number
  prepare(): Promise<() => unknown>
}

const milliseconds = (seconds: number) => seconds * 1e3
const microseconds = (seconds: number) => seconds * 1e6

/** A product of two n by n matrices of float32, transposed as asked. */
function product(n: number, left: boolean, right: boolean, target?: Row['target']): Row {
  return {
    name: `matmul ${n}${left ? ' leftT' : ''}${right ? ' rightT' : ''}`,
    unit: 'GFLOP/s',
    ...(target && { target }),
    calls: Math.max(1, Math.round(2e7 / n ** 3)),
    figure: seconds => (2 * n ** 3) / seconds / 1e9,
    async prepare() {
      const [a, b] = [matrix('a', { shape: [n, n] }), matrix('b', { shape: [n, n] })]
      const c = (left ? a.transpose() : a).matmul(right ? b.transpose() : b)
      const f = await compile({ inputs: { a, b }, outputs: { c } }, { target: wasm() })
      const inputs = { a: noise(n * n, 1, 1), b: noise(n * n, 1, 2) }
      return () => f.runSync(inputs)
    },
  }
}

/** A training step of a perceptron at a batch size. */
function training(batch: number): Row {
  return {
    name: `mlp 784-512-512-10 step, batch ${batch}`,
    unit: 'ms',
    figure: milliseconds,
    async prepare() {
      const { train } = network([784, 512, 512, 10])
      const step = await compile(train, { target: wasm() })
      const inputs = { x: noise(batch * 784, 1, 3), y: Int32Array.from({ length: batch }, (_, i) => i % 10) }
      return () => step.runSync(inputs)
    },
  }
}

/** Compiling a training step with an empty cache, or with one that has it. */
function compiling(cached: boolean): Row {
  return {
    name: `compile the mlp step, ${cached ? 'cached' : 'first time'}`,
    unit: 'ms',
    target: { most: cached ? 50 : 2000 },
    figure: milliseconds,
    async prepare() {
      const { train } = network([784, 512, 512, 10])
      const cacheDir = mkdtempSync(join(tmpdir(), 'damo-bench-'))
      // Headers are compiled once per installation: that is not part of compiling a program.
      await compile({ outputs: { two: constant(1).add(1) } }, { target: wasm({ cacheDir }) })
      let scale = 0
      const step = () => (cached ? train : { ...train, outputs: { loss: train.outputs.loss.mul(++scale) } })
      if (cached) await compile(train, { target: wasm({ cacheDir }) })
      return () => compile(step(), { target: wasm({ cacheDir }) })
    },
  }
}

const unaries = [exp, tanh, sigmoid]
const binaries = [add, sub, mul]

/** A random graph of elementwise ops, sums and products, the same on every run. */
function randomGraph(nodes: number) {
  const draws = noise(3 * nodes, 0.5, 5)
  const [x, y] = [matrix('x', { shape: [64, 64] }), matrix('y', { shape: [64, 64] })]
  const made: Tensor[] = [x, y]
  const recent = (draw: number) => made[Math.max(0, Math.floor(made.length - 1 - (draw + 0.5) * 12))]!
  for (let i = 0; made.length < nodes; i += 3) {
    const [kind, left, right] = [draws[i]!, draws[i + 1]!, draws[i + 2]!]
    if (kind < -0.1) made.push(unaries[i % 3]!(recent(left)))
    else if (kind < 0.45) made.push(binaries[i % 3]!(recent(left), recent(right)))
    else made.push(add(recent(left), recent(right).sum({ axis: 1, keepdims: true })))
  }
  return { inputs: { x, y }, outputs: made[made.length - 1]!, onUnusedInput: 'ignore' as const }
}

/** From tensors to kernels: rewriting, fusion and planning. */
function frontend(nodes: number, most: number): Row {
  return {
    name: `frontend, ${nodes} nodes`,
    unit: 'ms',
    target: { most },
    figure: milliseconds,
    async prepare() {
      return () => lowered(randomGraph(nodes))
    },
  }
}

/** A small function called with typed arrays, its result read. */
const smallCall: Row = {
  name: 'call of a 4x4 function',
  unit: 'us',
  target: { most: 5 },
  calls: 1000,
  figure: microseconds,
  async prepare() {
    const [x, y] = [matrix('x', { shape: [4, 4] }), matrix('y', { shape: [4, 4] })]
    const f = await compile({ inputs: { x, y }, outputs: { z: x.mul(y).add(1) } }, { target: wasm() })
    const inputs = { x: new Float32Array(16), y: new Float32Array(16) }
    let read = 0
    return () => {
      read += f.runSync(inputs).z.data[0] as number
      return read
    }
  },
}

export const rows: readonly Row[] = [
  product(64, false, false),
  product(256, false, false),
  product(512, false, false, { least: 10 }),
  product(512, true, false),
  product(512, false, true),
  product(1024, false, false),
  training(64),
  training(256),
  compiling(false),
  compiling(true),
  frontend(1000, 1000),
  frontend(10_000, 6000),
  smallCall,
]
