/** Hyperbolic functions from e^|x| - 1, and their inverses from log(1 + y), after FreeBSD's e_sinh.c and s_asinh.c. */
import type { Body } from '../../define.ts'
import { floatUnary } from '../../elementwise.ts'
import type { Tensor } from '../../tensor.ts'
import { numbers } from '../../type.ts'
import { abs, add, div, mul, sqrt, square, sub } from '../arithmetic.ts'
import { gt, lt, where, whereRare } from '../comparison.ts'
import { log, log1p } from '../exponential.ts'
import { quarterExpm1 } from './exp.ts'
import { type Format, forFloats, unlessTiny, withSignOf } from './format.ts'

/** With q = (e^|x| - 1) / 4: sinh |x| = 2 (q + q / (4 q + 1)). */
const sinh =
  (f: Format): Body =>
  x => {
    const q = quarterExpm1(f, abs(x!))
    const y = mul(add(q, div(q, add(mul(q, 4), 1))), 2)
    return unlessTiny(x!, 2 ** (-f.fraction / 2 - 1), withSignOf(f, y, x!))
  }

/** e^|x| / 2 + 1 / (2 e^|x|). */
const cosh =
  (f: Format): Body =>
  x => {
    const half = add(mul(quarterExpm1(f, abs(x!)), 2), 0.5)
    return add(half, div(0.25, half))
  }

/** Above this 1 + x^2 is x^2 in the format, long before x^2 overflows. */
const largeInverse = (f: Format) => 2 ** (f.fraction / 2 + 2)

const logOfTwice = (x: Tensor): Tensor => add(log(x), Math.LN2)

const arcsinhLarge = floatUnary({
  name: 'arcsinhLarge',
  internal: true,
  doc: 'arcsinh of large numbers, log(2 |x|) with the sign of x; arcsinh itself calls it.',
  types: numbers,
  js: Math.asinh,
  body: forFloats(f => x => withSignOf(f, logOfTwice(abs(x!)), x!)),
  cost: 20,
  domain: [1e9, 1e12],
  ulp: { wasm: 4, webgpu: 8 },
})

const arccoshLarge = floatUnary({
  name: 'arccoshLarge',
  internal: true,
  doc: 'arccosh of large numbers, log(2 x); arccosh itself calls it.',
  types: numbers,
  js: Math.acosh,
  body: x => logOfTwice(x!),
  cost: 20,
  domain: [1e9, 1e12],
  ulp: { wasm: 4, webgpu: 8 },
})

const arcsinh =
  (f: Format): Body =>
  x => {
    const a = abs(x!)
    const z = square(a)
    const y = log1p(add(a, div(z, add(sqrt(add(z, 1)), 1))))
    const common = unlessTiny(x!, 2 ** (-f.fraction / 2 - 1), withSignOf(f, y, x!))
    return whereRare(gt(a, largeInverse(f)), arcsinhLarge(x!), common)
  }

const arccosh =
  (f: Format): Body =>
  x => {
    const t = sub(x!, 1)
    const y = log1p(add(t, sqrt(add(add(t, t), square(t)))))
    return whereRare(gt(x!, largeInverse(f)), arccoshLarge(x!), where(lt(t, 0), Number.NaN, y))
  }

/** With a = |x| and q = a / (1 - a): log(1 + 2 q) / 2, where 2 q is 2 a + 2 a q for small a. */
const arctanh =
  (f: Format): Body =>
  x => {
    const a = abs(x!)
    const twice = add(a, a)
    const q = div(a, sub(1, a))
    const y = mul(log1p(where(lt(a, 0.5), add(twice, mul(twice, q)), add(q, q))), 0.5)
    return unlessTiny(x!, 2 ** (-f.fraction / 2 - 1), withSignOf(f, y, x!))
  }

/** Hyperbolic sine. */
export const sinhBody = forFloats(sinh)
/** Hyperbolic cosine. */
export const coshBody = forFloats(cosh)
/** Inverse hyperbolic sine. */
export const arcsinhBody = forFloats(arcsinh)
/** Inverse hyperbolic cosine. */
export const arccoshBody = forFloats(arccosh)
/** Inverse hyperbolic tangent. */
export const arctanhBody = forFloats(arctanh)
