/** Which loop lanes should run along: an estimate of the work for four elements, with loads by what their strides cost. */
import { dimAdd, dimDifference, dimLinear, dimNames, type Index } from '../frontend/dims.ts'
import {
  type Expr,
  type Fold,
  type Kernel,
  type Loop,
  type Stage,
  type Store,
  vectorLanes,
} from '../frontend/kernel/ir.ts'
import { type Copies, type Range, splitRange, sweep, sweepVectors } from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { mostInTurn } from '../frontend/kernel/stores.ts'
import { expressions, lookupsOf, stageRoots, stagesWithin } from '../frontend/kernel/walk.ts'
import { product } from './cut.ts'

/** The vector loop of a kernel: one of its outer loops, or of each stage its own (undefined where it stays scalar). */
export interface VectorChoice {
  outer?: Loop | undefined
  inner: readonly (Loop | undefined)[]
  /** Estimated work for four elements. */
  work: number
}

/** Work of a vector access by its stride along the lanes. */
export const unitCost = 1
const splatCost = 0.5
const secondCost = 2
const gatherCost = 6

/** Work of an extreme's end where its own loops run along lanes. */
const mergeCost = 12

/** How the loop that lanes run along is chosen. */
export interface VectorOptions {
  /** Loops that lanes do not run along. */
  around?: readonly Loop[]
  /** Counts what loops leave over from whole vectors, which is much of those of a few taps. */
  leftOver?: boolean
}

/** Chooses by the least estimated work; the last of equally good loops, where memory runs on. */
export function chooseVector(kernel: Kernel, { around = [], leftOver = false }: VectorOptions = {}): VectorChoice {
  const stageCost = (stage: Stage, loop: Loop | undefined) =>
    workAlong(stage, loop) * (leftOver && loop ? 1 / fullness(loop) : 1)
  const inner = kernel.stages.map(stage => {
    const loops = stagesWithin(kernel, stage).length > 0 ? [] : stage.loops
    return best(loops, loop => stageCost(stage, loop) + (loop ? workOfMerging(stage) : 0))
  })
  const weights = kernel.stages.map(stage => (stage.loops.length > 0 ? 1 : 0.05))
  const total = (cost: (stage: Stage, i: number) => number) =>
    kernel.stages.reduce((sum, stage, i) => sum + weights[i]! * cost(stage, i), 0)
  const inside = total((stage, i) => stageCost(stage, inner[i]) + (inner[i] ? workOfMerging(stage) : 0))
  const along = (loop: Loop | undefined) => total(stage => stageCost(stage, loop))
  const outer = best(
    kernel.loops.filter(loop => !around.includes(loop)),
    along,
    inside,
  )
  return outer && splitOuter(kernel, outer) ? { outer, inner: [], work: along(outer) } : { inner, work: inside }
}

/** Extremes are several folds: what those take counts beside what they read, in which sums are hidden. */
const isExtreme = ({ op }: Fold): boolean => op === 'max' || op === 'min'

/** What it takes to combine the lanes of extremes at their end, for four of their steps. */
function workOfMerging({ loops, folds }: Stage): number {
  const steps = product(loops)
  if (typeof steps !== 'number') return 0
  return (vectorLanes * mergeCost * folds.filter(isExtreme).length) / Math.max(1, steps)
}

/** What a loop would take in whole vectors, relative to its steps: by vectors, and what they leave over one by one. */
export function fullness({ extent }: Loop): number {
  if (typeof extent !== 'number') return 1
  return extent / vectorLanes / (Math.floor(extent / vectorLanes) + (extent % vectorLanes))
}

/** An outer loop cut where conditions of any stage change, or undefined where that is only known further inside. */
export function splitOuter({ stages }: Kernel, { name, extent }: Loop): Range[] | undefined {
  return splitRange(
    name,
    extent,
    stages.flatMap(stageRoots),
    stages.flatMap(stage => stage.loops),
  )
}

/** How an outer loop is swept: so many vectors side by side, and some elements twice where that may be. */
interface Sweep {
  width: number
  twice: boolean
}

/**
 * Sweeps an outer loop, part by part, some vectors side by side, then those that are left, then element by element; or, where
 * it may do elements `twice`, with a last vector that overlaps the one before. EPYC of Zen 4, Node 24, element by element and
 * so. GFLOP/s of depthwise convolutions: 3x3 of rows of 27 14.8 and 24.1, of 14 13.1 and 21.8, of 7 7.0 and 15.0; 7x7 of rows
 * of 14 10.5 and 27.5. ms: gradient of 2x2 maxima of 32 x 256 maps of 14 x 14 2.97 and 0.58, of 32 x 64 of 28 x 28 1.36 and
 * 0.60; tanh of 20,000 rows of 7 0.60 and 0.16.
 */
export function sweepOuter(scope: Scope, kernel: Kernel, loop: Loop, how: Sweep, body: (copies: Copies) => void): void {
  const { width } = how
  const several = width > 1 ? [{ lanes: vectorLanes, copies: width }] : []
  const blocks = [...several, { lanes: vectorLanes, copies: 1 }, { lanes: 1, copies: 1 }]
  for (const range of splitOuter(kernel, loop)!) {
    const { from, to } = range
    if (endsBeside(range, how)) {
      sweepVectors(scope, loop.name, range, { lanes: vectorLanes, copies: width }, body)
      continue
    }
    const vectors = Math.floor((dimDifference(to, from) ?? 0) / vectorLanes)
    const rest = vectors % width
    // Vectors that are left go side by side too, where it is known how many: one alone waits for each of its additions.
    const between = rest > 1 ? [dimAdd(from, (vectors - rest) * vectorLanes), dimAdd(from, vectors * vectorLanes)] : []
    if (between.length === 0) sweep(scope, loop.name, range, blocks, body)
    else {
      const [whole, end] = between as [Index, Index]
      sweep(scope, loop.name, { ...range, to: whole }, several, body)
      sweep(scope, loop.name, { ...range, from: whole, to: end }, [{ lanes: vectorLanes, copies: rest }], body)
      sweep(scope, loop.name, { ...range, from: end }, blocks.slice(-1), body)
    }
  }
}

