/** damo/testing: checks for functions and ops of one's own. */

import { type ArrayValue, array, NDArray } from '../runtime/array.ts'
import { expectFunction, expectList, expectTensors, namedOptions } from './arguments.ts'
import { gradientWrong } from './calculus/errors.ts'
import { argumentWrong } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { grad } from './grad.ts'
import { sharedFrom, tensor } from './leaf.ts'
import { mul } from './ops/arithmetic.ts'
import { sum } from './ops/reduce.ts'
import type { Tensor } from './tensor.ts'

export interface VerifyOptions {
  /** The step of differences, relative to each argument; 1e-4 when absent. */
  step?: number
  /** Relative and absolute error allowed; 1e-7 and 1e-9 when absent. */
  rtol?: number
  atol?: number
  /** Which random projection; 1 when absent. */
  seed?: number
}

const known = ['step', 'rtol', 'atol', 'seed'] as const

/**
 * Throws unless the gradient of `f` agrees with differences at a point, in float64 and by the interpreter. The result of
 * `f`, of any shape, is projected to a scalar by random weights in [0.5, 1.5), as Theano's `verify_grad` does, and each
 * element of each argument is moved by central differences of two steps, extrapolated (Richardson). The error names the
 * element that is furthest off.
 */
export function verifyGrad(
  f: (...args: Tensor<'float64'>[]) => Tensor,
  point: readonly ArrayValue[],
  options: VerifyOptions = {},
): void {
  expectFunction('verifyGrad', 'a function of tensors', f)
  expectList('verifyGrad', 'a list of arguments', point)
  namedOptions('verifyGrad', options, known)
  const values = point.map(value => array(value, { dtype: 'float64' }))
  const inputs = values.map((value, i) => tensor(`x${i}`, { dtype: 'float64', shape: value.shape }))
  verifyGradOf(f(...inputs), new Map(inputs.map((input, i) => [input, values[i]!])), options)
}

/** `verifyGrad` for a graph that exists, of any dims: its gradient with respect to every tensor that has a float64 value here. */
export function verifyGradOf(result: Tensor, values: ReadonlyMap<Tensor, NDArray>, options: VerifyOptions = {}): void {
  expectTensors('verifyGradOf', result)
  namedOptions('verifyGradOf', options, known)
  if (!(values instanceof Map)) throw argumentWrong('verifyGradOf', 'a Map of tensors and their values', values)
  const wrt = [...values.keys()].filter(x => x.dtype === 'float64')
  const [value] = evaluate([result], values)
  const weights = new NDArray('float64', value!.shape, uniform(value!.data.length, options.seed ?? 1))
  const cost = sum(mul(result, sharedFrom(weights, 'weights', result.shape)))
  const gradients = evaluate(grad(cost, wrt, { disconnectedInputs: 'ignore' }), values)
  const costAt = (at: ReadonlyMap<Tensor, NDArray>) => evaluate([cost], at)[0]!.item()
  const wrong = gradients.flatMap((gradient, i) => compare(gradient, wrt[i]!, values, costAt, options))
  if (wrong.length === 0) return
  const worst = wrong.reduce((a, b) => (b.excess > a.excess || a.excess !== a.excess ? b : a))
  const count = gradients.reduce((n, gradient) => n + gradient.data.length, 0)
  throw gradientWrong(`${worst.text} (${wrong.length} of ${count} elements differ)`)
}

/** An element of a gradient that differs, and by how many times what is allowed. */
interface Difference {
  text: string
  excess: number
}

function compare(
  gradient: NDArray,
  argument: Tensor,
  values: ReadonlyMap<Tensor, NDArray>,
  costAt: (at: ReadonlyMap<Tensor, NDArray>) => number,
  { step = 1e-4, rtol = 1e-7, atol = 1e-9 }: VerifyOptions,
): Difference[] {
  const x = values.get(argument) as NDArray<'float64'>
  const size = Math.abs(costAt(values))
  const moved = (i: number, by: number) => {
    const data = x.data.slice()
    data[i]! += by
    return costAt(new Map([...values, [argument, new NDArray('float64', x.shape, data)]]))
  }
  const slope = (i: number, h: number) => (moved(i, h) - moved(i, -h)) / (2 * h)
  return Array.from(gradient.data as Float64Array).flatMap((given, i) => {
    const h = step * Math.max(Math.abs(x.data[i]!), 0.1)
    const measured = (4 * slope(i, h / 2) - slope(i, h)) / 3
    // Differences of rounded costs cannot tell more than this.
    const noise = (8 * Number.EPSILON * size) / h
    const allowed = atol + rtol * Math.max(Math.abs(given), Math.abs(measured)) + noise
    const excess = Math.abs(given - measured) / allowed
    if (excess <= 1) return []
    const at = `${argument.name}${x.shape.length > 0 ? ` at [${indexOf(i, x.shape).join(', ')}]` : ''}`
    return [{ text: `the gradient of ${at} is ${given}, but differences give ${measured}`, excess }]
  })
}

/** The index of a flat position. */
function indexOf(position: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = position
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return index
}

/** Numbers in [0.5, 1.5) that a seed determines: mulberry32, by Tommy Ettinger (public domain). */
function uniform(count: number, seed: number): Float64Array {
  let state = seed
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return 0.5 + ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  })
}
