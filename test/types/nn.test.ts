/** What the editor knows of the parts of networks, and that it is so. */

import type { Tensor } from 'damo'
import * as d from 'damo'
import * as nn from 'damo/nn'
import { test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is } from './told.ts'

const x = d.matrix('x', { shape: [4, 6] })
const w = d.matrix('w', { dtype: 'float64', shape: [4, 6] })
const h = d.matrix('h', { dtype: 'float16', shape: [4, 6] })
const n = d.matrix('n', { dtype: 'int32', shape: [4, 6] })
const flags = d.matrix('flags', { dtype: 'bool', shape: [4, 6] })
const classes = d.vector('classes', { dtype: 'uint8', shape: [4] })
const v = d.vector('v', { shape: [6] })
const v64 = d.vector('v64', { dtype: 'float64', shape: [6] })
const s = d.scalar('s')
const t = d.tensor3('t', { shape: [2, 4, 6] })
const images = d.tensor4('images', { shape: [2, 4, 6, 6] })
const pixels = d.tensor4('pixels', { dtype: 'uint8', shape: [2, 4, 6, 6] })
const volumes = d.tensor5('volumes', { shape: [2, 4, 6, 6, 6] })
const some: Tensor = x

test('losses', () => {
  is(nn.categoricalCrossentropy(x, classes), 'float32', 1)
  is(nn.categoricalCrossentropy(x, w), 'float64', 1)
  is(nn.categoricalCrossentropy(x, flags), 'float32', 1)
  is(nn.categoricalCrossentropy(n, classes), 'float32', 1)
  is(nn.softmaxCategoricalCrossentropy(t, n.at(':2, :4')), 'float32', 2)
  is(nn.softmaxCategoricalCrossentropy(h, classes), 'float16', 1)
  is(nn.softmaxCategoricalCrossentropy(v, d.scalar('c', { dtype: 'int64' })), 'float32', 0)
  is(nn.negativeLogLikelihood(w, classes), 'float64', 1)
  is(nn.binaryCrossentropy(x, w), 'float64', 2)
  is(nn.binaryCrossentropy(x, 1), 'float32', 2)
  is(nn.binaryCrossentropy(x, true), 'float32', 2)
  is(nn.binaryCrossentropy(n, flags), 'float32', 2)
  is(nn.sigmoidBinaryCrossentropy(h, flags), 'float16', 2)
  is(nn.sigmoidBinaryCrossentropy(h, n), 'float16', 2)
  is(nn.sigmoidBinaryCrossentropy(w, 0.5), 'float64', 2)
  is(nn.klDivergence(x, w), 'float64', 1)
  is(nn.klDivergence(n, n), 'float32', 1)
  is(nn.squaredError(x, n), 'float32', 2)
  is(nn.squaredError(n, 2), 'int32', 2)
  is(nn.squaredError(s, 0.5), 'float32', 0)
  is(nn.absoluteError(n, 0.5), 'float32', 2)
  is(nn.absoluteError(w, x), 'float64', 2)
  is(nn.huber(x, w, { delta: 2 }), 'float64', 2)
  is(nn.huber(n, 1), 'float32', 2)
  is(nn.huber(n, 1, { delta: 2 }), 'float32', 2)
  is(nn.hinge(x, n), 'float32', 2)
  is(nn.hinge(n, n), 'int32', 2)
  is(nn.hinge(h, 1), 'float16', 2)
  const untold = nn.squaredError(some, some)
  exactly<Tensor>()(untold)
})

