/** Sums of products of two tensors by labels: every matrix product is one, transposes and batches included. */
import { axisList, expectList, expectOneOf, expectTensors, namedOptions } from '../arguments.ts'
import { type ContractionOp, type Einsum, register } from '../define.ts'
import { cast, strengthen } from '../elementwise.ts'
import {
  argumentWrong,
  axesWrong,
  axisOutOfRange,
  dimsDiffer,
  dtypeRefused,
  innerDiffers,
  rankRefused,
  rankTooHigh,
  sizeText,
} from '../errors.ts'
import type { CommonType, NeedsTensor } from '../operand.ts'
import { highestRank } from '../rank.ts'
import type { Asked } from '../reduced.ts'
import { type Operand, Tensor } from '../tensor.ts'
import type { RankOf } from '../together.ts'
import {
  allTypes,
  type DimExpr,
  type DType,
  type Equality,
  isFloat,
  isInteger,
  isNumeric,
  numbers,
  type Promote,
  promote,
  type Rank,
  unify,
} from '../type.ts'
import { add, mul } from './arithmetic.ts'
import { ne } from './comparison.ts'
import type {
  DotRank,
  MatmulRank,
  NeedsCount,
  NeedsPairs,
  NeedsProduct,
  NeedsVector,
  TensordotRank,
} from './linalg/known.ts'
import { broadcastShape, reshapeTo, sizeOf } from './move.ts'
import { normalAxis } from './shape.ts'

export const contraction: ContractionOp = register({
  kind: 'contraction',
  name: 'einsum',
  doc: 'A sum of products of two tensors by labels: matmul, dot, tensordot, outer.',
  theano: 'dot',
  accepts: numbers,
  examples: input => [
    contract(input(['m', 'n']), [0, 1], input(['n', 5]), [1, 2], [0, 2]),
    contract(input(['n', 'm']), [1, 0], input([6, 'n']), [2, 1], [2, 0]),
    contract(input([2, 'm', 3]), [0, 1, 2], input([2, 3, 'n']), [0, 2, 3], [0, 1, 3]),
    contract(input(['m', 'n']), [0, 1], input(['n']), [1], [0]),
    contract(input(['m']), [0], input(['n']), [1], [0, 1]),
    contract(input(['n', 3]), [0, 1], input(['n', 3]), [0, 1], []),
  ],
  pullback: (result, g) => {
    const { left, right, out } = result.attrs as Einsum
    const [a, b] = result.inputs as [Tensor, Tensor]
    return isFloat(result.dtype)
      ? [cotangent(a, left, g, out, b, right), cotangent(b, right, g, out, a, left)]
      : [undefined, undefined]
  },
  pushforward: (result, [s, t]) => {
    const [a, b] = result.inputs as [Tensor, Tensor]
    const { left, right, out } = result.attrs as Einsum
    const terms = [s && contract(s, left, b, right, out), t && contract(a, left, t, right, out)].filter(
      (x): x is Tensor => x !== undefined,
    )
    return terms.length === 0 ? undefined : terms.reduce(add)
  },
})

/** The cotangent of one operand: that of the result contracted with the other operand; axes that were only summed are repeated. */
function cotangent(
  x: Tensor,
  labels: readonly number[],
  g: Tensor,
  out: readonly number[],
  other: Tensor,
  otherLabels: readonly number[],
): Tensor {
  const known = labels.filter(label => out.includes(label) || otherLabels.includes(label))
  const partial = contract(g, out, other, otherLabels, known)
  if (known.length === labels.length) return partial
  const shape = labels.map((label, axis) => (known.includes(label) ? x.shape[axis]! : 1))
  return broadcastShape(reshapeTo(partial, shape), x.shape)
}