/** How many vectors an outer loop's sweep has side by side, at most. */
export const mostCopies = (kernel: Kernel, loop: Loop, how: Sweep): number =>
  splitOuter(kernel, loop)!.some(range => endsBeside(range, how)) ? how.width + 1 : how.width

/** What longer rows leave over does not count. */
const longestRow = 1024

/** Whether what a range leaves over from vectors side by side is done beside the last of them. */
function endsBeside({ from, to }: Range, { width, twice }: Sweep): boolean {
  const length = dimDifference(to, from) ?? 0
  return twice && length >= vectorLanes && length <= longestRow && length % (vectorLanes * width) > 0
}

/** Whether a kernel's elements may be computed twice along one of its loops: nothing is added to what is stored. */
export const mayRepeat = ({ stages }: Kernel): boolean =>
  stages.every(({ stores }) => stores.every(({ lookups, accumulate, serial }) => !lookups && !accumulate && !serial))

/** The loop of least cost, when that is below `limit` (by default what scalar code costs). */
function best(
  loops: readonly Loop[],
  cost: (loop: Loop | undefined) => number,
  limit = cost(undefined),
): Loop | undefined {
  let found: Loop | undefined
  let least = limit
  for (const loop of [...loops].reverse()) {
    const work = typeof loop.extent === 'number' && loop.extent < vectorLanes ? Infinity : cost(loop)
    if (work < least) [found, least] = [loop, work]
  }
  return found
}

/** Estimated work of a stage for four elements, with lanes along `loop`, or scalar; infinite where lanes cannot. */
export function workAlong(stage: Stage, loop: Loop | undefined): number {
  const inside = loop && stage.loops.includes(loop) ? [] : stage.loops
  if (loop && !splitRange(loop.name, loop.extent, stageRoots(stage), inside)) return Infinity
  const varies = loop && dependents(stage, loop.name)
  let work = 0
  for (const expr of expressions(stageRoots(stage))) work += exprCost(expr, loop?.name, varies)
  work += stage.folds.filter(isExtreme).length * (loop ? unitCost : vectorLanes * unitCost)
  for (const store of stage.stores)
    work += isInTurns(stage, store, loop) ? secondCost : storeCost(store, loop?.name, varies)
  return work
}

/** The expressions of a stage that differ along a loop. */
export function dependents(stage: Stage, name: string): Set<Expr> {
  const found = new Set<Expr>()
  for (const expr of expressions(stageRoots(stage))) if (dependsOn(expr, name, found)) found.add(expr)
  return found
}

function dependsOn(expr: Expr, name: string, found: Set<Expr>): boolean {
  if (expr.kind === 'apply') return expr.args.some(arg => found.has(arg))
  if (lookupsOf(expr).some(({ value }) => found.has(value))) return true
  if (expr.kind === 'load') return mentions(expr.at, name)
  if (expr.kind === 'index') return mentions(expr.value, name)
  return expr.kind === 'guard' && (found.has(expr.then) || found.has(expr.otherwise))
}

const mentions = (index: Index, name: string) => dimNames(index).has(name)

export function exprCost(expr: Expr, name: string | undefined, varies: Set<Expr> | undefined): number {
  if (expr.kind === 'const' || expr.kind === 'fold') return 0
  if (name === undefined) return vectorLanes * (expr.kind === 'apply' ? expr.op.cost : unitCost)
  if (expr.kind === 'apply') return expr.op.cost
  if (lookupsOf(expr).some(({ value }) => varies!.has(value))) return gatherCost
  if (expr.kind !== 'load') return 0.5
  return varies!.has(expr) ? strideCost(expr.at, name) : splatCost
}

function strideCost(at: Index, name: string): number {
  const stride = dimLinear(at, name)?.coefficient
  if (stride === 2 || stride === 3) return secondCost
  return stride === 1 ? unitCost : stride === 0 ? splatCost : gatherCost
}

/** Whether the lanes of a store and of others take turns. */
function isInTurns({ stores }: Stage, { buffer, at, lookups, accumulate }: Store, loop: Loop | undefined): boolean {
  const stride = loop && dimLinear(at, loop.name)?.coefficient
  if (lookups || accumulate || typeof stride !== 'number' || stride < 2 || stride > mostInTurn) return false
  const near = stores.filter(
    other => other.buffer === buffer && Math.abs(dimDifference(other.at, at) ?? stride) < stride,
  )
  return near.length >= stride
}

/** Lanes must store to different places; those that are looked up may meet, which setting survives and adding does not. */
export function storeCost(store: Store, name: string | undefined, varies: Set<Expr> | undefined): number {
  if (name === undefined) return vectorLanes * unitCost
  const lookups = store.lookups ?? []
  if (store.serial?.includes(name)) return Infinity
  if (lookups.some(({ value }) => varies!.has(value))) return store.accumulate ? Infinity : gatherCost
  const stride = dimLinear(store.at, name)?.coefficient
  if (stride === undefined) return mentions(store.at, name) && !store.accumulate ? gatherCost : Infinity
  return stride === 1 ? unitCost : stride === 0 ? Infinity : gatherCost
}
