/** Cheaper forms of the same value, once no other rule needs to see the general one. */
import { mul, neg, square } from '../ops/arithmetic.ts'
import { type Rule, type RuleOptions, rule } from '../rule.ts'

const cheaper: RuleOptions = { phase: 'special', holds: 'exact', tags: ['cheaper'] }

export const special: readonly Rule[] = [
  rule(cheaper, 'x x = x²', x => [mul(x, x), square(x)]),
  rule(cheaper, '-1 x = -x', x => [mul(x, -1), neg(x)]),
]
