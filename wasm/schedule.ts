/** Kernels to loops for SIMD wasm: which loop lanes run along, and how folds are cut. */

import { dimSubstitute } from '../frontend/dims.ts'
import { collapse, withDim } from '../frontend/kernel/collapse.ts'
import { Writer } from '../frontend/kernel/flatten.ts'
import { type Kernel, type Loop, type LoopProgram, type Stage, vectorLanes } from '../frontend/kernel/ir.ts'
import { type Copies, openLoops, sweep } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { storeInCopies } from '../frontend/kernel/stores.ts'
import { contractionRoots, expressions, mapStage, namesOf, stageRoots, stagesWithin } from '../frontend/kernel/walk.ts'
import { isFloat } from '../frontend/type.ts'
import { positionIn } from './accumulate.ts'
import { apart } from './apart.ts'
import { bandChains, bands, inBands, shareFactors } from './bands.ts'
import { columnsInBlocks, cutColumns, inBlocks } from './blocks.ts'
import { planDeep, runParts } from './contraction/deep.ts'
import {
  allFinite,
  type Engine,
  fewRows,
  fullerOf,
  type Margins,
  type Plan,
  planBytes,
  planChannels,
  planContraction,
  planMargins,
  runChannels,
  runContraction,
  runMargins,
  testBytes,
} from './contraction/index.ts'
import { product } from './cut.ts'
import { knowingDivisions, withBoundsInside } from './divided.ts'
import { addedEarlier } from './earlier.ts'
import { either, type Way } from './either.ts'
import { endsOf, rowsInBlocks } from './ends.ts'
import { byBits } from './extremes.ts'
import {
  type Gives,
  planFewPlaces,
  planGives,
  planWinograd,
  runFewPlaces,
  runGives,
  runWinograd,
} from './filtering/index.ts'
import {
  type Context,
  foldOne,
  foldRows,
  foldSerially,
  type InBlocks,
  rangesOf,
  scalarBlock,
  vectorBlock,
  workOf,
} from './folds.ts'
import { interleaved } from './interleaved.ts'
import { Keeper } from './keep.ts'
import { inPhases } from './phases.ts'
import { addRows, sumsRows } from './rows.ts'
import { acrossShortRows } from './short.ts'
import { inStrips } from './strips.ts'
import { turnAround, turnOf } from './turn.ts'
import {
  chooseVector,
  mayRepeat,
  mostCopies,
  sweepOuter,
  type VectorChoice,
  type VectorOptions,
  workAlong,
} from './vector.ts'
import { copyWindow, loopsAround, readingCopies, type Staged, scratchOf, windowsIn } from './windows.ts'

/** Vectors side by side where the lanes are different folds: a cache line of float32, if the body is short. */
const cacheLine = 4
const shortBody = 60

/**
 * As many where nothing is folded, if the body is so short that counting turns and places takes as long. Measured on Zen 4,
 * ns an element of float32 in cache, one vector a turn and four: x + 1 of 1,000 elements 0.180 and 0.139 on Node 20, 0.176
 * and 0.128 on Node 24; 2 x + 3 x^2 of 100,000 0.139 and 0.106, 0.126 and 0.105; softmax 0.866 and 0.829, 0.650 and 0.638.
 */
const shortStore = 16

/** What a target's options say of loops. */
export interface ScheduleOptions extends Engine {
  /** Contractions sum the products that they are defined by, whatever could take their place. */
  termByTerm?: boolean
}

/** Schedules a kernel. The order of every fold depends on its kernel and shape alone. */
export function schedule(kernel: Kernel, options: ScheduleOptions = {}): LoopProgram {
  const simple = collapse(kernel)
  const writer = new Writer(kernel)
  const root = new Scope()
  const scratch =
    contraction(writer, root, simple, options) ??
    generic(writer, root, byBits(interleaved(apart(addedEarlier(simple)))))
  return inStrips({ kernel, scratch, body: root.statements })
}

/**
 * A contraction in tiles, or with channels in lanes, and for few rows or columns as ordinary folds. Which of the first and
 * the last runs is decided where the extents are known. Undefined when the kernel is not a contraction.
 */
