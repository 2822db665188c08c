/** Channels, heads and windows of sizes that only a call knows: refused there as known ones are where they are written. */
import { compile, interpreter, matrix, type Tensor, tensor3, tensor4 } from 'damo'
import { conv2d, convTranspose2d, groupNorm, pool2d, scaledDotProductAttention } from 'damo/nn'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../../targets.ts'

const [x, image, filters, volume] = [matrix('x'), tensor4('image'), tensor4('filters'), tensor3('volume')]
const column = (n: number) => Array.from({ length: n }, (_, i) => [[i + 1]])
const filterList = (n: number) => column(n).map(each => [each])

const uneven: [string, Tensor, Record<string, never>, Record<string, never>, RegExp][] = [
  ['groupNorm', groupNorm(x, 2), { x: [[1, 2, 3]] }, { x: [[1, 2, 3, 5]] }, /x_1 = 3 has to be a multiple of 2/],
  ['groupNorm of one', groupNorm(x, 2), { x: [[1]] }, { x: [[1, 2]] }, /x_1 = 1 has to be a multiple of 2/],
  [
    'conv2d',
    conv2d(image, filters, { groups: 2 }),
    { image: [column(2)], filters: filterList(3) },
    { image: [column(2)], filters: filterList(4) },
    /filters_0 = 3 has to be a multiple of 2/,
  ],
  [
    'convTranspose2d',
    convTranspose2d(image, filters, { groups: 2 }),
    { image: [column(3)], filters: filterList(3) },
    { image: [column(2)], filters: filterList(2) },
    /image_1 = 3 has to be a multiple of 2/,
  ],
  [
    'scaledDotProductAttention',
    scaledDotProductAttention(x, x, x, { heads: 2 }),
    { x: [[1, 2, 3]] },
    { x: [[1, 2]] },
    /x_1 = 3 has to be a multiple of 2/,
  ],
  [
    'pool2d',
    pool2d(volume, 2),
    { volume: [[[1, 2, 3]]] },
    {
      volume: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
    /has no window that fits on axis 1: wants volume_1 = 1 to be at least 2/,
  ],
] as never

describe.each(uneven)('%s', (name, y, wrong, right, text) => {
  const called = name.split(' ')[0]!
  const inputs = [x, image, filters, volume].filter(input => Object.hasOwn(wrong, input.name!))

  test.each([interpreter(), loopInterpreter()])('compiled for the $name', async target => {
    const f = await compile({ inputs, outputs: y }, { target })
    expect(() => f.runSync(wrong)).toThrow(new RegExp(`^${called} at sizes\\.test\\.ts:\\d+.*${text.source}`))
    expect(f.runSync(right).tolist()).toEqual(y.eval(right).tolist())
  })

  test('evaluated', () => {
    expect(() => y.eval(wrong)).toThrow(new RegExp(`^${called}.*(multiple of 2|wants 1 to be at least 2)`))
    expect(() => y.eval(wrong)).toThrow('sizes.test.ts')
  })
})
