/** Elements chosen by index. */

import { applyElementwise, opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformScalar } from '../match.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { exp, log } from '../ops/exponential.ts'
import { gather, gatherOp } from '../ops/gather.ts'
import { align, choosesOnce, indexingOf } from '../ops/indexing.ts'
import { broadcastShape, reshapeOp, reshapeTo } from '../ops/move.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import { logSoftmax, softmax, softmaxOp } from '../ops/softmax.ts'
import { pick, take } from '../ops/take.ts'
import { procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, type Shape } from '../type.ts'
import { sameShape } from './axes.ts'

/** The chosen elements of an operand as broadcast to the shape that is chosen from. */
function chosenOf(x: Tensor, shape: Shape, node: Tensor): Tensor {
  const { axes } = indexingOf(node)
  if (x.ndim === 0 || uniformScalar(x)) return uniformScalar(x) ?? x
  const own = axes.slice(axes.length - x.ndim)
  // The same along every axis that is chosen from: whichever element it is.
  if (own.every((label, axis) => label !== null || x.shape[axis] === 1)) {
    const kept = own.flatMap((label, axis) => (label === null ? [] : [axis]))
    return align(
      reshapeTo(
        x,
        kept.map(axis => x.shape[axis]!),
      ),
      kept.map(axis => own[axis]!),
      node.shape.map((_, label) => label),
    )
  }
  return gather(sameShape(x.shape, shape) ? x : broadcastShape(x, shape), node.inputs.slice(1), indexingOf(node))
}

export const picks: readonly Rule[] = [
  procedure(
    {
      ...{ phase: 'special', holds: 'exact', tags: ['cheaper'], roots: [gatherOp] },
      samples: dtype => {
        if (!isFloat(dtype)) return []
        const x = (...shape: number[]) => tensor('x', { dtype, shape })
        const at = constant([2, 0], 'int32')
        return [
          pick(exp(x(2, 3)), at),
          pick(sub(x(2, 3), x(2, 1)), at),
          pick(add(mul(x(2, 3), 2), x(3)), at),
          take(sub(x(3, 2), x(2)), constant(-1, 'int32'), { axis: 0 }),
        ]
      },
    },
    'gather of elementwise = elementwise of gathers, where nothing is chosen twice',
    node => {
      const x = node.inputs[0]!
      if (x.op.kind !== 'elementwise' || x.op.rare || !choosesOnce(indexingOf(node))) return undefined
      const chosen = x.inputs.map(input => chosenOf(input, x.shape, node))
      return applyElementwise(x.op, chosen, x.attrs)
    },
  ),
  procedure(
    {
      ...{ phase: 'stable', holds: 'stable', scale: 1, tags: ['stability', 'softmax'], roots: [opOf(log)] },
      samples: dtype => {
        if (!isFloat(dtype)) return []
        const [x, at] = [tensor('x', { dtype, shape: [2, 3] }), constant([2, 0], 'int32')]
        return [
          log(pick(softmax(x), at)),
          log(pick(reshapeTo(softmax(x, { axis: 0 }), [3, 2]), constant([0, 1, 1], 'int32'))),
        ]
      },
    },
    'log gather softmax x = gather logSoftmax x',
    node => {
      const picked = node.inputs[0]!
      const p = picked.inputs[0]!
      if (picked.op !== gatherOp) return undefined
      const inner = p.op === reshapeOp ? p.inputs[0]! : p
      if (inner.op !== softmaxOp) return undefined
      const { axes } = inner.attrs as ReduceAttrs
      const logged = logSoftmax(inner.inputs[0]!, { axis: axes })
      const moved = p === inner ? logged : reshapeTo(logged, p.shape)
      return gather(moved, picked.inputs.slice(1), indexingOf(picked))
    },
  ),
]
