/** Comparisons, logic, selection and classification: nothing flows back through conditions. */

import type { Maybe, Typing } from '../define.ts'
import {
  applyElementwise,
  binary,
  bodies,
  compare,
  elementwiseOp,
  opOf,
  predicate,
  tag,
  unary,
} from '../elementwise.ts'
import { greatest, least } from '../folds.ts'
import { constant } from '../leaf.ts'
import type { Binary, CommonRank, CommonType, Comparison, OfTensors, Unary } from '../operand.ts'
import { type Operand, Tensor } from '../tensor.ts'
import { allTypes, type DType, type Integer, integers, isInteger, promote } from '../type.ts'

/**
 * A comparison by value, as NumPy's: a whole number that integers beside it cannot hold lies above or below all of them. (As
 * an operand of arithmetic such a number is refused.)
 */
function byValue(spec: Parameters<typeof compare>[0]): Comparison {
  const f = compare(spec) as (...operands: Operand[]) => Tensor
  const compared = (...operands: Operand[]): Tensor => {
    const [a, b] = operands
    const held = (x: Operand | undefined, beside: Operand | undefined) =>
      x instanceof Tensor && isBeyond(beside, x.dtype) ? x : undefined
    const x = operands.length > 2 ? undefined : (held(a, b) ?? held(b, a))
    if (!x) return f(...operands)
    const holds = spec.js(x === a ? 0n : BigInt(a as number), x === a ? BigInt(b as number) : 0n)
    return holds ? eq(x, x) : ne(x, x)
  }
  return tag(compared, opOf(f)) as never
}

/** True for a whole number that an integer dtype does not hold. */
const isBeyond = (value: unknown, dtype: DType): boolean =>
  isInteger(dtype) &&
  (typeof value === 'bigint' || Number.isInteger(value)) &&
  ((value as number) < least[dtype]! || (value as number) > greatest[dtype]!)

/** a == b, element by element; NaN equals nothing. */
export const eq = byValue({
  name: 'eq',
  doc: 'a == b.',
  numpy: 'equal',
  types: allTypes,
  js: (a, b) => a === b,
  code: (a, b) => `(${a} == ${b})`,
  commutes: true,
})

/** a != b. */
export const ne = byValue({
  name: 'ne',
  doc: 'a != b.',
  theano: 'neq',
  numpy: 'not_equal',
  types: allTypes,
  js: (a, b) => a !== b,
  code: (a, b) => `(${a} != ${b})`,
  commutes: true,
})

/** a < b. */
export const lt = byValue({
  name: 'lt',
  doc: 'a < b.',
  numpy: 'less',
  types: allTypes,
  js: (a, b) => a < b,
  code: (a, b) => `(${a} < ${b})`,
})

/** a <= b. */
export const le = byValue({
  name: 'le',
  doc: 'a <= b.',
  numpy: 'less_equal',
  types: allTypes,
  js: (a, b) => a <= b,
  code: (a, b) => `(${a} <= ${b})`,
})

/** a > b. */
export const gt = byValue({
  name: 'gt',
  doc: 'a > b.',
  numpy: 'greater',
  types: allTypes,
  js: (a, b) => a > b,
  code: (a, b) => `(${a} > ${b})`,
})

/** a >= b. */
export const ge = byValue({
  name: 'ge',
  doc: 'a >= b.',
  theano: 'ge',
  numpy: 'greater_equal',
  types: allTypes,
  js: (a, b) => a >= b,
  code: (a, b) => `(${a} >= ${b})`,
})

const truth: Typing = dtypes => ({ operands: dtypes.map(() => 'bool' as const), result: 'bool' })

/** a and b, as bool: anything but 0 is true. */
export const logicalAnd = binary({
  name: 'logicalAnd',
  doc: 'a and b as bool.',
  theano: 'and_',
  numpy: 'logical_and',
  types: allTypes,
  typing: truth,
  js: (a, b) => a && b,
  code: (a, b) => `(${a} & ${b})`,
  commutes: true,
  domain: [0, 1],
}) as Comparison

