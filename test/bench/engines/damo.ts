/** damo itself. Arrays lie in its memory as the peers' do in theirs: as shared variables that a call reads and sets. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  array,
  at,
  compile,
  constant,
  type DType,
  exp,
  matrix,
  mean,
  relu,
  type Spec,
  shared,
  sigmoid,
  softmax,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  vector,
  zeros,
} from 'damo'
import { categoricalCrossentropy, conv2d, layerNorm, pool2d, sgd } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { lowered } from '../../../frontend/compile.ts'
import { isPersistent, layout } from '../../../runtime/arena.ts'
import type { Manifest } from '../../../runtime/manifest.ts'
import { network, randomGraph } from '../models.ts'
import { theanoExpressions } from '../rows/theano.ts'
import { epsilon, learningRate, parametersOf, type Transformer, type Values } from '../tasks.ts'
import { checkingModel } from '../types.ts'
import { type Engine, type EngineOptions, type Memory, type Prepared, threeSteps } from './engine.ts'

/** How all programs here are compiled: set once, when the engine starts. */
let target = wasm()

const resident = ({ shape, data }: Values, name: string): Tensor =>
  shared(array(data, { shape }) as never, name) as Tensor
const residents = (data: Record<string, Values>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(data).map(([name, values]) => [name, resident(values, name)]))

/** One expression of arrays in damo's memory, its result left there. */
async function pure(data: Record<string, Values>, f: (x: Record<string, Tensor>) => Tensor): Promise<Prepared> {
  const y = f(residents(data))
  const result = shared(zeros(y.shape, y.dtype), 'result')
  const program = await compile({ updates: [[result, y]] }, { target })
  return {
    run: () => program.runSync(),
    read: () => {
      program.runSync()
      return program.state.get('result').data as Float32Array
    },
  }
}

/** A model called with arrays of the caller, its result read. */
async function called(spec: Spec, inputs: Record<string, Values>): Promise<Prepared> {
  const program = await compile(spec, { target })
  const given = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]))
  const call = () => (program.runSync(given as never) as Record<string, { data: Float32Array }>).y!.data
  return { run: call, read: call, memory: memoryOf(program.manifest) }
}

/** What a program of known dims takes of its store's arena. */
function memoryOf({ buffers }: Manifest): Memory {
  const sizes = buffers.map(({ bytes }) => bytes as number)
  const sum = sizes.reduce((total, size, i) => (isPersistent(buffers[i]!) ? total : total + size), 0)
  return { peak: layout(buffers, sizes, 0).bytes, sum }
}

async function trained(loss: Tensor, parameters: Record<string, Tensor>, inputs: Record<string, [Tensor, Values]>) {
  const symbols = Object.fromEntries(Object.entries(inputs).map(([name, [symbol]]) => [name, symbol]))
  const updates = sgd(loss, Object.values(parameters), { learningRate })
  const values = Object.fromEntries(Object.entries(inputs).map(([name, [, value]]) => [name, value]))
  const { run, memory } = await called({ inputs: symbols, outputs: { y: loss }, updates }, values)
  const step = () => (run() as Float32Array)[0]!
  return { run: step, read: () => threeSteps(step), memory: memory! }
}

type Model = (p: Record<string, Tensor>, x: Tensor) => Tensor

const dense = (x: Tensor, w: Tensor, b: Tensor): Tensor => x.matmul(w).add(b)
const mlp: Model = (p, x) => dense(relu(dense(relu(dense(x, p.w1!, p.b1!)), p.w2!, p.b2!)), p.w3!, p.b3!)

/** LeNet as Theano's tutorial has it; the peers' convolutions do not turn their filters around. */
const lenet: Model = (p, x) => {
  const layer = (h: Tensor, k: Tensor, bias: Tensor): Tensor =>
    tanh(
      pool2d(conv2d(h as Tensor<DType, 4>, k as Tensor<DType, 4>, { filterFlip: false }), 2).add(
        bias.reshape([1, k.shape[0] as number, 1, 1]),
      ),
    )
  const features = layer(layer(x, p.k1!, p.c1!), p.k2!, p.c2!).reshape([x.shape[0] as number, 800])
  return dense(tanh(dense(features, p.w1!, p.b1!)), p.w2!, p.b2!)
}

