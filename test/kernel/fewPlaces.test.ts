/** Gradients of filters by fewer products: which they are, and what they give, infinities and NaN included. */
import { Lop, type Tensor } from 'damo'
import { conv1d, conv2d } from 'damo/nn'
import { describe, expect, test } from 'vitest'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { type ConvolutionOptions, weightGradient } from './convolutions.ts'
import { describeGraphs, expectExactSums, input, put, takes, type Values } from './fewerProducts.ts'

const fewer = takes('elements')

const inParts = (kernel: Kernel) =>
  schedule(kernel).body.some(statement => statement.kind === 'for' && statement.mode === 'parallel')

describe('which they are', () => {
  const options = (sizes: ConvolutionOptions['sizes'], more: Partial<ConvolutionOptions> = {}) =>
    weightGradient({ ...{ sizes, taps: 3, pad: 1 }, ...more })

  test.each([
    ['channels enough', options([1, 16, 16, 14, 14])],
    ['any number of images', options(['n', 16, 16, 14, 14])],
    ['places that are odd many', options([2, 16, 20, 13, 15])],
    ['small images, many of them', options([16, 32, 32, 4, 4])],
    ['two places', options([1, 32, 32, 15, 15], { taps: 2 })],
    ['six places', options([1, 16, 32, 17, 17], { taps: 6 })],
  ])('%s', (_, kernel) => expect(fewer(kernel)).toBe(true))

  test.each([
    ['few channels', options([8, 2, 64, 28, 28])],
    ['few filters', options([8, 64, 2, 28, 28])],
    ['one small image', options([1, 32, 32, 4, 4])],
    ['a stride', options([1, 32, 32, 28, 28], { stride: 2 })],
    ['more places than code is written for', options([1, 32, 32, 28, 28], { taps: 7 })],
    ['sizes of images that the call tells', options([1, 32, 32, 'h', 'w'])],
    ['channels that the call tells', options([1, 'c', 32, 28, 28])],
  ])('not %s', (_, kernel) => expect(fewer(kernel)).toBe(false))

  test('none where sums are to have their own terms', () =>
    expect(fewer(options([1, 16, 16, 14, 14]), { termByTerm: true })).toBe(false))
})

test('of whole numbers, exactly the sums', async () => {
  const sizes: [ConvolutionOptions['sizes'], taps: number, pad: number][] = [
    [[2, 12, 16, 9, 8], 3, 1],
    [['n', 12, 16, 6, 6], 5, 0],
    [['n', 12, 15, 4, 5], 3, 1],
    [[4, 32, 28, 8, 9], 2, 0],
    [[4, 16, 16, 9, 7], 4, 1],
    [[2, 12, 16, 12, 13], 6, 2],
    // Blocks of rows, and of parts of rows.
    [[1, 8, 16, 30, 28], 3, 1],
    [[1, 8, 16, 4, 260], 3, 1],
    // Parts of two images, in whole blocks and in blocks of rows, and of one.
    [[16, 8, 8, 16, 16], 3, 1],
    [[10, 8, 8, 20, 22], 3, 1],
    [[8, 8, 8, 30, 28], 3, 1],
  ]
  const kernels = sizes.map(([sizes, taps, pad]) => weightGradient({ sizes, taps, pad }))
  expect(kernels.map(kernel => fewer(kernel))).toEqual(kernels.map(() => true))
  expect(kernels.map(inParts)).toEqual(sizes.map(([[images]]) => typeof images === 'number' && images > 4))
  await expectExactSums(kernels, [{ n: 2 }, { n: 0 }, { n: 70 }])
})

const x = input<4>('x', [3, 18, 11, 12])
const w = input<4>('w', [20, 18, 3, 3])
const dy = input<4>('dy', [3, 20, 11, 12])
const halves = input<4>('halves', [40, 18, 5, 5])
const wide = input<4>('wide', [3, 80, 11, 12])
const pairs = input<4>('pairs', [3, 36, 11, 12])
const line = input<3>('line', [2, 16, 90], 'float64')
const taps = input<3>('taps', [24, 16, 3], 'float64')
const along = input<3>('along', [2, 24, 88], 'float64')
const images = input<4>('images', [16, 8, 16, 16])
const few = input<4>('few', [8, 8, 3, 3])
const seen = input<4>('seen', [16, 8, 16, 16])
const grouped = input<4>('grouped', [80, 18, 3, 3])
const outputs: Record<string, Tensor> = {
  turned: Lop(conv2d(x, w, { padding: 1 }), w, dy),
  straight: w.sub(Lop(conv2d(x, w, { padding: 1, filterFlip: false }), w, dy).mul(0.1)),
  strip: Lop(conv2d(x, halves, { padding: 2 }), halves, wide.at(':, 20:60') as never),
  groups: Lop(conv2d(pairs, grouped, { padding: 1, groups: 2 }), grouped, wide),
  line: Lop(conv1d(line, taps), taps, along),
  parts: Lop(conv2d(images, few, { padding: 1 }), few, seen),
}

/** One in the middle of the first channel of the first image, which all places of a filter see. */
const middle = (odd: number) => (values: Values) => {
  put(values, ['x', 'pairs'], 5 * 12 + 6, odd)
  put(values, ['images'], 5 * 16 + 6, odd)
}

describeGraphs(fewer, {
  inputs: { x, w, dy, halves, wide, pairs, line, taps, along, images, few, seen, grouped },
  outputs,
  watched: ['turned', 'parts'],
  subtracted: 'w',
  units: 4,
  odds: { Infinity: middle(Number.POSITIVE_INFINITY), NaN: middle(Number.NaN), '3e38': middle(3e38) },
})
