/** What the editor knows of convolutions, and that it is so. */

import * as d from 'damo'
import * as nn from 'damo/nn'
import { test } from 'vitest'
import { fails, is } from './told.ts'

const image = d.matrix('image', { shape: [5, 6] })
const stack = d.tensor3('stack', { dtype: 'float64', shape: [2, 3, 3] })
const images = d.tensor4('images', { shape: [1, 2, 4, 4] })
const filters = d.tensor4('filters', { shape: [3, 2, 2, 2] })
const own = d.tensor('own', { dtype: 'float64', shape: [3, 3, 3, 2, 2, 2] })

test('filters that windows share, or do not', () => {
  is(nn.conv2d(images, filters), 'float32', 4)
  is(nn.conv2d(images, filters, { unshared: false, padding: 1 }), 'float32', 4)
  is(nn.conv2d(images, own, { unshared: true }), 'float64', 4)
  // @ts-expect-error filters of each window have six axes
  fails(() => nn.conv2d(images, filters, { unshared: true }))
  // @ts-expect-error filters that windows share have four
  fails(() => nn.conv2d(images, own))
})

test('images and filters with and without axes of stacks', () => {
  is(nn.signalConv2d(image, image), 'float32', 2)
  is(nn.signalConv2d(stack, stack), 'float64', 4)
  is(nn.signalConv2d(image, stack), 'float64', 3)
  // @ts-expect-error no images
  fails(() => nn.signalConv2d(images, image))
})
