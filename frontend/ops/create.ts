/** Tensors made from nothing but a shape, and positions as data. */
import { type PositionOp, register } from '../define.ts'
import { type DimExpr, dimAdd, dimCeilDiv, dimMul, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { shapesDiffer } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import { type Operand, Tensor } from '../tensor.ts'
import { broadcastShapes, type DType, numbers, type Shape } from '../type.ts'
import { broadcastShape } from './move.ts'

/** `value` is an index expression over the axes `$0`, `$1`, … of the result, and over dims. */
export interface PositionAttrs {
  value: DimExpr
}

export const positionOp: PositionOp = register({
  kind: 'position',
  name: 'position',
  doc: 'A whole number computed from the position: arange, and dims as data.',
  accepts: numbers,
  examples: input => {
    const { dtype, shape } = input(['n', 3])
    return [position(dimAdd(dimMul(2, '$0'), '$1'), shape, dtype), position(dimAdd('n', 1), [], dtype)]
  },
  theano: 'arange',
  numpy: 'arange',
})

/** A tensor whose elements are computed from their own position. */
export function position(value: DimExpr, shape: Shape, dtype: DType): Tensor {
  return new Tensor(positionOp, [], { value } satisfies PositionAttrs, { dtype, shape })
}

/** A dim, or an expression of dims, as a scalar: `dimValue(batch)`. A known number becomes a constant. */
export function dimValue(value: DimLike, dtype: DType = 'int64'): Tensor {
  const dim = toDim('dimValue', value)
  return typeof dim === 'number' ? constant(dim, dtype) : position(dim, [], dtype)
}

const toShape = (op: string, shape: readonly DimLike[]): DimExpr[] => shape.map(d => toDim(op, d))

/** A tensor filled with a number or with a scalar tensor. */
export function full(shape: readonly DimLike[], value: number | bigint | boolean | Tensor, dtype?: DType): Tensor {
  const fill = value instanceof Tensor ? (dtype ? cast(value, dtype) : value) : constant(value, dtype)
  const dims = toShape('full', shape)
  return dims.length === 0 ? fill : broadcastShape(fill, dims)
}

/** Zeros of a shape; float32 when no dtype is given. */
export const zeros = (shape: readonly DimLike[], dtype: DType = 'float32'): Tensor => full(shape, 0, dtype)

/** Ones of a shape; float32 when no dtype is given. */
export const ones = (shape: readonly DimLike[], dtype: DType = 'float32'): Tensor => full(shape, 1, dtype)

/** A tensor of the shape and dtype of x, filled with a number. */
export const fullLike = <T extends Tensor>(x: T, value: number, dtype: DType = x.dtype): T =>
  full(x.shape, value, dtype) as T

/** Zeros of the shape and dtype of x. */
export const zerosLike = <T extends Tensor>(x: T): T => fullLike(x, 0)

/** Ones of the shape and dtype of x. */
export const onesLike = <T extends Tensor>(x: T): T => fullLike(x, 1)

/** `value`, a number or a tensor that broadcasts with x, repeated to their common shape. A number takes x's dtype; gradients flow to `value` alone. */
export function fill(x: Tensor, value: Operand): Tensor {
  if (!(value instanceof Tensor)) return broadcastShape(constant(value, x.dtype), x.shape)
  const together = broadcastShapes(x.shape, value.shape)
  if ('axis' in together) throw shapesDiffer('fill', x, value, together.axis)
  return broadcastShape(value, together.shape, together.checks)
}

/** Theano's other name of `fill`. */
export const second = fill

/**
 * Whole numbers from `start` (0) up to but without `stop`, `step` (1) apart: `arange(n)`, `arange(2, n)`,
 * `arange(0, 10, 3)`. Bounds may be dims. int32 when no dtype is given; fractions need `dtype` float and known numbers.
 */
export function arange(start: DimLike, stop?: DimLike, step = 1, dtype?: DType): Tensor<DType, 1> {
  const [from, to] = stop === undefined ? [0, start] : [start, stop]
  const numbers = [from, to, step]
  if (
    numbers.every(x => typeof x === 'number') &&
    (dtype?.startsWith('float') || numbers.some(x => !Number.isInteger(x)))
  ) {
    return constant(range(from as number, to as number, step), dtype ?? 'float32') as Tensor<DType, 1>
  }
  const [low, high] = [signedDim(from), signedDim(to)]
  const size = step > 0 ? dimCeilDiv(dimSub(high, low), step) : dimCeilDiv(dimSub(low, high), -step)
  const length = typeof size === 'number' ? Math.max(size, 0) : size
  return position(dimAdd(low, dimMul(step, '$0')), [length], dtype ?? 'int32') as Tensor<DType, 1>
}

const signedDim = (value: DimLike): DimExpr => (typeof value === 'number' ? value : toDim('arange', value))

function range(from: number, to: number, step: number): Float64Array {
  const length = Math.max(Math.ceil((to - from) / step), 0)
  return Float64Array.from({ length }, (_, i) => from + i * step)
}

/** `count` numbers from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number, dtype: DType = 'float32'): Tensor<DType, 1> {
  const values = Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 ? stop : start + (i * (stop - start)) / (count - 1),
  )
  return constant(count === 1 ? Float64Array.of(start) : values, dtype) as Tensor<DType, 1>
}
