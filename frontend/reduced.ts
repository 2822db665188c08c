/** What is known of a reduction before it runs: the rank and dtype that its options leave, and the axes that there are. */
import type { AxisOf, Length, Minus, Previous, Rank } from './rank.ts'
import type { IsNever, Unless } from './refused.ts'
import type { DType, Float } from './type.ts'

/** Options of a reduction: axes (all when absent or null; negative ones count from the end) and whether they stay as 1. */
export interface ReduceOptions {
  axis?: number | readonly number[] | null | undefined
  keepdims?: boolean | undefined
}

/** Options of sums and products: in which dtype elements are taken and the result is. */
export interface SumOptions extends ReduceOptions {
  dtype?: DType | undefined
}

/** Options of means: the float dtype in which they are computed, where it is not that of a float operand. */
export interface MeanOptions extends ReduceOptions {
  dtype?: Float | undefined
}

/** What a reduction is told: its options, or the axes alone. */
export type Over<Options extends ReduceOptions = ReduceOptions> = Options | number | readonly number[]

/** No options: over all axes. */
export type Everything = Record<never, never>

/** The rank that is left: none over all axes, one less for each axis that is named, the same where axes stay. */
export type ReducedRank<R extends Rank, O> = O extends number | readonly number[]
  ? Without<R, O>
  : O extends { keepdims: infer Kept }
    ? [Kept] extends [true]
      ? R
      : [Kept] extends [false | undefined]
        ? WithoutAxis<R, O>
        : Rank
    : WithoutAxis<R, O>

type WithoutAxis<R extends Rank, O> = 'axis' extends keyof O ? Without<R, O['axis' & keyof O]> : 0

type Without<R extends Rank, A> = [A] extends [number]
  ? Previous<R>
  : [A] extends [readonly number[]]
    ? Minus<R, Length<A>>
    : [A] extends [null | undefined]
      ? 0
      : Rank

/** The dtype of sums and products: floats stay, integers and bool are counted in int64. */
export type Summed<D extends DType> = D extends Float ? D : 'int64'

/** The dtype that options ask for, or the one there is without. */
export type Asked<O, D extends DType> = O extends { dtype: infer E extends DType } ? E : D

/** Nothing where axes are ones of a tensor of rank R, or not written down. */
export type NeedsAxis<R extends Rank, A> = Unless<IsNever<R>, 'at most 8 axes'> &
  Unless<IsAbsent<R, WrittenDown<A>>, `rank ${R} has no axis ${Exclude<WrittenDown<A>, AxisOf<R>>}`>

type IsAbsent<R extends Rank, A> = [R] extends [never] ? false : [Exclude<A, AxisOf<R>>] extends [never] ? false : true

/** Nothing where all axes that options name are ones of a tensor of rank R, each once. */
export type NeedsAxes<R extends Rank, O> = NeedsAxis<R, AxesIn<O>> & NeedsOnce<AxesIn<O>>
type AxesIn<O> = O extends { axis: infer A } ? A : O

/** Nothing where no number that is written down in a list is there again. */
type NeedsOnce<A> = Unless<IsAgain<A>, 'each axis once'>
type IsAgain<A> = A extends readonly [infer First extends number, ...infer Rest]
  ? number extends First
    ? IsAgain<Rest>
    : First extends Rest[number]
      ? true
      : IsAgain<Rest>
  : false

/** The numbers that are literal, alone or in a list. */
type WrittenDown<A> = A extends number
  ? number extends A
    ? never
    : A
  : A extends readonly (infer Item extends number)[]
    ? WrittenDown<Item>
    : never

/** The rank of what goes along one axis: that of x, one where `null` makes one row of all, and `Absent` without an axis. */
export type AlongRank<R extends Rank, O, Absent extends Rank = R> = O extends number
  ? R
  : 'axis' extends keyof O
    ? OneAxis<R, O['axis' & keyof O], Absent>
    : Absent

type OneAxis<R extends Rank, A, Absent extends Rank> = [A] extends [number]
  ? R
  : [A] extends [null]
    ? 1
    : [A] extends [undefined]
      ? Absent
      : Rank
