/** Elements chosen by position. */
import { type GatherOp, register } from '../define.ts'
import { cast } from '../elementwise.ts'
import { dimsDiffer, dtypeRefused, rankRefused } from '../errors.ts'
import { constant } from '../leaf.ts'
import { Tensor } from '../tensor.ts'
import { type DType, type Equality, integers, isFloat, isInteger, unify } from '../type.ts'
import { eq, where } from './comparison.ts'
import { position } from './create.ts'
import { restoreAxes } from './reduce.ts'

export const pickOp: GatherOp = register({
  kind: 'gather',
  name: 'pick',
  doc: 'The element of each row that an index names; out of range is an error.',
  examples: input => [
    pick(input(['n', 5]), input(['n'], 'int32', [0, 4])),
    pick(input(['m', 'n', 3]), input(['m', 'n'], 'int64', [0, 2])),
  ],
  pullback: (result, g) => {
    const [x, index] = result.inputs as [Tensor, Tensor]
    return isFloat(x.dtype)
      ? [where(oneHotMask(index, x), restoreAxes(g, [g.ndim]), constant(0, g.dtype)), undefined]
      : [undefined, undefined]
  },
  pushforward: (result, [t]) => t && pick(t, result.inputs[1]!),
})

/** True at the position that each index names, over rows of x. */
function oneHotMask(index: Tensor, x: Tensor): Tensor {
  const size = x.shape[x.ndim - 1]!
  return eq(restoreAxes(index, [index.ndim]), position('$0', [size], index.dtype))
}

/** out[i..] = x[i.., index[i..]]: `index` has the shape of x without its last axis. An index outside [0, size) fails the call. */
export function pick(x: Tensor, index: Tensor): Tensor {
  if (!isInteger(index.dtype)) throw dtypeRefused('pick', [index], integers)
  if (index.ndim !== x.ndim - 1) throw rankRefused('pick', [x, index], 'indices of one rank less')
  const whole: DType = index.dtype === 'int64' ? 'int64' : 'int32'
  const checks: Equality[] = []
  index.shape.forEach((dim, axis) => {
    const unified = unify(x.shape[axis]!, dim)
    if (unified === 'differ') throw dimsDiffer('pick', [x, index], axis)
    if (unified.check) checks.push(unified.check)
  })
  return new Tensor(pickOp, [x, cast(index, whole)], undefined, { dtype: x.dtype, shape: index.shape }, checks)
}

/** 1 at the position that each index names, 0 elsewhere, along a new last axis of `size`. Indices outside give rows of zeros. */
export function oneHot(index: Tensor, size: number, dtype: DType = 'float32'): Tensor {
  if (!isInteger(index.dtype)) throw dtypeRefused('oneHot', [index], integers)
  return cast(eq(restoreAxes(index, [index.ndim]), position('$0', [size], index.dtype)), dtype)
}
