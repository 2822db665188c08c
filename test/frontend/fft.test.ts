/** rfft and irfft against sums as they are defined, and against each other. */
import {
  array,
  compile,
  constant,
  evaluate,
  grad,
  irfft,
  matrix,
  mul,
  type NDArray,
  reshape,
  rfft,
  sum,
  type Tensor,
  tensor,
  vector,
} from 'damo'
import { verifyGrad } from 'damo/testing'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { chirpSize } from '../../frontend/linalg/fourier.ts'
import { uniform } from '../laws/values.ts'

const random = uniform(3)
const filled = (shape: number[]): NDArray => {
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1)
  return array(data, { shape })
}
const run = (x: Tensor): NDArray => evaluate([x])[0]!
const numbers = (x: NDArray) => Array.from(x.data as Float64Array)

/** The first half of Σ x[j] e^(-2πi jk / n), pairs in one list. */
function plain(row: readonly number[]): number[] {
  const n = row.length
  return Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => {
    const angles = row.map((_, j) => (2 * Math.PI * ((j * k) % n)) / n)
    return [0, Math.PI / 2].map(turn => row.reduce((total, x, j) => total + x * Math.cos(angles[j]! + turn), 0))
  }).flat()
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length)
  const far = got.map((x, i) => Math.abs(x - want[i]!))
  expect(Math.max(...far)).toBeLessThan(1e-14 * want.length)
}

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 29, 30, 37, 64, 97, 100, 121, 202, 210, 251]

test.each(sizes)('rfft of %i numbers', n => {
  const x = filled([n])
  expectClose(numbers(run(rfft(constant(x)))), plain(numbers(x)))
})

test.each(sizes)('irfft undoes rfft of %i numbers, with every norm', n => {
  const x = filled([3, n])
  for (const norm of [null, 'ortho', 'no_norm'] as const) {
    const back = numbers(run(irfft(rfft(constant(x), { norm }), { norm, isOdd: n % 2 === 1 })))
    expectClose(
      back,
      numbers(x).map(value => value * (norm === 'no_norm' ? n : 1)),
    )
  }
})

test('over several axes: the transform along one axis after the other', () => {
  const x = filled([2, 3, 4])
  const whole = run(rfft(constant(x)))
  expect(whole.shape).toEqual([2, 3, 3, 2])
  const rows = numbers(run(rfft(constant(x), { axis: 2 })))
  const at = (i: number, j: number, k: number, part: number) => rows[((i * 3 + j) * 3 + k) * 2 + part]!
  const want: number[] = []
  for (let i = 0; i < 2; i++)
    for (let u = 0; u < 3; u++)
      for (let k = 0; k < 3; k++) {
        let [re, im] = [0, 0]
        for (let j = 0; j < 3; j++) {
          const angle = (-2 * Math.PI * j * u) / 3
          re += at(i, j, k, 0) * Math.cos(angle) - at(i, j, k, 1) * Math.sin(angle)
          im += at(i, j, k, 0) * Math.sin(angle) + at(i, j, k, 1) * Math.cos(angle)
        }
        want.push(re, im)
      }
  expectClose(numbers(whole), want)
  expectClose(numbers(run(irfft(constant(whole)))), numbers(x))
})

test('along an axis, as NumPy counts them', () => {
  const x = filled([4, 3])
  const columns = run(rfft(constant(x), { axis: 0 }))
  expect(columns.shape).toEqual([3, 3, 2])
  expect(run(irfft(constant(columns), { axis: -2 })).shape).toEqual([4, 3])
  expectClose(numbers(run(irfft(constant(columns), { axis: 0 }))), numbers(x))
})

test('gradients, and a cost in either domain (Parseval)', () => {
  const draw = () => constant(filled([2, 5]))
  const weights = [constant(filled([2, 3, 2])), draw()]
  const point = [filled([2, 5])]
  verifyGrad(x => sum(mul(rfft(x, { norm: 'ortho' }), weights[0]!)), point)
  verifyGrad(x => sum(mul(irfft(x, { isOdd: true }), weights[1]!)), [filled([2, 3, 2])])
})

