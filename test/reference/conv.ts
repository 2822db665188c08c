/** Convolutions of images, and their gradients. */
import { add, dimshuffle, expandDims, grad, square, squeeze, sum, type Tensor, tanh } from 'damo'
import { type ConvOptions, conv2d, conv2dGradWrtInputs, type PaddingOption } from 'damo/nn'
import type { Params, Translation, Translations } from './case.ts'

type Images = Tensor<Tensor['dtype'], 4>

/** A case's parameters, in Theano's words, as options. */
const options = ({ border_mode, subsample, filter_dilation, num_groups, filter_flip }: Params): ConvOptions => ({
  ...(border_mode !== undefined && { padding: border_mode as PaddingOption }),
  ...(subsample && { stride: subsample }),
  ...(filter_dilation && { dilation: filter_dilation }),
  ...(num_groups !== undefined && { groups: num_groups }),
  ...(filter_flip !== undefined && { filterFlip: filter_flip }),
})

const convolved: Translation = ({ x, w }, params) => [conv2d(x as Images, w as Images, options(params))]

/** A matrix as an image of one channel, or as one filter. */
const image = (x: Tensor) => expandDims(x, [0, 1]) as Images

export const conv: Translations = {
  'conv/conv2d_asym': convolved,
  'conv/conv2d_bias_relu': ({ x, w, b }) => [
    tanh(add(conv2d(x as Images, w as Images), dimshuffle(b, 'x', 0, 'x', 'x'))),
  ],
  'conv/conv2d_depthwise': convolved,
  'conv/conv2d_dilation': convolved,
  'conv/conv2d_dilation_half_stride': convolved,
  'conv/conv2d_full': convolved,
  'conv/conv2d_groups2': convolved,
  'conv/conv2d_int1': convolved,
  'conv/conv2d_kernel_eq_image': convolved,
  'conv/conv2d_noflip': convolved,
  'conv/conv2d_noflip_half_stride': convolved,
  'conv/conv2d_pair': convolved,
  'conv/conv2d_second_order': ({ x, w }) => {
    const cost = sum(square(conv2d(x as Images, w as Images)))
    return [grad(sum(square(grad(cost, w))), x)]
  },
  'conv/conv2d_stride_full': convolved,
  'conv/conv2d_stride_uneven': convolved,
  'conv/conv2d_transposed': ({ y, w }, params) => [
    conv2dGradWrtInputs(y as Images, w as Images, params.input_shape!, options(params)),
  ],
  'conv/conv2d_valid': convolved,
  'conv/signal_conv2d': ({ x, k }) =>
    (['valid', 'full'] as const).map(padding => squeeze(conv2d(image(x), image(k), { padding }), [0, 1])),
}
