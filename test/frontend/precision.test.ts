/** Sums of very many elements, products with zeros in them, and what is computed wider than it is stored. */
import {
  array,
  cast,
  compile,
  constant,
  evaluate,
  grad,
  interpreter,
  logsumexp,
  matrix,
  mean,
  median,
  mul,
  type NDArray,
  norm,
  ones,
  prod,
  reshape,
  softmax,
  std,
  sum,
  type Tensor,
  tensor,
  var as variance,
  vector,
  zeros,
} from 'damo'
import { batchNormalizationTrain, layerNorm, pool1d, rmsNorm } from 'damo/nn'
import { verifyGrad } from 'damo/testing'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { executors } from '../laws/executors.ts'

describe('the sum of 10,000,000 float32', () => {
  const count = 10_000_000
  const values = new Float32Array(count)
  let state = 1
  let exact = 0
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    values[i] = state / 2 ** 32
    exact += values[i]!
  }

  test.each(executors.filter(({ name }) => name.includes('simd')))('on $name is right to 2e-7', async executor => {
    const reason = await executor.unavailable()
    if (reason !== undefined) return
    const x = vector('x')
    const runner = await executor.compile({ inputs: { x }, outputs: { total: sum(x) } })
    const { total } = await runner.run({ x: array(values) })
    expect(Math.abs(total!.item() / exact - 1)).toBeLessThan(2e-7)
  })
})

describe('products', () => {
  const rows = [
    [2, 3, 4],
    [2, 0, 4],
    [0, 3, 0],
    [0, 0, 0],
  ]

  test.each(rows.map(row => [row]))('of %j have the gradient of the others’ product', row => {
    const x = vector('x', { dtype: 'float64', shape: [3] })
    const others = row.map((_, i) => row.reduce((p, value, j) => (i === j ? p : p * value), 1))
    expect(grad(prod(x), x).eval({ x: row }).tolist()).toEqual(others)
    verifyGrad(y => prod(y), [row])
  })

  test.each(rows.map(row => [row]))('of %j have a second derivative', row => {
    const x = vector('x', { dtype: 'float64', shape: [3] })
    const weights = array([1, 10, 100], { dtype: 'float64' })
    const w = vector('w', { dtype: 'float64', shape: [3] })
    const second: Tensor = grad(sum(mul(grad(prod(x), x), w)), x)
    const [found] = evaluate(
      [second],
      new Map<Tensor, NDArray>([
        [x, array(row, { dtype: 'float64' })],
        [w, weights],
      ]),
    )
    // d²/dx_i dx_j is the third element, for i other than j.
    const [a, b, c] = row as [number, number, number]
    expect(found!.tolist()).toEqual([10 * c + 100 * b, c + 100 * a, b + 10 * a])
  })

  test('keep their derivatives when compiled', async () => {
    const x = vector('x', { dtype: 'float64', shape: [3] })
    const f = await compile({ inputs: { x }, outputs: { g: grad(prod(x), x) } }, { target: interpreter() })
    expect((await f({ x: [2, 0, 4] })).g.tolist()).toEqual([0, 8, 0])
  })
})

describe('float16', () => {
  const half = (shape?: readonly number[]) => tensor('x', { dtype: 'float16', shape: shape ?? [null] })
  const x = half()
  const given = [60000, 60000, 49984, -3000]
  // As NumPy has them in float64 of the same numbers, to what float16 holds.
  const wanted: Readonly<Record<string, readonly [Tensor, readonly number[]]>> = {
    mean: [mean(x), [41746.0]],
    'mean that was asked for': [mean(cast(x, 'float32'), { dtype: 'float16' }), [41746.0]],
    std: [std(x), [26155.71731]],
    var: [variance(x.mul(2 ** -8)), [10438.866394]],
    norm: [norm(x.mul(0.5)), [49263.069981]],
    logsumexp: [logsumexp(x), [60000.693]],
    softmax: [softmax(x.mul(2 ** -13)), [0.435748, 0.435748, 0.128305, 0.000199]],
    median: [median(x), [54992.0]],
    layerNorm: [layerNorm(x), [0.697897, 0.697897, 0.31496, -1.710754]],
    rmsNorm: [rmsNorm(x), [1.217951, 1.217951, 1.014634, -0.060898]],
    'average pooling': [pool1d(x, 4, { mode: 'averageExcPad' }), [41746.0]],
    batchNormalizationTrain: [
      batchNormalizationTrain(reshape(x, [2, 2]), ones([2], 'float16'), zeros([2], 'float16')).output,
      [1, 1, -1, -1],
    ],
  }

  test.each([interpreter(), wasm()])('passes 65504 on the way: $name', async target => {
    const outputs = Object.fromEntries(Object.entries(wanted).map(([name, [y]]) => [name, y]))
    const found = await (await compile({ inputs: { x }, outputs }, { target }))({ x: given })
    for (const [name, [, values]] of Object.entries(wanted)) {
      expect(found[name]!.dtype, name).toBe('float16')
      const got = [found[name]!.tolist()].flat(2) as number[]
      expect(got.length, name).toBe(values.length)
      for (const [i, value] of values.entries())
        expect(Math.abs(got[i]! - value), `${name} ${i}`).toBeLessThanOrEqual(5e-4 * Math.abs(value) + 1e-6)
    }
  })
})

test('the variance of large integers is that of their differences', async () => {
  const of = (values: readonly number[], dtype: 'int32' | 'uint32' | 'int64') =>
    variance(constant(values, dtype)).eval().item()
  expect(of([2 ** 24, 2 ** 24 + 1], 'int32')).toBe(0.25)
  expect(of([-(2 ** 31), 2 ** 31 - 1], 'int32')).toBe(2 ** 62)
  expect(of([2 ** 32 - 1, 2 ** 32 - 3], 'uint32')).toBe(1)
  expect(of([1e15, 1e15 + 1], 'int64')).toBe(0.25)
  const rows = matrix('rows', { dtype: 'int32' })
  const f = await compile({ inputs: { rows }, outputs: std(rows, 1) }, { target: wasm() })
  const large = [[2 ** 30, 2 ** 30 + 2], [-(2 ** 30), 1 - 2 ** 30]] // biome-ignore format: rows
  expect((await f({ rows: large })).tolist()).toEqual([1, 0.5])
})
