/** Losses. Each gives one value for each example, to be averaged or weighted: `squaredError(p, y).mean()`. */
import { expectTensors, namedOptions } from '../arguments.ts'
import { rankRefused } from '../errors.ts'
import type { CommonType } from '../operand.ts'
import { softplus } from '../ops/activation.ts'
import { abs, add, maximum, mul, neg, square, sub } from '../ops/arithmetic.ts'
import { le, where } from '../ops/comparison.ts'
import { log, log1p, xlogx, xlogy } from '../ops/exponential.ts'
import type { NeedsRank, NeedsVector } from '../ops/linalg/known.ts'
import { sum } from '../ops/reduce.ts'
import { logSoftmax } from '../ops/softmax.ts'
import { pick } from '../ops/take.ts'
import type { NeedsInteger, NeedsNumber } from '../refused.ts'
import { type Operand, Tensor } from '../tensor.ts'
import { type DType, isInteger, type Previous, type Promote, type Rank, type ToFloat } from '../type.ts'
import type { Crossed, FloatBeside, NeedsRankOf, NeedsTargets, WithNumber } from './known.ts'

/**
 * The crossentropy of the probabilities `p[..., classes]`, in nats, without their last axis. `y` holds either the classes
 * as integers, in the shape of the result (one outside the classes fails the call), or probabilities in the shape of `p`.
 * Where `p` is a softmax, rewriting takes its logarithm without underflow; elsewhere a probability of 0 gives infinity,
 * or NaN where `y` says 0 too.
 */
export function categoricalCrossentropy<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  p: Tensor<D, R> & NeedsVector<R>,
  y: Tensor<E, S> & NeedsTargets<E, S, R>,
): Tensor<Crossed<D, E>, Previous<R>>
export function categoricalCrossentropy(p: Tensor, y: Tensor): Tensor {
  expectTensors('categoricalCrossentropy', p, y)
  if (isInteger(y.dtype)) return neg(pick(log(p), y))
  requireSameRank('categoricalCrossentropy', p, y)
  return neg(sum(mul(y, log(p)), { axis: -1 }))
}

/**
 * -y log p - (1 - y) log(1 - p), in nats, for probabilities `p` and targets `y` in [0, 1]. Where `p` is a sigmoid,
 * rewriting computes it from the sigmoid's argument, without underflow.
 */
export function binaryCrossentropy<D extends DType, R extends Rank, Y extends Operand>(
  p: Tensor<D, R>,
  y: Y & NeedsRankOf<Y, R>,
): Tensor<FloatBeside<D, Y>, R>
export function binaryCrossentropy(p: Tensor, y: Operand): Tensor {
  requireSameRank('binaryCrossentropy', p, y)
  return neg(add(times(y, log(p)), times(oneMinus(y), log1p(neg(p)))))
}

/**
 * The same from logits, `binaryCrossentropy(sigmoid(x), y)`: y softplus(-x) + (1 - y) softplus(x). Unlike forms with |x| it
 * is smooth at 0, and at targets of 0 and 1 nothing cancels.
 */
export function sigmoidBinaryCrossentropy<D extends DType, R extends Rank, Y extends Operand>(
  x: Tensor<D, R>,
  y: Y & NeedsRankOf<Y, R>,
): Tensor<FloatBeside<D, Y>, R>
export function sigmoidBinaryCrossentropy(x: Tensor, y: Operand): Tensor {
  requireSameRank('sigmoidBinaryCrossentropy', x, y)
  return add(times(y, softplus(neg(x))), times(oneMinus(y), softplus(x)))
}

/**
 * The same from logits, `categoricalCrossentropy(softmax(x), y)`: right however far apart they are, without the help of
 * rewriting.
 */
export function softmaxCategoricalCrossentropy<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  x: Tensor<D, R> & NeedsVector<R>,
  y: Tensor<E, S> & NeedsTargets<E, S, R>,
): Tensor<Crossed<D, E>, Previous<R>>
export function softmaxCategoricalCrossentropy(x: Tensor, y: Tensor): Tensor {
  expectTensors('softmaxCategoricalCrossentropy', x, y)
  if (isInteger(y.dtype)) return negativeLogLikelihood(logSoftmax(x), y)
  requireSameRank('softmaxCategoricalCrossentropy', x, y)
  return neg(sum(mul(y, logSoftmax(x)), { axis: -1 }))
}