/** Gaussian error linear unit by way of tanh, as the peers have it. */
const gelu = (x: Tensor): Tensor =>
  x.mul(0.5).mul(tanh(x.mul(Math.sqrt(2 / Math.PI)).mul(square(x).mul(0.044715).add(1))).add(1))

const transformer =
  ({ width, heads, length }: Transformer): Model =>
  (p, x) => {
    const size = width / heads
    const qkv = layerNorm(x, { gamma: p.g1!, beta: p.h1!, epsilon }).matmul(p.wqkv!).reshape([length, 3, heads, size])
    const [q, k, v] = [0, 1, 2].map(i => at(qkv.transpose([1, 2, 0, 3]), i)) as [Tensor, Tensor, Tensor]
    const scores = softmax(q.matmul(k.transpose([0, 2, 1])).mul(1 / Math.sqrt(size)))
    const attended = scores.matmul(v).transpose([1, 0, 2]).reshape([length, width])
    const y = x.add(attended.matmul(p.wo!))
    return y.add(dense(gelu(dense(layerNorm(y, { gamma: p.g2!, beta: p.h2!, epsilon }), p.w1!, p.b1!)), p.w2!, p.b2!))
  }

const input = ({ shape }: Values): Tensor => tensor('x', { shape })

/** The logits of a model of `data.x`. */
function forward(model: Model, data: Record<string, Values>): Promise<Prepared> {
  const x = input(data.x!)
  return called({ inputs: { x }, outputs: { y: model(residents(parametersOf(data)), x) } }, { x: data.x! })
}

/** A step of gradient descent on the crossentropy of a model of `data.x` against `data.y`. */
function classifier(model: Model, data: Record<string, Values>): Promise<Prepared> {
  const [x, y] = [input(data.x!), vector('y', { dtype: 'int32', shape: [data.y!.shape[0]!] })]
  const p = residents(parametersOf(data))
  const loss = categoricalCrossentropy(softmax(model(p, x)), y).mean()
  return trained(loss, p, { x: [x, data.x!], y: [y, data.y!] })
}

export async function start({ threads }: EngineOptions): Promise<Engine> {
  target = wasm({ threads })
  return {
    product: ({ transposed }, data) =>
      pure(data, ({ a, b }) =>
        (transposed === 'left' ? a!.transpose() : a!).matmul(transposed === 'right' ? b!.transpose() : b!),
      ),
    sum: (_, data) => pure(data, ({ x, y }) => x!.add(y!)),
    chain: (_, data) =>
      pure(data, ({ x }) =>
        tanh(x!.mul(0.7).add(0.1))
          .mul(sigmoid(x!.mul(1.3)))
          .add(exp(square(x!).neg())),
      ),
    deviations: (_, data) => pure(data, ({ x }) => sum(square(x!.sub(mean(x!))))),
    softmax: (_, data) => pure(data, ({ x }) => softmax(x!)),
    layerNorm: (_, data) => pure(data, ({ x, gain, bias }) => layerNorm(x!, { gamma: gain!, beta: bias!, epsilon })),
    theano: ({ expression }, data) => pure(data, ({ a, b }) => theanoExpressions[expression]!.graph(a!, b!)),
    call: (_, data) => {
      const [x, y] = [matrix('x', { shape: [4, 4] }), matrix('y', { shape: [4, 4] })]
      return called({ inputs: { x, y }, outputs: { y: x.mul(y).add(1) } }, data)
    },
    mlp: (_, data) => forward(mlp, data),
    mlpStep: (_, data) => classifier(mlp, data),
    convolution: ({ stride, padding, groups }, data) =>
      pure(data, ({ x, k }) =>
        conv2d(x as Tensor<DType, 4>, k as Tensor<DType, 4>, { stride, padding, groups, filterFlip: false }),
      ),
    lenet: (_, data) => forward(lenet, data),
    lenetStep: (_, data) => classifier(lenet, data),
    transformer: (task, data) => forward(transformer(task), data),
    transformerStep: (task, data) => {
      const [x, p] = [input(data.x!), residents(parametersOf(data))]
      return trained(mean(square(transformer(task)(p, x))), p, { x: [x, data.x!] })
    },
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