test('normalizations', () => {
  is(nn.layerNorm(x), 'float32', 2)
  is(nn.layerNorm(n, 0), 'float32', 2)
  is(nn.layerNorm(h, [0, 1]), 'float16', 2)
  is(nn.layerNorm(x, { gamma: v64 }), 'float64', 2)
  is(nn.layerNorm(h, { beta: v, axis: -1 }), 'float32', 2)
  is(nn.rmsNorm(t, { axis: [1, 2] }), 'float32', 3)
  is(nn.rmsNorm(x, { gamma: v, beta: v64, epsilon: 1e-3 }), 'float64', 2)
  is(nn.groupNorm(images, 2), 'float32', 4)
  is(nn.groupNorm(pixels, 2, { gamma: v64.at(':4') }), 'float64', 4)
  is(nn.instanceNorm(images), 'float32', 4)
  is(nn.instanceNorm(t, { beta: d.vector('b', { shape: [4] }) }), 'float32', 3)
  const batch = nn.batchNormalizationTrain(x, v64, v)
  is(batch.output, 'float64', 2)
  is(batch.mean, 'float32', 1)
  is(batch.invstd, 'float32', 1)
  const [gamma, beta, c] = [d.row('gamma'), d.row('beta'), d.vector('c', { shape: [4] })]
  is(nn.batchNormalizationTrain(d.matrix('m'), gamma, beta).mean, 'float32', 2)
  const running = nn.batchNormalizationTrain(n, v, v, { runningMean: v64, runningVar: v })
  is(running.output, 'float32', 2)
  is(running.runningMean, 'float64', 1)
  is(running.runningVar, 'float32', 1)
  is(nn.batchNormalizationTest(x, v, v, v, v64), 'float64', 2)
  is(nn.batchNormalizationTest(t, c, c, c, c, { axes: 'spatial' }), 'float32', 3)
})

test('attention, dropout, sequences and classes', () => {
  is(nn.scaledDotProductAttention(x, w, x), 'float64', 2)
  is(nn.scaledDotProductAttention(t, x, x, { causal: true }), 'float32', 3)
  is(nn.scaledDotProductAttention(h, h, h, { scale: 0.5 }), 'float16', 2)
  is(nn.scaledDotProductAttention(t, t, t, { heads: 2 }), 'float32', 3)
  const mask = d.matrix('mask', { dtype: 'bool', shape: [4, 4] })
  is(nn.scaledDotProductAttention(x, x, x, { mask }), 'float32', 2)
  is(
    nn.scaledDotProductAttention(x, x, x, { mask: d.tensor3('m', { dtype: 'float64', shape: [2, 4, 4] }) }),
    'float64',
    3,
  )
  is(nn.scaledDotProductAttention(t, t, t, { heads: 2, mask: d.tensor4('m', { shape: [2, 2, 4, 4] }) }), 'float32', 3)
  is(nn.dropout(x, flags), 'float32', 2)
  is(nn.dropout(w, n, { rate: 0.2 }), 'float64', 2)
  is(nn.dropout(v, flags), 'float32', 2)
  const labels = d.matrix('labels', { dtype: 'int32', shape: [4, 3] })
  is(nn.ctc(t, labels), 'float32', 1)
  is(nn.ctc(t, labels, { lengths: classes, blank: 1 }), 'float32', 1)
  is(nn.confusionMatrix(classes, d.vector('c', { dtype: 'int64', shape: [4] }), 3), 'int64', 2)
  is(nn.softmaxWithBias(x, v64), 'float64', 2)
  const weights = {
    groups: d.matrix('g', { shape: [6, 2] }),
    groupBias: d.vector('gb', { shape: [2] }),
    members: d.tensor3('m', { shape: [2, 6, 3] }),
    memberBias: d.matrix('mb', { dtype: 'float64', shape: [2, 3] }),
  }
  is(nn.hSoftmax(x, weights), 'float64', 2)
  is(nn.hSoftmax(x, { ...weights, target: classes }), 'float64', 1)
})

