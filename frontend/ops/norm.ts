/** Sizes of tensors: norms and spreads. */
import { expectTensors } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { valueRefused } from '../errors.ts'
import type { Over, ReduceOptions, Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'
import { abs, sqrt, square, sub } from './arithmetic.ts'
import { ne } from './comparison.ts'
import { pow } from './exponential.ts'
import { max, min, normalizeAxes, readOptions, sum } from './reduce.ts'

/** Peak to peak: the largest element less the least, over axes. */
export function ptp(x: Tensor, options: Over = {}): Tensor {
  const { keepdims = false, axis } = readOptions('ptp', options)
  const over = { axis: normalizeAxes('ptp', x, axis), keepdims }
  return sub(max(x, over), min(x, over))
}

/** Which norm: the p-th root of the sum of p-th powers of magnitudes; 2 when absent, Infinity and -Infinity for the extremes, 0 for the count of what is not 0. */
export interface NormOptions extends ReduceOptions {
  ord?: number
}

/** The vector norm over axes (all, flattened, when absent; axes alone may stand for options). Integers give float32. */
export function norm(x: Tensor, options: NormOptions | number | readonly number[] = {}): Tensor {
  expectTensors('norm', x)
  const { ord = 2, keepdims = false, axis } = readOptions<NormOptions>('norm', options, ['ord'])
  const over = { axis: normalizeAxes('norm', x, axis), keepdims }
  if (Number.isNaN(ord)) throw valueRefused('norm', ord, x.dtype)
  const operand = isFloat(x.dtype) ? x : cast(x, 'float32')
  if (ord === Infinity) return max(abs(operand), over)
  if (ord === -Infinity) return min(abs(operand), over)
  if (ord === 0) return sum(cast(ne(operand, 0), operand.dtype), over)
  if (ord === 1) return sum(abs(operand), over)
  if (ord === 2) return sqrt(sum(square(operand), over))
  return pow(sum(pow(abs(operand), ord), over), 1 / ord)
}
