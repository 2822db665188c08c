/** Sorting, order statistics and what is carried along an axis: semantics that laws of agreement do not show. */
import {
  argsort,
  argtopk,
  array,
  compile,
  constant,
  cumprod,
  cumsum,
  evaluate,
  grad,
  interpreter,
  matrix,
  median,
  percentile,
  quantile,
  sort,
  sum,
  type Tensor,
  tensor,
  topk,
  vector,
} from 'damo'
import { verifyGrad } from 'damo/testing'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const list = (x: Tensor) => evaluate([x])[0]!.tolist()
const row = (...values: number[]) => constant(values, 'float64')

describe('order', () => {
  test('is stable, NaN is the largest, -0 equals 0', () => {
    const x = row(2, Number.NaN, 0, -0, -Infinity, 2, Infinity)
    expect(list(sort(x))).toEqual([-Infinity, 0, -0, 2, 2, Infinity, Number.NaN])
    expect(list(argsort(x))).toEqual([4, 2, 3, 0, 5, 6, 1])
    expect(list(sort(x, { descending: true }))).toEqual([Number.NaN, Infinity, 2, 2, 0, -0, -Infinity])
    expect(list(argsort(x, { descending: true }))).toEqual([1, 6, 0, 5, 2, 3, 4])
  })

  test('of the extremes of integers', () => {
    const x = constant(array([5n, -(2n ** 63n), 2n ** 63n - 1n, -1n], { dtype: 'int64' }))
    expect([...(evaluate([sort(x)])[0]!.data as BigInt64Array)]).toEqual([-(2n ** 63n), -1n, 5n, 2n ** 63n - 1n])
  })

  test('topk takes the first of equals; a negative k the smallest', () => {
    const x = row(3, 1, 3, 2)
    expect(topk(x, 2).map(list)).toEqual([
      [3, 3],
      [0, 2],
    ])
    expect(list(topk(x, -2)[0])).toEqual([1, 2])
    expect(list(argtopk(x, 1, { largest: false }))).toEqual([1])
  })

  test('median and quantiles are NumPy’s', () => {
    expect(list(median(row(4, 1, 3, 2)))).toBe(2.5)
    expect(list(median(row(4, 1, 3)))).toBe(3)
    expect(list(median(row(4, Number.NaN, 3)))).toBeNaN()
    expect(list(median(row(Infinity, Infinity)))).toBe(Infinity)
    const even = evaluate([median(constant([1, 2], 'int32'))])[0]!
    expect([even.dtype, even.item()]).toEqual(['float32', 1.5])
    expect(
      list(
        median(
          constant(
            [
              [1, 2, 9],
              [5, 4, 3],
            ],
            'float64',
          ),
          { axis: 0, keepdims: true },
        ),
      ),
    ).toEqual([[3, 3, 6]])
    const x = row(1, 2, 4, 8)
    expect(list(quantile(x, [0, 0.25, 0.5, 1]))).toEqual([1, 1.75, 3, 8])
    const methods = ['lower', 'higher', 'nearest', 'midpoint'] as const
    expect(methods.map(method => list(percentile(x, 25, { method })))).toEqual([1, 2, 2, 1.5])
    expect(
      quantile(x, tensor('q', { shape: [] }))
        .eval({ q: 0.5 })
        .item(),
    ).toBe(3)
  })

  test('a sorted element has the gradient of where it came from', () => {
    verifyGrad(
      x => sort(x, { axis: 0 }),
      [
        [
          [3, 1],
          [-1, 2],
          [0, 5],
        ],
      ],
    )
    verifyGrad(x => topk(x, 2)[0], [[3, 1, 4, 2]])
    verifyGrad(
      x => median(x, 1),
      [
        [
          [3, 1, 4, 2],
          [7, -1, 0, 5],
        ],
      ],
    )
    verifyGrad(x => quantile(x, 0.3), [[3, 1, 4, 2]])
  })
})

describe('running sums and products', () => {
  test('of integers are int64 unless a dtype is asked for; -0 stays', () => {
    const x = constant([100, 100, 100], 'int8')
    expect([cumsum(x), cumprod(x)].map(y => [y.dtype, list(y)])).toEqual([
      ['int64', [100, 200, 300]],
      ['int64', [100, 10000, 1000000]],
    ])
    expect(list(cumsum(x, { dtype: 'int8' }))).toEqual([100, -56, 44])
    expect(list(cumsum(row(-0, -0)))).toEqual([-0, -0])
  })

  test('go along an axis, or over all in one row', () => {
    const x = constant(
      [
        [1, 2],
        [3, 4],
      ],
      'float64',
    )
    expect(list(cumsum(x))).toEqual([1, 3, 6, 10])
    expect(list(cumsum(x, 0))).toEqual([
      [1, 2],
      [4, 6],
    ])
    expect(list(cumprod(x, { axis: -1 }))).toEqual([
      [1, 2],
      [3, 12],
    ])
  })

  test('sums of float32 are carried on in float64', () => {
    const x = vector('x', { shape: [30_001] })
    const values = new Float32Array(30_001).fill(1e-4)
    values[0] = 1
    expect(cumsum(x).eval({ x: values }).data[30_000]).toBeCloseTo(4, 6)
  })

  test('a product has its gradient where factors are 0', () => {
    for (const x of [
      [2, 0, 3, 4],
      [0, 0, 3],
      [1, 2, 0],
    ]) {
      verifyGrad(y => cumprod(y), [x])
      // Of the gradient too.
      verifyGrad(y => grad(sum(cumprod(y).mul(row(...x.map((_, i) => i + 1)))), y), [x])
    }
  })
})

test.each([interpreter(), loopInterpreter(), wasm()])('at sizes that only a call knows, $name', async target => {
  const x = matrix('x', { dtype: 'float64' })
  const outputs = {
    top: topk(x, 2)[0],
    half: median(x, 0),
    third: quantile(x, 1 / 3, 0),
    total: cumsum(x),
    product: cumprod(x, 0),
  }
  const g = grad(sum(outputs.top).add(sum(outputs.half)).add(sum(outputs.product)), x)
  const f = await compile({ inputs: { x }, outputs: { ...outputs, g } }, { target })
  const result = await f({
    x: [
      [4, 1, 2],
      [0, 5, 6],
    ],
  })
  expect(result.top.tolist()).toEqual([
    [4, 2],
    [6, 5],
  ])
  expect(result.half.tolist()).toEqual([2, 3, 4])
  for (const [i, value] of result.third.data.entries()) expect(value).toBeCloseTo(4 / 3 + i, 12)
  expect(result.total.tolist()).toEqual([4, 5, 7, 7, 12, 18])
  expect(result.product.tolist()).toEqual([
    [4, 1, 2],
    [0, 5, 12],
  ])
  expect(result.g.tolist()).toEqual([
    [2.5, 6.5, 8.5],
    [4.5, 2.5, 3.5],
  ])
  await expect(f({ x: [[1]] })).rejects.toThrow()
})
