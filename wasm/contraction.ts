/**
 * Contractions by loop transformations: both operands are packed into panels as wide as a register tile, the tile is
 * accumulated over the whole depth in registers, and the kernel's later stages run over it while it is in cache.
 *
 * Tile sizes and the rule that the loop over the depth is never unrolled were found by measurement: V8 keeps at most
 * eight accumulators, their operands and a temporary in its sixteen registers.
 */
import { dimAdd, dimCeilDiv, dimFloorDiv, dimLinear, dimMin, dimMul, dimSub, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import {
  type Expr,
  type Fold,
  type Kernel,
  type Loop,
  type LoopProgram,
  type Register,
  type Stage,
  vectorLanes,
} from '../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openLoop, openLoops, sweep } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { positionIn, registersOf } from './accumulate.ts'

/** Rows of the left operand that are packed at a time: a block stays in the second cache for usual depths. */
const blockRows = 64

/** Below as many rows or columns, packing costs more than it saves. */
export const fewRows = 4
export const fewColumns = 2

/** Up to as many columns the left operand is read where it is: packing it would not pay. */
const narrowColumns = 32

/** Epilogues of up to as many values are repeated for each vector of a tile. */
const shortEpilogue = 16

/** A contraction taken apart: the two loops that tiles cut, the loops around them, the depth. */
export interface Plan {
  fold: Fold
  left: Expr
  right: Expr
  row: Loop
  column: Loop
  /** Loops that both operands see, then those of the right, then those of the left. */
  batch: readonly Loop[]
  otherColumns: readonly Loop[]
  otherRows: readonly Loop[]
  depth: readonly Loop[]
  later: readonly Stage[]
  /** Rows and columns in all. */
  rowCount: Index
  columnCount: Index
  /** Rows and vectors of a tile. */
  rows: number
  vectors: number
  packLeft: boolean
}

/** How a contraction is to be run, or undefined when the kernel is not one that tiles fit. */
export function planContraction(kernel: Kernel): Plan | undefined {
  const [first, ...later] = kernel.stages
  const [fold] = first?.folds ?? []
  if (!first?.contraction || first.folds.length !== 1 || fold?.op !== 'add' || first.loops.length === 0)
    return undefined
  if (first.stores.length > 0 || later.some(stage => stage.loops.length > 0 || stage.folds.length > 0)) return undefined
  const { rows, columns, left, right } = orient(kernel, first.contraction, later)
  const find = (names: readonly string[]) => kernel.loops.filter(loop => names.includes(loop.name))
  const [rowLoops, columnLoops] = [find(rows), find(columns)]
  const [row, column] = [rowLoops[rowLoops.length - 1], columnLoops[columnLoops.length - 1]]
  if (!row || !column) return undefined
  const tile = tileFor(fold, column.extent)
  return {
    fold,
    left,
    right,
    row,
    column,
    batch: kernel.loops.filter(({ name }) => !rows.includes(name) && !columns.includes(name)),
    otherColumns: columnLoops.slice(0, -1),
    otherRows: rowLoops.slice(0, -1),
    depth: first.loops,
    later,
    rowCount: product(rowLoops),
    columnCount: product(columnLoops),
    ...tile,
    packLeft: !(isPlainLoad(left, fold) && typeof column.extent === 'number' && column.extent <= narrowColumns),
  }
}

type Contraction = NonNullable<Stage['contraction']>

/** The operands so that results are stored along columns: exchanged where the stores run along a row loop. */
function orient(kernel: Kernel, contraction: Contraction, later: readonly Stage[]): Contraction {
  const unit = (names: readonly string[]) =>
    later.some(stage => stage.stores.some(({ at }) => names.some(name => dimLinear(at, name)?.coefficient === 1)))
  const { rows, columns, left, right } = contraction
  const last = (names: readonly string[]) =>
    kernel.loops
      .filter(({ name }) => names.includes(name))
      .slice(-1)
      .map(l => l.name)
  const exchange = !unit(last(columns)) && unit(last(rows))
  return exchange ? { rows: columns, columns: rows, left: right, right: left } : contraction
}

/** Eight accumulators: 4 rows of 8 columns, 8 of 4 where columns are few; 4 of 4 of the wide types. */
function tileFor({ accumulate }: Fold, columns: Index): { rows: number; vectors: number } {
  if (registersOf(accumulate) > 1) return { rows: 4, vectors: 1 }
  const few = typeof columns === 'number' && columns <= 12 && !(columns > 4 && columns <= 8)
  return few ? { rows: 8, vectors: 1 } : { rows: 4, vectors: 2 }
}

const isPlainLoad = (expr: Expr, fold: Fold) => expr.kind === 'load' && !expr.lookups && expr.dtype === fold.accumulate

const product = (loops: readonly Loop[]): Index => loops.reduce<Index>((size, { extent }) => dimMul(size, extent), 1)

/** An operand in panels of `width` along one loop: element (x, k) is at ((x // width) * depth + k) * width + x % width. */
interface Panels {
  array: string
  expr: Expr
  loop: Loop
  width: number
}

/** Writes the tiled form of a contraction into a scope. */
export function runContraction(writer: Writer, root: Scope, plan: Plan): LoopProgram['scratch'] {
  const { fold, row, column, rows, vectors, depth } = plan
  const width = vectors * vectorLanes
  const deep = product(depth)
  const right: Panels = { array: writer.name('right'), expr: plan.right, loop: column, width }
  const left: Panels = { array: writer.name('left'), expr: plan.left, loop: row, width: rows }
  const tile = writer.name('tile')
  root.statements.push({ kind: 'array', name: tile, dtype: fold.dtype, size: rows * width, scope: 'local' })
  openLoops([root], [...plan.batch, ...plan.otherColumns], ([outer]) => {
    pack(writer, outer!, plan, right, 0, column.extent)
    openLoops([outer!], plan.otherRows, ([scope]) => {
      if (!plan.packLeft) {
        tiles(writer, scope!, plan, { left, right, tile, from: 0, count: row.extent })
        return
      }
      const start = `${row.name}.block`
      openLoop([scope!], { name: start, from: 0, to: row.extent, step: blockRows }, ([inside]) => {
        const from = inside!.resolve(start)
        const count = dimMin(blockRows, dimSub(row.extent, from))
        pack(writer, inside!, plan, left, from, count)
        tiles(writer, inside!, plan, { left, right, tile, from, count })
      })
    })
  })
  const size = (extent: Index, by: number) => dimMul(dimMul(dimCeilDiv(extent, by), by), deep)
  const rightArray = { name: right.array, dtype: fold.accumulate, size: size(column.extent, width) }
  const leftArray = { name: left.array, dtype: fold.accumulate, size: size(dimMin(blockRows, row.extent), rows) }
  return plan.packLeft ? [rightArray, leftArray] : [rightArray]
}

/** Packs `count` places of a loop, from `from` on, into panels; the last panel is filled up with zeros. */
function pack(writer: Writer, scope: Scope, plan: Plan, panels: Panels, from: Index, count: Index): void {
  const { array, loop, width } = panels
  const whole = dimFloorDiv(count, width)
  const [panel, lane] = [`${loop.name}.panel`, `${loop.name}.lane`]
  const deep = product(plan.depth)
  const at = (inner: Scope): Index => {
    const line = dimAdd(dimMul(inner.resolve(panel), deep), inner.resolve(positionIn(plan.depth)))
    return dimAdd(dimMul(line, width), inner.resolve(lane))
  }
  const copy = (scopes: Copies) => {
    for (const inner of scopes) {
      const place = dimAdd(from, dimAdd(dimMul(inner.resolve(panel), width), inner.resolve(lane)))
      const named = new Scope(inner, {
        defines: [loop.name],
        rename: new Map([[loop.name, place]]),
        into: inner.statements,
      })
      const lanes = inner.vector?.lanes ?? 1
      const value = writer.convert(named, writer.lanes(panels.expr, named, lanes), plan.fold.accumulate)
      inner.statements.push({ kind: 'store', to: array, at: at(inner), stride: 1, value })
    }
  }
  // A condition that differs between lanes keeps the copying scalar.
  const scalar = conditionsOn(loop.name, [panels.expr]).length > 0
  const blocks: Block[] = scalar ? [{ lanes: 1, copies: 1 }] : [{ lanes: vectorLanes, copies: width / vectorLanes }]
  openLoop([scope], { name: panel, from: 0, to: whole }, panelCopies => {
    openLoops(panelCopies, plan.depth, ([inner]) => sweep(inner!, lane, { from: 0, to: width }, blocks, copy))
  })
  openLoop([scope], { name: panel, from: whole, to: dimCeilDiv(count, width) }, ([last]) => {
    const left = dimSub(count, dimMul(last!.resolve(panel), width))
    openLoops([last!], plan.depth, inner => {
      openLoop(inner, { name: lane, from: 0, to: left }, copy)
      openLoop(inner, { name: lane, from: left, to: width }, ([pad]) => {
        const zero = writer.constant(pad!, plan.fold.accumulate, 1, plan.fold.accumulate === 'int64' ? 0n : 0)
        pad!.statements.push({ kind: 'store', to: array, at: at(pad!), stride: 1, value: zero })
      })
    })
  })
}

interface Place {
  left: Panels
  right: Panels
  tile: string
  /** The block's first row and its number of rows. */
  from: Index
  count: Index
}

/** All tiles of a block of rows. */
function tiles(writer: Writer, scope: Scope, plan: Plan, place: Place): void {
  const { row, column, rows, vectors } = plan
  const width = vectors * vectorLanes
  const [across, down] = [`${column.name}.tile`, `${row.name}.tile`]
  openLoop([scope], { name: across, from: 0, to: column.extent, step: width }, ([panel]) => {
    openLoop([panel!], { name: down, from: 0, to: place.count, step: rows }, ([inner]) => {
      const [x, y] = [inner!.resolve(across), inner!.resolve(down)]
      accumulate(writer, inner!, plan, place, x, y)
      const bounds = { rows: bound(rows, place.count, y), columns: bound(width, column.extent, x) }
      epilogue(writer, inner!, plan, place, { x, y: dimAdd(place.from, y), ...bounds })
    })
  })
}

/** How much of a tile of `size` there is: all of it where the extent is known to be a multiple. */
const bound = (size: number, extent: Index, from: Index): Index =>
  typeof extent === 'number' && extent % size === 0 ? size : dimMin(size, dimSub(extent, from))

/** Accumulates the tile at column x and row y of the block over the whole depth, and stores it raw. */
function accumulate(writer: Writer, scope: Scope, plan: Plan, place: Place, x: Index, y: Index): void {
  const { fold, rows, vectors, depth } = plan
  const width = vectors * vectorLanes
  const deep = product(depth)
  const zero = { kind: 'const', value: fold.accumulate === 'int64' ? 0n : 0 } as const
  const sums = grid(rows, vectors, () => writer.variable(scope, fold.accumulate, vectorLanes, zero))
  const rowNames = plan.packLeft ? [] : rowsOf(writer, scope, plan, y)
  openLoops([scope], depth, ([inner]) => {
    const position = inner!.resolve(positionIn(depth))
    // A panel starts at (x / width) * depth * width = x * depth.
    const line = (start: Index, size: number, offset: number) =>
      dimAdd(dimMul(start, deep), dimAdd(dimMul(position, size), offset))
    const load = (from: number | string, at: Index, stride: Index) =>
      writer.let(inner!, fold.accumulate, vectorLanes, { kind: 'load', from, at, stride })
    const b = Array.from({ length: vectors }, (_, j) => load(place.right.array, line(x, width, j * vectorLanes), 1))
    for (let i = 0; i < rows; i++) {
      const a = plan.packLeft
        ? load(place.left.array, line(y, rows, i), 0)
        : leftInPlace(writer, inner!, plan, rowNames[i]!)
      for (let j = 0; j < vectors; j++) {
        const register = sums[i]![j]!
        const args = [a.name, b[j]!.name, register.name] as const
        inner!.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
      }
    }
  })
  sums.forEach((line, i) => {
    line.forEach((sum, j) => {
      const value = writer.convert(scope, sum, fold.dtype)
      scope.statements.push({ kind: 'store', to: place.tile, at: i * width + j * vectorLanes, stride: 1, value })
    })
  })
}

const grid = (rows: number, columns: number, make: () => Register): Register[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, make))

