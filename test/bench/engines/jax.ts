/** jax-js on its wasm backend: everything under `jit`, arrays on its heap. Its threads are a page's workers. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { epsilon, learningRate, oneHot, parametersOf, type Transformer, type Values } from '../tasks.ts'
import { type Engine, type EngineOptions, type Prepared, threeSteps } from './engine.ts'
import { likePage } from './webworker.ts'

/** An array of jax-js. Operations consume their arrays; `ref` keeps one for another use. */
interface Traced {
  readonly ref: Traced
  readonly shape: readonly number[]
  add(other: Traced | number): Traced
  sub(other: Traced | number): Traced
  mul(other: Traced | number): Traced
  div(other: Traced | number): Traced
  sum(axis?: number): Traced
  mean(axis?: number, options?: { keepdims: boolean }): Traced
  reshape(shape: readonly number[]): Traced
  transpose(axes?: readonly number[]): Traced
  slice(...index: readonly (number | readonly number[])[]): Traced
  dispose(): void
  blockUntilReady(): Promise<Traced>
  data(): Promise<Float32Array>
}

type Parameters = Record<string, Traced>
type Model = (parameters: Parameters, x: Traced) => Traced

export async function start({ threads, peers }: EngineOptions): Promise<Engine> {
  if (threads > 1) likePage(threads)
  const require = createRequire(join(peers, 'package.json'))
  const jax = await import(pathToFileURL(require.resolve('@jax-js/jax')).href)
  const { numpy: np, lax, nn } = jax
  await jax.init('wasm')
  jax.defaultDevice('wasm')

  const array = ({ shape, data }: Values): Traced => np.array(data, { shape })
  const arrays = (data: Record<string, Values>): Parameters =>
    Object.fromEntries(Object.entries(data).map(([name, values]) => [name, array(values)]))
  const kept = <T>(tree: T): T => jax.tree.ref(tree)

  function pure(f: (...args: never[]) => Traced, ...args: readonly (Traced | Parameters)[]): Prepared {
    const jitted = jax.jit(f)
    return {
      async run() {
        const result: Traced = jitted(...args.map(kept))
        await result.blockUntilReady()
        result.dispose()
      },
      read: async () => (jitted(...args.map(kept)) as Traced).data(),
    }
  }

  function training(loss: (p: Parameters, ...args: never[]) => Traced, first: Parameters, ...args: Traced[]): Prepared {
    let parameters = first
    const step = jax.jit((p: Parameters, ...rest: Traced[]) => {
      const [value, gradients] = jax.valueAndGrad(loss)(kept(p), ...rest)
      return [jax.tree.map((w: Traced, g: Traced) => w.sub(g.mul(learningRate)), p, gradients), value]
    })
    const run = async (): Promise<number> => {
      const [next, value] = step(parameters, ...args.map(kept))
      parameters = next
      await jax.blockUntilReady(jax.tree.leaves(next))
      return (await (value as Traced).data())[0]!
    }
    return { run, read: () => threeSteps(run) }
  }

  const dense = (x: Traced, w: Traced, b: Traced): Traced => np.matmul(x, w).add(b)
  const crossentropy = (logits: Traced, y: Traced): Traced =>
    nn
      .logSoftmax(logits, -1)
      .mul(y)
      .sum()
      .mul(-1 / logits.shape[0]!)
  const mlp: Model = (p, x) => dense(nn.relu(dense(nn.relu(dense(x, p.w1!, p.b1!)), p.w2!, p.b2!)), p.w3!, p.b3!)
  const pooled = (x: Traced): Traced => lax.reduceWindow(x, (window: Traced) => np.max(window), [2, 2], [2, 2])
  const lenet: Model = (p, x) => {
    const layer = (h: Traced, k: Traced, bias: Traced): Traced =>
      np.tanh(pooled(lax.conv(h, k, [1, 1], 'VALID')).add(bias.reshape([1, -1, 1, 1])))
    const features = layer(layer(x, p.k1!, p.c1!), p.k2!, p.c2!).reshape([-1, 800])
    return dense(np.tanh(dense(features, p.w1!, p.b1!)), p.w2!, p.b2!)
  }
  const layerNorm = (x: Traced, gain: Traced, bias: Traced): Traced => {
    const deviation = x.ref.sub(x.mean(-1, { keepdims: true }))
    const variance: Traced = np.square(deviation.ref).mean(-1, { keepdims: true })
    return deviation
      .div(np.sqrt(variance.add(epsilon)))
      .mul(gain)
      .add(bias)
  }
  const transformer =
    ({ width, heads, length }: Transformer): Model =>
    (p, x) => {
      const size = width / heads
      const qkv: Traced = np.matmul(layerNorm(x.ref, p.g1!, p.h1!), p.wqkv!).reshape([length, 3, heads, size])
      const part = (i: number) => qkv.ref.slice([], i)
      const [q, k, v] = [part(0).transpose([1, 0, 2]), part(1).transpose([1, 2, 0]), part(2).transpose([1, 0, 2])]
      qkv.dispose()
      const scores: Traced = nn.softmax(np.matmul(q, k).mul(1 / Math.sqrt(size)), -1)
      const attended: Traced = np.matmul(scores, v).transpose([1, 0, 2]).reshape([length, width])
      const y = x.add(np.matmul(attended, p.wo!))
      return y.ref.add(dense(nn.gelu(dense(layerNorm(y, p.g2!, p.h2!), p.w1!, p.b1!)), p.w2!, p.b2!))
    }
  const classify = (model: Model) => (p: Parameters, x: Traced, y: Traced) => crossentropy(model(p, x), y)

  return {
    product: ({ transposed }, { a, b }) =>
      pure(
        (x: Traced, y: Traced) =>
          np.matmul(transposed === 'left' ? x.transpose() : x, transposed === 'right' ? y.transpose() : y),
        array(a!),
        array(b!),
      ),
    sum: (_, { x, y }) => pure((a: Traced, b: Traced) => a.add(b), array(x!), array(y!)),
    chain: (_, { x }) =>
      pure((a: Traced) => {
        const gated: Traced = np.tanh(a.ref.mul(0.7).add(0.1)).mul(nn.sigmoid(a.ref.mul(1.3)))
        return gated.add(np.exp(np.square(a).mul(-1)))
      }, array(x!)),
    deviations: (_, { x }) => pure((a: Traced) => np.square(a.ref.sub(a.mean())).sum(), array(x!)),
    softmax: (_, { x }) => pure((a: Traced) => nn.softmax(a, -1), array(x!)),
    layerNorm: (_, { x, gain, bias }) => pure(layerNorm, array(x!), array(gain!), array(bias!)),
    call: (_, { x, y }) => {
      const f = jax.jit((a: Traced, b: Traced) => a.mul(b).add(1))
      const [a, b] = [array(x!), array(y!)]
      const read = async (): Promise<Float32Array> => (f(a.ref, b.ref) as Traced).data()
      return { run: async () => (await read())[0], read }
    },
    mlp: (_, data) => pure(mlp, arrays(parametersOf(data)), array(data.x!)),
    mlpStep: (_, data) => training(classify(mlp), arrays(parametersOf(data)), array(data.x!), array(oneHot(data.y!))),
    convolution: ({ stride, padding, groups }, { x, k }) =>
      pure(
        (image: Traced, filters: Traced) =>
          lax.convGeneralDilated(
            image,
            filters,
            [stride, stride],
            [
              [padding, padding],
              [padding, padding],
            ],
            {
              featureGroupCount: groups,
            },
          ),
        array(x!),
        array(k!),
      ),
    lenet: (_, data) => pure(lenet, arrays(parametersOf(data)), array(data.x!)),
    lenetStep: (_, data) =>
      training(classify(lenet), arrays(parametersOf(data)), array(data.x!), array(oneHot(data.y!))),
    transformer: (task, data) => pure(transformer(task), arrays(parametersOf(data)), array(data.x!)),
    transformerStep: (task, data) => {
      const loss = (p: Parameters, x: Traced): Traced => np.square(transformer(task)(p, x)).mean()
      return training(loss, arrays(parametersOf(data)), array(data.x!))
    },
  }
}