test('imaginary parts that no real tensor has count as 0', () => {
  const pairs = constant([1, 5, 2, 3, 4, 7].map(Number), 'float64')
  const real = numbers(run(irfft(reshape(pairs, [3, 2]))))
  expectClose(real, numbers(run(irfft(reshape(constant([1, 0, 2, 3, 4, 0], 'float64'), [3, 2])))))
})

describe('compiled to wasm', () => {
  test('of sizes that are known when it runs', async () => {
    const x = tensor('x', { dtype: 'float64', shape: ['m', 'n'] })
    const outputs = { pairs: rfft(x), slope: grad(sum(mul(rfft(x), rfft(x))), x) }
    const f = await compile({ name: 'rfft', inputs: { x }, outputs }, { target: wasm() })
    for (const n of [1, 6, 17, 60]) {
      const value = filled([2, n])
      const { pairs } = await f({ x: value })
      expectClose(
        numbers(pairs as NDArray),
        [0, 1].flatMap(i => plain(numbers(value).slice(i * n, (i + 1) * n))),
      )
    }
  })
})

test('an axis without elements has no transform', () => {
  expect(() => rfft(vector('none', { shape: [0] }))).toThrow('rfft: there is nothing to transform')
  expect(() => rfft(vector('x')).eval({ x: [] })).toThrow(/rfft.* has nothing to transform/)
  expect(() => irfft(matrix('pairs', { shape: [null, 2] })).eval({ pairs: [[1, 0]] })).toThrow(
    /irfft.* has nothing to transform/,
  )
  expect(
    irfft(matrix('pairs', { shape: [null, 2] }), { isOdd: true })
      .eval({ pairs: [[3, 0]] })
      .tolist(),
  ).toEqual([3])
})

test('what is refused', () => {
  const x = tensor('x', { dtype: 'float64', shape: [4, 3] })
  expect(() => rfft(x, { norm: 'forward' as 'ortho' })).toThrow(/rfft: .*forward/)
  // @ts-expect-error: rank 2 has no axis 2
  expect(() => rfft(x, { axis: 2 })).toThrow(/rfft: .*axis 2/)
  expect(() => irfft(x)).toThrow(/irfft: .*a last axis of size 2/)
})

test('a convolution stands for passes where a prime factor is large, and has the room that a call plans', () => {
  expect([1, 2, 23, 1024, 22 * 23, 2310].map(chirpSize)).toEqual([0, 0, 0, 0, 0, 0])
  expect([29, 58, 97, 1009].map(chirpSize)).toEqual([64, 128, 256, 2048])
  for (let n = 1; n < 3000; n++) {
    const size = chirpSize(n)
    if (size > 0) expect(size, `${n}`).toBeGreaterThanOrEqual(2 * n - 1)
    expect(8 * size, `${n}`).toBeLessThanOrEqual(24 * n)
  }
})

test.each([101, 509, 1009])('float32 of a prime size %i is computed in float64, the same in wasm', async n => {
  const x = filled([n])
  const single = array(Float32Array.from(numbers(x)), { shape: [n] })
  const [v, known] = [vector('v', { shape: [n] }), vector('v')]
  const expected = plain(Array.from(single.data as Float32Array))
  const most = Math.max(...expected.map(Math.abs))
  const results = [rfft(v).eval({ v: single }), rfft(known).eval({ v: single })]
  for (const input of [v, known]) {
    const f = await compile({ inputs: { v: input }, outputs: { y: rfft(input) } }, { target: wasm() })
    results.push((await f({ v: single })).y)
  }
  for (const result of results) {
    expect(result.tolist()).toEqual(results[0]!.tolist())
    // Half a unit in the last place of each, and what float64 rounds of the largest.
    for (const [i, value] of (result.data as Float32Array).entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2 ** -24 * Math.abs(expected[i]!) + 1e-13 * most)
  }
})
