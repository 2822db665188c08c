import { describe, expect, test } from 'vitest'
import { aliasRoots, alignment, alignUp, layout } from '../../runtime/arena.ts'
import type { BufferPlan } from '../../runtime/manifest.ts'

const plan = (from: number, to: number, aliases?: number): BufferPlan => ({
  role: 'temporary',
  bytes: 0,
  from,
  to,
  ...(aliases === undefined ? {} : { aliases }),
})

describe('layout', () => {
  test('reuses memory of what is dead', () => {
    const { offsets, bytes } = layout([plan(0, 1), plan(1, 2), plan(2, 3)], [1000, 1000, 1000], 0)
    expect(offsets).toEqual([0, 1024, 0])
    expect(bytes).toBe(2024)
  })
  test('leaves out state and constants, and what aliases them', () => {
    const state: BufferPlan = { role: 'state', bytes: 8, from: 0, to: 1 }
    const { offsets } = layout([state, { ...plan(0, 1, 0), role: 'output' }, plan(0, 1)], [8, 8, 8], 20)
    expect(offsets).toEqual([-1, -1, 256])
  })
  test('gives aliases one place for their joint life', () => {
    const buffers = [plan(0, 0), plan(1, 1, 0), plan(2, 2, 1), plan(1, 1)]
    expect(aliasRoots(buffers)).toEqual([0, 0, 0, 3])
    const { offsets } = layout(buffers, [16, 16, 16, 16], 0)
    expect(offsets).toEqual([0, 0, 0, 256])
  })
  test('is exact beyond 4 GiB, so that the store can refuse', () => {
    expect(layout([plan(0, 1), plan(0, 1)], [2 ** 40, 2 ** 40], 4).bytes).toBe(2 ** 41 + 256)
    expect(alignUp(2 ** 33 + 1, 256)).toBe(2 ** 33 + 256)
  })
  test('on random plans: aligned, past the header, and apart while both live', () => {
    const random = generator(20261123)
    for (let round = 0; round < 300; round++) {
      const count = 1 + random(30)
      const buffers = Array.from({ length: count }, (_, i) => {
        const from = random(12) - 1
        return plan(from, from + random(5), i > 0 && random(4) === 0 ? random(i) : undefined)
      })
      const sizes = buffers.map(() => (random(5) === 0 ? 0 : random(5000)))
      const header = random(600)
      const { offsets, bytes } = layout(buffers, sizes, header)
      const roots = aliasRoots(buffers)
      for (let i = 0; i < count; i++) {
        expect(offsets[i]! % alignment).toBe(0)
        expect(offsets[i]).toBeGreaterThanOrEqual(header)
        expect(offsets[i]! + sizes[i]!).toBeLessThanOrEqual(bytes)
        expect(offsets[i]).toBe(offsets[roots[i]!])
        for (let j = 0; j < i; j++) {
          if (roots[i] === roots[j] || !meet(buffers[i]!, buffers[j]!)) continue
          const apart = offsets[i]! + sizes[i]! <= offsets[j]! || offsets[j]! + sizes[j]! <= offsets[i]!
          expect(apart, `round ${round}: buffers ${j} and ${i}`).toBe(true)
        }
      }
    }
  })
  test('places 20,000 steps of short-lived buffers in the memory of two', () => {
    const buffers = Array.from({ length: 20_000 }, (_, i) => plan(i, i + 1))
    expect(
      layout(
        buffers,
        buffers.map(() => 256),
        0,
      ).bytes,
    ).toBe(512)
  })
})

const meet = (a: BufferPlan, b: BufferPlan): boolean => a.from <= b.to && b.from <= a.to

/** Integers below n, the same in every run (a linear congruential generator, constants of Numerical Recipes). */
function generator(seed: number): (n: number) => number {
  let state = seed >>> 0
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}
