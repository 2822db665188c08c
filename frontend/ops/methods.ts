/** Puts the dozen methods on `Tensor`; each is the function of the same name. */
import type { NDArray } from '../../runtime/array.ts'
import { cast } from '../elementwise.ts'
import { evaluateByName, type NamedValues } from '../evaluate.ts'
import type { DimLike } from '../leaf.ts'
import type { ReduceOptions } from '../reduced.ts'
import { type Operand, Tensor, type TensorMethods } from '../tensor.ts'
import type { DType } from '../type.ts'
import { add, div, mul, neg, sub } from './arithmetic.ts'
import { at } from './at.ts'
import { mean } from './average.ts'
import { matmul } from './contract.ts'
import { pow } from './exponential.ts'
import { max, min, sum } from './reduce.ts'
import { reshape, transpose } from './shape.ts'
import type { IndexItem } from './slice.ts'

type Combine = (...operands: Operand[]) => Tensor

const combine = (f: unknown) =>
  function (this: Tensor, ...others: Operand[]): Tensor {
    return (f as Combine)(this, ...others)
  }

const reduceBy = (f: (x: Tensor, options?: ReduceOptions) => Tensor) =>
  function (this: Tensor, ...given: [options?: ReduceOptions]): Tensor {
    return f(this, ...given)
  }

const methods = {
  add: combine(add),
  sub: combine(sub),
  mul: combine(mul),
  div: combine(div),
  pow: combine(pow),
  matmul: combine(matmul),
  sum: reduceBy(sum),
  mean: reduceBy(mean),
  max: reduceBy(max),
  min: reduceBy(min),
  neg(this: Tensor): Tensor {
    return neg(this)
  },
  at(this: Tensor, ...items: readonly unknown[]): Tensor {
    return at(this, ...(items as readonly IndexItem[]))
  },
  reshape(this: Tensor, shape: readonly DimLike[]): Tensor {
    return reshape(this, shape)
  },
  transpose(this: Tensor, axes?: readonly number[]): Tensor {
    return transpose(this, axes)
  },
  astype(this: Tensor, dtype: DType): Tensor {
    return cast(this, dtype)
  },
  eval(this: Tensor, values?: NamedValues): NDArray {
    return evaluateByName(this, values)
  },
} satisfies Record<keyof TensorMethods, unknown>

Object.assign(Tensor.prototype, methods)