/** The contraction of two tensors of one dtype whose labelled dims agree. Labels are renumbered by first appearance, so equal contractions are equal nodes. */
export function contract(
  a: Tensor,
  left: readonly number[],
  b: Tensor,
  right: readonly number[],
  out: readonly number[],
  checks: readonly Equality[] = [],
): Tensor {
  const dims = new Map<number, DimExpr>()
  left.forEach((label, axis) => {
    dims.set(label, a.shape[axis]!)
  })
  right.forEach((label, axis) => {
    if (!dims.has(label)) dims.set(label, b.shape[axis]!)
  })
  const renumbered = new Map([...dims.keys()].map((label, i) => [label, i]))
  const rename = (labels: readonly number[]) => labels.map(label => renumbered.get(label)!)
  const attrs: Einsum = { left: rename(left), right: rename(right), out: rename(out) }
  return new Tensor(contraction, [a, b], attrs, { dtype: a.dtype, shape: out.map(label => dims.get(label)!) }, checks)
}

/** Operands of a product: tensors of one numeric dtype. */
export function productOperands(op: string, left: Operand, right: Operand): [Tensor, Tensor] {
  const [a, b] = strengthen(op, [left, right]) as [Tensor, Tensor]
  const dtype = promote(a.dtype, b.dtype)
  if (!isNumeric(dtype)) throw dtypeRefused(op, [a, b], numbers)
  return [cast(a, dtype), cast(b, dtype)]
}

const isTruth = (x: Operand) => typeof x === 'boolean' || (x instanceof Tensor && x.dtype === 'bool')

/** True where a product is of truth values. */
const areTruth = (left: Operand, right: Operand): boolean => isTruth(left) && isTruth(right)

/** A product of truth values, as in NumPy: true where any pair that meets is true on both sides. */
function ofTruth(op: string, product: (a: Tensor, b: Tensor) => Tensor, left: Operand, right: Operand): Tensor {
  const [a, b] = strengthen(op, [left, right]).map(x => cast(x, 'int32')) as [Tensor, Tensor]
  return ne(product(a, b), 0)
}

/** Options of products: the dtype that operands are cast to first, as in NumPy. */
export interface ProductOptions {
  dtype?: DType | undefined
}

/** NumPy's casting of the same kind: whether operands of a dtype may be taken in another one. */
const isSameKind = (from: DType, to: DType): boolean =>
  isFloat(to) || (isInteger(to) && !isFloat(from) && (!to.startsWith('u') || !from.startsWith('i')))

/** Operands of a product in the dtype that is asked for. */
function operandsAs(op: string, left: Tensor, right: Tensor, dtype: DType): [Tensor, Tensor] {
  const accepted = allTypes.filter(from => isSameKind(from, dtype))
  if ([left, right].some(x => !accepted.includes(x.dtype))) throw dtypeRefused(op, [left, right], accepted)
  return [cast(left, dtype), cast(right, dtype)]
}

/**
 * The matrix product over the last axis of a and the second last of b (the last, where b is a vector); leading axes
 * are batches and broadcast, as in NumPy. Vectors lose their axis.
 *
 * `dtype` casts the operands first: a product of int8 or uint8 is one of that dtype, and wraps, unless `dtype: 'int32'`
 * asks for more. Compiled to wasm, matrices of bool, int8, uint8 and int16 that are cast to int32 (by this, or for any
 * other product by `cast`) stay small in memory and are multiplied two by two, exactly.
 */
