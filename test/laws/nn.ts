/** Applications of the functions of damo/nn, for the laws of functions. Windows have to fit for m and n from 0 on. */

import type { DType, Tensor } from 'damo'
import { dims } from 'damo'
import * as nn from 'damo/nn'
import type { ExampleInput } from '../../frontend/define.ts'

type Images = Tensor<Tensor['dtype'], 4>
type Volumes = Tensor<Tensor['dtype'], 5>
type Unshared = Tensor<Tensor['dtype'], 6>
type Signals = Tensor<Tensor['dtype'], 3>

const tame = [0.5, 2] as const
const wide = dims.add('n', 3)

/** Declared arguments of convolutions, of values that do not cancel. */
const of = <T extends Tensor>(input: ExampleInput, ...shape: Parameters<ExampleInput>[0]) =>
  input(shape, undefined, tame) as T

const convolutions: Readonly<Record<string, (input: ExampleInput) => readonly Tensor[]>> = {
  conv1d: input => [nn.conv1d(of<Signals>(input, 'm', 2, wide), of<Signals>(input, 3, 2, 2), { padding: 'half' })],
  conv2d: input => [
    nn.conv2d(of<Images>(input, 1, 2, 4, wide), of<Images>(input, 4, 1, 2, 3), { stride: [2, 1], groups: 2 }),
    nn.conv2d(of<Images>(input, 'm', 2, 3, wide), of<Unshared>(input, 2, 2, dims.add('n', 2), 1, 2, 2), {
      unshared: true,
      groups: 2,
    }),
  ],
  signalConv2d: input => [
    nn.signalConv2d(of<Signals>(input, 'm', 3, wide), of<Tensor<DType, 2>>(input, 2, 3)),
    nn.signalConv2d(of<Signals>(input, 2, 3, 'n'), of<Signals>(input, 3, 2, 2), { padding: 'full' }),
  ],
  conv3d: input => [nn.conv3d(of<Volumes>(input, 1, 1, 2, 2, wide), of<Volumes>(input, 1, 1, 2, 1, 2), { padding: 1 })],
  convTranspose1d: input => [
    nn.convTranspose1d(of<Signals>(input, 'm', 2, wide), of<Signals>(input, 2, 1, 2), { stride: 2, outputPadding: 1 }),
  ],
  convTranspose2d: input => [nn.convTranspose2d(of<Images>(input, 1, 2, 2, wide), of<Images>(input, 2, 1, 2, 2))],
  convTranspose3d: input => [
    nn.convTranspose3d(of<Volumes>(input, 1, 1, 2, 1, wide), of<Volumes>(input, 1, 1, 2, 1, 2)),
  ],
  conv2dGradWrtInputs: input => [
    nn.conv2dGradWrtInputs(of<Images>(input, 1, 2, 2, wide), of<Images>(input, 2, 1, 2, 2), [
      1,
      1,
      3,
      dims.add('n', 4),
    ]),
  ],
  conv2dGradWrtWeights: input => [
    nn.conv2dGradWrtWeights(
      of<Images>(input, 1, 1, 3, dims.add('n', 4)),
      of<Images>(input, 1, 2, 2, wide),
      [2, 1, 2, 2],
    ),
  ],
  conv3dGradWrtInputs: input => [
    nn.conv3dGradWrtInputs(of<Volumes>(input, 1, 2, 1, 2, wide), of<Volumes>(input, 2, 1, 1, 2, 2), [
      1,
      1,
      1,
      3,
      dims.add('n', 4),
    ]),
  ],
  conv3dGradWrtWeights: input => [
    nn.conv3dGradWrtWeights(
      of<Volumes>(input, 1, 1, 1, 3, dims.add('n', 4)),
      of<Volumes>(input, 1, 2, 1, 2, wide),
      [2, 1, 1, 2, 2],
    ),
  ],
  causalConv1d: input => [
    nn.causalConv1d(of<Signals>(input, 1, 2, wide), of<Signals>(input, 2, 2, 3), { dilation: 2 }),
  ],
  separableConv2d: input => [
    nn.separableConv2d(of<Images>(input, 1, 2, 3, wide), of<Images>(input, 4, 1, 2, 2), of<Images>(input, 3, 4, 1, 1)),
  ],
  separableConv3d: input => [
    nn.separableConv3d(
      of<Volumes>(input, 1, 2, 2, 2, wide),
      of<Volumes>(input, 2, 1, 1, 2, 2),
      of<Volumes>(input, 3, 2, 1, 1, 1),
    ),
  ],
}

const images: Readonly<Record<string, (input: ExampleInput) => readonly Tensor[]>> = {
  pool1d: input => [nn.pool1d(input(['m', wide]), 2, { stride: 1 })],
  pool2d: input => [
    nn.pool2d(input(['m', 5, wide]), [3, 2], { stride: [2, 1], padding: 1 }),
    nn.pool2d(input(['m', 4, 6], undefined, tame), 2, { mode: 'sum' }),
    nn.pool2d(input([1, 5, wide], undefined, tame), 3, { stride: 2, mode: 'averageExcPad', ignoreBorder: false }),
    nn.pool2d(input([1, 5, wide], undefined, tame), 3, { padding: 1, mode: 'averageIncPad' }),
    nn.pool2d(nn.conv2d(of<Images>(input, 'm', 2, 5, wide), of<Images>(input, 5, 2, 2, 2)), 2),
    nn.pool2d(nn.conv2d(of<Images>(input, 1, 4, 6, wide), of<Images>(input, 5, 4, 3, 2)), 2, { mode: 'averageIncPad' }),
  ],
  pool3d: input => [nn.pool3d(input([2, 4, wide]), [1, 2, 3], { stride: 1 })],
  nearestUpsampling: input => [nn.nearestUpsampling(input(['m', 1, 2, 'n']) as Images, [2, 3])],
  bilinearUpsampling: input => [nn.bilinearUpsampling(of<Images>(input, 1, 'm', 2, wide), [2, 3])],
  fracBilinearUpsampling: input => [nn.fracBilinearUpsampling(of<Images>(input, 1, 'm', 2, wide), [3, 2])],
  images2neibs: input => [nn.images2neibs(input(['m', 1, 4, wide]) as Images, [2, 3], { step: 1 })],
  neibs2images: input => [nn.neibs2images(of<Tensor<DType, 2>>(input, 12, 6), [2, 3], [1, 2, 4, 9])],
}

