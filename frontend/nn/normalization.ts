/** Normalization: elements less their mean, over their deviation: of a batch, or within each example. */
import { expectTensorOptions, expectTensors, namedOptions, optionsOf, type Placed } from '../arguments.ts'
import { dimFloorDiv, dimProduct } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { rankRefused, sizeText } from '../errors.ts'
import { add, div, mul, reciprocal, sqrt, square, sub } from '../ops/arithmetic.ts'
import { mean } from '../ops/average.ts'
import { dimValue } from '../ops/create.ts'
import type { NeedsMatrix } from '../ops/linalg/known.ts'
import { reshapeTo } from '../ops/move.ts'
import { normalizeAxes, restoreAxes } from '../ops/reduce.ts'
import { floatOf, wide } from '../ops/wide.ts'
import { named } from '../origin.ts'
import type { AtLeast } from '../rank.ts'
import type { NeedsAxis } from '../reduced.ts'
import type { Needs } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, divides, type MaxRank, type Promote, promote, type Rank, type ToFloat, unify } from '../type.ts'
import { channelsDiffer, parameterDiffers, windowOption } from './errors.ts'
import type { Scaled } from './known.ts'

/** Along which axes a batch is taken together: the first alone, all but the second (channels), or these. */
export type BatchAxes = 'perActivation' | 'spatial' | readonly number[]

export interface BatchNormalizationOptions {
  /** `'perActivation'` when absent. */
  axes?: BatchAxes
  /** Added to the variance: 1e-4 when absent. */
  epsilon?: number
}

/** Averages over batches, as they were so far: of the shape of `gamma`. */
export interface RunningAverages<Mean extends Tensor = Tensor, Variance extends Tensor = Tensor> {
  runningMean: Mean
  runningVar: Variance
}

export interface BatchTrainOptions extends BatchNormalizationOptions, Partial<RunningAverages> {
  /** How much the batch counts in the new running averages: 0.1 when absent. */
  runningAverageFactor?: number
}

/** What training gives besides the normalized batch; all of the shape of `gamma`. */
export interface BatchStatistics<Output extends Tensor = Tensor, Statistic extends Tensor = Tensor> {
  output: Output
  mean: Statistic
  /** 1 over the square root of variance and epsilon. */
  invstd: Statistic
}

/**
 * A batch less its mean, over its deviation, times `gamma`, plus `beta`, as `output`, beside its `mean` and `invstd`. These
 * and `gamma` and `beta` have a dim for each axis that the batch is not taken together along, or the rank of x with 1 in the
 * others. New running averages, for updates, come where the old ones are given; that of variances is of unbiased ones (over
 * n - 1).
 */
export function batchNormalizationTrain<
  D extends DType,
  R extends Rank,
  G extends DType,
  S extends Rank,
  B extends DType,
  M extends DType,
  MR extends Rank,
  V extends DType,
  VR extends Rank,
>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  gamma: Tensor<G, S>,
  beta: Tensor<B>,
  options: BatchTrainOptions & RunningAverages<Tensor<M, MR>, Tensor<V, VR>>,
): BatchStatistics<Tensor<Scaled<D, G, B>, R>, Tensor<ToFloat<D>, S>> &
  RunningAverages<Tensor<Promote<ToFloat<D>, M>, MaxRank<S, MR>>, Tensor<Promote<ToFloat<D>, V>, MaxRank<S, VR>>>
export function batchNormalizationTrain<
  D extends DType,
  R extends Rank,
  G extends DType,
  S extends Rank,
  B extends DType,
>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  gamma: Tensor<G, S>,
  beta: Tensor<B>,
  options?: BatchTrainOptions,
): BatchStatistics<Tensor<Scaled<D, G, B>, R>, Tensor<ToFloat<D>, S>>
export function batchNormalizationTrain(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: BatchTrainOptions = {},
): BatchStatistics & Partial<RunningAverages> {
  expectTensors('batchNormalizationTrain', x, gamma, beta)
  const op = 'batchNormalizationTrain'
  const known = ['axes', 'epsilon', 'runningAverageFactor', 'runningMean', 'runningVar'] as const
  const {
    epsilon = 1e-4,
    runningAverageFactor: factor = 0.1,
    runningMean,
    runningVar,
  } = namedOptions(op, options, known)
  expectTensorOptions(op, { runningMean, runningVar })
  const batch = wide(x)
  const axes = batchAxes(op, batch, options.axes)
  const place = parametersOf(op, x, axes)
  const { center, deviation, spread } = momentsOf(batch, axes)
  const invstd = reciprocal(sqrt(add(spread, epsilon)))
  const output = add(mul(deviation, mul(invstd, place('gamma', gamma))), place('beta', beta))
  const like = (y: Tensor) => (gamma.ndim === x.ndim ? y : without(y, axes))
  const own = (y: Tensor) => cast(like(y), floatOf(x))
  const statistics = { output: stored(output, x, gamma, beta), mean: own(center), invstd: own(invstd) }
  if (!runningMean || !runningVar) return statistics
  place('runningMean', runningMean)
  place('runningVar', runningVar)
  const count = dimValue(dimProduct(axes.map(axis => x.shape[axis]!)), batch.dtype)
  const unbiased = mul(spread, div(count, sub(count, 1)))
  const moved = (old: Tensor, now: Tensor) => stored(add(mul(wide(old), 1 - factor), mul(like(now), factor)), x, old)
  return { ...statistics, runningMean: moved(runningMean, center), runningVar: moved(runningVar, unbiased) }
}

