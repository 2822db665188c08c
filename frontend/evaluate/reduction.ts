/** Folds over axes, and sums of products by labels. */
import type { Einsum, ReductionOp } from '../define.ts'
import { nothingReduced } from '../errors.ts'
import { folds } from '../folds.ts'
import { rounding } from '../host.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'
import { type Block, emptyBlock } from './block.ts'
import { offsets, rowMajor } from './strides.ts'

type Scalar = number | bigint

/** A fold in index order, in the dtype that the op accumulates in. */
export function evaluateReduction(node: Tensor, [x]: readonly Block[], shape: readonly number[]): Block {
  const op = node.op as ReductionOp
  const { axes, total } = node.attrs as ReduceAttrs
  const strides = rowMajor(x!.shape)
  const pick = (list: readonly number[], reduced: boolean) => list.filter((_, axis) => axes.includes(axis) === reduced)
  const starts = offsets(shape, pick(strides, false))
  const inner = offsets(pick(x!.shape, true), pick(strides, true))
  if (inner.length === 0 && starts.length > 0 && folds[op.fold].needsElements && !total) throw nothingReduced(node)
  const result = emptyBlock(node.dtype, shape)
  const fold = folds[op.fold].replaces ? locate : accumulate
  const { accumulate: dtype } = op.typing(x!.dtype)!
  const last = rounding(node.dtype)
  for (let i = 0; i < starts.length; i++) result.cells[i] = last(fold(op, dtype, x!, starts[i]!, inner))
  return result
}

function accumulate(op: ReductionOp, dtype: DType, x: Block, start: number, inner: Int32Array): Scalar {
  const { identity, combine } = folds[op.fold]
  const round = rounding(dtype)
  let total = identity(dtype)
  for (let j = 0; j < inner.length; j++) total = round(combine(total, x.cells[start + inner[j]!]!))
  return total
}

function locate(op: ReductionOp, dtype: DType, x: Block, start: number, inner: Int32Array): Scalar {
  const { identity, replaces } = folds[op.fold]
  let [best, position] = [identity(dtype), 0]
  for (let j = 0; j < inner.length; j++) {
    const next = x.cells[start + inner[j]!]!
    if (!replaces!(best, next)) continue
    best = next
    position = j
  }
  return position
}

/** A sum of products: floats in float64, integers wrapping. */
export function evaluateContraction(node: Tensor, [a, b]: readonly Block[], shape: readonly number[]): Block {
  const { left, right, out } = node.attrs as Einsum
  const sizes = new Map<number, number>()
  for (const [axis, label] of left.entries()) sizes.set(label, a!.shape[axis]!)
  for (const [axis, label] of right.entries()) sizes.set(label, b!.shape[axis]!)
  const summed = [...sizes.keys()].filter(label => !out.includes(label))
  const steps = (x: Block, labels: readonly number[], along: readonly number[]) => {
    const strides = rowMajor(x.shape)
    // A label that stands twice in one operand walks along its diagonal.
    const by = along.map(label => strides.reduce((sum, step, axis) => (labels[axis] === label ? sum + step : sum), 0))
    return offsets(
      along.map(label => sizes.get(label)!),
      by,
    )
  }
  const [x, y] = [
    { cells: a!.cells, starts: steps(a!, left, out), inner: steps(a!, left, summed) },
    { cells: b!.cells, starts: steps(b!, right, out), inner: steps(b!, right, summed) },
  ]
  const result = emptyBlock(node.dtype, shape)
  const product = node.dtype === 'int64' ? bigProduct : isFloat(node.dtype) ? floatProduct : wrappedProduct
  const last = rounding(node.dtype)
  for (let i = 0; i < result.cells.length; i++) result.cells[i] = last(product(x, y, i))
  return result
}

/** One side of a contraction: where each result starts in it, and the steps of the sum from there. */
interface Side {
  cells: ArrayLike<Scalar>
  starts: Int32Array
  inner: Int32Array
}

function floatProduct(x: Side, y: Side, i: number): number {
  const [a, b, p, q] = [x.cells as ArrayLike<number>, y.cells as ArrayLike<number>, x.inner, y.inner]
  const [s, t] = [x.starts[i]!, y.starts[i]!]
  let sum = 0
  for (let k = 0; k < p.length; k++) sum += a[s + p[k]!]! * b[t + q[k]!]!
  return sum
}

function wrappedProduct(x: Side, y: Side, i: number): number {
  let sum = 0
  for (let k = 0; k < x.inner.length; k++) {
    const [a, b] = [x.cells[x.starts[i]! + x.inner[k]!], y.cells[y.starts[i]! + y.inner[k]!]]
    sum = (sum + Math.imul(a as number, b as number)) | 0
  }
  return sum
}

function bigProduct(x: Side, y: Side, i: number): bigint {
  let sum = 0n
  for (let k = 0; k < x.inner.length; k++) {
    sum += (x.cells[x.starts[i]! + x.inner[k]!] as bigint) * (y.cells[y.starts[i]! + y.inner[k]!] as bigint)
  }
  return sum
}
