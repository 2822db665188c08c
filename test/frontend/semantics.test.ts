/** Corners of NumPy's semantics, one row each: an expression, and what NumPy 2.4 gives. */
import * as d from 'damo'
import * as nn from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'

const whole = d.constant([-3, 0, 4], 'int32')
const truth = d.constant([true, false], 'bool')
const square = d.constant([[1, 2], [3, 4]], 'float64') // biome-ignore format: a matrix
const numbers = d.constant([1.5, Number.NaN, Infinity], 'float64')
const signed = d.constant([-0, 0, Number.NaN], 'float64')
const none = d.zeros([0, 0], 'float64')
const f64 = (values: number[] | number) => d.constant(values, 'float64')
const places = d.constant([[0, 0], [1, 0]], 'int32') // biome-ignore format: a matrix
const found = d.unique(f64([3, 1, 3, 2, Number.NaN, 1, Number.NaN]), { size: 5 })
const many = Array.from({ length: 40 }, (_, i) => (i * 17) % 23)

const rows: Readonly<Record<string, readonly [d.Tensor, d.DType, unknown]>> = {
  'floor of integers': [d.floor(whole), 'int32', [-3, 0, 4]],
  'ceil of bool': [d.ceil(truth), 'bool', [1, 0]],
  'trunc of int64': [d.trunc(d.constant([2n ** 50n], 'int64')), 'int64', [2 ** 50]],
  'round to tens': [d.round(d.constant([15, 25, -14], 'int32'), -1), 'int32', [20, 20, -10]],
  'round to hundredths': [d.round(f64([2.675, -1.255, 0.5]), 2), 'float64', [2.68, -1.25, 0.5]],
  'isnan of integers': [d.isnan(whole), 'bool', [0, 0, 0]],
  'isinf of bool': [d.isinf(truth), 'bool', [0, 0]],
  'isfinite of int64': [d.isfinite(d.constant([2n ** 50n], 'int64')), 'bool', [1]],
  'isfinite of floats': [d.isfinite(numbers), 'bool', [1, 0, 0]],
  'isposinf of integers': [d.isposinf(whole), 'bool', [0, 0, 0]],
  'nan_to_num of integers': [d.nanToNum(whole), 'int32', [-3, 0, 4]],
  'the signs of zeros': [d.sign(signed), 'float64', [0, 0, Number.NaN]],
  'the magnitudes of zeros': [d.abs(signed), 'float64', [0, 0, Number.NaN]],
  'zeros rounded': [d.round(signed), 'float64', [-0, 0, Number.NaN]],
  'zeros truncated': [d.trunc(signed), 'float64', [-0, 0, Number.NaN]],
  'floors of zeros': [d.floor(signed), 'float64', [-0, 0, Number.NaN]],
  'a ceiling that is zero': [d.ceil(d.sub(signed, 0.5)), 'float64', [-0, -0, Number.NaN]],
  'zeros modulo a number': [d.mod(signed, 2), 'float64', [0, 0, Number.NaN]],
  'zeros modulo a number below 0': [d.mod(signed, -2), 'float64', [-0, -0, Number.NaN]],
  'zeros divided and floored': [d.floorDiv(signed, 2), 'float64', [-0, 0, Number.NaN]],
  'a zero and its sum': [d.add(signed, signed), 'float64', [-0, 0, Number.NaN]],
  'not of bool': [d.bitwiseNot(truth), 'bool', [0, 1]],
  'not of integers': [d.bitwiseNot(whole), 'int32', [2, -1, -5]],
  'clip above alone': [d.clip(whole, null, 1), 'int32', [-3, 0, 1]],
  'clip below alone': [d.clip(whole, -1, null), 'int32', [-1, 0, 4]],
  'clip not at all': [d.clip(whole, null, null), 'int32', [-3, 0, 4]],
  'concatenate of all elements': [d.concatenate([square, f64([5])], { axis: null }), 'float64', [1, 2, 3, 4, 5]],
  'a product of truth values': [d.matmul(d.constant([truth_(1, 1), truth_(0, 0)], 'bool'), truth), 'bool', [1, 0]],
  'dot of truth values': [d.dot(truth, d.constant([false, true], 'bool')), 'bool', 0],
  'outer of truth values': [d.outer(truth, truth), 'bool', [[1, 0], [0, 0]]], // biome-ignore format: a matrix
  'a diagonal outside': [d.diagonal(square, { offset: 5 }), 'float64', []],
  'a diagonal far below': [d.diag(square, -2), 'float64', []],
  'the trace outside': [d.trace(square, 7), 'float64', 0],
  'the determinant of nothing': [d.det(none), 'float64', 1],
  'the inverse of nothing': [d.inv(none), 'float64', []],
  'singular values of nothing': [d.svdvals(d.zeros([0, 3], 'float64')), 'float64', []],
  'a product over nothing': [d.matmul(d.zeros([1, 0]), d.zeros([0, 2])), 'float32', [[0, 0]]],
  'a system of nothing': [d.solve(none, d.zeros([0, 2], 'float64')), 'float64', []],
  'gather along an axis': [d.gather(square, places, 1), 'float64', [[1, 1], [4, 3]]], // biome-ignore format: a matrix
  'scatter: the last of several stays': [d.scatter(square, places, [[5, 6], [7, 8]], 1), 'float64', [[6, 2], [8, 7]]], // biome-ignore format: a matrix
  'scatter that adds': [d.scatter(square, places, 1, { axis: 1, mode: 'add' }), 'float64', [[3, 2], [4, 5]]], // biome-ignore format: a matrix
  'scatter of one row': [d.scatter(square, d.constant([[-1]], 'int32'), [[8, 9]], 0), 'float64', [[1, 2], [8, 9]]], // biome-ignore format: a matrix
  differences: [d.diff(f64([1, 4, 9, 16])), 'float64', [3, 5, 7]],
  'differences of differences': [d.diff(f64([1, 4, 9, 16]), 2), 'float64', [2, 2]],
  'differences with neighbours': [d.diff(f64([1, 4]), { prepend: 0, append: f64([9, 7]) }), 'float64', [1, 3, 5, -2]],
  'differences of bool': [d.diff(truth), 'bool', [1]],
  'differences of one': [d.diff(f64([1]), 3), 'float64', []],
  'different values': [found.values, 'float64', [1, 2, 3, Number.NaN, 0]],
  'where they are first': [found.indices, 'int32', [1, 3, 0, 4, 0]],
  'which each is': [found.inverse, 'int32', [2, 0, 2, 1, 3, 0, 3]],
  'how often each is': [found.counts, 'int64', [2, 1, 2, 2, 0]],
  'how many there are': [found.count, 'int32', 4],
  'a histogram': [d.histogram(f64([1, 2, 1, 3, 4, 5, 5]))[0], 'int64', [2, 0, 1, 0, 0, 1, 0, 1, 0, 2]],
  'its edges': [d.histogram(f64([1, 2, 5]), 4)[1], 'float64', [1, 2, 3, 4, 5]],
  'a histogram of given edges': [
    d.histogram(f64([1, 2, 1, 3, 4, 5, 9]), { bins: [0, 2, 3, 5] })[0],
    'int64',
    [2, 1, 3],
  ],
  'a histogram of one value': [d.histogram(f64([2, 2]), { bins: 2 })[1], 'float64', [1.5, 2, 2.5]],
  'a weighted histogram': [d.histogram(f64([1, 2, 1]), { bins: 2, weights: f64([1, 2, 4]) })[0], 'float64', [5, 2]],
  'places before equal elements': [
    d.searchsorted(f64([1, 2, 2, 3]), f64([0, 2, 9, Number.NaN])),
    'int32',
    [0, 1, 4, 4],
  ],
  'places behind them': [d.searchsorted(f64([1, 2, 2]), f64([0, 2, 9]), { side: 'right' }), 'int32', [0, 3, 3]],
  'places in nothing': [d.searchsorted(f64([]), f64([1, 2])), 'int32', [0, 0]],
  'the largest of many': [d.topk(f64(many), 3)[0], 'float64', [22, 22, 21]],
  'where the least are': [d.topk(f64(many), -3)[1], 'int32', [0, 23, 19]],
  'a product with each vector': [d.matvec(square, f64([1, -1])), 'float64', [-1, -1]],
  'a product of each vector': [d.vecmat(f64([1, -1]), square), 'float64', [-2, -2]],
  'products of vectors': [d.vecdot(square, square), 'float64', [5, 25]],
  'a system of tensors': [
    d.tensorsolve(d.eye(4, { dtype: 'float64' }).reshape([2, 2, 4]), square),
    'float64',
    [1, 2, 3, 4],
  ],
  'the inverse of a tensor': [d.tensorinv(d.mul(d.eye(2, { dtype: 'float64' }), 4), 1), 'float64', [[0.25, 0], [0, 0.25]]], // biome-ignore format: a matrix
  'classes taken for others': [nn.confusionMatrix(d.constant([0, 1, 1], 'int32'), d.constant([0, 0, 1], 'int32'), 2), 'int64', [[1, 0], [1, 1]]], // biome-ignore format: a matrix
  'the largest of patches alone': [nn.maxPool2dSameSize(d.reshape(f64([1, 5, 2, 3, 4, 9]), [1, 1, 2, 3]) as d.Tensor<'float64', 4>, 2), 'float64', [[[[0, 5, 0], [0, 0, 0]]]]], // biome-ignore format: an image
  'floats as unsigned': [d.cast(f64([-5, 300.7, Number.NaN, 1e20]), 'uint8'), 'uint8', [0, 255, 0, 255]],
  'floats as uint32': [d.cast(f64([-5, 300.7, -1e20, 1e20]), 'uint32'), 'uint32', [0, 300, 0, 4294967295]],
}

