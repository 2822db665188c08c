/**
 * Contractions that are convolutions with windows of several taps: which of them minimal filtering makes faster.
 *
 * Measured on an EPYC of Zen 4 (Node 24, one thread, float32) in GFLOP/s of the sums as they are defined, term by term and
 * so: 3x3, 64 to 64 channels of 56x56: 51 and 106; 128 of 28x28: 51 and 95; 256 of 14x14: 49 and 88; eight images of 64 of
 * 56x56: 51 and 102; 4 to 64 of 56x56: 49 and 57; 5x5, 20 to 50 of 64 images of 8x8: 48 and 94; 2x2, 64 to 64 of 56x56: 51
 * and 75; 6x6: 52 and 100; 7x7, 32 to 32 of 56x56: 50 and 93; three taps along one axis, 64 of 3000: 50 and 70; 3x3 in
 * float64: 25 and 51. At stride 2: 7x7, 3 to 64 of 224x224: 51 and 82 (Node 20: 42 and 62); 5x5, 32 to 64 of 56x56: 50 and
 * 82; 4x4, 32 to 64 of 64x64: 50 and 81; 3x3, 64 to 128 of 64x64: 50 and 67, of 56x56: 50 and 59 (Node 20: 39 and 49), 3 to
 * 32 of 224x224: 42 and 44. At stride 4: 11x11, 3 to 64 of 227x227: 49 and 88. Tiles half empty: 3x3, 32 to 32 of 16 images
 * of 8x9: 41 and 51. What does not pay: 512 channels of eight images of 7x7, 54 and 49, and tiles emptier still, 16 images of
 * 5x5, 57 and 39. See `docs/accuracy.md` for the errors.
 */
import { type Condition, dimCeilDiv, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Expr, Kernel, Loop } from '../../frontend/kernel/ir.ts'
import { conditionsOn } from '../../frontend/kernel/schedule.ts'
import { type Joined, joinWindows } from '../contraction/folded.ts'
import type { Plan } from '../contraction/plan.ts'
import { type Slide, slidesIn, substituted } from '../contraction/slides.ts'
import { product } from '../cut.ts'
import { results, type Transform, transformOf } from './transforms.ts'

/** Axes along which windows are transformed, at most. */
export const mostAxes = 2

/** Results along the last axis of a group of tiles: the lanes of a vector are tiles. */
export const groupWidth = 4 * results

/** Steps of the depth, of blocks of taps too: on the average of all products to pay, and for which panels have room. */
const [leastDeep, mostDeep] = [4, 1024] as const

/**
 * Terms of all sums for each product, those of empty places in tiles counted, and more than where zeros around windows
 * are left out. Transforming large filters, of more elements than caches hold, has to be worth more.
 */
const leastGain = 1.25
const leastGainOfLarge = 1.8
const leastGainOverMargins = 1.2
const largeFilters = 2 ** 21

/** One that is to be transformed along. */
export interface Transformed extends Slide {
  by: Transform
  /** What number of a phase an element is, and which phase: names that `stride place + phase` is made of. */
  place: string
  phase: string
}

/** A contraction to be run by minimal filtering. */
export interface Winograd {
  /** As if nothing folded results in windows. */
  kernel: Kernel
  /** The windows along each slide's column, if some are folded there. */
  windows: readonly (Joined | undefined)[]
  /** What tiles are sums of: over the `rest` of the depth, lanes along the last slide's column. */
  plan: Plan
  slides: readonly Transformed[]
  /** The right operand by places and phases. */
  value: Expr
  /** Columns that are not slid along. */
  outer: readonly Loop[]
  rest: readonly Loop[]
  /** On which it pays, where that depends on the call. */
  when: readonly Condition[]
}

/**
 * How a contraction is to be run by minimal filtering, or undefined where it is no such convolution or does not pay. Without
 * the zeros around its windows it would have so many times fewer terms.
 */
