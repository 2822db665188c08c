/** What damo computes for each task, as benchmarks time it and tests look at its structure. */
import {
  array,
  at,
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
import { theanoExpressions } from './rows/theano.ts'
import { epsilon, learningRate, parametersOf, type Tasks, type Transformer, type Values } from './tasks.ts'

type Computation = Exclude<keyof Tasks, 'compile' | 'frontend' | 'types'>

/**
 * A program of damo: `pure` ones compute a state 'result' from arrays in damo's memory, the others are called with arrays
 * of the caller and give `result`, which of a training step is the loss.
 */
export interface BenchProgram {
  kind: 'pure' | 'called' | 'step'
  spec: Spec
  /** What it is called with. */
  given: Readonly<Record<string, Values>>
}

const resident = ({ shape, data }: Values, name: string): Tensor =>
  shared(array(data, { shape }) as never, name) as Tensor
const residents = (data: Record<string, Values>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(data).map(([name, values]) => [name, resident(values, name)]))

/** One expression of arrays in damo's memory, its result left there. */
function pure(data: Record<string, Values>, f: (x: Record<string, Tensor>) => Tensor): BenchProgram {
  const y = f(residents(data))
  return { kind: 'pure', spec: { updates: [[shared(zeros(y.shape, y.dtype), 'result'), y]] }, given: {} }
}

/** A step of gradient descent on a loss. */
function step(
  loss: Tensor,
  parameters: Record<string, Tensor>,
  inputs: Record<string, Tensor>,
  given: Record<string, Values>,
): BenchProgram {
  const updates = sgd(loss, Object.values(parameters), { learningRate })
  return { kind: 'step', spec: { inputs, outputs: { result: loss }, updates }, given }
}

type Model = (p: Record<string, Tensor>, x: Tensor) => Tensor

const input = ({ shape }: Values): Tensor => tensor('x', { shape })

/** The logits of a model of `data.x`. */
function forward(model: Model, data: Record<string, Values>): BenchProgram {
  const x = input(data.x!)
  const result = model(residents(parametersOf(data)), x)
  return { kind: 'called', spec: { inputs: { x }, outputs: { result } }, given: { x: data.x! } }
}

/** A step of gradient descent on the crossentropy of a model of `data.x` against `data.y`. */
function classifier(model: Model, data: Record<string, Values>): BenchProgram {
  const [x, y] = [input(data.x!), vector('y', { dtype: 'int32', shape: [data.y!.shape[0]!] })]
  const p = residents(parametersOf(data))
  const loss = categoricalCrossentropy(softmax(model(p, x)), y).mean()
  return step(loss, p, { x, y }, { x: data.x!, y: data.y! })
}

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

/** The program of each kind of task that is a computation. */
export const programs: { [K in Computation]: (task: Tasks[K], data: Record<string, Values>) => BenchProgram } = {
  product: ({ transposed }, data) =>
    pure(data, ({ a, b }) =>
      (transposed === 'left' ? a!.transpose() : a!).matmul(transposed === 'right' ? b!.transpose() : b!),
    ),
  integers: (_, data) => pure(data, ({ a, b }) => a!.matmul(b!, { dtype: 'int32' })),
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
    return { kind: 'called', spec: { inputs: { x, y }, outputs: { result: x.mul(y).add(1) } }, given: data }
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
    return step(mean(square(transformer(task)(p, x))), p, { x }, { x: data.x! })
  },
}