function truth_(...values: number[]): boolean[] {
  return values.map(value => value === 1)
}

test.each(Object.entries(rows))('%s', (_, [x, dtype, expected]) => {
  expect(x.dtype).toBe(dtype)
  expect(x.eval().tolist()).toEqual(expected)
})

test('and so they are in wasm, where nothing is folded', async () => {
  const inputs = { whole, truth, square, numbers, signed }
  const given = Object.entries(inputs).map(
    ([name, x]) => [x, d.tensor(name, { dtype: x.dtype, shape: x.shape })] as const,
  )
  const outputs = Object.fromEntries(Object.entries(rows).map(([name, [x]]) => [name.replaceAll(' ', '_'), x]))
  const replaced = { inputs: Object.fromEntries(given.map(([, y]) => [y.name!, y])), outputs, givens: given }
  const f = await d.compile({ ...replaced, onUnusedInput: 'ignore' }, { target: wasm() })
  const results = await f(Object.fromEntries(given.map(([x, y]) => [y.name!, x.eval()])))
  for (const [name, [, , expected]] of Object.entries(rows))
    expect(results[name.replaceAll(' ', '_')]!.tolist(), name).toEqual(expected)
})

test('rows and columns broadcast', () => {
  const [r, c] = [d.row('r', { dtype: 'float64' }), d.col('c', { dtype: 'float64', size: 2 })]
  expect(d.add(r, c).eval({ r: [[1, 2, 3]], c: [[10], [20]] }).tolist()).toEqual([[11, 12, 13], [21, 22, 23]]) // biome-ignore format: a matrix
})

