/** Tensors put together, beyond `concatenate` and `stack`. */
import { expectList, expectTensorList } from '../arguments.ts'
import { type DimExpr, dimAdd } from '../dims.ts'
import { rankRefused } from '../errors.ts'
import type { Next, Rank } from '../rank.ts'
import type { Refused } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { NeedsSameRank, SameRank, TogetherType } from '../together.ts'
import type { DType } from '../type.ts'
import { atleast1d, atleast2d, atleast3d } from './axes.ts'
import { zeros } from './create.ts'
import { concatenate, stack } from './shape.ts'

/** Tensors side by side: vectors end to end, others along their second axis. */
export function hstack<const L extends readonly Tensor[]>(
  xs: L & NeedsSameRank<L, 1>,
): Tensor<TogetherType<L>, SameRank<L, 1>>
export function hstack(xs: readonly Tensor[]): Tensor {
  expectTensorList('hstack', xs)
  const parts = atLeastOne('hstack', xs).map((x): Tensor => atleast1d(x))
  return concatenate(parts, { axis: parts[0]!.ndim === 1 ? 0 : 1 })
}

/** Tensors one below the other: vectors as rows, others along their first axis. */
export const vstack = <const L extends readonly Tensor[]>(
  xs: L & NeedsSameRank<L, 2>,
): Tensor<TogetherType<L>, SameRank<L, 2>> =>
  concatenate(atLeastOne('vstack', xs).map((x): Tensor => atleast2d(x))) as never

/** Tensors one behind the other along a third axis. */
export const dstack = <const L extends readonly Tensor[]>(
  xs: L & NeedsSameRank<L, 3>,
): Tensor<TogetherType<L>, SameRank<L, 3>> =>
  concatenate(
    atLeastOne('dstack', xs).map((x): Tensor => atleast3d(x)),
    { axis: 2 },
  ) as never

/** Matrices along a diagonal, each in rows and columns of its own, and zeros elsewhere: SciPy's block_diag. */
export function blockDiag<const L extends readonly Tensor[]>(
  ...matrices: L & (2 extends SameRank<L> ? unknown : Refused<'matrices'>)
): Tensor<TogetherType<L>, 2>
export function blockDiag(...matrices: readonly Tensor[]): Tensor {
  atLeastOne('blockDiag', matrices)
  if (matrices.some(x => x.ndim !== 2)) throw rankRefused('blockDiag', matrices, 'matrices')
  const widths = matrices.map(x => x.shape[1]!)
  const columns = (sizes: readonly DimExpr[]) => sizes.reduce((a, b) => dimAdd(a, b), 0)
  const bands = matrices.map((x, i): Tensor => {
    const empty = (sizes: readonly DimExpr[]): Tensor => zeros([x.shape[0]!, columns(sizes)], x.dtype)
    return concatenate([empty(widths.slice(0, i)), x, empty(widths.slice(i + 1))], { axis: 1 })
  })
  return concatenate(bands)
}

function atLeastOne(op: string, xs: readonly Tensor[]): readonly Tensor[] {
  expectTensorList(op, xs)
  if (xs.length === 0) throw rankRefused(op, [], 'at least one tensor')
  return xs
}

/** Scalars and tensors of one shape in lists, or lists of lists: each level of lists is a new axis. */
export type Nested = readonly (Tensor | number | Nested)[]

/** A rank more for each level of lists. */
type NestedRank<L> = [Nested] extends [L]
  ? Rank
  : L extends readonly (infer Item)[]
    ? Next<NestedRank<Item>>
    : L extends Tensor<DType, infer R>
      ? R
      : 0

/** What stands in nested lists, one after the other. */
type Leaves<L> = L extends readonly [infer X, ...infer Rest]
  ? [...(X extends readonly unknown[] ? Leaves<X> : [X]), ...Leaves<Rest>]
  : L extends readonly []
    ? []
    : L extends readonly (infer X extends Tensor | number)[]
      ? X[]
      : (Tensor | number)[]

/** The dtype that all in nested lists promote to: any where lists are not written down. */
type NestedType<L> = Leaves<L> extends infer All extends (Tensor | number)[] ? TogetherType<All> : never

/** One tensor of nested lists of tensors and numbers: `stackLists([[a, 0], [0, a]])`; Theano's stacklists. */
export function stackLists<const L extends Nested>(lists: L): Tensor<NestedType<L>, NestedRank<L>>
export function stackLists(lists: Nested): Tensor {
  expectList('stackLists', 'nested lists of tensors', lists)
  return stack(lists.map(item => (Array.isArray(item) ? stackLists(item as Nested) : (item as Tensor | number))))
}
