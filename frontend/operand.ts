/** What the editor knows of functions of elements: the dtypes that they take, promotion with numbers, and broadcasting. */
import type { Depth, MaxRank, Rank } from './rank.ts'
import type { Needs } from './refused.ts'
import type { Operand, Tensor } from './tensor.ts'
import type { DType, Float, Integer, Promote, ToFloat } from './type.ts'

/** True for a number that is written down with a fraction, false for another, both where it is not written down. */
export type IsFraction<N extends number> = number extends N
  ? boolean
  : `${N}` extends `${string}.${string}` | `${string}e-${string}`
    ? true
    : false

/** The dtype that a plain number or truth value takes beside tensors of a dtype. */
export type Weak<N, Beside extends DType> = N extends boolean
  ? 'bool'
  : N extends bigint
    ? Beside extends 'bool'
      ? 'int64'
      : Beside
    : N extends number
      ? Beside extends Float
        ? Beside
        : IsFraction<N> extends infer Fraction
          ? Fraction extends true
            ? 'float32'
            : Beside extends 'bool'
              ? 'int32'
              : Beside
          : never
      : never

/** A vector, a matrix, ... as nested lists. */
export type Lists = readonly (number | bigint | boolean | Lists)[]

/** The dtype of nested lists, which others do not change: that of a constant. */
export type ListType<L> = L extends readonly (infer Item)[]
  ? [Item] extends [never]
    ? 'float32'
    : Lists extends L
      ? DType
      : ListType<Item>
  : L extends boolean
    ? 'bool'
    : L extends bigint
      ? 'int64'
      : 'float32'

/**
 * What the tensors and lists among operands promote to; bool, which changes nothing, where there are none. `& DType` says
 * what the compiler would otherwise try for every combination of dtypes, for seconds.
 */
export type OfTensors<L, Found extends DType = 'bool'> = L extends readonly [infer X, ...infer Rest]
  ? OfTensors<
      Rest,
      (X extends Tensor<infer D> ? Promote<Found, D> : X extends Lists ? Promote<Found, ListType<X>> : Found) & DType
    >
  : Found

type TypeOf<X, Beside extends DType> = X extends Tensor<infer D> ? D : X extends Lists ? ListType<X> : Weak<X, Beside>

type OfAll<L, Beside extends DType, Found extends DType = 'bool'> = L extends readonly [infer X, ...infer Rest]
  ? OfAll<Rest, Beside, (X extends null ? Found : Promote<Found, TypeOf<X, Beside> & DType>) & DType>
  : Found

/** The dtype that operands promote to, numbers taking that of the tensors; null is no operand. */
export type CommonType<L extends readonly unknown[], Beside extends DType = OfTensors<L>> = OfAll<L, Beside>

/** The rank that operands broadcast to. */
export type CommonRank<L, R extends Rank = 0> = L extends readonly [infer X, ...infer Rest]
  ? CommonRank<Rest, X extends Tensor<DType, infer S> ? MaxRank<R, S> : X extends Lists ? MaxRank<R, Depth<X>> : R>
  : R

type KindOf<T extends DType> = Integer extends T
  ? Float extends T
    ? 'a number'
    : 'bool' extends T
      ? 'an integer or bool'
      : 'an integer'
  : 'a float'

/** A dtype that may be one of those that an op takes. */
export type NeedsOf<D extends DType, T extends DType> = [DType] extends [T]
  ? unknown
  : Needs<D, T, `${KindOf<T>}, not ${D}`>

/**
 * A function of each element, which keeps the dtype. The first form is for what is generic in its dtype; the second is one
 * of `FloatUnary` too, so that one of several functions can be called.
 */
export interface Unary<T extends DType = DType> {
  <D extends T, R extends Rank>(x: Tensor<D, R>): Tensor<D, R>
  <D extends Extract<Float, T>, R extends Rank>(x: Tensor<D, R>): Tensor<D, R>
  <L extends Lists>(x: L & NeedsOf<ListType<L>, T>): Tensor<ListType<L>, Depth<L>>
  <D extends DType, R extends Rank>(x: Tensor<D, R> & NeedsOf<D, T>): Tensor<D, R>
}

