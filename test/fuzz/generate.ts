/** Random typed graphs: whatever a seed says, their values stay tame enough to be compared. */
import type { DType, Tensor } from 'damo'
import * as d from 'damo'
import { type DimExpr, isFloat } from '../../frontend/type.ts'
import { evaluateShape } from '../../runtime/dims.ts'
import type { Program } from '../laws/executors.ts'
import { type Chance, chance } from './choose.ts'
import { loops } from './loops.ts'
import { makers } from './makers.ts'
import { moves } from './moves.ts'
import { products } from './products.ts'
import { windows } from './windows.ts'

/** A graph over dims m and n, with gradients of its floats, as a program whose names begin with `prefix`. */
export function randomProgram(seed: number, size: number, prefix: string): Program {
  const luck = chance(seed)
  const inputs = leaves(prefix)
  const pool = [...inputs]
  while (pool.length < inputs.length + size) pool.push(...step(luck, pool))
  const made = pool.slice(inputs.length)
  const outputs = [...made.slice(-4), luck.pick(made), luck.pick(made)]
  const cost = outputs.filter(({ dtype }) => isFloat(dtype)).map(x => d.cast(d.mean(d.tanh(x)), 'float64'))
  const wrt = inputs.filter(({ dtype }) => isFloat(dtype))
  const total = cost.reduce((a, b) => d.add(a, b), d.constant(0, 'float64') as Tensor)
  const gradients = cost.length > 0 ? d.grad(total, wrt, { disconnectedInputs: 'ignore' }) : []
  return {
    inputs: Object.fromEntries(inputs.map(x => [x.name!, x])),
    outputs: Object.fromEntries([...outputs, ...gradients].map((x, i) => [`${prefix}out${i}`, x])),
  }
}

function leaves(prefix: string): Tensor[] {
  const types: [DType, DimExpr[]][] = [
    ['float32', ['n', 'm']],
    ['float32', ['m']],
    ['float32', ['n', 1]],
    ['float32', ['m', 3]],
    ['float64', ['n']],
    ['float64', []],
    ['int32', ['n', 'm']],
    ['int64', ['m']],
    ['uint8', ['n', 1]],
    ['bool', ['n', 'm']],
    ['float16', ['m']],
    ['float32', ['n', 4, 6, 'm']],
    ['float32', [2, 4, 9]],
    ['float32', [6, 4, 4, 4]],
    ['float64', [2, 3, 5, 4]],
  ]
  return types.map(([dtype, shape], i) => d.tensor(`${prefix}in${i}`, { dtype, shape }))
}

const all = [...makers, ...loops, ...windows, ...products, ...moves]

/** Sizes of dims at which no node has more than so many elements. */
const large = new Map([
  ['n', 5],
  ['m', 16],
])
const mostElements = 3000

/** One more node or a few, from what there is; nothing when the choice does not fit. */
export function step(luck: Chance, pool: readonly Tensor[]): Tensor[] {
  const make = luck.pick(all)
  const result = make(luck, pool)
  const fits =
    result && result.ndim <= 4 && evaluateShape(result.shape, large).reduce((a, b) => a * b, 1) <= mostElements
  return fits ? [result] : []
}
