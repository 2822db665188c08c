/** Attention: values averaged by how well their keys answer each query. */
import { expectTensorOptions, expectTensors, namedOptions } from '../arguments.ts'
import { dimFloorDiv, dimMul } from '../dims.ts'
import { dtypeRefused, rankRefused, sizeText } from '../errors.ts'
import { constant } from '../leaf.ts'
import { add, mul, reciprocal, sqrt } from '../ops/arithmetic.ts'
import { le, where } from '../ops/comparison.ts'
import { matmul } from '../ops/contract.ts'
import { dimValue, position } from '../ops/create.ts'
import type { MatmulRank, NeedsMatrix } from '../ops/linalg/known.ts'
import { reshapeTo } from '../ops/move.ts'
import { swapaxes } from '../ops/shape.ts'
import { softmax } from '../ops/softmax.ts'
import type { NeedsFloat } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, divides, floats, isFloat, type Promote, type Rank } from '../type.ts'
import { channelsDiffer, windowOption } from './errors.ts'
import type { MaskedRank, MaskedType } from './known.ts'

export interface AttentionOptions<Mask extends Tensor = Tensor, Heads extends number = number> {
  /**
   * What broadcasts against the scores [..., queries, keys]: bool, true where a query may see a key, or numbers that are
   * added to the scores. A query that may see no key averages all values alike.
   */
  mask?: Mask
  /** Query i sees keys up to i alone. */
  causal?: boolean
  /** What the products of queries and keys are multiplied with: 1 over the root of their length when absent. */
  scale?: number
  /** Queries, keys and values in so many parts of the last axis, each with an attention of its own: 1 when absent. */
  heads?: Heads
}

/**
 * softmax(q k^T scale + mask) v for queries [..., queries, length], keys [..., keys, length] and values [..., keys, width]:
 * [..., queries, width]. Vaswani and others, Attention is all you need, 2017, equation 1, and of several heads section 3.2.2.
 */
export function scaledDotProductAttention<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  F extends DType,
  T extends Rank,
  Mask extends Tensor = never,
  Heads extends number = 1,
>(
  q: Tensor<D, R> & NeedsFloat<D> & NeedsMatrix<R>,
  k: Tensor<E, S> & NeedsFloat<E> & NeedsMatrix<S>,
  v: Tensor<F, T> & NeedsFloat<F> & NeedsMatrix<T>,
  options?: AttentionOptions<Mask, Heads>,
): Tensor<Promote<MaskedType<Promote<D, E>, Mask>, F>, MatmulRank<MaskedRank<MatmulRank<R, S>, Mask, Heads>, T>>
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  expectTensors('scaledDotProductAttention', q, k, v)
  const op = 'scaledDotProductAttention'
  const { heads = 1, mask, causal = false, scale } = namedOptions(op, options, ['heads', 'mask', 'causal', 'scale'])
  expectTensorOptions(op, { mask })
  for (const x of [q, k, v]) if (!isFloat(x.dtype)) throw dtypeRefused(op, [x], floats)
  if ([q, k, v].some(x => x.ndim < 2)) throw rankRefused(op, [q, k, v], 'queries, keys and values of at least two axes')
  if (!(Number.isSafeInteger(heads) && heads > 0)) throw windowOption(op, 'heads', heads, 'a whole number from 1 on')
  const [queries, keys, values] = heads === 1 ? [q, k, v] : [q, k, v].map((x, i) => intoHeads(op, x, heads, 'qkv'[i]!))
  const length = dimValue(queries!.shape.at(-1)!, queries!.dtype)
  const products = matmul(queries!, swapaxes(keys!, -1, -2))
  const scores = scale === undefined ? mul(products, reciprocal(sqrt(length))) : mul(products, scale)
  const answers = matmul(softmax(masked(scores, mask, causal)), values!)
  return heads === 1 ? answers : fromHeads(answers)
}

/** Less than any score that matters, and finite, so that a query without keys is no 0 / 0. */
const unseen = (x: Tensor) => constant(x.dtype === 'float16' ? -6e4 : -1e9, x.dtype)

function masked(scores: Tensor, mask: Tensor | undefined, causal: boolean): Tensor {
  const given =
    mask === undefined ? scores : mask.dtype === 'bool' ? where(mask, scores, unseen(scores)) : add(scores, mask)
  if (!causal) return given
  const shape = scores.shape.slice(-2)
  return where(le(position('$1', shape, 'int32'), position('$0', shape, 'int32')), given, unseen(scores))
}

/** [..., n, heads * length] as [..., heads, n, length]. */
function intoHeads(op: string, x: Tensor, heads: number, name: string): Tensor {
  const length = x.shape.at(-1)!
  const checks = divides(heads, length)
  if (checks === 'differ')
    throw channelsDiffer(op, `a last axis of ${sizeText(length)} does not make ${heads} heads of equal size`, [
      [name, x],
    ])
  const shape = [...x.shape.slice(0, -1), heads, dimFloorDiv(length, heads)]
  const split = reshapeTo(x, shape, checks)
  return swapaxes(split, -2, -3)
}

function fromHeads(x: Tensor): Tensor {
  const moved = swapaxes(x, -2, -3)
  const [heads, length] = moved.shape.slice(-2)
  return reshapeTo(moved, [...moved.shape.slice(0, -2), dimMul(heads!, length!)])
}