describe('derivatives where formulas have none', () => {
  const [a, b] = [d.scalar('a', { dtype: 'float64' }), d.scalar('b', { dtype: 'float64' })]
  const at = (f: (a: d.Tensor, b: d.Tensor) => d.Tensor, x: number, y: number) =>
    d.grad(f(a, b) as d.Tensor<'float64', 0>, [a, b]).map(g => g.eval(new Map([[a, x], [b, y]])).item()) // biome-ignore format: pairs

  test.each([
    [-Infinity, -Infinity, [0.5, 0.5]],
    [Infinity, Infinity, [0.5, 0.5]],
    [Infinity, 1, [1, 0]],
    [1, -Infinity, [1, 0]],
    [0, 0, [0.5, 0.5]],
  ])('logaddexp at %d, %d', (x, y, expected) => {
    expect(at(d.logaddexp, x, y)).toEqual(expected)
    expect(at(d.logaddexp2, x, y)).toEqual(expected)
  })

  test('x log y at 0', () => {
    expect(at(d.xlogy, 0, 0)).toEqual([-Infinity, 0])
    expect(at(d.xlogy, 0, 2)).toEqual([Math.log(2), 0])
    expect(at(d.xlogy, 2, 0)).toEqual([-Infinity, Infinity])
    expect(at(d.xlog1py, 0, -1)).toEqual([-Infinity, 0])
  })
})

