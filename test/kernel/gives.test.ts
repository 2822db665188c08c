/** Gradients of images by what each place gives to results: which they are, and what they give, infinities and NaN included. */
import { Lop, type Tensor, tanh } from 'damo'
import { conv2d } from 'damo/nn'
import { describe, expect, test } from 'vitest'
import { type ConvolutionOptions, convolution, imageGradient } from './convolutions.ts'
import { describeGraphs, expectExactSums, input, put, takes, type Values } from './fewerProducts.ts'

const gives = takes('pair')

describe('which they are', () => {
  const options = (sizes: ConvolutionOptions['sizes'], more: Partial<ConvolutionOptions> = {}) =>
    imageGradient({ ...{ sizes, taps: 5 }, ...more })

  test.each([
    ['windows that reach far over maps', options([64, 20, 50, 12, 12])],
    ['any number of images', options(['n', 20, 50, 12, 12])],
    ['a panel of images', options([8, 32, 32, 14, 14])],
    ['windows of three taps', options([16, 32, 32, 6, 6], { taps: 3 })],
    ['an odd number of places', options([16, 32, 32, 9, 11])],
    ['windows that reach over less than all', options([16, 32, 32, 8, 8], { taps: 5, pad: 1 })],
    ['convolutions that are so', convolution({ sizes: [16, 16, 16, 8, 8], taps: 5, pad: 4 })],
  ])('%s', (_, kernel) => expect(gives(kernel)).toBe(true))

  test.each([
    ['few images', options([2, 32, 32, 14, 14])],
    ['large maps, whose edges are little', options([16, 16, 16, 60, 60])],
    ['few channels', options([16, 4, 8, 12, 12])],
    ['a stride', options([16, 16, 16, 16, 16], { stride: 2 })],
    ['blocks of taps that are unlike', options([16, 16, 16, 14, 14], { taps: 7 })],
    ['channels that the call tells', options([16, 'c', 16, 12, 12])],
    ['filters that the call tells', options([16, 16, 'o', 12, 12])],
  ])('not %s', (_, kernel) => expect(gives(kernel)).toBe(false))

  test('none where sums are to have their own terms', () =>
    expect(gives(options([64, 20, 50, 12, 12]), { termByTerm: true })).toBe(false))
})

test('of whole numbers, exactly the sums', async () => {
  const gradients: ConvolutionOptions[] = [
    { sizes: [8, 14, 16, 9, 10], taps: 5 },
    { sizes: ['n', 12, 16, 6, 6], taps: 3 },
    { sizes: [8, 24, 24, 7, 8], taps: 4 },
    { sizes: [9, 12, 16, 6, 6], taps: 3 },
  ]
  const kernels = [...gradients.map(imageGradient), convolution({ sizes: [8, 16, 14, 5, 4], taps: 5, pad: 4 })]
  expect(kernels.map(kernel => gives(kernel))).toEqual(kernels.map(() => true))
  await expectExactSums(kernels, [{ n: 17 }, { n: 0 }])
})

const x = input<4>('x', [11, 14, 9, 8])
const w = input<4>('w', [20, 14, 5, 5])
const dy = input<4>('dy', [11, 20, 5, 4])
const back = input<4>('back', [14, 20, 5, 5])
const inner = input<4>('inner', [11, 20, 7, 6])
const pairs = input<4>('pairs', [11, 28, 9, 8], 'float64')
const grouped = input<4>('grouped', [40, 14, 5, 5], 'float64')
const wide = input<4>('wide', [11, 40, 5, 4], 'float64')
const outputs: Record<string, Tensor> = {
  turned: Lop(conv2d(x, w), x, dy),
  straight: x.sub(Lop(conv2d(x, w, { filterFlip: false }), x, dy).mul(0.1)),
  padded: Lop(conv2d(x, w, { padding: 1 }), x, tanh(inner)),
  groups: Lop(conv2d(pairs, grouped, { groups: 2 }), pairs, wide),
  forward: conv2d(dy, back, { padding: 4, filterFlip: false }),
}

/** A place whose pair gives to more results than it does itself. */
const odd = 14
const maps = ['dy', 'inner', 'wide']
/** The start of the map of the tenth image, which is in another panel than the first: a panel is summed again as a whole. */
const later = (values: Values, name: string) => (9 * values[name]!.data.length) / 11

describeGraphs(gives, {
  inputs: { x, w, dy, back, inner, pairs, grouped, wide },
  outputs,
  watched: ['padded'],
  subtracted: 'w',
  units: 8,
  odds: {
    'NaN in the first image and 3e38 in a later one': values => {
      put(values, maps, odd, Number.NaN)
      for (const name of maps) put(values, [name], later(values, name) + odd, 3e38)
    },
    'Infinity in the first image': values => put(values, maps, odd, Number.POSITIVE_INFINITY),
    'Infinity in filters': values => put(values, ['w', 'back', 'grouped'], 7, Number.POSITIVE_INFINITY),
  },
})
