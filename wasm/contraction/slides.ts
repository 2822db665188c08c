/** Operands that depend on sums of a column and a tap of the depth alone, as what windows move on does. */
import { dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import { extentsOf } from '../../frontend/kernel/collapse.ts'
import type { Expr, Kernel, Loop } from '../../frontend/kernel/ir.ts'
import { namesOf, substituteIn, transformExpressions } from '../../frontend/kernel/walk.ts'

/** Steps from window to window, at most. */
const mostStride = 4

/** A column and a tap: the right operand depends on `stride column + tap` alone, or on `stride column - tap`. */
export interface Slide {
  column: Loop
  tap: Loop
  stride: number
  backwards: boolean
}

/** The columns that the windows of an operand slide along, in their order. */
export function slidesIn(kernel: Kernel, source: Expr, depth: readonly Loop[], columns: readonly Loop[]): Slide[] {
  const slidesBy = (column: Loop, tap: Loop, steps: number) => {
    const at = dimSub(tap.name, dimMul(steps, column.name))
    const names = namesOf([substituted(kernel, source, new Map([[tap.name, at]]))])
    return names.has(tap.name) && !names.has(column.name)
  }
  const strides = Array.from({ length: mostStride }, (_, i) => i + 1)
  return columns.flatMap((column): Slide[] => {
    for (const backwards of [false, true]) {
      for (const stride of strides) {
        const tap = depth.find(loop => slidesBy(column, loop, backwards ? -stride : stride))
        if (tap) return [{ column, tap, stride, backwards }]
      }
    }
    return []
  })
}

/** An expression of a kernel with indices in place of names. */
export function substituted(kernel: Kernel, root: Expr, names: ReadonlyMap<string, Index>): Expr {
  const value = (name: string) => names.get(name)
  return transformExpressions([root], expr => substituteIn(expr, value, extentsOf(kernel)))[0]!
}
