/**
 * Products of small integers, several at a time. SIMD wasm multiplies eight 16-bit integers at once and adds neighbours into
 * four 32-bit sums (`i32x4.dot_i16x8_s`): half the instructions of a product of float32. So the depth is halved, and each
 * operand becomes a word of two halves, its values at an even step and at the odd one behind it. Where bytes can be
 * multiplied (bytes.ts), a word has four of them. Sums of integers wrap, so that neither the order of their terms nor the
 * words change a bit.
 *
 * Measured on Zen 4, one thread: tiles of 4 by 8 alone run at 86 GOP/s on Node 24 and 75 on Node 20, whole products of 1024
 * at 83 and 81. Tiles of 2 by 16 run at 81 and 76, of 3 by 12 at 86 and 27, larger ones at 31 to 41.
 */

import { dimAdd, dimCeilDiv, dimMul, type Index } from '../../frontend/dims.ts'
import { castOp, opOf } from '../../frontend/elementwise.ts'
import { Builder } from '../../frontend/kernel/build.ts'
import { extentsOf } from '../../frontend/kernel/collapse.ts'
import type { Expr, Kernel, Loop, Stage } from '../../frontend/kernel/ir.ts'
import { substituteIn, transformExpressions } from '../../frontend/kernel/walk.ts'
import { bitwiseAnd, bitwiseOr, leftShift } from '../../frontend/ops/comparison.ts'
import type { DType } from '../../runtime/manifest.ts'

/** dtypes whose values are signed integers of 16 bits. */
const small: readonly DType[] = ['bool', 'int8', 'uint8', 'int16']

/** The contraction of a kernel over pairs of steps, or undefined where its operands are not small integers. */
export function inPairs(kernel: Kernel): Kernel | undefined {
  const operands = integersOf(kernel)
  return operands?.every(isShort) ? inWords(kernel, 2) : undefined
}

/** The operands of a contraction that sums int32; undefined where a kernel is none. */
export function integersOf({ stages: [first] }: Kernel): readonly [left: Expr, right: Expr] | undefined {
  const [fold, ...more] = first?.folds ?? []
  if (!first?.contraction || fold?.accumulate !== 'int32' || more.length > 0 || first.loops.length === 0)
    return undefined
  return [first.contraction.left, first.contraction.right]
}

/** A contraction whose operands are words of as many values as `count`, at steps that follow each other. */
export function inWords(kernel: Kernel, count: 2 | 4): Kernel {
  const [first, ...later] = kernel.stages as [Stage, ...Stage[]]
  const { left, right } = first.contraction!
  const loop = loopToCut(first.loops, count)
  const words: Loop = { name: `${loop.name}.word`, extent: dimCeilDiv(loop.extent, count) }
  const extents = extentsOf(kernel)
  const builder = new Builder(name => (name === words.name ? words.extent : extents(name)))
  const joined = (operand: Expr) => wordOf(builder, operand, loop, words, count)
  const loops = first.loops.map(each => (each === loop ? words : each))
  const contraction = { ...first.contraction!, left: joined(left), right: joined(right) }
  return { ...kernel, stages: [{ ...first, loops, contraction }, ...later] }
}

/** Whether all values of an expression are signed integers of 16 bits. */
function isShort(root: Expr): boolean {
  if (small.includes(root.dtype)) return true
  if (root.kind === 'const') return Number.isInteger(Number(root.value)) && Math.abs(Number(root.value)) < 0x8000
  if (root.kind === 'guard') return isShort(root.then) && isShort(root.otherwise)
  return root.kind === 'apply' && root.op === castOp && root.dtype === 'int32' && small.includes(root.args[0]!.dtype)
}

/** The last loop whose extent is a multiple of the count; where none is known to be, the longest. */
function loopToCut(loops: readonly Loop[], count: number): Loop {
  const size = ({ extent }: Loop) => (typeof extent === 'number' ? extent : Infinity)
  const whole = loops.filter(loop => size(loop) % count === 0)
  return whole[whole.length - 1] ?? loops.reduce((a, b) => (size(b) >= size(a) ? b : a))
}

/** The values of an operand at the steps of a word, the first lowest; behind the last step there is 0. */
function wordOf(builder: Builder, operand: Expr, loop: Loop, words: Loop, count: 2 | 4): Expr {
  const bits = 32 / count
  const number = (value: number) => builder.constant('int32', value)
  const at = (step: Index): Expr => {
    const moved = (expr: Expr) => builder.adopt(substituteIn(expr, name => (name === loop.name ? step : undefined)))
    return builder.apply(castOp, 'int32', transformExpressions([operand], moved))
  }
  const start = dimMul(count, words.name)
  const parts = Array.from({ length: count }, (_, i) => {
    const step = dimAdd(start, i)
    const inside = { relation: '<', left: step, right: loop.extent } as const
    const value = i === 0 ? at(step) : builder.guard([inside], at(step), number(0))
    const masked = i < count - 1 ? builder.apply(opOf(bitwiseAnd), 'int32', [value, number(2 ** bits - 1)]) : value
    return i === 0 ? masked : builder.apply(opOf(leftShift), 'int32', [masked, number(i * bits)])
  })
  return parts.reduce((word, part) => builder.apply(opOf(bitwiseOr), 'int32', [word, part]))
}
