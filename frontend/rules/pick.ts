/** Elements chosen by index. */

import { opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { log } from '../ops/exponential.ts'
import { pick, pickOp } from '../ops/gather.ts'
import { reshapeOp, reshapeTo } from '../ops/move.ts'
import type { ReduceAttrs } from '../ops/reduce.ts'
import { logSoftmax, softmax, softmaxOp } from '../ops/softmax.ts'
import { procedure, type Rule } from '../rule.ts'
import { floats } from '../type.ts'

export const picks: readonly Rule[] = [
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