function contraction(
  writer: Writer,
  root: Scope,
  kernel: Kernel,
  options: ScheduleOptions,
): LoopProgram['scratch'] | undefined {
  const plan = planContraction(writer, kernel, options)
  const fewer = plan && !options.termByTerm && planFewPlaces(kernel, plan, { vectorBits: options.vectorBits })
  const channels = fewer ? undefined : planChannels(writer, kernel)
  if (channels) return runChannels(writer, root, channels)
  if (!plan || plan.few) return undefined
  const { rowCount, columnCount } = plan
  const wide: Way =
    typeof rowCount === 'number'
      ? scope => tiled(writer, scope, kernel, plan, options)
      : scope =>
          either(
            scope,
            [{ relation: '<=', left: rowCount, right: fewRows }],
            few => generic(writer, few, kernel),
            many => tiled(writer, many, kernel, plan, options),
          )
  if (typeof columnCount !== 'string' || !kernel.dims.includes(columnCount)) return wide(root)
  // One column is a matrix times a vector, whose lanes run along other loops.
  const single = collapse(withDim(kernel, columnCount, 1))
  return either(root, [{ relation: '==', left: columnCount, right: 1 }], one => generic(writer, one, single), wide)
}

/** In tiles, by fewer products than the sums have where that pays. */
function tiled(
  writer: Writer,
  root: Scope,
  kernel: Kernel,
  plan: Plan,
  options: ScheduleOptions,
): LoopProgram['scratch'] {
  const deep = planDeep(writer, kernel, plan)
  if (deep) return [...runParts(writer, root, deep), ...generic(writer, root, deep.rest)]
  const fewer = !options.termByTerm
  const margins = planMargins(writer, kernel, plan, options.vectorBits)
  const gives = margins && fewer ? planGives(kernel, margins) : undefined
  // What is done in the first place has to be so many times less than all terms.
  const least = (margins?.gain ?? 1) * (gives?.gain ?? 1)
  const few = fewer ? planFewPlaces(kernel, plan, { least, vectorBits: options.vectorBits }) : undefined
  if (few) return runFewPlaces(writer, root, few)
  const filtered = fewer ? planWinograd(kernel, plan, least) : undefined
  const others: Way = scope =>
    margins ? inside(writer, scope, kernel, plan, margins, gives) : byWords(writer, scope, kernel, plan, options)
  if (!filtered) return others(root)
  if (filtered.when.length === 0) return runWinograd(writer, root, filtered)
  return either(root, filtered.when, gain => runWinograd(writer, gain, filtered), others)
}

/**
 * Without the zeros around windows, which are many: but with them where those are to meet no number, which what places give
 * finds out by itself.
 */
function inside(
  writer: Writer,
  root: Scope,
  kernel: Kernel,
  plan: Plan,
  margins: Margins,
  gives: Gives | undefined,
): LoopProgram['scratch'] {
  const run: Way = scope => (gives ? runGives(writer, scope, gives) : runMargins(writer, scope, margins))
  const { source } = margins.plan.left
  const when = [...margins.when]
  if (!gives && isFloat(source.dtype)) {
    const loops = [...kernel.loops, ...plan.depth].filter(({ name }) => writer.namesOf(source).has(name))
    when.push({ relation: '==', left: allFinite(writer, root, source, loops), right: 1 })
  }
  return when.length === 0 ? run(root) : either(root, when, run, all => runContraction(writer, all, plan))
}

/** All terms: those of bytes by products of bytes where these are small enough. */
function byWords(
  writer: Writer,
  root: Scope,
  kernel: Kernel,
  plan: Plan,
  { vectorBits }: ScheduleOptions,
): LoopProgram['scratch'] {
  const bytes = planBytes(writer, kernel, vectorBits)
  if (!bytes) return runContraction(writer, root, fullerOf(writer, kernel, plan, vectorBits))
  const small = testBytes(writer, root, bytes)
  return either(
    root,
    small.when,
    yes => runContraction(writer, yes, small.plan),
    no => runContraction(writer, no, plan),
  )
}

/** Writes a kernel stage by stage; gives the scratch memory that this takes. */
function generic(writer: Writer, root: Scope, kernel: Kernel): LoopProgram['scratch'] {
  const given = knowingDivisions(kernel)
  const copied = withWindows(writer, withBoundsInside(given))
  const { windows, around } = copied
  const leftOver = windows.length > 0
  const plain = partsOf(given, { leftOver })
  if (leftOver) {
    const parts = partsOf(copied.kernel, { around, leftOver })
    const branches = windows.filter(({ guard }) => expressions([guard]).some(expr => expr.kind === 'load')).length
    if (workIn(parts) + workOfCopies(given, copied) < workIn(plain) + branchCost * branches) {
      const scratch: LoopProgram['scratch'][number][] = windows.map(scratchOf)
      insideCopies(writer, root, copied, inside => {
        for (const part of parts) scratch.push(...opened(writer, inside, part, around))
      })
      return scratch
    }
  }
  return plain.flatMap(part => stages(writer, root, part))
}

