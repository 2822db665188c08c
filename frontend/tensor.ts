/** The public `Tensor`: a plain immutable node of the graph. Identity is the object; equal nodes are interned per compile. */

import type { ArrayValue, NDArray } from '../runtime/array.ts'
import { byteWidth } from '../runtime/manifest.ts'
import type { Op } from './define.ts'
import { notAPrimitive, typeText, unknownDtype } from './errors.ts'
import type { IndexedRank } from './ops/indexRank.ts'
import { currentOrigins, type Origin } from './origin.ts'
import type { DType, Float, MaxRank, Previous, Promote, Rank, Shape, SizeCheck, ToFloat } from './type.ts'

/** A tensor or a number that takes the other operand's dtype. */
export type Operand = Tensor | number | bigint | boolean

/** Options of a reduction: axes (all when absent; negative ones count from the end) and whether they stay as 1. */
export interface ReduceOptions {
  axis?: number | readonly number[] | undefined
  keepdims?: boolean | undefined
}

/** What a reduction is told: its options, or the axes alone. */
export type Over = ReduceOptions | number | readonly number[]

/** No options: over all axes. */
export interface Everything {
  axis?: undefined
}

/** The rank that is left: none over all axes, one less over one, the same where axes stay. */
export type ReducedRank<R extends Rank, O> = O extends number
  ? Previous<R>
  : O extends readonly number[]
    ? Rank
    : O extends { keepdims: true }
      ? R
      : O extends { keepdims: boolean }
        ? O extends { keepdims: false }
          ? RankWithout<R, O>
          : Rank
        : RankWithout<R, O>

type RankWithout<R extends Rank, O> = 'axis' extends keyof O
  ? O extends { axis: number }
    ? Previous<R>
    : O extends { axis?: undefined }
      ? 0
      : Rank
  : 0

/** The dtype of sums and products: floats stay, integers and bool are counted in int64. */
export type Summed<D extends DType> = D extends Float ? D : 'int64'

/** The arithmetic and reductions that everyone expects as methods; each is the function of the same name. */
export interface TensorMethods<D extends DType, R extends Rank> {
  add(other: number): Tensor<D, R>
  add<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<Promote<D, E>, MaxRank<R, S>>
  sub(other: number): Tensor<D, R>
  sub<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<Promote<D, E>, MaxRank<R, S>>
  mul(other: number): Tensor<D, R>
  mul<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<Promote<D, E>, MaxRank<R, S>>
  div(other: number): Tensor<ToFloat<D>, R>
  div<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<ToFloat<Promote<D, E>>, MaxRank<R, S>>
  pow(other: number): Tensor<D, R>
  pow<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<Promote<D, E>, MaxRank<R, S>>
  neg(): Tensor<D, R>
  sum<const O extends Over = Everything>(over?: O): Tensor<Summed<D>, ReducedRank<R, O>>
  mean<const O extends Over = Everything>(over?: O): Tensor<ToFloat<D>, ReducedRank<R, O>>
  max<const O extends Over = Everything>(over?: O): Tensor<D, ReducedRank<R, O>>
  min<const O extends Over = Everything>(over?: O): Tensor<D, ReducedRank<R, O>>
  /** NumPy's `x[...]`; see `at`. */
  at<const I extends readonly unknown[]>(...items: I): Tensor<D, IndexedRank<R, I>>
  reshape(shape: readonly (number | string | { expr: unknown })[]): Tensor<D>
  /** The axes reversed, or in the order given. */
  transpose(axes?: readonly number[]): Tensor<D, R>
  /** Matrix product; see `matmul`. */
  matmul<E extends DType, S extends Rank>(other: Tensor<E, S>): Tensor<Promote<D, E>>
  matmul<E extends DType>(other: Tensor, options: { dtype: E }): Tensor<E>
  astype<E extends DType>(dtype: E): Tensor<E, R>
  /**
   * The value, by the interpreter: inputs by name, `y.eval({ x: [1, 2] })`, or by tensor, `y.eval(new Map([[x, [1, 2]]]))`,
   * where tensors that only tell the size of a dim count too. Shared variables have their initial value.
   */
  eval(values?: Readonly<Record<string, ArrayValue>> | ReadonlyMap<Tensor, ArrayValue>): NDArray<D>
}

/** A symbolic array of dtype `D` and rank `R`: the result of `op` applied to `inputs`. */
export class Tensor<D extends DType = DType, R extends Rank = Rank> {
  readonly op: Op
  readonly inputs: readonly Tensor[]
  /** What the op was given besides tensors; plain data, compared by value when nodes are interned. */
  readonly attrs: unknown
  readonly dtype: D
  /** Dims from the first axis to the last: numbers, names, or expressions of names. */
  readonly shape: Shape
  /** Where the user built it; rewriting unions the origins of what it merges. */
  readonly origins: readonly Origin[]
  /** What has to hold of dims and only a call can decide. */
  readonly checks: readonly SizeCheck[]
  /** Only for the editor: the rank as a type. */
  declare readonly rank?: R

  constructor(
    op: Op,
    inputs: readonly Tensor[],
    attrs: unknown,
    type: { dtype: D; shape: Shape },
    checks: readonly SizeCheck[] = [],
    origins: readonly Origin[] = currentOrigins(),
  ) {
    if (!(type.dtype in byteWidth)) throw unknownDtype(type.dtype)
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.dtype = type.dtype
    this.shape = type.shape
    this.checks = checks
    this.origins = origins
  }

  /** As messages show it: `x float32[batch, 784]`. */
  toString(): string {
    return `${this.name ?? this.op.name} ${typeText(this)}`
  }

  /** Text, as in a template; what an operator such as `+` asks for is an error that names the function to use. */
  [Symbol.toPrimitive](hint: 'string' | 'number' | 'default'): string {
    if (hint !== 'string') throw notAPrimitive(this)
    return this.toString()
  }

  /** Number of dims. */
  get ndim(): number {
    return this.shape.length
  }

  /** The user's name of an input or shared variable. */
  get name(): string | undefined {
    return (this.attrs as { name?: string } | undefined)?.name
  }
}

export interface Tensor<D extends DType = DType, R extends Rank = Rank> extends TensorMethods<D, R> {}
