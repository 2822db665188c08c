/**
 * Schedule transformations that every target is made of: loops opened around scopes, a loop cut into blocks of widths
 * (`sweep`: split, vectorize, unroll), and ranges split where conditions change.
 */
import {
  type Condition,
  dimAdd,
  dimAtLeast,
  dimCeilDiv,
  dimDifference,
  dimEqual,
  dimFloorDiv,
  dimLinear,
  dimMax,
  dimMin,
  dimMul,
  dimNames,
  dimSub,
  type Index,
} from '../dims.ts'
import type { Expr, Loop, Statement } from './ir.ts'
import { type Decisions, Scope, type VectorLoop } from './scope.ts'
import { expressions } from './walk.ts'

/**
 * The same place in several copies of an unrolled body: their scopes share one block of statements, and each reads the
 * unrolled loop at its own offset. Mostly there is one.
 */
export type Copies = readonly Scope[]

/** Half-open bounds of a loop, with what is known of conditions inside. */
export interface Range {
  from: Index
  to: Index
  decisions?: Decisions
}

type Mode = Extract<Statement, { kind: 'for' }>['mode']

/**
 * Opens one loop around all copies. A loop that cannot run is left out; one that runs once loses its statement, unless
 * it is a vector loop, whose name tells lanes apart.
 */
export function openLoop(
  copies: Copies,
  loop: { name: string; from: Index; to: Index; step?: Index; mode?: Mode },
  body: (inner: Copies) => void,
): void {
  const { name, from, to, step = 1, mode = 'serial' } = loop
  const [first] = copies
  const range = { from: first!.resolve(from), to: first!.resolve(to) }
  const trips = dimDifference(range.to, range.from)
  if (trips !== undefined && trips <= 0) return
  if (mode !== 'vector' && trips !== undefined && typeof step === 'number' && trips <= step) {
    body(
      copies.map(
        scope => new Scope(scope, { defines: [name], rename: new Map([[name, range.from]]), into: scope.statements }),
      ),
    )
    return
  }
  const statements: Statement[] = []
  body(copies.map(scope => new Scope(scope, { defines: [name], into: statements })))
  first!.statements.push({ kind: 'for', mode, name, ...range, step, body: statements })
}

/** Opens several loops that run from 0, the first outermost. */
export function openLoops(
  copies: Copies,
  loops: readonly { name: string; extent: Index }[],
  body: (inner: Copies) => void,
): void {
  openRanges(
    copies,
    loops.map(({ name, extent }) => ({ name, from: 0, to: extent })),
    body,
  )
}

/** Opens several loops between bounds, the first outermost. */
export function openRanges(
  copies: Copies,
  loops: readonly { name: string; from: Index; to: Index }[],
  body: (inner: Copies) => void,
): void {
  const [loop, ...rest] = loops
  if (!loop) body(copies)
  else openLoop(copies, loop, inner => openRanges(inner, rest, body))
}

/** The turns of several loops of known extents, one after the other without a loop. */
export function unrolled(copies: Copies, loops: readonly Loop[], body: (inner: Copies) => void): void {
  const [loop, ...rest] = loops
  if (!loop) {
    body(copies)
    return
  }
  const { name, extent } = loop
  for (let turn = 0; turn < Number(extent); turn++) {
    const rename = new Map([[name, turn]])
    const inner = copies.map(scope => new Scope(scope, { defines: [name], rename, into: scope.statements }))
    unrolled(inner, rest, body)
  }
}

/** One part of a swept loop: `copies` stand side by side, `lanes` elements apart, in a step of both together. */
export interface Block {
  lanes: number
  copies: number
}

/**
 * A loop over a range in blocks of falling widths, each taking what the one before left over: `[{4, 2}, {4, 1}, {1, 1}]`
 * goes by 8 elements in two vectors, then by a vector, then one by one. The last block has to have width 1.
 */
export function sweep(
  scope: Scope,
  name: string,
  range: Range,
  blocks: readonly Block[],
  body: (copies: Copies, block: Block) => void,
): void {
  sweepCopies([scope], name, range, blocks, ([copies], block) => body(copies!, block))
}

/** The same around several copies, each of which has copies of its own inside. */
export function sweepCopies(
  outside: Copies,
  name: string,
  range: Range,
  blocks: readonly Block[],
  body: (copies: readonly Copies[], block: Block) => void,
): void {
  let from = range.from
  const length = dimSub(range.to, range.from)
  for (const block of blocks) {
    const width = block.lanes * block.copies
    const to = width === 1 ? range.to : dimAdd(range.from, dimMul(width, dimFloorDiv(length, width)))
    openLoop(outside, { name, from, to, step: width, mode: block.lanes > 1 ? 'vector' : 'serial' }, inner => {
      body(
        inner.map(each => copiesOf(each, name, block, range.decisions)),
        block,
      )
    })
    from = to
  }
}

/**
 * A loop over a range in vectors, `copies` of them side by side, and at the end one more at most. The last begins as many
 * elements before the end as there are lanes: what a body does with those that it has in common with the one before, which is
 * beside it, is done twice. False, with nothing written, where the length is not known or less than a vector.
 */
export function sweepVectors(
  scope: Scope,
  name: string,
  range: Range,
  { lanes, copies }: Block,
  body: (copies: Copies) => void,
): boolean {
  const length = dimDifference(range.to, range.from)
  if (length === undefined || length < lanes) return false
  const vectors = Math.ceil(length / lanes)
  const full = length % (lanes * copies) === 0
  // One vector that is left goes beside the last others rather than alone.
  const turns = full ? vectors / copies : Math.max(0, Math.floor((vectors - 2) / copies))
  const rest = vectors - turns * copies
  const cut = dimAdd(range.from, turns * copies * lanes)
  const open = (from: Index, to: Index, count: number, within: number) =>
    openLoop([scope], { name, from, to, step: count * lanes, mode: 'vector' }, ([inner]) => {
      body(copiesOf(inner!, name, { lanes, copies: count }, range.decisions, within - lanes))
    })
  if (turns > 0) open(range.from, cut, copies, Infinity)
  if (rest > 0) open(cut, range.to, rest, length - turns * copies * lanes)
  return true
}

