/** Windows summed into images: whatever their strides, the transpose of windows taken from images. */
import { arange, explain, mod, mul, sum, type Tensor, tensor4 } from 'damo'
import { type ConvOptions, conv2d, conv2dGradWrtInputs } from 'damo/nn'
import { expect, test } from 'vitest'

/** Whole numbers around 0, of a shape. */
const counted = (modulus: number, shape: readonly number[]) =>
  mod(arange(shape.reduce((a, b) => a * b)), modulus)
    .sub(modulus >> 1)
    .reshape(shape as number[]) as Tensor<'int32', 4>

const channels = 8

test.each<[string, number[], number[], ConvOptions]>([
  ['a stride', [9, 8], [3, 3], { stride: 2 }],
  ['a stride and padding', [9, 8], [3, 5], { stride: 2, padding: [1, 2] }],
  ['backwards or not', [9, 8], [3, 5], { stride: 2, padding: [1, 2], filterFlip: false }],
  ['a stride along one axis', [9, 13], [2, 7], { stride: [1, 4], padding: [0, 3] }],
  ['a stride beside a dilation', [9, 9], [5, 3], { stride: [3, 1], dilation: [1, 2] }],
  ['windows shorter than steps', [9, 9], [2, 3], { stride: [3, 2] }],
  ['many phases', [10, 10], [4, 5], { stride: 3, padding: 1 }],
  ['groups', [8, 8], [4, 4], { stride: 2, padding: 1, groups: 2 }],
])('of %s', (_, size, window, options) => {
  const [x, w] = [
    counted(7, [2, 2 * channels, ...size]),
    counted(5, [4, (2 * channels) / (options.groups ?? 1), ...window]),
  ]
  const seen = conv2d(x, w, options)
  const y = counted(11, seen.shape as number[])
  const back = conv2dGradWrtInputs(y, w, x.shape, options)
  expect(sum(mul(back, x)).eval().item()).toBe(sum(mul(y, seen)).eval().item())
})

test('each phase of a few is a contraction of as many taps as it has', () => {
  const y = tensor4('y', { shape: [1, 4, 8, 8] })
  const text = (filters: number[], stride: number) => {
    const w = tensor4('w', { shape: [4, channels, ...filters] as [number, number, number, number] })
    return explain({
      inputs: { y, w },
      outputs: conv2dGradWrtInputs(y, w, [1, channels, ...filters.map(f => 7 * stride + f)] as never, { stride }),
    })
  }
  const count = (filters: number[], stride: number) => text(filters, stride).match(/contraction of/g)!.length
  expect([count([3, 3], 2), count([2, 2], 2), count([5, 5], 3), count([3, 3], 1)]).toEqual([4, 1, 1, 1])
})