/** A kernel, or one of several that together are one, with the loops that its lanes run along. */
interface Part {
  kernel: Kernel
  choice: VectorChoice
}

const partsOf = (kernel: Kernel, options: VectorOptions): Part[] =>
  inPhases(kernel, options.around).map(part => ({ kernel: part, choice: choiceFor(part, options) }))

function choiceFor(kernel: Kernel, options: VectorOptions): VectorChoice {
  const choice = chooseVector(kernel, options)
  return options.leftOver || choice.outer ? choice : (acrossShortRows(kernel) ?? choice)
}

/** The work of the first part, which has most of it, for each of its folds. */
const workIn = ([first]: readonly Part[]): number =>
  first!.choice.work / Math.max(1, first!.kernel.stages.filter(({ folds }) => folds.length > 0).length)

/** Work of a condition in the innermost loop, which lanes cannot run past. */
const branchCost = 1.5

/** Work of making copies of windows, for as many steps of folds as are four elements. */
function workOfCopies(given: Kernel, { around, windows }: Windowed): number {
  const inside = given.loops.filter(loop => !around.includes(loop))
  const steps = Math.max(1, ...given.stages.map(({ loops }) => sizeOf([...inside, ...loops])))
  return windows.reduce((work, { value, loops }) => {
    const store = { buffer: 0, at: positionIn(loops), value }
    return work + (workAlong({ loops, folds: [], stores: [store] }, loops.at(-1)) * sizeOf(loops)) / steps
  }, 0)
}

/** The turns of loops, where those of extents that calls tell are taken to be a few. */
const sizeOf = (loops: readonly Loop[]): number =>
  loops.reduce((size, { extent }) => size * Number(dimSubstitute(extent, () => usualExtent)), 1)

const usualExtent = 32

/** A kernel whose folds read copies of their windows, made inside the loops `around`. */
interface Windowed {
  kernel: Kernel
  around: readonly Loop[]
  windows: readonly Staged[]
}

function withWindows(writer: Writer, kernel: Kernel): Windowed {
  const { loops, stages: all } = kernel
  const find = (skip: number) =>
    all.flatMap(({ folds, within = [], loops: own }) => {
      const bodies = folds.map(({ body }) => body)
      return windowsIn(writer, kernel, bodies, [...loops.slice(skip), ...within, ...own])
    })
  let windows = find(0)
  if (windows.length === 0) return { kernel, around: [], windows }
  const around = loops.slice(0, loopsAround(loops, windows))
  if (around.length > 0) windows = find(around.length)
  const roots = all.flatMap(stage => [...stageRoots(stage), ...contractionRoots(stage)])
  const replaced = readingCopies(roots, windows)
  const map = new Map(roots.map((root, i) => [root, replaced[i]!]))
  return { kernel: { ...kernel, stages: all.map(stage => mapStage(stage, expr => map.get(expr)!)) }, around, windows }
}

/** Writes a kernel that reads no copies. */
function stages(writer: Writer, root: Scope, part: Part): LoopProgram['scratch'] {
  const { kernel, choice } = part
  const turn = turnOf(kernel)
  if (turn) return turnAround(writer, root, kernel, turn)
  const cut = cutColumns(kernel, choice)
  if (cut) return columnsInBlocks(writer, root, kernel, choice, cut, columnsFor(kernel))
  if (sumsRows(kernel, choice.outer)) return addRows(writer, root, kernel, choice.outer!)
  const partials: LoopProgram['scratch'][number][] = []
  const blocks = kernel.loops.length === 0 ? inBlocks(writer, partials) : undefined
  return [...opened(writer, root, part, undefined, blocks), ...partials]
}

