/**
 * Contractions whose windows hang over the edges of what they move on (spans.ts), as gradients of images do, the other way
 * about: by what each place inside gives to the results around it, two places along an axis at a time, which takes fewer
 * products than there are terms (transforms.ts). Windows of five taps on maps of 8x8, 12x12 results: 784 in place of 1600,
 * where tiles of two results each would take 1764 (winograd.ts). Lanes run along the images of a batch.
 *
 * Measured on an EPYC of Zen 4 (Node 24, one thread, float32) in GFLOP/s of the terms inside, by the best way without it and
 * so: gradients of images, 5x5, 20 from 50 channels of 64 images of 12x12: 50 and 90; 64 of eight of 14x14: 50 and 93;
 * 32 of 16 of 32x32: 71 and 73; 3x3, 64 of eight of 14x14: 63 and 90; 32 of 64 of 6x6: 23 and 72.
 */
import { dimLinear } from '../../frontend/dims.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { conditionsOn } from '../../frontend/kernel/schedule.ts'
import type { Margins, Span } from '../contraction/spans.ts'
import { product } from '../cut.ts'
import { type Given, givenBy } from './transforms.ts'
import { mostAxes } from './winograd.ts'

/** Elements of the places and results of a panel, and of all factors of taps, at most. */
const mostKept = 2 ** 19

/** Terms of the sums for what has to be done in their place, at least. */
const leastGain = 1.15

/** One axis: pairs of places, and results from that which the first place and tap give to. */
export interface Axis {
  span: Span
  by: Given
  pairs: number
  /** Results that pairs reach, and how many of them are before the first that is asked for. */
  reached: number
  before: number
  /** Taps run the other way: the last is the first. */
  turned: boolean
}

/** A contraction to be run so. */
export interface Gives {
  kernel: Kernel
  margins: Margins
  axes: readonly Axis[]
  /** How many times as many terms are inside as there is to do. */
  gain: number
}

/** How a contraction without the zeros around its windows is to be run so, or undefined where it cannot be or does not pay. */
export function planGives(kernel: Kernel, margins: Margins): Gives | undefined {
  const { plan, spans, rest } = margins
  const { left, right, fold } = plan
  const { accumulate } = fold
  const float = accumulate === 'float32' || accumulate === 'float64'
  if (!float || left.source.dtype !== accumulate || right.source.dtype !== accumulate) return undefined
  const { axis: row } = left
  if (row.outer.length > 0 || row.loops.length > 1 || conditionsOn(row.name, [left.source]).length > 0) return undefined
  const [rows, deep] = [row.extent, product(rest)]
  if (typeof rows !== 'number' || typeof deep !== 'number' || spans.length > mostAxes) return undefined
  const axes = spans.flatMap(span => axisOf(span) ?? [])
  if (axes.length < spans.length) return undefined
  const of = (count: (axis: Axis) => number) => axes.reduce((all, axis) => all * count(axis), 1)
  const pairs = of(({ pairs }) => pairs)
  const products = of(({ by }) => by.products)
  const kept = of(({ pairs }) => 2 * pairs) * deep * right.width + of(({ reached }) => reached) * rows * right.width
  if (Math.max(kept, products * rows * deep) > mostKept) return undefined
  // Factors of a place are a few operations each, and so is what a product gives to results.
  const work = products * rows * deep + 3 * of(({ by }) => by.factors) * deep + 5 * products * rows
  const gain = (of(({ span }) => span.inside!) * rows * deep) / (pairs * work)
  return gain >= leastGain ? { kernel, margins, axes, gain } : undefined
}

/** An axis of windows that slide by one and reach all results; undefined of others. */
function axisOf(span: Span): Axis | undefined {
  const { column, tap, place, from, to, inside } = span
  const slope = dimLinear(place, tap.name)?.coefficient
  const start = dimLinear(place, tap.name)?.rest
  const first = start === undefined ? undefined : dimLinear(start, column.name)
  if (inside === undefined || first?.coefficient !== 1 || typeof first.rest !== 'number') return undefined
  const by = givenBy(tap.extent as number)
  if (!by || (slope !== 1 && slope !== -1)) return undefined
  const pairs = Math.ceil((to - from) / 2)
  const reached = 2 * pairs + by.taps - 1
  // The column whose place is `from` at tap 0, or at the last one where taps run along with columns.
  const before = first.rest + (slope === 1 ? by.taps - 1 : 0) - from
  if (before < 0 || reached - before < (column.extent as number)) return undefined
  return { span, by, pairs, reached, before, turned: slope === 1 }
}
