/** What every convolution asks of its options and of the shapes of images, filters and results. */
import { expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimMul } from '../dims.ts'
import { rankRefused, sizeText } from '../errors.ts'
import { type ConvAttrs, type ConvAxis, type Role, spanOfWindow, windowsOn } from '../ops/conv.ts'
import type { Tensor } from '../tensor.ts'
import { divides, type Equality, type Shape, unify } from '../type.ts'
import { channelsDiffer, windowOption, windowsDiffer } from './errors.ts'
import { type PaddingOption, type PerAxis, paddingOf, perAxis } from './windows.ts'

export interface ConvOptions {
  /** How far windows lie apart: 1 when absent. Theano's `subsample`. */
  stride?: PerAxis<number>
  /** Zeros around the images: `'valid'`, none, when absent. Theano's `border_mode`. */
  padding?: PaddingOption
  /** How far the places of a window lie apart: 1 when absent. */
  dilation?: PerAxis<number>
  /** Parts that channels in and out are split into, each part convolved by itself: 1 when absent. */
  groups?: number
  /** False for correlation, where filters are not turned around: true when absent. */
  filterFlip?: boolean
}

/** What is added before and after each axis, where windows span so many elements. */
export type Around = (spans: Shape) => [DimExpr, DimExpr][]

/** Throws unless these are tensors, and the shape is one, of a batch with channels and so many axes of space. */
export function requireRank(op: string, axes: number, tensors: readonly Tensor[], shape?: readonly unknown[]): void {
  const wanted = `tensors of rank ${axes + 2}: batch, channels and ${axes === 1 ? 'one axis' : `${axes} axes`} of space`
  expectTensors(op, ...tensors)
  if (tensors.some(x => x.ndim !== axes + 2) || (shape && shape.length !== axes + 2))
    throw rankRefused(op, tensors, wanted)
}

/** How windows lie by options, for filters of a shape. */
export function attrsFor(op: string, axes: number, filter: Shape, options: ConvOptions, around?: Around): ConvAttrs {
  namedOptions(op, options, convOptions)
  const { stride = 1, padding = 'valid', dilation = 1, groups = 1, filterFlip = true } = options
  if (!(Number.isSafeInteger(groups) && groups > 0))
    throw windowOption(op, 'groups', groups, 'a whole number from 1 on')
  const strides = perAxis(op, 'stride', stride, axes, 1)
  const dilations = perAxis(op, 'dilation', dilation, axes, 1)
  const spans = dilations.map((apart, i) => spanOfWindow(filter[2 + i]!, apart))
  const pads = around ? around(spans) : paddingOf(op, padding, spans)
  const along = pads.map(
    ([before, after], i): ConvAxis => ({
      ...{ stride: strides[i]!, dilation: dilations[i]!, before, after },
    }),
  )
  return { axes: along, groups, flip: filterFlip }
}

export const convOptions = ['stride', 'padding', 'dilation', 'groups', 'filterFlip'] as const

/** What a call must still hold the shapes of images, filters and results to. Throws where they cannot fit. */
export function agree(
  op: string,
  { x, w, y }: Readonly<Record<Role, Shape>>,
  { axes, groups }: ConvAttrs,
  operands: readonly (readonly [string, Tensor])[],
): Equality[] {
  const checks: Equality[] = []
  const equal = (left: DimExpr, right: DimExpr, error: () => Error) => {
    const unified = unify(left, right)
    if (unified === 'differ') throw error()
    if (unified.check) checks.push(unified.check)
  }
  const [count, channels, taken] = [w[0]!, x[1]!, dimMul(w[1]!, groups)]
  const inGroups = groups === 1 ? '' : ` of ${sizeText(w[1]!)} channels in ${groups} groups`
  equal(channels, taken, () =>
    channelsDiffer(
      op,
      `images have ${sizeText(channels)} channels, and filters${inGroups} are for ${sizeText(taken)}`,
      operands,
    ),
  )
  const parts = divides(groups, count)
  if (parts === 'differ')
    throw channelsDiffer(op, `${sizeText(count)} filters do not make ${groups} groups of equal size`, operands)
  checks.push(...parts)
  equal(y[1]!, count, () =>
    channelsDiffer(
      op,
      `results have ${sizeText(y[1]!)} channels, and ${sizeText(count)} filters make ${sizeText(count)}`,
      operands,
    ),
  )
  for (const axis of [0, ...axes.map((_, i) => 2 + i)]) {
    const wanted = axis === 0 ? x[0]! : windowsOn(x[axis]!, w[axis]!, axes[axis - 2]!)
    equal(y[axis]!, wanted, () => windowsDiffer(op, axis, y[axis]!, wanted, operands))
  }
  return checks
}
