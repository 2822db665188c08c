/** Elements chosen by integer tensors. */
import { expectTensors } from '../arguments.ts'
import { type GatherOp, type Indexing, type Maybe, register } from '../define.ts'
import { dimAtLeast } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dimsDiffer, dtypeRefused, rankRefused } from '../errors.ts'
import { constant, constantValue, isConstant } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { type DimExpr, type DType, type Equality, integers, isFloat, isInteger, type Shape, unify } from '../type.ts'
import { add } from './arithmetic.ts'
import { eq, lt, where } from './comparison.ts'
import { dimValue, type PositionAttrs, position } from './create.ts'
import { broadcastShape, permute, reshapeTo, sizeOf } from './move.ts'
import { reduce, restoreAxes, sumOp } from './reduce.ts'
import { normalAxis } from './shape.ts'

export const gatherOp: GatherOp = register({
  kind: 'gather',
  name: 'gather',
  doc: 'The elements in the places that indices name; negative ones count from the end, out of range is an error.',
  theano: 'AdvancedSubtensor',
  numpy: 'take',
  examples: input => [
    pick(input(['n', 5]), input(['n'], 'int32', [0, 4])),
    pick(input(['m', 'n', 3]), input(['m', 'n'], 'int64', [0, 2])),
    take(input([5, 'n']), input(['m', 2], 'int32', [-5, 4]), { axis: 0 }),
    take(input(['m', 7, 'n']), input([6], 'uint8', [0, 6]), { axis: 1 }),
    takeAlongAxis(input([4, 'n']), input(['m', 'n'], 'int32', [-4, 3]), { axis: 0 }),
    gather(input([4, 'n', 3]), [input(['m', 1], 'int32', [0, 3]), input([2], 'int64', [-3, 2])], {
      axes: [null, 0, null],
      indices: [[1, 2], [2]],
    }),
  ],
  pullback: (result, g) => {
    const [x, ...indices] = result.inputs as [Tensor, ...Tensor[]]
    const flows = isFloat(x.dtype)
    return [flows ? scattered(g, indices, indexingOf(result), x.shape) : undefined, ...indices.map(() => undefined)]
  },
  pushforward: (result, [t]): Maybe<Tensor> => t && gather(t, result.inputs.slice(1), indexingOf(result)),
})

/** How a gather chooses. */
export const indexingOf = (node: Tensor): Indexing => node.attrs as Indexing

/**
 * x in the places that indices name; see `Indexing`. Axes of size 1 broadcast. Throws where the sizes that one axis of the
 * result has in several operands differ.
 */
export function gather(x: Tensor, indices: readonly Tensor[], indexing: Indexing): Tensor {
  const { axes } = indexing
  const rank = 1 + Math.max(-1, ...axes.map(axis => axis ?? -1), ...indexing.indices.flat())
  const shape: (DimExpr | undefined)[] = new Array(rank).fill(undefined)
  const checks: Equality[] = []
  const meet = (label: number, dim: DimExpr) => {
    const known = shape[label]
    const unified = known === undefined || known === 1 ? { dim } : dim === 1 ? { dim: known } : unify(known, dim)
    if (unified === 'differ') throw dimsDiffer('gather', [x, ...indices], label)
    if (unified.check) checks.push(unified.check)
    shape[label] = unified.dim
  }
  const chosen = indices.map(asIndex)
  axes.forEach((label, axis) => {
    if (label !== null) meet(label, x.shape[axis]!)
  })
  chosen.forEach((index, k) => {
    indexing.indices[k]!.forEach((label, axis) => {
      meet(label, index.shape[axis]!)
    })
  })
  const sized = shape as DimExpr[]
  const [source, ...fitted] = [x, ...chosen].map((operand, k) =>
    withoutOnes(operand, k === 0 ? axes : indexing.indices[k - 1]!, sized),
  )
  const attrs = { ...indexing, axes: source!.labels, indices: fitted.map(({ labels }) => labels) } as Indexing
  const operands = [source!, ...fitted].map(({ operand }) => operand)
  return new Tensor(gatherOp, operands, attrs, { dtype: x.dtype, shape: sized }, checks)
}

/** An index as one of the dtypes that places are told in. */
export function asIndex(index: Tensor): Tensor {
  expectTensors('asIndex', index)
  if (!isInteger(index.dtype)) throw dtypeRefused('gather', [index], integers)
  return cast(index, ['int64', 'uint32'].includes(index.dtype) ? index.dtype : 'int32')
}

/** An operand without the axes of size 1 that are to be repeated. */
function withoutOnes(
  operand: Tensor,
  labels: Indexing['axes'],
  shape: Shape,
): { operand: Tensor; labels: Indexing['axes'] } {
  const repeats = (axis: number) => operand.shape[axis] === 1 && labels[axis] !== null && shape[labels[axis]!] !== 1
  const kept = labels.flatMap((_, axis) => (repeats(axis) ? [] : [axis]))
  if (kept.length === labels.length) return { operand, labels }
  const left = kept.map(axis => operand.shape[axis]!)
  return { operand: reshapeTo(operand, left), labels: kept.map(axis => labels[axis]!) }
}

/**
 * out[i..] = x[i.., index[i..]]: `index` has the shape of x without its last axis. An index outside [0, size) fails the
 * call: a negative one does not count from the end.
 */
