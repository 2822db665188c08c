/** What the editor knows of arrays that are given as values: their dtype and rank. */
import type { ArrayValue, DataOf, NDArray, TypedArray } from '../runtime/array.ts'
import type { Next } from './rank.ts'
import type { DType, Rank } from './type.ts'

/** The dtype that an array has by itself; any where that is not written down. */
export type DTypeOf<V> = [ArrayValue] extends [V] ? DType : OwnType<V>
type OwnType<V> =
  V extends NDArray<infer D>
    ? D
    : V extends Uint8ClampedArray
      ? 'uint8'
      : V extends TypedArray
        ? { [D in DType]: V extends DataOf[D] ? Exclude<D, 'bool' | 'float16'> : never }[DType]
        : V extends boolean
          ? 'bool'
          : V extends bigint
            ? 'int64'
            : V extends readonly (infer Item)[]
              ? DTypeOf<Item>
              : 'float32'

/** The rank of an array: so many lists in each other; any where that is not written down. */
export type RankIn<V> = [ArrayValue] extends [V] ? Rank : OwnRank<V>
type OwnRank<V> = V extends number | bigint | boolean
  ? 0
  : V extends NDArray
    ? Rank
    : V extends readonly (infer Item)[]
      ? [Item] extends [never]
        ? 1
        : Next<RankIn<Item>>
      : 1