describe('what is made of other ops says its own name', () => {
  const [x, i] = [d.matrix('x', { shape: [3, 3] }), d.vector('i', { dtype: 'int32' })]
  const v = d.vector('v')
  const values = new Map<d.Tensor, d.ArrayValue>([[x, [[1, 2, 3], [4, 5, 6], [7, 8, 9]]], [i, [5, 0, 0]], [v, []]]) // biome-ignore format: pairs

  test.each([
    ['at', x.at(i)],
    ['take', d.take(x, i, 0)],
    ['takeAlongAxis', d.takeAlongAxis(x, i.reshape([3, 1]), 1)],
    ['pick', d.pick(x, i)],
    ['incSubtensor', d.incSubtensor(x.at(i), 1)],
    ['setSubtensor', d.setSubtensor(x.at(i), 1)],
    ['bincount', d.bincount(i, { minlength: 2 })],
    ['choose', d.choose(i, [x, x])],
    ['split', d.split(v, [2, 3])[0]!],
    ['median', d.median(v)],
    ['quantile', d.quantile(v, 0.5)],
  ])('%s', async (name, y) => {
    expect(() => y.eval(values)).toThrow(new RegExp(`^${name}[: ][\\s\\S]*semantics\\.test\\.ts`))
    const inputs = Object.fromEntries([x, i, v].map(each => [each.name!, each]))
    const f = await d.compile({ inputs, outputs: y, onUnusedInput: 'ignore' }, { target: wasm() })
    await expect(f({ x: values.get(x)!, i: [5, 0, 0], v: [] })).rejects.toThrow(new RegExp(`${name}[: ]`))
  })
})

test('logarithms of determinants beyond all numbers, and a product with an inverse', async () => {
  const [a, b] = [d.matrix('a', { dtype: 'float64', shape: [400, 400] }), d.vector('b', { dtype: 'float64' })]
  const logarithm = d.log(d.det(a)) as d.Tensor<'float64', 0>
  const outputs = { logarithm, magnitude: d.log(d.abs(d.det(a))), g: d.grad(logarithm, a), x: d.matmul(d.inv(a), b) }
  const tens = d.mul(d.eye(400, { dtype: 'float64' }), 10).eval()
  const f = await d.compile({ inputs: { a, b }, outputs }, { target: wasm() })
  const { logarithm: log, magnitude, g, x } = await f({ a: tens, b: new Float64Array(400).fill(1) })
  expect(log.item()).toBeCloseTo(400 * Math.LN10, 9)
  expect(magnitude.item()).toBe(log.item())
  expect(g.data[0]).toBeCloseTo(0.1, 15)
  expect(x.data.every(value => value === 0.1)).toBe(true)
  expect(d.explain({ inputs: { a, b }, outputs: { x: outputs.x } })).toContain('solve')
})
