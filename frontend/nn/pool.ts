/** Pooling: the largest element, the sum or the mean of each window along the last axes. */
import { expectTensors, namedOptions } from '../arguments.ts'
import type { ReductionOp } from '../define.ts'
import { type DimExpr, dimAdd, dimFloorDiv, dimMax, dimMin, dimMul, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused, rankRefused } from '../errors.ts'
import { constant } from '../leaf.ts'
import { div, mul } from '../ops/arithmetic.ts'
import type { ConvAxis } from '../ops/conv.ts'
import { position } from '../ops/create.ts'
import { broadcastShape } from '../ops/move.ts'
import { maxOp, reduce, sumOp } from '../ops/reduce.ts'
import { floatOf, wide } from '../ops/wide.ts'
import { slide } from '../ops/window.ts'
import { named } from '../origin.ts'
import type { AtLeast } from '../rank.ts'
import type { Needs, NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, isNumeric, numbers, type Rank, type SizeCheck } from '../type.ts'
import { windowOption } from './errors.ts'
import type { Pooled } from './known.ts'
import { countWindows, type PaddingOption, type PerAxis, paddingOf, perAxis } from './windows.ts'

/** What is made of a window. Means are over all places, padding included, or over elements alone. */
export type PoolMode = 'max' | 'sum' | 'averageIncPad' | 'averageExcPad'

export interface PoolOptions<Mode extends PoolMode = PoolMode> {
  /** How far windows lie apart: their size when absent. */
  stride?: PerAxis<number>
  /** Places without elements around: none when absent. Padding is never a maximum, and 0 to sums. */
  padding?: Exclude<PaddingOption, 'full'>
  /** `'max'` when absent. */
  mode?: Mode
  /** False for windows that only partly lie on an axis at its end: true when absent, which leaves those out. */
  ignoreBorder?: boolean
}

type Pool<Axes extends Rank> = <D extends DType, R extends Rank, Mode extends PoolMode = 'max'>(
  x: Tensor<D, R> & NeedsNumber<D> & Needs<R, AtLeast<Axes>, `at least ${Axes} axes, not ${R}`>,
  window: PerAxis<number>,
  options?: PoolOptions<Mode>,
) => Tensor<Pooled<D, Mode>, R>

/**
 * Pooling along the last axis, as of [batch, channels, length]. The gradient of a maximum goes to every element that is
 * as large; a window with NaN has NaN. Sums of integers are int64, means of integers float32.
 */
export const pool1d = pooling('pool1d', 1) as Pool<1>
/** Pooling along the last two axes: `pool2d(x, 2)`, `pool2d(x, [3, 2], { stride: 1, mode: 'sum' })`; see `pool1d`. */
export const pool2d = pooling('pool2d', 2) as Pool<2>
/** Pooling along the last three axes; see `pool1d`. */
export const pool3d = pooling('pool3d', 3) as Pool<3>

const poolOptions = ['stride', 'padding', 'mode', 'ignoreBorder'] as const
const modes: readonly PoolMode[] = ['max', 'sum', 'averageIncPad', 'averageExcPad']

