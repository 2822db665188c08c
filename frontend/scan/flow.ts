/** Which parts of a scan derivatives flow through. */

import type { Maybe } from '../define.ts'
import { topological } from '../graph.ts'
import { isParameter, type ParameterAttrs } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { scanAttrs } from './node.ts'

/** For each result inside, the inputs that derivatives flow from or to it, within one step. */
export function dependence(node: Tensor, connects: (node: Tensor) => boolean): ReadonlySet<number>[] {
  const { results } = scanAttrs(node)
  const reached = new Map<Tensor, ReadonlySet<number>>()
  for (const inner of topological(results)) {
    const parameter = isParameter(inner) && isFloat(inner.dtype)
    const through = connects(inner) ? inner.inputs.flatMap(input => [...reached.get(input)!]) : []
    reached.set(inner, new Set(parameter ? [(inner.attrs as ParameterAttrs).index] : through))
  }
  return results.map(result => reached.get(result)!)
}

/** The carries that derivatives flow through over many steps: those given, and those that `next` leads to from them. */
export function spreading(given: readonly number[], next: (carry: number) => readonly number[]): number[] {
  const found = new Set(given)
  for (const carry of found) for (const other of next(carry)) found.add(other)
  return [...found].sort((a, b) => a - b)
}

/** The whole numbers below `count`. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A list of `count`: what is made for each position, in order, and undefined elsewhere. */
export function scatter<T>(
  count: number,
  positions: readonly number[],
  make: (at: number, position: number) => T,
): Maybe<T>[] {
  const result: Maybe<T>[] = new Array(count).fill(undefined)
  for (const [at, position] of positions.entries()) result[position] = make(at, position)
  return result
}

/** The inputs of a scan by what they are. */
export function inputsOf(node: Tensor): { sequences: Tensor[]; initials: Tensor[]; captures: Tensor[] } {
  const { sequences: n, carries: m } = scanAttrs(node)
  return {
    sequences: node.inputs.slice(0, n),
    initials: node.inputs.slice(n, n + m),
    captures: node.inputs.slice(n + m),
  }
}
