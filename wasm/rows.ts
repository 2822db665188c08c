/**
 * A vector times a matrix: every result is a sum down a column, but memory runs along rows. So a few rows at a time are
 * added to all results, which stay in cache, rather than all rows to a few results. Those rows are far apart, each the next
 * of a band of its own: processors fetch ahead what is read in order, which neighbouring rows read side by side are not.
 * (Zen 4: 27 us to read 2.7 MB in one stream or in four bands, 40 by two to eight neighbouring rows.) Many rows are cut
 * into blocks, which threads share: each has sums of its own, and those are added in the order of the blocks. Other folds
 * of long columns go the same way, or several of them at once.
 */
import {
  dimAdd,
  dimCeilDiv,
  dimFloorDiv,
  dimLinear,
  dimMax,
  dimMin,
  dimMul,
  dimSub,
  type Index,
} from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import { type Fold, type Kernel, type Loop, type LoopProgram, vectorLanes } from '../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openLoop, sweep } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { Accumulator, locates, registersOf, scratchOf, slotsFor } from './accumulate.ts'
import { stepOf } from './cut.ts'

/** Rows that are added at a time, one of each band: results are read and written once for as many. Of 8 it is half as slow again. */
const bands = 4

/** Rows of a block at least, and about so many elements: each block costs a row of sums. */
const leastRows = 32 * bands
const blockSize = 32768

/** Below so many rows there is nothing to gain. */
const fewest = 8 * bands

/**
 * Elements, and columns, from which folds that are wider than what they read, or no sums, go by rows: their results are more
 * to read and write again, but columns of as much do not stay in cache. float32 on an EPYC of Zen 4, Node 24, column by column
 * and by rows, microseconds: sums of 1000x1000 184 and 132, of 4096x512 808 and 286, of 3000x3000 4660 and 1880; maxima of
 * 4096x512 1795 and 605; but sums of 64x512 4.7 and 7.6, and of 1000x100 11.6 and 13.3.
 */
const leastElements = 1 << 18
const leastColumns = 64

/** Registers of results side by side: two cache lines of each row are read at a time. */
const sumRegisters = 8

/** One vector at a time: enough for what is done once. */
const narrow: Block[] = [
  { lanes: vectorLanes, copies: 1 },
  { lanes: 1, copies: 1 },
]

/** Vectors side by side, as many as there are columns for. */
function blocksFor(columns: Index, folds: readonly Fold[]): Block[] {
  let copies = sumRegisters / Math.max(...folds.map(({ accumulate }) => registersOf(accumulate)))
  while (typeof columns === 'number' && copies > 1 && columns < copies * vectorLanes) copies /= 2
  return copies > 1 ? [{ lanes: vectorLanes, copies }, ...narrow] : narrow
}

/** Whether a kernel whose lanes run along its only loop is such a product, or folds columns of so many rows as if it were one. */
export function sumsRows(kernel: Kernel, along: Loop | undefined): boolean {
  const [first, ...later] = kernel.stages
  const { folds, stores } = first!
  const [depth] = first!.loops
  if (!along || folds.length === 0 || !depth || first!.loops.length > 1 || kernel.loops.length > 1) return false
  if (stores.length > 0 || folds.some(locates)) return false
  const narrow = folds.every(({ op, accumulate, body }) => op === 'add' && accumulate === body.dtype)
  if (!narrow && !isLarge(depth.extent, along.extent)) return false
  if (later.some(stage => stage.loops.length > 0 || stage.folds.length > 0)) return false
  if (typeof depth.extent === 'number' && depth.extent < fewest) return false
  const roots = kernel.stages.flatMap(stageRoots)
  const step = (name: string) => (expr: (typeof roots)[number]) =>
    expr.kind === 'load' && !expr.lookups ? dimLinear(expr.at, name)?.coefficient : undefined
  const read = expressions(folds.map(({ body }) => body))
  const [across, down] = [step(along.name), step(depth.name)]
  return (
    conditionsOn(along.name, roots).length === 0 && read.some(e => across(e) === 1 && down(e) !== 0 && down(e) !== 1)
  )
}