const layers: Readonly<Record<string, (input: ExampleInput) => readonly Tensor[]>> = {
  batchNormalizationTrain: input => {
    const [x, parameter] = [of(input, 'm', 2, wide), () => of(input, 2)]
    return Object.values(
      nn.batchNormalizationTrain(x, parameter(), parameter(), {
        axes: 'spatial',
        runningMean: parameter(),
        runningVar: parameter(),
      }),
    )
  },
  batchNormalizationTest: input => {
    const [x, parameter] = [of(input, 'm', 'n'), () => of(input, 1, 'n')]
    return [nn.batchNormalizationTest(x, parameter(), parameter(), parameter(), parameter())]
  },
  layerNorm: input => [nn.layerNorm(of(input, 'm', wide), { gamma: of(input, wide), beta: of(input, wide) })],
  rmsNorm: input => [nn.rmsNorm(of(input, 'm', wide), { gamma: of(input, wide) })],
  groupNorm: input => [nn.groupNorm(of(input, 'm', 4, wide), 2, { gamma: of(input, 4) })],
  instanceNorm: input => [nn.instanceNorm(of(input, 'm', 2, wide))],
  dropout: input => [nn.dropout(input(['n', 3]), input(['n', 3], 'bool'), { rate: 0.2 })],
  scaledDotProductAttention: input => [
    nn.scaledDotProductAttention(of(input, 'm', 3, 2), of(input, 'm', wide, 2), of(input, 'm', wide, 1), {
      mask: input([3, wide], 'bool'),
    }),
    nn.scaledDotProductAttention(of(input, 1, wide, 4), of(input, 1, wide, 4), of(input, 1, wide, 2), {
      ...{ causal: true, heads: 2, scale: 1 },
    }),
  ],
  ctc: input => [
    nn.ctc(of(input, 4, wide, 3), input([wide, 2], 'int32', [1, 2]), { lengths: input([wide], 'int32', [3, 4]) }),
  ],
}

const classes = (input: ExampleInput) => input(['n'], 'int32', [0, 2])

/** A loss of shares, which are floats: integers would be classes. */
function withShares(input: ExampleInput, loss: (p: Tensor, y: Tensor) => Tensor): Tensor {
  const p = of(input, 'n', 3)
  return loss(p, input(['n', 3], p.dtype.startsWith('float') ? p.dtype : 'float32', tame))
}

const losses: Readonly<Record<string, (input: ExampleInput) => readonly Tensor[]>> = {
  categoricalCrossentropy: input => [
    nn.categoricalCrossentropy(of(input, 'n', 3), classes(input)),
    withShares(input, nn.categoricalCrossentropy),
  ],
  softmaxCategoricalCrossentropy: input => [
    nn.softmaxCategoricalCrossentropy(of(input, 'n', 3), classes(input)),
    withShares(input, nn.softmaxCategoricalCrossentropy),
  ],
  negativeLogLikelihood: input => [nn.negativeLogLikelihood(of(input, 'n', 3), classes(input))],
  binaryCrossentropy: input => [
    nn.binaryCrossentropy(input(['n'], undefined, [0.1, 0.9]), input(['n'], undefined, [0.1, 0.9])),
  ],
  sigmoidBinaryCrossentropy: input => [nn.sigmoidBinaryCrossentropy(of(input, 'n'), of(input, 'n'))],
  klDivergence: input => [nn.klDivergence(of(input, 'm', 'n'), of(input, 'm', 'n'))],
  squaredError: input => [nn.squaredError(of(input, 'n'), of(input, 'n'))],
  absoluteError: input => [nn.absoluteError(of(input, 'n'), of(input, 'n'))],
  huber: input => [nn.huber(of(input, 'n'), of(input, 'n'), { delta: 0.25 })],
  hinge: input => [nn.hinge(of(input, 'n'), of(input, 'n'))],
}

const classifiers: Readonly<Record<string, (input: ExampleInput) => readonly Tensor[]>> = {
  softmaxWithBias: input => [nn.softmaxWithBias(input(['n', 3]), of<Tensor<DType, 1>>(input, 3))],
  confusionMatrix: input => [
    nn.confusionMatrix(input(['m', 'n'], 'int32', [0, 2]), input(['m', 'n'], 'uint8', [0, 2]), 3),
  ],
  hSoftmax: input => {
    const weights = {
      groups: input([2, 3], 'float32', tame),
      groupBias: input([3], 'float32', tame),
      members: input([3, 2, 4], 'float32', tame),
      memberBias: input([3, 4], 'float32', tame),
    }
    const x = input(['n', 2], 'float32', tame)
    return [nn.hSoftmax(x, weights), nn.hSoftmax(x, { ...weights, target: input(['n'], 'int32', [0, 11]) })]
  },
  maxPool2dSameSize: input => [
    nn.maxPool2dSameSize(of<Images>(input, 'm', 1, 5, wide), [2, 3]),
    nn.maxPool2dSameSize(of<Images>(input, 1, 'm', 4, 6), 2),
  ],
}

export const networks = { ...convolutions, ...images, ...layers, ...losses, ...classifiers }