/** Less the logarithm that `logp[..., classes]` has for each class in `y`, integers in the shape of the result. */
export function negativeLogLikelihood<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  logp: Tensor<D, R> & NeedsVector<R> & NeedsNumber<D>,
  y: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, Previous<R>>,
): Tensor<D, Previous<R>>
export function negativeLogLikelihood(logp: Tensor, y: Tensor): Tensor {
  return neg(pick(logp, y))
}

/**
 * The divergence of Kullback and Leibler of the probabilities `q[..., classes]` from `p`, sum p log(p / q), in nats, without
 * the last axis. Classes to which p gives 0 do not count.
 */
export function klDivergence<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  p: Tensor<D, R> & NeedsVector<R>,
  q: Tensor<E, S> & NeedsRank<S, R>,
): Tensor<ToFloat<Promote<D, E>>, Previous<R>>
export function klDivergence(p: Tensor, q: Tensor): Tensor {
  requireSameRank('klDivergence', p, q)
  return sum(sub(xlogx(p), xlogy(p, q)), { axis: -1 })
}

/** (prediction - target)^2, element by element. */
export function squaredError<D extends DType, R extends Rank, Y extends Operand>(
  prediction: Tensor<D, R>,
  target: Y & NeedsRankOf<Y, R> & NeedsNumber<CommonType<[Tensor<D>, Y]>>,
): Tensor<CommonType<[Tensor<D>, Y]>, R>
export function squaredError(prediction: Tensor, target: Operand): Tensor {
  return square(difference('squaredError', prediction, target))
}

/** |prediction - target|, element by element. */
export function absoluteError<D extends DType, R extends Rank, Y extends Operand>(
  prediction: Tensor<D, R>,
  target: Y & NeedsRankOf<Y, R> & NeedsNumber<CommonType<[Tensor<D>, Y]>>,
): Tensor<CommonType<[Tensor<D>, Y]>, R>
export function absoluteError(prediction: Tensor, target: Operand): Tensor {
  return abs(difference('absoluteError', prediction, target))
}

/** Huber's loss: e^2 / 2 for errors e up to `delta` (1), delta (|e| - delta / 2) beyond. */
export function huber<D extends DType, R extends Rank, Y extends Operand>(
  prediction: Tensor<D, R>,
  target: Y & NeedsRankOf<Y, R> & NeedsNumber<CommonType<[Tensor<D>, Y]>>,
  options?: { delta?: number },
): Tensor<WithNumber<D, Y, 0.5>, R>
export function huber(prediction: Tensor, target: Operand, options: { delta?: number } = {}): Tensor {
  const { delta = 1 } = namedOptions('huber', options, ['delta'])
  const size = abs(difference('huber', prediction, target))
  return where(le(size, delta), mul(square(size), 0.5), mul(sub(size, delta / 2), delta))
}

/** max(0, 1 - target prediction), element by element, for targets of -1 and 1. */
export function hinge<D extends DType, R extends Rank, Y extends Operand>(
  prediction: Tensor<D, R>,
  target: Y & NeedsRankOf<Y, R> & NeedsNumber<CommonType<[Tensor<D>, Y]>>,
): Tensor<CommonType<[Tensor<D>, Y]>, R>
export function hinge(prediction: Tensor, target: Operand): Tensor {
  requireSameRank('hinge', prediction, target)
  return maximum(sub(1, times(target, prediction)), 0)
}

function difference(loss: string, prediction: Tensor, target: Operand): Tensor {
  requireSameRank(loss, prediction, target)
  return target instanceof Tensor ? sub(prediction, target) : sub(prediction, target)
}

/** [n, 1] and [n] would broadcast to [n, n]: a loss of every prediction with every target, which nobody means. */
function requireSameRank(loss: string, prediction: Tensor, target: Operand): void {
  expectTensors(loss, prediction)
  if (!(target instanceof Tensor) || target.ndim === prediction.ndim) return
  throw rankRefused(loss, [prediction, target], 'predictions and targets of one rank')
}

const times = (y: Operand, x: Tensor): Tensor => (y instanceof Tensor ? mul(y, x) : mul(y, x))

const oneMinus = (y: Operand): Operand => (y instanceof Tensor ? sub(1, y) : 1 - Number(y))
