/** Which products of a tile are sums over the same blocks of taps (transforms.ts), and where their factors lie. */
import { dimAdd, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Plan } from '../contraction/plan.ts'
import { eachOf, type Transform } from './transforms.ts'

/** Elements that keep what would be powers of two apart from falling into the same few lines of the first cache. */
export const gap = 16

/** Products of a tile over the same blocks: those from `from` to `to` along each axis. */
export interface Share {
  from: readonly number[]
  to: readonly number[]
  /** As many of the first blocks along each axis, and steps of the depth in all. */
  blocks: readonly number[]
  deep: number
  /** Where the factors of its first product are in each panel, and how far apart those of products are. */
  filters: Place
  tiles: Place
}

interface Place {
  at: number
  apart: number
}

/** The shares one after the other, and the sizes of panels; with so many steps of the depth besides blocks. */
export function sharesOf(
  by: readonly Transform[],
  steps: number,
  { left, right }: Plan,
): { shares: readonly Share[]; filters: number; tiles: number } {
  let [filters, tiles] = [0, 0]
  const shares = eachOf(by.map(({ shares }) => shares)).map((along): Share => {
    const [from, to] = [along.map(share => share.from), along.map(share => share.to)]
    const blocks = along.map(share => share.blocks)
    const deep = blocks.reduce((all, count) => all * count, steps)
    const count = from.reduce((all, start, i) => all * (to[i]! - start), 1)
    const placed = {
      filters: { at: filters, apart: deep * left.width + gap },
      tiles: { at: tiles, apart: deep * right.width + gap },
    }
    filters += count * placed.filters.apart
    tiles += count * placed.tiles.apart
    return { from, to, blocks, deep, ...placed }
  })
  return { shares, filters, tiles }
}

/** Whether a product is of a share. */
export const has = ({ from, to }: Share, product: readonly number[]): boolean =>
  product.every((m, i) => m >= from[i]! && m < to[i]!)

/** The number of a product in its share, row-major. */
export const numberIn = ({ from, to }: Share, product: readonly Index[]): Index =>
  product.reduce<Index>((number, m, i) => dimAdd(dimMul(number, to[i]! - from[i]!), dimSub(m, from[i]!)), 0)

/** The number of a place along some axes of such sizes, row-major. */
export const rowMajor = (places: readonly Index[], sizes: readonly number[]): Index =>
  places.reduce<Index>((number, place, i) => dimAdd(dimMul(number, sizes[i]!), place), 0)

/** Products along an axis, and the factor that each of them takes. */
interface Factored {
  readonly products: number
  readonly factors: number
  factorOf(product: Index): Index
}

/** The number of a product along some axes, and of the factor that it takes. */
export const numbersOf = (product: readonly Index[], by: readonly Factored[]): { number: Index; factor: Index } => ({
  number: rowMajor(
    product,
    by.map(({ products }) => products),
  ),
  factor: rowMajor(
    product.map((m, i) => by[i]!.factorOf(m)),
    by.map(({ factors }) => factors),
  ),
})
