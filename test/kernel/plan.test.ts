/** Plans: where values lie, and that nothing is overwritten while it is needed. */
import {
  add,
  compile,
  cumsum,
  dim,
  dims,
  flatten,
  matrix,
  outer,
  reshape,
  shared,
  sum,
  type Tensor,
  vector,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

describe('updates are simultaneous', () => {
  const states = () => [1, 2, 3].map((value, i) => shared([value, 10 * value], 'abc'[i]!)) as [Tensor, Tensor, Tensor]

  /** The first elements of a, b and c after each of three calls. */
  async function firsts(updates: readonly (readonly [Tensor, Tensor])[]): Promise<number[][]> {
    const step = await compile({ updates }, { target: loopInterpreter() })
    return [1, 2, 3].map(() => {
      step.runSync()
      return [...step.state.names].sort().map(name => step.state.get(name).data[0] as number)
    })
  }

  test('two states exchanged', async () => {
    const [a, b] = states()
    expect(
      await firsts([
        [a, b],
        [b, a],
      ]),
    ).toEqual([
      [2, 1],
      [1, 2],
      [2, 1],
    ])
  })

  test('three states passed round', async () => {
    const [a, b, c] = states()
    expect(
      await firsts([
        [a, b],
        [b, c],
        [c, a],
      ]),
    ).toEqual([
      [2, 3, 1],
      [3, 1, 2],
      [1, 2, 3],
    ])
  })

  test('a state that takes the old value of one that is computed in place', async () => {
    const [a, b, c] = states()
    expect(
      await firsts([
        [a, add(a, 1)],
        [b, a],
        [c, b],
      ]),
    ).toEqual([
      [2, 1, 2],
      [3, 2, 1],
      [4, 3, 2],
    ])
  })

  test('a state that takes what another one becomes', async () => {
    const [a, b, c] = states()
    const next = add(a, b)
    expect(
      await firsts([
        [a, next],
        [b, next],
        [c, a],
      ]),
    ).toEqual([
      [3, 3, 1],
      [6, 6, 3],
      [12, 12, 6],
    ])
  })
})

describe('sizes that the order of steps cannot know are no obstacle', () => {
  test('what is divided by a dim less some number', async () => {
    const n = dim('n')
    const x = matrix('x', { shape: [n, n] })
    const parts = cumsum(reshape(x, [dims.sub(n, 64), -1]), { axis: 0 })
    const f = await compile({ inputs: { x }, outputs: { total: sum(parts) } }, { target: loopInterpreter() })
    const ones = Array.from({ length: 66 }, () => new Array<number>(66).fill(1))
    expect(f.runSync({ x: ones }).total.item()).toBe((3 * 66 * 66) / 2)
  })

  test('the product of nine dims', async () => {
    const vectors: Tensor[] = [...'abcdefghi'].map(name => vector(name, { shape: [dim(name)] }))
    const all = vectors.reduce((product, x) => flatten(outer(product, x)))
    const f = await compile({ inputs: vectors, outputs: { total: sum(cumsum(all)) } }, { target: loopInterpreter() })
    const two = Object.fromEntries(vectors.map(({ name }, i) => [name!, i < 2 ? [1, 1] : [1]]))
    expect(f.runSync(two).total.item()).toBe(10)
  })
})
