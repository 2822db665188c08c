/**
 * Windows laid out anew. Where a guarded value depends on sums of loops, as a padded window does on `row + tap - 1`, it
 * is copied once for each value of those sums, with what the conditions leave out in it. What folds then reads the copy
 * without a condition, at places that are sums over the loops.
 */
import {
  type Condition,
  dimAdd,
  dimFloorDiv,
  dimLinear,
  dimMax,
  dimMul,
  dimNames,
  dimSub,
  dimSubstitute,
  type Index,
} from '../frontend/dims.ts'
import { extentsOf } from '../frontend/kernel/collapse.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import { type Expr, type Kernel, type Loop, type LoopProgram, vectorLanes } from '../frontend/kernel/ir.ts'
import { type Copies, openLoops, splitRange, sweep, sweepVectors } from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { children, expressions, namesOf, substituteIn, transformExpressions } from '../frontend/kernel/walk.ts'
import { positionIn } from './accumulate.ts'
import { type Division, divisionOf, solved } from './divided.ts'

type Guard = Extract<Expr, { kind: 'guard' }>

/** A guarded value and its copy: `value` over the loops of the copy, and `read`, what loads it over the kernel's own. */
export interface Staged {
  guard: Expr
  read: Expr
  value: Expr
  loops: readonly Loop[]
  /** Names of the kernel's loops that it depends on by their sums alone, and the sums. */
  summed: ReadonlySet<string>
  sums: readonly Sum[]
  array: string
}

/** A sum of loops that conditions are on: `Σ coefficient * loop`, or a quotient of one, from `least` on. */
export interface Sum {
  terms: readonly { loop: Loop; coefficient: number }[]
  axis: Loop
  least: Index
  /** The axis counts multiples: it is `(Σ + offset) / by`. */
  offset: Index
  by: number
}

/** The windows in values, copied where all loops but the `inner` ones are open. */
export function windowsIn(writer: Writer, kernel: Kernel, roots: readonly Expr[], inner: readonly Loop[]): Staged[] {
  return outermostGuards(roots).flatMap(
    guard => layOut(writer, kernel, guard, inner) ?? insideDivisions(writer, kernel, guard, inner),
  )
}

/** The windows in what is asked for only where some indices divide others, by the quotients of these. */
function insideDivisions(writer: Writer, kernel: Kernel, { when, then }: Guard, inner: readonly Loop[]): Staged[] {
  const divisions = when.flatMap(condition => divisionOf(condition) ?? [])
  if (divisions.length < when.length) return []
  return outermostGuards([then]).flatMap(guard => layOut(writer, kernel, guard, inner, divisions) ?? [])
}

function outermostGuards(roots: readonly Expr[]): Guard[] {
  const found: Guard[] = []
  const stack = [...roots]
  for (let expr = stack.pop(); expr; expr = stack.pop()) {
    if (expr.kind === 'guard') found.push(expr)
    else stack.push(...children(expr))
  }
  return [...new Set(found)]
}

function layOut(
  writer: Writer,
  kernel: Kernel,
  guard: Guard,
  inner: readonly Loop[],
  divisions: readonly Division[] = [],
): Staged | undefined {
  const used = namesOf([guard])
  const own = inner.filter(({ name }) => used.has(name))
  const sums = sumsIn(writer, guard, own, divisions)
  if (!sums || sums.length === 0) return undefined
  const summed = new Set(sums.flatMap(({ terms }) => terms.map(({ loop }) => loop.name)))
  const pivots = new Map(sums.map(pivotOf))
  const rename = (name: string) => pivots.get(name)
  const [value] = transformExpressions([guard], expr => substituteIn(expr, rename, extentsOf(kernel))) as [Expr]
  // The value depends on nothing but the sums: everything else about their loops has cancelled out.
  for (const name of namesOf([value])) if (summed.has(name)) return undefined
  const kept = own.filter(({ name }) => !summed.has(name))
  const loops = [...kept, ...sums.map(({ axis }) => axis)]
  const place = new Map(sums.map(sum => [sum.axis.name, dimSub(quotient(sum), sum.least)]))
  const at = loops.reduce<Index>(
    (position, { name, extent }) => dimAdd(dimMul(position, extent), place.get(name) ?? name),
    0,
  )
  const array = writer.name('window')
  const read = { kind: 'load', dtype: guard.dtype, buffer: writer.numberOf(array), at } as const
  return { guard, read, value, loops, summed, sums, array }
}

const total = (terms: Sum['terms']): Index =>
  terms.reduce<Index>((sum, { loop, coefficient }) => dimAdd(sum, dimMul(coefficient, loop.name)), 0)

const quotient = ({ terms, offset, by }: Pick<Sum, 'terms' | 'offset' | 'by'>): Index =>
  dimFloorDiv(dimAdd(total(terms), offset), by)

