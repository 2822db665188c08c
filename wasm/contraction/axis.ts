/** The loops along which tiles cut an operand, the last of them taken as one where that is possible. */
import {
  dimAdd,
  dimEqual,
  dimFloorDiv,
  dimLinear,
  dimMod,
  dimMul,
  dimNames,
  dimSub,
  type Index,
} from '../../frontend/dims.ts'
import { continues } from '../../frontend/kernel/collapse.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { Expr, Loop, Stage } from '../../frontend/kernel/ir.ts'
import { openLoop, openLoops } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { expressions, indicesOf } from '../../frontend/kernel/walk.ts'
import { positionIn } from '../accumulate.ts'

export interface Axis {
  /** Loops that run around the tiles. */
  outer: readonly Loop[]
  /** Loops that are one to tiles, row-major. */
  loops: readonly Loop[]
  /** Later stages do not run on along the loops: they have to know the place of each. Otherwise the last stands for all. */
  apart: boolean
  name: string
  /** Places along the axis. */
  extent: Index
  /** Of several loops: the array with `Σ step * loop` of each place, in steps of the last loop. */
  table?: { array: string; steps: readonly Index[] }
}

interface Question {
  loops: readonly Loop[]
  later: readonly Stage[]
  /** Elements of a tile along the axis. */
  width: number
  expr: Expr
  /** Lanes run along the axis. */
  lanes: boolean
}

/**
 * Joins as many of the last loops as can be: of lanes where later stages run on, unless the last loop is whole tiles already; of
 * rows unless it is several of them, as the other operand is packed once for each turn of what is not joined.
 */
export function joinAxis(writer: Writer, question: Question): Axis {
  const { loops, later, width, lanes } = question
  const last = loops[loops.length - 1]!
  const short = !lanes && typeof last.extent === 'number' && last.extent <= width
  const fits = typeof last.extent === 'number' && last.extent % width === 0
  const runsOn = (at: number) => later.every(stage => continues(stage, loops[at - 1]!, loops[at]!))
  let from = loops.length - 1
  let steps: Index[] = [1]
  let apart = false
  while (from > 0 && (short || (!fits && (!lanes || runsOn(from))))) {
    const wider = stepsOf(question, loops.slice(from - 1))
    if (!wider) break
    apart ||= !runsOn(from)
    steps = wider
    from--
  }
  const joined = loops.slice(from)
  const extent = joined.reduce<Index>((size, loop) => dimMul(size, loop.extent), 1)
  const axis = { outer: loops.slice(0, from), loops: joined, apart, name: last.name, extent }
  return joined.length > 1 ? { ...axis, table: { array: writer.name('places'), steps } } : axis
}

/** How far each loop moves every place that the operand reads, in steps of the last loop; undefined where it is no sum. */
function stepsOf({ expr }: Question, loops: readonly Loop[]): Index[] | undefined {
  const { places, others } = readsOf(expr)
  const names = new Set(loops.map(({ name }) => name))
  const mentions = (index: Index) => [...dimNames(index)].some(name => names.has(name))
  if (others.some(mentions)) return undefined
  let common: Index[] | undefined
  for (const place of places.filter(mentions)) {
    const steps = stepsAlong(place, loops)
    if (!steps || (common && !common.every((step, i) => dimEqual(step, steps[i]!)))) return undefined
    common = steps
  }
  return common
}

function stepsAlong(place: Index, loops: readonly Loop[]): Index[] | undefined {
  const coefficients = loops.map(({ name }) => dimLinear(place, name)?.coefficient)
  const unit = coefficients[coefficients.length - 1]
  if (unit === undefined || unit === 0) return undefined
  const steps: Index[] = []
  for (const coefficient of coefficients) {
    if (coefficient === undefined || loops.some(({ name }) => dimNames(coefficient).has(name))) return undefined
    const step = dimFloorDiv(coefficient, unit)
    if (!dimEqual(dimMul(step, unit), coefficient)) return undefined
    steps.push(step)
  }
  return steps
}

/** The places that an expression loads from, and all its other indices. */
function readsOf(root: Expr): { places: Index[]; others: Index[] } {
  const places: Index[] = []
  const others: Index[] = []
  for (const expr of expressions([root])) {
    if (expr.kind === 'load' && !expr.lookups) places.push(expr.at)
    else others.push(...indicesOf(expr))
  }
  return { places, others }
}

/** What each loop of an axis is at a place along it. */
export function loopsAt({ loops, apart, name }: Axis, place: Index): Map<string, Index> {
  if (!apart) return new Map(loops.map(loop => [loop.name, loop.name === name ? place : 0]))
  let rest = place
  const found = [...loops].reverse().map(({ name, extent }): [string, Index] => {
    const at = dimMod(rest, extent)
    rest = dimFloorDiv(rest, extent)
    return [name, at]
  })
  return new Map(found)
}

/** Places along the axis in the table: whole tiles of them. */
export const tableSize = ({ extent }: Axis, width: number): Index =>
  dimMul(dimFloorDiv(dimAdd(extent, width - 1), width), width)

/** Writes the table of an axis of several loops; what a tile has beyond the end is the last place again. */
export function fillTable(writer: Writer, scope: Scope, axis: Axis, width: number): void {
  const { loops, extent, table } = axis
  if (!table) return
  const sumOf = (at: (loop: Loop) => Index) =>
    loops.reduce<Index>((place, loop, i) => dimAdd(place, dimMul(table.steps[i]!, at(loop))), 0)
  const put = (inner: Scope, at: Index, value: Index) => {
    const register = writer.let(inner, 'int32', 1, { kind: 'index', value: inner.resolve(value), step: 0 })
    inner.statements.push({ kind: 'store', to: table.array, at: inner.resolve(at), stride: 0, value: register })
  }
  const sum = sumOf(({ name }) => name)
  openLoops([scope], loops, ([inner]) => put(inner!, positionIn(loops), sum))
  const rest = `${axis.name}.rest`
  const last = sumOf(({ extent }) => dimSub(extent, 1))
  openLoop([scope], { name: rest, from: extent, to: tableSize(axis, width) }, ([inner]) => put(inner!, rest, last))
}
