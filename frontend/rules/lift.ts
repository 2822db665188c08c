/**
 * Movements and elementwise ops change places, so that ops which belong together meet: movements that keep all elements
 * go towards the result, slices towards the inputs. Broadcasts that elementwise ops do by themselves disappear.
 */
import type { ElementwiseOp, Op } from '../define.ts'
import { applyElementwise } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformScalar } from '../match.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { gt, where } from '../ops/comparison.ts'
import { exp, log } from '../ops/exponential.ts'
import {
  broadcastShape,
  broadcastToOp,
  permute,
  reshapeOp,
  reshapeTo,
  type SliceAttrs,
  sliceAxis,
  sliceOp,
  type TransposeAttrs,
  transposeOp,
} from '../ops/move.ts'
import { type ProcedureOptions, procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { broadcastShapes, type DType, isFloat, type Shape } from '../type.ts'
import { sameShape } from './axes.ts'
import { addsLeadingOnes } from './movement.ts'

type Sample = (x: (...shape: number[]) => Tensor) => Tensor[]

function lift(name: string, change: (node: Tensor, op: ElementwiseOp) => Tensor | undefined, sample: Sample): Rule {
  const samples = (dtype: DType) => (isFloat(dtype) ? sample((...shape) => tensor('x', { dtype, shape })) : [])
  const options: ProcedureOptions = { phase: 'canonical', holds: 'exact', tags: ['movement'], samples }
  return procedure(options, name, node => (mayLift(node.op) ? change(node, node.op) : undefined))
}

/** Ops whose operand is computed only for some elements are left as they were written. */
const mayLift = (op: Op): op is ElementwiseOp => op.kind === 'elementwise' && !op.rare

/** Derivatives clip each element's gradient: repeating before and after are not the same to them. */
const mayRepeat = (op: ElementwiseOp) => !op.transparent

/** Scalars, and tensors of one known number, are the same wherever elements move. */
const staysPut = (x: Tensor): Tensor | undefined => (x.ndim === 0 ? x : uniformScalar(x))

/** The operands before a movement that all of them underwent alike, scalars aside; undefined where they did not. */
function beforeMove(
  node: Tensor,
  alike: (x: Tensor, first: Tensor) => boolean,
): { args: Tensor[]; first: Tensor } | undefined {
  let first: Tensor | undefined
  const args: Tensor[] = []
  for (const x of node.inputs) {
    const still = staysPut(x)
    if (!still) {
      first ??= x
      if (!alike(x, first)) return undefined
    }
    args.push(still ?? x.inputs[0]!)
  }
  return first && { args, first }
}

const sameAxes = (a: Tensor, b: Tensor) =>
  (a.attrs as TransposeAttrs).axes.every((axis, i) => axis === (b.attrs as TransposeAttrs).axes[i])

/** An operand repeated by broadcasting, as it was before. */
const unrepeated = (x: Tensor): Tensor => (x.op === broadcastToOp ? x.inputs[0]! : x)

function commonShape(xs: readonly Tensor[]): Shape | undefined {
  let shape: Shape = []
  for (const x of xs) {
    const together = broadcastShapes(shape, x.shape)
    if ('axis' in together) return undefined
    shape = together.shape
  }
  return shape
}

export const lifts: readonly Rule[] = [
  lift(
    'elementwise of broadcasts',
    (node, op) => {
      if (!mayRepeat(op) || !node.inputs.some(x => x.op === broadcastToOp)) return undefined
      const args = node.inputs.map(unrepeated)
      const shape = commonShape(args)
      if (!shape) return undefined
      const small = applyElementwise(op, args, node.attrs)
      return sameShape(shape, node.shape) ? small : broadcastShape(small, node.shape)
    },
    x => [
      exp(broadcastShape(x(3), [2, 3])),
      add(broadcastShape(x(3), [2, 3]), x(2, 3)),
      mul(broadcastShape(x(1, 3), [2, 3]), broadcastShape(x(2, 1), [2, 3])),
      where(gt(x(3), 0), broadcastShape(constant(1, 'float32'), [2, 3]), broadcastShape(x(), [2, 3])),
    ],
  ),
  lift(
    'elementwise of leading axes of size 1',
    (node, op) => {
      if (!node.inputs.some(addsLeadingOnes)) return undefined
      const args = node.inputs.map(x => (addsLeadingOnes(x) ? x.inputs[0]! : x))
      const shape = commonShape(args)
      return shape && sameShape(shape, node.shape) ? applyElementwise(op, args, node.attrs) : undefined
    },
    x => [add(reshapeTo(x(3), [1, 3]), x(2, 3))],
  ),
  lift(
    'elementwise of reshapes',
    (node, op) => {
      const before = beforeMove(
        node,
        (x, first) =>
          x.op === reshapeOp && sameShape(x.shape, node.shape) && sameShape(x.inputs[0]!.shape, first.inputs[0]!.shape),
      )
      return before && reshapeTo(applyElementwise(op, before.args, node.attrs), node.shape)
    },
    x => {
      const [y, z] = [x(2, 3), x(2, 3)]
      return [
        exp(reshapeTo(y, [6])),
        add(1, reshapeTo(y, [3, 2])),
        where(gt(reshapeTo(y, [6]), 0), reshapeTo(z, [6]), x()),
      ]
    },
  ),
  lift(
    'elementwise of transposes',
    (node, op) => {
      const before = beforeMove(node, (x, first) => x.op === transposeOp && x.ndim === node.ndim && sameAxes(x, first))
      return (
        before && permute(applyElementwise(op, before.args, node.attrs), (before.first.attrs as TransposeAttrs).axes)
      )
    },
    x => [
      exp(permute(x(2, 3), [1, 0])),
      mul(permute(x(2, 3), [1, 0]), permute(x(1, 3), [1, 0])),
      add(permute(x(2, 3, 4), [1, 2, 0]), 1),
    ],
  ),
  lift(
    'f(slice(g x)) = f(g(slice x))',
    (node, op) => {
      const at = node.inputs.findIndex(x => x.op === sliceOp && isUnary(x.inputs[0]!))
      if (at < 0 || node.inputs.some((x, i) => i !== at && !staysPut(x))) return undefined
      const slice = node.inputs[at]!
      const inner = slice.inputs[0]!
      const { axis, start, step } = slice.attrs as SliceAttrs
      const sliced = inner.inputs.map(x => staysPut(x) ?? sliceAxis(x, axis, start, slice.shape[axis]!, step))
      const moved = applyElementwise(inner.op as ElementwiseOp, sliced, inner.attrs)
      return applyElementwise(
        op,
        node.inputs.map((x, i) => (i === at ? moved : x)),
        node.attrs,
      )
    },
    x => [log(sliceAxis(exp(x(2, 5)), 1, 1, 2)), add(1, sliceAxis(mul(x(4), 3), 0, 3, 2, -2))],
  ),
]

/** An elementwise op of one tensor of its own shape, other operands being scalars. */
function isUnary(x: Tensor): boolean {
  if (x.op.kind !== 'elementwise' || x.op.transparent) return false
  const moving = x.inputs.filter(input => !staysPut(input))
  return moving.length === 1 && sameShape(moving[0]!.shape, x.shape)
}
