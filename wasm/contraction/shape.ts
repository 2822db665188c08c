/**
 * Register tiles, and which of them a product of matrices takes. Tiles of 4 rows by 8 columns are the fastest that are so on
 * every engine, with relaxed SIMD those of 6 rows; but of 5 rows the first compute 8, and of 10 columns 16. Sums take the
 * terms of their depth in order in all of them, so that what is chosen here is speed alone.
 */
import type { DType } from '../../runtime/manifest.ts'
import { registersOf } from '../accumulate.ts'

/** Rows of a register tile, and vectors across. */
export interface Shape {
  rows: number
  vectors: number
}

/**
 * GFLOP/s of full tiles, whose registers across are those of float32, on one thread of Zen 4: what they reach `relaxed`, on
 * Node 24, and as `speed` for all engines the geometric mean of that and of Node 20 without. By rows and registers, both:
 * 4 2 51 40, 5 2 52 36, 6 2 54 36, 3 2 41 35, 3 3 49 32, 2 4 49 38, 2 3 40 37, 8 1 37 30, 7 1 45 32 (but 33 where rows are
 * read in place). Larger ones run out of V8's registers: 7 2 28 31, 3 4 24 35, 4 3 26 36. Those that are slow with registers
 * of float64 are `narrow`: 10 rows of 512 by 100 columns run at 11 and 11 in tiles of 5, at 24 and 16 in those of 2.
 */
const speeds: readonly { rows: number; across: number; speed: number; relaxed: number; narrow?: true }[] = [
  { rows: 4, across: 2, speed: 45, relaxed: 51 },
  { rows: 5, across: 2, speed: 43, relaxed: 52, narrow: true },
  { rows: 6, across: 2, speed: 44, relaxed: 54, narrow: true },
  { rows: 3, across: 2, speed: 38, relaxed: 41 },
  { rows: 3, across: 3, speed: 40, relaxed: 49 },
  { rows: 2, across: 4, speed: 43, relaxed: 49 },
  { rows: 2, across: 3, speed: 38, relaxed: 40 },
  { rows: 2, across: 2, speed: 29, relaxed: 28 },
  { rows: 8, across: 1, speed: 33, relaxed: 37 },
]
const usual = speeds[0]!
const usualRelaxed = speeds[2]!

/**
 * How much less than in the usual tile a product has to take in another: all but the usual are at the mercy of engines. With
 * relaxed SIMD tiles of 6 packed rows need not: their sums and factors fit into the registers, as there are no products.
 */
const leastGain = 1.1

/** What it takes to pack an element of an operand, or to store a result, as products of the usual tile. */
const packing = 2.5
/** What more it takes for tiles of 6 rows, whose last two are packed one by one: of 128 rows by 128 they gain nothing. */
const packingApart = 4
const storing = 2
const storingApart = 10

/** A product of matrices as tiles see it. */
export interface Product {
  dtype: DType
  rows: number
  columns: number
  /** Steps of the depth; undefined where only a call tells. */
  depth: number | undefined
  /** The right operand is packed, unless tiles are at most so wide. */
  inPlace: number
  /** The left operand is packed, unless tiles have at most so many rows. */
  leftInPlace: number
  /** Both operands run along the depth in memory: results are sums of vectors times vectors. */
  dots: boolean
  /** Results of neighbouring columns are neighbours. */
  runsOn: boolean
}

/** The tile that a product takes least in, and what: in products of the usual tile, for each step of the depth. */
export function shapeFor(
  { dtype, rows, columns, depth, inPlace, leftInPlace, runsOn }: Product,
  relaxed = false,
): {
  shape: Shape
  cost: number
} {
  const lanes = 4
  const wide = registersOf(dtype)
  const speedOf = (each: (typeof speeds)[number]) => (relaxed ? each.relaxed : each.speed)
  const choices = speeds.flatMap(each => {
    const { rows: high, across, narrow } = each
    if (across % wide !== 0 || (narrow && wide > 1)) return []
    const width = (across / wide) * lanes
    const whole = Math.ceil(columns / width) * width
    const lines = Math.ceil(rows / high) * high
    const leftPacked = high > leftInPlace
    const packed = (width <= inPlace ? 0 : whole) + (leftPacked ? lines : 0)
    const six = relaxed && leftPacked && each === usualRelaxed
    const cost = (whole * lines * speedOf(usual)) / speedOf(each) + packed * packing + (six ? lines * packingApart : 0)
    const least = each === usual || six ? cost : cost * leastGain
    return [{ shape: { rows: high, vectors: across / wide }, cost: least }]
  })
  const best = choices.reduce((a, b) => (b.cost < a.cost ? b : a))
  const stores = rows * columns * (runsOn ? storing : storingApart)
  return { shape: best.shape, cost: best.cost + (depth === undefined ? 0 : stores / Math.max(1, depth)) }
}

/** Steps of the depth from which on a tile of few rows pays. */
const deep = 16

/**
 * Whether a product is better off without tiles. Its ordinary folds (schedule.ts) go through the right operand row by row,
 * or take dots: both at the pace of memory, about half of that of tiles. By rows, of matrices of 512, GFLOP/s on Node 24 as
 * folds and in tiles: `a b` 2 25 44, 3 25 47, 4 25 48; `a bᵀ` 2 27 24, 3 27 23, 4 27 33; `aᵀ bᵀ` 2 18 24, 3 10 24, 4 8 33.
 */
export function isFew({ rows, columns, depth = deep, inPlace, dots }: Product): boolean {
  if (rows === 1 || columns <= 2 || (dots && rows <= 4 && columns < 16)) return true
  if (rows > 3) return false
  return dots || depth < deep || (rows === 2 && inPlace === 0)
}
