/** Dim expressions at call time: their value under known dims, and the dims from the sizes that came in. */
import type { DimExpr, DimOp, InputPort, Manifest } from './manifest.ts'
import {
  ambiguousLength,
  brokenConstraint,
  brokenFact,
  dimOverflow,
  notAMultiple,
  unboundDim,
  wrongElements,
  wrongShape,
} from './messages.ts'

/** The value of each dim by name. */
export type Dims = ReadonlyMap<string, number>

/**
 * Elements along an axis and bytes of an array, at most: code counts and reckons with differences of addresses in 32 bits,
 * and what goes by blocks counts up to a block past the end.
 */
export const mostCounted: number = 2 ** 31 - 2 ** 20

/** `a % b` with the sign of b, as Python's. */
const mod = (a: number, b: number): number => ((a % b) + b) % b

const operators: Readonly<Record<DimOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '*': (a, b) => a * b,
  '//': (a, b) => (a - mod(a, b)) / b,
  '%': mod,
  min: Math.min,
  max: Math.max,
}

/** The value of `expr`, exact; throws when a name is unknown, a divisor is 0, or a step of it passes 2^53. */
export function evaluate(expr: DimExpr, dims: Dims): number {
  if (typeof expr === 'number') return expr
  if (typeof expr === 'string') {
    const value = dims.get(expr)
    if (value === undefined) throw unboundDim(expr)
    return value
  }
  let value = evaluate(expr[1]!, dims)
  for (let i = 2; i < expr.length; i++) value = operators[expr[0]](value, evaluate(expr[i] as DimExpr, dims))
  if (!Number.isSafeInteger(value)) throw dimOverflow(dimText(expr), dims)
  return value
}

/** Each dim of `shape` evaluated. */
export const evaluateShape = (shape: readonly DimExpr[], dims: Dims): number[] => shape.map(dim => evaluate(dim, dims))

/** `expr` as people write it: `2*batch + 1`, `n // 4`, `max(a, 1)`. */
export function dimText(expr: DimExpr): string {
  if (typeof expr !== 'object') return String(expr)
  const [op, ...args] = expr
  if (op === 'min' || op === 'max') return `${op}(${args.map(dimText).join(', ')})`
  const wrap = (arg: DimExpr) =>
    typeof arg === 'object' && arg[0] !== 'min' && arg[0] !== 'max' ? `(${dimText(arg)})` : dimText(arg)
  if (op === '+') return args.map(dimText).join(' + ').replaceAll('+ -', '- ')
  if (op === '*') return args[0] === -1 ? `-${args.slice(1).map(wrap).join('*')}` : args.map(wrap).join('*')
  return args.map(wrap).join(` ${op} `)
}

/** A shape as people write it: `[batch, 784]`. */
export const shapeText = (shape: readonly DimExpr[]): string =>
  `[${shape
    .map(dimText)
    .join(', ')
    .replace(/\?[\w.]*/g, '?')}]`

/** `scale * name + offset`; without a name its value is `offset`. */
interface Linear {
  name?: string
  scale: number
  offset: number
}

/** `expr` as a linear form of the one name that `dims` does not have yet, or undefined when it is none. */
function linear(expr: DimExpr, dims: Dims): Linear | undefined {
  if (typeof expr === 'number') return { scale: 0, offset: expr }
  if (typeof expr === 'string') {
    const value = dims.get(expr)
    return value === undefined ? { name: expr, scale: 1, offset: 0 } : { scale: 0, offset: value }
  }
  const [op, ...args] = expr
  let total: Linear | undefined
  for (const arg of args) {
    const next = linear(arg, dims)
    total = next && (total ? combine(op, total, next) : next)
    if (!total) return undefined
  }
  return total
}

function combine(op: DimOp, a: Linear, b: Linear): Linear | undefined {
  if (a.name === undefined && b.name === undefined) return { scale: 0, offset: operators[op](a.offset, b.offset) }
  const name = (a.name ?? b.name)!
  if (op === '+' && (a.name ?? name) === (b.name ?? name)) {
    return { name, scale: a.scale + b.scale, offset: a.offset + b.offset }
  }
  if (op !== '*' || (a.name !== undefined && b.name !== undefined)) return undefined
  const [factor, form] = a.name === undefined ? [a.offset, b] : [b.offset, a]
  return { name, scale: factor * form.scale, offset: factor * form.offset }
}

/** What came in for one input: its shape, or undefined for a flat typed array; its length; its value where it binds a dim. */
export interface Given {
  shape: readonly number[] | undefined
  length: number
  value: number | undefined
}

/** The part of a manifest that says what binds dims and what must then hold. */
export interface DimRules {
  dims: Manifest['dims']
  inputs: readonly Omit<InputPort, 'buffer'>[]
  constraints: Manifest['constraints']
}

/** An expression that must have this value, and the input that says so. */
interface Equation {
  expr: DimExpr
  value: number
  input: string
}

/**
 * The dims that the given sizes of a program's inputs mean, in the manifest's order. Bare names are read first, then
 * linear forms with one name left are solved until nothing new is found; then every shape, fact and constraint is
 * checked. Errors name the input, the shape it must have and the one it has.
 */
