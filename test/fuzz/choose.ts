/** Choices that a seed determines, among the tensors that a random graph has so far. */
import type { Tensor } from 'damo'
import * as d from 'damo'
import { broadcastShapes, isFloat, isInteger } from '../../frontend/type.ts'
import { uniform } from '../laws/values.ts'

/** Choices that a seed determines. */
export interface Chance {
  /** Below `count`, from 0. */
  below(count: number): number
  pick<T>(list: readonly T[]): T
}

export function chance(seed: number): Chance {
  const random = uniform(Math.imul(seed + 1, 0x9e3779b1))
  const below = (count: number) => Math.floor(random() * count)
  return { below, pick: list => list[below(list.length)]! }
}

/** One more tensor from those that there are; nothing when the choice does not fit. */
export type Maker = (luck: Chance, pool: readonly Tensor[]) => Tensor | undefined

/** Those of float32 and float64: what float16 rounds is more than what results may differ by. */
export const floatsOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => isFloat(dtype) && dtype !== 'float16')
export const integersOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => isInteger(dtype))
export const boolsOf = (pool: readonly Tensor[]) => pool.filter(({ dtype }) => dtype === 'bool')

/** Whether two tensors broadcast for certain, whatever m and n are. */
export function fits(a: Tensor, b: Tensor): boolean {
  const together = broadcastShapes(a.shape, b.shape)
  return !('axis' in together) && together.checks.length === 0
}

/** Another tensor of a list that broadcasts with x: x itself, if no other does. */
export const partner = (luck: Chance, x: Tensor, list: readonly Tensor[]): Tensor =>
  luck.pick(list.filter(other => fits(x, other)).concat(list.includes(x) ? [x] : [])) ?? x

/** x moved into an op's ordinary range, and not far out. */
export function within(x: Tensor, [low, high]: readonly [number, number]): Tensor {
  const [from, to] = [Math.max(low, -3), Math.min(high, 3)]
  const [middle, half] = from < to ? [(from + to) / 2, (to - from) / 2] : [(low + high) / 2, (high - low) / 2]
  return d.add(d.mul(d.tanh(x), half * 0.9), middle)
}

export function anyAxes(luck: Chance, x: Tensor): d.ReduceOptions {
  const axes = x.shape.map((_, i) => i).filter(() => luck.below(2) === 0)
  return { axis: axes, keepdims: luck.below(2) === 0 }
}
