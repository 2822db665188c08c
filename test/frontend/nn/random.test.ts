import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  rng,
  uniform,
} from 'damo/nn'
import { describe, expect, test } from 'vitest'
import { ln } from '../../../frontend/nn/logarithm.ts'

describe('rng', () => {
  test.each([
    // Made by the authors' C code of splitmix64 and xoshiro128**; the states are two words of splitmix64, low halves first.
    [0, [3737715805, 2584255861, 2876756834, 3286328325, 1553311962, 1625202774]],
    [1, [1695105466, 1423115009, 634581793, 1068227753, 716759206, 4186505319]],
    [1234567, [1967786208, 270031234, 1115494691, 824886977, 1639868524, 2161081248]],
    [-1n, [477689756, 2493998634, 555695776, 607808419, 61340979, 301466976]],
  ])('gives the bits of xoshiro128** for seed %s', (seed, expected) => {
    const stream = rng(seed)
    expect(expected.map(() => stream.bits())).toEqual(expected)
  })

  test('refuses a seed that is no whole number', () =>
    expect(() => rng(0.5)).toThrow('rng: expected a seed, a whole number, got 0.5'))

  test('uniform and normal numbers have the moments of their distributions', () => {
    const stream = rng(7)
    const count = 200_000
    const moments = (next: () => number) => {
      const sums = [0, 0, 0, 0]
      for (let i = 0; i < count; i++) {
        const x = next()
        for (let k = 0; k < 4; k++) sums[k]! += x ** (k + 1) / count
      }
      return sums
    }
    // Five standard errors of each moment.
    const close = (actual: number[], expected: number[], errors: number[]) =>
      actual.forEach((moment, k) => {
        expect(Math.abs(moment - expected[k]!), `moment ${k + 1}`).toBeLessThan((5 * errors[k]!) / Math.sqrt(count))
      })
    close(
      moments(() => stream.uniform()),
      [1 / 2, 1 / 3, 1 / 4, 1 / 5],
      [0.29, 0.3, 0.29, 0.27],
    )
    close(
      moments(() => stream.normal()),
      [0, 1, 0, 3],
      [1, 1.42, 3.88, 9.8],
    )
  })

  test('integers and permutations are fair', () => {
    const stream = rng(8)
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = stream.permutation(4).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000))
    expect([stream.integer(1), [...stream.permutation(1)], stream.permutation(0).length]).toEqual([0, [0], 0])
  })
})

test('ln is within 2 ulp of Math.log', () => {
  const stream = rng(9)
  const samples = [2 ** -1074, 1e-300, Math.SQRT1_2, 1, 1 + 2 ** -52, 1 - 2 ** -53, Math.SQRT2, 1e300]
  for (let i = 0; i < 100_000; i++) samples.push(stream.uniform() * 2 ** (stream.integer(100) - 50) || 1)
  const errors = samples.map(x => Math.abs(ln(x) - Math.log(x)) / Math.abs(Math.log(x) || 1))
  const worst = errors.reduce((most, error, i) => (error > errors[most]! ? i : most), 0)
  expect(errors[worst], `ln(${samples[worst]})`).toBeLessThanOrEqual(2 * 2 ** -52)
  expect([ln(0), ln(-1)]).toEqual([-Infinity, Number.NaN])
})

describe('initializers', () => {
  const shape = [300, 200]
  const conv = [32, 16, 5, 5]
  test.each([
    ['glorotUniform', glorotUniform, 2 / 500, 2 / (48 * 25), true],
    ['glorotNormal', glorotNormal, 2 / 500, 2 / (48 * 25), false],
    ['heUniform', heUniform, 2 / 300, 2 / (16 * 25), true],
    ['heNormal', heNormal, 2 / 300, 2 / (16 * 25), false],
    ['lecunUniform', lecunUniform, 1 / 300, 1 / (16 * 25), true],
    ['lecunNormal', lecunNormal, 1 / 300, 1 / (16 * 25), false],
  ] as const)('%s has its variance', (_, initializer, ofMatrix, ofFilters, even) => {
    for (const [sizes, variance] of [
      [shape, ofMatrix],
      [conv, ofFilters],
    ] as const) {
      const { data, dtype } = initializer(sizes, { seed: 1, gain: 3 })
      expect(dtype).toBe('float32')
      const mean = data.reduce((sum, x) => sum + x, 0) / data.length
      const spread = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length
      expect(Math.abs(spread / (9 * variance) - 1)).toBeLessThan(0.06)
      expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt((9 * variance) / data.length))
      const limit = Math.sqrt(3 * 9 * variance)
      expect(data.reduce((most, x) => Math.max(most, Math.abs(x)), 0) <= Math.fround(limit)).toBe(even)
    }
  })

  test('give what the seed says, whatever the dtype, and go on with a stream', () => {
    const whole = normal([6], { seed: 5, dtype: 'float64' })
    expect(normal([6], { seed: 5 }).data).toEqual(Float32Array.from(whole.data))
    const stream = rng(5)
    const parts = [
      ...normal([2], { seed: stream, dtype: 'float64' }).data,
      ...normal([4], { seed: stream, dtype: 'float64' }).data,
    ]
    expect(parts).toEqual([...whole.data])
    expect(uniform([3], { seed: 6 }).data).not.toEqual(uniform([3], { seed: 7 }).data)
    const half = uniform([1000], { seed: 1, low: 2, high: 3, dtype: 'float16' })
    expect(Math.min(...(half.tolist() as number[]))).toBeGreaterThanOrEqual(2)
    expect([half.dtype, Math.max(...(half.tolist() as number[])) <= 3]).toEqual(['float16', true])
  })

  test('refuse a shape without fans', () => {
    expect(() => glorotUniform([10], { seed: 1 })).toThrow('[D603]')
  })
})