/** The same with a mean and variance that are given, such as running averages: what a trained network uses. */
export function batchNormalizationTest<
  D extends DType,
  R extends Rank,
  G extends DType,
  B extends DType,
  M extends DType,
  V extends DType,
>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  gamma: Tensor<G>,
  beta: Tensor<B>,
  mean: Tensor<M>,
  variance: Tensor<V>,
  options?: BatchNormalizationOptions,
): Tensor<Promote<Scaled<D, G, B>, Promote<M, V>>, R>
export function batchNormalizationTest(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor,
  variance: Tensor,
  options: BatchNormalizationOptions = {},
): Tensor {
  expectTensors('batchNormalizationTest', x, gamma, beta, mean, variance)
  const op = 'batchNormalizationTest'
  const { axes, epsilon = 1e-4 } = namedOptions(op, options, ['axes', 'epsilon'])
  const batch = wide(x)
  const place = parametersOf(op, x, batchAxes(op, batch, axes))
  const invstd = reciprocal(sqrt(add(wide(place('variance', variance)), epsilon)))
  const scaled = mul(sub(batch, place('mean', mean)), mul(invstd, place('gamma', gamma)))
  return stored(add(scaled, place('beta', beta)), x, gamma, beta, mean, variance)
}

/** Factor and offset of what was normalized: none when absent. */
export interface ScaleOptions<G extends DType = DType, B extends DType = DType> {
  gamma?: Tensor<G>
  beta?: Tensor<B>
  /** Added to the variance: 1e-5 when absent. */
  epsilon?: number
}

/** The axes along which each example is normalized: the last when absent. `gamma` and `beta` have their dims. */
export interface LayerOptions<
  G extends DType = DType,
  B extends DType = DType,
  Axis extends number | readonly number[] = number | readonly number[],
> extends ScaleOptions<G, B> {
  axis?: Axis
}

const scaleOptions = ['gamma', 'beta', 'epsilon'] as const
const layerOptions = ['axis', ...scaleOptions] as const

/** A function that normalizes each example along axes, which may stand alone. */
interface Layer {
  <
    D extends DType,
    R extends Rank,
    G extends DType = 'bool',
    B extends DType = 'bool',
    const Axis extends number | readonly number[] = -1,
  >(
    x: Tensor<D, R> & NeedsAxis<R, Axis>,
    options?: LayerOptions<G, B, Axis>,
  ): Tensor<Scaled<D, G, B>, R>
  <D extends DType, R extends Rank, const Axis extends number | readonly number[]>(
    x: Tensor<D, R> & NeedsAxis<R, Axis>,
    axis: Axis,
  ): Tensor<ToFloat<D>, R>
}

/** x less its mean along axes, over its deviation: Ba, Kiros and Hinton, Layer normalization, 2016. */
export const layerNorm = named('layerNorm', (x: Tensor, over: Placed<LayerOptions> = {}): Tensor => {
  expectTensors('layerNorm', x)
  const { axis = -1, ...options } = optionsOf<LayerOptions>('layerNorm', over, layerOptions)
  const axes = normalizeAxes('layerNorm', x, axis)
  return scaled('layerNorm', normalized(wide(x), axes, options), x, others(x, axes), options)
}) as Layer

/** x over the root of its mean square along axes: Zhang and Sennrich, Root mean square layer normalization, 2019. */
export const rmsNorm = named('rmsNorm', (x: Tensor, over: Placed<LayerOptions> = {}): Tensor => {
  expectTensors('rmsNorm', x)
  const { axis = -1, epsilon = 1e-5, ...options } = optionsOf<LayerOptions>('rmsNorm', over, layerOptions)
  const axes = normalizeAxes('rmsNorm', x, axis)
  const operand = wide(x)
  const size = add(mean(square(operand), { axis: axes, keepdims: true }), epsilon)
  return scaled('rmsNorm', mul(operand, reciprocal(sqrt(size))), x, others(x, axes), options)
}) as Layer

/**
 * Images [batch, channels, ...space] normalized in each example by groups of channels: Wu and He, Group normalization,
 * 2018. `gamma` and `beta` have one element for each channel.
 */
