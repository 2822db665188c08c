/** Hyperbolic functions and their inverses; `tanh` stands with the activations. */
import { floatUnary } from '../elementwise.ts'
import { numbers } from '../type.ts'
import { arccoshBody, arcsinhBody, arctanhBody, coshBody, sinhBody } from './approx/hyperbolic.ts'
import { add, mul, reciprocal, sqrt, square, sub } from './arithmetic.ts'

/** Hyperbolic sine. */
export const sinh = floatUnary({
  name: 'sinh',
  doc: 'The hyperbolic sine.',
  types: numbers,
  js: Math.sinh,
  body: sinhBody,
  partials: (_, x) => [cosh(x!)],
  cost: 14,
  domain: [-10, 10],
  ulp: { wasm: 4, webgpu: 8 },
})

/** Hyperbolic cosine. */
export const cosh = floatUnary({
  name: 'cosh',
  doc: 'The hyperbolic cosine.',
  types: numbers,
  js: Math.cosh,
  body: coshBody,
  partials: (_, x) => [sinh(x!)],
  cost: 14,
  domain: [-10, 10],
  ulp: { wasm: 3, webgpu: 6 },
})

/** Inverse hyperbolic sine. */
export const arcsinh = floatUnary({
  name: 'arcsinh',
  doc: 'The inverse hyperbolic sine.',
  types: numbers,
  js: Math.asinh,
  body: arcsinhBody,
  partials: (_, x) => [reciprocal(sqrt(add(square(x!), 1)))],
  cost: 20,
  domain: [-10, 10],
  ulp: { wasm: 4, webgpu: 8 },
})

/** Inverse hyperbolic cosine; NaN below 1. */
export const arccosh = floatUnary({
  name: 'arccosh',
  doc: 'The inverse hyperbolic cosine.',
  types: numbers,
  js: Math.acosh,
  body: arccoshBody,
  partials: (_, x) => [reciprocal(mul(sqrt(sub(x!, 1)), sqrt(add(x!, 1))))],
  cost: 20,
  domain: [1.1, 20],
  ulp: { wasm: 4, webgpu: 8 },
})

/** Inverse hyperbolic tangent; infinite at ±1, NaN beyond. */
export const arctanh = floatUnary({
  name: 'arctanh',
  doc: 'The inverse hyperbolic tangent.',
  types: numbers,
  js: Math.atanh,
  body: arctanhBody,
  partials: (_, x) => [reciprocal(sub(1, square(x!)))],
  cost: 20,
  domain: [-0.95, 0.95],
  ulp: { wasm: 4, webgpu: 8 },
})
