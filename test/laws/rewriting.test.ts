import { describe, expect, it } from 'vitest'
import { evaluate } from '../../frontend/evaluate.ts'
import { topological } from '../../frontend/graph.ts'
import { draw, randomFrom, toArray } from '../../frontend/prove/values.ts'
import { rewrite } from '../../frontend/rewrite.ts'
import type { NDArray } from '../../runtime/array.ts'
import { randomGraph } from './graphs.ts'

const seed = Number(process.env.DAMO_SEED ?? Math.floor(Math.random() * 2 ** 32))

describe(`rewriting of random graphs, seed ${seed}`, () => {
  it('comes to an end, changes no value, and finds nothing to do in what it gave', () => {
    const random = randomFrom(seed)
    let compared = 0
    for (let i = 0; i < 400; i++) {
      const { root, inputs } = randomGraph(12 + Math.floor(random() * 20), random)
      const { roots, hits } = rewrite([root])
      const again = rewrite(roots)
      expect([...again.hits], `graph ${i}`).toEqual([])
      expect(topological(again.roots).length, `graph ${i}`).toBe(topological(roots).length)
      if (hits.size === 0) continue
      const values = new Map(
        inputs.map(x => [
          x,
          toArray(
            x.dtype,
            x.shape as number[],
            draw('tame', x.dtype, 9, [0.2, 2], random).slice(
              0,
              (x.shape as number[]).reduce((a, b) => a * b, 1),
            ),
          ),
        ]),
      )
      const [before, after] = evaluate([root, roots[0]!], values) as [NDArray<'float64'>, NDArray<'float64'>]
      before.data.forEach((x, k) => {
        const y = after.data[k]!
        if (!Number.isFinite(x) || Math.abs(x) > 1e12) return
        compared++
        if (!(Math.abs(x - y) <= 1e-6 * (1 + Math.abs(x))))
          throw new Error(`graph ${i}: ${x} becomes ${y} by ${[...hits.keys()].join('; ')}`)
      })
    }
    expect(compared).toBeGreaterThan(100)
  })

  it.each([
    [1_000, 1],
    [10_000, 6],
  ])('takes time linear in the graph: %d nodes in %d seconds', (size, seconds) => {
    const { root } = randomGraph(size, randomFrom(seed))
    const start = performance.now()
    rewrite([root])
    expect((performance.now() - start) / 1000).toBeLessThan(seconds)
  })
})