export function planWinograd(given: Kernel, folded: Plan, margins: number): Winograd | undefined {
  const all = joinWindows(given, folded)
  if (!all) return undefined
  const { kernel, plan, joined } = all
  const { left, right, fold, depth } = plan
  const { accumulate } = fold
  const float = accumulate === 'float32' || accumulate === 'float64'
  if (!float || left.source.dtype !== accumulate || right.source.dtype !== accumulate) return undefined
  const { axis: row } = left
  if (row.outer.length > 0 || row.loops.length > 1 || conditionsOn(row.name, [left.source]).length > 0) return undefined
  const columns = [...right.axis.outer, ...right.axis.loops]
  const sliding = slidesIn(kernel, plan.right.source, plan.depth, columns)
  const slides = sliding
    .flatMap((slide): Transformed[] => {
      const { extent } = slide.tap
      const by = typeof extent === 'number' && extent > 1 ? transformOf(extent, slide.stride) : undefined
      return by ? [{ ...slide, by, place: `${slide.column.name}.place`, phase: `${slide.tap.name}.phase` }] : []
    })
    .slice(-mostAxes)
  const last = slides[slides.length - 1]
  if (!last || last.column !== columns[columns.length - 1]) return undefined
  // Windows of frames that overlap slide along both axes of the frames by one tap: it is transformed once, not twice.
  if (new Set(slides.map(({ tap }) => tap)).size < slides.length) return undefined
  // Along one axis too little is gained for what windows along another would have copied again and again.
  if (slides.length === 1 && sliding.length > 1) return undefined
  const rest = depth.filter(loop => slides.every(({ tap }) => tap !== loop))
  const when = whenItPays(plan, slides, rest, margins)
  if (!when) return undefined
  const outer = columns.filter(loop => slides.every(({ column }) => column !== loop))
  const windows = slides.map(({ column }) => joined.find(({ whole }) => whole === column))
  const whole = groupOf(slides.length).every((count, i) => count % (windows[i]?.size ?? 1) === 0)
  if (!whole || joined.some(({ whole }) => outer.includes(whole))) return undefined
  const { name, extent } = last.column
  const axis = { outer, loops: [last.column], apart: false, name, extent }
  return {
    plan: {
      ...plan,
      left: { ...left, packed: true },
      right: { ...right, axis, windows: [], around: [], packed: true },
      depth: rest,
    },
    kernel,
    windows,
    value: atPlaces(kernel, right.source, slides),
    ...{ slides, outer, rest, when },
  }
}

/** The right operand by places and phases from 0 on; of taps that run backwards, the last is the first. */
function atPlaces(kernel: Kernel, source: Expr, slides: readonly Transformed[]): Expr {
  const moved = slides.flatMap(({ column, tap, backwards, by, place, phase }): [string, Index][] => [
    [tap.name, backwards ? dimSub(by.taps - 1, phase) : phase],
    [column.name, place],
  ])
  return substituted(kernel, source, new Map(moved))
}

/** Results of a group of tiles along each axis. */
export const groupOf = (axes: number): number[] =>
  Array.from({ length: axes }, (_, axis) => (axis === axes - 1 ? groupWidth : results))

/** Groups of tiles along each axis. */
export const groupsAlong = (slides: readonly Slide[]): Index[] =>
  groupOf(slides.length).map((size, axis) => dimCeilDiv(slides[axis]!.column.extent, size))

/** Products of windows along an axis, each of its blocks counted. */
const productsOf = ({ shares }: Transform) =>
  shares.reduce((all, { from, to, blocks }) => all + (to - from) * blocks, 0)

/** On what conditions it pays; undefined where it never does. */
function whenItPays(
  { rowCount }: Plan,
  slides: readonly Transformed[],
  rest: readonly Loop[],
  margins: number,
): Condition[] | undefined {
  const deep = product(rest)
  if (typeof rowCount !== 'number' || typeof deep !== 'number') return undefined
  const along = (count: (by: Transform) => number) => slides.reduce((all, { by }) => all * count(by), 1)
  const terms = along(({ taps }) => taps * results)
  const products = along(productsOf)
  const most = along(({ blocks }) => blocks.length)
  if (deep * products < leastDeep * along(by => by.products) || deep * most > mostDeep) return undefined
  const large = rowCount * deep * products > largeFilters
  const gain = Math.max(large ? leastGainOfLarge : leastGain, leastGainOverMargins * margins)
  const sizes = groupOf(slides.length)
  const places = groupsAlong(slides).reduce<Index>((all, count, axis) => dimMul(all, dimMul(count, sizes[axis]!)), 1)
  // So many of 16 places have to be asked for: small numbers, so that products of sizes stay within an index.
  const used = Math.ceil((16 * gain * products) / terms)
  const [left, right] = [dimMul(used, places), dimMul(16, product(slides.map(({ column }) => column)))]
  if (used > 16) return undefined
  if (typeof left !== 'number' || typeof right !== 'number') return [{ relation: '<=', left, right }]
  return left <= right ? [] : undefined
}
