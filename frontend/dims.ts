/**
 * The algebra of dims and indices: integer polynomials over names, with floor division, modulo, min and max of
 * polynomials as further atoms. Every function returns the one normal form, so equal keys mean equal for all values
 * of the names (the converse holds for plain polynomials).
 */
import type { DimExpr, DimOp } from '../runtime/manifest.ts'

export { dimText } from '../runtime/dims.ts'

/** A product of atoms with its integer coefficient; atoms are sorted by key. */
interface Term {
  coefficient: number
  atoms: readonly DimExpr[]
}

/** A polynomial: terms by the key of their product of atoms. */
type Polynomial = Map<string, Term>

export type { DimExpr } from '../runtime/manifest.ts'

/** An index: a dim expression whose names may also be loops and lookups. */
export type Index = DimExpr

/** `left < right`, `left <= right` or `left == right`, between indices. */
export interface Condition {
  relation: '<' | '<=' | '=='
  left: Index
  right: Index
}

/** Range facts used by `//` and `%`: the extent of a name that counts from 0, or undefined. */
export type Extents = (name: string) => DimExpr | undefined

/** A text that is equal for equal expressions. */
export function dimKey(expr: DimExpr): string {
  return typeof expr === 'object' ? JSON.stringify(expr) : typeof expr === 'number' ? String(expr) : `"${expr}"`
}

/** True when both are the same for all values of their names. */
export function dimEqual(a: DimExpr, b: DimExpr): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && dimKey(a) === dimKey(b))
}

/** a + b. */
export function dimAdd(a: DimExpr, b: DimExpr): DimExpr {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a === 0) return b
  if (b === 0) return a
  const sum = polynomial(a)
  for (const term of polynomial(b).values()) addTerm(sum, term)
  return expression(sum)
}

/** a * b. */
export function dimMul(a: DimExpr, b: DimExpr): DimExpr {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a === 1) return b
  if (b === 1) return a
  if (a === 0 || b === 0) return 0
  const product: Polynomial = new Map()
  const right = [...polynomial(b).values()]
  for (const x of polynomial(a).values()) {
    for (const y of right) {
      addTerm(product, { coefficient: x.coefficient * y.coefficient, atoms: sortAtoms([...x.atoms, ...y.atoms]) })
    }
  }
  return expression(product)
}

/** a - b. */
export function dimSub(a: DimExpr, b: DimExpr): DimExpr {
  return dimAdd(a, dimMul(-1, b))
}

/** The product of all, 1 for none: the number of elements of a shape. */
export function dimProduct(shape: readonly DimExpr[]): DimExpr {
  return shape.reduce(dimMul, 1)
}

/** floor(a / b) for positive b; `extents` lets index expressions fold, e.g. (i*n + j) // n = i for j < n. */
export function dimFloorDiv(a: DimExpr, b: DimExpr, extents?: Extents): DimExpr {
  if (typeof a === 'number' && typeof b === 'number' && b !== 0) return Math.floor(a / b)
  if (b === 1 || a === 0) return a
  const { quotient, rest } = divide(a, b)
  if (rest === 0 || (extents && isBelow(rest, b, extents))) return quotient
  // floor(floor(x / c) / b) = floor(x / (c b))
  if (typeof rest === 'object' && rest[0] === '//')
    return dimAdd(quotient, dimFloorDiv(rest[1]!, dimMul(rest[2]!, b), extents))
  return dimAdd(quotient, atom('//', rest, b))
}

/** a - b * floor(a / b) for positive b. */
export function dimMod(a: DimExpr, b: DimExpr, extents?: Extents): DimExpr {
  if (typeof a === 'number' && typeof b === 'number' && b !== 0) return a - b * Math.floor(a / b)
  if (b === 1 || a === 0) return 0
  const { rest } = divide(a, b)
  if (rest === 0) return 0
  if (extents && isBelow(rest, b, extents)) return rest
  return typeof rest === 'number' && typeof b === 'number' ? dimMod(rest, b) : atom('%', rest, b)
}

/** The smaller of two. */
export function dimMin(a: DimExpr, b: DimExpr): DimExpr {
  return extreme('min', a, b)
}

