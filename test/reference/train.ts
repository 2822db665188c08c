/** Training: shared variables that updates replace, step by step. */
import {
  add,
  at,
  div,
  dot,
  grad,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  pick,
  pow,
  scan,
  shared,
  slice,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  zerosLike,
} from 'damo'
import * as nn from 'damo/nn'
import type { Inputs, Params, Translation } from './case.ts'
import type { Training } from './exercise.ts'
import { convnet } from './nn.ts'

type Rule = (
  loss: Tensor,
  parameters: readonly Tensor[],
  options: { learningRate: number; name: string },
) => nn.Update[]

/**
 * Adam as of section 2 of Kingma and Ba, 2015, whose epsilon is not corrected for the start at zero: what the case was
 * recorded with. damo/nn has algorithm 1 of that paper, which differs in the eighth digit here.
 */
const adamOfSection2: Rule = (loss, parameters, { learningRate, name }) => {
  const t = shared(zerosLike(loss), `${name}.t`)
  const count = add(t, 1)
  const rest = (rate: number) => sub(1, pow(rate, count))
  const rate = div(mul(learningRate, sqrt(rest(0.999))), rest(0.9))
  const gradients = grad(loss, parameters)
  const updates = parameters.flatMap((p, i): nn.Update[] => {
    const [m, v] = ['m', 'v'].map(label => shared(zerosLike(p), `${name}.${label}.${p.name}`)) as [Tensor, Tensor]
    const nextM = add(mul(0.9, m), mul(1 - 0.9, gradients[i]!))
    const nextV = add(mul(0.999, v), mul(1 - 0.999, square(gradients[i]!)))
    return [
      [m, nextM],
      [v, nextV],
      [p, sub(p, div(mul(rate, nextM), add(sqrt(nextV), 1e-8)))],
    ]
  })
  return [[t, count], ...updates]
}

const rules: Readonly<Record<string, Rule>> = {
  sgd: (loss, parameters, { learningRate }) => nn.sgd(loss, parameters, { learningRate }),
  momentum: nn.momentum,
  adagrad: nn.adagrad,
  rmsprop: nn.rmsprop,
  adadelta: nn.adadelta,
  adam: adamOfSection2,
  adamw: nn.adamw,
}

/** The rule that the case names, on all parameters at once; its state is named after the case's first parameter. */
const optimized = (loss: Tensor, parameters: readonly Tensor[], { optimizer = '', lr = 0 }: Params): nn.Update[] =>
  rules[optimizer]!(loss, parameters, { learningRate: lr, name: `${parameters[0]!.name}.${optimizer}` })

/** Mean cross-entropy of a network of one hidden layer. */
const mlp: Training = {
  state: ['W1', 'b1', 'W2', 'b2'],
  step({ X, y, W1, b1, W2, b2 }, params) {
    const logits = add(matmul(tanh(add(matmul(X, W1), b1)), W2), b2)
    const value = neg(mean(pick(logSoftmax(logits), y)))
    return { value, updates: optimized(value, [W1, b1, W2, b2], params) }
  },
}

/** An Elman network whose last state is drawn to a target. */
const rnn: Training = {
  state: ['h0', 'W', 'U', 'b'],
  step({ x, target, h0, W, U, b }, params) {
    const { carry } = scan((h, element) => ({ carry: tanh(add(add(matmul(element, W), matmul(h, U)), b)) }), {
      initial: h0,
      sequences: x,
    })
    const value = sum(square(sub(carry, target)))
    return { value, updates: optimized(value, [h0, W, U, b], params) }
  },
}

/** Fibonacci's numbers, by updates that all see the old values. */
const fibonacci: Training = {
  state: ['a', 'b'],
  steps: 8,
  step: ({ a, b }) => ({
    value: a,
    updates: [
      [a, b],
      [b, add(a, b)],
    ],
  }),
}

/** The cost of each of three minibatches of four rows. */
const minibatches: Translation = ({ data, w }: Inputs) => [
  stack([0, 1, 2].map(i => mean(square(tanh(dot(at(data, slice(4 * i, 4 * i + 4)), w)))))),
]

export const train: Readonly<Record<string, Translation | Training>> = {
  'train/convnet_sgd': convnet,
  'train/minibatch_givens': minibatches,
  'train/mlp_adadelta': mlp,
  'train/mlp_adagrad': mlp,
  'train/mlp_adamw': mlp,
  'train/mlp_momentum': mlp,
  'train/mlp_rmsprop': mlp,
  'train/mlp_sgd': mlp,
  'train/rnn_adam': rnn,
  'train/updates_order': fibonacci,
}
