/**
 * What follows the folds of rows. A kernel whose lanes run along rows has one value at the end of each, and would compute
 * what follows for that alone: a sigmoid of a product with a vector takes longer there than the product. So the results
 * of some rows wait on the stack, and what follows is computed for all of those with lanes along the rows. The operations
 * are the same for every row, and so are the results.
 * EPYC of Zen 4, Node 20, ms: the sigmoid of 100000 products of 30 from 1.33 to 0.57, the product alone takes 0.43; tanh of
 * products of 8 from 0.95 to 0.32 (0.17), exponentials of sums of 10 from 0.97 to 0.46 (0.33).
 */
import { dimAdd, dimMin, dimMul, dimSub, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import { type Fold, type Kernel, type Loop, type Stage, vectorLanes } from '../frontend/kernel/ir.ts'
import { type Copies, conditionsOn, openLoop, openLoops, sweep } from '../frontend/kernel/schedule.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { byteWidth } from '../runtime/manifest.ts'
import { positionIn } from './accumulate.ts'
import { product } from './cut.ts'
import { scalarBlock, vectorBlock, workOf } from './folds.ts'
import { workAlong } from './vector.ts'

/** Less work than this, relative to an addition, is done at the end of each row. */
const leastWork = 6

/** Steps of a block's folds, about, and how many rows that is at most and at least: threads share blocks. */
const blockSteps = 8192
const mostRows = 256
const leastRows = 2 * vectorLanes

/** Rows of more steps take so long that what follows them does not count. */
const longestRow = 4096

/** Blocks that there are at least, of fewer rows where they have to be. */
const fewestBlocks = 4

/** Bytes that wait on the stack, at most. */
const stackBytes = 4096

/** Rows in blocks: those of a loop, with the loops outside of it and those inside. */
export interface Ends {
  rows: Loop
  outside: readonly Loop[]
  inside: readonly Loop[]
  /** Rows of a block. */
  size: number
  /** What follows the folds, and those of them that it needs. */
  later: readonly Stage[]
  folds: readonly Fold[]
}

/** What follows the folds of rows, where it is worth blocks of rows: in a kernel whose lanes do not run along outer loops. */
export function endsOf({ loops, stages }: Kernel): Ends | undefined {
  const last = stages.findLastIndex(({ loops, folds, within }) => loops.length > 0 || folds.length > 0 || within)
  const later = stages.slice(last + 1)
  const roots = later.flatMap(stageRoots)
  if (last < 0 || workOf(roots) < leastWork) return undefined
  const steps = Math.max(...stages.map(stage => known(product(stage.loops)) ?? usualRow))
  if (steps > longestRow) return undefined
  const scalar = workOfAll(later, undefined)
  const used = new Set(expressions(roots).flatMap(expr => (expr.kind === 'fold' ? [expr.fold] : [])))
  const folds = stages.flatMap(stage => stage.folds).filter(({ name }) => used.has(name))
  const bytes = folds.reduce((sum, { dtype }) => sum + byteWidth[dtype], 0)
  let [found, least]: [Ends | undefined, number] = [undefined, scalar]
  // The last of equally good loops, where memory runs on.
  for (const [at, rows] of [...loops.entries()].reverse()) {
    const inside = loops.slice(at + 1)
    const each = known(product(inside))
    const count = known(rows.extent) ?? Infinity
    if (each === undefined || count < leastRows || conditionsOn(rows.name, roots).length > 0) continue
    let size = mostRows
    while (size > leastRows && (size * each * steps > blockSteps || count < fewestBlocks * size)) size /= 2
    const work = workOfAll(later, rows)
    if (work < least && size * each * bytes <= stackBytes)
      [found, least] = [{ rows, outside: loops.slice(0, at), inside, size, later, folds }, work]
  }
  return found
}

const workOfAll = (stages: readonly Stage[], along: Loop | undefined): number =>
  stages.reduce((sum, stage) => sum + workAlong(stage, along), 0)

/** Steps of a row of which only a call knows how many they are. */
const usualRow = 32

const known = (extent: Index): number | undefined => (typeof extent === 'number' ? extent : undefined)

/** Writes such a kernel; `fold` its folds at one point of the loops, or in so many rows of the last of them `together`. */
export function rowsInBlocks(
  writer: Writer,
  root: Scope,
  ends: Ends,
  together: number,
  fold: (copies: Copies) => void,
): void {
  const { rows, outside, inside, size, later, folds } = ends
  const arrays = folds.map(() => writer.name('ends'))
  const [block, end] = [`${rows.name}.block`, writer.name('end')]
  openLoops([root], outside, ([scope]) => {
    openLoop([scope!], { name: block, from: 0, to: rows.extent, step: size }, ([each]) => {
      const from = each!.resolve(block)
      each!.statements.push({ kind: 'name', name: end, value: dimMin(dimAdd(from, size), rows.extent) })
      folds.forEach(({ dtype }, f) => {
        const total = dimMul(product(inside), size)
        each!.statements.push({ kind: 'array', name: arrays[f]!, dtype, size: total, scope: 'local' })
      })
      const place = (at: Scope) => at.resolve(dimAdd(dimMul(positionIn(inside), size), dimSub(rows.name, from)))
      const around = { name: rows.name, from, to: end }
      const foldAll = (copies: Copies) => {
        fold(copies)
        for (const row of copies) {
          folds.forEach(({ name }, f) => {
            const value = writer.foldOf(name, row)
            row.statements.push({ kind: 'store', to: arrays[f]!, at: place(row), stride: 0, value })
          })
        }
      }
      if (inside.length === 0) sweep(each!, rows.name, around, [{ lanes: 1, copies: together }, scalarBlock], foldAll)
      else openLoop([each!], around, row => openLoops(row, inside, foldAll))
      openLoops([each!], inside, ([row]) => {
        sweep(row!, rows.name, around, [vectorBlock, scalarBlock], ([lanes]) => {
          for (const [f, { name, dtype }] of folds.entries())
            lanes!.setFold(name, { array: arrays[f]!, at: place(lanes!), dtype })
          for (const stage of later) writer.stores(stage.stores, lanes!)
        })
      })
    })
  })
}
