/** What the editor knows of products and of functions of matrices before they run. */
import type { AtLeast, CountOf, Length, MaxRank, Minus, Plus, Previous, Rank } from '../../rank.ts'
import type { NeedsAxis } from '../../reduced.ts'
import type { IsNever, Needs, NeedsNumber, Unless } from '../../refused.ts'
import type { DType, Integer, Promote } from '../../type.ts'

/** The dtype in which routines compute: float32 but for float64. */
export type Real<D extends DType> = D extends 'float64' ? 'float64' : 'float32'

/** A dtype that routines take. */
export type NeedsReal<D extends DType> = Needs<D, Integer | 'float32' | 'float64', `float32 or float64, not ${D}`>

/** A rank of matrices, or of stacks of them. */
export type NeedsMatrix<R extends Rank> = Needs<R, AtLeast<2>, `a matrix, not rank ${R}`>

/** A rank of at least one axis. */
export type NeedsVector<R extends Rank> = Needs<R, AtLeast<1>, 'at least one axis, not a scalar'>

/** A dtype that products have: of bool with bool too where it is of two. */
export type NeedsProduct<D extends DType, E extends DType> = [D | E] extends ['bool']
  ? unknown
  : NeedsNumber<Promote<D, E>>

/** The rank of sums over an axis of both; scalars multiply. */
export type DotRank<R extends Rank, S extends Rank> = [Rank] extends [R]
  ? Rank
  : [Rank] extends [S]
    ? Rank
    : R extends 0
      ? S
      : S extends 0
        ? R
        : Plus<Previous<R>, Previous<S>>

/** The rank of matrix products, leading axes broadcasting: vectors lose their axis. */
export type MatmulRank<R extends Rank, S extends Rank> = [Rank] extends [R]
  ? Rank
  : [Rank] extends [S]
    ? Rank
    : R extends 1
      ? S extends 1
        ? 0
        : Previous<S>
      : S extends 1
        ? Previous<R>
        : MaxRank<R, S>

/** The rank of what solves systems with vectors or stacks of columns on the right. */
export type SolvedRank<R extends Rank, S extends Rank> = [Rank] extends [S]
  ? Rank
  : S extends 1
    ? Previous<R>
    : MaxRank<R, S>

/** The rank that a sum over pairs of axes leaves, beside `Batch` leading ones that both have. */
export type TensordotRank<R extends Rank, S extends Rank, A, Batch extends Rank = 0> =
  PairsOf<A> extends infer N extends Rank ? Minus<Plus<Minus<R, N>, Minus<S, N>>, Batch> : Rank

type PairsOf<A> = A extends number
  ? number extends A
    ? Rank
    : Extract<A, Rank>
  : A extends readonly [infer Over, unknown]
    ? CountOf<Over>
    : Rank

/** The rank that the text of an `einsum` names behind its arrow. */
export type EinsumRank<Text extends string> = string extends Text
  ? Rank
  : Text extends `${string}->${infer Out}`
    ? Letters<Out>
    : Rank

type Letters<Text extends string, Found extends readonly 0[] = []> = Text extends `${infer Letter}${infer Rest}`
  ? Letter extends '.'
    ? Rank
    : Letters<Rest, Letter extends ' ' ? Found : [...Found, 0]>
  : Length<Found>

/** A vector is laid on a diagonal, the diagonal of a matrix is taken. */
export type DiagRank<R extends Rank> = [Rank] extends [R] ? 1 | 2 : R extends 1 ? 2 : R extends 2 ? 1 : never

/** Nothing where two ranks may be the same, or the second so many more. */
export type NeedsRank<S extends Rank, Wanted extends Rank> = Needs<S, Wanted, `rank ${Wanted}, not ${S}`>

/** Nothing where both ranks have the axes that lists name. */
export type NeedsPairs<R extends Rank, S extends Rank, A> = A extends readonly [infer Over, infer Under]
  ? NeedsAxis<R, Over> & NeedsAxis<S, Under>
  : unknown

/** Nothing where both ranks have as many axes as a sum is over. */
export type NeedsCount<R extends Rank, S extends Rank, A> = Unless<
  IsNever<TensordotRank<R, S, A>>,
  `enough axes for ${A extends number ? A : 'all'} pairs of ranks ${R} and ${S}`
>
