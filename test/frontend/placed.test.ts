/** What Python takes by its place, where damo has a record of options: the first of them may stand alone. */
import {
  concatenate,
  constant,
  diag,
  diagonal,
  logSoftmax,
  logsumexp,
  repeat,
  softmax,
  split,
  stack,
  type Tensor,
  take,
  takeAlongAxis,
  trace,
  tril,
  triu,
} from 'damo'
import { layerNorm, rmsNorm } from 'damo/nn'
import { expect, test } from 'vitest'

const x = constant(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  'float64',
)
const index = constant([[0], [1]], 'int32')

const pairs: Readonly<Record<string, readonly [alone: Tensor, named: Tensor]>> = {
  concatenate: [concatenate([x, x], 1), concatenate([x, x], { axis: 1 })],
  diag: [diag(x, 1), diag(x, { offset: 1 })],
  diagonal: [diagonal(x, -1), diagonal(x, { offset: -1 })],
  layerNorm: [layerNorm(x, 0), layerNorm(x, { axis: 0 })],
  logSoftmax: [logSoftmax(x, 0), logSoftmax(x, { axis: 0 })],
  logsumexp: [logsumexp(x, [0, 1]), logsumexp(x, { axis: [0, 1] })],
  repeat: [repeat(x, 2, 1), repeat(x, 2, { axis: 1 })],
  rmsNorm: [rmsNorm(x, 0), rmsNorm(x, { axis: 0 })],
  softmax: [softmax(x, 0), softmax(x, { axis: 0 })],
  split: [split(x, [1, 2], 1)[1]!, split(x, [1, 2], { axis: 1 })[1]!],
  stack: [stack([x, x], -1), stack([x, x], { axis: -1 })],
  take: [take(x, index, 1), take(x, index, { axis: 1 })],
  takeAlongAxis: [takeAlongAxis(x, index, 1), takeAlongAxis(x, index, { axis: 1 })],
  trace: [trace(x, 1), trace(x, { offset: 1 })],
  tril: [tril(x, 1), tril(x, { offset: 1 })],
  triu: [triu(x, 1), triu(x, { offset: 1 })],
}

test.each(Object.entries(pairs))('%s', (_, [alone, named]) => {
  expect(alone.eval().tolist()).toEqual(named.eval().tolist())
})

test('tril and concatenate read as in NumPy', () => {
  expect(tril(x, 1).eval().tolist()).toEqual([
    [1, 2, 0],
    [4, 5, 6],
  ])
  expect(concatenate([x, x], -1).eval().shape).toEqual([2, 6])
})