export function matmul<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  O extends ProductOptions = ProductOptions,
>(
  left: Tensor<D, R> & NeedsVector<R>,
  right: Tensor<E, S> & NeedsVector<S> & NeedsProduct<D, E>,
  options?: O,
): Tensor<Asked<O, Promote<D, E>>, MatmulRank<R, S>>
export function matmul<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  left: Tensor<D, R> & NeedsVector<R>,
  right: Tensor<E, S> & NeedsVector<S> & NeedsProduct<D, E>,
): Tensor<Promote<D, E>, MatmulRank<R, S>>
export function matmul(left: Tensor, right: Tensor, options: ProductOptions = {}): Tensor {
  expectTensors('matmul', left, right)
  // `reduce` of an array passes a place.
  const { dtype } = typeof options === 'number' ? {} : namedOptions('matmul', options, ['dtype'])
  if (left.ndim === 0 || right.ndim === 0) throw rankRefused('matmul', [left, right], 'at least one axis on both sides')
  if (areTruth(left, right) && (dtype ?? 'bool') === 'bool') return ofTruth('matmul', matmul, left, right)
  if (dtype) expectOneOf('matmul', 'dtype', dtype, allTypes)
  const [a, b] = dtype ? operandsAs('matmul', left, right, dtype) : productOperands('matmul', left, right)
  const batchRank = Math.max(a.ndim, b.ndim, 2) - 2
  const [row, inner, column] = [batchRank, batchRank + 1, batchRank + 2]
  const checks = agree('matmul', left, right, a.ndim - 1, Math.max(b.ndim - 2, 0))
  const batch: number[] = []
  const labels = (x: Tensor, own: number[]) => {
    const lead = Math.max(x.ndim - 2, 0)
    return [...Array.from({ length: lead }, (_, i) => batchRank - lead + i), ...own]
  }
  const [x, xLabels] = dropOnes(a, labels(a, a.ndim === 1 ? [inner] : [row, inner]), batchRank)
  const [y, yLabels] = dropOnes(b, labels(b, b.ndim === 1 ? [inner] : [inner, column]), batchRank)
  for (let label = 0; label < batchRank; label++) {
    const [i, j] = [xLabels.indexOf(label), yLabels.indexOf(label)]
    if (i >= 0 && j >= 0) {
      const unified = unify(x.shape[i]!, y.shape[j]!)
      if (unified === 'differ')
        throw dimsDiffer('matmul', [left, right], label - batchRank - 2, x.shape[i]!, y.shape[j]!)
      if (unified.check) checks.push(unified.check)
    }
    if (i >= 0 || j >= 0) batch.push(label)
  }
  const own = [...(a.ndim === 1 ? [] : [row]), ...(b.ndim === 1 ? [] : [column])]
  const product = contract(x, xLabels, y, yLabels, [...batch, ...own], checks)
  if (batch.length === batchRank) return product
  // Both operands have size 1 along some batch axes: those were left out and come back as 1.
  const shape: DimExpr[] = []
  for (let label = 0, next = 0; label < batchRank; label++)
    shape.push(batch.includes(label) ? product.shape[next++]! : 1)
  return reshapeTo(product, [...shape, ...product.shape.slice(batch.length)])
}

/** A batch axis of size 1 broadcasts: it loses its label, and the operand its axis. */
function dropOnes(x: Tensor, labels: readonly number[], batchRank: number): [Tensor, number[]] {
  const kept = labels.flatMap((label, axis) => (label < batchRank && x.shape[axis] === 1 ? [] : [axis]))
  if (kept.length === labels.length) return [x, [...labels]]
  return [
    reshapeTo(
      x,
      kept.map(axis => x.shape[axis]!),
    ),
    kept.map(axis => labels[axis]!),
  ]
}

/** What must hold where two axes meet; throws when their sizes differ. */
export function agree(op: string, left: Tensor, right: Tensor, i: number, j: number): Equality[] {
  const [a, b] = [left.shape[i]!, right.shape[j]!]
  const unified = unify(a, b)
  if (unified === 'differ') throw innerDiffers(op, left, right, sizeText(a), sizeText(b))
  return unified.check ? [unified.check] : []
}

/**
 * NumPy's dot: the sum over the last axis of a and the second last of b (the last, where b is a vector); of a scalar and
 * any tensor the product.
 */
export function dot<A extends Operand, B extends Operand>(
  left: A,
  right: B & NeedsTensor<A | B> & NeedsProduct<CommonType<[A]>, CommonType<[B]>>,
): Tensor<CommonType<[A, B]>, DotRank<RankOf<A>, RankOf<B>>>
export function dot(left: Operand, right: Operand): Tensor {
  if (areTruth(left, right)) return ofTruth('dot', dot, left, right)
  const [a, b] = productOperands('dot', left, right)
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b)
  return tensordot(a, b, [a.ndim - 1, Math.max(b.ndim - 2, 0)])
}

