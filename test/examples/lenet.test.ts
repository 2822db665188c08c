/** LeNet on a few of the digits: that it learns, what kernels it becomes, and that nothing is spread out in memory. */
import { dim, matrix, reshape, type Tensor, vector } from 'damo'
import { adam, softmaxCategoricalCrossentropy } from 'damo/nn'
import { expect, test } from 'vitest'
import { build, layers } from '../../examples/lenet/network.ts'
import { testDigits, trainingDigits } from '../../examples/mnist/digits.ts'
import { countRight, learn, readAll } from '../../examples/mnist/learning.ts'
import { lowered } from '../../frontend/compile.ts'
import { evaluate } from '../../runtime/dims.ts'

test('it reads most figures after a thousand images', async () => {
  const network = await build()
  const losses: number[] = []
  const lessons = { epochs: 1, batchSize: 32, learningRate: 0.004 }
  await learn(network, trainingDigits(1024), lessons, ({ loss }) => losses.push(loss))
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 1.5)
  const digits = testDigits()
  const few = { count: 500, images: digits.images.subarray(0, 500 * 784), labels: digits.labels.subarray(0, 500) }
  expect(countRight(await readAll(network, few), few)).toBeGreaterThan(350)
}, 120_000)

test('a training step is a kernel for each layer in both directions, and no window is ever in memory', () => {
  const batch = dim('batch')
  const images = matrix('images', { shape: [batch, 784] })
  const labels = vector('labels', { dtype: 'int32', shape: [batch] })
  const { logits, parameters } = layers(reshape(images, [batch, 1, 28, 28]) as Tensor<'float32', 4>)
  const loss = softmaxCategoricalCrossentropy(logits, labels).mean()
  const updates = adam(loss, parameters, { learningRate: 0.001 })
  const { steps, buffers } = lowered({ inputs: { images, labels }, outputs: { loss }, updates })
  expect(steps.length).toBeLessThanOrEqual(28)
  const largest = Math.max(...buffers.map(({ bytes }) => evaluate(bytes, new Map([['batch', 16]]))))
  // The results of the first convolution are the largest that there is.
  expect(largest).toBeLessThanOrEqual(16 * 6 * 28 * 28 * 4 + 256)
})
