/** Algebra that holds for every value: identities, inverses, and constants brought together. */
import { abs, add, div, mul, neg, sub } from '../ops/arithmetic.ts'
import { logicalNot, where } from '../ops/comparison.ts'
import { type Rule, type RuleOptions, rule } from '../rule.ts'
import { integers } from '../type.ts'

const exact: RuleOptions = { phase: 'canonical', holds: 'exact', tags: ['algebra'] }

/** Only the sign of a zero may differ. */
const butZeros: RuleOptions = { ...exact, holds: 'close', ulp: 0 }

/** What wraps has no overflow and no rounding: integers may be reordered. */
const whole: RuleOptions = { ...exact, types: integers }

export const canonical: readonly Rule[] = [
  rule(butZeros, 'x + 0 = x', x => [add(x, 0), x]),
  rule(exact, 'x - 0 = x', x => [sub(x, 0), x]),
  rule(butZeros, '0 - x = -x', x => [sub(0, x), neg(x)]),
  rule(exact, 'x 1 = x', x => [mul(x, 1), x]),
  rule(exact, 'x / 1 = x', x => [div(x, 1), x]),
  rule(whole, 'x 0 = 0', x => [mul(x, 0), sub(x, x)]),
  rule(exact, '--x = x', x => [neg(neg(x)), x]),
  rule(exact, 'x - -y = x + y', (x, y) => [sub(x, neg(y)), add(x, y)]),
  rule(exact, '| |x| | = |x|', x => [abs(abs(x)), abs(x)]),
  rule(exact, '|-x| = |x|', x => [abs(neg(x)), abs(x)]),
  rule(exact, 'not not c = c', x => [logicalNot(logicalNot(x)), x]),
  rule({ ...exact, parameters: ['bool'] }, 'where c x x = x', (c, x) => [where(c, x, x), x]),
]
