/** How axes of shapes correspond. */
import { dimEqual } from '../dims.ts'
import { reshapeTo } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dimEqual(dim, b[i]!))

/**
 * Where two shapes differ only by axes of size 1: for each axis of `to` the axis of `from` that it is, undefined for one
 * of size 1. Undefined where they differ by more.
 */
export function alignOnes(from: Shape, to: Shape): (number | undefined)[] | undefined {
  const real = from.flatMap((dim, axis) => (dim === 1 ? [] : [axis]))
  let next = 0
  const axes = to.map(dim => (dim === 1 ? undefined : real[next++]))
  const fits = next === real.length && axes.every((axis, i) => axis === undefined || dimEqual(from[axis]!, to[i]!))
  return fits ? axes : undefined
}

/** x under a shape of as many elements. */
export const inShape = (x: Tensor, shape: Shape): Tensor => (sameShape(x.shape, shape) ? x : reshapeTo(x, shape))