/** The larger of two. */
export function dimMax(a: DimExpr, b: DimExpr): DimExpr {
  return extreme('max', a, b)
}

/** ceil(a / b) for positive b. */
export function dimCeilDiv(a: DimExpr, b: DimExpr): DimExpr {
  return dimFloorDiv(dimAdd(a, dimSub(b, 1)), b)
}

/** The difference a - b when it is a known number, otherwise undefined. */
export function dimDifference(a: DimExpr, b: DimExpr): number | undefined {
  const difference = dimSub(a, b)
  return typeof difference === 'number' ? difference : undefined
}

/** The expression with names replaced, normalized again. */
export function dimSubstitute(expr: DimExpr, value: (name: string) => DimExpr | undefined, extents?: Extents): DimExpr {
  if (typeof expr === 'number') return expr
  if (typeof expr === 'string') return value(expr) ?? expr
  const [op, ...args] = expr
  const replaced = args.map(arg => dimSubstitute(arg, value, extents))
  return combine(op, replaced, extents)
}

/** The names in an expression, in order of first appearance, added to `names`. */
export function dimNames(expr: DimExpr, names: Set<string> = new Set()): Set<string> {
  if (typeof expr === 'string') names.add(expr)
  else if (typeof expr === 'object') for (let i = 1; i < expr.length; i++) dimNames(expr[i] as DimExpr, names)
  return names
}

/** The coefficient of a name when the expression is linear in it (`expr = coefficient*name + rest`), else undefined. */
export function dimLinear(expr: DimExpr, name: string): { coefficient: DimExpr; rest: DimExpr } | undefined {
  let coefficient: DimExpr = 0
  let rest: DimExpr = 0
  for (const term of polynomial(expr).values()) {
    const at = term.atoms.indexOf(name)
    if (at < 0) {
      if (term.atoms.some(a => typeof a === 'object' && dimNames(a).has(name))) return undefined
      rest = dimAdd(rest, fromTerm(term))
    } else {
      const others = term.atoms.filter((_, i) => i !== at)
      if (others.some(a => dimNames(a).has(name))) return undefined
      coefficient = dimAdd(coefficient, fromTerm({ coefficient: term.coefficient, atoms: others }))
    }
  }
  return { coefficient, rest }
}

/** True when the expression is at least `bound` for every value of its names (dims are at least 0, loop names lie in their extent). */
export function dimAtLeast(expr: DimExpr, bound: number, extents: Extents = () => undefined): boolean {
  const low = extremeValue(expr, extents, -1)
  if (low === undefined) return false
  let constant = 0
  for (const { coefficient, atoms } of polynomial(low).values()) {
    if (atoms.length === 0) constant = coefficient
    else if (coefficient < 0) return false
  }
  return constant >= bound
}

/** A number that the expression never exceeds, whatever its names, which are at least 0, stand for; undefined where none is seen. */
export function dimLimit(expr: DimExpr): number | undefined {
  let limit = 0
  for (const { coefficient, atoms } of polynomial(expr).values()) {
    const [most, ...others] = coefficient > 0 ? atoms.map(limitOf) : []
    if (atoms.length === 0) limit += coefficient
    else if (most !== undefined && others.length === 0) limit += coefficient * most
    else if (coefficient > 0 || !atoms.every(each => dimAtLeast(each, 0))) return undefined
  }
  return limit
}

function limitOf(expr: DimExpr): number | undefined {
  if (typeof expr === 'string') return undefined
  if (typeof expr === 'number') return expr
  const [op, ...args] = expr
  const limits = (args as DimExpr[]).map(dimLimit)
  const known = limits.filter(limit => limit !== undefined)
  if (op === 'min') return known.length > 0 ? Math.min(...known) : undefined
  if (op === 'max') return known.length === limits.length ? Math.max(...known) : undefined
  const [dividend, divisor] = [limits[0], args[1]]
  if (typeof divisor !== 'number' || divisor <= 0) return undefined
  return op === '%' ? divisor - 1 : dividend === undefined ? undefined : Math.floor(dividend / divisor)
}

