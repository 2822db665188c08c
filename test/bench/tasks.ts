/** What engines are asked to compute, and the numbers that they compute it from. */
import { noise } from './noise.ts'

/** An array with its shape, row-major. */
export interface Values {
  readonly shape: readonly number[]
  readonly data: Numbers
}

export type Numbers = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array

/** A convolution of images [1, channels, size, size] with square filters; padded alike on all sides. */
export interface Convolution {
  channels: number
  filters: number
  size: number
  filter: number
  stride: number
  padding: number
  groups: number
}

/** One encoder block: pre-normalized attention of `heads` heads over `length` rows of `width`, then `hidden` units. */
export interface Transformer {
  width: number
  heads: number
  length: number
  hidden: number
}

/** The kinds of tasks, with what tells one of a kind from another. Names of arrays are those in `dataOf`. */
export interface Tasks {
  /** a @ b of n by n matrices, the left or right one transposed. */
  product: { n: number; transposed?: 'left' | 'right' }
  /** a @ b of n by n matrices, of uint8, all `bits` of it or the lower 7, and of int8, as int32. */
  integers: { n: number; bits: 7 | 8 }
  /** x + y of n elements. */
  sum: { n: number }
  /** tanh(0.7 x + 0.1) sigmoid(1.3 x) + exp(-x²) of n elements. */
  chain: { n: number }
  /** The sum of (x - mean x)² of n elements. */
  deviations: { n: number }
  /** Softmax of each row. */
  softmax: { rows: number; columns: number }
  /** (x - mean) / sqrt(variance + 1e-5) gain + bias of each row. */
  layerNorm: { rows: number; columns: number }
  /** One of Theano's expressions of 2010, in float64: see `rows/theano.ts`. */
  theano: { expression: string; n: number }
  /** z = x y + 1 of 4 by 4 matrices, from arrays of the caller, its first element read. */
  call: Record<never, never>
  /** The logits of 784-512-512-10 with relu. */
  mlp: { batch: number }
  /** A step of gradient descent at 0.05 on the crossentropy of `mlp`; the result is the loss. */
  mlpStep: { batch: number }
  convolution: Convolution
  /** The logits of LeNet: convolution 5x5 to 20, pooling, tanh, the same to 50, dense to 500, tanh, dense to 10. */
  lenet: { batch: number }
  lenetStep: { batch: number }
  transformer: Transformer
  /** A step of gradient descent at 0.05 on the mean square of `transformer`. */
  transformerStep: Transformer
  /** Compiling the training step of an MLP, with the compiler's cache or without. */
  compile: { cached: boolean }
  /** From tensors to kernels, of a random graph. */
  frontend: { nodes: number }
  /** Type checking a model of so many lines against damo's declarations, the start of tsc included. */
  types: { lines: number }
}

export type Kind = keyof Tasks
export type Task = { [K in Kind]: { kind: K } & Tasks[K] }[Kind]

export const learningRate = 0.05
export const epsilon = 1e-5

/** The arrays of a task, the same on every run and for every engine. */
export function dataOf(task: Task): Record<string, Values> {
  return data[task.kind](task as never)
}

const classes = 10

const data: { [K in Kind]: (task: Tasks[K]) => Record<string, Values> } = {
  product: ({ n }) => ({ a: values([n, n], 1), b: values([n, n], 2) }),
  integers: ({ n, bits }) => {
    const half = 2 ** (bits - 1)
    const [a, b] = [values([n, n], 1, half), values([n, n], 2, 128)]
    return {
      a: { ...a, data: Uint8Array.from(a.data, x => x + half) },
      b: { ...b, data: Int8Array.from(b.data, Math.floor) },
    }
  },
  sum: ({ n }) => ({ x: values([n], 1), y: values([n], 2) }),
  chain: ({ n }) => ({ x: values([n], 1, 3) }),
  deviations: ({ n }) => ({ x: values([n], 1) }),
  softmax: ({ rows, columns }) => ({ x: values([rows, columns], 1, 3) }),
  layerNorm: ({ rows, columns }) => ({
    x: values([rows, columns], 1),
    gain: values([columns], 2),
    bias: values([columns], 3),
  }),
  theano: ({ n }) => ({ a: double(values([n], 1)), b: double(values([n], 2)) }),
  call: () => ({ x: values([4, 4], 1), y: values([4, 4], 2) }),
  mlp,
  mlpStep: mlp,
  convolution: ({ channels, filters, size, filter, groups }) => ({
    x: values([1, channels, size, size], 1),
    k: weights([filters, channels / groups, filter, filter], 2, (channels / groups) * filter ** 2),
  }),
  lenet,
  lenetStep: lenet,
  transformer,
  transformerStep: transformer,
  compile: () => ({}),
  frontend: () => ({}),
  types: () => ({}),
}

function mlp({ batch }: Tasks['mlp']): Record<string, Values> {
  return {
    x: values([batch, 784], 1),
    y: labels(batch),
    w1: weights([784, 512], 2, 784),
    b1: values([512], 3, 0.01),
    w2: weights([512, 512], 4, 512),
    b2: values([512], 5, 0.01),
    w3: weights([512, classes], 6, 512),
    b3: values([classes], 7, 0.01),
  }
}

function lenet({ batch }: Tasks['lenet']): Record<string, Values> {
  return {
    x: values([batch, 1, 28, 28], 1),
    y: labels(batch),
    k1: weights([20, 1, 5, 5], 2, 25),
    c1: values([20], 3, 0.01),
    k2: weights([50, 20, 5, 5], 4, 500),
    c2: values([50], 5, 0.01),
    w1: weights([800, 500], 6, 800),
    b1: values([500], 7, 0.01),
    w2: weights([500, classes], 8, 500),
    b2: values([classes], 9, 0.01),
  }
}

function transformer({ width, length, hidden }: Transformer): Record<string, Values> {
  return {
    x: values([length, width], 1),
    g1: ones([width]),
    h1: values([width], 2, 0.01),
    wqkv: weights([width, 3 * width], 3, width),
    wo: weights([width, width], 4, width),
    g2: ones([width]),
    h2: values([width], 5, 0.01),
    w1: weights([width, hidden], 6, width),
    b1: values([hidden], 7, 0.01),
    w2: weights([hidden, width], 8, hidden),
    b2: values([width], 9, 0.01),
  }
}

const size = (shape: readonly number[]) => shape.reduce((total, n) => total * n, 1)

function values(shape: readonly number[], seed: number, scale = 1): Values {
  return { shape, data: noise(size(shape), scale, seed) }
}

/** First weights of a layer, scaled by the number of its inputs. */
const weights = (shape: readonly number[], seed: number, inputs: number) => values(shape, seed, 1 / Math.sqrt(inputs))

const ones = (shape: readonly number[]): Values => ({ shape, data: new Float32Array(size(shape)).fill(1) })

const double = ({ shape, data: single }: Values): Values => ({ shape, data: new Float64Array(single) })

function labels(batch: number): Values {
  return { shape: [batch], data: Int32Array.from({ length: batch }, (_, i) => (i * 7 + 3) % classes) }
}

/** Labels as rows with a single 1, for engines that take the crossentropy so. */
export function oneHot({ data: indices }: Values): Values {
  const rows = new Float32Array(indices.length * classes)
  indices.forEach((label, i) => {
    rows[i * classes + label] = 1
  })
  return { shape: [indices.length, classes], data: rows }
}

/** The parameters among a model's arrays. */
export const parametersOf = ({ x: _, y: __, ...parameters }: Record<string, Values>) => parameters
