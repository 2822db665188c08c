/**
 * Contractions that are convolutions with long windows at few places, as gradients of filters are: which of them minimal
 * filtering makes faster. Taps are taken two by two along each axis (`spreadOf` in transforms.ts): at 3x3 places four taps
 * take 16 products in place of 36, at 5x5 places 49 in place of 100.
 *
 * Measured on an EPYC of Zen 4 (Node 24, one thread, float32, best of rounds) in GFLOP/s of the sums as they are defined, term
 * by term and so. Filters 3x3, 64 to 64 channels, of 56x56: 46 and 95; 128 of four images of 28x28: 48 and 105; 256 of four of
 * 14x14: 46 and 103; 16 of four of 32x32: 35 and 63; 8 of eight of 28x28: 26 and 60; 4 to 64 of 28x28: 42 and 49; 64 of one of
 * 8x8: 43 and 76; 512 of eight of 7x7: 50 and 75. 5x5, 20 to 50 of 64 of 8x8: 44 and 77; 2x2, 32 of four of 28x28: 42 and 65;
 * 6x6, two images: 45 and 73; 1x3, 64 of 28x28: 46 and 67. See `docs/accuracy.md` for the errors.
 */
import type { Condition, Index } from '../../frontend/dims.ts'
import type { Expr, Kernel, Loop } from '../../frontend/kernel/ir.ts'
import { vectorLanes } from '../../frontend/kernel/ir.ts'
import { conditionsOn } from '../../frontend/kernel/schedule.ts'
import { type Cut, turnsInBlock } from '../contraction/depth.ts'
import { type Plan, type Side, tileFor } from '../contraction/plan.ts'
import { type Slide, slidesIn, substituted } from '../contraction/slides.ts'
import { product } from '../cut.ts'
import { type Spread, spreadOf } from './transforms.ts'
import { mostAxes } from './winograd.ts'

/** Places along an axis, at most: code is written for each product, along two axes for each pair. */
const mostPlaces = 6

/** Steps of the depth whose factors are in cache at once. */
export const steps: Cut = { most: 192, about: 128 }

/** Elements of the factors of a block and of the sums of all products, at most. */
const mostKept = 2 ** 22

/**
 * Parts of the depth, best first, with so many elements of sums at most. They are more than the few turns of a loop that threads
 * do not share as it is (parallel.ts). LeNet's second filters, 64 images, two threads over one: 1.92 by eight parts, 1.29 by tiles.
 */
const partings = [8, 7, 6, 5]
const mostApart = 2 ** 20

/** Terms of the sums for what has to be done in their place, at least: an estimate that is on the safe side. 4 to 64 channels, at 1.07, are a sixth faster. */
const leastGain = 0.9

/** One axis: windows slide along `column` by taps that are taken two by two, `tiles` of them. */
export interface Axis extends Slide {
  by: Spread
  tiles: Loop
  /** The name of what is at a place along the axis. */
  place: string
}

/** An operand by channels and places: taps, or the elements that windows move on. */
export interface Channels {
  value: Expr
  channel: Loop
  /** Elements of a tile of sums along the channels. */
  width: number
  /** Neighbouring places that a tile of taps meets along each axis. */
  places: readonly number[]
}

/** A contraction to be run so. */
export interface FewPlaces {
  kernel: Kernel
  /** What tiles are sums of: over the `rest` of the depth and the tiles of taps. */
  plan: Plan
  axes: readonly Axis[]
  rest: readonly Loop[]
  /** Parts that the first loop of the rest is cut into, each with sums of its own: how many depends on shapes alone. */
  parts: number
  /** The operands with lanes along channels, the left one in rows. */
  left: Channels
  right: Channels
  /** Which of them are the elements. */
  elements: 'left' | 'right'
}

/** What else is known: of how many times fewer terms it could be without zeros, and `vectorBits` of `WasmOptions`. */
interface Known {
  least?: number
  vectorBits?: 128 | 256 | undefined
}

/** How a contraction is to be run so, or undefined where it is none of long windows at few places or does not pay. */
export function planFewPlaces(kernel: Kernel, plan: Plan, known: Known = {}): FewPlaces | undefined {
  const { left, right, fold, windows } = plan
  const { accumulate } = fold
  const float = accumulate === 'float32' || accumulate === 'float64'
  if (!float || windows || left.source.dtype !== accumulate || right.source.dtype !== accumulate) return undefined
  return sliding(kernel, plan, right, left, known) ?? sliding(kernel, plan, left, right, known)
}

const loopsOf = ({ axis }: Side): readonly Loop[] => [...axis.outer, ...axis.loops]

