/** Fourier transforms of real tensors. There is no complex dtype: a last axis of 2 has real and imaginary parts. */
import { expectOneOf, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimFloorDiv, dimMul, dimProduct, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { axisOutOfRange, rankRefused, sliceWrong } from '../errors.ts'
import { constant } from '../leaf.ts'
import { chirpSize, fourier as js } from '../linalg/fourier.ts'
import type { Next, Previous } from '../rank.ts'
import type { Everything, NeedsAxes } from '../reduced.ts'
import { applyRoutine, routine } from '../routine.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, floats, isFloat, type Rank, type ToFloat } from '../type.ts'
import { div, mul, sqrt } from './arithmetic.ts'
import { dimValue, zerosLike } from './create.ts'
import type { NeedsMatrix, NeedsVector } from './linalg/known.ts'
import { reshapeTo, sliceAxis } from './move.ts'
import { concatenate, expandDims, flip, squeeze, swapaxes } from './shape.ts'

interface FourierAttrs {
  inverse: boolean
}

const fourierOp = routine({
  name: 'fourier',
  doc: 'Unscaled complex discrete Fourier transforms of rows of pairs, forward or with the other sign.',
  examples: input => [
    transformed(input(['m', 'n', 2]), false),
    transformed(input([2, 12, 2]), true),
    transformed(input([1, 30, 2]), false),
    transformed(input([2, 31, 2]), false),
    transformed(input(['m', 7, 2]), true),
  ],
  accepts: floats,
  ranks: [3],
  results: ([x]) => [x!],
  numbers: ([x], attrs) => [x!.shape[0]!, x!.shape[1]!, Number((attrs as FourierAttrs).inverse)],
  scratch: ([x]) => [{ dtype: 'float64', size: roomFor(x!.shape[1]!) }],
  js,
  cpp: { header: 'routines/fourier.hpp', name: 'fourier' },
  // The matrix of the transform is symmetric: its adjoint has the other sign.
  pullback: (node, [g]) => [g && transformed(g, !(node.attrs as FourierAttrs).inverse)],
  pushforward: (node, [t]) => [t && transformed(t, (node.attrs as FourierAttrs).inverse)],
})

/**
 * Doubles that a transform of n numbers works in: 6n for passes, 2n + 8m for a convolution of size m. Where n is known only to a
 * call it may be a large prime, and m nearly 3n.
 */
function roomFor(n: DimExpr): DimExpr {
  if (typeof n !== 'number') return dimMul(26, n)
  const size = chirpSize(n)
  return size > 0 ? 2 * n + 8 * size : 6 * n
}

const transformed = (x: Tensor, inverse: boolean): Tensor => applyRoutine(fourierOp, [x], { inverse })[0]!

/** Pairs transformed along one axis. */
function along(pairs: Tensor, axis: number, inverse: boolean): Tensor {
  const last = pairs.ndim - 2
  const moved = axis === last ? pairs : swapaxes(pairs, axis, last)
  const rows = [dimProduct(moved.shape.slice(0, last)), moved.shape[last]!, 2]
  const result = reshapeTo(transformed(reshapeTo(moved, rows), inverse), moved.shape)
  return axis === last ? result : swapaxes(result, axis, last)
}

/** What a transform is divided by, of N the number of its elements: NumPy's `null` (the inverse by N) and `'ortho'` (both by √N); Theano's `'no_norm'`. */
export type FourierNorm = null | 'ortho' | 'no_norm'

/** Options of transforms of real tensors. */
export interface RfftOptions {
  norm?: FourierNorm
  /** Only along this axis, as NumPy's rfft. All but the first when absent (of a vector: that one), as Theano's. */
  axis?: number
}

export interface IrfftOptions extends RfftOptions {
  /** The last axis of the result has an odd size. */
  isOdd?: boolean
}

function scaled(x: Tensor, sizes: readonly DimExpr[], norm: FourierNorm, inverse: boolean): Tensor {
  if (norm === 'no_norm' || (norm === null && !inverse)) return x
  const count = dimValue(dimProduct(sizes), x.dtype as 'float32')
  return div(x, norm === 'ortho' ? sqrt(count) : count)
}

/** x where there is something to transform along axes of these sizes: a size of 0 is refused, by the call where that tells it. */
function expectElements(op: string, x: Tensor, sizes: readonly DimExpr[]): Tensor {
  if (sizes.some(size => dimAtLeast(dimSub(0, size), 0)))
    throw sliceWrong(op, x, 'there is nothing to transform along an axis without elements')
  const checks = sizes.map(right => ({ left: 1, right, relation: '<=' as const, why: 'has nothing to transform' }))
  return reshapeTo(x, x.shape, checks)
}

/** The axes that are transformed, of `count` axes; the last of them is the real one. */
function axesOf(op: string, x: Tensor, count: number, axis: number | undefined): number[] {
  if (axis !== undefined) {
    if (!Number.isInteger(axis) || axis < -count || axis >= count) throw axisOutOfRange(op, x, axis)
    return [axis < 0 ? axis + count : axis]
  }
  return count === 1 ? [0] : Array.from({ length: count - 1 }, (_, i) => i + 1)
}

function checked(op: string, x: Tensor, norm: unknown): Tensor {
  expectTensors(op, x)
  if (norm !== null) expectOneOf(op, 'norm', norm, ['ortho', 'no_norm'])
  return isFloat(x.dtype) ? x : cast(x, 'float32')
}

/**
 * The discrete Fourier transform of a real tensor over all axes but the first (Theano's rfft: `[m, ..., n]` gives
 * `[m, ..., n // 2 + 1, 2]`), of a vector over that, or over one `axis` (NumPy's). Of the last transformed axis the first
 * half is given, which tells the rest; the new last axis has real and imaginary parts. Integers are taken as float32. Sums are
 * those of float64. What an axis of size n costs grows with n log n.
 */
export function rfft<D extends DType, R extends Rank, const O extends RfftOptions = Everything>(
  x: Tensor<D, R> & NeedsVector<R>,
  options?: O & NeedsAxes<R, O>,
): Tensor<ToFloat<D>, Next<R>>
export function rfft(x: Tensor, options: RfftOptions = {}): Tensor {
  const { norm = null, axis } = namedOptions('rfft', options, ['norm', 'axis'])
  const real = checked('rfft', x, norm)
  if (x.ndim === 0) throw rankRefused('rfft', [x], 'at least 1 axis')
  const axes = axesOf('rfft', real, x.ndim, axis)
  const last = axes[axes.length - 1]!
  const sizes = axes.map(i => x.shape[i]!)
  const column = expandDims(expectElements('rfft', real, sizes), -1)
  const whole = along(concatenate([column, zerosLike(column)], { axis: -1 }), last, false)
  const half = sliceAxis(whole, last, 0, dimAdd(dimFloorDiv(x.shape[last]!, 2), 1))
  const result = axes.slice(0, -1).reduce((pairs, other) => along(pairs, other, false), half)
  return scaled(result, sizes, norm, false)
}

/**
 * The real tensor whose transform `rfft` is `x`, with the same options: `[m, ..., n // 2 + 1, 2]` gives `[m, ..., n]`, where n is
 * even unless `isOdd`. Imaginary parts that a real tensor's transform does not have count as 0.
 */
export function irfft<D extends DType, R extends Rank, const O extends IrfftOptions = Everything>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  options?: O & NeedsAxes<Previous<R>, O>,
): Tensor<ToFloat<D>, Previous<R>>
export function irfft(x: Tensor, options: IrfftOptions = {}): Tensor {
  const { norm = null, axis, isOdd = false } = namedOptions('irfft', options, ['norm', 'axis', 'isOdd'])
  const pairs = checked('irfft', x, norm)
  if (x.ndim < 2 || x.shape[x.ndim - 1] !== 2)
    throw rankRefused('irfft', [x], 'a last axis of size 2, and one before it')
  const axes = axesOf('irfft', x, x.ndim - 1, axis)
  const last = axes[axes.length - 1]!
  const known = x.shape[last]!
  const size = dimAdd(dimMul(2, dimSub(known, 1)), isOdd ? 1 : 0)
  const sizes = axes.map(i => (i === last ? size : x.shape[i]!))
  const given = expectElements('irfft', pairs, sizes)
  const half = axes.slice(0, -1).reduce((all, other) => along(all, other, true), given)
  const rest = flip(sliceAxis(half, last, 1, dimSub(size, known)), last)
  const whole = concatenate([half, mul(rest, constant([1, -1], pairs.dtype))], { axis: last })
  const real = squeeze(sliceAxis(along(whole, last, true), x.ndim - 1, 0, 1), -1)
  return scaled(real, sizes, norm, true)
}
