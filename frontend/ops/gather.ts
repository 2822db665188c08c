/** Reading and writing in places that integer tensors name: each is the derivative of the other. */
import {
  type Calculus,
  type GatherOp,
  type Indexing,
  type Maybe,
  register,
  type Scatter,
  type ScatterOp,
} from '../define.ts'
import { constant } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { type DimExpr, isFloat, numbers } from '../type.ts'
import { eq, where } from './comparison.ts'
import { full, position, zeros } from './create.ts'
import { align, asIndex, choosesOnce, indexingOf, isInside, sizesOf, withoutCounting, withoutOnes } from './indexing.ts'
import { flatIndex } from './move.ts'
import { scatterDense } from './scatterDense.ts'

export const gatherOp: GatherOp = register({
  kind: 'gather',
  name: 'gather',
  doc: 'The elements in the places that indices name; negative ones count from the end, out of range is an error.',
  theano: 'AdvancedSubtensor',
  numpy: 'take',
  examples: input => {
    const rows = { axes: [0, null], indices: [[0]] }
    return [
      gather(input(['n', 5]), [input(['n'], 'int32', [0, 4])], { ...rows, fromStart: true }),
      gather(input(['n', 3]), [input(['n'], 'int64', [-3, 2])], rows),
      gather(input([5, 'n']), [input(['m', 2], 'int32', [-5, 4])], { axes: [null, 2], indices: [[0, 1]] }),
      gather(input(['m', 7, 'n']), [input([6], 'uint8', [0, 6])], { axes: [0, null, 2], indices: [[1]] }),
      gather(input([4, 'n']), [input(['m', 'n'], 'int32', [-4, 3])], { axes: [null, 1], indices: [[0, 1]] }),
      gather(input([4, 'n', 3]), [input(['m', 1], 'int32', [0, 3]), input([2], 'int64', [-3, 2])], {
        axes: [null, 0, null],
        indices: [[1, 2], [2]],
      }),
    ]
  },
  pullback: (result, g, calculus) => {
    const [x, ...indices] = result.inputs as [Tensor, ...Tensor[]]
    const flows = isFloat(x.dtype)
    return [
      flows ? readBackwards(x, g, indices, indexingOf(result), calculus) : undefined,
      ...indices.map(() => undefined),
    ]
  },
  pushforward: (result, [t]): Maybe<Tensor> => t && gather(t, result.inputs.slice(1), indexingOf(result)),
})

/** Zeros with a cotangent added where it was read. Where nothing is read twice, each place looks for itself. */
function readBackwards(
  x: Tensor,
  g: Tensor,
  indices: readonly Tensor[],
  indexing: Indexing,
  calculus: Calculus,
): Tensor {
  const base = calculus.zeroLike(x)
  if (choosesOnce(indexing)) return scatterDense(base, g, indices, { ...indexing, mode: 'add' })
  return scatter(base, g, indices, { ...indexing, mode: 'add' })
}

/**
 * x in the places that indices name; see `Indexing`. Axes of size 1 broadcast. Throws where the sizes that one axis of the
 * result has in several operands differ.
 */
export function gather(x: Tensor, given: readonly Tensor[], wanted: Indexing): Tensor {
  const { indices, indexing } = withoutCounting(
    x.shape,
    given.map(index => asIndex('gather', index)),
    wanted,
  )
  const operands = [x, ...indices].map((operand, k) => ({
    operand,
    labels: k === 0 ? indexing.axes : indexing.indices[k - 1]!,
  }))
  const { shape, checks } = sizesOf('gather', operands)
  const [source, ...fitted] = operands.map(({ operand, labels }) => withoutOnes(operand, labels, shape))
  const attrs = { ...indexing, axes: source!.labels, indices: fitted.map(({ labels }) => labels) } as Indexing
  const inputs = [source!, ...fitted].map(({ operand }) => operand)
  return new Tensor(gatherOp, inputs, attrs, { dtype: x.dtype, shape }, checks)
}

