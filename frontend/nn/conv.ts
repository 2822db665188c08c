/**
 * Convolutions of images [batch, channels, ...space] with filters [channels out, channels in / groups, ...window].
 *
 * As in Theano the default is convolution as mathematics has it, filters turned around; other libraries call correlation
 * so: `filterFlip: false` is that. A network learns either way, but trained filters must be used as they were trained.
 */
import { expectList, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimDifference, dimMul, dimSub } from '../dims.ts'
import { rankRefused } from '../errors.ts'
import { type DimLike, toDim } from '../leaf.ts'
import { productOperands } from '../ops/contract.ts'
import { type ConvAttrs, convolve, convolveUnshared, spanOfWindow } from '../ops/conv.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import { reshapeTo } from '../ops/move.ts'
import { named } from '../origin.ts'
import type { Minus, NeedsLength, Plus } from '../rank.ts'
import type { Needs, NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Promote, Rank, Shape } from '../type.ts'
import { type Around, agree, attrsFor, type ConvOptions, convOptions, requireRank } from './convOptions.ts'
import { channelsDiffer, filtersDiffer, windowOption } from './errors.ts'
import { countWindows, type PerAxis, perAxis } from './windows.ts'

export type { ConvOptions } from './convOptions.ts'

export interface ConvTransposeOptions extends ConvOptions {
  /** Elements added at the end of each axis, fewer than the stride, where several sizes lead to as many windows. */
  outputPadding?: PerAxis<number>
}

export interface Conv2dOptions extends ConvOptions {
  /** Filters that windows do not share: false when absent. */
  unshared?: boolean
}

type Convolution<Of extends Rank, O> = <D extends DType, R extends Rank, E extends DType, S extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, Of>,
  w: Tensor<E, S> & NeedsRank<S, Of> & NeedsNumber<Promote<D, E>>,
  options?: O,
) => Tensor<Promote<D, E>, Of>

type Unshared2d = <D extends DType, R extends Rank, E extends DType, S extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4>,
  w: Tensor<E, S> & NeedsRank<S, 6> & NeedsNumber<Promote<D, E>>,
  options: Conv2dOptions & { unshared: true },
) => Tensor<Promote<D, E>, 4>

/** Convolution along one axis: [batch, channels, length] with filters [out, in / groups, window]. */
export const conv1d = convolution('conv1d', 1) as Convolution<3, ConvOptions>
/**
 * Convolution of images: [batch, channels, height, width] with filters [out, in / groups, height, width]. With
 * `unshared: true`, locally connected, each window has filters of its own: Theano's [out, windows down, windows across,
 * in / groups, height, width].
 *
 * Images with channels last are read as they are: `conv2d(transpose(x, [0, 3, 1, 2]), w)` stores no turned images, and
 * layers that turn back and forth none between them. `transpose(y, [0, 2, 3, 1])` of the last result is one more pass,
 * with what follows in it. Depthwise convolutions alone read channels at half the speed so.
 */
export const conv2d = named('conv2d', (x: Tensor, w: Tensor, options: Conv2dOptions = {}): Tensor => {
  const { unshared = false, ...rest } = namedOptions('conv2d', options, [...convOptions, 'unshared'])
  return (unshared ? forwardUnshared : forward)('conv2d', 2, x, w, rest)
}) as Unshared2d & Convolution<4, Conv2dOptions & { unshared?: false }>
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

type Gradient<Of extends Rank> = <
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const A extends readonly DimLike[],
>(
  a: Tensor<D, R> & NeedsRank<R, Of>,
  b: Tensor<E, S> & NeedsRank<S, Of> & NeedsNumber<Promote<D, E>>,
  shape: A & NeedsLength<A, Of>,
  options?: ConvOptions,
) => Tensor<Promote<D, E>, Of>

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
export const causalConv1d = named('causalConv1d', causal) as Convolution<3, Omit<ConvOptions, 'padding'>>

function causal(x: Tensor, w: Tensor, options: Omit<ConvOptions, 'padding'> = {}): Tensor {
  expectTensors('causalConv1d', x, w)
  const before = (spans: Shape) => spans.map((span): [DimExpr, DimExpr] => [dimSub(span, 1), 0])
  return forward('causalConv1d', 1, x, w, options, before)
}