export function bindDims(manifest: DimRules, given: readonly Given[]): Map<string, number> {
  const dims = new Map<string, number>()
  const sources = new Map<string, string>()
  solve(equations(manifest, given), dims, sources)
  for (let i = 0; i < given.length; i++) checkInput(manifest, i, given[i]!, dims, sources)
  const ordered = new Map<string, number>()
  for (const [name, facts] of Object.entries(manifest.dims)) {
    const value = dims.get(name)
    if (value === undefined) throw unboundDim(name)
    const { multipleOf = 1, atLeast = 0 } = facts
    const broken = value % multipleOf ? `a multiple of ${multipleOf}` : value < atLeast ? `at least ${atLeast}` : ''
    if (broken) throw brokenFact(name, value, sources.get(name)!, broken)
    if (value > mostCounted) throw brokenFact(name, value, sources.get(name)!, `at most ${mostCounted}`)
    ordered.set(name, value)
  }
  for (const constraint of manifest.constraints) {
    const { left, right, relation, reason } = constraint
    const [a, b] = [evaluate(left, ordered), evaluate(right, ordered)]
    if (relation === '<=' ? a <= b : a === b) continue
    const text = (expr: DimExpr) => valueText(expr, ordered, manifest.inputs)
    if (typeof left === 'object' && left[0] === '%' && right === 0)
      throw notAMultiple(reason, text(left[1]!), text(left[2]!))
    throw brokenConstraint(constraint, text(left), text(right))
  }
  return ordered
}

/** `2*n - 1 = 5`; of an expression that people would not read, what it is of: `?(n, k) = 5`. */
function valueText(expr: DimExpr, dims: Dims, inputs: DimRules['inputs']): string {
  if (typeof expr === 'number') return String(expr)
  const text = dimText(expr)
  const told = [...new Set(namesOf(expr))].filter(name => inputs.every(({ below }) => below !== name))
  return `${text.length > longestDim ? `?(${told.join(', ')})` : text} = ${evaluate(expr, dims)}`
}

/** Characters of an expression of dims as people read it. */
const longestDim = 50

function equations(manifest: DimRules, given: readonly Given[]): Equation[] {
  const values: Equation[] = []
  const exact: Equation[] = []
  const lengths: Equation[] = []
  for (const [i, { name, shape, binds, below }] of manifest.inputs.entries()) {
    const { shape: got, length, value } = given[i]!
    if (binds !== undefined) values.push({ expr: binds, value: below ? Math.max(value!, 0) : value!, input: name })
    if (below !== undefined) values.push({ expr: below, value: Math.max(-value!, 0), input: name })
    if (got === undefined) lengths.push({ expr: ['*', 1, ...shape], value: length, input: name })
    else if (got.length === shape.length) {
      for (const [axis, expr] of shape.entries()) exact.push({ expr, value: got[axis]!, input: name })
    }
  }
  const bare = (e: Equation): number => (typeof e.expr === 'string' ? 0 : 1)
  return [...values, ...exact.sort((a, b) => bare(a) - bare(b)), ...lengths]
}

/** Solves what is solvable into `dims`; a form without a solution is left to the check that names its input. */
function solve(pending: Equation[], dims: Map<string, number>, sources: Map<string, string>): void {
  let before = -1
  while (before !== dims.size) {
    before = dims.size
    for (const { expr, value, input } of pending) {
      const form = linear(expr, dims)
      if (form?.name === undefined || form.scale === 0) continue
      const solution = (value - form.offset) / form.scale
      if (!Number.isInteger(solution) || solution < 0) continue
      dims.set(form.name, solution)
      sources.set(form.name, input)
    }
  }
}

function checkInput(
  manifest: DimRules,
  i: number,
  given: Given,
  dims: Dims,
  sources: ReadonlyMap<string, string>,
): void {
  const port = manifest.inputs[i]!
  const { shape: got, length } = given
  const expected = `${port.dtype}${shapeText(port.shape)}`
  const unknown = [...new Set(port.shape.flatMap(namesOf))].filter(name => !dims.has(name))
  if (unknown.length > 0) {
    if (got) throw wrongShape(port.name, expected, got, '')
    const solvable = linear(['*', 1, ...port.shape], dims)?.scale
    throw solvable
      ? wrongElements(port.name, expected, length, '')
      : ambiguousLength(port.name, expected, length, unknown)
  }
  const bound = evaluateShape(port.shape, dims)
  const fits = got
    ? got.length === bound.length && got.every((size, axis) => size === bound[axis])
    : length === bound.reduce((total, size) => total * size, 1)
  if (fits) return
  const because = port.reason === undefined ? [] : [`as ${port.reason} wants`]
  const why = [...namesWithSource(port.shape.flatMap(namesOf), port.name, dims, sources), ...because].join(', ')
  const detail = `${bound.length && port.shape.some(dim => typeof dim !== 'number') ? ` = [${bound.join(', ')}]` : ''}`
  throw got
    ? wrongShape(port.name, expected + detail, got, why)
    : wrongElements(port.name, expected + detail, length, why)
}

/** `batch is 128 by input 'x'`, for the names that another input than `self` has bound. */
function namesWithSource(names: string[], self: string, dims: Dims, sources: ReadonlyMap<string, string>): string[] {
  const others = [...new Set(names)].filter(name => sources.get(name) !== self)
  return others.map(name => `${name} is ${dims.get(name)} by input '${sources.get(name)}'`)
}

/** The names in `expr`, with repetitions. */
export function namesOf(expr: DimExpr): string[] {
  const names: string[] = []
  const stack: DimExpr[] = [expr]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next === 'string') names.push(next)
    else if (typeof next === 'object') stack.push(...(next.slice(1) as DimExpr[]))
  }
  return names
}