const isLarge = (rows: Index, columns: Index): boolean =>
  typeof rows === 'number' && typeof columns === 'number' && columns >= leastColumns && rows * columns >= leastElements

/** Writes the kernel; gives the scratch memory that it takes. */
export function addRows(writer: Writer, root: Scope, kernel: Kernel, along: Loop): LoopProgram['scratch'] {
  const [first, ...later] = kernel.stages
  const { folds } = first!
  const depth = first!.loops[0]!
  const slots = folds.map(fold => slotsFor(writer, fold))
  const columns = along.extent
  // No rows at all are one block of none, so that the sums are there.
  const rows = dimMax(1, depth.extent)
  const inBlock = rowsInBlock(rows, columns)
  const eachColumn = (scope: Scope, widths: Block[], body: (copies: Copies) => void) =>
    sweep(scope, along.name, { from: 0, to: columns }, widths, body)
  const block = writer.name('block')
  const blocks = { name: block, from: 0, to: dimCeilDiv(rows, inBlock), mode: 'parallel' } as const
  const place = dimAdd(dimMul(block, columns), along.name)
  const wide = blocksFor(columns, folds)
  const accumulators = (copy: Scope) => folds.map(fold => new Accumulator(writer, copy, fold, copy.vector?.lanes ?? 1))
  /** Adds some rows to the sums of a block. */
  const add = (scope: Scope, widths: Block[], some: readonly Index[]) =>
    eachColumn(scope, widths, copies => {
      for (const copy of copies) {
        const sums = accumulators(copy)
        for (const [f, sum] of sums.entries()) sum.load(copy, slots[f]!.value, copy.resolve(place))
        for (const row of some) {
          const rename = new Map([[depth.name, row]])
          const scope = new Scope(copy, { defines: [depth.name], rename, into: copy.statements })
          for (const sum of sums) sum.step(scope, first!)
        }
        for (const [f, sum] of sums.entries()) sum.store(copy, slots[f]!.value, copy.resolve(place))
      }
    })
  openLoop([root], blocks, ([scope]) => {
    const start = scope!.resolve(dimMul(block, inBlock))
    const end = dimMin(depth.extent, dimAdd(start, inBlock))
    eachColumn(scope!, narrow, copies => {
      for (const copy of copies)
        for (const [f, sum] of accumulators(copy).entries()) sum.store(copy, slots[f]!.value, copy.resolve(place))
    })
    const [row, band] = [`${depth.name}.row`, writer.name('band')]
    const inBand = dimFloorDiv(dimSub(end, start), bands)
    scope!.statements.push({ kind: 'name', name: band, value: inBand })
    openLoop([scope!], { name: row, from: 0, to: band }, ([inside]) => {
      const turn = dimAdd(start, inside!.resolve(row))
      const some = Array.from({ length: bands }, (_, b) => dimAdd(turn, dimMul(b, band)))
      add(inside!, wide, some)
    })
    const rest = { name: row, from: dimAdd(start, dimMul(bands, inBand)), to: end }
    openLoop([scope!], rest, ([inside]) => add(inside!, narrow, [inside!.resolve(row)]))
  })
  eachColumn(root, narrow, copies => {
    const totals = copies.map(accumulators)
    openLoop(copies, { name: block, from: 0, to: blocks.to }, inner => {
      for (const [i, each] of inner.entries())
        for (const [f, total] of totals[i]!.entries()) total.takeFrom(each, slots[f]!, each.resolve(place))
    })
    for (const [i, copy] of copies.entries()) {
      for (const total of totals[i]!) total.finish(copy)
      for (const stage of later) writer.stores(stage.stores, copy)
    }
  })
  return folds.flatMap((fold, f) => scratchOf(slots[f]!, fold, dimMul(blocks.to, columns)))
}

/** Rows of a block, by shape alone: all, where that is little. */
function rowsInBlock(rows: Index, columns: Index): Index {
  const size = dimMul(rows, columns)
  if (typeof size === 'number' && size < 2 * blockSize) return rows
  return dimMax(leastRows, stepOf(rows, columns, blockSize))
}