/** A function of each element whose result is a float. */
export interface FloatUnary<T extends DType = DType> {
  <D extends Extract<Float, T>, R extends Rank>(x: Tensor<D, R>): Tensor<D, R>
  <D extends T, R extends Rank>(x: Tensor<D, R>): Tensor<ToFloat<D>, R>
  <L extends Lists>(x: L & NeedsOf<ListType<L>, T>): Tensor<ToFloat<ListType<L>>, Depth<L>>
  <D extends DType, R extends Rank>(x: Tensor<D, R> & NeedsOf<D, T>): Tensor<ToFloat<D>, R>
}

/** A function of each element whose result is bool. */
export interface Predicate {
  <L extends Lists>(x: L): Tensor<'bool', Depth<L>>
  <R extends Rank>(x: Tensor<DType, R>): Tensor<'bool', R>
}

/** One of two operands has to be a tensor. */
export type NeedsTensor<X> = Needs<X, Tensor | Lists, 'a tensor beside a number'>

/** A function of two tensors, lists or numbers, which broadcast and promote. The first forms are for what is generic in its dtype. */
export interface Binary<T extends DType = DType> {
  <D extends Extract<T, Float>, R extends Rank>(a: Tensor<D, R>, b: number): Tensor<D, R>
  <D extends Extract<T, Float>, R extends Rank>(a: number, b: Tensor<D, R>): Tensor<D, R>
  <D extends T, R extends Rank, E extends T, S extends Rank>(
    a: Tensor<D, R>,
    b: Tensor<E, S>,
  ): Tensor<Promote<D, E>, MaxRank<R, S>>
  <A extends Operand, B extends Operand>(
    a: A,
    b: B & NeedsTensor<A | B> & NeedsOf<CommonType<[A, B]>, T>,
  ): Tensor<CommonType<[A, B]>, CommonRank<[A, B]>>
}

/** A function of two tensors, lists or numbers whose result is a float. */
export interface FloatBinary<T extends DType = DType> {
  <D extends Extract<T, Float>, R extends Rank>(a: Tensor<D, R>, b: number): Tensor<D, R>
  <D extends Extract<T, Float>, R extends Rank>(a: number, b: Tensor<D, R>): Tensor<D, R>
  <D extends T, R extends Rank, E extends T, S extends Rank>(
    a: Tensor<D, R>,
    b: Tensor<E, S>,
  ): Tensor<ToFloat<Promote<D, E>>, MaxRank<R, S>>
  <A extends Operand, B extends Operand>(
    a: A,
    b: B & NeedsTensor<A | B> & NeedsOf<CommonType<[A, B]>, T>,
  ): Tensor<ToFloat<CommonType<[A, B]>>, CommonRank<[A, B]>>
}

/** A function of two tensors, lists or numbers whose result is bool. */
export interface Comparison {
  <R extends Rank>(a: Tensor<DType, R>, b: number | bigint | boolean): Tensor<'bool', R>
  <R extends Rank>(a: number | bigint | boolean, b: Tensor<DType, R>): Tensor<'bool', R>
  <R extends Rank, S extends Rank>(a: Tensor<DType, R>, b: Tensor<DType, S>): Tensor<'bool', MaxRank<R, S>>
  <A extends Operand, B extends Operand>(a: A, b: B & NeedsTensor<A | B>): Tensor<'bool', CommonRank<[A, B]>>
}

/** A function of three tensors, lists or numbers, which broadcast and promote. */
export type Ternary<T extends DType = DType> = <A extends Operand, B extends Operand, C extends Operand>(
  a: A,
  b: B,
  c: C & NeedsTensor<A | B | C> & NeedsOf<CommonType<[A, B, C]>, T>,
) => Tensor<CommonType<[A, B, C]>, CommonRank<[A, B, C]>>
