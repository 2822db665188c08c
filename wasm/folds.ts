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
  sweepCopies,
  unrolled,
} from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { Accumulator, addedTogether, factorsOf, finish, type Partial, registersOf } from './accumulate.ts'
import { product } from './cut.ts'
import type { Keeper } from './keep.ts'

/** v128 accumulators of a fold along lanes: enough to hide the latency of an addition. */
const chains = 4

/** Steps of a fold that are written one after the other, at most, and values in all of them. */
const unrolledSteps = 32
const unrolledWork = 160

/** Folds of at most so much work leave registers for that many accumulators of wide types. */
export const shortFold = 4

/** Turns of a loop that go one by one, and as one vector. */
export const scalarBlock: Block = { lanes: 1, copies: 1 }
export const vectorBlock: Block = { lanes: vectorLanes, copies: 1 }

/** What all stages of a kernel share. */
export interface Context {
  writer: Writer
  keeper?: Keeper
  /** Folds in blocks, in kernels that have none but these to share; undefined where they are too short for that. */
  inBlocks?: InBlocks | undefined
  /** How many accumulators a fold along lanes has, where rows side by side hide what additions take. */
  ownChains?: number | undefined
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
  if (vector) return alongLanes(context, [scope], stage, vector, bounds)[0]!
  return serially(context, [scope], stage, bounds)[0]!.map(accumulator => accumulator.partial)
}

/** The folds of a stage in rows side by side, with lanes along `vector`: what rows have in common is read once. */
export function foldRows(context: Context, rows: Copies, stage: Stage, vector: Loop): void {
  const results = alongLanes(context, rows, stage, vector, ordered(stage, vector).map(wholeOf))
  for (const [r, row] of rows.entries())
    for (const [f, fold] of stage.folds.entries()) finish(context.writer, row, fold, results[r]![f]!)
}

/** Folds whose loops run one after the other; in a vector loop outside, each lane has its own. */
export function foldSerially(context: Context, copies: Copies, stage: Stage): void {
  const accumulators = serially(context, copies, stage, stage.loops.map(wholeOf))
  copies.forEach((scope, copy) => {
    for (const accumulator of accumulators[copy]!) accumulator.finish(scope)
    context.keeper?.publish(stage, scope, copy * vectorLanes)
  })
}

/** The accumulators in each copy, after their steps. Steps side by side have their own, which the first of them takes. */
export function serially(context: Context, copies: Copies, stage: Stage, bounds: readonly Bounds[]): Accumulator[][] {
  const { writer, keeper, within } = context
  const together = stepsTogether(context, copies, stage)
  // What is not computed yet may be another in every lane.
  const lanesOf = (scope: Scope, fold: Fold) => (within ? (scope.vector?.lanes ?? 1) : lanesFor(writer, scope, fold))
  const accumulators = copies.map(scope =>
    stage.folds.map(fold =>
      Array.from(
        { length: Math.ceil(together / addedTogether(fold)) },
        () => new Accumulator(writer, scope, fold, lanesOf(scope, fold)),
      ),
    ),
  )
  eachStep(context, copies, stage, bounds, together, (inner, first) => {
    within?.(inner.flat())
    inner.forEach((steps, copy) => {
      for (const [f, fold] of stage.folds.entries())
        stepAll(accumulators[copy]![f]!, steps, stage, { together: addedTogether(fold), first })
      for (const step of steps) keeper?.store(stage, step, copy * vectorLanes)
    })
  })
  return accumulators.map((each, copy) =>
    each.map(([all, ...others]) => {
      for (const { partial } of others) all!.take(copies[copy]!, partial)
      return all!
    }),
  )
}

/** Steps side by side, each for an accumulator, or as many as are added `together` for one. */
function stepAll(
  accumulators: readonly Accumulator[],
  steps: Copies,
  stage: Stage,
  { together, first = false }: { together: number; first?: boolean },
): void {
  for (const [i, accumulator] of accumulators.entries()) {
    if (steps.length > 1 && together > 1) accumulator.stepTogether(steps.slice(together * i, together * (i + 1)))
    else if (steps[i]) accumulator.step(steps[i], stage, first)
  }
}