function combine(op: DimOp, args: DimExpr[], extents?: Extents): DimExpr {
  if (op === '+') return args.reduce(dimAdd, 0)
  if (op === '*') return args.reduce(dimMul, 1)
  if (op === '//') return dimFloorDiv(args[0]!, args[1]!, extents)
  if (op === '%') return dimMod(args[0]!, args[1]!, extents)
  return args.reduce((a, b) => extreme(op, a, b))
}

function atom(op: DimOp, ...args: DimExpr[]): DimExpr {
  return [op, ...args]
}

function extreme(op: 'min' | 'max', a: DimExpr, b: DimExpr): DimExpr {
  const difference = dimDifference(a, b)
  if (difference !== undefined) return (op === 'min') === difference <= 0 ? a : b
  const flat = [a, b].flatMap(x => (typeof x === 'object' && x[0] === op ? (x.slice(1) as DimExpr[]) : [x]))
  const unique = new Map(flat.map(x => [dimKey(x), x]))
  return atom(op, ...[...unique.keys()].sort().map(key => unique.get(key)!))
}

function polynomial(expr: DimExpr): Polynomial {
  const terms: Polynomial = new Map()
  const parts = typeof expr === 'object' && expr[0] === '+' ? (expr.slice(1) as DimExpr[]) : [expr]
  for (const part of parts) addTerm(terms, toTerm(part))
  return terms
}

function toTerm(expr: DimExpr): Term {
  if (typeof expr === 'number') return { coefficient: expr, atoms: [] }
  if (typeof expr === 'string' || expr[0] !== '*') return { coefficient: 1, atoms: [expr] }
  const [first, ...rest] = expr.slice(1) as DimExpr[]
  return typeof first === 'number' ? { coefficient: first, atoms: rest } : { coefficient: 1, atoms: [first!, ...rest] }
}

function fromTerm({ coefficient, atoms }: Term): DimExpr {
  if (atoms.length === 0 || coefficient === 0) return coefficient
  if (coefficient === 1) return atoms.length === 1 ? atoms[0]! : ['*', ...atoms]
  return ['*', coefficient, ...atoms]
}

function addTerm(sum: Polynomial, term: Term): void {
  const key = term.atoms.map(dimKey).join('*')
  const coefficient = (sum.get(key)?.coefficient ?? 0) + term.coefficient
  if (coefficient === 0) sum.delete(key)
  else sum.set(key, { coefficient, atoms: term.atoms })
}

function expression(sum: Polynomial): DimExpr {
  while (sum.size > 1 && rejoin(sum)) {}
  if (sum.size === 0) return 0
  if (sum.size === 1) return fromTerm([...sum.values()][0]!)
  // Constants last, so that texts read `n + 1`.
  const keys = [...sum.keys()].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1))
  return ['+', ...keys.map(key => fromTerm(sum.get(key)!))]
}

/**
 * Puts together what was taken apart by one divisor, x % b + b (x // b) = x or x % b + b (x // b % d) = x % (b d), with any
 * factor: a position that was split for a shape and is joined for memory. True when there was such a pair.
 */
function rejoin(sum: Polynomial): boolean {
  for (const [key, term] of sum) {
    for (const a of term.atoms) {
      if (typeof a !== 'object' || a[0] !== '%') continue
      const [x, b] = [a[1]!, a[2]!]
      if (typeof b === 'object' && b[0] === '+') continue
      const factor: Term = { coefficient: term.coefficient, atoms: without(term.atoms, [a])! }
      const above = findAbove(sum, factor, x, b)
      if (!above) continue
      sum.delete(key)
      sum.delete(above.key)
      for (const part of polynomial(dimMul(fromTerm(factor), above.joined)).values()) addTerm(sum, part)
      return true
    }
  }
  return false
}

/** The term `factor b (x // b)` or `factor b (x // b % d)`, and what it is together with `factor (x % b)`, without the factor. */
function findAbove(
  sum: Polynomial,
  factor: Term,
  x: DimExpr,
  b: DimExpr,
): { key: string; joined: DimExpr } | undefined {
  const scaled = toTerm(dimMul(fromTerm(factor), b))
  const quotient = dimFloorDiv(x, b)
  for (const [key, { coefficient, atoms }] of sum) {
    if (coefficient !== scaled.coefficient || atoms.length !== scaled.atoms.length + 1) continue
    const [above, ...more] = without(atoms, scaled.atoms) ?? []
    if (above === undefined || more.length > 0) continue
    if (dimEqual(above, quotient)) return { key, joined: x }
    if (typeof above === 'object' && above[0] === '%' && dimEqual(above[1]!, quotient))
      return { key, joined: dimMod(x, dimMul(b, above[2]!)) }
  }
  return undefined
}

