import {
  type ArrayValue,
  at,
  constant,
  evaluate,
  grad,
  hessian,
  jacobian,
  matrix,
  mul,
  Rop,
  reshape,
  scan,
  sum,
  type Tensor,
  tanh,
  tensor3,
  vector,
} from 'damo'
import { verifyGrad } from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { rnn } from './rnn.ts'

const near = (value: unknown): unknown => (Array.isArray(value) ? value.map(near) : expect.closeTo(Number(value), 12))

describe('gradients', () => {
  const point = {
    xs: [[[0.3, -0.2, 0.5]], [[-0.7, 0.1, 0.4]], [[0.6, 0.8, -0.9]], [[0.2, -0.4, 0.3]]],
    h0: [[0.1, -0.3]],
    W: [
      [0.5, -0.4],
      [0.2, 0.7],
      [-0.6, 0.3],
    ],
    U: [
      [0.8, -0.5],
      [0.4, 0.9],
    ],
  }
  const args = Object.values(point)

  test('with respect to sequence, initial value and captured matrices', () => {
    verifyGrad((xs, h0, W, U) => rnn(xs!, h0!, W!, U!).carry, args)
    verifyGrad((xs, h0, W, U) => rnn(xs!, h0!, W!, U!).outputs, args)
    verifyGrad((xs, h0, W, U) => {
      const { carry, outputs } = rnn(xs!, h0!, W!, U!)
      return sum(outputs.mul(outputs)).add(carry.sum())
    }, args)
  })

  test('in reverse order, of carries before and of outputs', () => {
    verifyGrad(
      (x, c0, k) => {
        const { carry, outputs } = scan(
          (c, e) => ({ carry: tanh(c.mul(k!).add(e)), output: { before: c, product: c.mul(e).mul(k!) } }),
          { initial: c0!, sequences: x!, reverse: true },
        )
        return sum(outputs.before.mul(outputs.product)).add(carry)
      },
      [[0.3, -0.5, 0.8], 0.7, 1.3],
    )
  })

  test('through a carry that only some outputs feed on, beside whole numbers', () => {
    verifyGrad(
      (x, k) => {
        const { outputs } = scan(
          ({ a, b, n }, e) => ({ carry: { a: b, b: a.mul(k!), n: n.add(1) }, output: a.mul(e).mul(n) }),
          { initial: { a: k!, b: k!.mul(2), n: constant(1, 'int32') }, sequences: x! },
        )
        return outputs
      },
      [[0.3, -0.5, 0.8], 1.3],
    )
  })

  test('of second order', () => {
    verifyGrad(
      (xs, h0, W, U) => {
        const cost = sum(rnn(xs!, h0!, W!, U!).carry)
        const [gx, gU] = grad(cost, [xs!, U!])
        return sum(mul(gx!, gx!)).add(sum(mul(gU!, gU!)))
      },
      args,
      { rtol: 1e-6 },
    )
  })

  test('of scans inside of one another', () => {
    verifyGrad(
      (x, k) => {
        return scan(
          (total, row) => ({
            carry: scan((c, e) => ({ carry: tanh(c.mul(k!).add(e).add(total)) }), { initial: total, sequences: row })
              .carry,
          }),
          { initial: k!, sequences: x! },
        ).carry
      },
      [
        [
          [0.1, 0.2],
          [0.3, -0.4],
          [0.5, 0.6],
        ],
        0.9,
      ],
    )
  })

  test('forward mode agrees with reverse mode', () => {
    const f64 = { dtype: 'float64' } as const
    const [xs, h0] = [tensor3('xs', f64), matrix('h0', f64)]
    const [W, U, V] = [matrix('W', f64), matrix('U', f64), matrix('V', f64)]
    const { carry, outputs } = rnn(xs, h0, W, U)
    const cost = sum(mul(outputs, outputs)).add(carry.sum())
    const values = {
      ...point,
      V: [
        [0.3, -1],
        [0.7, 0.2],
      ],
    }
    const forward = Rop(cost, U, V).eval(values).item()
    const backward = sum(mul(grad(cost, U), V))
      .eval(values)
      .item()
    expect(forward).toBeCloseTo(backward, 12)
    const moved = Rop(outputs, [U, h0], [V, h0]).eval(values)
    expect(moved.shape).toEqual([4, 1, 2])
  })

  test('whole matrices of derivatives are those of rows', () => {
    const f64 = { dtype: 'float64' } as const
    const [xs, h0] = [tensor3('xs', f64), matrix('h0', f64)]
    const [W, U] = [matrix('W', f64), matrix('U', f64)]
    const { outputs } = rnn(xs, h0, W, U)
    const states = reshape(outputs, [-1])
    const values = new Map<Tensor, ArrayValue>([
      [xs, point.xs],
      [h0, point.h0],
      [W, point.W],
      [U, point.U],
    ])
    for (const x of [h0, U, xs]) {
      const rows = Array.from({ length: 8 }, (_, i) => grad(reshape(at(states, i), []), x))
      const [whole, ...single] = evaluate([jacobian(states, x), ...rows], values)
      expect(whole!.tolist()).toEqual(single.map(row => near(row.tolist())))
    }
    const [second] = evaluate([hessian(sum(outputs.mul(outputs)), h0)], values)
    expect(second!.shape).toEqual([1, 2, 1, 2])
  })

  test('of no steps', () => {
    const x = vector('x')
    const { carry } = scan((c, e) => ({ carry: c.mul(e) }), { initial: 3, sequences: x })
    expect(grad(carry.mul(2), x).eval({ x: [] }).tolist()).toEqual([])
  })
})