/** The sums of two and more of the loops that conditions are on; undefined where two of them share a loop. */
function sumsIn(
  writer: Writer,
  guard: Guard,
  loops: readonly Loop[],
  divisions: readonly Division[],
): Sum[] | undefined {
  const found = new Map<string, Pick<Sum, 'terms' | 'offset' | 'by'>>()
  for (const condition of conditionsIn(guard)) {
    const divided = divisions.find(division => isOnQuotient(condition, division, loops))
    const terms = divided ? linearIn(divided.of, loops) : termsOf(condition, loops)
    if (!terms || terms.length <= 1) continue
    const key = terms.map(({ loop, coefficient }) => `${coefficient} ${loop.name}`).join()
    if (divided) found.set(key, { terms, offset: dimSub(divided.of, total(terms)), by: divided.by })
    else found.set(key, found.get(key) ?? { terms, offset: 0, by: 1 })
  }
  // In the order of the kernel's loops: what runs on in memory does so in the copy.
  const place = ({ terms: [first] }: Pick<Sum, 'terms'>) => loops.indexOf(first!.loop)
  const all = [...found.values()].sort((a, b) => place(a) - place(b))
  const names = all.flatMap(({ terms }) => terms.map(({ loop }) => loop.name))
  if (new Set(names).size !== names.length) return undefined
  const sums = all.map((sum): Sum => {
    const bound = (side: 1 | -1) => {
      const end = sum.terms.reduce<Index>((at, { loop: { extent }, coefficient }) => {
        return coefficient * side > 0 ? dimAdd(at, dimMul(coefficient, dimSub(extent, 1))) : at
      }, sum.offset)
      return dimFloorDiv(end, sum.by)
    }
    const least = bound(-1)
    const extent = dimMax(0, dimAdd(dimSub(bound(1), least), 1))
    return { ...sum, least, axis: { name: writer.name('sum'), extent } }
  })
  return sums.every(({ terms }) => terms.some(({ coefficient }) => Math.abs(coefficient) === 1)) ? sums : undefined
}

/** Whether a condition depends on the loops by the quotient of a division alone, where that is a whole number. */
function isOnQuotient({ left, right }: Condition, division: Division, loops: readonly Loop[]): boolean {
  const multiple = 'multiple'
  const names = loops.map(({ name }) => name)
  const pivot = solved(division, names, multiple)
  if (!pivot) return false
  const at = dimSubstitute(dimSub(left, right), name => (name === pivot[0] ? pivot[1] : undefined))
  const mentioned = dimNames(at)
  return mentioned.has(multiple) && !names.some(name => mentioned.has(name))
}

const conditionsIn = (guard: Expr): Condition[] =>
  expressions([guard]).flatMap(expr => (expr.kind === 'guard' ? expr.when : []))

/** The loops of a condition with their coefficients, the first positive; undefined where it is not linear in them. */
function termsOf({ left, right }: Condition, loops: readonly Loop[]): Sum['terms'] | undefined {
  const terms = linearIn(dimSub(left, right), loops)
  const sign = (terms?.[0]?.coefficient ?? 1) < 0 ? -1 : 1
  return terms?.map(({ loop, coefficient }) => ({ loop, coefficient: coefficient * sign }))
}

function linearIn(index: Index, loops: readonly Loop[]): Sum['terms'] | undefined {
  const names = dimNames(index)
  const terms: { loop: Loop; coefficient: number }[] = []
  for (const loop of loops) {
    if (!names.has(loop.name)) continue
    const coefficient = dimLinear(index, loop.name)?.coefficient
    if (typeof coefficient !== 'number') return undefined
    terms.push({ loop, coefficient })
  }
  return terms
}

/** A loop of a sum by the position in the copy and the other loops. */
function pivotOf({ terms, axis, least, offset, by }: Sum): [string, Index] {
  const pivot = terms.find(({ coefficient }) => Math.abs(coefficient) === 1)!
  const others = total(terms.filter(term => term !== pivot))
  const sum = dimSub(dimMul(by, dimAdd(axis.name, least)), offset)
  return [pivot.loop.name, dimMul(pivot.coefficient, dimSub(sum, others))]
}

/** Expressions that read copies in place of what has been copied. */
export function readingCopies(roots: readonly Expr[], copies: readonly Staged[]): Expr[] {
  return transformExpressions(roots, (expr, original) => copies.find(({ guard }) => guard === original)?.read ?? expr)
}

/** How many of the first loops only choose what is copied: a copy is made for each of their turns. */
export function loopsAround(loops: readonly Loop[], copies: readonly Staged[]): number {
  const at = loops.findIndex(({ name }) => copies.some(({ summed }) => summed.has(name)))
  return at < 0 ? loops.length : at
}

export const scratchOf = ({ array, guard, loops }: Staged): LoopProgram['scratch'][number] => ({
  name: array,
  dtype: guard.dtype,
  size: loops.reduce<Index>((size, { extent }) => dimMul(size, extent), 1),
})

/** Makes the copy, for what comes after it in the scope; `position` says where a value is in it, row-major unless given. */
export function copyWindow(
  writer: Writer,
  scope: Scope,
  {
    value,
    loops,
    array,
    position = positionIn(loops),
  }: Pick<Staged, 'value' | 'loops' | 'array'> & { position?: Index },
): void {
  const last = loops[loops.length - 1]!
  const ranges = splitRange(last.name, last.extent, [value])
  const blocks = [
    { lanes: vectorLanes, copies: 1 },
    { lanes: 1, copies: 1 },
  ]
  openLoops([scope], loops.slice(0, -1), ([inner]) => {
    for (const range of ranges ?? [{ from: 0, to: last.extent }]) {
      const put = (copies: Copies) => {
        for (const each of copies) {
          const stored = writer.lanes(value, each, each.vector?.lanes ?? 1)
          each.statements.push({ kind: 'store', to: array, at: each.resolve(position), stride: 1, value: stored })
        }
      }
      // What is copied twice is the same.
      if (!ranges || !sweepVectors(inner!, last.name, range, blocks[0]!, put)) {
        sweep(inner!, last.name, range, ranges ? blocks : blocks.slice(1), put)
      }
    }
  })
  scope.setFilled(array)
}
