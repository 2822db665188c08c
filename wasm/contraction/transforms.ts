/**
 * Minimal filtering: what elements `d` give under taps `g` at two places, by fewer products than it is defined by. Three taps
 * take four products in place of six, two take three in place of four:
 *
 *     y0 = d0 g0 + d1 g1 + d2 g2 = m0 + m1 + m2     m0 = (d0 - d2) g0     m1 = (d1 + d2) (g0 + g1 + g2) / 2
 *     y1 = d1 g0 + d2 g1 + d3 g2 = m1 - m2 - m3     m3 = (d1 - d3) g2     m2 = (d2 - d1) (g0 - g1 + g2) / 2
 *
 *     y0 = d0 g0 + d1 g1 = m0 + m1                  m0 = (d0 - d1) g0     m1 = d1 (g0 + g1)
 *     y1 = d1 g0 + d2 g1 = m1 - m2                  m2 = (d1 - d2) g1
 *
 * and along two axes by as many of each: 16 in place of 36. More taps are blocks of three and two, whose results are added:
 * five of them along two axes take 49 products in place of 100. S. Winograd, Arithmetic Complexity of Computations, 1980;
 * A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, whose F(2x2, 3x3) it is. More places than
 * two, or five taps as one, would take fewer products still, with factors other than 1 that make errors ten times as large.
 *
 * Taps are transformed to twice as much along each axis, and results halved: so no small number is lost on the way.
 */
import { opOf } from '../../frontend/elementwise.ts'
import type { Expr } from '../../frontend/kernel/ir.ts'
import * as arithmetic from '../../frontend/ops/arithmetic.ts'

/** Places along an axis whose results come out together. */
export const results = 2

/** Values along one axis to others. */
type Line = (values: readonly Expr[]) => readonly Expr[]

/** Windows of so many taps along one axis, made of so many elements, by so many products: and each of them transformed. */
export interface Transform {
  taps: number
  elements: number
  products: number
  of: { taps: Line; elements: Line; products: Line }
}

const three: Transform = {
  ...{ taps: 3, elements: 4, products: 4 },
  of: {
    taps: ([a, b, c]) => {
      const ends = add(a!, c!)
      return [add(a!, a!), add(ends, b!), sub(ends, b!), add(c!, c!)]
    },
    elements: ([a, b, c, d]) => [sub(a!, c!), add(b!, c!), sub(c!, b!), sub(b!, d!)],
    products: ([a, b, c, d]) => [add(add(a!, b!), c!), sub(sub(b!, c!), d!)],
  },
}

const two: Transform = {
  ...{ taps: 2, elements: 3, products: 3 },
  of: {
    taps: ([a, b]) => {
      const both = add(a!, b!)
      return [add(a!, a!), add(both, both), add(b!, b!)]
    },
    elements: ([a, b, c]) => [sub(a!, b!), b!, sub(b!, c!)],
    products: ([a, b, c]) => [add(a!, b!), sub(b!, c!)],
  },
}

/** What there is for windows of several taps. */
export const transforms: ReadonlyMap<unknown, Transform> = new Map(
  [[two], [three], [two, two], [three, two], [three, three]].map(blocks => {
    const joined = blocks.reduce(inTurn)
    return [joined.taps, joined]
  }),
)

/** The taps of one after those of another. */
function inTurn(first: Transform, second: Transform): Transform {
  const taps = first.taps + second.taps
  const each = (values: readonly Expr[], of: keyof Transform['of'], from: number) => [
    first.of[of](values.slice(0, first[of])),
    second.of[of](values.slice(from)),
  ]
  return {
    ...{ taps, elements: taps + 1, products: first.products + second.products },
    of: {
      taps: values => each(values, 'taps', first.taps).flat(),
      elements: values => each(values, 'elements', first.taps).flat(),
      products: values => {
        const [some, others] = each(values, 'products', first.products)
        return some!.map((value, i) => add(value, others![i]!))
      },
    },
  }
}

/** Taps, elements or products of windows along several axes, row-major, transformed along all of them. */
export function alongAxes(
  values: readonly Expr[],
  axes: readonly Transform[],
  of: keyof Transform['of'],
): readonly Expr[] {
  const [axis, ...rest] = axes
  const { [of]: count, of: lines } = axis!
  if (rest.length === 0) return lines[of](values)
  const size = values.length / count
  const rows = Array.from({ length: count }, (_, i) => alongAxes(values.slice(i * size, (i + 1) * size), rest, of))
  const columns = rows[0]!.map((_, j) => lines[of](rows.map(row => row[j]!)))
  return columns[0]!.flatMap((_, i) => columns.map(column => column[i]!))
}

/** All places along axes of some sizes, row-major. */
export const placesAlong = ([size, ...rest]: readonly number[]): number[][] =>
  size === undefined
    ? [[]]
    : Array.from({ length: size }, (_, i) => placesAlong(rest).map(place => [i, ...place])).flat()

/** A value times a constant. */
export function scaled(value: Expr, by: number): Expr {
  return apply(arithmetic.mul, value, { kind: 'const', dtype: value.dtype, value: by })
}

const add = (a: Expr, b: Expr): Expr => apply(arithmetic.add, a, b)
const sub = (a: Expr, b: Expr): Expr => apply(arithmetic.sub, a, b)
const apply = (op: Parameters<typeof opOf>[0], ...args: Expr[]): Expr => ({
  kind: 'apply',
  dtype: args[0]!.dtype,
  op: opOf(op),
  args,
})
