/**
 * Windows summed into the images that they lie on: transposed convolution.
 *
 * Windows a stride apart see the elements of an axis by phase. Element i is number q of phase r, where
 * `i + before = stride q + r`, and is summed over the taps `stride a + r`, of the windows `q - a`: a contraction without a
 * stride, of filters that are so much shorter. To go through the taps of all elements instead would be to add zeros mostly.
 *
 * Few phases of several taps are a contraction each, of as many taps as there are. Many are one, of filters that are so many
 * times as many, the shorter ones with zeros behind them. On an EPYC of Zen 4 (Node 24, one thread), 3x3 at stride 2, 64 to
 * 128 channels of 56x56: 5.0 ms as one and 2.3 apart; 4x4, 32 to 64 of 64x64: 1.8 and 0.95; 5x5, 32 to 64 of 56x56: 2.7 and
 * 1.1; but 7x7, 3 to 64 of 224x224, of few rows: 8.7 and 12.
 *
 * An axis with one window has no sums: its elements are the taps.
 */
import { type DimExpr, dimAdd, dimCeilDiv, dimEqual, dimFloorDiv, dimMod, dimMul, dimSub } from '../dims.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import { contract } from './contract.ts'
import { broadcastShape, join, permute, reshapeTo, sliceAxis, spread } from './move.ts'
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

/** Parts that are contractions of their own, at most, and rows of each from which on they are. */
const mostParts = 4
const fewestRows = 8

/**
 * The images, of a shape [batch, group channel, ...size], of filters [group, filter, channel, ...window] and windows
 * [batch, group, filter, ...count] that lie on the axes of space so.
 */
export function sumOfWindows(filters: Tensor, windows: Tensor, lies: readonly Lie[], shape: Shape): Tensor {
  const one = lies.findIndex((lie, i) => isCovered(lie, shape[2 + i]!, filters.shape[3 + i]!, windows.shape[3 + i]!))
  if (one >= 0) return alongTaps(filters, windows, lies, shape, one)
  const axes = lies.map((lie, i) => phasesOf(lie, shape[2 + i]!, filters.shape[3 + i]!, 4 + 3 * i))
  const apart = partsOf(lies, shape, filters)
  if (apart) return eachApart(filters, windows, apart, shape)
  const long = axes.reduce((w, { apart, taps }, i) => {
    if (!apart) return w
    const [window, all] = [w.shape[3 + i]!, dimMul(taps, apart.phases)]
    if (apart.backwards) return spread(w, 3 + i, dimSub(window, 1), -1, all)
    return dimEqual(all, window) ? w : spread(w, 3 + i, 0, 1, all)
  }, filters)
  const rows = axes.flatMap(({ taps, apart }) => (apart ? [taps, apart.phases] : [taps]))
  const left = reshapeTo(long, [...filters.shape.slice(0, 3), ...rows])
  const labels = axes.flatMap(({ tap, phase, apart }) => (apart ? [tap, phase] : [tap]))
  const out = [batch, group, channel, ...axes.flatMap(({ place, phase, apart }) => (apart ? [place, phase] : [place]))]
  return elementsOf(sumOver(left, labels, windows, axes, out), out, axes, shape)
}

/** Whether one window has a tap on each element of an axis, and no other. */
const isCovered = ({ dilation, before }: Lie, size: DimExpr, window: DimExpr, count: DimExpr): boolean =>
  dimEqual(count, 1) &&
  dimEqual(size, window) &&
  Math.abs(dilation) === 1 &&
  dimEqual(before, dilation < 0 ? dimSub(1, window) : 0)

/** The images where an axis is covered by its one window: the images of the axes besides, for filters of each tap. */
function alongTaps(filters: Tensor, windows: Tensor, lies: readonly Lie[], shape: Shape, axis: number): Tensor {
  const [groups, rows, channels, ...taps] = filters.shape as [DimExpr, DimExpr, DimExpr, ...DimExpr[]]
  const others = <T>(all: readonly T[]): T[] => all.filter((_, i) => i !== axis)
  const tap = taps[axis]!
  // An axis of channels and taps.
  const forward = lies[axis]!.dilation > 0
  const along = forward ? filters : sliceAxis(filters, 3 + axis, dimSub(tap, 1), tap, -1)
  const places = taps.map((_, i) => 3 + i)
  const moved = permute(along, [0, 1, 2, 3 + axis, ...others(places)])
  const each = reshapeTo(moved, [groups, rows, dimMul(channels, tap), ...others(taps)])
  const counts = reshapeTo(windows, [...windows.shape.slice(0, 3), ...others(windows.shape.slice(3))])
  const space = others(shape.slice(2))
  const images = sumOfWindows(each, counts, others(lies), [shape[0]!, dimMul(shape[1]!, tap), ...space])
  const behind = space.map((_, i) => 3 + i)
  const back = [0, 1, ...behind.slice(0, axis), 2, ...behind.slice(axis)]
  return permute(reshapeTo(images, [shape[0]!, shape[1]!, tap, ...space]), back)
}

