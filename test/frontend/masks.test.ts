/** What can be computed of the elements that a mask chooses, as many as there are: against the same of the chosen alone. */
import {
  add,
  argmax,
  argmin,
  cast,
  compile,
  constant,
  countNonzero,
  cumsum,
  exp,
  grad,
  gt,
  incSubtensor,
  interpreter,
  log,
  logsumexp,
  lt,
  max,
  mean,
  median,
  min,
  mul,
  ne,
  norm,
  percentile,
  ptp,
  quantile,
  setSubtensor,
  softmax,
  sort,
  square,
  std,
  sum,
  type Tensor,
  tensor,
  var as variance,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'

const values = [3, -1, 1.5, 4, -5, 0.25, 2, 4]
const x = vector('x', { dtype: 'float64' })
const positive = (y: Tensor) => y.at(gt(y, 0.5))

/** Each of what is chosen, and what it is made of. */
const functions: Readonly<Record<string, (y: Tensor) => Tensor>> = {
  argmax: y => argmax(y),
  argmin: y => argmin(y),
  var: y => variance(y),
  std: y => std(y, { ddof: 1 }),
  median: y => median(y),
  quantile: y => quantile(y, [0.2, 0.7]),
  percentile: y => percentile(y, 40, { method: 'nearest' }),
  norm: y => norm(y),
  'norm 3': y => norm(y, { ord: 3 }),
  logsumexp: y => logsumexp(y),
  ptp: y => ptp(y),
  countNonzero: y => countNonzero(lt(y, 3)),
  'elementwise functions': y => sum(mul(log(y), add(square(y), 2))),
  deviations: y => max(exp(y.sub(mean(y, { keepdims: true }) as Tensor))),
  softmax: y => sum(mul(softmax(y), square(y))),
  integers: y => variance(cast(y, 'int32')),
  halves: y => cast(mean(cast(y, 'float16')), 'float32'),
}

describe.each([interpreter(), wasm()])('$name', target => {
  test('is the same as of the chosen elements alone, with the gradient', async () => {
    const chosen = constant(
      values.filter(value => value > 0.5),
      'float64',
    )
    const some = vector('some', { dtype: 'float64' })
    const derivable = Object.entries(functions).filter(([, f]) => f(x).dtype === 'float64')
    const of = (y: Tensor, leaf: Tensor) => ({
      ...Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, f(y)])),
      ...Object.fromEntries(derivable.map(([name, f]) => [`gradient of ${name}`, grad(sum(f(y)), leaf)])),
    })
    const f = await compile({ inputs: { x }, outputs: of(positive(x), x) }, { target })
    const g = await compile({ inputs: { some }, outputs: of(some, some) }, { target })
    const [found, wanted] = [await f({ x: values }), await g({ some: chosen.eval() })]
    for (const [name, y] of Object.entries(found)) {
      const all = [...y.data].map(Number)
      const own = name.startsWith('gradient') ? all.filter((_, i) => values[i]! > 0.5) : all
      const other = [...wanted[name]!.data].map(Number)
      expect(own.length, name).toBe(other.length)
      for (const [i, value] of own.entries()) expect(value, name).toBeCloseTo(other[i]!, 12)
      if (name.startsWith('gradient')) expect(all.filter((value, i) => values[i]! <= 0.5 && value !== 0)).toEqual([])
    }
  })
})

test('rows that a mask of several axes chooses', () => {
  const y = tensor('y', { dtype: 'float64', shape: [2, 3, 2] })
  const mask = tensor('mask', { dtype: 'bool', shape: [2, 3] })
  const rows = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 18]]] // biome-ignore format: rows
  const given = { y, mask: [[true, false, true], [false, false, true]] } // biome-ignore format: rows
  const of = (z: Tensor) => z.eval({ y: rows, mask: given.mask }).tolist()
  const part = y.at(mask)
  expect(of(median(part, 0))).toEqual([5, 6])
  expect(of(median(part))).toBe(5.5)
  expect(of(argmax(part, 0))).toEqual([2, 2])
  expect(of(sum(square(part.sub(constant([1, 2], 'float64'))), 0))).toEqual([116, 272])
})

test('what a mask chooses is written from what it chooses', () => {
  const part = positive(x)
  const of = (y: Tensor) => y.eval({ x: [3, -1, 1] }).tolist()
  expect(of(setSubtensor(part, part.mul(2)))).toEqual([6, -1, 2])
  expect(of(incSubtensor(positive(x), square(positive(x))))).toEqual([12, -1, 2])
  expect(of(setSubtensor(part, part.sub(mean(part, { keepdims: true }) as Tensor)))).toEqual([1, -1, -1])
})

test('nothing chosen, NaN chosen, and NaN beside', () => {
  const of = (y: Tensor) => y.eval({ x: [3, Number.NaN, 1] }).item()
  expect(of(median(x.at(gt(x, 9))))).toBeNaN()
  expect(of(median(x.at(gt(x, 0))))).toBe(2)
  expect(of(median(x.at(ne(x, 3))))).toBeNaN()
  expect(of(variance(x.at(gt(x, 0))))).toBe(1)
  expect(of(min(x.at(gt(x, 9))))).toBe(Infinity)
})

test('what needs to know how many there are is refused by compile as by eval', async () => {
  const [part, other] = [x.at(gt(x, 0)), x.at(lt(x, 0))]
  const why = /how many elements a mask chooses is known only when it runs/
  for (const y of [part, sort(part), cumsum(part, 0), square(part)]) {
    expect(() => y.eval({ x: [1] })).toThrow(why)
    await expect(compile({ inputs: { x }, outputs: y }, { target: interpreter() })).rejects.toThrow(why)
  }
  expect(() => add(part, other)).toThrow(why)
  expect(() => add(part, x)).toThrow(why)
})
