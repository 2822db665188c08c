/** What convolutions, pooling, normalization and attention say of what is not for them. */
import { readFileSync } from 'node:fs'
import { array, compile, DamoError, dim, interpreter, matrix, tensor, tensor3, tensor4, tensor6, vector } from 'damo'
import * as nn from 'damo/nn'
import { expect, test } from 'vitest'

const batch = dim('batch')
const images = tensor4('images', { shape: [batch, 3, 28, 28] })
const filters = tensor4('filters', { shape: [8, 3, 5, 5] })
const results = tensor4('results', { shape: [batch, 8, 24, 24] })
const flags = tensor4('flags', { dtype: 'bool', shape: [batch, 3, 28, 28] })
const signals = tensor3('signals', { shape: [batch, 3, dim('length')] })
const scale = vector('scale', { shape: [4] })

const provocations: Readonly<Record<string, () => unknown>> = {
  'images of another rank': () => nn.conv2d(signals as never, filters),
  'flags as images and filters': () => nn.conv2d(flags, flags as never),
  'channels that the filters are not for': () => nn.conv2d(images, tensor4('filters', { shape: [8, 4, 5, 5] })),
  'channels in groups that the filters are not for': () => nn.conv2d(images, filters, { groups: 2 }),
  'filters that are no groups': () => nn.conv2d(images, tensor4('filters', { shape: [8, 1, 5, 5] }), { groups: 3 }),
  'a window larger than the image': () =>
    nn.conv2d(images, tensor4('filters', { shape: [8, 3, 31, 5] }), { padding: 1 }),
  'a window larger by its dilation': () => nn.conv2d(images, filters, { dilation: [1, 7] }),
  'padding below 0': () => nn.conv2d(images, filters, { padding: [-1, 0] }),
  'padding by an unknown word': () => nn.conv2d(images, filters, { padding: 'same' as never }),
  'a stride of 0': () => nn.conv2d(images, filters, { stride: 0 }),
  'strides for other axes': () => nn.conv2d(images, filters, { stride: [1, 2, 3] }),
  'half a group': () => nn.conv2d(images, filters, { groups: 0.5 }),
  'an option that there is not': () => nn.conv2d(images, filters, { border_mode: 'full' } as never),
  'outputPadding of a stride': () => nn.convTranspose2d(results, filters, { outputPadding: 1 }),
  'results that images do not lead to': () => nn.conv2dGradWrtInputs(results, filters, [batch, 3, 30, 28]),
  'filters of their own for other windows': () =>
    nn.conv2d(images, tensor6('local', { shape: [8, 26, 25, 3, 3, 3] }), { unshared: true }),
  'results of other filters': () =>
    nn.conv2dGradWrtInputs(tensor4('results', { shape: [batch, 9, 24, 24] }), filters, [batch, 3, 28, 28]),
  'channels without number': () => nn.separableConv2d(tensor4('any'), filters, filters),
  'pooling of a vector': () => nn.pool2d(scale as never, 2),
  'pooling of flags': () => nn.pool2d(flags as never, 2),
  'a pool larger than the image': () => nn.pool2d(images, [29, 2]),
  'a pool that is all padding': () => nn.pool2d(images, 2, { padding: 2 }),
  'a border that counts, and padding': () => nn.pool2d(images, 3, { padding: 1, ignoreBorder: false }),
  'a pool of an unknown kind': () => nn.pool2d(images, 2, { mode: 'median' as never }),
  'a scale for other channels': () => nn.batchNormalizationTrain(images, scale, scale, { axes: 'spatial' }),
  'groups of channels that are not': () => nn.groupNorm(images, 2),
  'heads of a part': () => nn.scaledDotProductAttention(signals, signals, images, { heads: 0 }),
  'heads that do not divide': () => {
    const x = tensor3('x', { shape: [batch, 7, 10] })
    return nn.scaledDotProductAttention(x, x, x, { heads: 3 })
  },
  'all dropped': () => nn.dropout(images, flags, { rate: 1 }),
  'ctc of floats': () => nn.ctc(signals, matrix('labels') as never),
  'ctc of lists': () => nn.ctc(signals, vector('labels', { dtype: 'int32' }) as never),
  'a window that a call makes too large': async () => {
    const taps = tensor3('taps', { shape: [2, 3, 4] })
    const f = await compile({ inputs: { signals, taps }, outputs: nn.conv1d(signals, taps) }, { target: interpreter() })
    await f({ signals: array(new Float32Array(6), { shape: [1, 3, 2] }), taps: new Float32Array(24) })
  },
  'a window that is too large when evaluated': () => {
    const [x, taps] = [tensor('x', { shape: [1, 3, dim('length')] }), tensor('taps', { shape: [2, 3, 4] })]
    return nn.conv1d(x as never, taps as never, { stride: 2 }).eval({
      x: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
      taps: new Array(2).fill(new Array(3).fill([1, 2, 3, 4])),
    })
  },
}

/** The message of what is thrown; lines of this file move, so only that they are named is golden. */
async function messageOf(provoke: () => unknown): Promise<string> {
  try {
    await provoke()
  } catch (error) {
    if (!(error instanceof DamoError)) throw error
    return error.message.replace(/(layers\.test\.ts):\d+/g, '$1:LINE')
  }
  return 'no error'
}

test('messages say what is wrong, of what, and where', async () => {
  const texts: string[] = []
  for (const [name, provoke] of Object.entries(provocations)) texts.push(`# ${name}\n${await messageOf(provoke)}\n`)
  expect(texts.filter(text => text.endsWith('no error\n'))).toEqual([])
  await expect(texts.join('\n')).toMatchFileSnapshot('../../golden/frontend/nn-layers.txt')
})

test('every code of damo/nn stands in a golden text', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const codes = new Set(read('../../../frontend/nn/errors.ts').match(/(?<=')D\d{3}(?=')/g))
  const golden = ['nn-errors', 'nn-layers'].map(name => read(`../../golden/frontend/${name}.txt`)).join()
  expect(codes.size).toBeGreaterThan(6)
  expect([...codes].filter(code => !golden.includes(`[${code}]`))).toEqual([])
})