export function groupNorm<D extends DType, R extends Rank, G extends DType = 'bool', B extends DType = 'bool'>(
  x: Tensor<D, R> & Needs<R, AtLeast<2>, `a batch and channels, not rank ${R}`>,
  groups: number,
  options?: ScaleOptions<G, B>,
): Tensor<Scaled<D, G, B>, R>
export function groupNorm(x: Tensor, groups: number, options: ScaleOptions = {}): Tensor {
  expectTensors('groupNorm', x)
  const op = 'groupNorm'
  namedOptions(op, options, scaleOptions)
  if (x.ndim < 2) throw rankRefused(op, [x], 'a batch and channels')
  if (!(Number.isSafeInteger(groups) && groups > 0))
    throw windowOption(op, 'groups', groups, 'a whole number from 1 on')
  const split = (y: Tensor): Tensor => {
    const channels = y.shape[1]!
    const checks = divides(groups, channels)
    if (checks === 'differ')
      throw channelsDiffer(op, `${sizeText(channels)} channels do not make ${groups} groups of equal size`, [
        ['operand', y],
      ])
    return reshapeTo(y, [y.shape[0]!, groups, dimFloorDiv(channels, groups), ...y.shape.slice(2)], checks)
  }
  const images = split(wide(x))
  const within = normalized(images, others(images, [0, 1]), options)
  return reshapeTo(scaled(op, within, x, others(x, [1]), options, split), x.shape)
}

/** Images normalized in each example and channel by itself: Ulyanov and others, Instance normalization, 2016. */
export function instanceNorm<D extends DType, R extends Rank, G extends DType = 'bool', B extends DType = 'bool'>(
  x: Tensor<D, R> & Needs<R, AtLeast<3>, `a batch, channels and space, not rank ${R}`>,
  options?: ScaleOptions<G, B>,
): Tensor<Scaled<D, G, B>, R>
export function instanceNorm(x: Tensor, options: ScaleOptions = {}): Tensor {
  expectTensors('instanceNorm', x)
  namedOptions('instanceNorm', options, scaleOptions)
  if (x.ndim < 3) throw rankRefused('instanceNorm', [x], 'a batch, channels and space')
  const within = normalized(wide(x), others(x, [0, 1]), options)
  return scaled('instanceNorm', within, x, others(x, [1]), options)
}

const others = (x: Tensor, axes: readonly number[]) => x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))

/** x, which has size 1 along some axes, without those. */
const without = (x: Tensor, axes: readonly number[]) =>
  reshapeTo(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  )

function batchAxes(op: string, x: Tensor, axes: BatchAxes = 'perActivation'): number[] {
  if (x.ndim < 2) throw rankRefused(op, [x], 'a batch of at least vectors')
  if (axes === 'perActivation') return [0]
  return axes === 'spatial' ? others(x, [1]) : normalizeAxes(op, x, axes)
}

/** Mean and variance along axes, which stay as 1, and what each element is off. */
function momentsOf(x: Tensor, axes: readonly number[]) {
  const over = { axis: axes, keepdims: true }
  const center = mean(x, over)
  const deviation = sub(x, center)
  return { center, deviation, spread: mean(square(deviation), over) }
}

function normalized(x: Tensor, axes: readonly number[], { epsilon = 1e-5 }: ScaleOptions): Tensor {
  const { deviation, spread } = momentsOf(x, axes)
  return mul(deviation, reciprocal(sqrt(add(spread, epsilon))))
}

/**
 * What x became, times gamma, plus beta, where they are given, which have no dims for the axes in `taken`; `adapt` brings them
 * to the shape that x was brought to.
 */
function scaled(
  op: string,
  normal: Tensor,
  x: Tensor,
  taken: readonly number[],
  { gamma, beta }: ScaleOptions,
  adapt = (parameter: Tensor): Tensor => parameter,
): Tensor {
  expectTensorOptions(op, { gamma, beta })
  const fitting = parametersOf(op, x, taken)
  const place = (name: string, parameter: Tensor) => adapt(fitting(name, parameter))
  const larger = gamma ? mul(normal, place('gamma', gamma)) : normal
  return stored(beta ? add(larger, place('beta', beta)) : larger, x, ...[gamma ?? [], beta ?? []].flat())
}

/** What was computed wide, in the float dtype that the tensors have together. */
const stored = (y: Tensor, ...from: readonly Tensor[]): Tensor =>
  cast(y, [floatOf(from[0]!), ...from.map(({ dtype }) => dtype)].reduce(promote))

/** Parameters as they broadcast against x: they have a dim for each axis but those in `taken`, or for all, with 1 there. */
function parametersOf(op: string, x: Tensor, taken: readonly number[]) {
  return (name: string, parameter: Tensor): Tensor => {
    const whole =
      parameter.ndim === x.ndim ? parameter : parameter.ndim === x.ndim - taken.length && restoreAxes(parameter, taken)
    const wanted = x.shape.map((dim, axis) => (taken.includes(axis) ? 1 : dim))
    const fits = whole && wanted.every((dim, axis) => unify(dim, whole.shape[axis]!) !== 'differ')
    if (!fits) throw parameterDiffers(op, name, wanted, x, parameter)
    return whole
  }
}
