/** Arrays with channels last: turned as products read them, and between layers in no order but the one that is best. */
import { array, compile, interpreter, relu, type Tensor, tensor, transpose } from 'damo'
import { conv2d, pool2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { noise } from '../bench/noise.ts'
import { structureText } from '../structure.ts'

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
