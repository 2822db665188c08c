/**
 * Contractions whose windows hang far over what they move on: many terms of such sums are zeros, as in the gradient of a
 * small image. Which terms are not is told by sums of a column and a tap.
 */
import {
  type Condition,
  dimAdd,
  dimMax,
  dimMin,
  dimMul,
  dimSub,
  dimSubstitute,
  type Index,
} from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { Expr, Kernel, Loop } from '../../frontend/kernel/ir.ts'
import { conditionsOn, splitRange } from '../../frontend/kernel/schedule.ts'
import { product } from '../cut.ts'
import { type Staged, type Sum, windowsIn } from '../windows.ts'
import { type Plan, planTiles } from './plan.ts'

/** Zeros are left out where there are so many times as many terms as have to be. */
const leastGain = 1.2

/** Lanes from which on it does not matter that the last tile is hardly used, in tiles. */
const enoughTiles = 2

/** Steps of the rest of the depth for which it is worth while to go tap by tap. */
const fewestSteps = 8

/** A column and a tap by whose sum a term is inside or not. */
export interface Span {
  column: Loop
  tap: Loop
  /** The taps that are inside, by the column. */
  taps: { from: Index; to: Index }
  /** The place that column and tap stand for, on an axis of such places, which are inside from `from` to `to`. */
  place: Index
  axis: string
  from: number
  to: number
  /** How many columns and taps together are inside, where the sizes are known. */
  inside: number | undefined
}

/** A contraction whose right operand has no conditions any more: lanes run along a loop that those were not on. */
export interface Margins {
  plan: Plan
  spans: readonly Span[]
  /** Loops of the depth that are no taps. */
  rest: readonly Loop[]
  /** On which it pays, where that depends on the call. */
  when: readonly Condition[]
  /** How many times as many terms there are with the zeros. */
  gain: number
}

/**
 * How a contraction is to be run without its zeros, or undefined where there are none, or few, or no lanes for it. Windows
 * are the right operand: where tiles have them on the left, as of maps so small that lanes run along channels, the two are
 * exchanged, so that lanes run along the images.
 */
export function planMargins(writer: Writer, kernel: Kernel, plan: Plan, vectorBits?: 128 | 256): Margins | undefined {
  if (plan.windows) return undefined
  if (plan.left.windows.length === 0 || plan.words) return marginsOf(writer, kernel, plan)
  const turned = planTiles(writer, kernel, { vectorBits }, true)
  return turned && marginsOf(writer, kernel, turned)
}

function marginsOf(writer: Writer, kernel: Kernel, plan: Plan): Margins | undefined {
  const { source, width, axis } = plan.right
  const columns = [...axis.outer, ...axis.loops]
  const [window, ...more] = windowsIn(writer, kernel, [source], [...columns, ...plan.depth])
  if (window?.guard !== source || more.length > 0 || plan.left.windows.length > 0) return undefined
  const expr = insideOf(window)
  const found = window.sums.map(sum => spanOf(sum, window.value, columns, plan.depth))
  const spans = found.filter(span => span !== undefined)
  if (!expr || spans.length < found.length) return undefined
  const free = columns.filter(loop => spans.every(({ column }) => column !== loop))
  const lanes = free[free.length - 1]
  const rest = plan.depth.filter(loop => spans.every(({ tap }) => tap !== loop))
  const steps = product(rest)
  if (!lanes || (typeof steps === 'number' && steps < fewestSteps)) return undefined
  const { extent } = lanes
  const known = typeof extent === 'number'
  const paid = known ? (width * Math.ceil(extent / width)) / extent : 1 + 1 / enoughTiles
  const gain = spans.reduce((product, span) => product * gainOf(span), 1)
  if (gain < leastGain * paid) return undefined
  const lying = { outer: free.slice(0, -1), loops: [lanes], apart: false, name: lanes.name, extent }
  return {
    plan: {
      ...plan,
      left: { ...plan.left, packed: true },
      right: { ...plan.right, expr, windows: [], around: [], packed: true, axis: lying },
      depth: [...spans.map(({ tap }) => tap), ...rest],
    },
    spans,
    rest,
    gain,
    when: known ? [] : [{ relation: '<=', left: enoughTiles * width, right: extent }],
  }
}

/** What a window has inside, by the places of its sums; undefined where around it is anything but zeros. */
function insideOf({ value, sums }: Staged): Expr | undefined {
  if (value.kind !== 'guard' || value.otherwise.kind !== 'const' || Number(value.otherwise.value) !== 0)
    return undefined
  const decided = sums.flatMap(({ axis }) => conditionsOn(axis.name, [value]))
  const all = decided.length === value.when.length && value.when.every(condition => decided.includes(condition))
  return all ? value.then : undefined
}

/** The span of a sum, if that is one of a column and a tap and what is inside is one range that is known. */
function spanOf({ terms, axis, least }: Sum, value: Expr, columns: readonly Loop[], depth: readonly Loop[]) {
  const column = terms.find(({ loop }) => columns.includes(loop))
  const tap = terms.find(({ loop }) => depth.includes(loop))
  if (terms.length !== 2 || !column || !tap || Math.abs(tap.coefficient) !== 1) return undefined
  const conditions = conditionsOn(axis.name, [value])
  const ranges = splitRange(axis.name, axis.extent, [value])
  const inside = ranges?.filter(({ decisions }) => conditions.every(condition => decisions?.(condition)))
  const [{ from, to } = { from: 0, to: '' }] = inside ?? []
  if (inside?.length !== 1 || typeof from !== 'number' || typeof to !== 'number') return undefined
  const start = dimSub(dimMul(column.coefficient, column.loop.name), least)
  const clamp = (at: Index) => dimMax(0, dimMin(at, tap.loop.extent))
  const taps =
    tap.coefficient === 1
      ? { from: clamp(dimSub(from, start)), to: clamp(dimSub(to, start)) }
      : { from: clamp(dimSub(start, to - 1)), to: clamp(dimSub(start, from - 1)) }
  const place = dimAdd(start, dimMul(tap.coefficient, tap.loop.name))
  const span = { column: column.loop, tap: tap.loop, taps, place, axis: axis.name, from, to }
  return { ...span, inside: countInside(span) }
}

function countInside({ column, tap, place, from, to }: Omit<Span, 'inside'>): number | undefined {
  if (typeof column.extent !== 'number' || typeof tap.extent !== 'number') return undefined
  let inside = 0
  for (let c = 0; c < column.extent; c++) {
    for (let t = 0; t < tap.extent; t++) {
      const at = Number(dimSubstitute(place, name => (name === column.name ? c : t)))
      if (at >= from && at < to) inside++
    }
  }
  return inside
}

/** Terms by those inside; 1 where the sizes are not known. */
const gainOf = ({ column, tap, inside }: Span): number =>
  inside ? ((column.extent as number) * (tap.extent as number)) / inside : 1