/** The rows of a tile by name; those beyond the end repeat the last, and nothing is stored for them. */
function rowsOf(writer: Writer, scope: Scope, { row, rows }: Plan, y: Index): string[] {
  return Array.from({ length: rows }, (_, i) => {
    const name = writer.name('row')
    scope.statements.push({ kind: 'name', name, value: dimMin(dimAdd(y, i), dimSub(row.extent, 1)) })
    return name
  })
}

function leftInPlace(writer: Writer, scope: Scope, { left, row }: Plan, name: string): Register {
  const inner = new Scope(scope, { defines: [row.name], rename: new Map([[row.name, name]]), into: scope.statements })
  return writer.lanes(left, inner, vectorLanes)
}

interface Extent {
  x: Index
  y: Index
  rows: Index
  columns: Index
}

/** The kernel's later stages over one tile. */
function epilogue(writer: Writer, scope: Scope, plan: Plan, { tile }: Place, { x, y, rows, columns }: Extent): void {
  const { fold, row, column, vectors, later } = plan
  const width = vectors * vectorLanes
  const [down, across] = [`${row.name}.row`, `${column.name}.lane`]
  const roots = later.flatMap(stageRoots)
  openLoop([scope], { name: down, from: 0, to: rows }, ([line]) => {
    sweep(line!, across, { from: 0, to: columns }, epilogueBlocks(plan, roots), scopes => {
      for (const inner of scopes) {
        const [r, c] = [inner.resolve(down), inner.resolve(across)]
        const rename = new Map([
          [row.name, dimAdd(y, r)],
          [column.name, dimAdd(x, c)],
        ])
        const named = new Scope(inner, { defines: [row.name, column.name], rename, into: inner.statements })
        named.setFold(fold.name, { array: tile, at: dimAdd(dimMul(width, r), c), dtype: fold.dtype })
        writer.stores(
          later.flatMap(stage => stage.stores),
          named,
        )
      }
    })
  })
}

function epilogueBlocks({ column, vectors, later }: Plan, roots: readonly Expr[]): Block[] {
  const scalar: Block = { lanes: 1, copies: 1 }
  // Lanes must store to places of their own, and conditions must not differ between them.
  const stores = later.flatMap(stage => stage.stores)
  const apart = stores.every(({ at, lookups, accumulate: adds }) => {
    const stride = dimLinear(at, column.name)?.coefficient
    return !lookups && stride !== undefined && stride !== 0 && !(adds && stride !== 1)
  })
  if (!apart || conditionsOn(column.name, roots).length > 0) return [scalar]
  const vector: Block = { lanes: vectorLanes, copies: 1 }
  const short = vectors > 1 && expressions(roots).length <= shortEpilogue
  return short ? [{ lanes: vectorLanes, copies: vectors }, vector, scalar] : [vector, scalar]
}
