/** Plans: where values lie, and that nothing is overwritten while it is needed. */
import { add, compile, shared, type Tensor } from 'damo'
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
