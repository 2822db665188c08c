/** The folds of a stage: along lanes, or one step after the other; whole, or between bounds. */
import { dimEqual, dimMax, dimMin, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import { type Expr, type Fold, type Loop, type Stage, vectorLanes } from '../frontend/kernel/ir.ts'
import {
  type Block,
  type Copies,
  openRanges,
  type Range,
  splitRange,
  sweep,
  unrolled,
} from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { Accumulator, addedTogether, finish, type Partial, registersOf } from './accumulate.ts'
import { product } from './cut.ts'
import type { Keeper } from './keep.ts'

/** v128 accumulators of a fold along lanes: enough to hide the latency of an addition. */
const chains = 4

/** Steps of a fold that are written one after the other, at most, and values in all of them. */
const unrolledSteps = 32
const unrolledWork = 160

/** Folds of at most so much work leave registers for that many accumulators of wide types. */
const shortFold = 4

/** Turns of a loop that go one by one, and as one vector. */
export const scalarBlock: Block = { lanes: 1, copies: 1 }
export const vectorBlock: Block = { lanes: vectorLanes, copies: 1 }

/** What all stages of a kernel share. */
export interface Context {
  writer: Writer
  keeper?: Keeper
  /** Folds in blocks, in kernels that have none but these to share; undefined where they are too short for that. */
  inBlocks?: InBlocks | undefined
  /** What is computed first at each step of the stage. */
  within?: ((copies: Copies) => void) | undefined
}

/** Gives the results of folds whose `loops` it cuts; `between` those of a part. */
export type InBlocks = (
  scope: Scope,
  folds: readonly Fold[],
  loops: readonly Loop[],
  between: (scope: Scope, bounds: readonly Bounds[]) => Partial[],
) => Partial[] | undefined

/** The work of expressions, relative to an addition. */
export const workOf = (roots: readonly Expr[]): number =>
  expressions(roots).reduce((sum, expr) => sum + (expr.kind === 'apply' ? expr.op.cost : 0), 0)

/** The parts of a stage's loop in which conditions hold throughout or nowhere. */
export const rangesOf = (stage: Stage, loop: Loop): Range[] => splitRange(loop.name, loop.extent, stageRoots(stage))!

/** A loop with its bounds. */
export interface Bounds {
  name: string
  from: Index
  to: Index
}

/** All turns of a loop. */
export const wholeOf = ({ name, extent }: Loop): Bounds => ({ name, from: 0, to: extent })

/** The loops of a stage in the order in which they run: that of its lanes innermost. */
export const ordered = ({ loops }: Stage, vector: Loop | undefined): readonly Loop[] =>
  vector ? [...loops.filter(loop => loop !== vector), vector] : loops

/** The folds of a stage that are not in copies; their lanes run along `vector` where given. */
export function foldOne(context: Context, scope: Scope, stage: Stage, vector: Loop | undefined): void {
  const loops = ordered(stage, vector)
  const results =
    context.inBlocks?.(scope, stage.folds, loops, (inner, bounds) =>
      foldBetween(context, inner, stage, vector, bounds),
    ) ?? foldBetween(context, scope, stage, vector, loops.map(wholeOf))
  for (const [f, result] of results.entries()) finish(context.writer, scope, stage.folds[f]!, result)
  context.keeper?.publish(stage, scope, 0)
}

/** What the folds of a stage give between bounds of its loops, which are in the order of `ordered`. */
export function foldBetween(
  context: Context,
  scope: Scope,
  stage: Stage,
  vector: Loop | undefined,
  bounds: readonly Bounds[],
): Partial[] {
  if (vector) return alongLanes(context, scope, stage, vector, bounds)
  return serially(context, [scope], stage, bounds)[0]!.map(accumulator => accumulator.partial)
}

/** Folds whose loops run one after the other; in a vector loop outside, each lane has its own. */
export function foldSerially(context: Context, copies: Copies, stage: Stage): void {
  const accumulators = serially(context, copies, stage, stage.loops.map(wholeOf))
  copies.forEach((scope, copy) => {
    for (const accumulator of accumulators[copy]!) accumulator.finish(scope)
    context.keeper?.publish(stage, scope, copy * vectorLanes)
  })
}

/** The accumulators in each copy, after their steps. */
export function serially(context: Context, copies: Copies, stage: Stage, bounds: readonly Bounds[]): Accumulator[][] {
  const { writer, keeper, within } = context
  // What is not computed yet may be another in every lane.
  const lanesOf = (scope: Scope, fold: Fold) => (within ? (scope.vector?.lanes ?? 1) : lanesFor(writer, scope, fold))
  const accumulators = copies.map(scope =>
    stage.folds.map(fold => new Accumulator(writer, scope, fold, lanesOf(scope, fold))),
  )
  eachStep(context, copies, stage, bounds, (inner, first) => {
    within?.(inner)
    inner.forEach((scope, copy) => {
      for (const accumulator of accumulators[copy]!) accumulator.step(scope, stage, first)
      keeper?.store(stage, scope, copy * vectorLanes)
    })
  })
  return accumulators
}

/**
 * Opens the loops of a stage, or, where steps are few and short, writes them one after the other: but not where some value
 * is the same in all lanes, because compilers then keep those of all steps in registers, which do not suffice. Of those
 * the body is told which is the first.
 */
function eachStep(
  { writer, within }: Context,
  copies: Copies,
  stage: Stage,
  bounds: readonly Bounds[],
  body: (inner: Copies, first: boolean) => void,
): void {
  const steps = product(stage.loops)
  const values = expressions(stageRoots(stage))
  const few =
    typeof steps === 'number' && steps <= unrolledSteps && steps * copies.length * values.length <= unrolledWork
  const scope = copies[0]!
  const differ = values.every(value => value.kind !== 'load' || scope.isVector(writer.namesOf(value)))
  if (!few || within || (scope.vector && !differ)) {
    openRanges(copies, bounds, inner => body(inner, false))
    return
  }
  let first = true
  unrolled(copies, stage.loops, inner => {
    body(inner, first)
    first = false
  })
}

const lanesFor = (writer: Writer, scope: Scope, { body }: Fold) =>
  scope.isVector(writer.namesOf(body)) ? vectorLanes : 1

/**
 * Folds along lanes: several vector accumulators take turns, one scalar takes what is left over at the end of each
 * row; then vectors are combined in pairs, their lanes in pairs, and the scalar comes last.
 */
function alongLanes(
  { writer, keeper }: Context,
  scope: Scope,
  stage: Stage,
  vector: Loop,
  bounds: readonly Bounds[],
): Partial[] {
  const copies = copiesFor(stage)
  const wide = stage.folds.map(fold => {
    const length = Math.ceil(copies / addedTogether(fold))
    return Array.from({ length }, () => new Accumulator(writer, scope, fold, vectorLanes))
  })
  const narrow = stage.folds.map(fold => new Accumulator(writer, scope, fold, 1))
  const blocks = copies > 1 ? [{ lanes: vectorLanes, copies }, vectorBlock, scalarBlock] : [vectorBlock, scalarBlock]
  openRanges([scope], bounds.slice(0, -1), ([inner]) => {
    for (const range of rangesOf(stage, vector)) {
      sweep(inner!, vector.name, within(range, vector, bounds.at(-1)!), blocks, (scopes, block) => {
        for (const [f, fold] of stage.folds.entries()) {
          const together = addedTogether(fold)
          for (const [i, sum] of (block.lanes > 1 ? wide[f]! : [narrow[f]!]).entries()) {
            if (scopes.length > 1 && together > 1) sum.stepTogether(scopes.slice(together * i, together * (i + 1)))
            else if (scopes[i]) sum.step(scopes[i], stage)
          }
        }
        for (const each of scopes) keeper?.store(stage, each, 0)
      })
    }
  })
  return narrow.map((leftOver, f) => Accumulator.merge(wide[f]!, leftOver, scope))
}

/** The part of a range of a loop that lies between bounds. */
function within(range: Range, { extent }: Loop, { from, to }: Bounds): Range {
  const clamp = (point: Index) => (point === 0 ? from : dimEqual(point, extent) ? to : dimMax(from, dimMin(point, to)))
  return { ...range, from: clamp(range.from), to: clamp(range.to) }
}

/**
 * Copies of the folds' bodies, each with its own accumulators where vectors are not added together first: of wider types, which
 * are several v128, as many only for one short fold.
 */
function copiesFor(stage: Stage): number {
  const width = Math.max(...stage.folds.map(fold => registersOf(fold.accumulate)))
  const short = stage.folds.length === 1 && workOf(stage.folds.map(fold => fold.body)) <= shortFold
  const together = stage.folds.every(fold => addedTogether(fold) > 1)
  return short || together ? chains : Math.max(chains / width, 1)
}
