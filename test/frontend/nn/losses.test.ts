import { constant, rewriteGraph, type Tensor, vector } from 'damo'
import {
  absoluteError,
  binaryCrossentropy,
  categoricalCrossentropy,
  hinge,
  huber,
  sigmoid,
  sigmoidBinaryCrossentropy,
  softmax,
  squaredError,
} from 'damo/nn'
import { expect, test } from 'vitest'

const f64 = (values: readonly unknown[]): Tensor<'float64'> => constant(values as number[], 'float64')
const list = (x: Tensor) => x.eval().tolist() as number[]
const close = (actual: number[], expected: number[]) => {
  expect(actual.length).toBe(expected.length)
  for (const [i, x] of expected.entries()) expect(actual[i]).toBeCloseTo(x, 12)
}

const p = f64([
  [0.1, 0.2, 0.7],
  [0.3, 0.4, 0.3],
])

test('categoricalCrossentropy takes classes or distributions', () => {
  close(list(categoricalCrossentropy(p, constant([2, 0], 'int32'))), [-Math.log(0.7), -Math.log(0.3)])
  close(list(categoricalCrossentropy(p, constant([2, 0], 'uint8'))), [-Math.log(0.7), -Math.log(0.3)])
  const y = f64([
    [0.5, 0.25, 0.25],
    [0, 1, 0],
  ])
  close(list(categoricalCrossentropy(p, y)), [
    -0.5 * Math.log(0.1) - 0.25 * Math.log(0.2) - 0.25 * Math.log(0.7),
    -Math.log(0.4),
  ])
  expect(() => categoricalCrossentropy(p, vector('y'))).toThrow('D005')
  expect(() => list(categoricalCrossentropy(p, constant([3, 0], 'int32')))).toThrow('out of range')
})

test('binary crossentropies agree, and the one of logits is exact in the tails', () => {
  const [x, y] = [f64([-2, 0, 0.5, 3]), f64([0, 1, 0.25, 1])]
  const expected = [-2, 0, 0.5, 3].map((logit, i) => {
    const [q, t] = [1 / (1 + Math.exp(-logit)), [0, 1, 0.25, 1][i]!]
    return -t * Math.log(q) - (1 - t) * Math.log(1 - q)
  })
  close(list(binaryCrossentropy(sigmoid(x), y)), expected)
  close(list(sigmoidBinaryCrossentropy(x, y)), expected)
  close(list(binaryCrossentropy(f64([0.25]), 1)), [Math.log(4)])
  const tails = list(sigmoidBinaryCrossentropy(f64([100, -100, 1000, -1000]), f64([1, 0, 0, 1])))
  expect(tails).toEqual([Math.log1p(Math.exp(-100)), Math.log1p(Math.exp(-100)), 1000, 1000])
})

test('errors and margins', () => {
  const [prediction, target] = [f64([1, -2, 0.5]), f64([1.5, 1, -1])]
  close(list(squaredError(prediction, target)), [0.25, 9, 2.25])
  close(list(absoluteError(prediction, target)), [0.5, 3, 1.5])
  close(list(huber(prediction, target)), [0.125, 2.5, 1])
  close(list(huber(prediction, target, { delta: 2 })), [0.125, 4, 1.125])
  close(list(hinge(prediction, f64([1, 1, -1]))), [0, 3, 1.5])
  close(list(squaredError(prediction, 1)), [0, 9, 0.25])
})

test.each([
  ['binaryCrossentropy', binaryCrossentropy],
  ['sigmoidBinaryCrossentropy', sigmoidBinaryCrossentropy],
  ['squaredError', squaredError],
  ['absoluteError', absoluteError],
  ['huber', huber],
  ['hinge', hinge],
])('%s refuses a column against a vector', (name, loss) => {
  expect(() => loss(f64([[0.1], [0.2]]), f64([0, 1]))).toThrow(`${name}: wants predictions and targets of one rank`)
})

test('rewriting keeps crossentropies of softmax and sigmoid finite', () => {
  const logits = f64([[1000, 0]])
  const ofClass = (y: number) => categoricalCrossentropy(softmax(logits), constant([y], 'int32'))
  close(list(rewriteGraph(ofClass(1))), [1000])
  close(list(rewriteGraph(ofClass(0))), [0])
  const x = f64([1000, -1000, 50])
  expect(list(rewriteGraph(binaryCrossentropy(sigmoid(x), f64([0, 1, 1]))))).toEqual([
    1000,
    1000,
    Math.log1p(Math.exp(-50)),
  ])
})
