/** Arithmetic: what the four operations, powers and roots are made of. */
import { dimAdd, dimMax, dimMin, dimMul, dimSub } from '../dims.ts'
import { binary, floatBinary, floatUnary, opOf, strengthen, tag, ternary, unary } from '../elementwise.ts'
import { surplusOperands } from '../errors.ts'
import { constant } from '../leaf.ts'
import type { CommonRank, CommonType, NeedsOf, NeedsTensor } from '../operand.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { isFloat, type Numeric, numbers } from '../type.ts'
import { ge, gt, le, lt, where } from './comparison.ts'

const one = (like: Tensor) => constant(1, like.dtype)

/** a + b; integers wrap. */
export const add = binary({
  name: 'add',
  doc: 'a + b.',
  types: numbers,
  js: (a, b) => a + b,
  whole: dimAdd,
  code: (a, b) => `(${a} + ${b})`,
  partials: (_, a, b) => [one(a!), one(b!)],
  commutes: true,
})

/** a - b; integers wrap. */
export const sub = binary({
  name: 'sub',
  doc: 'a - b.',
  numpy: 'subtract',
  types: numbers,
  js: (a, b) => a - b,
  whole: dimSub,
  code: (a, b) => `(${a} - ${b})`,
  partials: (_, a, b) => [one(a!), constant(-1, b!.dtype)],
})

/** a * b; integers wrap. */
export const mul = binary({
  name: 'mul',
  doc: 'a * b.',
  numpy: 'multiply',
  types: numbers,
  js: (a, b) => a * b,
  whole: dimMul,
  int: Math.imul,
  code: (a, b) => `(${a} * ${b})`,
  partials: (_, a, b) => [b!, a!],
  commutes: true,
})

/** a / b as floats; integers are converted first. */
export const div = floatBinary({
  name: 'div',
  doc: 'a / b; integers give float32.',
  theano: 'true_div',
  numpy: 'true_divide',
  types: numbers,
  js: (a, b) => a / b,
  code: (a, b) => `(${a} / ${b})`,
  partials: (out, _, b) => [reciprocal(b!), neg(div(out, b!))],
  cost: 3,
  domain: [
    [-3, 3],
    [0.5, 3],
  ],
})

/** -x; unsigned integers wrap. */
export const neg = unary({
  name: 'neg',
  doc: '-x.',
  numpy: 'negative',
  types: numbers,
  js: x => -x,
  whole: x => dimMul(-1, x),
  code: { cpp: x => `(-${x})`, wgsl: x => `negate(${x})` },
  partials: (_, x) => [constant(-1, x!.dtype)],
})

/** 1 / x. */
export const reciprocal = floatUnary({
  name: 'reciprocal',
  doc: '1 / x.',
  theano: 'inv',
  types: numbers,
  js: x => 1 / x,
  body: x => div(1, x!),
  partials: out => [neg(square(out))],
  cost: 3,
  domain: [0.5, 3],
})

/** The largest integer quotient not above a / b: Python's `//`. An integer divided by 0 gives 0. */
export const floorDiv = binary({
  name: 'floorDiv',
  doc: 'floor(a / b), as Python’s //; an integer divided by 0 gives 0.',
  theano: 'int_div',
  numpy: 'floor_divide',
  types: numbers,
  js: (a, b) => floorQuotient(a, b),
  int: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
  big: (a, b) => (b === 0n ? 0n : (a - pythonRemainder(a, b)) / b),
  code: (a, b) => `floorDiv(${a}, ${b})`,
  cost: 6,
  domain: [
    [-9, 9],
    [0.5, 4],
  ],
})

/** a - b * floor(a / b): Python's `%`, with the sign of b. An integer modulo 0 gives 0. */
export const mod = binary({
  name: 'mod',
  doc: 'a - b floor(a / b), as Python’s %; an integer modulo 0 gives 0.',
  types: numbers,
  js: (a, b) => pythonModulo(a, b),
  int: (a, b) => (b === 0 ? 0 : pythonModulo(a, b)),
  big: (a, b) => (b === 0n ? 0n : pythonRemainder(a, b)),
  code: (a, b) => `mod(${a}, ${b})`,
  partials: (_, a, b) => (isFloat(a!.dtype) ? [one(a!), neg(floorDiv(a!, b!))] : [undefined, undefined]),
  cost: 6,
  domain: [
    [-9, 9],
    [0.5, 4],
  ],
})

/** NumPy's float modulo: the sign of b, exact as C's fmod, and b itself at the wrap of an infinite divisor. */
function pythonModulo(a: number, b: number): number {
  const rest = a % b
  if (rest !== 0) return rest < 0 !== b < 0 ? rest + b : rest
  return b < 0 ? -0 : rest === rest ? 0 : rest
}