test('images', () => {
  const filters = d.tensor4('filters', { dtype: 'float64', shape: [4, 4, 3, 3] })
  const f3 = d.tensor3('f3', { shape: [3, 4, 2] })
  const f5 = d.tensor5('f5', { shape: [4, 4, 3, 3, 3] })
  is(nn.conv1d(t, f3), 'float32', 3)
  is(nn.conv2d(images, filters, { stride: 2 }), 'float64', 4)
  is(nn.conv2d(pixels, pixels.at(':, :, :3, :3')), 'uint8', 4)
  is(nn.conv3d(volumes, f5), 'float32', 5)
  is(nn.causalConv1d(t, f3), 'float32', 3)
  is(nn.convTranspose1d(t, d.tensor3('ft', { shape: [4, 2, 2] }), { stride: 2, outputPadding: 1 }), 'float32', 3)
  is(nn.convTranspose2d(images, filters), 'float64', 4)
  is(nn.convTranspose3d(volumes, f5), 'float32', 5)
  is(nn.conv2dGradWrtInputs(images, filters, [2, 4, 8, 8]), 'float64', 4)
  is(nn.conv2dGradWrtWeights(images, images.at(':, :, :4, :4'), [4, 4, 3, 3]), 'float32', 4)
  is(nn.conv3dGradWrtInputs(volumes, f5, [2, 4, 8, 8, 8]), 'float32', 5)
  is(nn.conv3dGradWrtWeights(volumes, volumes.at('..., :4, :4, :4'), [4, 4, 3, 3, 3]), 'float32', 5)
  const [each, mix] = [
    d.tensor4('each', { shape: [4, 1, 3, 3] }),
    d.tensor4('mix', { dtype: 'float64', shape: [3, 4, 1, 1] }),
  ]
  is(nn.separableConv2d(images, each, mix), 'float64', 4)
  const [each3, mix3] = [d.tensor5('each', { shape: [4, 1, 3, 3, 3] }), d.tensor5('mix', { shape: [3, 4, 1, 1, 1] })]
  is(nn.separableConv3d(volumes, each3, mix3), 'float32', 5)
  is(nn.pool1d(v, 2), 'float32', 1)
  is(nn.pool2d(pixels, 2), 'uint8', 4)
  is(nn.pool2d(pixels, 2, { mode: 'sum' }), 'int64', 4)
  is(nn.pool2d(h, 2, { mode: 'sum', stride: 1 }), 'float16', 2)
  is(nn.pool2d(pixels, 2, { mode: 'averageIncPad' }), 'float32', 4)
  is(nn.pool3d(volumes, 2, { mode: 'averageExcPad' }), 'float32', 5)
  is(nn.pool2d(w, 2, { mode: 'averageExcPad' }), 'float64', 2)
  is(nn.maxPool2dSameSize(pixels, 2), 'uint8', 4)
  is(nn.nearestUpsampling(pixels, 2), 'uint8', 4)
  is(nn.bilinearUpsampling(images, [2, 3]), 'float32', 4)
  is(nn.fracBilinearUpsampling(images, [3, 2]), 'float32', 4)
  is(nn.images2neibs(images, 2), 'float32', 2)
  is(nn.neibs2images(d.matrix('b', { dtype: 'float64', shape: [4, 4] }), 2, [1, 1, 4, 4]), 'float64', 4)
})

