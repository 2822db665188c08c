/** Random functions on shared variables: what one updates the others read, several at once and in cycles. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { isFloat } from '../../frontend/type.ts'
import type { Program } from '../laws/executors.ts'
import { ordinary, toArray } from '../laws/values.ts'
import { chance, within } from './choose.ts'
import { step } from './generate.ts'

type Update = readonly [variable: Tensor, next: Tensor]

/** Functions of one store, each over dims n and m, and the variables that they share. Names begin with `prefix`. */
export interface Machine {
  variables: readonly Tensor[]
  programs: readonly Program[]
}

export const functions = 3

/** Pairs of the same type, so that values may change places. */
const types = [
  ['float32', [3, 4]],
  ['float32', [3, 4]],
  ['int32', [5]],
  ['int32', [5]],
  ['float64', []],
  ['int64', [4]],
] as const

/** A machine whose functions have so many nodes each. */
export function randomMachine(seed: number, size: number, prefix: string): Machine {
  const luck = chance(seed)
  const variables = types.map(([dtype, shape], i): Tensor => {
    const range = isFloat(dtype) ? ([-1, 1] as const) : ([-9, 9] as const)
    const count = shape.reduce<number>((total, extent) => total * extent, 1)
    return d.shared(toArray(dtype, ordinary(dtype, range, count, seed * 7 + i), shape), `${prefix}v${i}`)
  })

  const program = (index: number): Program => {
    const name = `${prefix}f${index}`
    const inputs = [
      d.tensor(`${name}x`, { shape: ['n', 4] }),
      d.tensor(`${name}i`, { dtype: 'int32', shape: ['m'] }),
      d.tensor(`${name}c`, { dtype: 'bool', shape: ['n', 4] }),
    ]
    const start = [...variables, ...inputs]
    const pool = [...start]
    while (pool.length < start.length + size) pool.push(...step(luck, pool))
    const made = pool.slice(start.length)
    const outputs = [made[made.length - 1]!, luck.pick(made), luck.pick(variables)]
    const updates = updatesOf(made)
    return {
      inputs: Object.fromEntries(inputs.map(x => [x.name!, x])),
      outputs: Object.fromEntries(outputs.map((x, i) => [`${name}out${i}`, x])),
      updates,
    }
  }

  /** Each pair is exchanged, added up as in Fibonacci's sequence, or moved on; the others have something of the graph added. */
  const updatesOf = (made: readonly Tensor[]): Update[] => {
    const [a, b, i, j, total, count] = variables as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
    const floats = made.filter(({ dtype }) => isFloat(dtype))
    const cost = d.mean(d.tanh(d.cast(luck.pick(floats) ?? a, 'float32')))
    const [slope] = d.grad(d.add(cost, d.mul(0.1, d.sum(d.square(a)))), [a])
    const whole = luck.pick(made.filter(({ dtype }) => dtype.includes('int'))) ?? i
    const choices: Update[][][] = [
      [
        [
          [a, b],
          [b, a],
        ],
        [
          [a, b],
          [b, d.mul(0.5, d.add(a, b))],
        ],
        [
          [a, d.sub(a, d.mul(0.3, slope!))],
          [b, d.add(d.mul(b, 0.9), d.mul(slope!, 0.1))],
        ],
        [[a, within(d.add(b, cost), [-2, 2])]],
      ],
      [
        [
          [i, j],
          [j, d.add(i, j)],
        ],
        [
          [i, d.flip(j)],
          [j, i],
        ],
        [[j, d.add(d.sort(i), d.cast(d.max(d.mod(whole, 5)), 'int32'))]],
      ],
      [
        [
          [total, d.add(d.mul(total, 0.5), d.cast(cost, 'float64'))],
          [count, d.add(count, d.cumsum(count))],
        ],
        [],
      ],
    ]
    return choices.flatMap(choice => luck.pick(choice))
  }

  return { variables, programs: Array.from({ length: functions }, (_, i) => program(i)) }
}
