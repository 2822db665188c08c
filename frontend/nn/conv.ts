/**
 * Convolutions of images [batch, channels, ...space] with filters [channels out, channels in / groups, ...window].
 *
 * As in Theano the default is convolution as mathematics has it, filters turned around; other libraries call correlation
 * so: `filterFlip: false` is that. A network learns either way, but trained filters must be used as they were trained.
 */
import { expectList, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimMul, dimSub } from '../dims.ts'
import { rankRefused, sizeText } from '../errors.ts'
import { type DimLike, toDim } from '../leaf.ts'
import { productOperands } from '../ops/contract.ts'
import { type ConvAttrs, type ConvAxis, convolve, type Role, spanOfWindow, windowsOn } from '../ops/conv.ts'
import { named } from '../origin.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, divides, type Equality, type Promote, type Rank, type Shape, unify } from '../type.ts'
import { channelsDiffer, windowOption, windowsDiffer } from './errors.ts'
import { countWindows, type PaddingOption, type PerAxis, paddingOf, perAxis } from './windows.ts'

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

export interface ConvTransposeOptions extends ConvOptions {
  /** Elements added at the end of each axis, fewer than the stride, where several sizes lead to as many windows. */
  outputPadding?: PerAxis<number>
}

type Convolution<R extends Rank, O> = <D extends DType, E extends DType>(
  x: Tensor<D, R>,
  w: Tensor<E, R>,
  options?: O,
) => Tensor<Promote<D, E>, R>

/** Convolution along one axis: [batch, channels, length] with filters [out, in / groups, window]. */
export const conv1d = convolution('conv1d', 1) as Convolution<3, ConvOptions>
/** Convolution of images: [batch, channels, height, width] with filters [out, in / groups, height, width]. */
export const conv2d = convolution('conv2d', 2) as Convolution<4, ConvOptions>
/** Convolution of volumes: [batch, channels, depth, height, width] with filters of as many axes. */
export const conv3d = convolution('conv3d', 3) as Convolution<5, ConvOptions>

/**
 * Transposed convolution: what `conv1d` with these options, filters of the same shape included, takes back from results
 * [batch, out, windows] to [batch, in, length]. Sizes are (windows - 1) stride + window - padding + outputPadding.
 */
export const convTranspose1d = transposed('convTranspose1d', 1) as Convolution<3, ConvTransposeOptions>
/** Transposed convolution of images; see `convTranspose1d`. */
export const convTranspose2d = transposed('convTranspose2d', 2) as Convolution<4, ConvTransposeOptions>
/** Transposed convolution of volumes; see `convTranspose1d`. */
export const convTranspose3d = transposed('convTranspose3d', 3) as Convolution<5, ConvTransposeOptions>

type Gradient<R extends Rank> = <D extends DType, E extends DType>(
  a: Tensor<D, R>,
  b: Tensor<E, R>,
  shape: readonly DimLike[],
  options?: ConvOptions,
) => Tensor<Promote<D, E>, R>

/** The gradient of `conv2d` for images of a shape, from that of its results and the filters. */
export const conv2dGradWrtInputs = inputGradient('conv2dGradWrtInputs', 2) as Gradient<4>
/** The gradient of `conv3d` for volumes of a shape, from that of its results and the filters. */
export const conv3dGradWrtInputs = inputGradient('conv3dGradWrtInputs', 3) as Gradient<5>
/** The gradient of `conv2d` for filters of a shape, from the images and the gradient of the results. */
export const conv2dGradWrtWeights = weightGradient('conv2dGradWrtWeights', 2) as Gradient<4>
/** The gradient of `conv3d` for filters of a shape, from the volumes and the gradient of the results. */
export const conv3dGradWrtWeights = weightGradient('conv3dGradWrtWeights', 3) as Gradient<5>

/**
 * Convolution along one axis that sees nothing ahead: all zeros come before the first element, and with a stride of 1
 * there are as many results as elements.
 */
export function causalConv1d<D extends DType, E extends DType>(
  x: Tensor<D, 3>,
  w: Tensor<E, 3>,
  options: Omit<ConvOptions, 'padding'> = {},
): Tensor<Promote<D, E>, 3> {
  expectTensors('causalConv1d', x, w)
  const before = (spans: Shape) => spans.map((span): [DimExpr, DimExpr] => [dimSub(span, 1), 0])
  return forward('causalConv1d', 1, x, w, options, before) as Tensor<Promote<D, E>, 3>
}

/**
 * Each channel convolved by itself, with filters [multiplier * channels, 1, height, width], and what comes out mixed at
 * each place, by filters [out, multiplier * channels, 1, 1]. The number of channels has to be known.
 */
export function separableConv2d(
  x: Tensor<DType, 4>,
  depthwise: Tensor<DType, 4>,
  pointwise: Tensor<DType, 4>,
  options: Omit<ConvOptions, 'groups'> = {},
): Tensor<DType, 4> {
  return separable('separableConv2d', 2, x, depthwise, pointwise, options) as Tensor<DType, 4>
}

/** The same of volumes [batch, channels, depth, height, width]. */
export function separableConv3d(
  x: Tensor<DType, 5>,
  depthwise: Tensor<DType, 5>,
  pointwise: Tensor<DType, 5>,
  options: Omit<ConvOptions, 'groups'> = {},
): Tensor<DType, 5> {
  return separable('separableConv3d', 3, x, depthwise, pointwise, options) as Tensor<DType, 5>
}

