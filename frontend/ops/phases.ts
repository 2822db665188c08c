/**
 * Windows summed into the images that they lie on: transposed convolution.
 *
 * Windows a stride apart see the elements of an axis by phase. Element i is number q of phase r, where
 * `i + before = stride q + r`, and is summed over the taps `stride a + r`, of the windows `q - a`. So all phases are one
 * contraction without a stride, of filters that are so many times as many and so much shorter. To go through the taps of
 * all elements instead would be to add zeros mostly.
 */
import { type DimExpr, dimAdd, dimCeilDiv, dimEqual, dimFloorDiv, dimMod, dimMul, dimSub } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { contract } from './contract.ts'
import { broadcastShape, reshapeTo, sliceAxis, spread } from './move.ts'
import { type Sliding, unslide } from './window.ts'

/** How windows lie on an axis; those of negative dilation run backwards. */
type Lie = Pick<Sliding, 'stride' | 'dilation' | 'before'>

/** An axis by phases: each has so many places, of so many taps, and windows `lie` on them a place apart. */
interface Phases {
  /** The labels of its places, taps and phases. */
  place: number
  tap: number
  phase: number
  places: DimExpr
  taps: DimExpr
  lie: Lie
  /** How many phases have taps and how many there are, and which element is the first; absent where there is one. */
  apart?: { phases: DimExpr; stride: number; backwards: boolean; first: DimExpr }
}

const [batch, group, filter, channel] = [0, 1, 2, 3] as const

/**
 * The images, of a shape [batch, group channel, ...size], of filters [group, filter, channel, ...window] and windows
 * [batch, group, filter, ...count] that lie on the axes of space so.
 */
export function sumOfWindows(filters: Tensor, windows: Tensor, lies: readonly Lie[], shape: Shape): Tensor {
  const axes = lies.map((lie, i) => phasesOf(lie, shape[2 + i]!, filters.shape[3 + i]!, 4 + 3 * i))
  const long = axes.reduce((w, { apart, taps }, i) => {
    if (!apart) return w
    const [window, all] = [w.shape[3 + i]!, dimMul(taps, apart.phases)]
    if (apart.backwards) return spread(w, 3 + i, dimSub(window, 1), -1, all)
    return dimEqual(all, window) ? w : spread(w, 3 + i, 0, 1, all)
  }, filters)
  const rows = axes.flatMap(({ taps, apart }) => (apart ? [taps, apart.phases] : [taps]))
  const left = reshapeTo(long, [...filters.shape.slice(0, 3), ...rows])
  const right = axes.reduce(
    (y, { lie, places }, i) => unslide(y, { ...lie, axis: axes.length + 3 + i, window: i }, places),
    broadcastShape(windows, [...axes.map(({ taps }) => taps), ...windows.shape]),
  )
  const out = [batch, group, channel, ...axes.flatMap(({ place, phase, apart }) => (apart ? [place, phase] : [place]))]
  const summed = contract(
    left,
    [group, filter, channel, ...axes.flatMap(({ tap, phase, apart }) => (apart ? [tap, phase] : [tap]))],
    right,
    [...axes.map(({ tap }) => tap), batch, group, filter, ...axes.map(({ place }) => place)],
    out,
  )
  return elementsOf(summed, out, axes, shape)
}

function phasesOf({ stride, dilation, before }: Lie, size: DimExpr, window: DimExpr, place: number): Phases {
  const labels = { place, tap: place + 1, phase: place + 2 }
  if (stride === 1 || Math.abs(dilation) !== 1) {
    return { ...labels, places: size, taps: window, lie: { stride, dilation, before } }
  }
  // Where windows run backwards, `before` is short of all but one of their places.
  const backwards = dilation < 0
  const ahead = backwards ? dimAdd(before, dimSub(window, 1)) : before
  const skipped = dimFloorDiv(ahead, stride)
  const short = typeof window === 'number' && window < stride
  return {
    ...labels,
    places: dimSub(dimCeilDiv(dimAdd(ahead, size), stride), skipped),
    taps: short ? 1 : dimCeilDiv(window, stride),
    lie: { stride: 1, dilation: 1, before: skipped },
    apart: { phases: short ? window : stride, stride, backwards, first: dimMod(ahead, stride) },
  }
}

/** The images of their phases, whose axes are labelled `out`. */
function elementsOf(summed: Tensor, out: readonly number[], axes: readonly Phases[], shape: Shape): Tensor {
  const whole = axes.reduce((x, { phase, apart }) => {
    if (!apart || dimEqual(apart.phases, apart.stride)) return x
    return spread(x, out.indexOf(phase), 0, 1, apart.stride)
  }, summed)
  const all = axes.map(({ places, apart }) => dimMul(places, apart?.stride ?? 1))
  return axes.reduce(
    (x, { apart }, i) => {
      const size = shape[2 + i]!
      return !apart || dimEqual(size, all[i]!) ? x : sliceAxis(x, 2 + i, apart.first, size)
    },
    reshapeTo(whole, [...shape.slice(0, 2), ...all]),
  )
}
