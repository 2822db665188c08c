/** What an anchor's loops look like: the axes that it keeps, those that it folds, and what it reads at each. */
import type { Einsum, Scatter } from '../define.ts'
import type { Index } from '../dims.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import type { Tensor } from '../tensor.ts'
import type { DimExpr, Shape } from '../type.ts'

/** Axes that are loops: those of size 1 are not. */
export function loopAxes(shape: Shape): number[] {
  return shape.flatMap((dim, axis) => (dim === 1 ? [] : [axis]))
}

/** Labels that a contraction sums over, by first appearance. */
function summedLabels({ left, right, out }: Einsum): number[] {
  return [...new Set([...left, ...right])].filter(label => !out.includes(label))
}

/** The dim of a label of a contraction. */
function labelDim(node: Tensor, label: number): DimExpr {
  const { left, right } = node.attrs as Einsum
  const [a, b] = node.inputs as [Tensor, Tensor]
  return left.includes(label) ? a.shape[left.indexOf(label)]! : b.shape[right.indexOf(label)]!
}

/** True for anchors that fold: reductions, and contractions that sum over something. */
export function isFold(node: Tensor): boolean {
  return (
    node.op.kind === 'reduction' || (node.op.kind === 'contraction' && summedLabels(node.attrs as Einsum).length > 0)
  )
}

/** True for contractions with rows and columns to tile; products with vectors are plain folds. */
export function isTiled(node: Tensor): boolean {
  if (node.op.kind !== 'contraction' || !isFold(node)) return false
  const { rows, columns } = contractionAxes(node)
  return rows.length > 0 && columns.length > 0
}

/** The result's axes (of size other than 1) that belong to the left operand alone, and to the right alone. */
export function contractionAxes(node: Tensor): { rows: number[]; columns: number[] } {
  const { left, right, out } = node.attrs as Einsum
  const own = (mine: readonly number[], other: readonly number[]) =>
    out.flatMap((label, axis) =>
      mine.includes(label) && !other.includes(label) && node.shape[axis] !== 1 ? [axis] : [],
    )
  return { rows: own(left, right), columns: own(right, left) }
}

/** Extents of the loops that an anchor folds over, or scatters along, without those of size 1. */
export function foldExtents(node: Tensor): DimExpr[] {
  return foldDims(node).filter(dim => dim !== 1)
}

function foldDims(node: Tensor): DimExpr[] {
  if (node.op.kind === 'scatter') return [...node.inputs[1]!.shape]
  if (node.op.kind === 'reduction') return (node.attrs as ReduceAttrs).axes.map(axis => node.inputs[0]!.shape[axis]!)
  if (node.op.kind !== 'contraction') return []
  return summedLabels(node.attrs as Einsum).map(label => labelDim(node, label))
}

/**
 * The tensors that an anchor's body is computed from and the index of each, given the index of the anchor's own axes;
 * `folded` names the loop over the extent at a position of `foldExtents`. An anchor that folds nothing is its own body.
 */
export function bodyOf(
  node: Tensor,
  own: readonly Index[],
  folded: (extent: DimExpr, at: number) => Index,
): { node: Tensor; index: Index[] }[] {
  let next = 0
  const names = foldDims(node).map(dim => (dim === 1 ? 0 : folded(dim, next++)))
  if (node.op.kind === 'reduction') {
    const { axes } = node.attrs as ReduceAttrs
    let kept = 0
    const index = node.inputs[0]!.shape.map((_, axis) =>
      axes.includes(axis) ? names[axes.indexOf(axis)]! : own[kept++]!,
    )
    return [{ node: node.inputs[0]!, index }]
  }
  if (node.op.kind === 'scatter') {
    const { indices } = node.attrs as Scatter
    const [base, values, ...chosen] = node.inputs as [Tensor, Tensor, ...Tensor[]]
    return [
      { node: base, index: [...own] },
      { node: values, index: names },
      ...chosen.map((index, k) => ({ node: index, index: indices[k]!.map(label => names[label]!) })),
    ]
  }
  if (!isFold(node)) return [{ node, index: [...own] }]
  const einsum = node.attrs as Einsum
  const summed = summedLabels(einsum)
  const indexOf = (label: number) =>
    einsum.out.includes(label) ? own[einsum.out.indexOf(label)]! : names[summed.indexOf(label)]!
  return [
    { node: node.inputs[0]!, index: einsum.left.map(indexOf) },
    { node: node.inputs[1]!, index: einsum.right.map(indexOf) },
  ]
}
