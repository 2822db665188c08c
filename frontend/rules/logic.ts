/** Conditions and selections. */
import { applyElementwise } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformValue } from '../match.ts'
import { add, maximum } from '../ops/arithmetic.ts'
import {
  eq,
  ge,
  gt,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
  where,
  whereOp,
} from '../ops/comparison.ts'
import { procedure, type Rule, type RuleOptions, rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, isNumeric } from '../type.ts'

const exact: RuleOptions = { phase: 'canonical', holds: 'exact', tags: ['logic'] }
const one: RuleOptions = { ...exact, parameters: ['bool'] }
const two: RuleOptions = { ...exact, parameters: ['bool', 'bool'] }

const yes = constant(true)
const no = constant(false)

/** No NaN to be different from itself. */
const equalsItself: RuleOptions = { ...exact, when: (x: Tensor) => !isFloat(x.dtype) }
const counts: RuleOptions = { ...exact, when: (x: Tensor) => x.dtype.startsWith('uint') }
const comparable: RuleOptions = { ...exact, when: (x: Tensor) => !isFloat(x.dtype) }

/** Both branches are computed: worth it where one of them costs nothing. */
const ofOneCondition: Rule = procedure(
  {
    ...exact,
    samples: dtype => {
      if (!isNumeric(dtype)) return []
      const [c, x, y] = [
        tensor('c', { dtype: 'bool', shape: [3] }),
        ...['x', 'y'].map(name => tensor(name, { dtype, shape: [3] })),
      ]
      return [add(where(c!, x!, 0), where(c!, y!, 0)), maximum(where(c!, 2, x!), where(c!, 3, y!))]
    },
  },
  'f(where c x a, where c y b) = where c f(x, y) f(a, b) for constants',
  ({ op, inputs, attrs }) => {
    if (op.kind !== 'elementwise' || op.rare || op.transparent || op === whereOp || inputs.length < 2) return undefined
    const [condition] = inputs[0]!.inputs
    if (!inputs.every(x => x.op === whereOp && x.inputs[0] === condition)) return undefined
    const sides = [1, 2].map(side => inputs.map(x => x.inputs[side]!))
    if (!sides.some(side => side.every(x => uniformValue(x) !== undefined))) return undefined
    return where(condition!, applyElementwise(op, sides[0]!, attrs), applyElementwise(op, sides[1]!, attrs))
  },
)

export const logic: readonly Rule[] = [
  rule(one, 'not not c = c', c => [logicalNot(logicalNot(c)), c]),
  rule(one, 'c and c = c', c => [logicalAnd(c, c), c]),
  rule(one, 'c or c = c', c => [logicalOr(c, c), c]),
  rule(one, 'c xor c = false', c => [logicalXor(c, c), no]),
  rule(one, 'c and true = c', c => [logicalAnd(c, true), c]),
  rule(one, 'c and false = false', c => [logicalAnd(c, false), no]),
  rule(one, 'c or true = true', c => [logicalOr(c, true), yes]),
  rule(one, 'c or false = c', c => [logicalOr(c, false), c]),
  rule(two, 'c and (c and d) = c and d', (c, d) => [logicalAnd(c, logicalAnd(c, d)), logicalAnd(c, d)]),

  rule(equalsItself, 'x == x = true', x => [eq(x, x), yes]),
  rule(equalsItself, 'x != x = false', x => [ne(x, x), no]),
  rule(equalsItself, 'x <= x = true', x => [le(x, x), yes]),
  rule(equalsItself, 'x >= x = true', x => [ge(x, x), yes]),
  rule(exact, 'x < x = false', x => [lt(x, x), no]),
  rule(exact, 'x > x = false', x => [gt(x, x), no]),
  rule(exact, 'not (x == y) = x != y', (x, y) => [logicalNot(eq(x, y)), ne(x, y)]),
  rule(exact, 'not (x != y) = x == y', (x, y) => [logicalNot(ne(x, y)), eq(x, y)]),
  rule(counts, 'x >= 0 = true', x => [ge(x, 0), yes]),
  rule(counts, 'x < 0 = false', x => [lt(x, 0), no]),
  rule(comparable, 'not (x < y) = x >= y', (x, y) => [logicalNot(lt(x, y)), ge(x, y)]),
  rule(comparable, 'not (x <= y) = x > y', (x, y) => [logicalNot(le(x, y)), gt(x, y)]),
  rule(comparable, 'not (x > y) = x <= y', (x, y) => [logicalNot(gt(x, y)), le(x, y)]),
  rule(comparable, 'not (x >= y) = x < y', (x, y) => [logicalNot(ge(x, y)), lt(x, y)]),

  rule(one, 'where c x x = x', (c, x) => [where(c, x, x), x]),
  rule(exact, 'where true x y = x', (x, y) => [where(true, x, y), x]),
  rule(exact, 'where false x y = y', (x, y) => [where(false, x, y), y]),
  rule(one, 'where (not c) x y = where c y x', (c, x, y) => [where(logicalNot(c), x, y), where(c, y, x)]),
  rule(one, 'where c (where c x y) z = where c x z', (c, x, y, z) => [where(c, where(c, x, y), z), where(c, x, z)]),
  rule(one, 'where c x (where c y z) = where c x z', (c, x, y, z) => [where(c, x, where(c, y, z)), where(c, x, z)]),
  // The terms that derivatives of both branches leave. -0 may become 0, and 0 become -0.
  rule({ ...one, holds: 'close', ulp: 0 }, 'where c x 0 + where c 0 y = where c x y', (c, x, y) => [
    add(where(c, x, 0), where(c, 0, y)),
    where(c, x, y),
  ]),
  ofOneCondition,
]
