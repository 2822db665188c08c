/**
 * Minimal filtering: what elements `d` give under taps `g` at two places, by fewer products than it is defined by. Three taps
 * take four products in place of six, two take three in place of four:
 *
 *     y0 = d0 g0 + d1 g1 + d2 g2 = m0 + m2 + m3     m0 = (d0 - d2) g0     m2 = (d1 + d2) (g0 + g1 + g2) / 2
 *     y1 = d1 g0 + d2 g1 + d3 g2 = m2 - m3 - m1     m1 = (d1 - d3) g2     m3 = (d2 - d1) (g0 - g1 + g2) / 2
 *
 *     y0 = d0 g0 + d1 g1 = m0 + m2                  m0 = (d0 - d1) g0     m2 = d1 (g0 + g1)
 *     y1 = d1 g0 + d2 g1 = m2 - m1                  m1 = (d1 - d2) g1
 *
 * and along two axes by as many of each: 16 in place of 36. S. Winograd, Arithmetic Complexity of Computations, 1980;
 * A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, whose F(2x2, 3x3) it is.
 *
 * Other windows are blocks of three taps, two and one, whose products are added before they become results: products m of
 * the same number (the value of a polynomial at 0, infinity, 1 and -1) always count the same. So blocks are steps of the
 * depth, and a shorter one is left out of the products that it does not have. Windows a stride apart see elements by phase:
 * tap `stride u + r` meets number `place + u` of those whose number is r by modulo, and the taps of each phase are blocks. Five
 * taps along two axes take 49 products in place of 100; seven at stride 2, which are four and three, 100 in place of 196.
 *
 * More places than two, or four taps as one, would take fewer products still, with factors other than 1 that make errors
 * several times as large: of windows 4x4 at 4x4 places 5 to 9 times those of term by term, at 2x2 places 2.5 times.
 *
 * Long windows at few places, as gradients of filters are, are sums over tiles of two taps: the same products serve at three
 * places, where there are four elements and two taps,
 *
 *     y0 = d0 g0 + d1 g1 = m0 + m2 + m3             m0 = (d0 - d2) g0     m2 = (d1 + d2) (g0 + g1) / 2
 *     y1 = d1 g0 + d2 g1 = m2 - m3                  m1 = (d1 - d3) g1     m3 = (d2 - d1) (g0 - g1) / 2
 *     y2 = d2 g0 + d3 g1 = m2 + m3 - m1
 *
 * and those of two taps at two places. Both have the same factors of taps, so that five places are two and three.
 *
 * The other way about, where each place gives to all results that its window is over, two places with the same factors of
 * taps give to one more result than there are taps. That is the first formula transposed, results in the place of elements:
 *
 *     y0 = d0 g0             = m0                   m0 = d0 g0    m2 = (d0 + d1) (g0 + g1 + g2) / 2
 *     y1 = d0 g1 + d1 g0     = m2 - m3 - m1         m1 = d1 g2    m3 = (d0 - d1) (g0 - g1 + g2) / 2
 *     y2 = d0 g2 + d1 g1     = m2 + m3 - m0
 *     y3 = d1 g2             = m1
 *
 * Taps are transformed to twice as much along each axis, and results halved: so no small number is lost on the way.
 */