/** a or b, as bool. */
export const logicalOr = binary({
  name: 'logicalOr',
  doc: 'a or b as bool.',
  theano: 'or_',
  numpy: 'logical_or',
  types: allTypes,
  typing: truth,
  js: (a, b) => a || b,
  code: (a, b) => `(${a} | ${b})`,
  commutes: true,
  domain: [0, 1],
}) as Comparison

/** Exactly one of a and b, as bool. */
export const logicalXor = binary({
  name: 'logicalXor',
  doc: 'exactly one of a and b, as bool.',
  theano: 'xor',
  numpy: 'logical_xor',
  types: allTypes,
  typing: truth,
  js: (a, b) => a !== b,
  code: (a, b) => `(${a} != ${b})`,
  commutes: true,
  domain: [0, 1],
}) as Comparison

/** Not x, as bool. */
export const logicalNot = predicate({
  name: 'logicalNot',
  doc: 'not x, as bool.',
  theano: 'invert',
  numpy: 'logical_not',
  types: allTypes,
  typing: truth,
  js: x => !x,
  code: x => `(!${x})`,
  domain: [0, 1],
})

type Bits = Integer | 'bool'

const bits: readonly Bits[] = [...integers, 'bool']

/** Bitwise and of integers, logical of bool. */
export const bitwiseAnd = binary({
  name: 'bitwiseAnd',
  doc: 'a & b.',
  theano: 'and_',
  numpy: 'bitwise_and',
  types: bits,
  js: (a, b) => a & b,
  code: (a, b) => `(${a} & ${b})`,
  commutes: true,
}) as Binary<Bits>

/** Bitwise or of integers, logical of bool. */
export const bitwiseOr = binary({
  name: 'bitwiseOr',
  doc: 'a | b.',
  theano: 'or_',
  numpy: 'bitwise_or',
  types: bits,
  js: (a, b) => a | b,
  code: (a, b) => `(${a} | ${b})`,
  commutes: true,
}) as Binary<Bits>

/** Bitwise exclusive or of integers, logical of bool. */
export const bitwiseXor = binary({
  name: 'bitwiseXor',
  doc: 'a ^ b.',
  theano: 'xor',
  numpy: 'bitwise_xor',
  types: bits,
  js: (a, b) => a ^ b,
  code: (a, b) => `(${a} ^ ${b})`,
  commutes: true,
}) as Binary<Bits>

/** All bits of integers flipped; logical not of bool. */
export const bitwiseNot = unary({
  name: 'bitwiseNot',
  doc: '~x.',
  theano: 'invert',
  numpy: 'invert',
  types: bits,
  js: x => ~x,
  jsFor: ([dtype]) => (dtype === 'bool' ? (x: number) => !x : (x: number) => ~x),
  body: { bool: x => logicalNot(x!) },
  code: x => `(~${x})`,
}) as Unary<Bits>

/** a shifted left by b bits; a count of the width or more gives 0. */
export const leftShift = binary({
  name: 'leftShift',
  doc: 'a << b; counts past the width give 0.',
  numpy: 'left_shift',
  types: integers,
  js: (a, b) => (b < 0 || b > 31 ? 0 : a << b),
  big: (a, b) => (b < 0n || b > 63n ? 0n : a << b),
  code: (a, b) => `shl(${a}, ${b})`,
  domain: [
    [-9, 9],
    [0, 6],
  ],
}) as Binary<Integer>

/** a shifted right by b bits, keeping the sign; a count of the width or more gives 0 or -1. */
export const rightShift = binary({
  name: 'rightShift',
  doc: 'a >> b; counts past the width give 0 or -1.',
  numpy: 'right_shift',
  types: integers,
  js: (a, b) => Math.floor(a / 2 ** Math.min(b < 0 ? 63 : b, 63)),
  big: (a, b) => a >> (b < 0n || b > 63n ? 63n : b),
  code: (a, b) => `shr(${a}, ${b})`,
  domain: [
    [-9, 9],
    [0, 6],
  ],
}) as Binary<Integer>

