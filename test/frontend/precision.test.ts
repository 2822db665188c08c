/** Sums of very many elements, and products with zeros in them. */
import { array, compile, evaluate, grad, interpreter, mul, type NDArray, prod, sum, type Tensor, vector } from 'damo'
import { verifyGrad } from 'damo/testing'
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
