/** Conditions and selections. */
import { constant } from '../leaf.ts'
import { eq, ge, gt, le, logicalAnd, logicalNot, logicalOr, logicalXor, lt, ne, where } from '../ops/comparison.ts'
import { type Rule, type RuleOptions, rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat } from '../type.ts'

const exact: RuleOptions = { phase: 'canonical', holds: 'exact', tags: ['logic'] }
const one: RuleOptions = { ...exact, parameters: ['bool'] }
const two: RuleOptions = { ...exact, parameters: ['bool', 'bool'] }

const yes = constant(true)
const no = constant(false)

/** No NaN to be different from itself. */
const equalsItself: RuleOptions = { ...exact, when: (x: Tensor) => !isFloat(x.dtype) }
const comparable: RuleOptions = { ...exact, when: (x: Tensor) => !isFloat(x.dtype) }

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
]
