/** Arrays with channels last: turned as products read them, and between layers in no order but the one that is best. */
import { array, compile, grad, interpreter, relu, reshape, sum, type Tensor, tensor, transpose } from 'damo'
import { conv2d, pool2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { noise } from '../bench/noise.ts'
import { labels, structureText } from '../structure.ts'

const x = tensor('x', { shape: [2, 12, 12, 3] })
const b = tensor('b', { shape: [8] })
const [u, v] = [tensor('u', { shape: [8, 3, 3, 3] }), tensor('v', { shape: [8, 8, 3, 3] })]

const first = (images: Tensor<'float32', 4>) => transpose(images, [0, 3, 1, 2])
const last = (maps: Tensor<'float32', 4>) => transpose(maps, [0, 2, 3, 1])
const layer = (images: Tensor<'float32', 4>, filters: Tensor<'float32', 4>) =>
  relu(last(conv2d(first(images), filters, { padding: 1 })).add(b)) as Tensor<'float32', 4>
const pool = (images: Tensor<'float32', 4>) => last(pool2d(first(images), 2))

test('a convolution reads images with channels last as they are', () => {
  const program = lowered({ inputs: { x, u }, outputs: { y: conv2d(first(x), u) } })
  expect(structureText(program)).toBe('einsum reshape: u, x -> y')
})

test('a network with channels last stores none of its turns but the result', async () => {
  const spec = { inputs: { x, u, v, b }, outputs: { y: layer(pool(layer(x, u)), v) } }
  expect(structureText(lowered(spec))).toMatchInlineSnapshot(`
    "einsum max: u, x, b -> #0 (2.3 kB)
    einsum: v, #0 (2.3 kB) -> #1 (2.3 kB)
    relu: #1 (2.3 kB), b -> y"
  `)
  const given = {
    x: array(noise(2 * 12 * 12 * 3, 1, 1), { shape: [2, 12, 12, 3] }),
    u: array(noise(8 * 3 * 9, 1, 2), { shape: [8, 3, 3, 3] }),
    v: array(noise(8 * 8 * 9, 1, 3), { shape: [8, 8, 3, 3] }),
    b: array(noise(8, 1, 4), { shape: [8] }),
  }
  const { y } = await (await compile(spec, { target: wasm() }))(given)
  const truth = (await (await compile(spec, { target: interpreter() }))(given)).y
  expect(y.shape).toEqual([2, 6, 6, 8])
  for (const [i, value] of y.data.entries()) expect(value).toBeCloseTo(truth.data[i]!, 4)
})

type Images = Tensor<'float32', 4>
/** A layer of a network, which adds the parameters that it has to those of all. */
type Layer = (x: Images, parameters: Tensor[]) => Images

/** A layer of filters [out, in / groups, size, size] and a bias. */
const convolved =
  (
    name: string,
    [out, into, size]: [number, number, number],
    options: { groups?: number; stride?: number } = {},
  ): Layer =>
  (x, parameters) => {
    const w = tensor(name, { shape: [out, into, size, size] })
    const bias = tensor(`${name}.bias`, { shape: [out] })
    parameters.push(w, bias)
    return conv2d(x, w, { padding: (size - 1) / 2, ...options }).add(reshape(bias, [1, out, 1, 1])) as Images
  }
const bent: Layer = x => relu(x)
const pooled: Layer = x => pool2d(x, 2)

const networks: Record<string, Layer[]> = {
  bottleneck: [convolved('u', [4, 16, 1]), bent, convolved('v', [4, 4, 3]), bent, convolved('w', [16, 4, 1])],
  'inverted residual': [
    convolved('u', [48, 16, 1]),
    bent,
    convolved('v', [48, 1, 3], { groups: 48, stride: 2 }),
    bent,
    convolved('w', [16, 48, 1]),
  ],
  'pooled layers': [convolved('u', [8, 16, 3]), bent, pooled, convolved('v', [16, 8, 3]), bent],
}

describe.each(Object.entries(networks))('%s with channels last around every layer', (_, layers) => {
  /** The kernels of a network, and of that with its gradients. */
  const kernelsOf = (turned: boolean) => {
    const x = tensor('x', { shape: turned ? [2, 14, 14, 16] : [2, 16, 14, 14] }) as Images
    const parameters: Tensor[] = []
    const through = (x: Images, layer: Layer) => (turned ? last(layer(first(x), parameters)) : layer(x, parameters))
    const y = layers.reduce(through, x)
    const cost = sum(y.mul(y))
    const count = (outputs: Tensor[]) => labels(lowered({ inputs: [x, ...parameters], outputs })).length
    return [count([cost]), count(grad(cost, parameters))]
  }

  test('has the kernels that it has with channels first', () => {
    expect(kernelsOf(true)).toEqual(kernelsOf(false))
  })
})
