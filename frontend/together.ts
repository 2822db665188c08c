/** What the editor knows of several tensors that become one. */
import type { CommonType } from './operand.ts'
import type { MaxRank, Rank } from './rank.ts'
import type { IsNever, Unless } from './refused.ts'
import type { Operand, Tensor } from './tensor.ts'
import type { DType, Promote } from './type.ts'

/** The rank of an operand: a number has none. */
export type RankOf<X> = X extends Tensor<DType, infer R> ? R : 0

/** The rank that all have, those of less than `Low` axes raised to it: none where they differ. */
export type SameRank<
  L extends readonly unknown[],
  Low extends Rank = 0,
  Found extends Rank = Rank,
> = L extends readonly [infer X, ...infer Rest]
  ? SameRank<Rest, Low, Extract<Found, MaxRank<RankOf<X>, Low>>>
  : number extends L['length']
    ? Extract<Found, MaxRank<RankOf<L[number]>, Low>>
    : Found

/** Nothing where there may be a rank that all have. */
export type NeedsSameRank<L extends readonly unknown[], Low extends Rank = 0> = Unless<
  IsNever<SameRank<L, Low>>,
  'tensors of one rank'
>

/** The dtype that all promote to. */
export type TogetherType<L extends readonly Operand[]> = number extends L['length']
  ? L[number] extends Tensor<infer D>
    ? Promote<D, D>
    : DType
  : CommonType<L>

/** The rank that all broadcast to. */
export type HighestRank<L extends readonly unknown[], Found extends Rank = 0> = L extends readonly [
  infer X,
  ...infer Rest,
]
  ? HighestRank<Rest, MaxRank<Found, RankOf<X>>>
  : number extends L['length']
    ? RankOf<L[number]>
    : Found

/** So many of one type; any number where it is not written down. */
export type Several<T, N, Found extends readonly T[] = []> = N extends number
  ? number extends N
    ? T[]
    : `${N}` extends `-${string}` | `${string}.${string}`
      ? T[]
      : Found['length'] extends N | 99
        ? Found
        : Several<T, N, [...Found, T]>
  : T[]