test('what cannot be right is refused', () => {
  // @ts-expect-error: rank 1, not 2
  fails(() => nn.categoricalCrossentropy(x, n))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.categoricalCrossentropy(x, v))
  // @ts-expect-error: rank 1, not 2
  fails(() => nn.softmaxCategoricalCrossentropy(x, n))
  // @ts-expect-error: at least one axis, not a scalar
  fails(() => nn.softmaxCategoricalCrossentropy(s, s))
  // @ts-expect-error: an integer, not float32
  fails(() => nn.negativeLogLikelihood(x, v))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.binaryCrossentropy(x, v))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.sigmoidBinaryCrossentropy(x, v))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.klDivergence(x, v))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.squaredError(x, v))
  // @ts-expect-error: a number, not bool
  fails(() => nn.squaredError(flags, flags))
  // @ts-expect-error: a number, not bool
  fails(() => nn.absoluteError(flags, true))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.huber(x, v))
  // @ts-expect-error: a number, not bool
  fails(() => nn.hinge(flags, flags))
  // @ts-expect-error: no such option
  fails(() => nn.huber(x, x, { detla: 1 }))
  // @ts-expect-error: rank 0 has no axis -1
  fails(() => nn.layerNorm(s))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => nn.layerNorm(x, 2))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => nn.rmsNorm(x, { axis: 2 }))
  // @ts-expect-error: no such option
  fails(() => nn.rmsNorm(x, { gama: v }))
  // @ts-expect-error: a batch and channels, not rank 1
  fails(() => nn.groupNorm(v, 2))
  // @ts-expect-error: a batch, channels and space, not rank 2
  fails(() => nn.instanceNorm(x))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => nn.batchNormalizationTrain(v, v, v))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => nn.batchNormalizationTest(v, v, v, v, v))
  // @ts-expect-error: a float, not int32
  fails(() => nn.scaledDotProductAttention(n, n, n))
  // @ts-expect-error: a matrix, not rank 1
  fails(() => nn.scaledDotProductAttention(x, v, v))
  // @ts-expect-error: no such option
  fails(() => nn.scaledDotProductAttention(x, x, x, { casual: true }))
  // @ts-expect-error: a float, not int32
  fails(() => nn.dropout(n, n))
  // @ts-expect-error: float32 or float64, not float16
  fails(() => nn.ctc(d.tensor3('a', { dtype: 'float16', shape: [2, 4, 6] }), n))
  // @ts-expect-error: rank 3, not 2
  fails(() => nn.ctc(x, n))
  // @ts-expect-error: an integer, not float32
  fails(() => nn.ctc(t, x))
  // @ts-expect-error: an integer, not float32
  fails(() => nn.ctc(t, n, { lengths: v }))
  // @ts-expect-error: rank 1, not 2
  fails(() => nn.ctc(t, n, { lengths: n }))
  // @ts-expect-error: an integer, not float32
  fails(() => nn.confusionMatrix(classes, v, 3))
  // @ts-expect-error: rank 1, not 2
  fails(() => nn.confusionMatrix(classes, n, 3))
  // @ts-expect-error: rank 4, not 2
  fails(() => nn.conv2d(x, images))
  // @ts-expect-error: rank 4, not 3
  fails(() => nn.conv2d(images, t))
  // @ts-expect-error: a number, not bool
  fails(() => nn.conv2d(d.gt(images, 0), d.gt(images, 0)))
  // @ts-expect-error: rank 3, not 4
  fails(() => nn.causalConv1d(images, t))
  // @ts-expect-error: rank 3, not 2
  fails(() => nn.convTranspose1d(t, x))
  // @ts-expect-error: 4 axes, not 3
  fails(() => nn.conv2dGradWrtInputs(images, images, [2, 4, 8]))
  // @ts-expect-error: rank 4, not 5
  fails(() => nn.separableConv2d(volumes, images, images))
  // @ts-expect-error: at least 2 axes, not 1
  fails(() => nn.pool2d(v, 2))
  // @ts-expect-error: a number, not bool
  fails(() => nn.pool1d(flags, 2))
  // @ts-expect-error: no such mode
  fails(() => nn.pool1d(x, 2, { mode: 'mean' }))
  // @ts-expect-error: rank 4, not 2
  fails(() => nn.maxPool2dSameSize(x, 2))
  // @ts-expect-error: rank 4, not 3
  fails(() => nn.nearestUpsampling(t, 2))
  // @ts-expect-error: a float, not uint8
  fails(() => nn.bilinearUpsampling(pixels, 2))
  // @ts-expect-error: a float, not uint8
  fails(() => nn.fracBilinearUpsampling(pixels, [3, 2]))
  // @ts-expect-error: a number, not bool
  fails(() => nn.signalConv2d(flags, flags))
  // @ts-expect-error: rank 4, not 2
  fails(() => nn.images2neibs(x, 2))
  // @ts-expect-error: rank 2, not 4
  fails(() => nn.neibs2images(images, 2, [1, 1, 4, 4]))
  // @ts-expect-error: rank 2, not 1
  fails(() => nn.hSoftmax(v, { groups: x, groupBias: v, members: t, memberBias: x }))
})
