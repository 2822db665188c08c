/** A contraction taken apart: which loops tiles cut, how large tiles are, what is packed, and in which blocks. */

import { dimLinear, dimMul, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import {
  type Expr,
  type Fold,
  type Kernel,
  type Loop,
  type Stage,
  type Store,
  vectorLanes,
} from '../../frontend/kernel/ir.ts'
import { isFloat } from '../../frontend/type.ts'
import { registersOf } from '../accumulate.ts'
import { product } from '../cut.ts'
import { loopsAround, readingCopies, type Staged, windowsIn } from '../windows.ts'
import { type Axis, joinAxis } from './axis.ts'
import type { Part } from './depth.ts'
import { windowsOf } from './folded.ts'
import { isFew, type Product, type Shape, shapeFor } from './shape.ts'
import { inPairs } from './words.ts'

/** Up to as many columns the left operand is read where it is: packing it would not pay. */
const narrowColumns = 32

/**
 * With relaxed SIMD the same goes in products of two matrices, up to as many columns, for one of at most so many elements that
 * lie along a depth of at least so many steps, for tiles of few rows. Products of n x n matrices take so, on one thread of
 * Zen 4 and Node 24, 0.91 of the time for n = 64, 0.93 for 96, 0.95 for 128, 0.96 for 192; but in tiles of 6 rows 1.07 for
 * 128, as V8 has too few registers, and on Node 20, which has no relaxed SIMD, 1.12. 64 rows 32 deep by 512 columns take 1.02.
 */
const smallColumns = 192
const smallLeft = 192 * 192
const leastDepth = 48
const fewInPlace = 4

/** A right operand of at most so many elements, or for at most so many rows, is read where it is. */
const smallOperand = 4096
const shallow = 24

/** Of what is no product of matrices of known sizes, as few rows or columns are rather ordinary folds. */
const fewRows = 4
const fewColumns = 2

/**
 * How many times less a convolution has to take with operands exchanged (`fullerOf`): products in tiles that are not full, and
 * results, as so many products, with lanes along places and along channels.
 */
const leastFuller = 1.05
const storing = 2
const storingApart = 10

/** One operand: the kernel's expression, that which reads copies of its windows, and the axis that tiles cut it along. */
export interface Side {
  source: Expr
  expr: Expr
  axis: Axis
  /** What is copied first, inside those of the axis's outer loops that are `around`. */
  windows: readonly Staged[]
  around: readonly Loop[]
  /** Elements of a tile along the axis. */
  width: number
  /** Loops of windows that it depends on: there is a panel for each of their steps. */
  within: readonly Loop[]
  /** In how many products each of its elements is: as many as the other operand is long. */
  uses: Index
  packed: boolean
}

/** Words of four bytes: whose are below 128, and which `DotWay` is the machine's. */
export interface ByteWords {
  seven: 'left' | 'right'
  way: Index
}

/** How a kernel's fold is run as a contraction: the loops of its rows, columns and depth, and how both operands are read. */
export interface Plan {
  fold: Fold
  /** Each step of the depth is several: of words whose halves or bytes are multiplied apart. */
  words?: 'halves' | ByteWords
  /** Loops that both operands see. */
  batch: readonly Loop[]
  left: Side
  right: Side
  depth: readonly Loop[]
  /** What of the depth is summed, where it is not all: `depth` has as many steps as a part has at most. */
  part?: Part
  /** The stage that folds results in windows, if one does, and those after. */
  windows?: Stage | undefined
  later: readonly Stage[]
  /** It is known to be faster as ordinary folds. */
  few: boolean
  /** Rows and columns in all. */
  rowCount: Index
  columnCount: Index
}

/** What of an engine decides on tiles. */
export interface Engine {
  /** Bits that it computes at once; 128 unless given. */
  vectorBits?: 128 | 256 | undefined
  /** It multiplies and adds in one instruction. */
  relaxed?: boolean
}

/** How a contraction is to be run, or undefined when the kernel is not one that tiles fit. */
export function planContraction(writer: Writer, kernel: Kernel, engine: Engine = {}): Plan | undefined {
  const paired = inPairs(kernel)
  const plan = planTiles(writer, paired ?? kernel, engine)
  return plan && paired ? { ...plan, words: 'halves' } : plan
}

/**
 * The plan of a contraction whose operands are taken as they are, with lanes along the columns that serve best or, where
 * `turned`, along the others.
 */
export function planTiles(writer: Writer, kernel: Kernel, engine: Engine, turned = false): Plan | undefined {
  const { vectorBits = 128, relaxed = false } = engine
  const [first, ...rest] = kernel.stages
  const [fold] = first?.folds ?? []
  if (!first?.contraction || first.folds.length !== 1 || fold?.op !== 'add' || first.loops.length === 0)
    return undefined
  const folded = first.within ? rest[0] : undefined
  const later = folded ? rest.slice(1) : rest
  const stores = [first, ...(folded ? [folded] : [])].some(stage => stage.stores.length > 0)
  if (stores || later.some(stage => stage.within || stage.loops.length > 0 || stage.folds.length > 0)) return undefined
  if (folded && typeof product(folded.loops) !== 'number') return undefined
  const oriented = orient(kernel, first.contraction, later, turned)
  const chosen = turned || vectorBits > 128 ? undefined : chooseShape(kernel, oriented, relaxed)
  const { rows, columns, left, right } = chosen?.contraction ?? oriented
  const [rowLoops, columnLoops] = [loopsOf(kernel, rows), loopsOf(kernel, columns)]
  if (rowLoops.length === 0 || columnLoops.length === 0) return undefined
  const [rowCount, columnCount] = [product(rowLoops), product(columnLoops)]
  const tile = chosen?.shape ?? tileFor(fold, columnCount, vectorBits)
  const side = (expr: Expr, loops: readonly Loop[], width: number, lanes: boolean): Omit<Side, 'packed'> => {
    const uses = lanes ? rowCount : columnCount
    const all = [...loops, ...(first.within ?? []), ...first.loops]
    let windows = windowsIn(writer, kernel, [expr], all)
    const read = (): Expr => readingCopies([expr], windows)[0]!
    const axis = joinAxis(writer, { loops, later: rest, width, lanes, expr: read() })
    const around = axis.outer.slice(0, loopsAround(axis.outer, windows))
    if (around.length > 0) windows = windowsIn(writer, kernel, [expr], all.slice(around.length))
    return { source: expr, expr: read(), axis, width, within: windowsOf(folded, expr), uses, around, windows }
  }
  const plan = {
    fold,
    batch: kernel.loops.filter(({ name }) => !rows.includes(name) && !columns.includes(name)),
    left: side(left, rowLoops, tile.rows, false),
    right: side(right, columnLoops, tile.vectors * vectorLanes, true),
    depth: first.loops,
    windows: folded,
    later,
    few: chosen ? isFew(chosen.product) : atMost(rowCount, fewRows) || atMost(columnCount, fewColumns),
    rowCount,
    columnCount,
  }
  return {
    ...plan,
    left: { ...plan.left, packed: !leftInPlace(plan, chosen !== undefined && relaxed) },
    right: { ...plan.right, packed: !rightInPlace(plan) },
  }
}

const atMost = (count: Index, most: number) => typeof count === 'number' && count <= most

type Contraction = NonNullable<Stage['contraction']>

/**
 * The plan of a convolution, or that with operands exchanged where its tiles are so much fuller: lanes run along channels then,
 * and the places of all images are rows. The 49 places of a small map take 7 tiles of 8 lanes, 13 of 4 rows; those of eight
 * maps 98. Sums take their terms in the same order.
 *
 * GFLOP/s with lanes along places and along channels (Zen 4, Node 24, one thread), of results of 7x7 of one image and of eight:
 * 3x3 of 512 37 and 43; 3x3 from 256 to 512 by a stride of 2 36 and 42, 42 and 50; 1x1 from 1024 to 2048 by a stride of 2 36
 * and 42, 37 and 49. Of eight: 1x1 from 512 to 2048 43 and 49, from 960 to 160 42 and 46. Those of 14x14, 200 lanes for 196
 * places, gain nothing.
 */
export function fullerOf(writer: Writer, kernel: Kernel, plan: Plan, vectorBits?: 128 | 256): Plan {
  const { words, windows, depth, right } = plan
  const steps = product(depth)
  const several = right.axis.outer.length + right.axis.loops.length > 1
  if (words || windows || !several || typeof steps !== 'number' || emptiness(plan) < leastFuller) return plan
  const turned = planTiles(writer, kernel, { vectorBits }, true)
  const pays = turned && leastFuller * (emptiness(turned) + storingApart / steps) < emptiness(plan) + storing / steps
  return pays ? turned : plan
}

/** How many times as many products as there are do tiles compute; those of sizes that calls tell are taken to be full. */
const emptiness = ({ left, right }: Plan): number =>
  [left, right].reduce((all, { axis: { extent }, width }) => {
    return typeof extent === 'number' ? (all * Math.ceil(extent / width) * width) / extent : all
  }, 1)

/**
 * The operands so that lanes run along columns: exchanged where the last loop of the rows is the better one for that.
 *
 * So convolutions have pixels in lanes, and filters where channels come last in what is stored. There is no layout besides.
 * GFLOP/s by channels first, of images with channels last, and of results too (Zen 4, Node 24, one thread): 1x1 from 64 to
 * 256 at 56x56 52, 51, 45; 3x3 of 64 at 56x56 106, 100, 99, of 256 at 14x14 93, 91, 87; LeNet's 5x5 to 8x8 94, 94, 92;
 * depthwise 3x3 of 96 at 112x112 25, 12, 9. Maps as small as 7x7, whose places leave tiles empty, have `fullerOf`.
 */
function orient(kernel: Kernel, contraction: Contraction, later: readonly Stage[], turned: boolean): Contraction {
  const { rows, columns, left, right } = contraction
  const fitness = (names: readonly string[]) => {
    const loops = kernel.loops.filter(({ name }) => names.includes(name))
    const last = loops[loops.length - 1]
    if (!last) return 0
    // One of several loops that is but a few elements long is cut by every tile.
    const window = kernel.stages[0]!.within?.find(({ name }) => name === names[names.length - 1])
    const extent = dimMul(last.extent, window?.extent ?? 1)
    if (loops.length > 1 && typeof extent === 'number' && extent <= vectorLanes) return 0
    const runsOn = ({ at }: Store) => dimLinear(at, last.name)?.coefficient === 1
    return later.some(stage => stage.stores.some(runsOn)) ? 2 : 1
  }
  const exchange = fitness(rows) > fitness(columns) !== turned
  return exchange ? { rows: columns, columns: rows, left: right, right: left } : contraction
}

const loopsOf = ({ loops }: Kernel, names: readonly string[]): readonly Loop[] =>
  loops.filter(({ name }) => names.includes(name))

/**
 * The tile of a product of two matrices of known sizes, with its lanes along the side that costs less; undefined of what is
 * no such product: convolutions have their own reasons (`orient`).
 */
function chooseShape(
  kernel: Kernel,
  natural: Contraction,
  relaxed: boolean,
): { contraction: Contraction; product: Product; shape: Shape } | undefined {
  const turned = { rows: natural.columns, columns: natural.rows, left: natural.right, right: natural.left }
  const ways = [natural, turned].flatMap(contraction => {
    const product = productOf(kernel, contraction, relaxed)
    return product ? [{ contraction, product, ...shapeFor(product, relaxed) }] : []
  })
  return ways.reduce<(typeof ways)[number] | undefined>((a, b) => (a && a.cost <= b.cost ? a : b), undefined)
}

/** A product of matrices with lanes along its columns, if it is one of floating-point numbers and its sizes are known. */
function productOf(
  { loops, stages }: Kernel,
  { rows, columns, left, right }: Contraction,
  relaxed: boolean,
): Product | undefined {
  const [first, ...later] = stages as [Stage, ...Stage[]]
  const [fold] = first.folds as [Fold]
  const [row, column] = [rows, columns].map(names => loops.filter(({ name }) => names.includes(name)))
  const [down, across, deep] = [row![0]?.extent, column![0]?.extent, product(first.loops)]
  if (row!.length !== 1 || column!.length !== 1 || typeof down !== 'number' || typeof across !== 'number')
    return undefined
  const { accumulate: dtype } = fold
  if (first.within || left.kind !== 'load' || right.kind !== 'load' || !isFloat(dtype)) return undefined
  const runsAlong = ({ name }: Loop, { at }: { at: Index }) => dimLinear(at, name)?.coefficient === 1
  const plain = isPlain(right, fold, first.loops) && runsAlong(column![0]!, right)
  return {
    dtype,
    rows: down,
    columns: across,
    depth: typeof deep === 'number' ? deep : undefined,
    leftInPlace: isPlain(left, fold, first.loops) ? rowsInPlace(left, first.loops, [down, across], relaxed) : 0,
    inPlace: plain && staysInPlace(down, dimMul(deep, across)) ? across : 0,
    dots: [left, right].every(each => runsAlong(first.loops[first.loops.length - 1]!, each)),
    runsOn: later.every(stage => stage.stores.every(each => runsAlong(column![0]!, each))),
  }
}

/**
 * Eight accumulators: 4 rows of 8 columns, 8 of 4 where columns are few; 4 of 4 of the wide types. For engines that join
 * neighbours to 256 bits, twice as many columns.
 */
export function tileFor({ accumulate }: Fold, columns: Index, vectorBits: 128 | 256): Shape {
  const joined = vectorBits / 128
  if (registersOf(accumulate) > 1) return { rows: 4, vectors: joined }
  const few = typeof columns === 'number' && columns <= 12 && !(columns > 4 && columns <= 8)
  return few ? { rows: 8, vectors: 1 } : { rows: 4, vectors: 2 * joined }
}

type Unpacked = Omit<Plan, 'left' | 'right'> & { left: Omit<Side, 'packed'>; right: Omit<Side, 'packed'> }

/** Whether an operand is an array that can be read where it is, at the flat position in the depth. */
function isPlain(expr: Expr, { accumulate }: Fold, depth: readonly Loop[]): expr is Extract<Expr, { kind: 'load' }> {
  if (expr.kind !== 'load' || expr.lookups || expr.dtype !== accumulate) return false
  return depth.slice(1).every((loop, i) => {
    const [outer, inner] = [dimLinear(expr.at, depth[i]!.name), dimLinear(expr.at, loop.name)]
    return (
      outer && inner && JSON.stringify(outer.coefficient) === JSON.stringify(dimMul(inner.coefficient, loop.extent))
    )
  })
}

function leftInPlace({ left, fold, depth, rowCount, columnCount }: Unpacked, relaxed: boolean): boolean {
  if (left.axis.loops.length > 1 || !isPlain(left.expr, fold, depth)) return false
  return left.width <= rowsInPlace(left.expr, depth, [rowCount, columnCount], relaxed)
}

/** Of how many rows tiles are at most that read a left operand where it is. */
function rowsInPlace(
  left: Expr & { at: Index },
  depth: readonly Loop[],
  [rows, columns]: readonly [Index, Index],
  relaxed: boolean,
): number {
  if (atMost(columns, narrowColumns)) return Number.POSITIVE_INFINITY
  if (!relaxed || registersOf(left.dtype) > 1) return 0
  const steps = product(depth)
  const along = dimLinear(left.at, depth[depth.length - 1]!.name)?.coefficient === 1
  const few = atMost(columns, smallColumns) && atMost(dimMul(rows, steps), smallLeft)
  return along && few && !atMost(steps, leastDepth - 1) ? fewInPlace : 0
}

/** Whether a right operand of so many elements, for so many rows, is read where it is. */
const staysInPlace = (rows: Index, size: Index): boolean =>
  (typeof size === 'number' && size <= smallOperand) || (typeof rows === 'number' && rows <= shallow)

/** Rows of the right operand are read in whole tiles: there has to be one. */
function rightInPlace({ right, fold, depth, rowCount, columnCount }: Unpacked): boolean {
  const { extent, loops, name } = right.axis
  if (typeof extent !== 'number' || extent < right.width || loops.length > 1) return false
  if (!isPlain(right.expr, fold, depth) || dimLinear(right.expr.at, name)?.coefficient !== 1) return false
  return staysInPlace(rowCount, dimMul(product(depth), columnCount))
}
