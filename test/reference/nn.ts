/** Normalization, attention, losses, and what else networks are made of. */
import {
  add,
  arange,
  type DType,
  dims,
  dimshuffle,
  div,
  dot,
  expandDims,
  flatten,
  incSubtensor,
  log,
  mean,
  mul,
  neg,
  pick,
  rfft,
  searchsorted,
  sigmoid,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  zeros,
} from 'damo'
import * as nn from 'damo/nn'
import type { Translations } from './case.ts'
import type { Training } from './exercise.ts'

export const norm: Translations = {
  'norm/attention': ({ q, k, v }) => [nn.scaledDotProductAttention(q, k, v, { causal: true })],
  'norm/bn_test_spatial': ({ x, gamma, beta, mean, var: variance }) => [
    nn.batchNormalizationTest(x, gamma, beta, mean, variance, { axes: 'spatial' }),
  ],
  'norm/bn_train_per_activation': ({ x, gamma, beta, rm, rv }) => {
    const all = nn.batchNormalizationTrain(x, gamma, beta, { runningMean: rm, runningVar: rv })
    return [all.output, all.mean, all.invstd, all.runningMean, all.runningVar]
  },
  'norm/dropout_mask': ({ x, mask }) => [nn.dropout(x, mask, { rate: 0.2 })],
  'norm/groupnorm': ({ x }) => [nn.groupNorm(x, 2)],
  'norm/l2_normalise': ({ x }) => [div(x, sqrt(add(sum(square(x), { axis: 1, keepdims: true }), 1e-8)))],
}

export const nnet: Translations = {
  'nnet/bce': ({ p, t }) => [nn.binaryCrossentropy(p, t)],
  'nnet/bce_sigmoid_extreme': ({ x, t }) => [nn.binaryCrossentropy(sigmoid(x), t)],
  'nnet/cce_extreme': ({ x, y }) => [mean(nn.categoricalCrossentropy(softmax(x), y))],
  'nnet/cce_int': ({ x, y }) => [nn.categoricalCrossentropy(softmax(x), y)],
  'nnet/cce_onehot': ({ x, t }) => [nn.categoricalCrossentropy(softmax(x), t)],
  'nnet/log_softmax_extreme': ({ x }) => [log(softmax(x))],
  'nnet/nll_picking': ({ x, y }) => [neg(mean(pick(log(softmax(x)), y)))],
  'nnet/softmax': ({ x }) => [softmax(x), softmax(x, { axis: 0 }), softmax(x, { axis: [0, 1] })],
}

export const misc: Translations = {
  'misc/rfft': ({ x }) => [rfft(x)],
  // The rows of the stored elements, and their products with rows of y added up.
  'misc/sparse_csr_dense': ({ data, indices, indptr, y }) => {
    const stored = arange(data.shape[0]!)
    const rows = sub(searchsorted(indptr, stored, { side: 'right' }), 1)
    const products = mul(expandDims(data, 1), take(y, indices, 0))
    const none = zeros([dims.sub(indptr.shape[0]!, 1), y.shape[1]!], y.dtype)
    return [incSubtensor(none.at(rows), products)]
  },
  'misc/ctc': ({ acts, labels, lengths }) => [nn.ctc(acts, labels, { lengths })],
}

/** A network of one convolution, pooled, and one full layer. */
export const convnet: Training = {
  state: ['K', 'kb', 'V', 'vb'],
  step({ X, y, K, kb, V, vb }, { lr = 0 }) {
    const images = X as Tensor<DType, 4>
    const features = tanh(add(nn.conv2d(images, K as Tensor<DType, 4>), dimshuffle(kb, 'x', 0, 'x', 'x')))
    const logits = add(dot(flatten(nn.pool2d(features, 2), 2), V), vb)
    const value = mean(nn.categoricalCrossentropy(softmax(logits), y))
    return { value, updates: nn.sgd(value, [K, kb, V, vb], { learningRate: lr }) }
  },
}
