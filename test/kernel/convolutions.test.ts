import { expect, test } from 'vitest'
import { bitsOf, buffersFor, interpreted, Pack } from '../wasm/pack.ts'
import {
  type ConvolutionOptions,
  convolution,
  depthwise,
  imageGradient,
  phases,
  pooled,
  weightGradient,
} from './convolutions.ts'
import { randomFrom } from './random.ts'
import { referenceOf } from './reference.ts'

const options: ConvolutionOptions[] = [
  { sizes: [2, 3, 5, 9, 8], taps: 3, pad: 1 },
  { sizes: ['n', 2, 'o', 'h', 'w'], taps: 3, pad: 1 },
  { sizes: ['n', 'c', 6, 7, 7], taps: 2 },
  { sizes: ['n', 3, 4, 11, 9], taps: 3, stride: 2, pad: 1 },
  // A depth of more than one block.
  { sizes: [1, 130, 5, 4, 5], taps: 3, pad: 1 },
  { sizes: ['n', 2, 3, 24, 30], taps: 3 },
  // So many images, and so few places, that gradients leave out what is not inside.
  { sizes: [9, 3, 8, 5, 6], taps: 3 },
  { sizes: ['many', 5, 10, 7, 4], taps: 3 },
  // Maps whose rows fit a vector: lanes run along channels but where zeros are left out.
  { sizes: [16, 8, 8, 4, 4], taps: 3, pad: 1 },
  // Maps of 49 places, whose images are all rows of tiles.
  { sizes: ['n', 'c', 20, 7, 7], taps: 1 },
  { sizes: ['n', 130, 20, 7, 7], taps: 1 },
  { sizes: ['n', 15, 20, 13, 13], taps: 3, stride: 2, pad: 1 },
  // A copied window that whole tiles read in place.
  { sizes: [1, 1, 8, 3, 16], taps: 3, pad: 1 },
]
const bindings = [
  { n: 2, c: 3, o: 5, h: 6, w: 9, many: 17 },
  { n: 3, c: 1, o: 8, h: 4, w: 16, many: 2 },
  { n: 0, c: 2, o: 4, h: 5, w: 5, many: 0 },
  { n: 1, c: 0, o: 9, h: 3, w: 3, many: 16 },
]

/** Small whole numbers: no sum is rounded, so the order of its terms does not show. */
const fill = (seed: number) => {
  const random = randomFrom(seed)
  return () => Math.floor(random() * 9) - 4
}

test.each([
  ['convolution', convolution],
  ['gradient of weights', weightGradient],
  ['gradient of images', imageGradient],
  ['gradient of images by phase', phases],
  ['depthwise', depthwise],
  ['pooled', pooled],
] as const)('%s: padded and strided windows, joined loops, long depths', async (_, build) => {
  const kernels = options.map(build)
  const run = await new Pack(kernels).compile()
  for (const dims of bindings) {
    const memory = kernels.map((kernel, i) => buffersFor(kernel, dims, fill(i)))
    const compiled = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      if (kernel.dims.length === 0 && dims !== bindings[0]) continue
      const where = `${kernel.label} at ${JSON.stringify(dims)}`
      const result = kernel.buffers.length - 1
      const got = interpreted(kernel, dims, memory[i]!)[result]!
      expect(Array.from(got as Float32Array), where).toEqual(
        Array.from(referenceOf(kernel, dims, memory[i]!)[result] as Float32Array),
      )
      expect(bitsOf(compiled[i]![result]!), where).toBe(bitsOf(got))
    }
  }
})
