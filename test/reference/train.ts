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
import type { Inputs, Params, Translation } from './case.ts'
import type { Training } from './exercise.ts'

type Update = readonly [Tensor, Tensor]

/** New values of a parameter and of what the optimizer remembers of it, from its gradient. */
type Optimizer = (p: Tensor, g: Tensor, lr: number, count: Tensor) => Update[]

/** What an optimizer remembers of a parameter: zeros at first. */
const memory = (p: Tensor, name: string): Tensor => shared(zerosLike(p), `${p.name}.${name}`)

const decayed = (old: Tensor, rate: number, next: Tensor): Tensor => add(mul(rate, old), mul(1 - rate, next))

/** The moments of Adam: D. P. Kingma and J. Ba, "Adam", 2015. */
function moments(p: Tensor, g: Tensor): { m: Tensor; v: Tensor; updates: Update[] } {
  const [m, v] = [memory(p, 'm'), memory(p, 'v')]
  const next = { m: decayed(m, 0.9, g), v: decayed(v, 0.999, square(g)) }
  const updates: Update[] = [
    [m, next.m],
    [v, next.v],
  ]
  return { ...next, updates }
}

/** What is left of a rate after so many steps: 1 - rate^count. */
const rest = (rate: number, count: Tensor): Tensor => sub(1, pow(rate, count))

const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: (p, g, lr) => [[p, sub(p, mul(lr, g))]],
  momentum(p, g, lr) {
    const v = memory(p, 'v')
    const next = sub(mul(0.9, v), mul(lr, g))
    return [
      [v, next],
      [p, add(p, next)],
    ]
  },
  adagrad(p, g, lr) {
    const a = memory(p, 'a')
    const next = add(a, square(g))
    return [
      [a, next],
      [p, sub(p, div(mul(lr, g), sqrt(add(next, 1e-6))))],
    ]
  },
  rmsprop(p, g, lr) {
    const a = memory(p, 'a')
    const next = decayed(a, 0.9, square(g))
    return [
      [a, next],
      [p, sub(p, div(mul(lr, g), sqrt(add(next, 1e-6))))],
    ]
  },
  adadelta(p, g, lr) {
    const [a, d] = [memory(p, 'a'), memory(p, 'd')]
    const next = decayed(a, 0.95, square(g))
    const delta = div(mul(g, sqrt(add(d, 1e-6))), sqrt(add(next, 1e-6)))
    return [
      [a, next],
      [d, decayed(d, 0.95, square(delta))],
      [p, sub(p, mul(lr, delta))],
    ]
  },
  // The order of operations that section 2 of the paper calls more efficient.
  adam(p, g, lr, count) {
    const { m, v, updates } = moments(p, g)
    const rate = div(mul(lr, sqrt(rest(0.999, count))), rest(0.9, count))
    return [...updates, [p, sub(p, div(mul(rate, m), add(sqrt(v), 1e-8)))]]
  },
  // Algorithm 2 of I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", 2019.
  adamw(p, g, lr, count) {
    const { m, v, updates } = moments(p, g)
    const direction = div(div(m, rest(0.9, count)), add(sqrt(div(v, rest(0.999, count))), 1e-8))
    return [...updates, [p, sub(sub(p, mul(lr * 0.01, p)), mul(lr, direction))]]
  },
}

/** A step of the optimizer that the case names, on all parameters at once. */
function optimized(loss: Tensor, parameters: readonly Tensor[], { optimizer = '', lr = 0 }: Params): Update[] {
  const before = shared(zerosLike(loss), `${parameters[0]!.name}.count`)
  const count = add(before, 1)
  const gradients = grad(loss, parameters)
  const updates = parameters.flatMap((p, i) => optimizers[optimizer]!(p, gradients[i]!, lr, count))
  return [[before, count], ...updates]
}

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