function pooling(op: string, axes: number) {
  return named(op, (x: Tensor, window: PerAxis<number>, options: PoolOptions = {}): Tensor => {
    expectTensors(op, x)
    const { mode = 'max', ignoreBorder = true } = namedOptions(op, options, poolOptions)
    if (x.ndim < axes) throw rankRefused(op, [x], axes === 1 ? 'at least one axis' : `at least ${axes} axes`)
    if (!isNumeric(x.dtype)) throw dtypeRefused(op, [x], numbers)
    if (!modes.includes(mode)) throw windowOption(op, 'mode', mode, `one of ${modes.join(', ')}`)
    const along = axesOf(op, window, axes, options)
    const lead = x.ndim - axes
    const counts = along.map((axis, i) =>
      ignoreBorder
        ? countWindows(op, x, lead + i, axis.window, axis, [['operand', x]])
        : windowsBegun(x.shape[lead + i]!, axis),
    )
    const fits = ignoreBorder ? along.map((axis, i) => oneFits(x.shape[lead + i]!, axis, lead + i)) : []
    const over = along.map((_, i) => i)
    const fold = (z: Tensor, by: ReductionOp) => reduce(by, windows(z, along, counts, fits, by === maxOp), over)
    if (mode === 'max') return fold(x, maxOp)
    if (mode === 'sum') return fold(x, sumOp)
    const total = fold(wide(x), sumOp)
    const sizes = along.map((axis, i) => {
      if (placesAreWhole(mode, axis, ignoreBorder)) return constant(axis.window, total.dtype)
      const among = mode === 'averageIncPad' ? axis : { before: 0, after: 0 }
      const behind = new Array<number>(axes - 1 - i).fill(1)
      return position(placesAmong(x.shape[lead + i]!, axis, among), [counts[i]!, ...behind], total.dtype)
    })
    const size = sizes.reduce((a, b) => mul(a, b))
    return cast(div(total, size), floatOf(x))
  })
}

/** How windows of a size lie along one axis. */
type PoolAxis = ConvAxis & { window: number }

function axesOf(op: string, window: PerAxis<number>, axes: number, options: PoolOptions): PoolAxis[] {
  const sizes = perAxis(op, 'window', window, axes, 1)
  const stride = perAxis(op, 'stride', options.stride ?? sizes, axes, 1)
  const pads = paddingOf(op, options.padding ?? 0, sizes) as [number, number][]
  if (pads.some(([before, after], i) => Math.max(before, after) >= sizes[i]!))
    throw windowOption(op, 'padding', options.padding, 'less than the window')
  if (options.ignoreBorder === false && pads.flat().some(size => size > 0))
    throw windowOption(op, 'padding', options.padding, '0 where borders are not ignored')
  return pads.map(([before, after], i) => ({ window: sizes[i]!, stride: stride[i]!, dilation: 1, before, after }))
}

/** How many windows begin on an axis, leaving out those that the one before covers: as Theano counts where borders count. */
function windowsBegun(size: DimExpr, { window, stride }: PoolAxis): DimExpr {
  if (stride >= window) return dimAdd(dimFloorDiv(dimSub(size, 1), stride), 1)
  return dimAdd(dimMax(dimFloorDiv(dimAdd(dimSub(size, 1 + window), stride), stride), 0), 1)
}

/** That there is room for a window on an axis. */
const oneFits = (size: DimExpr, { window, before, after }: PoolAxis, axis: number): SizeCheck => ({
  ...{ left: window, right: dimAdd(dimAdd(size, before), after), relation: '<=' },
  why: `has no window that fits on axis ${axis}`,
})

/** The windows of x, their places along new first axes, where sizes are right. */
function windows(
  x: Tensor,
  along: readonly PoolAxis[],
  counts: readonly DimExpr[],
  checks: readonly SizeCheck[],
  lowest: boolean,
): Tensor {
  const spread = broadcastShape(x, [...along.map(({ window }) => window), ...x.shape], checks)
  return along.reduce((z, { stride, dilation, before }, i) => {
    const sliding = { axis: x.ndim + i, window: i, stride, dilation, before }
    return slide(z, sliding, counts[i]!, lowest)
  }, spread)
}

/** How many places of window `$0` lie on an axis of `size` and what is counted around it. */
function placesAmong(size: DimExpr, axis: PoolAxis, around: Pick<ConvAxis, 'before' | 'after'>): DimExpr {
  const start = dimSub(dimMul(axis.stride, '$0'), axis.before)
  const end = dimMin(dimAdd(start, axis.window), dimAdd(size, around.after))
  return dimSub(end, dimMax(start, dimMul(-1, around.before)))
}

const placesAreWhole = (mode: PoolMode, { before, after }: PoolAxis, ignoreBorder: boolean) =>
  ignoreBorder && (mode === 'averageIncPad' || (before === 0 && after === 0))
