/** No pass over memory that fusion could remove: how many kernels the models of the benchmarks are made of. */
import {
  at,
  exp,
  grad,
  mean,
  shared,
  sigmoid,
  softmax,
  sqrt,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  vector,
  zeros,
} from 'damo'
import { categoricalCrossentropy, conv2d, pool2d } from 'damo/nn'
import { expect, test } from 'vitest'
import { lowered } from '../frontend/compile.ts'
import { network } from './bench/models.ts'

/** The names of the ops in each kernel of a program. */
const kernels = (spec: Parameters<typeof lowered>[0]): string[] =>
  lowered(spec).steps.map(step => ('run' in step ? step.run.label : 'repeat'))

const parameter = (name: string, ...shape: number[]): Tensor => shared(zeros(shape), name)
const descent = (loss: Tensor, parameters: readonly Tensor[]) => {
  const gradients = grad(loss, parameters)
  return parameters.map((p, i): [Tensor, Tensor] => [p, p.sub(gradients[i]!.mul(0.1))])
}

const along = { axis: -1, keepdims: true }
function layerNorm(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const deviation = x.sub(mean(x, along))
  return deviation
    .div(sqrt(mean(square(deviation), along).add(1e-5)))
    .mul(gain)
    .add(bias)
}

test('elementwise chains, rows and sums of deviations are one kernel, each', () => {
  const x = tensor('x', { shape: [64, 48] })
  const y = tensor('y', { shape: [64, 48] })
  const chain = tanh(x.mul(0.7))
    .mul(sigmoid(y))
    .add(exp(square(x).neg()))
  expect(kernels({ inputs: { x, y }, outputs: { chain } })).toHaveLength(1)
  expect(kernels({ inputs: { x }, outputs: { p: softmax(x) } })).toHaveLength(1)
  expect(kernels({ inputs: { x }, outputs: { d: sum(square(x.sub(mean(x)))) } })).toHaveLength(1)
  const [gain, bias] = [parameter('gain', 48), parameter('bias', 48)]
  const normal = layerNorm(x, gain, bias)
  expect(kernels({ inputs: { x }, outputs: { normal } })).toHaveLength(1)
  // One over the rows for x, and one over the columns for both parameters.
  const [dx, dgain, dbias] = grad(sum(normal.mul(y)), [x, gain, bias])
  expect(kernels({ inputs: { x, y }, outputs: { dx: dx!, dgain: dgain!, dbias: dbias! } }).length).toBeLessThanOrEqual(
    3,
  )
})

test('a perceptron: a product for each layer, with its bias and activation in it; steps of descent within products', () => {
  const { train, predict } = network([784, 512, 512, 10])
  expect(kernels(predict)).toHaveLength(4)
  const step = kernels(train)
  expect(step).toHaveLength(12)
  expect(step.filter(label => label.startsWith('einsum'))).toHaveLength(8)
})

function lenet(batch: number) {
  const x = tensor('x', { shape: [batch, 1, 28, 28] })
  const y = vector('y', { dtype: 'int32', shape: [batch] })
  const parameters = [
    parameter('k1', 20, 1, 5, 5),
    parameter('c1', 20),
    parameter('k2', 50, 20, 5, 5),
    parameter('c2', 50),
    parameter('w1', 800, 500),
    parameter('b1', 500),
    parameter('w2', 500, 10),
    parameter('b2', 10),
  ]
  const [k1, c1, k2, c2, w1, b1, w2, b2] = parameters as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const layer = (h: Tensor, k: Tensor, c: Tensor): Tensor => {
    const convolved = conv2d(h as Tensor<'float32', 4>, k as Tensor<'float32', 4>, { filterFlip: false })
    return pool2d(tanh(convolved.add(c.reshape([1, -1, 1, 1]))), 2)
  }
  const flat = layer(layer(x, k1, c1), k2, c2).reshape([batch, 800])
  const p = softmax(tanh(flat.matmul(w1).add(b1)).matmul(w2).add(b2))
  return { x, y, p, loss: categoricalCrossentropy(p, y).mean(), parameters }
}

test('lenet: images are convolved, biased, bent and pooled in two kernels a layer; steps of descent within gradients', () => {
  const { x, y, p, loss, parameters } = lenet(64)
  expect(kernels({ inputs: { x }, outputs: { p } })).toHaveLength(7)
  const step = kernels({ inputs: { x, y }, outputs: { loss }, updates: descent(loss, parameters) })
  expect(step.length).toBeLessThanOrEqual(21)
  expect(step.filter(label => label.startsWith('einsum'))).toHaveLength(11)
})

test('a step of an lstm: one product, and the gates in one kernel', () => {
  const [x, h, c] = ['x', 'h', 'c'].map(name => tensor(name, { shape: [32, 128] })) as [Tensor, Tensor, Tensor]
  const [wx, wh, b] = [parameter('wx', 128, 512), parameter('wh', 128, 512), parameter('b', 512)]
  const gates = x.matmul(wx).add(h.matmul(wh)).add(b).reshape([32, 4, 128]).transpose([1, 0, 2])
  const [i, f, g, o] = [0, 1, 2, 3].map(gate => at(gates, gate)) as [Tensor, Tensor, Tensor, Tensor]
  const next = sigmoid(f)
    .mul(c)
    .add(sigmoid(i).mul(tanh(g)))
  const outputs = { h: sigmoid(o).mul(tanh(next)), c: next }
  expect(kernels({ inputs: { x, h, c }, outputs })).toHaveLength(3)
})

test('a transformer block', () => {
  const [width, heads, length] = [256, 4, 128]
  const size = width / heads
  const x = tensor('x', { shape: [length, width] })
  const p = {
    ...{
      g1: parameter('g1', width),
      h1: parameter('h1', width),
      g2: parameter('g2', width),
      h2: parameter('h2', width),
    },
    ...{ wqkv: parameter('wqkv', width, 3 * width), wo: parameter('wo', width, width) },
    ...{ w1: parameter('w1', width, 1024), b1: parameter('b1', 1024) },
    ...{ w2: parameter('w2', 1024, width), b2: parameter('b2', width) },
  }
  const qkv = layerNorm(x, p.g1, p.h1).matmul(p.wqkv).reshape([length, 3, heads, size])
  const [q, k, v] = [0, 1, 2].map(i => at(qkv.transpose([1, 2, 0, 3]), i)) as [Tensor, Tensor, Tensor]
  const scores = softmax(q.matmul(k.transpose([0, 2, 1])).mul(1 / Math.sqrt(size)))
  const attended = scores.matmul(v).transpose([1, 0, 2]).reshape([length, width])
  const y = x.add(attended.matmul(p.wo))
  const z = tanh(layerNorm(y, p.g2, p.h2).matmul(p.w1).add(p.b1))
    .matmul(p.w2)
    .add(p.b2)
  const out = y.add(z)
  // Two norms, softmax, and six products: each is one kernel.
  expect(kernels({ inputs: { x }, outputs: { out } })).toHaveLength(9)
  const loss = mean(square(out))
  const step = kernels({ inputs: { x }, outputs: { loss }, updates: descent(loss, Object.values(p)) })
  expect(step.length).toBeLessThanOrEqual(34)
  // Gradients of six products for both operands.
  expect(step.filter(label => label.startsWith('einsum'))).toHaveLength(18)
})
