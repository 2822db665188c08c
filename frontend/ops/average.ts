/** Averages and variances. */
import { expectNoMore, expectOneOf, expectTensors, toNumber } from '../arguments.ts'
import { dimProduct } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { named } from '../origin.ts'
import type { Asked, Everything, MeanOptions, NeedsAxes, Over, ReducedRank } from '../reduced.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, floats, isInteger, type Rank, type ToFloat } from '../type.ts'
import { div, sqrt, square, sub } from './arithmetic.ts'
import { dimValue } from './create.ts'
import { minOp, normalizeAxes, readOptions, reduce, restoreAxes, sum } from './reduce.ts'
import { floatOf, wide } from './wide.ts'

type Averaging = <D extends DType, R extends Rank, const O extends Over<MeanOptions> = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<Asked<O, ToFloat<D>>, ReducedRank<R, O>>

/** The mean over axes; integers give float32 unless `dtype` says otherwise. */
export const mean: Averaging = (x, over, ...more: readonly unknown[]) => {
  expectNoMore('mean', more)
  const options = readOptions<MeanOptions>('mean', over ?? {}, ['dtype'])
  const dtype = floatFor('mean', x, options.dtype)
  const operand = wide(cast(x, dtype))
  return cast(average(operand, { ...options, axis: normalizeAxes('mean', x, options.axis) }), dtype) as never
}

/** The dtype of an average of x: the float that was asked for, its own, or float32. */
function floatFor(op: string, x: Tensor, dtype: DType | undefined): DType {
  expectTensors(op, x)
  if (dtype !== undefined) expectOneOf(op, 'dtype', dtype, floats)
  return dtype ?? floatOf(x)
}

function average(x: Tensor, { axis, keepdims }: { axis: readonly number[]; keepdims?: boolean | undefined }): Tensor {
  return div(sum(x, { axis, keepdims }), countOf(x, axis, x.dtype))
}

function countOf(x: Tensor, axes: readonly number[], dtype: DType): Tensor {
  const chosen = x.op.kind === 'derived' ? x.op.chosen?.(x, axes) : undefined
  return chosen ? chosen.count(dtype) : dimValue(dimProduct(axes.map(axis => x.shape[axis]!)), dtype)
}

/** Options of variance: `ddof` is subtracted from the count of elements. */
export interface VarianceOptions extends MeanOptions {
  ddof?: number | undefined
}

type Spreading = <D extends DType, R extends Rank, const O extends Over<VarianceOptions> = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<Asked<O, ToFloat<D>>, ReducedRank<R, O>>

/** The mean of squared deviations from the mean, over axes: two passes, so it is accurate. */
export const variance: Spreading = (x, over, ...more: readonly unknown[]) => {
  expectNoMore('var', more)
  const { dtype, result } = spreadOf('var', x, over ?? {})
  return cast(result, dtype) as never
}

function spreadOf(
  op: string,
  x: Tensor,
  over: VarianceOptions | number | readonly number[],
): { dtype: DType; result: Tensor } {
  const options = readOptions<VarianceOptions>(op, over, ['ddof', 'dtype'])
  const dtype = floatFor(op, x, options.dtype)
  const axis = normalizeAxes(op, x, options.axis)
  const operand = wide(cast(fromLeast(x, axis, dtype), dtype))
  const deviation = sub(operand, average(operand, { axis, keepdims: true }))
  const count = sub(countOf(x, axis, operand.dtype), toNumber(op, options.ddof ?? 0))
  return { dtype, result: div(sum(square(deviation), { axis, keepdims: options.keepdims }), count) }
}

/**
 * Integers that a float may not hold, counted from the least along the axes, which changes no deviation: what is left is
 * rounded less. Differences of int32 wrap to the right ones as uint32.
 */
function fromLeast(x: Tensor, axes: readonly number[], dtype: DType): Tensor {
  const isHeld = dtype === 'float64' ? x.dtype !== 'int64' : !['int32', 'uint32', 'int64'].includes(x.dtype)
  if (isHeld || !isInteger(x.dtype)) return x
  const rest = sub(x, restoreAxes(reduce(minOp, x, axes, { total: true }), axes))
  return x.dtype === 'int32' ? cast(rest, 'uint32') : rest
}

/** The square root of the variance. */
export const std: Spreading = (x, over, ...more: readonly unknown[]) => {
  expectNoMore('std', more)
  const { dtype, result } = spreadOf('std', x, over ?? {})
  return cast(sqrt(result), dtype) as never
}

named('var', variance)

export { variance as var }
