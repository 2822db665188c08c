/** onnxruntime-web on wasm: whole models, optimized by the engine. It copies results out on every run: its interface. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { epsilon, parametersOf, type Transformer, type Values } from '../tasks.ts'
import type { Engine, EngineOptions, Prepared } from './engine.ts'
import { type Integers, integers, number, type OnnxNode, type OnnxType, onnxModel, typeOf } from './onnx-file.ts'

const node = (
  op: string,
  inputs: readonly string[],
  outputs: string | readonly string[],
  attributes = {},
): OnnxNode => ({
  op,
  inputs,
  outputs: [outputs].flat(),
  attributes,
})

const gemm = (x: string, w: string, b: string, y: string) => node('Gemm', [x, w, b], y)
const normalization = (x: string, gain: string, bias: string, y: string) =>
  node('LayerNormalization', [x, gain, bias], y, { axis: -1, epsilon: { float: epsilon } })

export async function start({ threads, peers }: EngineOptions): Promise<Engine> {
  const require = createRequire(join(peers, 'package.json'))
  const loaded = await import(pathToFileURL(require.resolve('onnxruntime-web')).href)
  const ort = loaded.default ?? loaded
  ort.env.wasm.numThreads = threads
  ort.env.logLevel = 'error'

  async function model(
    nodes: readonly OnnxNode[],
    inputs: Readonly<Record<string, Values>>,
    output: { name: string; shape: readonly number[]; dtype?: OnnxType },
    initializers?: Readonly<Record<string, Values | Integers>>,
  ): Promise<Prepared> {
    const session = await ort.InferenceSession.create(onnxModel(nodes, inputs, output, initializers), {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    })
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [name, new ort.Tensor(typeOf(data), data, shape)]),
    )
    const read = async (): Promise<Float32Array> => (await session.run(feeds))[output.name].data
    return { run: read, read }
  }

  return {
    product: ({ n, transposed }, { a, b }) => {
      // Gemm takes matrices transposed; MatMul is the faster of the two on those that are not.
      const multiply = transposed
        ? node('Gemm', ['a', 'b'], 'y', transposed === 'left' ? { transA: 1 } : { transB: 1 })
        : node('MatMul', ['a', 'b'], 'y')
      return model([multiply], { a: a!, b: b! }, { name: 'y', shape: [n, n] })
    },
    integers: ({ n }, { a, b }) =>
      model([node('MatMulInteger', ['a', 'b'], 'y')], { a: a!, b: b! }, { name: 'y', shape: [n, n], dtype: 'int32' }),
    sum: ({ n }, { x, y }) => model([node('Add', ['x', 'y'], 'z')], { x: x!, y: y! }, { name: 'z', shape: [n] }),
    chain: ({ n }, { x }) =>
      model(
        [
          node('Mul', ['x', 'a'], 'ax'),
          node('Add', ['ax', 'b'], 'line'),
          node('Tanh', ['line'], 'tanh'),
          node('Mul', ['x', 'c'], 'cx'),
          node('Sigmoid', ['cx'], 'gate'),
          node('Mul', ['tanh', 'gate'], 'gated'),
          node('Mul', ['x', 'x'], 'square'),
          node('Neg', ['square'], 'minus'),
          node('Exp', ['minus'], 'bell'),
          node('Add', ['gated', 'bell'], 'y'),
        ],
        { x: x! },
        { name: 'y', shape: [n] },
        { a: number(0.7), b: number(0.1), c: number(1.3) },
      ),
    deviations: (_, { x }) =>
      model(
        [
          node('ReduceMean', ['x'], 'mean', { keepdims: 0 }),
          node('Sub', ['x', 'mean'], 'deviation'),
          node('ReduceSumSquare', ['deviation'], 'y', { keepdims: 0 }),
        ],
        { x: x! },
        { name: 'y', shape: [] },
      ),
    softmax: ({ rows, columns }, { x }) =>
      model([node('Softmax', ['x'], 'y', { axis: -1 })], { x: x! }, { name: 'y', shape: [rows, columns] }),
    layerNorm: ({ rows, columns }, { x, gain, bias }) =>
      model(
        [normalization('x', 'gain', 'bias', 'y')],
        { x: x! },
        { name: 'y', shape: [rows, columns] },
        { gain: gain!, bias: bias! },
      ),
    call: (_, { x, y }) =>
      model(
        [node('Mul', ['x', 'y'], 'xy'), node('Add', ['xy', 'one'], 'z')],
        { x: x!, y: y! },
        { name: 'z', shape: [4, 4] },
        { one: number(1) },
      ),
    mlp: ({ batch }, data) =>
      model(
        [
          gemm('x', 'w1', 'b1', 'a1'),
          node('Relu', ['a1'], 'h1'),
          gemm('h1', 'w2', 'b2', 'a2'),
          node('Relu', ['a2'], 'h2'),
          gemm('h2', 'w3', 'b3', 'y'),
        ],
        { x: data.x! },
        { name: 'y', shape: [batch, 10] },
        parametersOf(data),
      ),
    convolution: ({ filters, size, filter, stride, padding, groups }, { x, k }) => {
      const out = Math.floor((size + 2 * padding - filter) / stride) + 1
      const attributes = { strides: [stride, stride], pads: [padding, padding, padding, padding], group: groups }
      const output = { name: 'y', shape: [1, filters, out, out] }
      return model([node('Conv', ['x', 'k'], 'y', attributes)], { x: x! }, output, { k: k! })
    },
    lenet: ({ batch }, data) => {
      const pool = { kernel_shape: [2, 2], strides: [2, 2] }
      // The engine folds a bias into its convolution; max(x) + b = max(x + b).
      const layer = (x: string, i: number) => [
        node('Conv', [x, `k${i}`, `c${i}`], `conv${i}`),
        node('MaxPool', [`conv${i}`], `pool${i}`, pool),
        node('Tanh', [`pool${i}`], `h${i}`),
      ]
      const nodes = [
        ...layer('x', 1),
        ...layer('h1', 2),
        node('Flatten', ['h2'], 'flat'),
        gemm('flat', 'w1', 'b1', 'a3'),
        node('Tanh', ['a3'], 'h3'),
        gemm('h3', 'w2', 'b2', 'y'),
      ]
      return model(nodes, { x: data.x! }, { name: 'y', shape: [batch, 10] }, parametersOf(data))
    },
    transformer: ({ width, heads, length }: Transformer, data) => {
      const size = width / heads
      const nodes = [
        normalization('x', 'g1', 'h1', 'n1'),
        node('MatMul', ['n1', 'wqkv'], 'qkv'),
        node('Reshape', ['qkv', 'parts'], 'split'),
        node('Split', ['split'], ['q1', 'k1', 'v1'], { axis: 1, num_outputs: 3 }),
        ...['q', 'k', 'v'].map(name => node('Squeeze', [`${name}1`, 'one'], `${name}2`)),
        node('Transpose', ['q2'], 'q', { perm: [1, 0, 2] }),
        node('Transpose', ['k2'], 'k', { perm: [1, 2, 0] }),
        node('Transpose', ['v2'], 'v', { perm: [1, 0, 2] }),
        node('MatMul', ['q', 'k'], 'products'),
        node('Mul', ['products', 'scale'], 'scores'),
        node('Softmax', ['scores'], 'weights', { axis: -1 }),
        node('MatMul', ['weights', 'v'], 'heads'),
        node('Transpose', ['heads'], 'rows', { perm: [1, 0, 2] }),
        node('Reshape', ['rows', 'whole'], 'attended'),
        node('MatMul', ['attended', 'wo'], 'mixed'),
        node('Add', ['x', 'mixed'], 'z'),
        normalization('z', 'g2', 'h2', 'n2'),
        node('MatMul', ['n2', 'w1'], 'f1'),
        node('Add', ['f1', 'b1'], 'f2'),
        node('Gelu', ['f2'], 'f3', { approximate: 'tanh' }),
        node('MatMul', ['f3', 'w2'], 'f4'),
        node('Add', ['f4', 'b2'], 'f5'),
        node('Add', ['z', 'f5'], 'y'),
      ]
      const shapes = { parts: integers([length, 3, heads, size]), whole: integers([length, width]), one: integers([1]) }
      const initializers = { ...parametersOf(data), ...shapes, scale: number(1 / Math.sqrt(size)) }
      return model(nodes, { x: data.x! }, { name: 'y', shape: [length, width] }, initializers)
    },
  }
}
