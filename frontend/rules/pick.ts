/** Elements chosen by index. */

import { applyElementwise, opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformScalar } from '../match.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { exp, log } from '../ops/exponential.ts'
import { pick, pickOp } from '../ops/gather.ts'
import { broadcastShape, reshapeOp, reshapeTo } from '../ops/move.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import { logSoftmax, softmax, softmaxOp } from '../ops/softmax.ts'
import { procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { floats, type Shape } from '../type.ts'
import { sameShape } from './axes.ts'

/** The picked elements of an operand as broadcast to the shape that is picked from. */
function pickedOperand(x: Tensor, shape: Shape, index: Tensor): Tensor {
  if (x.ndim === 0 || uniformScalar(x)) return uniformScalar(x) ?? x
  // The same along the last axis: whichever element is picked.
  if (x.shape[x.ndim - 1] === 1) return reshapeTo(x, x.shape.slice(0, -1))
  return pick(sameShape(x.shape, shape) ? x : broadcastShape(x, shape), index)
}

export const picks: readonly Rule[] = [
  procedure(
    {
      ...{ phase: 'special', holds: 'exact', tags: ['cheaper'], roots: [pickOp] },
      samples: dtype => {
        if (!floats.includes(dtype)) return []
        const x = (...shape: number[]) => tensor('x', { dtype, shape })
        const at = constant([2, 0], 'int32')
        return [pick(exp(x(2, 3)), at), pick(sub(x(2, 3), x(2, 1)), at), pick(add(mul(x(2, 3), 2), x(3)), at)]
      },
    },
    'pick of elementwise = elementwise of picks',
    node => {
      const [x, index] = node.inputs as [Tensor, Tensor]
      if (x.op.kind !== 'elementwise' || x.op.rare) return undefined
      const picked = x.inputs.map(input => pickedOperand(input, x.shape, index))
      return applyElementwise(x.op, picked, x.attrs)
    },
  ),
  procedure(
    {
      ...{ phase: 'stable', holds: 'stable', scale: 1, tags: ['stability', 'softmax'], roots: [opOf(log)] },
      samples: dtype => {
        if (!floats.includes(dtype)) return []
        const [x, at] = [tensor('x', { dtype, shape: [2, 3] }), constant([2, 0], 'int32')]
        return [
          log(pick(softmax(x), at)),
          log(pick(reshapeTo(softmax(x, { axis: 0 }), [3, 2]), constant([0, 1, 1], 'int32'))),
        ]
      },
    },
    'log pick softmax x = pick logSoftmax x',
    node => {
      const picked = node.inputs[0]!
      const p = picked.inputs[0]!
      if (picked.op !== pickOp) return undefined
      const inner = p.op === reshapeOp ? p.inputs[0]! : p
      if (inner.op !== softmaxOp) return undefined
      const { axes } = inner.attrs as ReduceAttrs
      const logged = logSoftmax(inner.inputs[0]!, { axis: axes })
      return pick(p === inner ? logged : reshapeTo(logged, p.shape), picked.inputs[1]!)
    },
  ),
]
