/** Shared variables: arrays that stay between calls. */
import type { ArrayValue, NDArray } from '../runtime/array.ts'
import { namedOptions } from './arguments.ts'
import { argumentWrong, sharedNeedsValue } from './errors.ts'
import { evaluate } from './evaluate.ts'
import type { DTypeOf, RankIn } from './given.ts'
import { topological } from './graph.ts'
import { arrayFor, isInput, sharedFrom } from './leaf.ts'
import type { Length } from './rank.ts'
import { Tensor } from './tensor.ts'
import type { DType } from './type.ts'

export interface SharedOptions<
  D extends DType,
  S extends readonly number[] | undefined = readonly number[] | undefined,
> {
  /** The dtype; that of an array or tensor, float32 for plain numbers when absent. */
  dtype?: D
  /** The shape of a typed array, which has none of its own; otherwise that of the value. */
  shape?: S
}

type SharedRank<V, S> = S extends readonly number[] ? Length<S> : V extends Tensor<DType, infer R> ? R : RankIn<V>

/**
 * A shared variable: it keeps its value between calls, and updates replace it. `value` is a number, nested arrays, an
 * NDArray, a typed array with its `shape`, or a Tensor without inputs, which is evaluated once. Values are copied. Throws
 * when an integer dtype cannot hold a value, and when the tensor depends on inputs.
 */
export function shared<
  V extends ArrayValue | Tensor,
  D extends DType = V extends Tensor<infer E> ? E : DTypeOf<V>,
  const S extends readonly number[] | undefined = undefined,
>(value: V, name?: string, options?: SharedOptions<D, S>): Tensor<NoInfer<D>, SharedRank<V, S>>
export function shared(value: ArrayValue | Tensor, name?: string, options: SharedOptions<DType> = {}): Tensor {
  namedOptions('shared', options, ['dtype', 'shape'])
  if (name !== undefined && typeof name !== 'string') throw argumentWrong('shared', 'a name', name)
  const initial = value instanceof Tensor ? evaluated(value) : value
  return sharedFrom(arrayFor('shared', initial, options), name)
}

function evaluated(tensor: Tensor): NDArray {
  const inputs = topological([tensor]).filter(isInput)
  if (inputs.length > 0) throw sharedNeedsValue(tensor, inputs)
  return evaluate([tensor])[0]!
}