/**
 * How many steps go side by side so that additions do not wait for each other, where copies are fewer than hide that; of steps
 * that are added together first, as many. EPYC of Zen 4, Node 24, folds of 100000x8 down its columns step by step and so, ms:
 * sums 0.110 and 0.074, products 0.084 and 0.073, maxima 0.065 and 0.052, variances 0.235 and 0.153.
 */
function stepsTogether({ within }: Context, copies: Copies, stage: Stage): number {
  const steps = stage.loops.at(-1)?.extent
  if (within || stage.folds.some(fold => factorsOf(fold, stage))) return 1
  if (steps === undefined || (typeof steps === 'number' && steps <= unrolledSteps)) return 1
  if (stage.folds.every(fold => addedTogether(fold) > 1)) return chains
  return Math.max(1, Math.floor(copiesFor(stage) / copies.length))
}

/**
 * Opens the loops of a stage, the innermost with so many steps `together`, or, where steps are few and short, writes them one
 * after the other: but not where some value is the same in all lanes, because compilers then keep those of all steps in
 * registers, which do not suffice. Of those the body is told which is the first.
 */
function eachStep(
  { writer, within }: Context,
  copies: Copies,
  stage: Stage,
  bounds: readonly Bounds[],
  together: number,
  body: (inner: readonly Copies[], first: boolean) => void,
): void {
  const steps = product(stage.loops)
  const values = expressions(stageRoots(stage))
  const few =
    typeof steps === 'number' && steps <= unrolledSteps && steps * copies.length * values.length <= unrolledWork
  const scope = copies[0]!
  const differ = values.every(value => value.kind !== 'load' || scope.isVector(writer.namesOf(value)))
  const alone = (inner: Copies) => inner.map(each => [each])
  if (few && !within && (!scope.vector || differ)) {
    let first = true
    unrolled(copies, stage.loops, inner => {
      body(alone(inner), first)
      first = false
    })
  } else if (together === 1) openRanges(copies, bounds, inner => body(alone(inner), false))
  else {
    const last = bounds.at(-1)!
    const blocks = [{ lanes: 1, copies: together }, scalarBlock]
    openRanges(copies, bounds.slice(0, -1), inner =>
      sweepCopies(inner, last.name, last, blocks, steps => body(steps, false)),
    )
  }
}

const lanesFor = (writer: Writer, scope: Scope, { body }: Fold) =>
  scope.isVector(writer.namesOf(body)) ? vectorLanes : 1

/**
 * Folds along lanes: several vector accumulators take turns, one scalar takes what is left over at the end of each
 * row; then vectors are combined in pairs, their lanes in pairs, and the scalar comes last. Rows side by side share them.
 */
function alongLanes(
  { writer, keeper, ownChains }: Context,
  rows: Copies,
  stage: Stage,
  vector: Loop,
  bounds: readonly Bounds[],
): Partial[][] {
  const copies = ownChains ?? copiesFor(stage)
  const wide = rows.map(row =>
    stage.folds.map(fold => {
      const length = Math.ceil(copies / addedTogether(fold))
      return Array.from({ length }, () => new Accumulator(writer, row, fold, vectorLanes))
    }),
  )
  const narrow = rows.map(row => stage.folds.map(fold => new Accumulator(writer, row, fold, 1)))
  const blocks = copies > 1 ? [{ lanes: vectorLanes, copies }, vectorBlock, scalarBlock] : [vectorBlock, scalarBlock]
  openRanges(rows, bounds.slice(0, -1), inner => {
    for (const range of rangesOf(stage, vector)) {
      sweepCopies(inner, vector.name, within(range, vector, bounds.at(-1)!), blocks, (scopes, block) => {
        for (const [r, each] of scopes.entries()) {
          for (const [f, fold] of stage.folds.entries())
            stepAll(block.lanes > 1 ? wide[r]![f]! : [narrow[r]![f]!], each, stage, { together: addedTogether(fold) })
          for (const scope of each) keeper?.store(stage, scope, 0)
        }
      })
    }
  })
  return rows.map((row, r) => narrow[r]!.map((leftOver, f) => Accumulator.merge(wide[r]![f]!, leftOver, row)))
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
