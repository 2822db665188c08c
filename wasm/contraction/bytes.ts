/**
 * Products of bytes. Relaxed SIMD multiplies sixteen at once and sums four by four, exactly and alike everywhere where
 * those of one operand are below 128: weights or activations of 7 bits, or what relu left of signed ones. Whether they
 * are is looked up in the whole operand before the product, which takes 16-bit halves (words.ts) if not.
 *
 * Measured on Zen 4, one thread, Node 24, whose V8 uses no AVX512-VNNI: a tile of halves runs at 86 GOP/s, one of bytes at
 * 106 in two steps, at 84 by the instruction for both. That is one of ARM's (`sdot`) and of AVX-VNNI (`vpdpbusd`): by count
 * an eighth of what halves take on ARM, a fourth there. Products of matrices of 128, 256 and 1024 whose left operand is of 7
 * bits run at 80, 92 and 97 GOP/s, by halves at 71, 79 and 80; those of 8 bits lose nothing to the look that is in vain.
 * The second way makes a relaxed module 3.5 KB larger. Operands of all 8 bits would have to be split in two: 6 instructions in place of 4.
 */
import {
  type Condition,
  dimAtLeast,
  dimFloorDiv,
  dimMin,
  dimMul,
  dimNames,
  dimSub,
  dimSubstitute,
  type Index,
} from '../../frontend/dims.ts'
import { castOp, opOf } from '../../frontend/elementwise.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { DotWay, type Expr, type Kernel, type Loop, type Operation } from '../../frontend/kernel/ir.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { bitwiseOr } from '../../frontend/ops/comparison.ts'
import type { DType } from '../../runtime/manifest.ts'
import { product } from '../cut.ts'
import { type Plan, planTiles } from './plan.ts'
import { indexOf, survey } from './survey.ts'
import { integersOf, inWords } from './words.ts'

/** An operand is looked through where each of its values is in so many products or more. */
const leastUses = 128

type Load = Extract<Expr, { kind: 'load' }>

/** A contraction of bytes: its plan lacks what is only known where it is written. */
export interface Bytes {
  plan: Plan
  /** The operand of 7 bits. */
  seven: 'left' | 'right'
  /** Arrays that have to be below 128, their sizes, and in how many products each of their values is. */
  tested: readonly { array: Load; size: Index; uses: Index }[]
}

/** How a contraction is to be run by products of bytes, or undefined where its operands are no arrays of such. */
export function planBytes(writer: Writer, kernel: Kernel, vectorBits: 128 | 256 = 128): Bytes | undefined {
  const loops = [...kernel.loops, ...(kernel.stages[0]?.loops ?? [])]
  const operands = integersOf(kernel)?.map(operand => bytesOf(operand, kernel, loops))
  if (!operands?.every(operand => operand !== undefined)) return undefined
  const [left, right] = operands as [Operand, Operand]
  const words = inWords(kernel, 4)
  const plan = planTiles(writer, words, { vectorBits })
  if (!plan) return undefined
  // Of two signed ones it is the first: what people write there are activations.
  const sevenIsLeft = left.array.dtype !== 'int8' || right.array.dtype === 'int8'
  const stays = plan.left.source === words.stages[0]!.contraction!.left
  const uses = stays ? [plan.columnCount, plan.rowCount] : [plan.rowCount, plan.columnCount]
  const tested = [left, right].flatMap((operand, i) => {
    const { dtype } = operand.array
    const needed = dtype === 'uint8' || (dtype === 'int8' && sevenIsLeft === (i === 0))
    return needed ? [{ ...operand, uses: uses[i]! }] : []
  })
  if (tested.some(each => typeof each.uses === 'number' && each.uses < leastUses)) return undefined
  return { plan, seven: sevenIsLeft === stays ? 'left' : 'right', tested }
}

/** Looks through the operands: the plan, and the conditions on which it holds. */
export function testBytes(writer: Writer, scope: Scope, bytes: Bytes): { plan: Plan; when: readonly Condition[] } {
  const way = writer.name('way')
  const register = writer.let(scope, 'int32', 1, { kind: 'dotWay' })
  scope.statements.push({ kind: 'name', name: way, value: { register: register.name } })
  const when: Condition[] = [{ relation: '<', left: DotWay.none, right: way }]
  for (const { array, size, uses } of bytes.tested) {
    if (typeof uses !== 'number') when.push({ relation: '<=', left: leastUses, right: uses })
    const extent = typeof uses === 'number' ? size : dimMul(size, dimMin(1, dimFloorDiv(uses, leastUses)))
    const bits = bitsIn(writer, scope, array, extent)
    when.push({ relation: '<=', left: 0, right: bits }, { relation: '<', left: bits, right: 128 })
  }
  return { plan: { ...bytes.plan, words: { seven: bytes.seven, way } }, when }
}

/** An index with all bits that some value of an array has: negative where one is. */
function bitsIn(writer: Writer, scope: Scope, array: Load, size: Index): Index {
  const at = writer.name('element')
  const either = (...args: readonly [string, string]): Operation => ({ kind: 'apply', op: opOf(bitwiseOr), args })
  const registers = survey(writer, scope, { ...array, at }, [{ name: at, extent: size }], 'int32', {
    start: 0,
    first: 0,
    step: (inner, value, bits) => either(bits.name, writer.convert(inner, value, 'int32').name),
  })
  return indexOf(writer, scope, 'bits', registers, either)
}

interface Operand {
  array: Load
  size: Index
}

const byteTypes: readonly DType[] = ['bool', 'int8', 'uint8']

/** The array of bytes that an operand consists of, if loops go through all of it: with zeros around, if any. */
function bytesOf(root: Expr, kernel: Kernel, loops: readonly Loop[]): Operand | undefined {
  if (root.kind === 'guard')
    return root.otherwise.kind === 'const' && isSmall(root.otherwise.value)
      ? bytesOf(root.then, kernel, loops)
      : undefined
  if (root.kind === 'apply')
    return root.op === castOp && root.dtype === 'int32' ? bytesOf(root.args[0]!, kernel, loops) : undefined
  if (root.kind !== 'load' || root.lookups || !byteTypes.includes(root.dtype)) return undefined
  const { size } = kernel.buffers[root.buffer]!
  const names = dimNames(root.at)
  const start = dimSubstitute(root.at, name => (loops.some(loop => loop.name === name) ? 0 : undefined))
  const reads = product(loops.filter(({ name }) => names.has(name)))
  return typeof start === 'number' && dimAtLeast(dimSub(reads, size), 0) ? { array: root, size } : undefined
}

const isSmall = (value: number | bigint) => value >= 0 && value < 128