/** Opens the loops of a kernel but those `around` the copies that it reads, if it does, and writes its stages. */
function opened(
  writer: Writer,
  inside: Scope,
  { kernel, choice }: Part,
  around: readonly Loop[] | undefined,
  blocks?: InBlocks,
): LoopProgram['scratch'] {
  const columns = columnsFor(kernel)
  const outer = kernel.loops.filter(loop => loop !== choice.outer && !around?.includes(loop))
  const swept = { width: columns, twice: mayRepeat(kernel) }
  const keeper = new Keeper(writer, kernel, choice.outer ? mostCopies(kernel, choice.outer, swept) * vectorLanes : 1)
  const together = !around && shareFactors(kernel, choice)
  const run = (copies: Copies, stage: Stage) => {
    const vector = choice.outer ? undefined : choice.inner[kernel.stages.indexOf(stage)]
    const context = { writer, keeper, inBlocks: blocks, ownChains: together ? bandChains : undefined }
    runStage({ ...context, within: withinOf(stage) }, copies, stage, vector)
  }
  const withinOf = (stage: Stage) => {
    const inner = stagesWithin(kernel, stage)
    if (inner.length === 0) return undefined
    return (copies: Copies) => {
      for (const each of inner) run(copies, each)
    }
  }
  const ends = !around && !choice.outer ? endsOf(kernel) : undefined
  const all = kernel.stages.filter(stage => !stage.within && !ends?.later.includes(stage))
  const runAll = (copies: Copies) => {
    for (const stage of all) run(copies, stage)
  }
  if (ends) {
    rowsInBlocks(writer, inside, ends, together ? bands : 1, runAll)
    return keeper.scratch
  }
  if (together) {
    openLoops([inside], outer.slice(0, -1), ([scope]) =>
      inBands(scope!, outer.at(-1)!, product(kernel.stages[0]!.loops), runAll),
    )
    return keeper.scratch
  }
  openLoops([inside], outer, ([scope]) => {
    // Several neighbouring iterations of an outer loop at once are each lane's own folds.
    if (choice.outer) sweepOuter(scope!, kernel, choice.outer, swept, runAll)
    else runAll([scope!])
  })
  return keeper.scratch
}

/** Opens the loops around copies, each of which is made outside of those that it is the same for. */
function insideCopies(
  writer: Writer,
  scope: Scope,
  { around, windows }: Omit<Windowed, 'kernel'>,
  body: (inside: Scope) => void,
): void {
  const depthOf = ({ value }: Staged) => around.findLastIndex(({ name }) => namesOf([value]).has(name)) + 1
  const open = (outside: Scope, depth: number): void => {
    for (const window of windows) if (depthOf(window) === depth) copyWindow(writer, outside, window)
    if (depth === around.length) body(outside)
    else openLoops([outside], [around[depth]!], ([inside]) => open(inside!, depth + 1))
  }
  open(scope, 0)
}

function columnsFor({ stages }: Kernel): number {
  // Phases are side by side already.
  const stored = stages.flatMap(({ stores }) => stores.map(({ buffer }) => buffer))
  if (new Set(stored).size < stored.length) return 1
  return sideBySide(stages, stages.every(stage => stage.folds.length === 0) ? shortStore : shortBody)
}

const sideBySide = (stages: readonly Stage[], short: number) =>
  workOf(stages.flatMap(stageRoots)) <= short ? cacheLine : 1

/** One stage in copies of the outer loops' body; lanes run along `vector` where given. */
function runStage(context: Context, copies: Copies, stage: Stage, vector: Loop | undefined): void {
  if (stage.folds.length > 0) {
    if (copies.length === 1 && !copies[0]!.vector) foldOne(context, copies[0]!, stage, vector)
    else if (!copies[0]!.vector && vector) foldRows(context, copies, stage, vector)
    else foldSerially(context, copies, stage)
  }
  if (stage.stores.length > 0) storeAll(context.writer, copies, stage, vector)
}

function storeAll(writer: Writer, copies: Copies, stage: Stage, vector: Loop | undefined): void {
  const serial = stage.loops.filter(loop => loop !== vector)
  const storeIn = (scopes: Copies) => storeInCopies(writer, stage.stores, scopes)
  const several = sideBySide([stage], shortStore)
  const blocks = [...(several > 1 ? [{ lanes: vectorLanes, copies: several }] : []), vectorBlock, scalarBlock]
  openLoops(copies, serial, inner => {
    if (!vector) storeIn(inner)
    else for (const range of rangesOf(stage, vector)) sweep(inner[0]!, vector.name, range, blocks, storeIn)
  })
}
