/** How long statements take, roughly: what decides whether threads are worth calling. */
import { dimAdd, dimFloorDiv, dimSubstitute, type Index } from '../frontend/dims.ts'
import type { Operation, Statement } from '../frontend/kernel/ir.ts'
import { type ForLoop, operationOf } from './statements.ts'

/** Nanoseconds, or C++ text for them where only a call knows. */
export type Work = number | string

/** How many turns a loop has. */
export type Turns = (from: Index, to: Index, step: Index) => Work

/** Nanoseconds that each turn of a vector loop spends on an access, and on what an addition costs. */
const unit = 0.2

const costOf = (operation: Operation): number => {
  if (operation.kind === 'const' || operation.kind === 'copy') return 0
  return operation.kind === 'apply' || operation.kind === 'rare' ? unit * operation.op.cost : unit
}

/** The estimated work of a turn of a loop: of the one in the middle, where turns differ. */
export function turnWork({ name, from, to, body }: ForLoop, turns: Turns, around?: ReadonlyMap<string, Index>): Work {
  return workOf(body, turns, new Map([...(around ?? []), [name, middle(from, to)]]))
}

const middle = (from: Index, to: Index): Index => dimFloorDiv(dimAdd(from, to), 2)

/** The estimated work of statements; names stand for what `around` says. */
function workOf(statements: readonly Statement[], turns: Turns, around: ReadonlyMap<string, Index>): Work {
  const names = new Map(around)
  const value = (index: Index) => dimSubstitute(index, name => names.get(name))
  let total: Work = 0
  for (const s of statements) {
    const operation = operationOf(s)
    if (operation) total = plus(total, costOf(operation))
    else if (s.kind === 'store') total = plus(total, unit)
    else if (s.kind === 'name' && !(typeof s.value === 'object' && 'register' in s.value))
      names.set(s.name, value(s.value))
    else if (s.kind === 'if')
      total = plus(total, larger(workOf(s.then, turns, names), workOf(s.otherwise, turns, names)))
    else if (s.kind === 'for') {
      const [from, to] = [value(s.from), value(s.to)]
      // Of blocks what is inside has the ends of the one in the middle, where numbers say which that is.
      const isKnown = typeof from === 'number' && typeof to === 'number'
      const each = isKnown ? turnWork({ ...s, from, to }, turns, names) : workOf(s.body, turns, names)
      total = plus(total, times(turns(from, to, s.step), each))
    }
  }
  return total
}

/** The turns of a loop whose ends are numbers; undefined otherwise. */
export function knownTurns(from: Index, to: Index, step: Index): number | undefined {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number') return undefined
  return Math.max(Math.ceil((to - from) / step), 0)
}

const plus = (a: Work, b: Work): Work => {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  return a === 0 ? b : b === 0 ? a : `${text(a)} + ${text(b)}`
}

export const times = (a: Work, b: Work): Work => {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  return a === 1 ? b : b === 1 ? a : `(${text(a)}) * (${text(b)})`
}

const larger = (a: Work, b: Work): Work =>
  typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : `max<f64>(${text(a)}, ${text(b)})`

/** As a C++ `double`. */
export const text = (work: Work): string => (typeof work === 'number' ? work.toFixed(2) : work)
