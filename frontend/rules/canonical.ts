/** Algebra that holds for every value: identities, inverses, signs, and constants brought together. */

import { constant } from '../leaf.ts'
import { uniformValue } from '../match.ts'
import { relu } from '../ops/activation.ts'
import { abs, add, div, floorDiv, maximum, minimum, mod, mul, neg, reciprocal, square, sub } from '../ops/arithmetic.ts'
import { pow } from '../ops/exponential.ts'
import { cosh } from '../ops/hyperbolic.ts'
import { cos } from '../ops/trigonometric.ts'
import { type Rule, type RuleOptions, rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { floats, integers } from '../type.ts'
import { finiteProduct, finiteQuotient, signed } from './facts.ts'

const exact: RuleOptions = { phase: 'canonical', holds: 'exact', tags: ['algebra'] }

/** -0 may become 0. */
const butZeros: RuleOptions = { ...exact, holds: 'close', ulp: 0 }

/** What wraps has no overflow and no rounding: integers may be reordered. */
const whole: RuleOptions = { ...exact, types: integers }

/** Constants of floats multiplied beforehand: one rounding at another place, and no constant out of range. */
const folded: RuleOptions = { ...exact, holds: 'close', types: floats }

const zero = (like: Tensor) => constant(0, like.dtype)
const one = (like: Tensor) => constant(1, like.dtype)

const identities: readonly Rule[] = [
  rule(butZeros, 'x + 0 = x', x => [add(x, 0), x]),
  rule(exact, 'x - 0 = x', x => [sub(x, 0), x]),
  rule(whole, '0 - x = -x', x => [sub(0, x), neg(x)]),
  rule(whole, 'x - x = 0', x => [sub(x, x), zero(x)]),
  rule(exact, 'x 1 = x', x => [mul(x, 1), x]),
  rule(exact, 'x / 1 = x', x => [div(x, 1), x]),
  rule(exact, '1 / x = reciprocal x', x => [div(1, x), reciprocal(x)]),
  rule({ ...exact, holds: 'close', ulp: 2 }, 'reciprocal reciprocal x = x', x => [reciprocal(reciprocal(x)), x]),
  rule(whole, 'x 0 = 0', x => [mul(x, 0), zero(x)]),
  rule(whole, 'x // 1 = x', x => [floorDiv(x, 1), x]),
  rule(whole, 'x % 1 = 0', x => [mod(x, 1), zero(x)]),
  rule(exact, 'x ^ 1 = x', x => [pow(x, 1), x]),
  rule(exact, 'x ^ 0 = 1', x => [pow(x, 0), one(x)]),
  rule(exact, '1 ^ x = 1', x => [pow(1, x), one(x)]),
  rule(exact, 'max x x = x', x => [maximum(x, x), x]),
  rule(exact, 'min x x = x', x => [minimum(x, x), x]),
]

/** The sign of something that is not a constant itself goes to a constant. */
const byConstant: RuleOptions = {
  ...exact,
  parameters: ['value', 'constant'],
  when: x => uniformValue(x!) === undefined,
}

const signs: readonly Rule[] = [
  rule(exact, '--x = x', x => [neg(neg(x)), x]),
  rule(exact, 'x - -y = x + y', (x, y) => [sub(x, neg(y)), add(x, y)]),
  rule(exact, 'x + -y = x - y', (x, y) => [add(x, neg(y)), sub(x, y)]),
  rule(whole, '-(x - y) = y - x', (x, y) => [neg(sub(x, y)), sub(y, x)]),
  rule(exact, '(-x) (-y) = x y', (x, y) => [mul(neg(x), neg(y)), mul(x, y)]),
  rule(exact, '(-x) / (-y) = x / y', (x, y) => [div(neg(x), neg(y)), div(x, y)]),
  rule(byConstant, '(-x) c = x (-c)', (x, c) => [mul(neg(x), c), mul(x, neg(c))]),
  rule(byConstant, '-(x c) = x (-c)', (x, c) => [neg(mul(x, c)), mul(x, neg(c))]),
  rule(byConstant, '(-x) / c = x / (-c)', (x, c) => [div(neg(x), c), div(x, neg(c))]),
  rule(byConstant, '-(x / c) = x / (-c)', (x, c) => [neg(div(x, c)), div(x, neg(c))]),
  rule(byConstant, 'c / (-x) = (-c) / x', (x, c) => [div(c, neg(x)), div(neg(c), x)]),
  rule(exact, '| |x| | = |x|', x => [abs(abs(x)), abs(x)]),
  rule({ ...exact, when: signed }, '|-x| = |x|', x => [abs(neg(x)), abs(x)]),
  rule(exact, '(-x)² = x²', x => [square(neg(x)), square(x)]),
  rule(exact, '|x|² = x²', x => [square(abs(x)), square(x)]),
  rule({ ...exact, when: signed }, '|x²| = x²', x => [abs(square(x)), square(x)]),
  rule({ ...exact, types: floats }, '|x| |y| = |x y|', (x, y) => [mul(abs(x), abs(y)), abs(mul(x, y))]),
  rule(exact, '|x| / |y| = |x / y|', (x, y) => [div(abs(x), abs(y)), abs(div(x, y))]),
  rule(exact, 'relu relu x = relu x', x => [relu(relu(x)), relu(x)]),
  rule(exact, 'cos -x = cos x', x => [cos(neg(x)), cos(x)]),
  rule(exact, 'cosh -x = cosh x', x => [cosh(neg(x)), cosh(x)]),
]

const constants: readonly Rule[] = [
  rule({ ...whole, parameters: ['value', 'constant', 'constant'] }, '(x + c) + d = x + (c + d)', (x, c, d) => [
    add(add(x, c), d),
    add(x, add(c, d)),
  ]),
  rule({ ...whole, parameters: ['value', 'constant', 'constant'] }, '(x c) d = x (c d)', (x, c, d) => [
    mul(mul(x, c), d),
    mul(x, mul(c, d)),
  ]),
  rule(
    { ...folded, parameters: ['value', 'constant', 'constant'], when: (_, c, d) => finiteProduct(c!, d!) },
    '(x c) d = x (c d), rounded',
    (x, c, d) => [mul(mul(x, c), d), mul(x, mul(c, d))],
  ),
  rule(
    { ...folded, parameters: ['value', 'constant', 'constant'], when: (_, c, d) => finiteQuotient(c!, d!) },
    '(x c) / d = x (c / d)',
    (x, c, d) => [div(mul(x, c), d), mul(x, div(c, d))],
  ),
  rule(
    { ...folded, parameters: ['value', 'constant', 'constant'], when: (_, c, d) => finiteQuotient(d!, c!) },
    '(x / c) d = x (d / c)',
    (x, c, d) => [mul(div(x, c), d), mul(x, div(d, c))],
  ),
  rule(
    { ...folded, parameters: ['value', 'constant', 'constant'], when: (_, c, d) => finiteProduct(c!, d!) },
    '(x / c) / d = x / (c d)',
    (x, c, d) => [div(div(x, c), d), div(x, mul(c, d))],
  ),
  rule(
    { ...folded, parameters: ['value', 'constant', 'constant'], when: (_, c, d) => finiteProduct(c!, d!) },
    '(c / x) d = (c d) / x',
    (x, c, d) => [mul(div(c, x), d), div(mul(c, d), x)],
  ),
  rule({ ...folded, ulp: 2, when: (x, y) => !isSpread(x!, y!) }, 'x reciprocal y = x / y', (x, y) => [
    mul(x, reciprocal(y)),
    div(x, y),
  ]),
]

/** Whether each element of y goes with several of x: there one reciprocal and many products are cheaper than quotients. */
const isSpread = (x: Tensor, y: Tensor): boolean =>
  y.ndim < x.ndim || y.shape.some((dim, i) => dim === 1 && x.shape[x.ndim - y.ndim + i] !== 1)

/** Integers wrap, so what is added and taken away again leaves nothing, and common factors come out. */
const cancelled: readonly Rule[] = [
  rule(whole, '(x + y) - y = x', (x, y) => [sub(add(x, y), y), x]),
  rule(whole, '(x - y) + y = x', (x, y) => [add(sub(x, y), y), x]),
  rule(whole, 'x - (x - y) = y', (x, y) => [sub(x, sub(x, y)), y]),
  rule(whole, 'x y + x z = x (y + z)', (x, y, z) => [add(mul(x, y), mul(x, z)), mul(x, add(y, z))]),
  rule(whole, 'x y - x z = x (y - z)', (x, y, z) => [sub(mul(x, y), mul(x, z)), mul(x, sub(y, z))]),
]

export const canonical: readonly Rule[] = [...identities, ...signs, ...constants, ...cancelled]
