/** Loops: recurrences, maps and folds, with all steps or the last alone. */
import {
  add,
  arange,
  at,
  cast,
  constant,
  dimshuffle,
  div,
  dot,
  exp,
  flip,
  foldl,
  ge,
  logsumexp,
  map,
  matmul,
  max,
  mul,
  onesLike,
  pow,
  reshape,
  scan,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  tanh,
  zeros,
  zerosLike,
} from 'damo'
import type { Inputs, Translations } from './case.ts'

/** All values of what a step makes of an element and the value before. */
function recurrence(initial: Tensor, sequences: Tensor, next: (h: Tensor, x: Tensor) => Tensor): Tensor {
  const step = (h: Tensor, x: Tensor) => {
    const carry = next(h, x)
    return { carry, output: carry }
  }
  return scan(step, { initial, sequences }).outputs
}

/** A step of an Elman network. */
const elman =
  ({ W, U, b }: Pick<Inputs, 'W' | 'U' | 'b'>) =>
  (h: Tensor, x: Tensor) =>
    tanh(add(add(matmul(x, W), matmul(h, U)), b))

/**
 * The maximum over the first axis, ties sharing its gradient evenly as the case has it; damo's `max` gives it whole to each.
 * What ties in float64 may be off by a rounding in float32.
 */
function sharedMax(x: Tensor): Tensor {
  const atMax = cast(ge(x, sub(max(x, { axis: 0, keepdims: true }), 1e-6)), x.dtype)
  return div(sum(mul(atMax, x), { axis: 0 }), sum(atMax, { axis: 0 }))
}

/** What it takes to come from each place (first axis) to each other. */
const from = (scores: Tensor, A: Tensor) => add(dimshuffle(scores, 0, 'x'), A)

export const scans: Translations = {
  'scan/crf_forward': ({ e, a0, A }) => [foldl((a, x) => add(logsumexp(from(a, A), { axis: 0 }), x), e, a0)],
  'scan/cumsum': ({ x }) => [recurrence(zerosLike(reshape(at(x, 0), [3])), x, add)],
  'scan/fill_sequence': ({ vals }, { locs = [], shape = [] }) => {
    const [rows = 0, columns = 0] = shape
    const marks = Array.from({ length: locs.length * rows * columns }, (_, i) => {
      const [row, column] = locs[Math.floor(i / (rows * columns))]!
      return i % (rows * columns) === row! * columns + column! ? 1 : 0
    })
    const mask = reshape(constant(marks, vals.dtype), [locs.length, rows, columns])
    return [
      foldl((out, [m, v]) => add(mul(out, sub(1, m)), mul(m, v)), [mask, vals], zeros([rows, columns], vals.dtype)),
    ]
  },
  'scan/inner_independent': ({ x, W }) => [
    recurrence(zeros([3], x.dtype), x, (h, e) => tanh(add(h, mul(sum(exp(W)), dot(e, W))))),
  ],
  'scan/lstm': ({ x, h0, c0, W, U, b }) => {
    const { outputs } = scan(
      ({ h, c }, e) => {
        const [i, f, g, o] = split(add(add(matmul(e, W), matmul(h, U)), b), 4, { axis: 1 })
        const next = add(mul(sigmoid(f!), c), mul(sigmoid(i!), tanh(g!)))
        const carry = { h: mul(sigmoid(o!), tanh(next)), c: next }
        return { carry, output: carry }
      },
      { initial: { h: h0, c: c0 }, sequences: x },
    )
    return [outputs.h, outputs.c]
  },
  'scan/polynomial': ({ c, x }) => [sum(map(([k, i]) => mul(k, pow(x, i)), [c, arange(5)]))],
  'scan/power': ({ A }, { k = 0 }) => [scan(h => ({ carry: mul(h, A) }), { initial: onesLike(A), steps: k }).carry],
  'scan/reduce_foldl': ({ x }) => [foldl((a, e) => mul(a, add(1, e.div(2))), x, zeros([3], x.dtype).add(1))],
  // Theano puts outputs in the order of the steps.
  'scan/rnn_backwards': ({ x, h0, W, U, b }) => [recurrence(h0, flip(x, 0), elman({ W, U, b }))],
  'scan/rnn_last': ({ x, h0, W, U, b }) => [foldl(elman({ W, U, b }), x, h0)],
  'scan/seq_taps': ({ x }) => [
    map(
      ([before, now, after]) => sub(mul(before, after), mul(0.5, now)),
      [at(x, slice(0, 4)), at(x, slice(1, 5)), at(x, slice(2, 6))],
    ),
  ],
  'scan/taps_m2_m1': ({ x0 }) => {
    const { outputs } = scan(
      ({ h2, h1 }) => {
        const h = add(mul(0.5, h2), mul(0.8, h1))
        return { carry: { h2: h1, h1: h }, output: h }
      },
      { initial: { h2: reshape(at(x0, 0), [3]), h1: reshape(at(x0, 1), [3]) }, steps: 6 },
    )
    return [outputs]
  },
  'scan/truncate_gradient': ({ x, U }, { truncate_gradient: limit = 0 }) => [
    scan((h, e) => ({ carry: tanh(add(e, dot(h, U))) }), {
      initial: zeros([3], x.dtype),
      sequences: x,
      truncateGradient: limit,
    }).carry,
  ],
  'scan/viterbi_max': ({ e, s0, A }) => [recurrence(s0, e, (s, x) => add(sharedMax(from(s, A)), x))],
  'scan/zero_steps': ({ x }) => [recurrence(zeros([3], x.dtype), x, add)],
}
