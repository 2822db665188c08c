/**
 * The rank of `x[...]` as a type: items, texts among them taken apart as `readItems` does, each use up axes of x and make
 * axes of the result. Lists of zeros count. Where something is only known when the program runs, the rank is any.
 */
import type { AxesOf, Depth, Length } from '../rank.ts'
import type { Unless } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank } from '../type.ts'
import type { IndexArray } from './slice.ts'

type Items = readonly unknown[]
type Count = readonly 0[]

/** The rank of a tensor of rank R indexed by a list of items. */
export type IndexedRank<R extends Rank, I extends Items> = Rank extends R
  ? Rank
  : number extends I['length']
    ? Rank
    : Counted<AxesOf[R], Flat<I>> extends infer S extends Rank
      ? S
      : Rank

/** Refuses items that need more axes than a tensor of rank R has. */
export type NeedsItems<R extends Rank, I extends Items> = Rank extends R
  ? unknown
  : number extends I['length']
    ? unknown
    : Unless<Same<Counted<AxesOf[R], Flat<I>>, TooMany>, `items for axes that there are, of rank ${R}`>

/** What is counted of items for which no axis is left. */
type TooMany = 'too many'

type Same<A, B> = [A] extends [B] ? true : false

// ------------------------------------------------------------------------------------------------ texts taken apart

/** What a slice in a text counts as. */
type Range = { step?: unknown }

/** Items without texts; anything where a text is not written down. */
type Flat<I extends Items, Out extends Items = []> = I extends readonly [infer Item, ...infer Rest]
  ? Item extends string
    ? string extends Item
      ? 'unknown'
      : FlatText<Item, Rest, Out>
    : Flat<Rest, [...Out, Item]>
  : Out

type FlatText<Text extends string, Rest extends Items, Out extends Items> = Text extends `${infer One},${infer More}`
  ? ReadOne<Trim<One>, Rest> extends [infer Item, infer Left extends Items]
    ? FlatText<More, Left, [...Out, Item]>
    : 'unknown'
  : ReadOne<Trim<Text>, Rest> extends [infer Item, infer Left extends Items]
    ? Flat<Left, [...Out, Item]>
    : 'unknown'

/** What one part of a text stands for, and the arguments that are left. */
type ReadOne<Text extends string, Rest extends Items> = Text extends '$'
  ? Rest extends readonly [infer Item, ...infer Left]
    ? [Item, Left]
    : never
  : Text extends '...'
    ? ['...', Rest]
    : Text extends 'None' | 'newaxis'
      ? [null, Rest]
      : Text extends `${string}:${string}`
        ? [Range, WithoutBounds<Text, Rest>]
        : [0, Rest]

/** Arguments without those that `$` in a slice stands for. */
type WithoutBounds<Text extends string, Rest extends Items> = Text extends `${string}$${infer More}`
  ? WithoutBounds<More, Rest extends readonly [unknown, ...infer Left] ? Left : []>
  : Rest

type Trim<Text extends string> = Text extends ` ${infer More}` | `${infer More} ` ? Trim<More> : Text

// ---------------------------------------------------------------------------------------------------------- counting

/** The rank that items leave of the axes of x: those not used, those made, and those that indices have together. */
type Counted<Left extends Count, I, Made extends Count = [], Block extends Count = []> = I extends readonly [
  infer Item,
  ...infer Rest,
]
  ? [Item] extends ['...']
    ? Counted<Left, Rest, Made, Block>
    : [Item] extends [null | 'newaxis']
      ? Counted<Left, Rest, [...Made, 0], Block>
      : [Item] extends [number]
        ? Left extends readonly [0, ...infer Others extends Count]
          ? Counted<Others, Rest, Made, Block>
          : TooMany
        : Item extends Tensor<infer D, infer S>
          ? Index<Left, Rest, Made, Block, D, S>
          : Item extends Items
            ? Index<Left, Rest, Made, Block, Leaf<Item> extends boolean ? 'bool' : 'int32', Depth<Item>>
            : Left extends readonly [0, ...infer Others extends Count]
              ? Counted<Others, Rest, [...Made, 0], Block>
              : TooMany
  : I extends readonly []
    ? Length<[...Left, ...Made, ...Block]>
    : Rank

/** An index of a dtype and rank: a mask uses as many axes as it has and is one, others use one and are as many. */
type Index<
  Left extends Count,
  Rest,
  Made extends Count,
  Block extends Count,
  D extends DType,
  S extends Rank,
> = Rank extends S
  ? Rank
  : DType extends D
    ? Rank
    : D extends 'bool'
      ? Left extends readonly [...AxesOf[S], ...infer Others extends Count]
        ? Counted<Others, Rest, Made, Longer<Block, [0]>>
        : TooMany
      : Left extends readonly [0, ...infer Others extends Count]
        ? Counted<Others, Rest, Made, Longer<Block, AxesOf[S]>>
        : TooMany

type Longer<A extends Count, B extends Count> = A extends readonly [...B, ...Count] ? A : B

/** The rank of an index in lists; any where that is not written down. */
export type ListRank<L extends IndexArray> = [IndexArray] extends [L] ? Rank : Depth<L>

/** What lists hold. */
type Leaf<A> = A extends readonly (infer Item)[] ? ([Item] extends [never] ? number : Leaf<Item>) : A
