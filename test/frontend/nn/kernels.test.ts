/** What convolutions and pooling become: few kernels, and indices without divisions where strides are plain. */
import { add, dim, dimshuffle, explain, grad, mean, relu, square, sum, type Tensor, tensor4, vector } from 'damo'
import { conv2d, layerNorm, pool2d } from 'damo/nn'
import { expect, test } from 'vitest'
import { lowered } from '../../../frontend/compile.ts'

const batch = dim('batch')
const images = tensor4('images', { shape: [batch, 3, 16, 16] })
const anySize = tensor4('images', { shape: [batch, 3, dim('height'), dim('width')] })
const filters = tensor4('filters', { shape: [8, 3, 3, 3] })
const bias = vector('bias', { shape: [8] })
const inputs = { images, filters, bias }

const layer = (options: Parameters<typeof conv2d>[2]) =>
  relu(add(conv2d(images, filters, options), dimshuffle(bias, 'x', 0, 'x', 'x'))) as Tensor<'float32', 4>

test.each([
  ['valid', {}],
  ['half', { padding: 'half' }],
  ['with strides', { stride: 2, padding: 1 }],
  ['with dilation', { dilation: 2 }],
] as const)('convolution, bias and relu are one contraction: %s', (_, options) => {
  const { steps } = lowered({ inputs, outputs: layer(options) })
  expect(steps.length).toBe(1)
  const text = explain({ inputs, outputs: layer(options) })
  expect(text).toContain('contraction of rows')
  expect(text).not.toMatch(/ (%|\/\/) \d/)
})

test('a window that always fits asks no condition', () => {
  const text = (options: Parameters<typeof conv2d>[2]) =>
    explain({ inputs: { images: anySize, filters }, outputs: conv2d(anySize, filters, options) })
  expect(text({})).not.toContain('if ')
  expect(text({ stride: 2, filterFlip: false })).not.toContain('if ')
  expect(text({ padding: 'half' })).toContain('if 0 <=')
})

test('gradients are contractions of windows, and pooling side by side goes back without a sum', () => {
  const cost = sum(square(pool2d(layer({ padding: 'half' }), 2)))
  const [images_, filters_, bias_] = grad(cost, [images, filters, bias]) as [Tensor, Tensor, Tensor]
  const text = explain({ inputs, outputs: { images_, filters_, bias_ } })
  // Forward: convolution, pooling; backward: pooling with relu, bias, both gradients.
  expect(text.match(/^kernel /gm)!.length).toBe(6)
  expect(text.match(/contraction of/g)!.length).toBe(3)
})

test('layer normalization is one kernel', () => {
  expect(lowered({ inputs: { images }, outputs: layerNorm(images) }).steps.length).toBe(1)
  expect(lowered({ inputs: { images }, outputs: mean(layerNorm(images)) }).steps.length).toBeLessThanOrEqual(2)
})
