/**
 * One tile of a contraction: accumulated in registers over a block of the depth, then taken through the kernel's later
 * stages while it is in cache.
 *
 * Tile sizes and the rule that the loop over the depth is never unrolled were found by measurement: V8 keeps at most
 * eight accumulators, their operands and a temporary in its sixteen registers.
 */
import { dimAdd, dimLinear, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { DotWay, type Expr, type Operation, type Register, type Stage, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, conditionsOn, openLoop, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../../frontend/kernel/walk.ts'
import { positionIn } from '../accumulate.ts'
import { scalarBlock, vectorBlock, workOf } from '../folds.ts'
import { loopsAt } from './axis.ts'
import type { DepthBlock } from './depth.ts'
import { finish } from './folded.ts'
import { at, branch } from './pack.ts'
import type { Plan, Side } from './plan.ts'

/** Epilogues of up to as many values are repeated for each vector of a tile. */
const shortEpilogue = 16

/** Where a tile is, what it reads and where its sums are kept. */
export interface Tile {
  /** First column and row along the axes. */
  x: Index
  y: Index
  /** Column of the first lane: before `x` where a whole tile would reach beyond the end. */
  lanes?: Index
  /** The array of an operand's panel and the panel's place in it; of one that is not packed, nothing. */
  left: { array: string; at: Index }
  right: { array: string; at: Index }
  sums: { array: string; at: Index }
  /** Loops of the depth around its steps, which panels lie by. */
  taps?: readonly { name: string; from: Index; to: Index }[]
}

/** The sum with the product of two vectors, by the names of all three. */
type Multiply = (a: string, b: string, sum: string) => Operation

/** Accumulates a tile over a block of the depth. */
export function accumulate(writer: Writer, scope: Scope, plan: Plan, tile: Tile, depth: DepthBlock): void {
  keep(scope, tile, sumsOf(writer, scope, plan, tile, depth))
}

/** Leaves sums of a tile where it has them. */
export function keep(scope: Scope, { sums: { array, at } }: Tile, sums: readonly Register[]): void {
  sums.forEach((value, i) => {
    scope.statements.push({ kind: 'store', to: array, at: dimAdd(at, i * vectorLanes), stride: 1, value })
  })
}

/** The sums of a tile after a block of the depth, row by row. */
export function sumsOf(writer: Writer, scope: Scope, plan: Plan, tile: Tile, depth: DepthBlock): readonly Register[] {
  const { fold, left, right, words } = plan
  const vectors = right.width / vectorLanes
  const zero = { kind: 'const', value: fold.accumulate === 'int64' ? 0n : 0 } as const
  const sums = Array.from({ length: left.width * vectors }, () =>
    writer.variable(scope, fold.accumulate, vectorLanes, zero),
  )
  if (depth.first.length > 0) {
    const before = new Scope(scope, { conditional: true })
    sums.forEach((register, i) => {
      const at = dimAdd(tile.sums.at, i * vectorLanes)
      const operation = { kind: 'load', from: tile.sums.array, at, stride: 1 } as const
      before.statements.push({ kind: 'assign', register, operation })
    })
    scope.statements.push({ kind: 'if', when: depth.first, then: [], otherwise: before.statements })
  }
  const rows = left.packed ? [] : rowsOf(writer, scope, left, tile.y)
  const step = `${plan.depth[plan.depth.length - 1]!.name}.step`
  const length = writer.name('steps')
  scope.statements.push({ kind: 'name', name: length, value: depth.length, opaque: true })
  const eachStep = (around: Scope, multiply: Multiply) =>
    openRanges([around], [...(tile.taps ?? []), { name: step, from: 0, to: length }], ([inner]) => {
      const k = inner!.resolve(step)
      const b = Array.from({ length: vectors }, (_, j) => rightVector(writer, inner!, plan, tile, depth, k, j))
      for (let i = 0; i < left.width; i++) {
        const place = () => placeIn(inner!, tile.left.at, dimAdd(dimMul(k, left.width), i))
        const a = left.packed
          ? loadVector(writer, inner!, plan, tile.left.array, place(), 0)
          : writer.lanes(left.expr, inPlace(inner!, plan, left, rows[i]!, dimAdd(depth.start, k)), vectorLanes)
        b.forEach((vector, j) => {
          const register = sums[i * vectors + j]!
          const operation = multiply(a.name, vector.name, register.name)
          inner!.statements.push({ kind: 'assign', register, operation })
        })
      }
    })
  if (!words) eachStep(scope, (...args) => ({ kind: 'fma', args }))
  else if (words === 'halves') eachStep(scope, (...args) => ({ kind: 'dot', args }))
  else {
    const bytes = (joined: boolean) => (around: Scope) =>
      eachStep(around, (a, b, sum) => {
        const args = words.seven === 'right' ? ([a, b, sum] as const) : ([b, a, sum] as const)
        return { kind: 'dotBytes', joined, args }
      })
    branch(scope, [{ relation: '==', left: words.way, right: DotWay.joined }], bytes(true), bytes(false))
  }
  return sums
}

/** Where a panel, which lies by loops around, has an element. */
const placeIn = (scope: Scope, panel: Index, offset: Index): Index => dimAdd(scope.resolve(panel), offset)

function loadVector(
  writer: Writer,
  scope: Scope,
  { fold }: Plan,
  from: number | string,
  place: Index,
  stride: Index,
): Register {
  return writer.let(scope, fold.accumulate, vectorLanes, { kind: 'load', from, at: place, stride })
}

function rightVector(
  writer: Writer,
  scope: Scope,
  plan: Plan,
  tile: Tile,
  depth: DepthBlock,
  k: Index,
  j: number,
): Register {
  const { right } = plan
  const offset = j * vectorLanes
  if (right.packed) {
    const place = placeIn(scope, tile.right.at, dimAdd(dimMul(k, right.width), offset))
    return loadVector(writer, scope, plan, tile.right.array, place, 1)
  }
  const { buffer, at: place } = right.expr as Extract<Expr, { kind: 'load' }>
  const named = inPlace(scope, plan, right, dimAdd(tile.lanes ?? tile.x, offset), dimAdd(depth.start, k))
  return loadVector(writer, scope, plan, writer.arrayOf(buffer), named.resolve(place), 1)
}

/** The rows of a tile by name. */
function rowsOf(writer: Writer, scope: Scope, left: Side, y: Index): string[] {
  return Array.from({ length: left.width }, (_, i) => {
    const name = writer.name('row')
    scope.statements.push({ kind: 'name', name, value: rowOf(left, y, i) })
    return name
  })
}

/** A row of a tile; those beyond the end are the last again, as in panels. */
export const rowOf = (side: Side, y: Index, i: number): Index =>
  isExact(side) ? dimAdd(y, i) : dimMin(dimAdd(y, i), dimSub(side.axis.extent, 1))

/** Whether the extent of an axis is known to be a multiple of its tiles' width. */
export const isExact = ({ axis: { extent }, width }: Side): boolean =>
  typeof extent === 'number' && extent % width === 0

/** A scope in which an operand is read where it is: at a place along its axis and a flat position in the depth. */
function inPlace(scope: Scope, { depth }: Plan, side: Side, place: Index, k: Index): Scope {
  const names = depth.map(({ name }) => name)
  const rename = new Map<string, Index>(names.map((name, i) => [name, i === names.length - 1 ? k : 0]))
  return new Scope(at(side, place, scope), { defines: names, rename, into: scope.statements })
}

/** The kernel's later stages over a tile whose sums are complete: one of sums after the other for each step through windows. */
export function epilogue(
  writer: Writer,
  scope: Scope,
  plan: Plan,
  tile: Pick<Tile, 'x' | 'y' | 'lanes' | 'sums'>,
): void {
  const { fold, left, right, windows } = plan
  const { array, at: start } = tile.sums
  const from = tile.lanes === undefined ? start : dimAdd(start, dimSub(tile.x, tile.lanes))
  const step = dimMul(positionIn(windows?.loops ?? []), left.width * right.width)
  const [down, across] = [`${left.axis.name}.row`, `${right.axis.name}.lane`]
  const turned = alongRows(plan)
  const stride = turned ? right.width : 1
  const [rows, columns] = [
    { name: down, from: 0, to: bound(left, tile.y) },
    { name: across, from: 0, to: bound(right, tile.x) },
  ]
  const [outer, inner, blocks] = turned ? [columns, rows, turned] : [rows, columns, epilogueBlocks(plan)]
  openLoop([scope], outer, ([line]) => {
    sweep(line!, inner.name, inner, blocks, scopes => {
      for (const each of scopes) {
        const [r, c] = [each.resolve(down), each.resolve(across)]
        const named = within(right, dimAdd(tile.x, c), within(left, dimAdd(tile.y, r), each))
        const place = dimAdd(from, dimAdd(dimMul(right.width, r), c))
        const dtype = fold.accumulate
        finish(writer, named, plan, at => ({ array, at: dimAdd(place, at.resolve(step)), dtype, stride }))
      }
    })
  })
}

/** A scope in which the loops of an axis are where they are at a place along it. */
export function within({ axis }: Side, place: Index, scope: Scope): Scope {
  const defines = axis.loops.map(({ name }) => name)
  return new Scope(scope, { defines, rename: loopsAt(axis, place), into: scope.statements })
}

/** How much of a tile there is: all of it where the extent is known to be a multiple. */
const bound = (side: Side, from: Index): Index =>
  isExact(side) ? side.width : dimMin(side.width, dimSub(side.axis.extent, from))

/** How later stages go along the columns of a tile. */
export function epilogueBlocks({
  right,
  windows,
  later,
}: Pick<Plan, 'windows' | 'later'> & { right: { axis: Pick<Side['axis'], 'name'>; width: number } }): Block[] {
  const roots: readonly Expr[] = [...(windows ? [windows] : []), ...later].flatMap(stageRoots)
  if (!areApart(later, right.axis.name) || conditionsOn(right.axis.name, roots).length > 0) return [scalarBlock]
  const short = right.width > vectorLanes && expressions(roots).length <= shortEpilogue
  const wide = { lanes: vectorLanes, copies: right.width / vectorLanes }
  return short ? [wide, vectorBlock, scalarBlock] : [vectorBlock, scalarBlock]
}

/**
 * How they go along the rows of a tile, where columns are too few for lanes and there is something to compute: of 20000 rows
 * of 3 columns, 30 deep, sigmoids take 0.21 ms so and 0.58 one by one, maxima with 0 take 0.17 and 0.35, and the product alone
 * 0.16 (Zen 4, Node 24).
 */
function alongRows({ left, right, windows, later }: Plan): Block[] | undefined {
  const { extent } = right.axis
  if (typeof extent !== 'number' || extent >= vectorLanes || windows || left.width < vectorLanes) return undefined
  const { name, loops } = left.axis
  const roots = later.flatMap(stageRoots)
  if (loops.length > 1 || !areApart(later, name) || conditionsOn(name, roots).length > 0) return undefined
  return workOf(roots) > 0 ? [vectorBlock, scalarBlock] : undefined
}

/** Whether lanes along a loop store to places of their own. */
const areApart = (later: readonly Stage[], name: string): boolean =>
  later.every(({ stores }) =>
    stores.every(({ at: place, lookups, accumulate: adds }) => {
      const stride = dimLinear(place, name)?.coefficient
      return !lookups && stride !== undefined && stride !== 0 && !(adds && stride !== 1)
    }),
  )
