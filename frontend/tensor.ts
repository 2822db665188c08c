/** The public `Tensor`: a plain immutable node of the graph. Identity is the object; equal nodes are interned per compile. */

import type { ArrayValue, NDArray } from '../runtime/array.ts'
import { byteWidth } from '../runtime/manifest.ts'
import type { Op } from './define.ts'
import { notAPrimitive, typeText, unknownDtype } from './errors.ts'
import type { DimLike } from './leaf.ts'
import type { Lists, ListType, Weak } from './operand.ts'
import type { IndexedRank, NeedsItems } from './ops/indexRank.ts'
import type { MatmulRank, NeedsProduct, NeedsVector } from './ops/linalg/known.ts'
import { currentOrigins, type Origin } from './origin.ts'
import type { Depth, Length, NeedsLength, NeedsTensorRank } from './rank.ts'
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

/** A tensor, nested lists, which are a constant, or a number that takes the other operand's dtype. */
export type Operand = Tensor | Lists | number | bigint | boolean

/** A method of two operands whose result has their common dtype: a number takes this tensor's. */
interface ArithmeticMethod {
  <D extends DType, R extends Rank, N extends number>(this: Tensor<D, R>, other: N): Tensor<Promote<D, Weak<N, D>>, R>
  <D extends DType, R extends Rank, L extends Lists>(
    this: Tensor<D, R>,
    other: L & NeedsNumber<Promote<D, ListType<L>>>,
  ): Tensor<Promote<D, ListType<L>>, MaxRank<R, Depth<L>>>
  <D extends DType, R extends Rank, E extends DType, S extends Rank>(
    this: Tensor<D, R>,
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
}

/** The same with a float of integers. */
interface DivisionMethod {
  <D extends DType, R extends Rank, N extends number>(
    this: Tensor<D, R>,
    other: N,
  ): Tensor<ToFloat<Promote<D, Weak<N, D>>>, R>
  <D extends DType, R extends Rank, L extends Lists>(
    this: Tensor<D, R>,
    other: L & NeedsNumber<Promote<D, ListType<L>>>,
  ): Tensor<ToFloat<Promote<D, ListType<L>>>, MaxRank<R, Depth<L>>>
  <D extends DType, R extends Rank, E extends DType, S extends Rank>(
    this: Tensor<D, R>,
    other: Tensor<E, S> & NeedsNumber<Promote<D, E>>,
  ): Tensor<ToFloat<Promote<D, E>>, MaxRank<R, S>>
}

/**
 * The arithmetic and reductions that everyone expects as methods; each is the function of the same name. Types come from
 * `this`, so that all tensors have the very same methods and those of a list of several ranks can be called.
 */
export interface TensorMethods {
  add: ArithmeticMethod
  sub: ArithmeticMethod
  mul: ArithmeticMethod
  div: DivisionMethod
  pow: ArithmeticMethod
  neg<D extends DType, R extends Rank>(this: Tensor<D, R>): Tensor<D, R>
  sum<D extends DType, R extends Rank, const O extends Over<SumOptions> = Everything>(
    this: Tensor<D, R>,
    over?: O & NeedsAxes<R, O>,
  ): Tensor<Asked<O, Summed<D>>, ReducedRank<R, O>>
  mean<D extends DType, R extends Rank, const O extends Over<MeanOptions> = Everything>(
    this: Tensor<D, R>,
    over?: O & NeedsAxes<R, O>,
  ): Tensor<Asked<O, ToFloat<D>>, ReducedRank<R, O>>
  max<D extends DType, R extends Rank, const O extends Over = Everything>(
    this: Tensor<D, R>,
    over?: O & NeedsAxes<R, O>,
  ): Tensor<D, ReducedRank<R, O>>
  min<D extends DType, R extends Rank, const O extends Over = Everything>(
    this: Tensor<D, R>,
    over?: O & NeedsAxes<R, O>,
  ): Tensor<D, ReducedRank<R, O>>
  /** NumPy's `x[...]`; see `at`. */
  at<D extends DType, R extends Rank, const I extends readonly unknown[]>(
    this: Tensor<D, R> & NeedsItems<R, I>,
    ...items: I
  ): Tensor<D, IndexedRank<R, I>>
  reshape<D extends DType, const S extends readonly DimLike[]>(
    this: Tensor<D>,
    shape: S & NeedsTensorRank<S>,
  ): Tensor<D, Length<S>>
  /** The axes reversed, or in the order given. */
  transpose<D extends DType, R extends Rank, const A extends readonly number[] = []>(
    this: Tensor<D, R>,
    axes?: A & NeedsAxis<R, A> & NeedsLength<A, R>,
  ): Tensor<D, R>
  /** Matrix product; see `matmul`. */
  matmul<
    D extends DType,
    R extends Rank,
    E extends DType,
    S extends Rank,
    O extends { dtype?: DType | undefined } = Record<never, never>,
  >(
    this: Tensor<D, R>,
    other: Tensor<E, S> & NeedsVector<S> & NeedsVector<R> & NeedsProduct<D, E>,
    options?: O,
  ): Tensor<Asked<O, Promote<D, E>>, MatmulRank<R, S>>
  astype<R extends Rank, E extends DType>(this: Tensor<DType, R>, dtype: E): Tensor<E, R>
  /**
   * The value, by the interpreter: inputs by name, `y.eval({ x: [1, 2] })`, or by tensor, `y.eval(new Map([[x, [1, 2]]]))`,
   * where tensors that only tell the size of a dim count too. Shared variables have their initial value.
   */
  eval<D extends DType>(
    this: Tensor<D>,
    values?: Readonly<Record<string, ArrayValue>> | ReadonlyMap<Tensor, ArrayValue>,
  ): NDArray<D>
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

// biome-ignore lint/correctness/noUnusedVariables: a class and its interface have the same parameters
export interface Tensor<D extends DType = DType, R extends Rank = Rank> extends TensorMethods {}
