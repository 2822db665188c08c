/**
 * Which loops of a scheduled kernel threads may share: those whose turns neither add up to one value nor meet in memory.
 * The order of every fold stays as the schedule wrote it, so that results have the same bits at any number of threads.
 */
import {
  type DimExpr,
  dimAdd,
  dimAtLeast,
  dimDifference,
  dimEqual,
  dimNames,
  dimSub,
  dimSubstitute,
} from '../frontend/dims.ts'
import type { LoopProgram, Statement } from '../frontend/kernel/ir.ts'
import { arraysIn, type ForLoop, operationOf, statementsIn } from './statements.ts'
import { knownTurns, times, turnWork } from './work.ts'

/** A kernel taken apart where threads come together: before and after every `shared` loop all are done with all before. */
export type Piece =
  /** What one thread does: or all, where it only gives names to values. */
  | { kind: 'alone'; statement: Statement }
  /** A loop whose turns may be anybody's; every thread has another piece of memory for arrays of scratch in `own`. */
  | { kind: 'shared'; loop: ForLoop; own: readonly string[] }
  /** A loop that one thread goes through, with pieces inside. */
  | { kind: 'for'; loop: ForLoop; pieces: readonly Piece[] }
  | { kind: 'if'; statement: Extract<Statement, { kind: 'if' }>; then: readonly Piece[]; otherwise: readonly Piece[] }

/**
 * The pieces of a kernel, or undefined when there is nothing in it to share: also when it may fail. Loops that are known to
 * take less than `least` nanoseconds are not worth calling anybody for.
 */
export function sharedPieces(program: LoopProgram, least = 0): readonly Piece[] | undefined {
  if (statementsIn(program.body).some(({ kind }) => kind === 'check' || kind === 'barrier')) return undefined
  const pieces = new Analysis(program, least).pieces(program.body)
  return pieces.some(hasShared) ? pieces : undefined
}

/** The scratch arrays that some shared loop wants for every thread. */
export function ownArrays(pieces: readonly Piece[]): Set<string> {
  return new Set(
    pieces.flatMap(piece => {
      if (piece.kind === 'shared') return [...piece.own]
      if (piece.kind === 'for') return [...ownArrays(piece.pieces)]
      return piece.kind === 'if' ? [...ownArrays(piece.then), ...ownArrays(piece.otherwise)] : []
    }),
  )
}

const hasShared = (piece: Piece): boolean =>
  piece.kind === 'shared' ||
  (piece.kind === 'for' && piece.pieces.some(hasShared)) ||
  (piece.kind === 'if' && [...piece.then, ...piece.otherwise].some(hasShared))

/** Statements that give a name to a value and do nothing else. */
export const isPure = ({ kind }: Statement): boolean => kind === 'let' || kind === 'name' || kind === 'array'

class Analysis {
  /** Loops whose turns the kernel itself declares independent; those in blocks the schedule does. */
  readonly #independent: ReadonlySet<string>
  /** How many statements mention each array, in all. */
  readonly #mentions = new Map<string, number>()
  readonly #scratch: ReadonlySet<string>
  /** What names of indices stand for, where they are computed from others. */
  readonly #values: ReadonlyMap<string, DimExpr>

  readonly #least: number

  constructor({ kernel, scratch, body }: LoopProgram, least: number) {
    this.#least = least
    this.#values = new Map(
      statementsIn(body).flatMap(s => (s.kind === 'name' && !isLookup(s.value) ? [[s.name, s.value as DimExpr]] : [])),
    )
    this.#scratch = new Set(scratch.map(({ name }) => name))
    const storing = kernel.stages.filter(({ folds }) => folds.length === 0).flatMap(({ loops }) => loops)
    this.#independent = new Set([...kernel.loops, ...storing].map(({ name }) => name))
    count(arraysIn(body), this.#mentions)
  }

  pieces(statements: readonly Statement[]): Piece[] {
    return statements.map((statement): Piece => {
      if (statement.kind === 'for') return this.#loop(statement)
      if (statement.kind !== 'if') return { kind: 'alone', statement }
      const [then, otherwise] = [this.pieces(statement.then), this.pieces(statement.otherwise)]
      return [...then, ...otherwise].some(hasShared)
        ? { kind: 'if', statement, then, otherwise }
        : { kind: 'alone', statement }
    })
  }

