/** Exponentials, logarithms, powers and the functions built on them. */
import { binary, floatBinary, floatUnary, opOf, tag } from '../elementwise.ts'
import { powerNegative } from '../errors.ts'
import { constant, isConstant } from '../leaf.ts'
import type { Binary } from '../operand.ts'
import type { Tensor } from '../tensor.ts'
import { isFloat, isInteger, type Numeric, numbers } from '../type.ts'
import { exp2Body, expBody, expm1Body, logaddexpBody } from './approx/exp.ts'
import { log1pBody, log2Body, log10Body, logBody } from './approx/log.ts'
import { powBody } from './approx/pow.ts'
import { add, div, mul, neg, reciprocal, sub } from './arithmetic.ts'
import { eq, gt, logicalAnd, where } from './comparison.ts'
import { numbersOf } from './indexing.ts'
import { ratio, shareOf } from './limits.ts'

/** Natural exponential, e^x. */
export const exp = floatUnary({
  name: 'exp',
  doc: 'e^x.',
  types: numbers,
  js: Math.exp,
  body: expBody,
  nonNegative: true,
  partials: out => [out],
  cost: 8,
  domain: [-80, 80],
  ulp: { wasm: 2, webgpu: 4 },
})

/** 2^x. */
export const exp2 = floatUnary({
  name: 'exp2',
  doc: '2^x.',
  types: numbers,
  js: x => 2 ** x,
  body: exp2Body,
  nonNegative: true,
  partials: out => [mul(out, Math.LN2)],
  cost: 8,
  domain: [-100, 100],
  ulp: { wasm: 2, webgpu: 4 },
})

/** e^x - 1, accurate near 0. */
export const expm1 = floatUnary({
  name: 'expm1',
  doc: 'e^x - 1, accurate near 0.',
  types: numbers,
  js: Math.expm1,
  body: expm1Body,
  partials: out => [add(out, 1)],
  cost: 10,
  domain: [-20, 40],
  ulp: { wasm: 3, webgpu: 6 },
})

/** Natural logarithm; -Infinity at 0, NaN below. */
export const log = floatUnary({
  name: 'log',
  doc: 'The natural logarithm.',
  types: numbers,
  js: Math.log,
  body: logBody,
  partials: (_, x) => [reciprocal(x!)],
  cost: 8,
  domain: [1e-3, 100],
  ulp: { wasm: 2, webgpu: 4 },
})

/** Logarithm to base 2. */
export const log2 = floatUnary({
  name: 'log2',
  doc: 'The logarithm to base 2.',
  types: numbers,
  js: Math.log2,
  body: log2Body,
  partials: (_, x) => [div(1 / Math.LN2, x!)],
  cost: 9,
  domain: [1e-3, 100],
  ulp: { wasm: 2, webgpu: 4 },
})

/** Logarithm to base 10. */
export const log10 = floatUnary({
  name: 'log10',
  doc: 'The logarithm to base 10.',
  types: numbers,
  js: Math.log10,
  body: log10Body,
  partials: (_, x) => [div(1 / Math.LN10, x!)],
  cost: 9,
  domain: [1e-3, 100],
  ulp: { wasm: 2, webgpu: 4 },
})

/** log(1 + x), accurate near 0. */
export const log1p = floatUnary({
  name: 'log1p',
  doc: 'log(1 + x), accurate near 0.',
  types: numbers,
  js: Math.log1p,
  body: log1pBody,
  partials: (_, x) => [reciprocal(add(x!, 1))],
  cost: 10,
  domain: [-0.9, 50],
  ulp: { wasm: 3, webgpu: 6 },
})

const whole = (x: number, y: number): number =>
  y < 0 ? (x === 1 ? 1 : x === -1 ? (y % 2 ? -1 : 1) : 0) : wrappedPower(x, y)

function wrappedPower(x: number, y: number): number {
  let result = 1
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2), base = Math.imul(base, base))
    if (n % 2) result = Math.imul(result, base)
  return result
}

function wholeBig(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n
  let result = 1n
  for (let base = x, n = y; n > 0n; n >>= 1n, base = BigInt.asIntN(64, base * base)) {
    if (n & 1n) result = BigInt.asIntN(64, result * base)
  }
  return result
}

