/** Trigonometric functions and their inverses; angles in radians. */
import { floatBinary, floatUnary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import { numbers } from '../type.ts'
import { arccosBody, arcsinBody, arctan2Body, arctanBody } from './approx/arc.ts'
import { cosBody, sinBody, tanBody } from './approx/trig.ts'
import { abs, add, div, maximum, minimum, mul, neg, reciprocal, sqrt, square, sub } from './arithmetic.ts'
import { eq, logicalOr, where } from './comparison.ts'

/** Sine of every finite number. */
export const sin = floatUnary({
  name: 'sin',
  doc: 'The sine.',
  types: numbers,
  js: Math.sin,
  body: sinBody,
  partials: (_, x) => [cos(x!)],
  cost: 12,
  domain: [-10, 10],
  ulp: { wasm: 3, webgpu: 6 },
})

/** Cosine of every finite number. */
export const cos = floatUnary({
  name: 'cos',
  doc: 'The cosine.',
  types: numbers,
  js: Math.cos,
  body: cosBody,
  partials: (_, x) => [neg(sin(x!))],
  cost: 12,
  domain: [-10, 10],
  ulp: { wasm: 3, webgpu: 6 },
})

/** Tangent of every finite number. */
export const tan = floatUnary({
  name: 'tan',
  doc: 'The tangent.',
  types: numbers,
  js: Math.tan,
  body: tanBody,
  partials: out => [add(1, square(out))],
  cost: 15,
  domain: [-1.4, 1.4],
  ulp: { wasm: 4, webgpu: 8 },
})

/** The angle whose sine is x, in [-pi/2, pi/2]; NaN where |x| > 1. */
export const arcsin = floatUnary({
  name: 'arcsin',
  doc: 'The inverse sine.',
  types: numbers,
  js: Math.asin,
  body: arcsinBody,
  partials: (_, x) => [reciprocal(sqrt(sub(1, square(x!))))],
  cost: 12,
  domain: [-0.9, 0.9],
  ulp: { wasm: 4, webgpu: 8 },
})

/** The angle whose cosine is x, in [0, pi]; NaN where |x| > 1. */
export const arccos = floatUnary({
  name: 'arccos',
  doc: 'The inverse cosine.',
  types: numbers,
  js: Math.acos,
  body: arccosBody,
  partials: (_, x) => [neg(reciprocal(sqrt(sub(1, square(x!)))))],
  cost: 12,
  domain: [-0.9, 0.9],
  ulp: { wasm: 3, webgpu: 6 },
})

/** The angle whose tangent is x, in [-pi/2, pi/2]. */
export const arctan = floatUnary({
  name: 'arctan',
  doc: 'The inverse tangent.',
  types: numbers,
  js: Math.atan,
  body: arctanBody,
  partials: (_, x) => [reciprocal(add(1, square(x!)))],
  cost: 12,
  domain: [-10, 10],
  ulp: { wasm: 3, webgpu: 6 },
})

/** The angle of the point (x, y), in [-pi, pi]: arctan2(y, x), signed zeros as in C. */
export const arctan2 = floatBinary({
  name: 'arctan2',
  doc: 'The angle of the point (b, a), in [-π, π].',
  types: numbers,
  js: Math.atan2,
  body: arctan2Body,
  partials: (_, y, x) => {
    const size = add(square(x!), square(y!))
    return [div(x!, size), neg(div(y!, size))]
  },
  cost: 15,
  domain: [
    [0.5, 3],
    [-3, 3],
  ],
  ulp: { wasm: 4, webgpu: 8 },
})

/** √(a² + b²), without overflow in between: the hypotenuse of a right triangle. Infinite where a or b is. */
export const hypot = floatBinary({
  name: 'hypot',
  doc: '√(a² + b²) without overflow.',
  types: numbers,
  js: (a, b) => Math.hypot(a, b),
  body: (a, b) => {
    const [x, y] = [abs(a!), abs(b!)]
    const [long, short] = [maximum(x, y), minimum(x, y)]
    const ratio = div(short, where(eq(long, 0), constant(1, x.dtype), long))
    const length = mul(long, sqrt(add(1, square(ratio))))
    return where(logicalOr(eq(x, Infinity), eq(y, Infinity)), constant(Infinity, x.dtype), length)
  },
  partials: (out, a, b) => [div(a!, out), div(b!, out)],
  commutes: true,
  cost: 10,
  domain: [-3, 3],
  ulp: { wasm: 3, webgpu: 6 },
})
