/** Ops of one's own, declared from outside: they have to be as good as the built-in ones. */
import { add, exp, grad, mul, sigmoid, sub, type Tensor, vector } from 'damo'
import { binary, compare, floats, floatUnary, numbers, predicate, ternary, unary } from 'damo/op'
import { verifyGrad } from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { registry } from '../../frontend/define.ts'
import { executors } from '../laws/executors.ts'

const silu = floatUnary({
  name: 'silu',
  doc: 'x sigmoid(x).',
  types: numbers,
  js: (x: number) => x / (1 + Math.exp(-x)),
  body: x => mul(x, sigmoid(x)),
  partials: (y, x) => [mul(sigmoid(x), add(1, sub(x, y)))],
})

const multiple = (factor: number) =>
  unary({ name: 'multiple', doc: 'factor x.', types: floats, js: (x: number) => factor * x, body: x => mul(x, factor) })

const hypotenuse = binary({
  name: 'hypotenuse',
  doc: 'The square of the hypotenuse.',
  types: floats,
  js: (a: number, b: number) => a * a + b * b,
  body: (a, b) => add(mul(a, a), mul(b, b)),
  partials: (_, a, b) => [mul(2, a), mul(2, b)],
})

const far = compare({
  name: 'far',
  doc: 'Whether a is over twice b.',
  types: floats,
  js: (a: number, b: number) => a > 2 * b,
  code: (a, b) => `${a} > ${b} + ${b}`,
})

const positive = predicate({
  name: 'positive',
  doc: 'x > 0.',
  types: floats,
  js: (x: number) => x > 0,
  code: x => `${x} > 0`,
})

const lerp = ternary({
  name: 'lerp',
  doc: 'a + t (b - a).',
  types: floats,
  js: (a: number, b: number, t: number) => a + t * (b - a),
  body: (a, b, t) => add(a, mul(t, sub(b, a))),
})

const values = Float32Array.of(-3, -0.5, 0, 0.25, 1, 2, 7)

describe.each(executors)('on $name', executor => {
  test('they compute what they say, together with others', async context => {
    const reason = await executor.unavailable()
    if (reason !== undefined) return context.skip(reason)
    const x = vector('x')
    const outputs: Record<string, Tensor> = {
      silu: silu(x),
      fused: exp(silu(mul(x, 0.5))),
      gradient: grad(silu(x).sum(), x),
      hypotenuse: hypotenuse(x, 2),
      lerp: lerp(x, 1, 0.25),
      // Two ops of one name, by two authors.
      twice: multiple(2)(x),
      thrice: multiple(3)(x),
    }
    const runner = await executor.compile({ inputs: { x }, outputs })
    const results = await runner.run({ x: (await import('damo')).array(values) })
    const s = (v: number) => 1 / (1 + Math.exp(-v))
    const expected: Record<string, (v: number) => number> = {
      silu: v => v * s(v),
      fused: v => Math.exp((v / 2) * s(v / 2)),
      gradient: v => s(v) * (1 + v - v * s(v)),
      hypotenuse: v => v * v + 4,
      lerp: v => v + 0.25 * (1 - v),
      twice: v => 2 * v,
      thrice: v => 3 * v,
    }
    for (const [name, f] of Object.entries(expected)) {
      const actual = results[name]!.tolist() as number[]
      for (const [i, v] of values.entries()) {
        expect(Math.abs(actual[i]! - f(v)), `${name}(${v})`).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(f(v))))
      }
    }
  })
})

test('their types are those of the declaration', () => {
  const [x, n] = [vector('x'), vector('n', { dtype: 'int32' })]
  expect([silu(n).dtype, silu(x).dtype, far(x, 1).dtype, positive(x).dtype]).toEqual([
    'float32',
    'float32',
    'bool',
    'bool',
  ])
  expect([
    far(x, 1)
      .eval({ x: [3, 1] })
      .tolist(),
    positive(x)
      .eval({ x: [3, -1] })
      .tolist(),
  ]).toEqual([
    [1, 0],
    [1, 0],
  ])
  expect(() => hypotenuse(n, n)).toThrow('hypotenuse: takes')
})

test('their derivatives can be verified, and differentiated again', () => {
  verifyGrad(x => silu(x), [[-2, 0, 0.5, 3]])
  verifyGrad(x => grad(silu(x).sum(), x), [[-2, 0, 0.5, 3]])
  verifyGrad((a, b) => hypotenuse(a, b), [[1, -2], [0.5]])
})

test('the registry is left to the built-in ones', () => {
  expect([registry.has('silu'), registry.has('multiple')]).toEqual([false, false])
})

test('kernels of ops of one name that compute other things have other names', () => {
  const x = vector('x')
  const nested = (factor: number) => unary({ ...empty, body: y => multiple(factor)(y) })
  const printed = (code: string) => unary({ ...empty, code: y => `${code}(${y})` })
  const empty = { name: 'outer', doc: '', types: floats, js: (y: number) => y }
  const name = (output: Tensor) =>
    lowered({ inputs: { x }, outputs: { output } }).steps.map(step => 'run' in step && step.run.name)
  const names = [multiple(2), multiple(3), nested(2), nested(3), printed('f'), printed('g')].map(f => name(f(x))[0])
  expect(new Set(names).size).toBe(6)
  expect(name(multiple(2)(x))[0]).toBe(names[0])
})
