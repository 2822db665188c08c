/** Tensors made from nothing but a shape, and positions as data. */
import { expectList, expectTensors } from '../arguments.ts'
import { type PositionOp, register } from '../define.ts'
import { type DimExpr, dimAdd, dimMul } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { rankRefused, rankTooHigh, shapesDiffer } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import { named } from '../origin.ts'
import { highestRank, type Length, type MaxRank, type NeedsTensorRank } from '../rank.ts'
import type { Needs } from '../refused.ts'
import { Tensor } from '../tensor.ts'
import { broadcastShapes, type DType, numbers, type Rank, type Shape } from '../type.ts'
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
export function dimValue<D extends DType = 'int64'>(value: DimLike, dtype?: D): Tensor<NoInfer<D>, 0>
export function dimValue(value: DimLike, dtype: DType = 'int64'): Tensor {
  const dim = toDim('dimValue', value)
  return typeof dim === 'number' ? constant(dim, dtype) : position(dim, [], dtype)
}

const toShape = (op: string, shape: readonly DimLike[]): DimExpr[] => {
  expectList(op, 'a shape', shape)
  if (shape.length > highestRank) throw rankTooHigh(op, shape.length)
  return shape.map(d => toDim(op, d))
}

/** The dtype is what was said: the place that a result is meant for does not tell it. */
type Filled<S extends readonly DimLike[], D extends DType> = Tensor<NoInfer<D>, Length<S>>

/** The dtype of what fills. */
export type TypeOf<V> =
  V extends Tensor<infer D> ? D : V extends boolean ? 'bool' : V extends bigint ? 'int64' : 'float32'

/** Nothing where what may be a tensor is a scalar. */
export type NeedsScalar<V> = V extends Tensor<DType, infer R> ? Needs<R, 0, 'a number or a scalar'> : unknown

/** A tensor filled with a number or with a scalar tensor; a number is float32 when no dtype is given, true and false bool. */
export function full<
  const S extends readonly DimLike[],
  V extends number | bigint | boolean | Tensor,
  D extends DType = TypeOf<V>,
>(shape: S & NeedsTensorRank<S>, value: V & NeedsScalar<V>, dtype?: D): Filled<S, D>
export function full(shape: readonly DimLike[], value: number | bigint | boolean | Tensor, dtype?: DType): Tensor {
  const fill = value instanceof Tensor ? (dtype ? cast(value, dtype) : value) : constant(value, dtype)
  if (fill.ndim > 0) throw rankRefused('full', [fill], 'a number or a scalar to fill with')
  const dims = toShape('full', shape)
  return dims.length === 0 ? fill : broadcastShape(fill, dims)
}

/** Zeros of a shape; float32 when no dtype is given. */
export const zeros = <const S extends readonly DimLike[], D extends DType = 'float32'>(
  shape: S & NeedsTensorRank<S>,
  dtype?: D,
): Filled<S, D> => full(shape as readonly DimLike[], 0, dtype ?? 'float32') as never

/** Ones of a shape; float32 when no dtype is given. */
export const ones = <const S extends readonly DimLike[], D extends DType = 'float32'>(
  shape: S & NeedsTensorRank<S>,
  dtype?: D,
): Filled<S, D> => full(shape as readonly DimLike[], 1, dtype ?? 'float32') as never

/** Zeros too: a graph has no memory whose content could be left undefined. */
export const empty: typeof zeros = named('empty', (shape, dtype) => zeros(shape, dtype))

/** A tensor of the shape of x, and of its dtype unless another is given, filled with a number or a scalar tensor. */
export function fullLike<
  D extends DType,
  R extends Rank,
  V extends number | bigint | boolean | Tensor,
  E extends DType = D,
>(x: Tensor<D, R>, value: V & NeedsScalar<V>, dtype?: E): Tensor<NoInfer<E>, R>
export function fullLike(x: Tensor, value: number | bigint | boolean | Tensor, dtype?: DType): Tensor {
  expectTensors('fullLike', x)
  return full(x.shape, value as number, dtype ?? x.dtype)
}

/** Zeros of the shape of x, and of its dtype unless another is given. */
export const zerosLike = <D extends DType, R extends Rank, E extends DType = D>(
  x: Tensor<D, R>,
  dtype?: E,
): Tensor<NoInfer<E>, R> => fullLike(x, 0, dtype)

/** Ones of the shape of x, and of its dtype unless another is given. */
export const onesLike = <D extends DType, R extends Rank, E extends DType = D>(
  x: Tensor<D, R>,
  dtype?: E,
): Tensor<NoInfer<E>, R> => fullLike(x, 1, dtype)

/** Zeros too; see `empty`. */
export const emptyLike: typeof zerosLike = named('emptyLike', (x, dtype) => zerosLike(x, dtype))

/** `value`, a number or a tensor that broadcasts with x, repeated to their common shape. A number takes x's dtype; gradients flow to `value` alone. */
export function fill<D extends DType, R extends Rank, V extends Tensor | number | bigint | boolean>(
  x: Tensor<D, R>,
  value: V,
): Tensor<V extends Tensor<infer E> ? E : D, V extends Tensor<DType, infer S> ? MaxRank<R, S> : R>
export function fill(x: Tensor, value: Tensor | number | bigint | boolean): Tensor {
  expectTensors('fill', x)
  if (!(value instanceof Tensor)) return broadcastShape(constant(value, x.dtype), x.shape)
  const together = broadcastShapes(x.shape, value.shape)
  if ('axis' in together) throw shapesDiffer('fill', [x], value, together.axis)
  return broadcastShape(value, together.shape, together.checks)
}

/** Theano's other name of `fill`. */
export const second: typeof fill = named('second', (x, value) => fill(x, value))
