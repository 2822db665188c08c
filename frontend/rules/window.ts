/** Windows side by side are no more than a reshape. */
import { type DimExpr, dimEqual, dimMul } from '../dims.ts'
import { tensor } from '../leaf.ts'
import { permute, reshapeTo, spread } from '../ops/move.ts'
import { type ReduceAttrs, reduce, sumOp } from '../ops/reduce.ts'
import { type Sliding, unslide, unslideOp } from '../ops/window.ts'
import { procedure, type Rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'

export const windowRules: readonly Rule[] = [
  procedure(
    {
      ...{ phase: 'canonical', holds: 'close', ulp: 0, tags: ['movement'], roots: [sumOp] },
      samples: dtype => {
        if (!isFloat(dtype)) return []
        const lie = { stride: 2, dilation: 1, before: 0 }
        const x = tensor('x', { dtype, shape: [2, 3, 2] })
        const [y, more] = [tensor('y', { dtype, shape: [3, 4, 2, 2] }), { axis: 0, window: 3, ...lie }]
        return [
          reduce(sumOp, unslide(x, { axis: 1, window: 0, ...lie }, 6), [0]),
          reduce(sumOp, unslide(x, { axis: 1, window: 0, ...lie }, 7), [0]),
          reduce(sumOp, unslide(unslide(y, { axis: 1, window: 2, ...lie }, 8), more, 7), [2, 3]),
        ]
      },
    },
    'sum of what stands in windows side by side',
    sideBySide,
  ),
]

/**
 * The sum over the places of windows of which no two hold the same element has one term for each element. So the places
 * come behind their window's axis, and both are one.
 */
function sideBySide(node: Tensor): Tensor | undefined {
  const { axes } = node.attrs as ReduceAttrs
  const windows = new Map<number, { window: number; places: number; size: DimExpr }>()
  let x = node.inputs[0]!
  while (x.op === unslideOp) {
    const { axis, window, stride, dilation, before } = x.attrs as Sliding
    if (x.shape[window] !== stride || dilation !== 1 || before !== 0 || !axes.includes(window)) return undefined
    windows.set(axis, { window, places: stride, size: x.shape[axis]! })
    x = x.inputs[0]!
  }
  if (windows.size === 0 || windows.size < axes.length) return undefined
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const ordered = permute(
    x,
    kept.flatMap(axis => [axis, ...(windows.has(axis) ? [windows.get(axis)!.window] : [])]),
  )
  const joined = kept.map(axis => dimMul(x.shape[axis]!, windows.get(axis)?.places ?? 1))
  return kept.reduce(
    (y, axis, at) => {
      const size = windows.get(axis)?.size ?? joined[at]!
      return dimEqual(size, joined[at]!) ? y : spread(y, at, 0, 1, size)
    },
    reshapeTo(ordered, joined),
  )
}
