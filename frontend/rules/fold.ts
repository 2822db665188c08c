/**
 * What constants alone make is computed beforehand, by the interpreter: products and selections at once, anything that
 * might round away what a stability rule would have kept only when those have been tried.
 */
import { decode } from '../../runtime/array.ts'
import type { Op } from '../define.ts'
import { applyElementwise, cast, castOp, opOf } from '../elementwise.ts'
import { evaluate } from '../evaluate.ts'
import { constant, constantOp, constantValue, isConstant } from '../leaf.ts'
import { uniformScalar } from '../match.ts'
import { abs, add, div, mul, neg, reciprocal } from '../ops/arithmetic.ts'
import { whereOp } from '../ops/comparison.ts'
import { exp } from '../ops/exponential.ts'
import { broadcastShape, broadcastToOp, reshapeTo } from '../ops/move.ts'
import { sum } from '../ops/reduce.ts'
import { type Phase, type ProcedureOptions, procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, isNumeric } from '../type.ts'

const options = (phase: Phase, samples: (dtype: DType) => Tensor[]): ProcedureOptions => ({
  ...{ phase, holds: 'exact', tags: ['constants'] },
  samples: dtype => (isNumeric(dtype) ? samples(dtype) : []),
})

/** Elements beyond which a constant is cheaper to compute where it is needed than to carry along. */
const largest = 1024

const sizeOf = (x: Tensor) =>
  x.shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : Infinity), 1)

/** Families whose nodes are functions of their inputs alone. */
const pure: readonly Op['kind'][] = [
  'elementwise',
  'movement',
  'gather',
  'scatter',
  'reduction',
  'contraction',
  'derived',
]

const computed = (node: Tensor) => constant(evaluate([node])[0]!, node.dtype)

function folded(node: Tensor): Tensor | undefined {
  const { op, inputs } = node
  // Repeated scalars stay what they are: rules see their value, and nothing carries their elements.
  if (inputs.length === 0 || !pure.includes(op.kind) || op === broadcastToOp) return undefined
  if (op.kind === 'elementwise') {
    const scalars = inputs.flatMap(x => uniformScalar(x) ?? [])
    if (scalars.length === inputs.length) return computed(applyElementwise(op, scalars, node.attrs))
  }
  const small = sizeOf(node) <= largest && inputs.every(x => isConstant(x) && sizeOf(x) <= largest)
  return small ? computed(node) : undefined
}

const products: readonly Op[] = [castOp, whereOp, ...[neg, mul, div, reciprocal, abs].map(opOf)]

/** True where no digits are lost, or only the last one: integers, movements, products. */
const losesNothing = ({ op, dtype, inputs }: Tensor) =>
  op.kind === 'movement' ||
  products.includes(op) ||
  (op.kind === 'elementwise' && ![dtype, ...inputs.map(x => x.dtype)].some(isFloat))

/** A constant whose elements are all the same, as that one. */
function collapsed(node: Tensor): Tensor | undefined {
  const { dtype, data } = constantValue(node)
  const first = data[0]
  if (data.length < 2 || first === undefined) return undefined
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return undefined
  return broadcastShape(constant(decode(dtype, first), dtype), node.shape)
}

export const folding: readonly Rule[] = [
  procedure(
    options('canonical', dtype => {
      const [two, list] = [constant(2, dtype), constant([1, 2, 3], dtype)]
      return [mul(two, 3), neg(broadcastShape(two, [2, 3])), reshapeTo(list, [3, 1]), mul(list, two)]
    }),
    'products of constants',
    node => (losesNothing(node) ? folded(node) : undefined),
  ),
  procedure(
    options('special', dtype => {
      const list = constant([1, 2, 3], dtype)
      return [exp(list), add(constant(0.1, 'float32'), 0.2), sum(cast(list, 'float32'))]
    }),
    'constants',
    folded,
  ),
  procedure(
    {
      ...options('canonical', dtype => [add(constant([2, 2, 2], dtype), constant([1, 2, 3], dtype)).inputs[0]!]),
      roots: [constantOp],
    },
    'equal constants are one, repeated',
    collapsed,
  ),
]
