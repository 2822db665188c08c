/** Options of convolution and pooling that say how windows lie along the axes of space. */
import { type DimExpr, dimAdd, dimDifference, dimFloorDiv, dimSub } from '../dims.ts'
import { type ConvAxis, spanOfWindow, windowsOn } from '../ops/conv.ts'
import type { Tensor } from '../tensor.ts'
import { windowOption, windowTooLarge } from './errors.ts'

/** A number for all axes, or one for each. */
export type PerAxis<T> = T | readonly T[]

/** A number of places before and after, or both. */
export type Padding = number | readonly [before: number, after: number]

/**
 * What is added around: nothing (`'valid'`), half a window, so that windows of odd size and stride 1 give as many results
 * as there are elements (`'half'`), all but one place of a window (`'full'`), or so many places: for all axes, for each,
 * or before and after for each, as in `[[1, 2], [0, 1]]`.
 */
export type PaddingOption = 'valid' | 'half' | 'full' | number | readonly Padding[]

/** Whole numbers from `least` on, one for each axis. */
export function perAxis(op: string, option: string, value: PerAxis<number>, axes: number, least: number): number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value
  const right = Array.isArray(list) && list.length === axes && list.every(n => Number.isSafeInteger(n) && n >= least)
  if (!right)
    throw windowOption(op, option, value, `a whole number from ${least} on${axes === 1 ? '' : `, or ${axes} of them`}`)
  return [...list]
}

/** How many places are added before and after each axis, for windows that span so many elements. */
export function paddingOf(op: string, padding: PaddingOption, spans: readonly DimExpr[]): [DimExpr, DimExpr][] {
  if (padding === 'valid') return spans.map(() => [0, 0])
  if (padding === 'half') return spans.map(span => [dimFloorDiv(span, 2), dimFloorDiv(span, 2)])
  if (padding === 'full') return spans.map(span => [dimSub(span, 1), dimSub(span, 1)])
  const list = typeof padding === 'number' ? spans.map(() => padding) : padding
  const pairs = Array.isArray(list) ? list.map((each: Padding) => (typeof each === 'number' ? [each, each] : each)) : []
  const right = pairs.every(pair => pair?.length === 2 && pair.every(n => Number.isSafeInteger(n) && n >= 0))
  if (!right || pairs.length !== spans.length) {
    const wanted = "'valid', 'half', 'full', a whole number from 0 on, or for each axis one or two of them"
    throw windowOption(op, 'padding', padding, wanted)
  }
  return pairs as [number, number][]
}

/** How many windows there are along an axis of a tensor. Throws where not one fits. */
export function countWindows(
  op: string,
  x: Tensor,
  axis: number,
  window: DimExpr,
  along: ConvAxis,
  operands: readonly (readonly [string, Tensor])[],
): DimExpr {
  const span = spanOfWindow(window, along.dilation)
  const room = dimAdd(dimAdd(x.shape[axis]!, along.before), along.after)
  const spare = dimDifference(room, span)
  if (spare !== undefined && spare < 0) throw windowTooLarge(op, axis, span, room, operands)
  return windowsOn(x.shape[axis]!, window, along)
}