  /**
   * Shared as it is, with scratch of its own where it needs some. But a loop of few long turns is rather gone through by
   * one thread, where all that it does is shared inside; and so is one that cannot be shared, where turns are long.
   */
  #loop(loop: ForLoop): Piece {
    const own = this.#isShort(loop) ? undefined : this.#sharable(loop)
    if (own && !isCoarse(loop)) return { kind: 'shared', loop, own }
    const inside = isCoarse(loop) || depthOf(loop) >= deep ? this.pieces(loop.body) : []
    if (inside.some(hasShared) && (!own || inside.every(doesNothingAlone))) return { kind: 'for', loop, pieces: inside }
    return own ? { kind: 'shared', loop, own } : { kind: 'alone', statement: loop }
  }

  /** Whether it is known that the loop takes less than what is worth sharing. */
  #isShort(loop: ForLoop): boolean {
    const turns = (from: DimExpr, to: DimExpr, step: DimExpr) => knownTurns(from, to, step) ?? Number.NaN
    const { from, to, step } = loop
    return (times(turns(from, to, step), turnWork(loop, turns, this.#values)) as number) < this.#least
  }

  /** The scratch arrays that each thread needs for itself; undefined when its turns are not independent. */
  #sharable(loop: ForLoop): string[] | undefined {
    const inside = statementsIn(loop.body)
    const independent = loop.mode === 'parallel' || this.#independent.has(loop.name.split('.')[0]!)
    if (!independent && !onlyFills(inside)) return undefined
    const made = new Set(inside.flatMap(s => (s.kind === 'let' || s.kind === 'var' ? [s.register.name] : [])))
    const mentions = count(arraysIn(loop.body), new Map())
    const own = new Set<string>()
    // One on the stack is another in the function that a chunk is: nothing of it goes in or out.
    const crosses = (array: string) => !this.#scratch.has(array) && mentions.get(array) !== this.#mentions.get(array)
    if ([...mentions.keys()].some(crosses)) return undefined
    if (inside.some(s => s.kind === 'assign' && !made.has(s.register.name))) return undefined
    for (const { store, at } of storesIn(loop.body, index => isClamped(this.#resolve(index)))) {
      const { to, accumulate } = store
      if (mayMeet(this.#resolve(at), loop)) return undefined
      const apart = dimNames(at).has(loop.name)
      if (typeof to === 'number') {
        if (accumulate || namesInside(inside, store.at)) return undefined
      } else if (!apart || !this.#scratch.has(to)) {
        // What a turn leaves in an array of its own, as one on the stack is, must not be asked for outside.
        if (!independent || mentions.get(to) !== this.#mentions.get(to)) return undefined
        if (this.#scratch.has(to)) own.add(to)
      }
    }
    return [...own]
  }

  /** An index without names of others. */
  #resolve(index: DimExpr): DimExpr {
    const value = (name: string) => this.#values.get(name)
    let [before, after] = [index, dimSubstitute(index, value)]
    while (!dimEqual(before, after)) [before, after] = [after, dimSubstitute(after, value)]
    return after
  }
}

/** Whether statements store to arrays alone, and read none of them: what they leave does not depend on what was there. */
function onlyFills(statements: readonly Statement[]): boolean {
  const stored = new Set(statements.flatMap(s => (s.kind === 'store' ? [s.to] : [])))
  const read = (s: Statement) => {
    const operation = operationOf(s)
    return operation?.kind === 'load' ? operation.from : undefined
  }
  return statements.every(
    s => (s.kind !== 'store' || (typeof s.to === 'string' && !s.accumulate)) && !stored.has(read(s) ?? -1),
  )
}

/** A store with its place by names outside of the statements: loops inside count from where they begin. */
interface Placed {
  store: Extract<Statement, { kind: 'store' }>
  at: DimExpr
}

/** The stores in statements, whose names stand for what `names` says. What is `clamped` stays as it is named. */
function storesIn(
  statements: readonly Statement[],
  clamped: (index: DimExpr) => boolean,
  names: ReadonlyMap<string, DimExpr> = new Map(),
): Placed[] {
  const known = new Map(names)
  const value = (index: DimExpr) => dimSubstitute(index, name => known.get(name))
  return statements.flatMap((s): Placed[] => {
    if (s.kind === 'store') return [{ store: s, at: value(s.at) }]
    if (s.kind === 'if') return [...storesIn(s.then, clamped, known), ...storesIn(s.otherwise, clamped, known)]
    if (s.kind === 'name' && !isLookup(s.value) && !clamped(s.value)) known.set(s.name, value(s.value))
    if (s.kind !== 'for') return []
    return storesIn(
      s.body,
      clamped,
      clamped(s.from) ? known : new Map([...known, [s.name, dimAdd(value(s.from), s.name)]]),
    )
  })
}

const isClamped = (index: DimExpr): boolean =>
  typeof index === 'object' &&
  (index[0] === 'min' || index[0] === 'max' || index.slice(1).some(i => isClamped(i as DimExpr)))

/** Whether a place is told apart by a loop's name times what only a call knows: that may be 0, and all turns then meet. */
function mayMeet(index: DimExpr, loop: ForLoop): boolean {
  if (typeof index !== 'object') return false
  const parts = index.slice(1) as DimExpr[]
  const varies = (part: DimExpr) => dimNames(part).has(loop.name)
  const mayVanish = (part: DimExpr) => isClamped(part) && !endsWith(loop, part) && (varies(part) || !isPositive(part))
  if (index[0] === '*' && parts.some(mayVanish) && parts.some(varies)) return true
  return parts.some(part => mayMeet(part, loop))
}

/** Whether an index is a place in a loop's turn, or the last of all where the last turn goes beyond. */
function endsWith({ name, to, step }: ForLoop, index: DimExpr): boolean {
  if (typeof index !== 'object' || index[0] !== 'min' || typeof step !== 'number') return false
  const parts = index.slice(1) as DimExpr[]
  const isWithin = (part: DimExpr) => {
    const offset = dimDifference(part, name)
    return offset !== undefined && offset >= 0 && offset < step
  }
  const ends = typeof to === 'object' && to[0] === 'min' ? (to.slice(1) as DimExpr[]) : [to]
  const isLast = (part: DimExpr) =>
    !dimNames(part).has(name) && ends.some(end => dimAtLeast(dimSub(part, dimSub(end, 1)), 0))
  return parts.some(isWithin) && parts.every(part => isWithin(part) || isLast(part))
}

/** Whether an index is a maximum with what is never 0. */
const isPositive = (index: DimExpr): boolean =>
  typeof index === 'object' && index[0] === 'max' && index.slice(1).some(each => dimAtLeast(each as DimExpr, 1))

/** Whether a loop goes by blocks, or has but a few turns. */
function isCoarse({ from, to, step }: ForLoop): boolean {
  const turns = [from, to, step].every(each => typeof each === 'number') && (to as number) - (from as number)
  return typeof step === 'number' && (step >= blockStep || (turns !== false && turns <= fewTurns * step))
}

const blockStep = 64
const fewTurns = 4

/** From so many loops inside of each other on, what a turn does may be worth the threads' coming together. */
const deep = 4

const depthOf = (statement: Statement): number => {
  if (statement.kind === 'for') return 1 + Math.max(0, ...statement.body.map(depthOf))
  return statement.kind === 'if' ? Math.max(0, ...[...statement.then, ...statement.otherwise].map(depthOf)) : 0
}

/** Whether a place depends on a value that the code looks up: two turns may then store to the same one. */
function namesInside(statements: readonly Statement[], at: DimExpr): boolean {
  const names = dimNames(at)
  return statements.some(s => s.kind === 'name' && isLookup(s.value) && names.has(s.name))
}

const isLookup = (value: Extract<Statement, { kind: 'name' }>['value']) =>
  typeof value === 'object' && 'register' in value

function doesNothingAlone(piece: Piece): boolean {
  if (piece.kind === 'alone') return isPure(piece.statement)
  if (piece.kind === 'if') return [...piece.then, ...piece.otherwise].every(doesNothingAlone)
  return true
}

function count(names: readonly string[], into: Map<string, number>): Map<string, number> {
  for (const name of names) into.set(name, (into.get(name) ?? 0) + 1)
  return into
}