/**
 * Each channel convolved by itself, with filters [multiplier * channels, 1, height, width], and what comes out mixed at
 * each place, by filters [out, multiplier * channels, 1, 1]. The number of channels has to be known.
 */
export const separableConv2d = separating('separableConv2d', 2) as Separable<4>

/** The same of volumes [batch, channels, depth, height, width]. */
export const separableConv3d = separating('separableConv3d', 3) as Separable<5>

type Separable<Of extends Rank> = <
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  F extends DType,
  T extends Rank,
>(
  x: Tensor<D, R> & NeedsRank<R, Of>,
  depthwise: Tensor<E, S> & NeedsRank<S, Of> & NeedsNumber<Promote<D, E>>,
  pointwise: Tensor<F, T> & NeedsRank<T, Of>,
  options?: Omit<ConvOptions, 'groups'>,
) => Tensor<Promote<Promote<D, E>, F>, Of>

function separating(op: string, axes: number) {
  return named(
    op,
    (x: Tensor, depthwise: Tensor, pointwise: Tensor, options: Omit<ConvOptions, 'groups'> = {}): Tensor =>
      separable(op, axes, x, depthwise, pointwise, options),
  )
}

/**
 * Each image, [height, width] or [batch, height, width], convolved with each filter, [height, width] or [filters, height,
 * width]: [batch, filters, height, width] without the axes that are not there; Theano's signal.conv.conv2d.
 */
export function signalConv2d<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  x: Tensor<D, R> & Needs<R, 2 | 3, 'an image or a stack of them'>,
  w: Tensor<E, S> & Needs<S, 2 | 3, 'a filter or a stack of them'> & NeedsNumber<Promote<D, E>>,
  options?: Omit<ConvOptions, 'groups'>,
): Tensor<Promote<D, E>, Minus<Plus<R, S>, 2>>
export function signalConv2d(x: Tensor, w: Tensor, options: Omit<ConvOptions, 'groups'> = {}): Tensor {
  const op = 'signalConv2d'
  expectTensors(op, x, w)
  namedOptions(op, options, withoutGroups)
  if ([x, w].some(({ ndim }) => ndim !== 2 && ndim !== 3))
    throw rankRefused(op, [x, w], 'images and filters of two axes, or stacks of them')
  const [images, filters] = [x.shape.slice(0, -2), w.shape.slice(0, -2)]
  const [batch, count] = [images[0] ?? 1, filters[0] ?? 1]
  const stacked = [
    reshapeTo(x, [batch, 1, ...x.shape.slice(-2)]),
    reshapeTo(w, [count, 1, ...w.shape.slice(-2)]),
  ] as const
  const results = forward(op, 2, ...stacked, options)
  return reshapeTo(results, [...images, ...filters, ...results.shape.slice(2)])
}

const withoutGroups = convOptions.filter(name => name !== 'groups')

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

function forwardUnshared(op: string, axes: number, images: Tensor, filters: Tensor, options: ConvOptions): Tensor {
  expectTensors(op, images, filters)
  if (images.ndim !== 2 + axes || filters.ndim !== 2 + 2 * axes)
    throw rankRefused(op, [images, filters], `images of rank ${2 + axes} and filters of rank ${2 + 2 * axes}`)
  const [x, w] = productOperands(op, images, filters)
  const [count, ...rest] = w.shape as readonly [DimExpr, ...DimExpr[]]
  const [windows, shape] = [rest.slice(0, axes), [count, ...rest.slice(axes)]]
  const attrs = attrsFor(op, axes, shape, options)
  const operands = [
    ['images', images],
    ['filters', filters],
  ] as const
  for (const [i, along] of attrs.axes.entries()) {
    const wanted = countWindows(op, x, 2 + i, shape[2 + i]!, along, operands)
    const surplus = dimDifference(windows[i]!, wanted)
    if (surplus !== undefined && surplus !== 0) throw filtersDiffer(op, 1 + i, windows[i]!, wanted, operands)
  }
  const shapes = { x: x.shape, w: shape, y: [x.shape[0]!, count, ...windows] }
  return convolveUnshared(x, w, attrs, agree(op, shapes, attrs, operands))
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