/**
 * Axes to sum over: those of a first and those of b second, each a number or a list; a number n alone means the last n of a
 * with the first n of b.
 */
export type TensordotAxes = number | readonly [number | readonly number[], number | readonly number[]]

/** The sum over pairs of axes (two when absent): the result has the other axes of a, then those of b. */
export function tensordot<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  const A extends TensordotAxes = 2,
>(
  left: Tensor<D, R>,
  right: Tensor<E, S> & NeedsProduct<D, E> & (A extends number ? NeedsCount<R, S, A> : unknown),
  axes?: A & NeedsPairs<R, S, A>,
): Tensor<Promote<D, E>, TensordotRank<R, S, A>>
export function tensordot(left: Tensor, right: Tensor, axes: TensordotAxes = 2): Tensor {
  const op = 'tensordot'
  expectTensors(op, left, right)
  if (areTruth(left, right)) return ofTruth(op, (a, b) => tensordot(a, b, axes as number), left, right)
  const [a, b] = productOperands(op, left, right)
  const [over, under] = pairedAxes(op, a, b, axes)
  const checks = over.flatMap((i, k) => agree(op, a, b, i, under[k]!))
  const leftLabels = a.shape.map((_, i) => i)
  const rightLabels = b.shape.map((_, j) => (under.includes(j) ? over[under.indexOf(j)]! : a.ndim + j))
  const out = [...leftLabels.filter(i => !over.includes(i)), ...rightLabels.filter((_, j) => !under.includes(j))]
  if (out.length > highestRank) throw rankTooHigh(op, out.length)
  return contract(a, leftLabels, b, rightLabels, out, checks)
}

/** The axes of both operands that are summed over, from 0 on; behind `batch` leading ones. */
export function pairedAxes(op: string, a: Tensor, b: Tensor, axes: TensordotAxes, batch = 0): [number[], number[]] {
  if (typeof axes === 'number') {
    const most = Math.min(a.ndim, b.ndim) - batch
    if (!Number.isInteger(axes) || axes < 0 || axes > most) throw axisOutOfRange(op, a.ndim <= b.ndim ? a : b, axes)
    const count = Array.from({ length: axes }, (_, i) => i)
    return [count.map(i => a.ndim - axes + i), count.map(i => batch + i)]
  }
  expectList(op, 'a number of axes, or two lists of them', axes)
  if (axes.length !== 2) throw argumentWrong(op, 'a number of axes, or two lists of them', axes)
  const lists = axes.map(list => axisList(op, list))
  const [over, under] = lists.map((list, side) => list.map(axis => normalAxis(op, side === 0 ? a : b, axis)))
  for (const [x, list] of [[a, over!] as const, [b, under!] as const])
    if (new Set(list).size !== list.length || list.some(axis => axis < batch))
      throw axesWrong(op, x, list, batch > 0 ? `each axis once, from ${batch} on` : 'each axis once')
  if (over!.length !== under!.length)
    throw axesWrong(op, b, under!, `as many axes of the right as of the left, ${over!.length}`)
  return [over!, under!]
}

/** Every product of an element of a with one of b, both flattened. */
export function outer<A extends Operand, B extends Operand>(
  left: A,
  right: B & NeedsTensor<A | B> & NeedsProduct<CommonType<[A]>, CommonType<[B]>>,
): Tensor<CommonType<[A, B]>, 2>
export function outer(left: Operand, right: Operand): Tensor {
  if (areTruth(left, right)) return ofTruth('outer', outer, left, right)
  const [a, b] = productOperands('outer', left, right).map(x => reshapeTo(x, [sizeOf(x)])) as [Tensor, Tensor]
  return contract(a, [0], b, [1], [0, 1])
}
