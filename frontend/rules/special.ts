/** Cheaper forms of the same value, once no other rule needs to see the general one. */
import { opOf } from '../elementwise.ts'
import { constant, tensor } from '../leaf.ts'
import { uniformValue } from '../match.ts'
import { relu, sigmoid } from '../ops/activation.ts'
import { abs, add, div, mul, neg, reciprocal, sqrt, square } from '../ops/arithmetic.ts'
import { eq, where } from '../ops/comparison.ts'
import { exp, pow } from '../ops/exponential.ts'
import { max } from '../ops/reduce.ts'
import { procedure, type Rule, type RuleOptions, rule } from '../rule.ts'
import type { Tensor } from '../tensor.ts'
import { floats, isFloat } from '../type.ts'
import { isPowerOfTwo, neverNegative, numberOf } from './facts.ts'

const cheaper: RuleOptions = { phase: 'special', holds: 'exact', tags: ['cheaper'] }
const constants: RuleOptions = { ...cheaper, parameters: ['value', 'constant'] }
const rounded: RuleOptions = { ...cheaper, holds: 'close' }

const arithmetic: readonly Rule[] = [
  rule(cheaper, 'x x = x²', x => [mul(x, x), square(x)]),
  rule(cheaper, '-1 x = -x', x => [mul(x, -1), neg(x)]),
  rule(cheaper, 'x / -1 = -x', x => [div(x, -1), neg(x)]),
  rule({ ...cheaper, types: floats }, 'x + x = 2 x', x => [add(x, x), mul(2, x)]),
  rule({ ...constants, when: (_, c) => isPowerOfTwo(c!) }, 'x / c = x (1 / c) for powers of two', (x, c) => [
    div(x, c),
    mul(x, constant(1 / numberOf(c), c.dtype)),
  ]),
]

/** The powers that need no logarithm. */
const powers: readonly Rule[] = [
  rule({ ...rounded, ulp: 1 }, 'x ^ 2 = x²', x => [pow(x, 2), square(x)]),
  rule({ ...rounded, types: floats, ulp: 1 }, 'x ^ -1 = reciprocal x', x => [pow(x, -1), reciprocal(x)]),
  rule({ ...rounded, types: floats, ulp: 1 }, 'x ^ 0.5 = √x', x => [
    pow(x, 0.5),
    where(eq(x, -Infinity), Infinity, sqrt(x)),
  ]),
  rule({ ...rounded, types: floats, ulp: 2 }, 'x ^ -0.5 = 1 / √x', x => [
    pow(x, -0.5),
    where(eq(x, -Infinity), 0, reciprocal(abs(sqrt(x)))),
  ]),
  procedure(
    {
      ...rounded,
      ulp: 10,
      roots: [opOf(pow)],
      samples: dtype =>
        isFloat(dtype) ? [3, 4, 7, 16, -2, -5].map(n => pow(tensor('x', { dtype, shape: [3] }), n)) : [],
    },
    'x ^ n by squaring, |n| ≤ 16',
    node => {
      const [x, n] = [node.inputs[0]!, Number(uniformValue(node.inputs[1]!))]
      if (!isFloat(node.dtype) || !Number.isInteger(n) || Math.abs(n) < 2 || Math.abs(n) > 16) return undefined
      return n < 0 ? reciprocal(bySquaring(x, -n)) : bySquaring(x, n)
    },
  ),
]

function bySquaring(x: Tensor, n: number): Tensor {
  let result: Tensor | undefined
  let base = x
  for (let rest = n; rest > 0; rest >>= 1) {
    if (rest & 1) result = result ? mul(result, base) : base
    if (rest > 1) base = square(base)
  }
  return result!
}

const unsigned: readonly Rule[] = [
  procedure(
    {
      ...cheaper,
      roots: [opOf(abs), opOf(relu)],
      samples: dtype => {
        const x = () => tensor('x', { dtype, shape: [3] })
        if (!isFloat(dtype)) return []
        return [abs(exp(x())), relu(add(square(x()), 1)), abs(mul(sigmoid(x()), relu(x()))), abs(max(abs(x())))]
      },
    },
    '|x| = relu x = x where x is never negative',
    node => (isFloat(node.dtype) && neverNegative(node.inputs[0]!) ? node.inputs[0] : undefined),
  ),
]

export const special: readonly Rule[] = [...arithmetic, ...powers, ...unsigned]