function sortAtoms(atoms: DimExpr[]): DimExpr[] {
  return atoms.sort((a, b) => (dimKey(a) < dimKey(b) ? -1 : dimKey(a) > dimKey(b) ? 1 : 0))
}

/** a = quotient * b + rest, moving out every term of a that the monomial b divides. */
function divide(a: DimExpr, b: DimExpr): { quotient: DimExpr; rest: DimExpr } {
  if (typeof b === 'object' && b[0] === '+') return dimEqual(a, b) ? { quotient: 1, rest: 0 } : { quotient: 0, rest: a }
  const divisor = toTerm(b)
  let quotient: DimExpr = 0
  let rest: DimExpr = 0
  for (const term of polynomial(a).values()) {
    const others = without(term.atoms, divisor.atoms)
    const whole = Math.floor(term.coefficient / divisor.coefficient)
    const exact = whole * divisor.coefficient === term.coefficient
    if (others && (exact || term.atoms.length === divisor.atoms.length)) {
      quotient = dimAdd(quotient, fromTerm({ coefficient: whole, atoms: others }))
      const left = term.coefficient - whole * divisor.coefficient
      if (left !== 0) rest = dimAdd(rest, fromTerm({ coefficient: left, atoms: term.atoms }))
    } else rest = dimAdd(rest, fromTerm(term))
  }
  return { quotient, rest }
}

function without(atoms: readonly DimExpr[], removed: readonly DimExpr[]): DimExpr[] | undefined {
  const left = [...atoms]
  for (const r of removed) {
    const at = left.findIndex(a => dimEqual(a, r))
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left
}

/** True when 0 <= expr < bound for all values of the loop names in it. */
function isBelow(expr: DimExpr, bound: DimExpr, extents: Extents): boolean {
  const high = extremeValue(expr, extents, 1)
  return high !== undefined && dimAtLeast(expr, 0, extents) && dimAtLeast(dimSub(dimSub(bound, high), 1), 0, extents)
}

/** The expression with each loop name at the end of its range that makes it largest (sign 1) or least (sign -1). */
function extremeValue(expr: DimExpr, extents: Extents, sign: 1 | -1): DimExpr | undefined {
  let result: DimExpr = 0
  for (const term of polynomial(expr).values()) {
    let value: DimExpr = term.coefficient
    for (const a of term.atoms) {
      const extent = typeof a === 'string' ? extents(a) : undefined
      const top = extent === undefined ? (typeof a === 'object' ? boundOf(a, extents) : undefined) : dimSub(extent, 1)
      if (top === undefined) value = dimMul(value, a)
      else value = term.coefficient * sign > 0 ? dimMul(value, top) : 0
      if (typeof a === 'object' && top === undefined && !isExtremeFromZero(a, extents)) return undefined
    }
    result = dimAdd(result, value)
  }
  return result
}

/** A minimum of what is never negative, or a maximum with something that is not. */
function isExtremeFromZero([op, ...args]: Exclude<DimExpr, number | string>, extents: Extents): boolean {
  const fromZero = (arg: DimExpr) => dimAtLeast(arg, 0, extents)
  return op === 'min' ? args.every(fromZero) : op === 'max' && args.some(fromZero)
}

/** The greatest value of an atom that is never negative: `x % b` is at most b - 1, `x // b` at most its largest x. */
function boundOf(expr: Exclude<DimExpr, number | string>, extents: Extents): DimExpr | undefined {
  const [op, a, b] = expr as [DimOp, DimExpr, DimExpr]
  if (op === '%') return dimSub(b, 1)
  if (op !== '//' || !dimAtLeast(a, 0, extents)) return undefined
  const high = extremeValue(a, extents, 1)
  return high === undefined ? undefined : dimFloorDiv(high, b)
}