const selection: Typing = ([, a, b]) => {
  const common = promote(a!, b!)
  return { operands: ['bool', common, common], result: common }
}

const zero = (like: Tensor) => constant(0, like.dtype)

const selectPullback = (_: Tensor, g: Tensor, condition?: Tensor): Maybe<Tensor>[] => [
  undefined,
  where(condition!, g, zero(g)),
  where(condition!, zero(g), g),
]
const selectPushforward = (_: Tensor, [, s, t]: readonly Maybe<Tensor>[], condition?: Tensor): Maybe<Tensor> =>
  s || t ? where(condition!, s ?? zero(t!), t ?? zero(s!)) : undefined

export const whereOp = elementwiseOp(
  {
    name: 'where',
    doc: 'a where the condition holds, b elsewhere; the gradient is selected, never multiplied.',
    theano: 'switch',
    types: allTypes,
    typing: selection,
    js: (condition, a, b) => (condition ? a : b),
    code: (condition, a, b) => `select(${b}, ${a}, ${condition})`,
    selects: true,
    pullback: selectPullback,
    pushforward: selectPushforward,
    domain: [
      [0, 1],
      [-3, 3],
      [-3, 3],
    ],
  },
  3,
)

/** a where the condition holds (is not 0), b elsewhere. Gradients go to the side that was chosen alone. */
export function where<C extends Operand, A extends Operand, B extends Operand>(
  condition: C,
  a: A,
  b: B,
): Tensor<CommonType<[A, B], OfTensors<[A, B, C]>>, CommonRank<[A, B, C]>>
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  return applyElementwise(whereOp, [condition, a, b])
}

const whereRareOp = elementwiseOp(
  {
    name: 'whereRare',
    doc: 'where(condition, a, b) for a condition that seldom holds: a is computed only when some element needs it.',
    types: allTypes,
    typing: selection,
    js: (condition, a, b) => (condition ? a : b),
    code: (condition, a, b) => `select(${b}, ${a}, ${condition})`,
    selects: true,
    pullback: selectPullback,
    pushforward: selectPushforward,
    rare: true,
    domain: [
      [0, 1],
      [-3, 3],
      [-3, 3],
    ],
  },
  3,
)

/** `where` for a condition that seldom holds: `rare`, a call of one derived op, is computed only when some element of a vector needs it. */
export function whereRare(condition: Operand, rare: Operand, common: Operand): Tensor {
  return applyElementwise(whereRareOp, [condition, rare, common])
}

/** True where x is NaN. */
export const isnan = predicate({
  name: 'isnan',
  doc: 'true where x is NaN.',
  types: allTypes,
  js: x => x !== x,
  body: bodies(undefined, x => ne(x!, x!)),
  // WGSL lets compilers assume that a float equals itself: there the bits are looked at.
  code: { cpp: x => `(${x} != ${x})`, wgsl: x => `is_nan(${x})` },
})

/** True where x is infinite. */
export const isinf = predicate({
  name: 'isinf',
  doc: 'true where x is infinite.',
  types: allTypes,
  js: x => x === Infinity || x === -Infinity,
  body: bodies(
    x => logicalOr(eq(x!, Infinity), eq(x!, -Infinity)),
    x => ne(x!, x!),
  ),
})

/** True where x is neither infinite nor NaN. */
export const isfinite = predicate({
  name: 'isfinite',
  doc: 'true where x is neither infinite nor NaN.',
  types: allTypes,
  js: Number.isFinite,
  big: () => true,
  body: bodies(
    x => logicalAnd(lt(x!, Infinity), gt(x!, -Infinity)),
    x => eq(x!, x!),
  ),
})