export const scatterOp: ScatterOp = register({
  kind: 'scatter',
  name: 'scatter',
  doc: 'A tensor with values set, or added, in the places that indices name, one after the other.',
  theano: 'AdvancedIncSubtensor',
  numpy: 'add.at',
  accepts: numbers,
  examples: input => {
    const rows = { axes: [null, 2], indices: [[0, 1]] }
    const index = input(['m', 2], 'int32', [-5, 4])
    const pairs = { axes: [null, null], indices: [[0], [1, 0]] }
    const [i, j] = [input(['n'], 'int64', [-4, 3]), input([3, 1], 'uint8', [0, 2])]
    return (['add', 'set'] as const).flatMap(mode => [
      scatter(input([5, 'n']), input(['m', 2, 'n']), [index], { ...rows, mode }),
      scatter(input([4, 3]), input(['n', 3]), [i, j], { ...pairs, mode }),
      scatter(input(['n', 4]), input(['n', 'm']), [input(['n', 'm'], 'int32', [-4, 3])], {
        axes: [0, null],
        indices: [[0, 1]],
        mode,
      }),
    ])
  },
  pullback: (result, g) => {
    const [base, values, ...indices] = result.inputs as [Tensor, Tensor, ...Tensor[]]
    if (!isFloat(result.dtype)) return result.inputs.map(() => undefined)
    const how = scatterOf(result)
    const read = gather(g, indices, { axes: how.axes, indices: how.indices })
    const rest = indices.map(() => undefined)
    if (how.mode === 'add') return [g, read, ...rest]
    const cleared = scatter(g, zeros(values.shape, g.dtype), indices, how)
    return [cleared, where(staysLast(base, values, indices, how), read, constant(0, g.dtype)), ...rest]
  },
  pushforward: (result, [s, t], calculus) => {
    const [base, values, ...indices] = result.inputs as [Tensor, Tensor, ...Tensor[]]
    const how = scatterOf(result)
    if (!s && !t) return undefined
    if (!t && how.mode === 'add') return s
    return scatter(s ?? calculus.zeroLike(base), t ?? calculus.zeroLike(values), indices, how)
  },
})

/** How a scatter writes. */
export const scatterOf = (node: Tensor): Scatter => node.attrs as Scatter

/**
 * `base` with `values` in the places that indices name, set in row-major order of the values, so that the last of several
 * stays, or added up in that order. `values` has an axis for every label. Every index is held to its axis first.
 */
export function scatter(base: Tensor, values: Tensor, given: readonly Tensor[], wanted: Scatter): Tensor {
  const { mode, ...plain } = wanted
  const { indices, indexing } = withoutCounting(
    base.shape,
    given.map(index => asIndex('scatter', index)),
    plain,
  )
  const { fromStart, ...labels } = indexing
  const chosen = labels.axes.flatMap((label, axis) => (label === null ? [base.shape[axis]!] : []))
  const own = values.shape.map((_, label) => label)
  const inRange = indices.map((index, k) => within(index, chosen[k]!, fromStart))
  const operands = [
    { operand: base, labels: labels.axes },
    { operand: values, labels: own },
    ...inRange.map((operand, k) => ({ operand, labels: labels.indices[k]! })),
  ]
  const { shape, checks } = sizesOf('scatter', operands)
  const fitted = operands.slice(2).map(({ operand, labels }) => withoutOnes(operand, labels, shape))
  const attrs: Scatter = { axes: labels.axes, indices: fitted.map(({ labels }) => labels) as number[][], mode }
  const inputs = [base, values, ...fitted.map(({ operand }) => operand)]
  return new Tensor(scatterOp, inputs, attrs, base, checks)
}

/** An index, counted from the start, that fails the call where it is none of an axis of a size. */
function within(index: Tensor, size: DimExpr, fromStart?: true): Tensor {
  if (isInside(index, size)) return index
  const labels = index.shape.map((_, axis) => axis)
  const places = position('$0', [size], 'int32')
  return gather(places, [index], { axes: [null], indices: [labels], ...(fromStart && { fromStart }) })
}

/** Which values a later one does not replace: those that find their own number where they wrote it. */
function staysLast(
  base: Tensor,
  values: Tensor,
  indices: readonly Tensor[],
  { axes, indices: labels }: Scatter,
): Tensor {
  // Axes that run along both, and are no part of an index, are the same for all.
  const used = [...new Set(labels.flat())].sort((a, b) => a - b)
  const kept = axes.flatMap((label, axis) => (label === null || used.includes(label) ? [axis] : []))
  const shape = used.map(label => values.shape[label]!)
  const renamed = (label: number) => used.indexOf(label)
  const how: Scatter = {
    mode: 'set',
    axes: kept.map(axis => (axes[axis] === null ? null : renamed(axes[axis]!))),
    indices: labels.map(own => own.map(renamed)),
  }
  const at = shape.map((_, axis) => `$${axis}`)
  const numbered = position(flatIndex(shape, at), shape, 'int32')
  const none = full(
    kept.map(axis => base.shape[axis]!),
    -1,
    'int32',
  )
  const last = gather(scatter(none, numbered, indices, how), indices, { axes: how.axes, indices: how.indices })
  return align(
    eq(last, numbered),
    used,
    values.shape.map((_, label) => label),
  )
}
