/**
 * Windows that slide along an axis: two movements, each the transpose of the other. Convolutions contract windows and
 * pooling folds them, and since movements are only indices, no window is ever written to memory.
 */
import type { Source } from '../define.ts'
import {
  type Condition,
  type DimExpr,
  dimAdd,
  dimAtLeast,
  dimFloorDiv,
  dimMod,
  dimMul,
  dimSub,
  type Index,
} from '../dims.ts'
import { folds } from '../folds.ts'
import { Tensor } from '../tensor.ts'
import { movement, spanOf } from './move.ts'

/** How windows lie on an axis: element k of window o is element `o * stride + k * dilation - before`. A
 * negative dilation makes windows run backwards. */
export interface Sliding {
  /** The axis of elements, which becomes that of windows. */
  axis: number
  /** The axis of places in a window; windows and elements both have it. */
  window: number
  stride: number
  dilation: number
  /** How many places lie before the first element. */
  before: DimExpr
}

interface SlideAttrs extends Sliding {
  /** Places without an element hold the lowest value of the dtype in place of 0: no maximum takes it. */
  lowest: boolean
}

export const slideOp = movement({
  name: 'slide',
  doc: 'Windows that slide along an axis, their places along another; 0 where a window reaches beyond.',
  examples: input => [
    slide(input(['n', dimAdd('m', 3), 3]), { axis: 1, window: 2, stride: 1, dilation: 1, before: 0 }, dimAdd('m', 1)),
    slide(input([9, 'n', 2]), { axis: 0, window: 2, stride: 2, dilation: 3, before: 0 }, 3),
    slide(input([4, 'm', 6]), { axis: 2, window: 0, stride: 3, dilation: 2, before: 4 }, 5),
    slide(input(['n', 5, 2]), { axis: 1, window: 2, stride: 2, dilation: 1, before: 1 }, 4, true),
  ],
  outside: result => ((result.attrs as SlideAttrs).lowest ? lowestOf(result) : 0),
  sources(result, index) {
    const { axis, window, stride, dilation, before } = result.attrs as SlideAttrs
    const size = result.inputs[0]!.shape[axis]!
    const at = dimSub(dimAdd(dimMul(stride, index[axis]!), dimMul(dilation, index[window]!)), before)
    // Ranges of names do not tell where windows end whose number was rounded down, so it is worked out here.
    const across = dimMul(dilation, dimSub(result.shape[window]!, 1))
    const first = dimSub(dilation < 0 ? across : 0, before)
    const last = dimSub(dimAdd(spanOf(result.shape[axis]!, stride), dilation > 0 ? across : 0), before)
    return [
      moved(
        index,
        axis,
        at,
        dimAtLeast(first, 0) ? [] : [atLeastZero(at)],
        dimAtLeast(dimSub(size, last), 1) ? [] : [below(at, size)],
      ),
    ]
  },
  pullback: (result, g) => [unslide(g, result.attrs as SlideAttrs, result.inputs[0]!.shape[axisOf(result)]!)],
  again: (result, [x]) => slide(x!, result.attrs as SlideAttrs, result.shape[axisOf(result)]!),
  batched: (result, [x]) => {
    const { lowest, ...sliding } = result.attrs as SlideAttrs
    return slide(x!, shifted(sliding), result.shape[axisOf(result)]!, lowest)
  },
})

export const unslideOp = movement({
  name: 'unslide',
  doc: 'The place of each window that an element of an axis stands at, or 0: the transpose of slide.',
  examples: input => [
    unslide(input(['n', dimAdd('m', 1), 3]), { axis: 1, window: 2, stride: 1, dilation: 1, before: 0 }, dimAdd('m', 3)),
    unslide(input([3, 'n', 2]), { axis: 0, window: 2, stride: 2, dilation: 3, before: 0 }, 9),
    unslide(input([4, 'm', 5]), { axis: 2, window: 0, stride: 3, dilation: 2, before: 4 }, 6),
  ],
  sources(result, index) {
    const { axis, window, stride, dilation, before } = result.attrs as Sliding
    const from = dimSub(dimAdd(index[axis]!, before), dimMul(dilation, index[window]!))
    const at = dimFloorDiv(from, stride)
    const range: Condition[] = [atLeastZero(from), below(at, result.inputs[0]!.shape[axis]!)]
    if (stride > 1) range.push({ relation: '==', left: dimMod(from, stride), right: 0 })
    return [moved(index, axis, at, range)]
  },
  pullback: (result, g) => [slide(g, result.attrs as Sliding, result.inputs[0]!.shape[axisOf(result)]!)],
  again: (result, [x]) => unslide(x!, result.attrs as Sliding, result.shape[axisOf(result)]!),
  batched: (result, [x]) => unslide(x!, shifted(result.attrs as Sliding), result.shape[axisOf(result)]!),
})

const axisOf = (x: Tensor) => (x.attrs as Sliding).axis
const lowestOf = ({ dtype }: Tensor) => folds.max.identity(dtype)
const shifted = (sliding: Sliding): Sliding => ({ ...sliding, axis: sliding.axis + 1, window: sliding.window + 1 })

const atLeastZero = (at: Index) => ({ relation: '<=', left: 0, right: at }) as const
const below = (at: Index, size: DimExpr) => ({ relation: '<', left: at, right: size }) as const

function moved(index: readonly Index[], axis: number, at: Index, ...when: (readonly Condition[])[]): Source {
  return { input: 0, index: index.map((value, i) => (i === axis ? at : value)), when: when.flat() }
}

/** x, which has the axis of places in a window already, with its axis of elements as `count` windows. */
export function slide(x: Tensor, sliding: Sliding, count: DimExpr, lowest = false): Tensor {
  const { axis, window, stride, dilation, before } = sliding
  const attrs: SlideAttrs = { axis, window, stride, dilation, before, lowest }
  const shape = x.shape.map((dim, i) => (i === axis ? count : dim))
  return new Tensor(slideOp, [x], attrs, { dtype: x.dtype, shape })
}

/** The elements, `size` of them, that windows were made of: for each place in a window what that window holds there. */
export function unslide(x: Tensor, sliding: Sliding, size: DimExpr): Tensor {
  const { axis, window, stride, dilation, before } = sliding
  const attrs: Sliding = { axis, window, stride, dilation, before }
  const shape = x.shape.map((dim, i) => (i === axis ? size : dim))
  return new Tensor(unslideOp, [x], attrs, { dtype: x.dtype, shape })
}