/** NumPy's float floor division, from the exact remainder rather than the rounded quotient. */
function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b
  const rest = a % b
  let quotient = (a - rest) / b
  if (rest !== 0 && rest < 0 !== b < 0) quotient -= 1
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

function pythonRemainder(a: bigint, b: bigint): bigint {
  const rest = a % b
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest
}

/** |x|; the most negative integer stays as it is. */
export const abs = unary({
  name: 'abs',
  doc: '|x|; its derivative at 0 is 0.',
  types: numbers,
  js: Math.abs,
  big: x => (x < 0n ? -x : x),
  code: x => `abs(${x})`,
  nonNegative: true,
  partials: (_, x) => [sign(x!)],
})

/** -1, 0 or 1 with the sign of x: 0 of both zeros, as in NumPy, and NaN of NaN. */
export const sign = unary({
  name: 'sign',
  doc: '-1, 0 or 1 with the sign of x, 0 of -0.',
  theano: 'sgn',
  types: numbers,
  js: x => Math.sign(x) + 0,
  big: x => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  body: x => where(gt(x!, 0), one(x!), where(lt(x!, 0), neg(one(x!)), abs(x!))),
  partials: () => [undefined],
})

const larger = (a: bigint, b: bigint) => (a > b ? a : b)
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)

/** The larger of a and b; NaN if either is NaN. A tie sends its gradient to a. */
export const maximum = binary({
  name: 'maximum',
  doc: 'The larger of a and b, NaN if either is; a tie sends its gradient to a.',
  types: numbers,
  js: (a, b) => Math.max(a, b),
  whole: dimMax,
  big: larger,
  code: (a, b) => `max(${a}, ${b})`,
  pullback: (_, g, a, b) => [where(ge(a!, b!), g, zero(g)), where(ge(a!, b!), zero(g), g)],
  pushforward: (_, [s, t], a, b) => (s || t ? where(ge(a!, b!), s ?? zero(a!), t ?? zero(b!)) : undefined),
  commutes: true,
})

/** The smaller of a and b; NaN if either is NaN. A tie sends its gradient to a. */
export const minimum = binary({
  name: 'minimum',
  doc: 'The smaller of a and b, NaN if either is; a tie sends its gradient to a.',
  types: numbers,
  js: (a, b) => Math.min(a, b),
  whole: dimMin,
  big: smaller,
  code: (a, b) => `min(${a}, ${b})`,
  pullback: (_, g, a, b) => [where(le(a!, b!), g, zero(g)), where(le(a!, b!), zero(g), g)],
  pushforward: (_, [s, t], a, b) => (s || t ? where(le(a!, b!), s ?? zero(a!), t ?? zero(b!)) : undefined),
  commutes: true,
})

const zero = (like: Tensor) => constant(0, like.dtype)

const limited = ternary({
  name: 'clip',
  doc: 'x limited to [low, high]; the gradient passes at the borders.',
  types: numbers,
  js: (x, low, high) => Math.min(Math.max(x, low), high),
  big: (x, low, high) => smaller(larger(x, low), high),
  body: (x, low, high) => minimum(maximum(x!, low!), high!),
  domain: [
    [-3, 3],
    [-2, -0.5],
    [0.5, 2],
  ],
})

/** A limit of `clip`; null is none. */
export type Limit = Operand | null

type Clipping = <X extends Operand, L extends Limit, H extends Limit>(
  x: X & NeedsTensor<X | L | H>,
  low: L,
  high: H & NeedsOf<CommonType<[X, L, H]>, Numeric>,
) => Tensor<CommonType<[X, L, H]>, CommonRank<[X, L, H]>>

/**
 * x limited to [low, high]; the gradient passes at the borders. A limit that is null limits nothing: `clip(x, null, 1)`
 * is what is at most 1.
 */
export const clip: Clipping = tag((x: Operand, low: Limit, high: Limit, ...more: readonly unknown[]): Tensor => {
  if (more.length > 0) throw surplusOperands('clip', 3, 3 + more.length)
  if (low !== null && high !== null) return limited(x, low, high)
  if (low !== null) return maximum(x as Tensor, low as Tensor)
  return high === null ? strengthen('clip', [x])[0]! : minimum(x as Tensor, high as Tensor)
}, opOf(limited)) as never

/** x * x. */
export const square = unary({
  name: 'square',
  doc: 'x².',
  theano: 'sqr',
  types: numbers,
  js: x => x * x,
  int: x => Math.imul(x, x),
  body: x => mul(x!, x!),
  nonNegative: true,
  partials: (_, x) => [mul(2, x!)],
})

/** The square root; NaN below 0. */
export const sqrt = floatUnary({
  name: 'sqrt',
  doc: 'The square root.',
  types: numbers,
  js: Math.sqrt,
  code: x => `sqrt(${x})`,
  partials: out => [div(0.5, out)],
  cost: 4,
  domain: [0.2, 4],
})