/** With the windows of one operand and the taps of the other. */
function sliding(kernel: Kernel, plan: Plan, moved: Side, fixed: Side, known: Known): FewPlaces | undefined {
  const { least = 1, vectorBits = 128 } = known
  const { depth, fold } = plan
  const axes = axesOf(kernel, moved, depth)
  const [channel, ...more] = loopsOf(moved).filter(loop => axes.every(({ column }) => column !== loop))
  const [other, ...others] = loopsOf(fixed)
  if (axes.length === 0 || !channel || !other || more.length > 0 || others.length > 0) return undefined
  const [m, f] = [channel.extent, other.extent]
  if (typeof m !== 'number' || typeof f !== 'number') return undefined
  if (conditionsOn(channel.name, [moved.source]).length + conditionsOn(other.name, [fixed.source]).length > 0)
    return undefined
  const rest = depth.filter(loop => axes.every(({ tap }) => tap !== loop))
  const deep = [...rest, ...axes.map(({ tiles }) => tiles)]
  const tile = tileFor(fold, m, vectorBits)
  const lanes = tile.vectors * vectorLanes
  const turned = padded(m, tile.rows) * padded(f, lanes) < padded(f, tile.rows) * padded(m, lanes)
  const [rowCount, columnCount] = turned ? [m, f] : [f, m]
  const sums = padded(rowCount, tile.rows) * padded(columnCount, lanes)
  const products = axes.reduce((all, { by }) => all * by.products, 1)
  const inBlock = product(turnsInBlock(deep, steps))
  if (typeof inBlock !== 'number') return undefined
  if (products * Math.max(sums, inBlock * Math.max(m, f)) > mostKept) return undefined
  if (!pays(axes, product(deep), { moved: m, fixed: f, products, sums, least })) return undefined
  const elements = { value: atPlaces(kernel, moved.source, axes, true), channel, width: turned ? tile.rows : lanes }
  const taps = { value: atPlaces(kernel, fixed.source, axes, false), channel: other, width: turned ? lanes : tile.rows }
  const both: [Side, Channels][] = [
    [fixed, { ...taps, places: axes.map(() => 2) }],
    [moved, { ...elements, places: axes.map(({ by }) => by.elements) }],
  ]
  const parts = partsOf(deep, rest.length, products * sums)
  const [part, own] = [deep, rest].map(loops =>
    loops.map((loop, i) => (i === 0 && parts > 1 ? { ...loop, extent: (loop.extent as number) / parts } : loop)),
  ) as [Loop[], Loop[]]
  const [[, left], [, right]] = (turned ? both.reverse() : both) as [[Side, Channels], [Side, Channels]]
  const [down, across] = both.map(([side, channels]) => alongChannels(side, channels)) as [Side, Side]
  return {
    ...{ kernel, axes, rest: own, parts, left, right, elements: turned ? 'left' : 'right' },
    plan: { ...plan, left: down, right: across, depth: part, rowCount, columnCount },
  }
}

/** How many parts a depth is cut into along its first loop, one of `rest` besides those over tiles; sums are those of each. */
function partsOf(deep: readonly Loop[], rest: number, sums: number): number {
  const [extent, length] = [deep[0]!.extent, product(deep)]
  if (rest === 0 || typeof extent !== 'number' || typeof length !== 'number') return 1
  const fits = (parts: number) => extent % parts === 0 && length >= parts * steps.about && parts * sums <= mostApart
  return partings.find(fits) ?? 1
}

/** The axes that windows of an operand slide along by one, if they are few and short; none otherwise. */
function axesOf(kernel: Kernel, moved: Side, depth: readonly Loop[]): readonly Axis[] {
  const axes = slidesIn(kernel, moved.source, depth, loopsOf(moved)).flatMap((slide): Axis[] => {
    const { column, tap, stride } = slide
    const [places, taps] = [column.extent, tap.extent]
    if (typeof places !== 'number' || typeof taps !== 'number' || taps < 2 || stride > 1) return []
    if (places < 2 || places > mostPlaces) return []
    const tiles = { name: `${tap.name}.tile`, extent: Math.ceil(taps / 2) }
    return [{ ...slide, by: spreadOf(places), tiles, place: `${column.name}.place` }]
  })
  const taps = new Set(axes.map(({ tap }) => tap))
  return axes.length <= mostAxes && taps.size === axes.length ? axes : []
}

/** An operand in panels of its channels. */
const alongChannels = (side: Side, { channel, width }: Channels): Side => ({
  ...side,
  axis: { outer: [], loops: [channel], apart: false, name: channel.name, extent: channel.extent },
  ...{ width, packed: true, windows: [], around: [], within: [] },
})

const padded = (count: number, width: number): number => Math.ceil(count / width) * width

/** Whether it is worth while: products in tiles that are not full, factors and results counted. */
function pays(
  axes: readonly Axis[],
  deep: Index,
  sizes: { moved: number; fixed: number; products: number; sums: number; least: number },
): boolean {
  const { moved, fixed, products, sums, least } = sizes
  const terms = axes.reduce((all, { column, tap, tiles }) => {
    return (all * (column.extent as number) * (tap.extent as number)) / (tiles.extent as number)
  }, 1)
  const ends = typeof deep === 'number' ? 1 + 10 / Math.max(1, deep) : 1
  return terms * moved * fixed >= leastGain * least * products * (ends * sums + 6 * moved + 4 * fixed)
}

/** An operand by places, with zeros where the last tile of taps has none; elements by those of the first result. */
function atPlaces(kernel: Kernel, source: Expr, axes: readonly Axis[], slides: boolean): Expr {
  const names = axes.flatMap(({ column, tap, backwards, by, place }): [string, Index][] => [
    [tap.name, place],
    ...(slides ? [[column.name, backwards ? by.places - 1 : 0] as [string, Index]] : []),
  ])
  const value = substituted(kernel, source, new Map(names))
  const when = axes.flatMap(({ tap, by, place }): Condition[] => {
    const extent = tap.extent as number
    if (extent % 2 === 0) return []
    return [{ relation: '<', left: place, right: slides ? extent + by.places - 1 : extent }]
  })
  if (when.length === 0) return value
  return {
    kind: 'guard',
    dtype: value.dtype,
    when,
    then: value,
    otherwise: { kind: 'const', dtype: value.dtype, value: 0 },
  }
}
