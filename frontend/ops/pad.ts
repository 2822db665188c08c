/** Tensors made wider at their edges. */
import { expectOneOf, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { argumentWrong, sliceWrong } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isFloat, type Rank } from '../type.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { mean } from './average.ts'
import { position } from './create.ts'
import { broadcastShape, reshapeTo, sliceAxis, spread } from './move.ts'
import { max, min } from './reduce.ts'
import { round } from './rounding.ts'
import { concatenate } from './shape.ts'

/** What stands in the new places; see `pad`. */
export type PadMode = (typeof modes)[number]

const modes = ['constant', 'edge', 'linearRamp', 'maximum', 'mean', 'minimum', 'reflect', 'symmetric', 'wrap'] as const

/** How to pad: `constant` (0) unless another mode is given; `value` is the constant, or where a ramp ends (0). */
export interface PadOptions {
  mode?: PadMode
  value?: number
}

/** So many before and after: for all axes, the same before and after, or a pair for each axis. */
export type PadWidth = DimLike | readonly [DimLike, DimLike] | readonly (readonly [DimLike, DimLike])[]

/**
 * x with `width` more elements before and after along each axis, axis by axis as NumPy: a constant, the `edge`, a
 * `linearRamp` from the edge to `value`, the `maximum`, `mean` or `minimum` of the axis, or the tensor mirrored with
 * (`symmetric`) or without (`reflect`) its edge, or repeated (`wrap`). Where the size of an axis is not known, the last
 * three reach once across it at most.
 */
export function pad<D extends DType, R extends Rank>(
  x: Tensor<D, R>,
  width: PadWidth,
  options?: PadOptions,
): Tensor<D, R>
export function pad(x: Tensor, width: PadWidth, options: PadOptions = {}): Tensor {
  expectTensors('pad', x)
  const { mode = 'constant', value = 0 } = namedOptions('pad', options, ['mode', 'value'])
  expectOneOf('pad', 'mode', mode, modes)
  return widths(x, width).reduce((y, [before, after], axis) => {
    if (before === 0 && after === 0) return y
    if (mode === 'constant' && value === 0) return zeroPadded(y, axis, before, after)
    const side = (count: DimExpr, end: 0 | 1) => (count === 0 ? [] : strip(y, axis, count, end, mode, value))
    const parts = [...side(before, 0), y, ...side(after, 1)]
    return concatenate(
      parts.map(part => cast(part, x.dtype)),
      { axis },
    )
  }, x)
}

/** The pair of each axis. */
function widths(x: Tensor, width: PadWidth): [DimExpr, DimExpr][] {
  const list = Array.isArray(width) && typeof width[0] !== 'string' ? (width as readonly unknown[]) : [width, width]
  const pairs = (Array.isArray(list[0]) && typeof list[0][0] !== 'string' ? list : [list]) as [DimLike, DimLike][]
  if ((pairs.length !== 1 && pairs.length !== x.ndim) || pairs.some(pair => pair.length !== 2))
    throw argumentWrong('pad', `a width, a pair, or a pair for each of ${x.ndim} axes`, width)
  return x.shape.map((_, axis) => {
    const [before, after] = pairs[axis] ?? pairs[0]!
    return [toDim('pad', before), toDim('pad', after)]
  })
}

function zeroPadded(x: Tensor, axis: number, before: DimExpr, after: DimExpr): Tensor {
  return spread(x, axis, before, 1, dimAdd(dimAdd(before, x.shape[axis]!), after))
}

/** What comes before (`end` 0) or after (1) along an axis, in order. */
function strip(x: Tensor, axis: number, count: DimExpr, end: 0 | 1, mode: PadMode, value: number): Tensor[] {
  const shape = x.shape.map((dim, i) => (i === axis ? count : dim))
  const over = { axis, keepdims: true }
  if (mode === 'constant') return [broadcastShape(constant(value, x.dtype), shape)]
  if (x.shape[axis] === 0) throw sliceWrong('pad', x, `mode ${mode} finds nothing to repeat along axis ${axis}`)
  if (mode === 'maximum') return [broadcastShape(max(x, over), shape)]
  if (mode === 'minimum') return [broadcastShape(min(x, over), shape)]
  if (mode === 'mean') {
    const middle = mean(x, over)
    return [broadcastShape(cast(isFloat(x.dtype) ? middle : round(middle), x.dtype), shape)]
  }
  const edge = sliceAxis(x, axis, end === 0 ? 0 : dimSub(x.shape[axis]!, 1), 1)
  if (mode === 'edge') return [broadcastShape(edge, shape)]
  if (mode === 'linearRamp') return [ramp(x, edge, axis, count, end, value)]
  const parts = runs(x, axis, count, mode).map(({ start, step, size }) => {
    // Counted from the edge outwards: before the tensor that runs backwards.
    const from = end === 0 ? start : dimSub(dimSub(x.shape[axis]!, 1), start)
    const by = end === 0 ? step : -step
    const last = dimAdd(from, by > 0 ? dimSub(size, 1) : dimSub(1, size))
    return end === 0 ? sliceAxis(x, axis, last, size, -by) : sliceAxis(x, axis, from, size, by)
  })
  return end === 0 ? parts.reverse() : parts
}

/** From just beside the edge to `value` in equal steps. */
function ramp(x: Tensor, edge: Tensor, axis: number, count: DimExpr, end: 0 | 1, value: number): Tensor {
  const dtype = isFloat(x.dtype) ? x.dtype : 'float64'
  const along = x.shape.map((_, i) => (i === axis ? count : 1))
  const place = reshapeTo(position('$0', [count], dtype), along)
  const size = reshapeTo(
    position(count, [1], dtype),
    along.map(() => 1),
  )
  const part = end === 0 ? div(place, size) : div(sub(size, add(place, 1)), size)
  const values = add(mul(sub(cast(edge, dtype), value), part), value)
  return cast(values, x.dtype)
}

interface Run {
  start: DimExpr
  step: 1 | -1
  size: DimExpr
}

/** Which elements come next outside of the first one, as runs of neighbours; at the other edge it is the mirror image. */
function runs(x: Tensor, axis: number, count: DimExpr, mode: PadMode): Run[] {
  const whole = x.shape[axis]!
  const first: Run =
    mode === 'wrap'
      ? { start: dimSub(whole, 1), step: -1, size: whole }
      : mode === 'reflect'
        ? { start: 1, step: 1, size: dimSub(whole, 1) }
        : { start: 0, step: 1, size: whole }
  if (typeof whole !== 'number' || typeof count !== 'number') return [{ ...first, size: count }]
  if (whole === 1) return Array.from({ length: count }, () => ({ start: 0, step: 1, size: 1 }))
  const back: Run =
    mode === 'wrap' ? first : { start: mode === 'reflect' ? whole - 2 : whole - 1, step: -1, size: first.size }
  const list: Run[] = []
  for (let left = count; left > 0; ) {
    const { start, step, size } = list.length % 2 === 0 ? first : back
    list.push({ start, step, size: Math.min(size as number, left) })
    left -= size as number
  }
  return list
}
