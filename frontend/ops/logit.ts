/** Combinations of logarithms that are right where their parts cancel or are infinite. */
import { floatBinary, floatUnary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import { numbers } from '../type.ts'
import { abs, add, div, maximum, mul, neg, reciprocal, sub } from './arithmetic.ts'
import { eq, logicalAnd, lt, where } from './comparison.ts'
import { exp2, log, log1p } from './exponential.ts'
import { ratio, shareOf } from './limits.ts'

/** log(p / (1 - p)), the inverse of sigmoid; accurate around 1/2 too. Infinite at 0 and 1, NaN outside. */
export const logit = floatUnary({
  name: 'logit',
  doc: 'log(x / (1 - x)), the inverse of sigmoid.',
  types: numbers,
  js: x => (Math.abs(x - 0.5) < 0.25 ? Math.log1p((2 * x - 1) / (1 - x)) : Math.log(x / (1 - x))),
  body: x => {
    const rest = sub(1, x!)
    const middle = log1p(div(sub(mul(x!, 2), 1), rest))
    return where(lt(abs(sub(x!, 0.5)), 0.25), middle, log(div(x!, rest)))
  },
  partials: (_, x) => [reciprocal(mul(x!, sub(1, x!)))],
  cost: 25,
  domain: [0.05, 0.95],
  ulp: { wasm: 4, webgpu: 8 },
})

/** x log(1 + y), and 0 where x is 0, whatever y is but NaN. */
export const xlog1py = floatBinary({
  name: 'xlog1py',
  doc: 'x log(1 + y), and 0 where x is 0.',
  types: numbers,
  js: (x, y) => (x === 0 && y === y ? 0 : x * Math.log1p(y)),
  body: (x, y) => where(logicalAnd(eq(x!, 0), eq(y!, y!)), constant(0, x!.dtype), mul(x!, log1p(y!))),
  partials: (_, x, y) => [log1p(y!), ratio(x!, add(y!, 1))],
  cost: 12,
  domain: [
    [-3, 3],
    [-0.9, 50],
  ],
  ulp: { wasm: 4, webgpu: 8 },
})

/** log2(2^a + 2^b) without overflow. */
export const logaddexp2 = floatBinary({
  name: 'logaddexp2',
  doc: 'log2(2^a + 2^b) without overflow.',
  types: numbers,
  js: (a, b) => (a === b ? a + 1 : Math.max(a, b) + Math.log1p(2 ** -Math.abs(a - b)) / Math.LN2),
  body: (a, b) => {
    const grown = mul(log1p(exp2(neg(abs(sub(a!, b!))))), 1 / Math.LN2)
    return add(maximum(a!, b!), where(eq(a!, b!), constant(1, a!.dtype), grown))
  },
  partials: (out, a, b) => [shareOf(exp2, a!, b!, out), shareOf(exp2, b!, a!, out)],
  commutes: true,
  cost: 22,
  domain: [
    [0, 3],
    [-3, 3],
  ],
  // As logaddexp, it cancels where the result is near 0.
  ulp: { wasm: 64, webgpu: 64 },
})