/** Every so many elements of an axis, from one of the first on: the taps that they meet, and how windows of those lie. */
interface Part {
  taps: { start: number; count: number }
  lie: Lie
}

/** An axis by parts, each of so many places; one that has but one part is an axis of phases as well. */
interface Parts {
  axis: Phases
  step: number
  parts: readonly Part[]
}

/** The axes by parts where those are few, with several taps, and of enough rows to be contractions of their own. */
function partsOf(lies: readonly Lie[], shape: Shape, filters: Tensor): Parts[] | undefined {
  const rows = filters.shape[2]!
  if (typeof rows === 'number' && rows < fewestRows) return undefined
  const all: Parts[] = []
  for (const [i, lie] of lies.entries()) {
    const axis = phasesOf(lie, shape[2 + i]!, filters.shape[3 + i]!, 4 + 3 * i)
    if (!axis.apart) {
      all.push({ axis, step: 1, parts: [] })
      continue
    }
    const { stride, dilation, before } = lie
    const window = filters.shape[3 + i]!
    if (typeof window !== 'number' || typeof before !== 'number' || window < stride) return undefined
    const ahead = dilation < 0 ? before + window - 1 : before
    const places = dimCeilDiv(shape[2 + i]!, stride)
    const parts = Array.from({ length: stride }, (_, element): Part => {
      const skipped = Math.floor((ahead + element) / stride)
      const phase = ahead + element - stride * skipped
      const start = dilation < 0 ? window - 1 - phase : phase
      const taps = { start, count: Math.ceil((window - phase) / stride) }
      return { taps, lie: { stride: 1, dilation: 1, before: skipped } }
    })
    all.push({ axis: { ...axis, places }, step: dilation * stride, parts })
  }
  const count = all.reduce((product, { parts }) => product * Math.max(parts.length, 1), 1)
  const several = all.some(({ parts }) => parts.some(({ taps }) => taps.count > 1))
  return count > 1 && count <= mostParts && several ? all : undefined
}

/** The images by parts, a contraction each. */
function eachApart(filters: Tensor, windows: Tensor, all: readonly Parts[], shape: Shape): Tensor {
  const among = (chosen: readonly Phases[], w: Tensor): Tensor => {
    const i = chosen.length
    if (i === all.length) {
      const out = [batch, group, channel, ...chosen.map(({ place }) => place)]
      const labels = chosen.map(({ tap }) => tap)
      return sumOver(w, labels, windows, chosen, out)
    }
    const { axis, step, parts } = all[i]!
    if (parts.length === 0) return among([...chosen, axis], w)
    const summed = parts.map(({ taps, lie }) => {
      const part = among(
        [...chosen, { ...axis, lie, taps: taps.count }],
        sliceAxis(w, 3 + i, taps.start, taps.count, step),
      )
      return reshapeTo(part, [...part.shape.slice(0, 4 + i), 1, ...part.shape.slice(4 + i)])
    })
    const joined = join(summed, 4 + i)
    const [places, rest] = [dimMul(axis.places, parts.length), joined.shape.slice(5 + i)]
    return sliceAxis(reshapeTo(joined, [...joined.shape.slice(0, 3 + i), places, ...rest]), 3 + i, 0, shape[2 + i]!)
  }
  return reshapeTo(among([], filters), shape)
}

/** Filters whose axes behind the first three are labelled so by windows, summed to `out`. */
function sumOver(
  filters: Tensor,
  labels: readonly number[],
  windows: Tensor,
  axes: readonly Phases[],
  out: readonly number[],
): Tensor {
  const right = axes.reduce(
    (y, { lie, places }, i) => unslide(y, { ...lie, axis: axes.length + 3 + i, window: i }, places),
    broadcastShape(windows, [...axes.map(({ taps }) => taps), ...windows.shape]),
  )
  const lying = [...axes.map(({ tap }) => tap), batch, group, filter, ...axes.map(({ place }) => place)]
  return contract(filters, [group, filter, channel, ...labels], right, lying, out)
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
