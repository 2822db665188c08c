/** What integer tensors that choose places have in common: dtypes, labels, and where they count from. */
import type { Indexing } from '../define.ts'
import { dimAtLeast, dimEqual, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dimsDiffer, dtypeRefused } from '../errors.ts'
import { constantValue, isConstant } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DimExpr, type DType, type Equality, integers, isInteger, type Shape, unify } from '../type.ts'
import { add } from './arithmetic.ts'
import { lt, where } from './comparison.ts'
import { dimValue, type PositionAttrs } from './create.ts'
import { permute, reshapeTo } from './move.ts'

/** How a gather or scatter chooses. */
export const indexingOf = (node: Tensor): Indexing => node.attrs as Indexing

/** Labels of the axes of an operand. */
export type Labels = Indexing['axes']

/** An index as one of the dtypes that places are told in. */
export function asIndex(op: string, index: Tensor): Tensor {
  if (!isInteger(index.dtype)) throw dtypeRefused(op, [index], integers)
  return cast(index, ['int64', 'uint32'].includes(index.dtype) ? index.dtype : 'int32')
}

/** The sizes of labels, from the axes that have them; 1 gives way. Throws where two differ. */
export function sizesOf(
  op: string,
  operands: readonly { operand: Tensor; labels: Labels }[],
): { shape: DimExpr[]; checks: Equality[] } {
  const shape: DimExpr[] = []
  const checks: Equality[] = []
  for (const { operand, labels } of operands) {
    labels.forEach((label, axis) => {
      if (label === null) return
      const [known, dim] = [shape[label], operand.shape[axis]!]
      const unified = known === undefined || known === 1 ? { dim } : dim === 1 ? { dim: known } : unify(known, dim)
      const tensors = operands.map(other => other.operand)
      if (unified === 'differ') throw dimsDiffer(op, tensors, label, known!, dim)
      if (unified.check) checks.push(unified.check)
      shape[label] = unified.dim
    })
  }
  return { shape, checks }
}

/** An operand without the axes of size 1 that are to be repeated. */
export function withoutOnes(operand: Tensor, labels: Labels, shape: Shape): { operand: Tensor; labels: Labels } {
  const repeats = (axis: number) => operand.shape[axis] === 1 && labels[axis] !== null && shape[labels[axis]!] !== 1
  const kept = labels.flatMap((_, axis) => (repeats(axis) ? [] : [axis]))
  if (kept.length === labels.length) return { operand, labels }
  const left = kept.map(axis => operand.shape[axis]!)
  return { operand: reshapeTo(operand, left), labels: kept.map(axis => labels[axis]!) }
}

/** Indices that count along the whole of an axis, as `arange(n)`, are that axis itself. */
export function withoutCounting(
  shape: Shape,
  indices: readonly Tensor[],
  indexing: Indexing,
): { indices: Tensor[]; indexing: Indexing } {
  const axes = [...indexing.axes]
  const chosen = axes.flatMap((label, axis) => (label === null ? [axis] : []))
  const kept = indices.flatMap((index, k) => {
    const [label] = indexing.indices[k]!
    const counts = index.op.kind === 'position' && index.ndim === 1 && (index.attrs as PositionAttrs).value === '$0'
    const whole = counts && dimEqual(index.shape[0]!, shape[chosen[k]!]!) && !axes.includes(label!)
    if (whole) axes[chosen[k]!] = label!
    return whole ? [] : [k]
  })
  const left = { ...indexing, axes, indices: kept.map(k => indexing.indices[k]!) }
  return { indices: kept.map(k => indices[k]!), indexing: left }
}

/** x, whose axes have labels, with its axes where `order` has their labels, and axes of size 1 elsewhere. */
export function align(x: Tensor, labels: Labels, order: Labels): Tensor {
  const has = (label: number | null) => label !== null && labels.includes(label)
  const moved = permute(
    x,
    order.filter(has).map(label => labels.indexOf(label)),
  )
  let next = 0
  return reshapeTo(
    moved,
    order.map(label => (has(label) ? moved.shape[next++]! : 1)),
  )
}

/** True where each place is chosen once at most: every axis of an index runs along one of the tensor too. */
export const choosesOnce = ({ axes, indices }: Indexing): boolean => indices.flat().every(label => axes.includes(label))

/** True where an index is seen never to be negative; looks some ops deep. */
export function countsFromStart(index: Tensor): boolean {
  let x = index
  for (let depth = 0; depth < 8; depth++) {
    const { op, inputs } = x
    if (x.dtype.startsWith('u') || x.dtype === 'bool') return true
    if (op.kind === 'position') return dimAtLeast((x.attrs as PositionAttrs).value, 0, axisSizes(x))
    if (op.kind === 'reduction') return op.fold === 'argmax' || op.fold === 'argmin'
    if (isConstant(x)) return numbersOf(x).every(value => value >= 0)
    const moves = (op.kind === 'movement' && inputs.length === 1) || op.kind === 'gather'
    if (!moves && !(op.kind === 'elementwise' && op.converts === 'value' && widens(inputs[0]!.dtype, x.dtype)))
      return false
    x = inputs[0]!
  }
  return false
}

const widens = (from: DType, to: DType) => from.startsWith('u') || from === 'int32' || to === 'int64'

/** The numbers of a constant. */
export const numbersOf = (x: Tensor) => [...(constantValue(x).data as ArrayLike<number | bigint> as number[])]

const axisSizes = (x: Tensor) => (name: string) => (name.startsWith('$') ? x.shape[Number(name.slice(1))] : undefined)

/** True where every element of an index is seen to be one of an axis of a size, counted from the start. */
export function isInside(index: Tensor, size: DimExpr): boolean {
  const { op, attrs } = index
  if (op.kind === 'position') {
    const { value } = attrs as PositionAttrs
    const left = dimSub(dimSub(size, value), 1)
    return dimAtLeast(value, 0, axisSizes(index)) && dimAtLeast(left, 0, axisSizes(index))
  }
  if (isConstant(index)) return typeof size === 'number' && numbersOf(index).every(at => at >= 0 && at < size)
  const [x] = index.inputs
  return op.kind === 'gather' && x!.ndim === 1 && dimEqual(x!.shape[0]!, size) && isInside(x!, size)
}

/** An index that counts from the start, of an axis of a size; what is out of range stays so. */
export function fromStart(index: Tensor, size: DimExpr): Tensor {
  return countsFromStart(index) ? index : where(lt(index, 0), add(index, dimValue(size, index.dtype)), index)
}