const power = binary({
  name: 'pow',
  doc: 'a to the power b; integers wrap.',
  numpy: 'power',
  types: numbers,
  js: (a, b) => (a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : a ** b),
  body: powBody,
  code: (a, b) => `pow(${a}, ${b})`,
  int: whole,
  big: (a, b) => wholeBig(a, b),
  partials: (out, a, b) => (isFloat(out.dtype) ? [powByBase(a!, b!), powByExponent(out, a!)] : [undefined, undefined]),
  cost: 20,
  domain: [
    [0.2, 4],
    [-3, 3],
  ],
  ulp: { wasm: 3, webgpu: 6 },
})

/**
 * a to the power b. Integers wrap. An integer to a negative integer that is written down is refused, as in NumPy; where the
 * exponent is data, the result is truncated to 0, 1 or -1.
 */
export const pow: Binary<Numeric> = tag((a: Tensor, b: Tensor, ...more: Tensor[]): Tensor => {
  const result = power(a, b, ...(more as []))
  const [base, exponent] = result.inputs as [Tensor, Tensor]
  if (isInteger(result.dtype) && isConstant(exponent) && numbersOf(exponent).some(n => n < 0))
    throw powerNegative(base, exponent)
  return result
}, opOf(power)) as never

/** b a^(b-1), and 0 where b is 0 whatever a is. */
const powByBase = (a: Tensor, b: Tensor) => where(eq(b, 0), constant(0, a.dtype), mul(b, pow(a, sub(b, 1))))

/** a^b log(a), and 0 where a is 0: the limit from positive exponents. */
const powByExponent = (out: Tensor, a: Tensor) =>
  where(
    gt(a, 0),
    mul(out, log(where(gt(a, 0), a, constant(1, a.dtype)))),
    where(eq(a, 0), constant(0, a.dtype), constant(Number.NaN, a.dtype)),
  )

/** log(e^a + e^b) without overflow. */
export const logaddexp = floatBinary({
  name: 'logaddexp',
  doc: 'log(e^a + e^b) without overflow.',
  types: numbers,
  js: (a, b) => (a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))),
  body: logaddexpBody,
  partials: (out, a, b) => [shareOf(exp, a!, b!, out), shareOf(exp, b!, a!, out)],
  commutes: true,
  cost: 20,
  domain: [
    [0, 3],
    [-3, 3],
  ],
  // max(a, b) + log(1 + e^-|a - b|) cancels where the result is near 0.
  ulp: { wasm: 64, webgpu: 64 },
})

/** x log(y), and 0 where x is 0, whatever y is but NaN. */
export const xlogy = floatBinary({
  name: 'xlogy',
  doc: 'x log(y), and 0 where x is 0.',
  theano: 'xlogy0',
  types: numbers,
  js: (x, y) => (x === 0 && y === y ? 0 : x * Math.log(y)),
  body: (x, y) => where(logicalAnd(eq(x!, 0), eq(y!, y!)), constant(0, x!.dtype), mul(x!, log(y!))),
  partials: (_, x, y) => [log(y!), ratio(x!, y!)],
  cost: 10,
  domain: [
    [-3, 3],
    [1e-3, 100],
  ],
  ulp: { wasm: 4, webgpu: 8 },
})

/** x log(x), and 0 at 0. */
export const xlogx = floatUnary({
  name: 'xlogx',
  doc: 'x log(x), and 0 at 0.',
  types: numbers,
  js: x => (x === 0 ? 0 : x * Math.log(x)),
  body: x => where(eq(x!, 0), constant(0, x!.dtype), mul(x!, log(x!))),
  partials: (_, x) => [add(log(x!), 1)],
  cost: 10,
  domain: [1e-3, 100],
  ulp: { wasm: 3, webgpu: 6 },
})

/** log(1 - e^x) for x <= 0, accurate at both ends; NaN above 0. */
export const log1mexp = floatUnary({
  name: 'log1mexp',
  doc: 'log(1 - e^x) for x <= 0, accurate at both ends.',
  types: numbers,
  js: x => (x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))),
  body: x => where(gt(x!, -Math.LN2), log(neg(expm1(x!))), log1p(neg(exp(x!)))),
  partials: (_, x) => [neg(reciprocal(expm1(neg(x!))))],
  cost: 35,
  domain: [-20, -0.01],
  ulp: { wasm: 6, webgpu: 12 },
})
