/** What a scatter gives, computed place by place: each looks through all indices. For where nothing can be written twice. */
import type { Scatter } from '../define.ts'
import { constant, scalarValue } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { add } from './arithmetic.ts'
import { eq, ge, logicalAnd, where } from './comparison.ts'
import { position } from './create.ts'
import { align, fromStart, type Labels } from './indexing.ts'
import { broadcastShape, flatIndex, reshapeTo } from './move.ts'
import { maxOp, reduce, sumOp } from './reduce.ts'

/**
 * `base` with `values` set or added where indices name, as `scatter` does it, but without writing to places that are
 * data. An index out of range writes nothing.
 */
export function scatterDense(base: Tensor, values: Tensor, indices: readonly Tensor[], how: Scatter): Tensor {
  const { axes, mode } = how
  const extra = values.shape.flatMap((_, label) => (axes.includes(label) ? [] : [label]))
  // Axes of the values that the base has not come first, then those of the base.
  const order: Labels = [...extra, ...axes]
  const here = meets(base.shape, indices, how, order, extra.length)
  const own = values.shape.map((_, label) => label)
  const value = align(values, own, order)
  const over = extra.map((_, i) => i)
  const whole = [...extra.map(label => values.shape[label]!), ...base.shape]
  if (mode === 'add') {
    const found = repeated(where(here, value, constant(0, base.dtype)), whole)
    return sumWith(base, extra.length === 0 ? found : reduce(sumOp, found, over))
  }
  if (extra.length === 0) return where(here, value, base)
  const sizes = extra.map(label => values.shape[label]!)
  const numbers = position(
    flatIndex(
      sizes,
      sizes.map((_, i) => `$${i}`),
    ),
    [...sizes, ...axes.map(() => 1)],
    'int32',
  )
  const last = reduce(maxOp, repeated(where(here, numbers, constant(-1, 'int32')), whole), over, { total: true })
  const isLast = eq(numbers, reshapeTo(last, [...extra.map(() => 1), ...base.shape]))
  const set = reduce(sumOp, repeated(where(isLast, value, constant(0, base.dtype)), whole), over)
  return where(ge(last, 0), set, base)
}

/** Where all indices name a place, over the axes of `order`. */
function meets(shape: Shape, indices: readonly Tensor[], how: Scatter, order: Labels, lead: number): Tensor {
  const chosen = how.axes.flatMap((label, axis) => (label === null ? [axis] : []))
  const each = chosen.map((axis, k) => {
    const index = how.fromStart ? indices[k]! : fromStart(indices[k]!, shape[axis]!)
    const places = position('$0', [shape[axis]!, ...order.slice(lead + axis + 1).map(() => 1)], index.dtype)
    return eq(align(index, how.indices[k]!, order), places)
  })
  return each.length === 0 ? constant(true) : each.reduce((a, b) => logicalAnd(a, b))
}

const isZero = (x: Tensor): boolean => {
  let base = x
  while (base.op.kind === 'movement' && base.inputs.length === 1) base = base.inputs[0]!
  return scalarValue(base) !== undefined && Number(scalarValue(base)) === 0
}

const sumWith = (base: Tensor, more: Tensor): Tensor => (isZero(base) ? more : add(base, more))

const repeated = (x: Tensor, shape: Shape): Tensor =>
  x.shape.every((dim, i) => dim === shape[i]) ? x : broadcastShape(x, shape)
