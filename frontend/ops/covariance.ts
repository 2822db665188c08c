/** Covariances. */
import { expectTensors, namedOptions, toNumber } from '../arguments.ts'
import { cast } from '../elementwise.ts'
import { rankRefused } from '../errors.ts'
import type { Needs } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank, ToFloat } from '../type.ts'
import { div, sub } from './arithmetic.ts'
import { mean } from './average.ts'
import { atleast2d } from './axes.ts'
import { matmul } from './contract.ts'
import { dimValue } from './create.ts'
import { permute, reshapeTo } from './move.ts'
import { floatOf, wide } from './wide.ts'

/** Which axis is that of variables, and what is subtracted from the count of observations. */
export interface CovarianceOptions {
  /** Rows are variables and columns observations: true when absent; false for the other way around. */
  rowvar?: boolean
  /** 1 when absent, as in NumPy; `var` has 0. */
  ddof?: number
}

/**
 * NumPy's cov: the covariance of each variable with each, [variables, variables], of a matrix of observations; of a vector its
 * variance. Integers give float32.
 */
export function cov<D extends DType, R extends Rank>(
  x: Tensor<D, R> & Needs<R, 1 | 2, 'a vector or a matrix'>,
  options?: CovarianceOptions,
): Tensor<ToFloat<D>, [Rank] extends [R] ? 0 | 2 : R extends 1 ? 0 : R extends 2 ? 2 : never>
export function cov(x: Tensor, options: CovarianceOptions = {}): Tensor {
  expectTensors('cov', x)
  const { rowvar = true, ddof = 1 } = namedOptions('cov', options, ['rowvar', 'ddof'])
  if (x.ndim !== 1 && x.ndim !== 2) throw rankRefused('cov', [x], 'a vector or a matrix')
  const dtype = floatOf(x)
  const observed = wide(cast(x, dtype))
  const rows: Tensor = observed.ndim === 2 && !rowvar ? permute(observed, [1, 0]) : atleast2d(observed)
  const deviation = sub(rows, mean(rows, { axis: 1, keepdims: true }))
  const count = sub(dimValue(rows.shape[1]!, rows.dtype), toNumber('cov', ddof))
  const result = cast(div(matmul(deviation, permute(deviation, [1, 0])), count), dtype)
  return x.ndim === 1 ? reshapeTo(result, []) : result
}