export function pick(x: Tensor, index: Tensor): Tensor {
  expectTensors('pick', x, index)
  if (!isInteger(index.dtype)) throw dtypeRefused('pick', [index], integers)
  if (index.ndim !== x.ndim - 1) throw rankRefused('pick', [x, index], 'indices of one rank less')
  const labels = index.shape.map((_, axis) => axis)
  index.shape.forEach((dim, axis) => {
    const same = x.shape[axis] === dim || (dim !== 1 && x.shape[axis] !== 1)
    if (!same || unify(x.shape[axis]!, dim) === 'differ') throw dimsDiffer('pick', [x, index], axis)
  })
  return gather(x, [index], { axes: [...labels, null], indices: [labels], fromStart: true })
}

/**
 * NumPy's `take`: x with an axis replaced by those of `index`, or the flattened x at `index` when there is no axis.
 * Negative indices count from the end; one out of range fails the call.
 */
export function take(x: Tensor, index: Tensor, options: { axis?: number } = {}): Tensor {
  expectTensors('take', x, index)
  if (options.axis === undefined && x.ndim !== 1) return take(reshapeTo(x, [sizeOf(x)]), index, { axis: 0 })
  const axis = normalAxis('take', x, options.axis ?? 0)
  const place = (i: number) => (i < axis ? i : i - 1 + index.ndim)
  return gather(x, [index], {
    axes: x.shape.map((_, i) => (i === axis ? null : place(i))),
    indices: [index.shape.map((_, i) => axis + i)],
  })
}

/** NumPy's `take_along_axis`: out[.., k, ..] = x[.., index[.., k, ..], ..]; the other axes of both broadcast. */
export function takeAlongAxis(x: Tensor, index: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor {
  expectTensors('takeAlongAxis', x, index)
  if (index.ndim !== x.ndim) throw rankRefused('takeAlongAxis', [x, index], 'indices of the same rank')
  const along = normalAxis('takeAlongAxis', x, axis)
  const labels = index.shape.map((_, i) => i)
  return gather(x, [index], { axes: labels.map(i => (i === along ? null : i)), indices: [labels] })
}

/** True where each place of x is chosen once at most: every axis of an index runs along one of x too. */
export const choosesOnce = ({ axes, indices }: Indexing): boolean => indices.flat().every(label => axes.includes(label))

/** True where an index is seen never to be negative; looks some ops deep. */
export function countsFromStart(index: Tensor): boolean {
  expectTensors('countsFromStart', index)
  let x = index
  for (let depth = 0; depth < 8; depth++) {
    const { op, inputs } = x
    if (x.dtype.startsWith('u') || x.dtype === 'bool') return true
    if (op.kind === 'position') return dimAtLeast((x.attrs as PositionAttrs).value, 0)
    if (op.kind === 'reduction') return op.fold === 'argmax' || op.fold === 'argmin'
    if (isConstant(x))
      return (constantValue(x).data as ArrayLike<number | bigint> as number[]).every(value => value >= 0)
    const moves = (op.kind === 'movement' && inputs.length === 1) || op.kind === 'gather'
    if (!moves && !(op.kind === 'elementwise' && op.converts === 'value' && widens(inputs[0]!.dtype, x.dtype)))
      return false
    x = inputs[0]!
  }
  return false
}

const widens = (from: DType, to: DType) => from.startsWith('u') || from === 'int32' || to === 'int64'

/** An index that counts from the start, of an axis of a size; what is out of range stays so. */
function fromStart(index: Tensor, size: DimExpr): Tensor {
  return countsFromStart(index) ? index : where(lt(index, 0), add(index, dimValue(size, index.dtype)), index)
}

/**
 * What `gather` does backwards: zeros of a shape with values added in the places that indices name. Each place looks for
 * itself through all indices.
 */
function scattered(
  values: Tensor,
  indices: readonly Tensor[],
  { axes, indices: labels, fromStart: strict }: Indexing,
  shape: Shape,
): Tensor {
  const extra = values.shape.flatMap((_, label) => (axes.includes(label) ? [] : [label]))
  // Axes of the values that are none of the shape first, then those of the shape.
  const order = [...extra, ...axes]
  const whole = [...extra.map(label => values.shape[label]!), ...shape]
  let result = align(
    values,
    values.shape.map((_, label) => label),
    order,
  )
  let at = 0
  const zero = constant(0, values.dtype)
  axes.forEach((label, axis) => {
    if (label !== null) return
    const [index, own] = [indices[at]!, labels[at++]!]
    const places = position('$0', [shape[axis]!, ...axes.slice(axis + 1).map(() => 1)], index.dtype)
    const counted = strict ? index : fromStart(index, shape[axis]!)
    result = where(eq(align(counted, own, order), places), result, zero)
  })
  const summed = broadcastIfNeeded(result, whole)
  return extra.length === 0
    ? summed
    : reduce(
        sumOp,
        summed,
        extra.map((_, i) => i),
      )
}

/** x, whose axes have labels, with its axes where `order` has their labels, and axes of size 1 elsewhere. */
export function align(x: Tensor, labels: Indexing['axes'], order: Indexing['axes']): Tensor {
  expectTensors('align', x)
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

const broadcastIfNeeded = (x: Tensor, shape: Shape): Tensor =>
  x.shape.every((dim, i) => dim === shape[i]) ? x : broadcastShape(x, shape)

/** 1 at the position that each index names, 0 elsewhere, along a new last axis of `size`. Indices outside give rows of zeros. */
export function oneHot(index: Tensor, size: number, dtype: DType = 'float32'): Tensor {
  expectTensors('oneHot', index)
  if (!isInteger(index.dtype)) throw dtypeRefused('oneHot', [index], integers)
  return cast(eq(restoreAxes(index, [index.ndim]), position('$0', [size], index.dtype)), dtype)
}
