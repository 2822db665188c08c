/**
 * Minimal filtering: what four elements `d` give under three taps `g`, at two places, by four products in place of six:
 *
 *     y0 = d0 g0 + d1 g1 + d2 g2 = m0 + m1 + m2     m0 = (d0 - d2) g0          m1 = (d1 + d2) (g0 + g1 + g2) / 2
 *     y1 = d1 g0 + d2 g1 + d3 g2 = m1 - m2 - m3     m3 = (d1 - d3) g2          m2 = (d2 - d1) (g0 - g1 + g2) / 2
 *
 * and along two axes by 16 in place of 36. S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray,
 * Fast Algorithms for Convolutional Neural Networks, 2015, whose F(2x2, 3x3) it is.
 *
 * Taps are transformed to twice as much along each axis, and results halved: so no small number is lost on the way.
 */
import { opOf } from '../../frontend/elementwise.ts'
import type { Expr } from '../../frontend/kernel/ir.ts'
import * as arithmetic from '../../frontend/ops/arithmetic.ts'

/** Along one axis: taps, the results that they give together, and the elements that these are made of. */
export const [taps, results, elements] = [3, 2, 4] as const

/** Values along one axis to others. */
export type Line = (values: readonly Expr[]) => readonly Expr[]

export const ofElements: Line = ([a, b, c, d]) => [sub(a!, c!), add(b!, c!), sub(c!, b!), sub(b!, d!)]
export const ofTaps: Line = ([a, b, c]) => {
  const ends = add(a!, c!)
  return [add(a!, a!), add(ends, b!), sub(ends, b!), add(c!, c!)]
}
export const ofProducts: Line = ([a, b, c, d]) => [add(add(a!, b!), c!), sub(sub(b!, c!), d!)]

/** Values along several axes, row-major and as many along each, transformed along all of them. */
export function alongAxes(values: readonly Expr[], axes: number, line: Line): readonly Expr[] {
  if (axes === 1) return line(values)
  const size = values.length / Math.round(values.length ** (1 / axes))
  const rows = Array.from({ length: values.length / size }, (_, i) =>
    alongAxes(values.slice(i * size, (i + 1) * size), axes - 1, line),
  )
  const columns = rows[0]!.map((_, j) => line(rows.map(row => row[j]!)))
  return columns[0]!.flatMap((_, i) => columns.map(column => column[i]!))
}

/** All places of as many along each of several axes, row-major. */
export const placesAlong = (count: number, axes: number): number[][] =>
  axes === 0
    ? [[]]
    : Array.from({ length: count }, (_, i) => placesAlong(count, axes - 1).map(rest => [i, ...rest])).flat()

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
