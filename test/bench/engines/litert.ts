/** LiteRT.js on XNNPACK, the fastest engine for inference: models of fixed sizes, channels last. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import type { Values } from '../tasks.ts'
import { type Engine, type EngineOptions, type Prepared, permuted, reshaped } from './engine.ts'
import { type Builder, type LiteOperation, type LiteTensor, liteModel } from './tflite-file.ts'

/** A tensor of LiteRT. */
interface Tensor {
  toTypedArray(): Float32Array
  delete(): void
}

export async function start({ threads, peers }: EngineOptions): Promise<Engine> {
  const require = createRequire(join(peers, 'package.json'))
  const { Builder: FlatBuilder } = require('flatbuffers')
  const lite = await loadInNode(require, threads)

  async function model(
    tensors: Record<string, LiteTensor>,
    operations: readonly LiteOperation[],
    inputs: Readonly<Record<string, Values>>,
    shown: (y: Float32Array) => Float32Array = y => y,
  ): Promise<Prepared> {
    const all = {
      ...Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape }])),
      ...tensors,
    }
    const bytes = liteModel(new FlatBuilder(1 << 20) as Builder, all, operations, Object.keys(inputs), 'y')
    const compiled = await lite.loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: threads } })
    const given = Object.values(inputs).map(({ shape, data }) => new lite.Tensor(data, [...shape]))
    const call = async (): Promise<Tensor> => (await compiled.run(given))[0]
    return {
      run: async () => (await call()).delete(),
      read: async () => shown(Float32Array.from((await call()).toTypedArray())),
    }
  }

  const zeros = (n: number): LiteTensor => ({ shape: [n], data: new Float32Array(n) })

  return {
    product: ({ n, transposed }, { a, b }) => {
      // Its matrices are stored one way: a transposition would be a pass of its own.
      if (transposed) return undefined
      const y = { shape: [n, n] }
      return model({ y }, [{ op: 'BATCH_MATMUL', inputs: ['a', 'b'], output: 'y' }], { a: a!, b: b! })
    },
    mlp: ({ batch }, { x, w1, b1, w2, b2, w3, b3 }) => {
      const weights = { w1: permuted(w1!, [1, 0]), w2: permuted(w2!, [1, 0]), w3: permuted(w3!, [1, 0]) }
      const between = { h1: { shape: [batch, 512] }, h2: { shape: [batch, 512] }, y: { shape: [batch, 10] } }
      const tensors = { ...weights, b1: b1!, b2: b2!, b3: b3!, ...between }
      const layer = (from: string, i: number, output: string, options = {}) =>
        ({ op: 'FULLY_CONNECTED', inputs: [from, `w${i}`, `b${i}`], output, options }) as const
      return model(
        tensors,
        [layer('x', 1, 'h1', { relu: 1 }), layer('h1', 2, 'h2', { relu: 1 }), layer('h2', 3, 'y')],
        { x: x! },
      )
    },
    convolution: ({ filters, size, filter, stride, padding, groups }, { x, k }) => {
      const out = Math.floor((size + 2 * padding - filter) / stride) + 1
      // Its own padding is 'same', which is another one at even strides: there the image is padded before.
      const same = stride === 1
      const image = permuted(same ? x! : padded(x!, padding), [0, 2, 3, 1])
      const op = groups > 1 ? 'DEPTHWISE_CONV_2D' : 'CONV_2D'
      const kernel = permuted(k!, groups > 1 ? [1, 2, 3, 0] : [0, 2, 3, 1])
      return model(
        { k: kernel, zero: zeros(filters), y: { shape: [1, out, out, filters] } },
        [{ op, inputs: ['x', 'k', 'zero'], output: 'y', options: { stride, valid: same ? 0 : 1 } }],
        { x: image },
        y => permuted({ shape: [1, out, out, filters], data: y }, [0, 3, 1, 2]).data as Float32Array,
      )
    },
    lenet: ({ batch }, { x, k1, c1, k2, c2, w1, b1, w2, b2 }) => {
      const dense = permuted(reshaped(w1!, [50, 4, 4, 500]), [3, 1, 2, 0])
      const between = (shape: number[]): LiteTensor => ({ shape: [batch, ...shape] })
      const tensors: Record<string, LiteTensor> = {
        k1: permuted(k1!, [0, 2, 3, 1]),
        c1: c1!,
        a1: between([24, 24, 20]),
        p1: between([12, 12, 20]),
        h1: between([12, 12, 20]),
        k2: permuted(k2!, [0, 2, 3, 1]),
        c2: c2!,
        a2: between([8, 8, 50]),
        p2: between([4, 4, 50]),
        h2: between([4, 4, 50]),
        flatShape: { shape: [2], data: Int32Array.of(batch, 800) },
        flat: between([800]),
        w1: reshaped(dense, [500, 800]),
        b1: b1!,
        a3: between([500]),
        h3: between([500]),
        w2: permuted(w2!, [1, 0]),
        b2: b2!,
        y: between([10]),
      }
      const layer = (from: string, i: number): LiteOperation[] => [
        { op: 'CONV_2D', inputs: [from, `k${i}`, `c${i}`], output: `a${i}`, options: { stride: 1, valid: 1 } },
        { op: 'MAX_POOL_2D', inputs: [`a${i}`], output: `p${i}` },
        { op: 'TANH', inputs: [`p${i}`], output: `h${i}` },
      ]
      return model(
        tensors,
        [
          ...layer('x', 1),
          ...layer('h1', 2),
          { op: 'RESHAPE', inputs: ['h2', 'flatShape'], output: 'flat' },
          { op: 'FULLY_CONNECTED', inputs: ['flat', 'w1', 'b1'], output: 'a3' },
          { op: 'TANH', inputs: ['a3'], output: 'h3' },
          { op: 'FULLY_CONNECTED', inputs: ['h3', 'w2', 'b2'], output: 'y' },
        ],
        { x: reshaped(x!, [batch, 28, 28, 1]) },
      )
    },
  }
}

/** Zeros around each plane of [1, channels, size, size]. */
function padded({ shape, data }: Values, padding: number): Values {
  const [, channels, size] = shape as [number, number, number]
  const wide = size + 2 * padding
  const result = new Float32Array(channels * wide * wide)
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < size; row++) {
      const from = (c * size + row) * size
      result.set(data.subarray(from, from + size), (c * wide + row + padding) * wide + padding)
    }
  }
  return { shape: [1, channels, wide, wide], data: result }
}

/** Its loader knows pages and web workers only: this gives it what it looks for there. */
async function loadInNode(require: NodeJS.Require, threads: number) {
  const main = require.resolve('@litertjs/core')
  const folder = join(dirname(dirname(main)), 'wasm') + sep
  const script = `${folder}litert_wasm_${threads > 1 ? 'threaded_' : ''}internal.js`
  // Its threads run the script as a file: a classic one, in a package of modules.
  if (threads > 1) writeFileSync(`${folder}package.json`, '{ "type": "commonjs" }\n')
  Object.assign(globalThis, {
    self: globalThis,
    require,
    __filename: script,
    __dirname: folder,
    importScripts: (file: string) => runInThisContext(readFileSync(file, 'utf8'), { filename: file }),
    Module: { locateFile: (file: string) => folder + file, mainScriptUrlOrBlob: script },
  })
  const lite = await import(pathToFileURL(main).href)
  await lite.loadLiteRt(script, threads > 1 ? { threads: true } : {})
  return lite
}
