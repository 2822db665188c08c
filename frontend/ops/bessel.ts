/** Bessel functions. */
import { floatUnary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import { numbers } from '../type.ts'
import { j0Body, j1Body } from './approx/bessel.ts'
import { i0Body, i1Body } from './approx/besselModified.ts'
import { besselValue, modifiedBesselValue } from './approx/host.ts'
import { div, neg, sub } from './arithmetic.ts'
import { eq, where } from './comparison.ts'

/** The Bessel function of the first kind of order 0. */
export const j0 = floatUnary({
  name: 'j0',
  doc: 'The Bessel function of the first kind of order 0.',
  types: numbers,
  js: x => besselValue(0, x),
  body: j0Body,
  partials: (_, x) => [neg(j1(x!))],
  cost: 120,
  domain: [-2, 2],
  ulp: { wasm: 32, webgpu: 64 },
})

/** The Bessel function of the first kind of order 1. */
export const j1 = floatUnary({
  name: 'j1',
  doc: 'The Bessel function of the first kind of order 1.',
  types: numbers,
  js: x => besselValue(1, x),
  body: j1Body,
  partials: (out, x) => [
    sub(j0(x!), where(eq(x!, 0), constant(0.5, x!.dtype), div(out, where(eq(x!, 0), constant(1, x!.dtype), x!)))),
  ],
  cost: 120,
  domain: [-2, 2],
  ulp: { wasm: 32, webgpu: 64 },
})

/** The modified Bessel function of the first kind of order 0. */
export const i0 = floatUnary({
  name: 'i0',
  doc: 'The modified Bessel function of the first kind of order 0.',
  types: numbers,
  js: x => modifiedBesselValue(0, x),
  body: i0Body,
  partials: (_, x) => [i1(x!)],
  cost: 120,
  domain: [-12, 12],
  ulp: { wasm: 64, webgpu: 64 },
})

/** The modified Bessel function of the first kind of order 1. */
export const i1 = floatUnary({
  name: 'i1',
  doc: 'The modified Bessel function of the first kind of order 1.',
  types: numbers,
  js: x => modifiedBesselValue(1, x),
  body: i1Body,
  partials: (out, x) => [
    sub(i0(x!), where(eq(x!, 0), constant(0.5, x!.dtype), div(out, where(eq(x!, 0), constant(1, x!.dtype), x!)))),
  ],
  cost: 120,
  domain: [-12, 12],
  ulp: { wasm: 64, webgpu: 64 },
})
