/**
 * Sums of what indices name into zeros, as derivatives of reading make them: they are added to what they would be added to
 * without ever being whole.
 */
import { opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformScalar, uniformValue } from '../match.ts'
import { add, mul, neg, sub } from '../ops/arithmetic.ts'
import { zeros } from '../ops/create.ts'
import { scatter, scatterOf, scatterOp } from '../ops/gather.ts'
import { procedure, type Rule, type RuleOptions } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat } from '../type.ts'
import { sameShape } from './axes.ts'

/** Floats are added up in another order, and a zero may lose its sign. */
const reordered: RuleOptions = { phase: 'special', holds: 'close', tags: ['cheaper', 'scatter'], reorders: true }

/** True for values added into zeros. */
const isSum = (x: Tensor): boolean =>
  x.op === scatterOp && scatterOf(x).mode === 'add' && Number(uniformValue(x.inputs[0]!)) === 0

/** A scatter of other values into another base. */
function again(x: Tensor, base: Tensor, change: (values: Tensor) => Tensor = values => values): Tensor {
  const [, values, ...indices] = x.inputs as [Tensor, Tensor, ...Tensor[]]
  return scatter(base, change(values), indices, scatterOf(x))
}

type Sample = (sums: Tensor, x: Tensor) => Tensor[]

function scattering(
  name: string,
  op: Tensor['op'],
  change: (node: Tensor) => Tensor | undefined,
  sample: Sample,
): Rule {
  const samples = (dtype: DType) => {
    if (!isFloat(dtype)) return []
    const indices = [constant([2, 0, 2], 'int32')]
    const values = tensor('v', { dtype, shape: [3, 2] })
    const sums = scatter(zeros([9, 2], dtype), values, indices, { axes: [null, 1], indices: [[0]], mode: 'add' })
    return sample(sums, tensor('x', { dtype, shape: [9, 2] }))
  }
  return procedure({ ...reordered, roots: [op], samples }, name, change)
}

export const scatters: readonly Rule[] = [
  scattering(
    'x + values at indices = values added into x',
    opOf(add),
    node => {
      const at = node.inputs.findIndex(isSum)
      const [sums, other] = [node.inputs[at], node.inputs[1 - at]]
      return sums && sameShape(other!.shape, sums.shape) ? again(sums, other!) : undefined
    },
    (sums, x) => [add(x, sums), add(sums, x)],
  ),
  scattering(
    'x - values at indices = values subtracted in x',
    opOf(sub),
    node => {
      const [x, sums] = node.inputs as [Tensor, Tensor]
      return isSum(sums) && sameShape(x.shape, sums.shape) ? again(sums, x, neg) : undefined
    },
    (sums, x) => [sub(x, sums)],
  ),
  scattering(
    'values at indices times c = values times c at indices',
    opOf(mul),
    node => {
      const at = node.inputs.findIndex(isSum)
      const [sums, factor] = [node.inputs[at], node.inputs[1 - at]]
      const c = factor && (factor.ndim === 0 ? factor : uniformScalar(factor))
      return sums && c ? again(sums, sums.inputs[0]!, values => mul(values, c)) : undefined
    },
    sums => [mul(sums, 3)],
  ),
  scattering(
    'negated values at indices',
    opOf(neg),
    node => {
      const [sums] = node.inputs as [Tensor]
      return isSum(sums) ? again(sums, sums.inputs[0]!, neg) : undefined
    },
    sums => [neg(sums)],
  ),
]
