/** Contractions take transposes and repetitions of their operands into their labels. */
import type { Einsum } from '../define.ts'
import { tensor } from '../leaf.ts'
import { mul } from '../ops/arithmetic.ts'
import { contract, contraction } from '../ops/contract.ts'
import { broadcastShape, broadcastToOp, permute, type TransposeAttrs, transposeOp } from '../ops/move.ts'
import { type ProcedureOptions, procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'
import { inShape, sameShape } from './axes.ts'

const options = (samples: (x: (...shape: number[]) => Tensor) => Tensor[]): ProcedureOptions => ({
  ...{ phase: 'canonical', holds: 'close', tags: ['contraction'], reorders: true },
  samples: (dtype: DType) => (isFloat(dtype) ? samples((...shape) => tensor('x', { dtype, shape })) : []),
})

interface Side {
  x: Tensor
  labels: readonly number[]
}

const sidesOf = (node: Tensor): [Side, Side] => {
  const { left, right } = node.attrs as Einsum
  return [
    { x: node.inputs[0]!, labels: left },
    { x: node.inputs[1]!, labels: right },
  ]
}

const build = (a: Side, b: Side, out: readonly number[]) => contract(a.x, a.labels, b.x, b.labels, out)

/** The operand before its transpose, its labels in the order of then. */
function untransposed({ x, labels }: Side): Side {
  if (x.op !== transposeOp) return { x, labels }
  const { axes } = x.attrs as TransposeAttrs
  return { x: x.inputs[0]!, labels: x.inputs[0]!.shape.map((_, axis) => labels[axes.indexOf(axis)]!) }
}

/** The operand without the axes along which it is the same, where the other operand has their labels. */
function unrepeated({ x, labels }: Side, other: Side): Side {
  if (x.op !== broadcastToOp) return { x, labels }
  const inner = x.inputs[0]!
  const lead = x.ndim - inner.ndim
  const repeated = x.shape.map((dim, axis) => axis < lead || (inner.shape[axis - lead] === 1 && dim !== 1))
  const dropped = labels.map((label, axis) => repeated[axis]! && other.labels.includes(label))
  if (!dropped.includes(true)) return { x, labels }
  const keep = <T>(list: readonly T[]) => list.filter((_, axis) => !dropped[axis])
  const own = inShape(
    inner,
    inner.shape.filter((_, axis) => !dropped[axis + lead]),
  )
  const left = keep(x.shape)
  return { x: sameShape(own.shape, left) ? own : broadcastShape(own, left), labels: keep(labels) }
}

/** The operand with its axes where the result has them, and axes of size 1 elsewhere. */
function spread({ x, labels }: Side, out: readonly number[]): Tensor {
  const kept = out.filter(label => labels.includes(label))
  const order = kept.map(label => labels.indexOf(label))
  const shape = out.map(label => (labels.includes(label) ? x.shape[labels.indexOf(label)]! : 1))
  return inShape(order.every((axis, i) => axis === i) ? x : permute(x, order), shape)
}

export const contractions: readonly Rule[] = [
  procedure(
    {
      ...options(x => [
        contract(permute(x(3, 2), [1, 0]), [0, 1], x(3, 4), [1, 2], [0, 2]),
        contract(x(2, 3, 4), [0, 1, 2], permute(x(5, 2, 4), [1, 2, 0]), [0, 2, 3], [0, 1, 3]),
      ]),
      roots: [contraction],
    },
    'contraction of transposes',
    node => {
      if (!node.inputs.some(x => x.op === transposeOp)) return undefined
      const [a, b] = sidesOf(node)
      return build(untransposed(a), untransposed(b), (node.attrs as Einsum).out)
    },
  ),
  procedure(
    {
      ...options(x => [permute(contract(x(2, 3), [0, 1], x(3, 4), [1, 2], [0, 2]), [1, 0])]),
      roots: [transposeOp],
    },
    'transpose of contraction',
    node => {
      const product = node.inputs[0]!
      if (product.op !== contraction) return undefined
      const { out } = product.attrs as Einsum
      const { axes } = node.attrs as TransposeAttrs
      const [a, b] = sidesOf(product)
      return build(
        a,
        b,
        axes.map(axis => out[axis]!),
      )
    },
  ),
  procedure(
    {
      ...options(x => [
        contract(broadcastShape(x(1, 3), [2, 3]), [0, 1], x(2, 3), [0, 1], [0]),
        contract(x(2, 3), [0, 1], broadcastShape(x(3, 1), [2, 3, 4]), [0, 1, 2], [0, 2]),
        contract(broadcastShape(x(1), [3]), [0], broadcastShape(x(4), [3, 4]), [0, 1], [1]),
      ]),
      roots: [contraction],
    },
    'contraction of what was repeated along the axes of the other',
    node => {
      const [a, b] = sidesOf(node)
      const left = unrepeated(a, b)
      const right = unrepeated(b, left)
      if (left.x === a.x && right.x === b.x) return undefined
      return build(left, right, (node.attrs as Einsum).out)
    },
  ),
  procedure(
    {
      ...options(x => [
        contract(x(3), [0], x(4), [1], [0, 1]),
        contract(x(3, 2), [0, 1], x(4, 2), [2, 1], [2, 0, 1]),
        contract(x(3, 2), [0, 1], x(2, 3), [1, 0], [1, 0]),
      ]),
      ...{ phase: 'special', reorders: false, roots: [contraction] },
    },
    'contraction that adds nothing up is a product',
    node => {
      const { out } = node.attrs as Einsum
      const sides = sidesOf(node)
      if (sides.some(({ labels }) => labels.some(label => !out.includes(label)))) return undefined
      const [a, b] = sides.map(side => spread(side, out)) as [Tensor, Tensor]
      return mul(a, b)
    },
  ),
]