import { dimFloorDiv, dimMin, dimMod, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import { opOf } from '../../frontend/elementwise.ts'
import type { Expr } from '../../frontend/kernel/ir.ts'
import * as arithmetic from '../../frontend/ops/arithmetic.ts'

/** Places along an axis whose results come out together. */
export const results = 2

/** Blocks along an axis at most: code is written for each, along two axes for each pair. */
const mostBlocks = 4

/** Values along one axis to others. */
type Line = (values: readonly Expr[]) => readonly Expr[]

/** How so many taps, and the elements that they meet at two places, become factors of products 0, 1 and so on. */
interface Filter {
  taps: Line
  elements: Line
}

const filters: readonly Filter[] = [
  { taps: ([a]) => [twice(a!), scaled(a!, -2)], elements: ([a, b]) => [a!, b!] },
  {
    taps: ([a, b]) => [twice(a!), twice(b!), twice(add(a!, b!))],
    elements: ([a, b, c]) => [sub(a!, b!), sub(b!, c!), b!],
  },
  {
    taps: ([a, b, c]) => {
      const ends = add(a!, c!)
      return [twice(a!), twice(c!), add(ends, b!), sub(ends, b!)]
    },
    elements: ([a, b, c, d]) => [sub(a!, c!), sub(b!, d!), add(b!, c!), sub(c!, b!)],
  },
]

/** Neighbouring taps of a phase, from `first` on, which meet one more element; products are as many, the first of all. */
export interface Block extends Filter {
  phase: number
  first: number
  count: number
}

/** Products from `from` to `to`, of as many of the first blocks. */
export interface Share {
  from: number
  to: number
  blocks: number
}

/** Windows of so many taps along one axis, so far apart, by so many products. */
export interface Transform {
  taps: number
  stride: number
  products: number
  /** Longer ones first. */
  blocks: readonly Block[]
  shares: readonly Share[]
  results: Line
}

/** The transform for windows along an axis, or undefined where they have too many taps. */
export function transformOf(taps: number, stride: number): Transform | undefined {
  const phases = Array.from({ length: Math.min(taps, stride) }, (_, phase) => Math.ceil((taps - phase) / stride))
  const blocks = phases.flatMap(blocksOf).sort((a, b) => b.count - a.count)
  if (blocks.length > mostBlocks) return undefined
  const products = blocks[0]!.count + 1
  const shares: Share[] = []
  for (let m = 0; m < products; m++) {
    const sharing = blocks.filter(({ count }) => m <= count).length
    const last = shares[shares.length - 1]
    if (last?.blocks === sharing) last.to = m + 1
    else shares.push({ from: m, to: m + 1, blocks: sharing })
  }
  return { taps, stride, products, blocks, shares, results: ofProducts }
}

/** Long windows at so many places along an axis, two taps at a time. */
export interface Spread {
  places: number
  /** Factors of two taps, elements that they meet, and products of both; `factorOf` says which factor is in a product. */
  factors: number
  elements: number
  products: number
  factorOf(product: Index): Index
  ofTaps: Line
  ofElements: Line
  ofProducts: Line
}

/** Places along an axis that come out together, and their products by twice the results. */
const spreads: Readonly<Record<2 | 3, { elements: Line; results: Line }>> = {
  2: {
    elements: ([a, b, c]) => [sub(a!, b!), sub(b!, c!), twice(b!)],
    results: ([zero, infinity, one]) => [add(zero!, one!), sub(one!, infinity!)],
  },
  3: {
    elements: filters[2]!.elements,
    results: ([zero, infinity, one, minus]) => {
      const ends = add(one!, minus!)
      return [add(ends, zero!), sub(one!, minus!), sub(ends, infinity!)]
    },
  },
}

/** How so many places, two or more, are computed: in twos, then threes. */
export function spreadOf(places: number): Spread {
  const twos = (3 - (places % 3)) % 3
  const sizes = Array.from({ length: twos + (places - 2 * twos) / 3 }, (_, i) => (i < twos ? 2 : 3))
  const factors = Math.max(...sizes) + 1
  const each = (overlap: number, line: (size: 2 | 3) => Line, width: (size: number) => number): Line => {
    return values => {
      let at = 0
      return sizes.flatMap(size => {
        const from = at
        at += width(size) - overlap
        return line(size as 2 | 3)(values.slice(from, from + width(size)))
      })
    }
  }
  return {
    places,
    factors,
    elements: places + 1,
    products: sizes.reduce((all, size) => all + size + 1, 0),
    factorOf: product => dimMod(dimSub(product, dimMul(3, dimMin(twos, dimFloorDiv(product, 3)))), factors),
    ofTaps: ([a, b]) => [twice(a!), twice(b!), add(a!, b!), ...(factors > 3 ? [sub(a!, b!)] : [])],
    ofElements: each(
      1,
      size => spreads[size].elements,
      size => size + 1,
    ),
    ofProducts: each(
      0,
      size => spreads[size].results,
      size => size + 1,
    ),
  }
}

/** Two places that give to all that windows of so many taps reach, which are one more, by so many products. */
export interface Given {
  taps: number
  /** Factors of the places, and products, of as many factors of taps; `factorOf` says which factor is in a product. */
  factors: number
  products: number
  factorOf(product: Index): Index
  ofTaps: Line
  ofPlaces: Line
  ofProducts: Line
}

/** What each block's products give to the results that it reaches, by the number of its taps; twice as much. */
const given: Readonly<Record<number, Line>> = {
  2: ([zero, infinity, one]) => [zero!, sub(sub(one!, zero!), infinity!), infinity!],
  3: ([zero, infinity, one, minus]) => [
    zero!,
    sub(sub(one!, minus!), infinity!),
    sub(add(one!, minus!), zero!),
    infinity!,
  ],
}

/** How two places give to what windows reach; undefined where taps are too few or too many, or blocks too unlike. */
export function givenBy(taps: number): Given | undefined {
  const by = taps > 1 ? transformOf(taps, 1) : undefined
  if (!by) return undefined
  const { blocks, products: factors } = by
  // Products are numbered without gaps, so that at most the last block may be short.
  if (blocks.slice(0, -1).some(({ count }) => count + 1 < factors)) return undefined
  const products = blocks.reduce((all, { count }) => all + count + 1, 0)
  return {
    ...{ taps, factors, products },
    factorOf: product => dimMod(product, factors),
    ofTaps: values => blocks.flatMap(({ first, count, taps }) => taps(values.slice(first, first + count))),
    ofPlaces: ([a, b]) => [a!, b!, add(a!, b!), sub(a!, b!)].slice(0, factors),
    ofProducts: values => {
      const sums: Expr[] = []
      blocks.forEach(({ first, count }, i) => {
        given[count]!(values.slice(i * factors, i * factors + count + 1)).forEach((value, offset) => {
          const before = sums[first + offset]
          sums[first + offset] = before ? add(before, value) : value
        })
      })
      return sums
    },
  }
}

/** The taps of a phase as blocks of three, of two where one is left over, and of one where that is all. */
function blocksOf(taps: number, phase: number): Block[] {
  const sizes = Array.from({ length: Math.ceil(taps / 3) }, () => 3)
  const over = 3 * sizes.length - taps
  if (taps === 1) sizes[0] = 1
  else for (let i = 1; i <= over; i++) sizes[sizes.length - i] = 2
  let first = 0
  return sizes.map(count => {
    first += count
    return { phase, first: first - count, count, ...filters[count - 1]! }
  })
}

/** Results at both places; the last products may be absent. */
function ofProducts([zero, infinity, one, minus]: readonly Expr[]): readonly Expr[] {
  if (!one) return [zero!, scaled(infinity!, -1)]
  if (!minus) return [add(zero!, one), sub(one, infinity!)]
  return [add(add(zero!, one), minus), sub(sub(one, minus), infinity!)]
}

/** A line of each of several axes over values row-major, of so many along each of them. */
export function alongAxes(values: readonly Expr[], counts: readonly number[], lines: readonly Line[]): readonly Expr[] {
  const [count, ...rest] = counts
  const [line, ...others] = lines
  if (rest.length === 0) return line!(values)
  const size = values.length / count!
  const rows = Array.from({ length: count! }, (_, i) => alongAxes(values.slice(i * size, (i + 1) * size), rest, others))
  const columns = rows[0]!.map((_, j) => line!(rows.map(row => row[j]!)))
  return columns[0]!.flatMap((_, i) => columns.map(column => column[i]!))
}

/** One of each of several lists, in all ways, the last varying fastest. */
export const eachOf = <T>([list, ...rest]: readonly (readonly T[])[]): T[][] =>
  list === undefined ? [[]] : list.flatMap(one => eachOf(rest).map(others => [one, ...others]))

/** All places along axes of some sizes, row-major. */
export const placesAlong = (sizes: readonly number[]): number[][] => eachOf(sizes.map(size => upTo(size)))

/** Numbers from one on, up to another. */
export const upTo = (to: number, from = 0): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** A value times a constant. */
export function scaled(value: Expr, by: number): Expr {
  return apply(arithmetic.mul, value, { kind: 'const', dtype: value.dtype, value: by })
}

const twice = (a: Expr): Expr => add(a, a)
export const add = (a: Expr, b: Expr): Expr => apply(arithmetic.add, a, b)
const sub = (a: Expr, b: Expr): Expr => apply(arithmetic.sub, a, b)
const apply = (op: Parameters<typeof opOf>[0], ...args: Expr[]): Expr => ({
  kind: 'apply',
  dtype: args[0]!.dtype,
  op: opOf(op),
  args,
})
