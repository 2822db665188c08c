/** The public `Tensor`: a plain immutable node of the graph. Identity is the object; equal nodes are interned per compile. */

import type { ArrayValue, NDArray } from '../runtime/array.ts'
import { byteWidth } from '../runtime/manifest.ts'
import type { Op } from './define.ts'
import { notAPrimitive, typeText, unknownDtype } from './errors.ts'
import type { DimLike } from './leaf.ts'
import type { Weak } from './operand.ts'
import type { IndexedRank } from './ops/indexRank.ts'
import type { MatmulRank, NeedsProduct, NeedsVector } from './ops/linalg/known.ts'
import { currentOrigins, type Origin } from './origin.ts'
import type { Length, NeedsLength, NeedsTensorRank } from './rank.ts'
import type {
  Asked,
  Everything,
  MeanOptions,
  NeedsAxes,
  NeedsAxis,
  Over,
  ReducedRank,
  Summed,
  SumOptions,
} from './reduced.ts'
import type { NeedsNumber } from './refused.ts'
import type { DType, MaxRank, Promote, Rank, Shape, SizeCheck, ToFloat } from './type.ts'

/** A tensor or a number that takes the other operand's dtype. */
export type Operand = Tensor | number | bigint | boolean

/** The arithmetic and reductions that everyone expects as methods; each is the function of the same name. */
export interface TensorMethods<D extends DType, R extends Rank> {
  add<N extends number>(other: N): Tensor<Promote<D, Weak<N, D>>, R>
  add<E extends DType, S extends Rank>(
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
  sub<N extends number>(other: N): Tensor<Promote<D, Weak<N, D>>, R>
  sub<E extends DType, S extends Rank>(
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
  mul<N extends number>(other: N): Tensor<Promote<D, Weak<N, D>>, R>
  mul<E extends DType, S extends Rank>(
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
  div<N extends number>(other: N): Tensor<ToFloat<Promote<D, Weak<N, D>>>, R>
  div<E extends DType, S extends Rank>(
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<ToFloat<Promote<D, E>>, MaxRank<R, S>>
  pow<N extends number>(other: N): Tensor<Promote<D, Weak<N, D>>, R>
  pow<E extends DType, S extends Rank>(
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
  neg(): Tensor<D, R>
  sum<const O extends Over<SumOptions> = Everything>(
    over?: O & NeedsAxes<R, O>,
  ): Tensor<Asked<O, Summed<D>>, ReducedRank<R, O>>
  mean<const O extends Over<MeanOptions> = Everything>(
    over?: O & NeedsAxes<R, O>,
  ): Tensor<Asked<O, ToFloat<D>>, ReducedRank<R, O>>
  max<const O extends Over = Everything>(over?: O & NeedsAxes<R, O>): Tensor<D, ReducedRank<R, O>>
  min<const O extends Over = Everything>(over?: O & NeedsAxes<R, O>): Tensor<D, ReducedRank<R, O>>
  /** NumPy's `x[...]`; see `at`. */
  at<const I extends readonly unknown[]>(...items: I): Tensor<D, IndexedRank<R, I>>
  reshape<const S extends readonly DimLike[]>(shape: S & NeedsTensorRank<S>): Tensor<D, Length<S>>
  /** The axes reversed, or in the order given. */
  transpose<const A extends readonly number[] = []>(axes?: A & NeedsAxis<R, A> & NeedsLength<A, R>): Tensor<D, R>
  /** Matrix product; see `matmul`. */
  matmul<E extends DType, S extends Rank, O extends { dtype?: DType | undefined } = Record<never, never>>(
    other: Tensor<E, S> & NeedsVector<S> & NeedsVector<R> & NeedsProduct<D, E>,
    options?: O,
  ): Tensor<Asked<O, Promote<D, E>>, MatmulRank<R, S>>
  matmul<E extends DType, S extends Rank, O extends { dtype?: DType | undefined } = Record<never, never>>(
    other: Tensor<E, S> & NeedsVector<S> & NeedsVector<R> & NeedsProduct<D, E>,
    options?: O,
  ): Tensor<Asked<O, Promote<D, E>>, MatmulRank<R, S>>
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