/** Copies at one vector after the other, none of them after the `last` element from the first one's. */
function copiesOf(
  inner: Scope,
  name: string,
  { lanes, copies }: Block,
  decisions?: Decisions,
  last = Infinity,
): Copies {
  const start = inner.resolve(name)
  const overlaps = last < (copies - 1) * lanes
  const vector: VectorLoop | undefined = lanes > 1 ? { name, lanes, overlaps } : undefined
  return Array.from({ length: copies }, (_, copy) => {
    const rename = new Map([[name, dimAdd(start, Math.min(copy * lanes, last))]])
    return new Scope(inner, {
      defines: [name],
      rename,
      into: inner.statements,
      ...(vector && { vector }),
      ...(decisions && { decisions }),
    })
  })
}

/**
 * The range of a loop cut so that inside each part every condition on the loop's name holds throughout or nowhere.
 * Undefined when some condition is not a bound of the name, bounds cannot be ordered, or one is only known in a loop
 * of `inside`.
 */
export function splitRange(
  name: string,
  extent: Index,
  roots: readonly Expr[],
  inside: readonly Loop[] = [],
): Range[] | undefined {
  const conditions = conditionsOn(name, roots)
  const points: Index[] = []
  for (const condition of conditions) {
    const bounds = boundsOf(condition, name)
    if (!bounds) return undefined
    for (const { point } of bounds) if (!points.some(known => dimEqual(known, point))) points.push(point)
  }
  const names = new Set(points.flatMap(point => [...dimNames(point)]))
  const sorted = inside.some(loop => names.has(loop.name)) ? undefined : sortIndices(points)
  if (!sorted) return undefined
  const clamp = (point: Index) => dimMax(0, dimMin(point, extent))
  const cuts = [0, ...sorted.map(clamp), extent]
  return cuts.slice(1).map((to, part) => ({
    from: cuts[part]!,
    to,
    ...(sorted.length > 0 && { decisions: decisionsFor(name, sorted, part) }),
  }))
}

/**
 * Opens loops, the first outermost, in ranges throughout which conditions on them hold or do not, as far as that is known
 * outside of the loops `inside`.
 */
export function openDecided(
  outside: Scope,
  [loop, ...rest]: readonly Loop[],
  roots: readonly Expr[],
  inside: readonly Loop[],
  body: (inner: Scope) => void,
): void {
  if (!loop) return body(outside)
  const { name, extent } = loop
  for (const range of splitRange(name, extent, roots, [...rest, ...inside]) ?? [{ from: 0, to: extent }]) {
    const { from, to, decisions } = range as Range
    openLoop([outside], { name, from, to }, ([inner]) => {
      const decided = decisions ? new Scope(inner, { into: inner!.statements, decisions }) : inner!
      openDecided(decided, rest, roots, inside, body)
    })
  }
}

/** Conditions in which a name occurs. */
export function conditionsOn(name: string, roots: readonly Expr[]): Condition[] {
  return expressions(roots).flatMap(expr => (expr.kind === 'guard' ? expr.when.filter(c => dependsOn(c, name)) : []))
}

const dependsOn = ({ left, right }: Condition, name: string) => dimNames(left, dimNames(right)).has(name)

/** A condition on a name as `name < point` (`below`) or its contrary; an equality is two of them. */
function boundsOf({ relation, left, right }: Condition, name: string): { point: Index; below: boolean }[] | undefined {
  const linear = dimLinear(dimSub(left, right), name)
  if (!linear) return undefined
  const { coefficient, rest } = linear
  if (typeof coefficient !== 'number' || coefficient === 0) return undefined
  // With c > 0, c name + rest < 0 is name < ceil(-rest / c), and -c name + rest < 0 is name >= floor(rest / c) + 1.
  const size = Math.abs(coefficient)
  if (relation === '==') {
    if (size > 1) return undefined
    const point = dimMul(-coefficient, rest)
    return [
      { point, below: false },
      { point: dimAdd(point, 1), below: true },
    ]
  }
  const strict = relation === '<' ? rest : dimSub(rest, 1)
  return coefficient > 0
    ? [{ point: dimCeilDiv(dimMul(-1, strict), size), below: true }]
    : [{ point: dimAdd(dimFloorDiv(strict, size), 1), below: false }]
}

/** Part p lies between points p-1 and p, so it is below point k exactly for p <= k. */
function decisionsFor(name: string, points: readonly Index[], part: number): Decisions {
  return condition => {
    if (!dependsOn(condition, name)) return undefined
    return boundsOf(condition, name)!.every(
      ({ point, below }) => part <= points.findIndex(p => dimEqual(p, point)) === below,
    )
  }
}

/** Indices in ascending order, or undefined when the order of two is not known. */
function sortIndices(points: readonly Index[]): Index[] | undefined {
  const sorted: Index[] = []
  for (const point of points) {
    const after = sorted.findIndex(other => dimAtLeast(dimSub(other, point), 0))
    const at = after < 0 ? sorted.length : after
    if (at > 0 && !dimAtLeast(dimSub(point, sorted[at - 1]!), 0)) return undefined
    sorted.splice(at, 0, point)
  }
  return sorted
}