function separable(
  op: string,
  axes: number,
  x: Tensor,
  depthwise: Tensor,
  pointwise: Tensor,
  options: Omit<ConvOptions, 'groups'>,
): Tensor {
  expectTensors(op, x, depthwise, pointwise)
  namedOptions(op, options as ConvOptions, convOptions)
  requireRank(op, axes, [x, depthwise, pointwise])
  const channels = x.shape[1]!
  if (typeof channels !== 'number') throw channelsDiffer(op, 'the number of channels must be known', [['images', x]])
  return forward(op, axes, forward(op, axes, x, depthwise, { ...options, groups: channels }), pointwise, {})
}

function convolution(op: string, axes: number) {
  return named(op, (x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor => forward(op, axes, x, w, options))
}

/** What is added before and after each axis, where windows span so many elements. */
type Around = (spans: Shape) => [DimExpr, DimExpr][]

function forward(
  op: string,
  axes: number,
  images: Tensor,
  filters: Tensor,
  options: ConvOptions,
  around?: Around,
): Tensor {
  requireRank(op, axes, [images, filters])
  const [x, w] = productOperands(op, images, filters)
  const attrs = attrsFor(op, axes, w.shape, options, around)
  const operands = [
    ['images', images],
    ['filters', filters],
  ] as const
  const counts = attrs.axes.map((along, i) => countWindows(op, x, 2 + i, w.shape[2 + i]!, along, operands))
  const shapes = { x: x.shape, w: w.shape, y: [x.shape[0]!, w.shape[0]!, ...counts] }
  return convolve('y', { x, w }, shapes.y, attrs, agree(op, shapes, attrs, operands))
}

function transposed(op: string, axes: number) {
  return named(op, (results: Tensor, filters: Tensor, options: ConvTransposeOptions = {}): Tensor => {
    const { outputPadding = 0, ...rest } = namedOptions(op, options, [...convOptions, 'outputPadding'])
    requireRank(op, axes, [results, filters])
    const attrs = attrsFor(op, axes, filters.shape, rest)
    const more = perAxis(op, 'outputPadding', outputPadding, axes, 0)
    if (more.some((n, i) => n >= attrs.axes[i]!.stride))
      throw windowOption(op, 'outputPadding', outputPadding, 'less than the stride')
    const sizes = attrs.axes.map(({ stride, dilation, before, after }, i) => {
      const between = dimMul(dimSub(results.shape[2 + i]!, 1), stride)
      const whole = dimAdd(dimAdd(between, spanOfWindow(filters.shape[2 + i]!, dilation)), more[i]!)
      return dimSub(dimSub(whole, before), after)
    })
    const channels = dimMul(filters.shape[1]!, attrs.groups)
    return backToInputs(op, results, filters, [results.shape[0]!, channels, ...sizes], attrs)
  })
}

function inputGradient(op: string, axes: number) {
  return named(op, (results: Tensor, filters: Tensor, shape: readonly DimLike[], options: ConvOptions = {}): Tensor => {
    expectList(op, 'a shape', shape)
    requireRank(op, axes, [results, filters], shape)
    const attrs = attrsFor(op, axes, filters.shape, options)
    return backToInputs(
      op,
      results,
      filters,
      shape.map(dim => toDim(op, dim)),
      attrs,
    )
  })
}

function backToInputs(op: string, results: Tensor, filters: Tensor, shape: Shape, attrs: ConvAttrs): Tensor {
  const [y, w] = productOperands(op, results, filters)
  const operands = [
    ['results', results],
    ['filters', filters],
  ] as const
  return convolve('x', { y, w }, shape, attrs, agree(op, { x: shape, w: w.shape, y: y.shape }, attrs, operands))
}

function weightGradient(op: string, axes: number) {
  return named(op, (images: Tensor, results: Tensor, shape: readonly DimLike[], options: ConvOptions = {}): Tensor => {
    expectList(op, 'a shape', shape)
    requireRank(op, axes, [images, results], shape)
    const [x, y] = productOperands(op, images, results)
    const filter = shape.map(dim => toDim(op, dim))
    const attrs = attrsFor(op, axes, filter, options)
    const operands = [
      ['images', images],
      ['results', results],
    ] as const
    return convolve('w', { x, y }, filter, attrs, agree(op, { x: x.shape, w: filter, y: y.shape }, attrs, operands))
  })
}

function requireRank(op: string, axes: number, tensors: readonly Tensor[], shape?: readonly unknown[]): void {
  const wanted = `tensors of rank ${axes + 2}: batch, channels and ${axes === 1 ? 'one axis' : `${axes} axes`} of space`
  expectTensors(op, ...tensors)
  if (tensors.some(x => x.ndim !== axes + 2) || (shape && shape.length !== axes + 2))
    throw rankRefused(op, tensors, wanted)
}

function attrsFor(op: string, axes: number, filter: Shape, options: ConvOptions, around?: Around): ConvAttrs {
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

const convOptions = ['stride', 'padding', 'dilation', 'groups', 'filterFlip'] as const

/** What a call must still hold the shapes of images, filters and results to. Throws where they cannot fit. */
function agree(
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
