/** A slice of a tensor replaced by another tensor. */
import { type DimExpr, dimAdd, dimEqual } from '../dims.ts'
import { Tensor } from '../tensor.ts'
import { elementAt, movement, type SliceAttrs, sliceAxis, sliceBounds } from './move.ts'

export const setSliceOp = movement({
  name: 'setSlice',
  doc: 'A tensor with the elements of one axis, from a start on a step apart, replaced by another one.',
  theano: 'IncSubtensor',
  examples: input => [
    setSlice(input(['n', 9]), input(['n', 3]), 1, 2, 3),
    setSlice(input([7, 'n']), input([4, 'n']), 0, 6, -2),
    setSlice(input([dimAdd('n', 3), 2]), input(['n', 2]), 0, 1, 1),
  ],
  sources(result, index) {
    const attrs = result.attrs as SliceAttrs
    const { at, when } = elementAt(attrs, index[attrs.axis]!, result.inputs[1]!.shape[attrs.axis]!)
    return [
      { input: 1, index: index.map((value, i) => (i === attrs.axis ? at : value)), when },
      { input: 0, index, when: [] },
    ]
  },
  bounds: result => sliceBounds(result.attrs as SliceAttrs, result.inputs[1]!, result),
  pullback: (result, g, calculus) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    const y = result.inputs[1]!
    return [setSlice(g, calculus.zeroLike(y), axis, start, step), sliceAxis(g, axis, start, y.shape[axis]!, step)]
  },
  again: (result, [x, y]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return setSlice(x!, y!, axis, start, step)
  },
  batched: (result, [x, y]) => {
    const { axis, start, step } = result.attrs as SliceAttrs
    return setSlice(x!, y!, axis + 1, start, step)
  },
})

/** x with `y` in place of as many elements of an axis, from `start` on, `step` apart; the caller has checked that they exist. */
export function setSlice(x: Tensor, y: Tensor, axis: number, start: DimExpr, step: DimExpr): Tensor {
  if (step === 1 && start === 0 && dimEqual(x.shape[axis]!, y.shape[axis]!)) return y
  return new Tensor(setSliceOp, [x, y], { axis, start, step } satisfies SliceAttrs, x)
}
