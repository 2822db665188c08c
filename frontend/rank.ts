/** Ranks: the limit, and the arithmetic of ranks and axes that the editor does. Lists of zeros count. */

import type { Needs } from './refused.ts'

/** Axes of a tensor, at most. */
export const highestRank = 8

/** Number of dims of a tensor. */
export type Rank = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

type Count = readonly 0[]

/** A list as long as a tensor of each rank has axes. */
export type AxesOf = [
  [],
  [0],
  [0, 0],
  [0, 0, 0],
  [0, 0, 0, 0],
  [0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
]

/** The length of a list as a rank: any where the list has no fixed length, none where no tensor has so many axes. */
export type Length<A extends readonly unknown[]> = number extends A['length'] ? Rank : Extract<A['length'], Rank>

/** The sum of two ranks: none beyond the limit. */
export type Plus<A extends Rank, B extends Rank> = [Rank] extends [A]
  ? Rank
  : [Rank] extends [B]
    ? Rank
    : A extends A
      ? B extends B
        ? Length<[...AxesOf[A], ...AxesOf[B]]>
        : never
      : never

/** A rank less another: none below 0. */
export type Minus<A extends Rank, B extends Rank> = [Rank] extends [A]
  ? Rank
  : [Rank] extends [B]
    ? Rank
    : A extends A
      ? B extends B
        ? AxesOf[A] extends readonly [...AxesOf[B], ...infer Rest extends Count]
          ? Length<Rest>
          : never
        : never
      : never

/** The greater of two ranks: the rank that broadcasting gives. */
export type MaxRank<A extends Rank, B extends Rank> = A extends A ? Upper<A, B> : never
type Upper<A extends Rank, B extends Rank> = B extends Below[A] ? A : B
type Below = [
  never,
  0,
  0 | 1,
  0 | 1 | 2,
  0 | 1 | 2 | 3,
  0 | 1 | 2 | 3 | 4,
  0 | 1 | 2 | 3 | 4 | 5,
  0 | 1 | 2 | 3 | 4 | 5 | 6,
  0 | 1 | 2 | 3 | 4 | 5 | 6 | 7,
]

/** Ranks from each on. */
export type AtLeast<R extends Rank> = R extends R ? Exclude<Rank, Below[R]> : never

/** Ranks up to each. */
export type AtMost<R extends Rank> = Below[R] | R

/** One rank less; none below 0. */
export type Previous<R extends Rank> = Minus<R, 1>

/** One rank more; none beyond the limit. */
export type Next<R extends Rank> = Plus<R, 1>

/** Axes of a tensor of a rank: from the front, or from the end. */
export type AxisOf<R extends Rank> = R extends R ? Axes[R] : never
type Axes = [
  never,
  0 | -1,
  0 | 1 | -1 | -2,
  0 | 1 | 2 | -1 | -2 | -3,
  0 | 1 | 2 | 3 | -1 | -2 | -3 | -4,
  0 | 1 | 2 | 3 | 4 | -1 | -2 | -3 | -4 | -5,
  0 | 1 | 2 | 3 | 4 | 5 | -1 | -2 | -3 | -4 | -5 | -6,
  0 | 1 | 2 | 3 | 4 | 5 | 6 | -1 | -2 | -3 | -4 | -5 | -6 | -7,
  0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | -1 | -2 | -3 | -4 | -5 | -6 | -7 | -8,
]

/** A count as a rank: any where it is not written down. */
export type AsRank<N extends number> = number extends N ? Rank : Extract<N, Rank>

/** How many a number, which is one axis, or a list of axes names. */
export type CountOf<A> = A extends readonly unknown[] ? Length<A> : 1

/** Nothing where a list has as many items as a tensor of rank R has axes, or may have. */
export type NeedsLength<A extends readonly unknown[], R extends Rank> = Needs<
  Length<A>,
  R,
  `${R} axes, not ${A['length']}`
>

/** Nothing where a tensor can have as many axes as a list has items. */
export type NeedsTensorRank<A extends readonly unknown[]> = number extends A['length']
  ? unknown
  : Needs<A['length'], Rank, `at most 8 axes, not ${A['length']}`>

/** How deep lists are nested: the rank of the array that they are. */
export type Depth<A> = A extends readonly (infer Item)[]
  ? [Item] extends [never]
    ? 1
    : [Item] extends [readonly unknown[]]
      ? Next<Depth<Item>>
      : [Extract<Item, readonly unknown[]>] extends [never]
        ? 1
        : Rank
  : 0
