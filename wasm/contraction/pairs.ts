/**
 * Products of small integers two by two. SIMD wasm multiplies eight 16-bit integers at once and adds neighbours into four
 * 32-bit sums (`i32x4.dot_i16x8_s`): half the instructions of a product of float32. So the depth is halved, and each
 * operand becomes a word of two halves, its values at an even step and at the odd one behind it. Sums of integers wrap, so
 * that neither the order of their terms nor the pairs change a bit.
 *
 * Relaxed SIMD's `i32x4.relaxed_dot_i8x16_i7x16_add_s` takes bytes, but is defined only where those of one operand are
 * below 128. Integers of eight bits would have to be split in two for it, which makes it the slower one.
 */

import { dimAdd, dimCeilDiv, dimMul, type Index } from '../../frontend/dims.ts'
import { castOp, opOf } from '../../frontend/elementwise.ts'
import { Builder } from '../../frontend/kernel/build.ts'
import { extentsOf } from '../../frontend/kernel/collapse.ts'
import type { Expr, Kernel, Loop } from '../../frontend/kernel/ir.ts'
import { substituteIn, transformExpressions } from '../../frontend/kernel/walk.ts'
import { bitwiseAnd, bitwiseOr, leftShift } from '../../frontend/ops/comparison.ts'
import type { DType } from '../../runtime/manifest.ts'

/** dtypes whose values are signed integers of 16 bits. */
const small: readonly DType[] = ['bool', 'int8', 'uint8', 'int16']

/** The contraction of a kernel over pairs of steps, or undefined where its operands are not small integers. */
export function inPairs(kernel: Kernel): Kernel | undefined {
  const [first, ...later] = kernel.stages
  const [fold, ...more] = first?.folds ?? []
  if (!first?.contraction || fold?.accumulate !== 'int32' || more.length > 0 || first.loops.length === 0)
    return undefined
  const { left, right } = first.contraction
  if (!isShort(left) || !isShort(right)) return undefined
  const loop = loopToHalve(first.loops)
  const half: Loop = { name: `${loop.name}.pair`, extent: dimCeilDiv(loop.extent, 2) }
  const extents = extentsOf(kernel)
  const builder = new Builder(name => (name === half.name ? half.extent : extents(name)))
  const paired = (operand: Expr) => pairOf(builder, operand, loop, half)
  const loops = first.loops.map(each => (each === loop ? half : each))
  const contraction = { ...first.contraction, left: paired(left), right: paired(right) }
  return { ...kernel, stages: [{ ...first, loops, contraction }, ...later] }
}

/** Whether all values of an expression are signed integers of 16 bits. */
function isShort(root: Expr): boolean {
  if (small.includes(root.dtype)) return true
  if (root.kind === 'const') return Number.isInteger(Number(root.value)) && Math.abs(Number(root.value)) < 0x8000
  if (root.kind === 'guard') return isShort(root.then) && isShort(root.otherwise)
  return root.kind === 'apply' && root.op === castOp && root.dtype === 'int32' && small.includes(root.args[0]!.dtype)
}

/** The last loop of an even extent; where none is known to be, the longest. */
function loopToHalve(loops: readonly Loop[]): Loop {
  const size = ({ extent }: Loop) => (typeof extent === 'number' ? extent : Infinity)
  const even = loops.filter(loop => size(loop) % 2 === 0)
  return even[even.length - 1] ?? loops.reduce((a, b) => (size(b) >= size(a) ? b : a))
}

/** The values of an operand at both steps of a pair, as the halves of a word; behind the last step there is 0. */
function pairOf(builder: Builder, operand: Expr, loop: Loop, half: Loop): Expr {
  const at = (step: Index): Expr => {
    const moved = (expr: Expr) => builder.adopt(substituteIn(expr, name => (name === loop.name ? step : undefined)))
    return builder.apply(castOp, 'int32', transformExpressions([operand], moved))
  }
  const [zero, mask, width] = [0, 0xffff, 16].map(value => builder.constant('int32', value)) as [Expr, Expr, Expr]
  const next = dimAdd(dimMul(2, half.name), 1)
  const inside = { relation: '<', left: next, right: loop.extent } as const
  const low = builder.apply(opOf(bitwiseAnd), 'int32', [at(dimMul(2, half.name)), mask])
  const high = builder.apply(opOf(leftShift), 'int32', [builder.guard([inside], at(next), zero), width])
  return builder.apply(opOf(bitwiseOr), 'int32', [low, high])
}
