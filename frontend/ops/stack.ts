/** Tensors put together, beyond `concatenate` and `stack`. */
import { expectList, expectTensorList } from '../arguments.ts'
import { rankRefused } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { atleast1d, atleast2d, atleast3d } from './axes.ts'
import { concatenate, stack } from './shape.ts'

/** Tensors side by side: vectors end to end, others along their second axis. */
export function hstack(xs: readonly Tensor[]): Tensor {
  expectTensorList('hstack', xs)
  const parts = atLeastOne('hstack', xs).map(atleast1d)
  return concatenate(parts, { axis: parts[0]!.ndim === 1 ? 0 : 1 })
}

/** Tensors one below the other: vectors as rows, others along their first axis. */
export const vstack = (xs: readonly Tensor[]): Tensor => concatenate(atLeastOne('vstack', xs).map(atleast2d))

/** Tensors one behind the other along a third axis. */
export const dstack = (xs: readonly Tensor[]): Tensor =>
  concatenate(atLeastOne('dstack', xs).map(atleast3d), { axis: 2 })

function atLeastOne(op: string, xs: readonly Tensor[]): readonly Tensor[] {
  expectTensorList(op, xs)
  if (xs.length === 0) throw rankRefused(op, [], 'at least one tensor')
  return xs
}

/** Scalars and tensors of one shape in lists, or lists of lists: each level of lists is a new axis. */
export type Nested = readonly (Tensor | number | Nested)[]

/** One tensor of nested lists of tensors and numbers: `stackLists([[a, 0], [0, a]])`; Theano's stacklists. */
export function stackLists(lists: Nested): Tensor {
  expectList('stackLists', 'nested lists of tensors', lists)
  return stack(lists.map(item => (Array.isArray(item) ? stackLists(item) : (item as Tensor | number))))
}
