/** Convolutions whose places leave tiles empty: lanes run along channels, and the places of all images are rows. */
import { describe, expect, test } from 'vitest'
import { Writer } from '../../frontend/kernel/flatten.ts'
import { fullerOf, planContraction } from '../../wasm/contraction/index.ts'
import { type ConvolutionOptions, convolution } from './convolutions.ts'

/** Places along the rows and the lanes of tiles. */
function axesOf(options: ConvolutionOptions) {
  const kernel = convolution(options)
  const writer = new Writer(kernel)
  const { left, right } = fullerOf(writer, kernel, planContraction(writer, kernel)!)
  return [left.axis.extent, right.axis.extent]
}

describe('a convolution', () => {
  test.each<[string, ConvolutionOptions]>([
    ['of 7x7', { sizes: [8, 128, 64, 7, 7], taps: 1 }],
    ['to 7x7', { sizes: [8, 32, 64, 14, 14], taps: 3, stride: 2, pad: 1 }],
  ])('%s has the places of all images in rows', (_, options) => {
    expect(axesOf(options)).toEqual([8 * 49, 64])
  })

  test('of so many images as a call tells too', () => {
    expect(axesOf({ sizes: ['n', 128, 64, 7, 7], taps: 1 })).toEqual([['*', 49, 'n'], 64])
  })

  test.each<[string, ConvolutionOptions, number]>([
    ['of maps that fill tiles', { sizes: [8, 128, 64, 14, 14], taps: 1 }, 196],
    ['of few channels', { sizes: [8, 32, 64, 7, 7], taps: 1 }, 49],
  ])('%s has them in lanes, image by image', (_, options, places) => {
    expect(axesOf(options)).toEqual([64, places])
  })
})
