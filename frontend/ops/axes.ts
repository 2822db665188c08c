/** Axes joined, split and added until there are enough; sizes as data. */
import { expectList, expectTensors, toNumber } from '../arguments.ts'
import { type DimExpr, dimDifference, dimFloorDiv, dimProduct } from '../dims.ts'
import { argumentWrong, axisOutOfRange, dimsDiffer, rankTooHigh, sizeDiffers } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import {
  type AsRank,
  highestRank,
  type Length,
  type MaxRank,
  type Minus,
  type NeedsLength,
  type Next,
  type Plus,
  type Previous,
  type Rank,
} from '../rank.ts'
import type { NeedsAxis } from '../reduced.ts'
import type { Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'
import { dimValue } from './create.ts'
import { reshapeTo } from './move.ts'
import { expandDims, flatten, normalAxis, reshape, stack } from './shape.ts'

/** All axes in one: NumPy's name for `flatten(x)`. */
export const ravel = <D extends DType>(x: Tensor<D>): Tensor<D, 1> => flatten(x)

/** x with at least one axis. */
export function atleast1d<D extends DType, R extends Rank>(x: Tensor<D, R>): Tensor<D, MaxRank<R, 1>>
export function atleast1d(x: Tensor): Tensor {
  expectTensors('atleast1d', x)
  return x.ndim > 0 ? x : expandDims(x, 0)
}

/** x with at least two axes: a vector becomes a row. */
export function atleast2d<D extends DType, R extends Rank>(x: Tensor<D, R>): Tensor<D, MaxRank<R, 2>>
export function atleast2d(x: Tensor): Tensor {
  expectTensors('atleast2d', x)
  return x.ndim > 1 ? x : expandDims(atleast1d(x), 0)
}

/** x with at least three axes, as NumPy: a vector of n elements becomes [1, n, 1], a matrix gets a new last axis. */
export function atleast3d<D extends DType, R extends Rank>(x: Tensor<D, R>): Tensor<D, MaxRank<R, 3>>
export function atleast3d(x: Tensor): Tensor {
  expectTensors('atleast3d', x)
  return x.ndim > 2 ? x : expandDims(atleast2d(x), 2)
}

/**
 * x, whose sizes are said to be these, where they are not known: its graph knows them, and a call whose sizes are others
 * fails. null leaves a size as it is, and a name is one that some input has; PyTensor's specify_shape.
 */
export function specifyShape<D extends DType, R extends Rank, const S extends readonly DimLike[]>(
  x: Tensor<D, R>,
  shape: S & NeedsLength<S, R>,
): Tensor<D, R>
export function specifyShape(x: Tensor, shape: readonly DimLike[]): Tensor {
  const op = 'specifyShape'
  expectTensors(op, x)
  expectList(op, 'a shape', shape)
  if (shape.length !== x.ndim) throw argumentWrong(op, `${x.ndim} sizes`, shape)
  const wanted = shape.map((dim, axis) => (dim === null ? x.shape[axis]! : toDim(op, dim)))
  const checks = wanted.flatMap((right, axis) => {
    const left = x.shape[axis]!
    const difference = dimDifference(left, right)
    if (difference !== undefined && difference !== 0) throw dimsDiffer(op, [x], axis, left, right)
    return difference === 0 ? [] : [{ left, right }]
  })
  return checks.length === 0 ? x : reshapeTo(x, wanted, checks)
}

/** `count` neighbouring axes from `start` on (all that are left when absent) as one; of none, a new axis of size 1. */
export function joinDims<
  D extends DType,
  R extends Rank,
  const S extends number = 0,
  const N extends number | undefined = undefined,
>(x: Tensor<D, R>, start?: S, count?: N): Tensor<D, N extends number ? Next<Minus<R, AsRank<N>>> : Next<AsRank<S>>>
export function joinDims(x: Tensor, start = 0, count?: number): Tensor {
  expectTensors('joinDims', x)
  if (!Number.isInteger(start) || start < 0 || start > x.ndim) throw axisOutOfRange('joinDims', x, start)
  const many = count === undefined ? x.ndim - start : toNumber('joinDims', count)
  if (!Number.isInteger(many) || many < 0 || start + many > x.ndim)
    throw axisOutOfRange('joinDims', x, start + many - 1)
  const joined = dimProduct(x.shape.slice(start, start + many))
  return reshape(x, [...x.shape.slice(0, start), joined, ...x.shape.slice(start + many)])
}

/** One axis as several whose sizes multiply to its size; one of them may be -1 and is worked out. */
export function splitDims<D extends DType, R extends Rank, const A extends number, const S extends readonly DimLike[]>(
  x: Tensor<D, R>,
  axis: A & NeedsAxis<R, A>,
  sizes: S,
): Tensor<D, Plus<Previous<R>, Length<S>>>
export function splitDims(x: Tensor, axis: number, sizes: readonly DimLike[]): Tensor {
  expectTensors('splitDims', x)
  expectList('splitDims', 'a list of sizes', sizes)
  const at = normalAxis('splitDims', x, axis)
  const rank = x.ndim - 1 + sizes.length
  if (rank > highestRank) throw rankTooHigh('splitDims', rank)
  const open = sizes.indexOf(-1)
  const dims: DimExpr[] = sizes.map((size, i) => (i === open ? 1 : toDim('splitDims', size)))
  const whole = x.shape[at]!
  const rest = dimProduct(dims)
  if (open >= 0) dims[open] = rest === 0 ? 0 : dimFloorDiv(whole, rest)
  const want = dimProduct(dims)
  const difference = dimDifference(whole, want)
  if (difference !== undefined && difference !== 0) throw sizeDiffers('splitDims', x, dims)
  const shape = [...x.shape.slice(0, at), ...dims, ...x.shape.slice(at + 1)]
  return reshapeTo(x, shape, difference === 0 ? [] : [{ left: whole, right: want }])
}

/** The shape as an int64 vector; `x.shape` has the dims themselves. */
export function shapeOf(x: Tensor): Tensor<'int64', 1> {
  expectTensors('shapeOf', x)
  const sizes = x.shape.map(dim => dimValue(dim))
  return (sizes.length === 0 ? constant(new BigInt64Array(0), 'int64') : stack(sizes)) as Tensor<'int64', 1>
}

/** The number of elements as an int64 scalar. */
export function sizeOf(x: Tensor): Tensor<'int64', 0> {
  expectTensors('sizeOf', x)
  return dimValue(dimProduct(x.shape)) as Tensor<'int64', 0>
}
