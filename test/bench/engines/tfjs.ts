/** TensorFlow.js on its wasm backend: fused operations where it has them. It has no threads in Node. */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { epsilon, learningRate, oneHot, parametersOf, type Transformer, type Values } from '../tasks.ts'
import { type Engine, type EngineOptions, type Prepared, permuted, reshaped, threeSteps } from './engine.ts'

/** A tensor of TensorFlow.js, with the functions used here. */
interface Tensor {
  readonly shape: readonly number[]
  data(): Promise<Float32Array>
  dataSync(): Float32Array
  dispose(): void
}

type Parameters = Record<string, Tensor>
type Model = (parameters: Parameters, x: Tensor) => Tensor

export async function start({ threads, peers }: EngineOptions): Promise<Engine> {
  if (threads > 1) return {}
  const require = createRequire(join(peers, 'package.json'))
  const tf = require('@tensorflow/tfjs-core')
  // The package's entry leaves gradients out; this registers them all.
  require('@tensorflow/tfjs-core/dist/register_all_gradients')
  const backend = require('@tensorflow/tfjs-backend-wasm')
  tf.env().set('PROD', true)
  backend.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  await tf.setBackend('wasm')
  await tf.ready()

  const tensor = ({ shape, data }: Values): Tensor => tf.tensor(data, shape)
  const tensors = (data: Record<string, Values>): Parameters =>
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, tensor(values)]))

  const pure = (f: () => Tensor, shown: (y: Tensor) => Tensor = y => y): Prepared => ({
    run: () => tf.tidy(f).dispose(),
    read: async () => tf.tidy(() => shown(f())).data(),
  })

  function training(loss: (p: Parameters) => Tensor, first: Parameters): Prepared {
    const parameters = Object.fromEntries(Object.entries(first).map(([name, value]) => [name, tf.variable(value)]))
    const optimizer = tf.train.sgd(learningRate)
    const run = async (): Promise<number> => {
      const value: Tensor = optimizer.minimize(() => loss(parameters), true, Object.values(parameters))
      const [read] = await value.data()
      value.dispose()
      return read!
    }
    return { run, read: () => threeSteps(run) }
  }

  const dense = (x: Tensor, w: Tensor, b: Tensor): Tensor => tf.add(tf.matMul(x, w), b)
  const crossentropy = (logits: Tensor, y: Tensor): Tensor =>
    tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)))
  const fused = (a: Tensor, b: Tensor, bias: Tensor, activation: string): Tensor =>
    tf.fused.matMul({ a, b, bias, activation })
  // Fused operations have no gradients for every activation on this backend: a step takes the plain ones.
  const mlp: Model = (p, x) => dense(tf.relu(dense(tf.relu(dense(x, p.w1!, p.b1!)), p.w2!, p.b2!)), p.w3!, p.b3!)
  const mlpFused: Model = (p, x) =>
    fused(fused(fused(x, p.w1!, p.b1!, 'relu'), p.w2!, p.b2!, 'relu'), p.w3!, p.b3!, 'linear')

  // Its convolutions want channels last.
  const lenet: Model = (p, x) => {
    const layer = (h: Tensor, filter: Tensor, bias: Tensor): Tensor =>
      tf.tanh(tf.maxPool(tf.fused.conv2d({ x: h, filter, strides: 1, pad: 'valid', bias }), 2, 2, 'valid'))
    const features = tf.reshape(layer(layer(x, p.k1!, p.c1!), p.k2!, p.c2!), [x.shape[0]!, 800])
    return fused(tf.tanh(fused(features, p.w1!, p.b1!, 'linear')), p.w2!, p.b2!, 'linear')
  }
  const lenetParameters = (data: Record<string, Values>): Parameters => {
    const { k1, k2, w1, ...rest } = parametersOf(data)
    const last = permuted(reshaped(w1!, [50, 4, 4, 500]), [1, 2, 0, 3])
    const [first, second] = [permuted(k1!, [2, 3, 1, 0]), permuted(k2!, [2, 3, 1, 0])]
    return tensors({ ...rest, k1: first, k2: second, w1: reshaped(last, [800, 500]) })
  }
  const images = (x: Values): Tensor => tensor(permuted(x, [0, 2, 3, 1]))

  const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor): Tensor => {
    const deviation = tf.sub(x, tf.mean(x, -1, true))
    const variance = tf.mean(tf.square(deviation), -1, true)
    return tf.add(tf.mul(tf.div(deviation, tf.sqrt(tf.add(variance, epsilon))), gain), bias)
  }
  const gelu = (x: Tensor): Tensor => {
    const inner = tf.mul(tf.mul(x, Math.sqrt(2 / Math.PI)), tf.add(tf.mul(tf.square(x), 0.044715), 1))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  }
  const transformer =
    ({ width, heads, length }: Transformer): Model =>
    (p, x) => {
      const size = width / heads
      // Splitting columns of rank 2 is its fastest way to three parts.
      const [q, k, v] = tf
        .split(tf.matMul(layerNorm(x, p.g1!, p.h1!), p.wqkv), 3, 1)
        .map((part: Tensor) => tf.transpose(tf.reshape(part, [length, heads, size]), [1, 0, 2]))
      const scores = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size)))
      const attended = tf.reshape(tf.transpose(tf.matMul(scores, v), [1, 0, 2]), [length, width])
      const y = tf.add(x, tf.matMul(attended, p.wo))
      return tf.add(y, dense(gelu(dense(layerNorm(y, p.g2!, p.h2!), p.w1!, p.b1!)), p.w2!, p.b2!))
    }

  return {
    product: ({ transposed }, data) => {
      const [a, b] = [tensor(data.a!), tensor(data.b!)]
      return pure(() => tf.matMul(a, b, transposed === 'left', transposed === 'right'))
    },
    sum: (_, data) => {
      const [x, y] = [tensor(data.x!), tensor(data.y!)]
      return pure(() => tf.add(x, y))
    },
    chain: (_, data) => {
      const x = tensor(data.x!)
      return pure(() => {
        const gated = tf.mul(tf.tanh(tf.add(tf.mul(x, 0.7), 0.1)), tf.sigmoid(tf.mul(x, 1.3)))
        return tf.add(gated, tf.exp(tf.neg(tf.square(x))))
      })
    },
    deviations: (_, data) => {
      const x = tensor(data.x!)
      return pure(() => tf.sum(tf.square(tf.sub(x, tf.mean(x)))))
    },
    softmax: (_, data) => {
      const x = tensor(data.x!)
      return pure(() => tf.softmax(x))
    },
    layerNorm: (_, data) => {
      const [x, gain, bias] = [tensor(data.x!), tensor(data.gain!), tensor(data.bias!)]
      return pure(() => layerNorm(x, gain, bias))
    },
    call: (_, data) => {
      const [x, y] = [tensor(data.x!), tensor(data.y!)]
      const read = (): Float32Array => {
        const z: Tensor = tf.tidy(() => tf.add(tf.mul(x, y), 1))
        const numbers = z.dataSync()
        z.dispose()
        return numbers
      }
      return { run: () => read()[0], read }
    },
    mlp: (_, data) => {
      const [p, x] = [tensors(parametersOf(data)), tensor(data.x!)]
      return pure(() => mlpFused(p, x))
    },
    mlpStep: (_, data) => {
      const [x, y] = [tensor(data.x!), tensor(oneHot(data.y!))]
      return training(p => crossentropy(mlp(p, x), y), tensors(parametersOf(data)))
    },
    convolution: ({ stride, padding, groups }, data) => {
      const x = images(data.x!)
      const k = tensor(permuted(data.k!, groups > 1 ? [2, 3, 0, 1] : [2, 3, 1, 0]))
      const convolve = groups > 1 ? tf.depthwiseConv2d : tf.conv2d
      return pure(
        () => convolve(x, k, stride, padding || 'valid'),
        y => tf.transpose(y, [0, 3, 1, 2]),
      )
    },
    lenet: (_, data) => {
      const [p, x] = [lenetParameters(data), images(data.x!)]
      return pure(() => lenet(p, x))
    },
    transformer: (task, data) => {
      const [p, x] = [tensors(parametersOf(data)), tensor(data.x!)]
      return pure(() => transformer(task)(p, x))
    },
    transformerStep: (task, data) => {
      const x = tensor(data.x!)
      return training(p => tf.mean(tf.square(transformer(task)(p, x))), tensors(parametersOf(data)))
    },
  }
}
