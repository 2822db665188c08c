/** Special functions: of errors, gamma and Bessel. */
import { floatUnary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, numbers, type Rank, type ToFloat } from '../type.ts'
import { j0Body, j1Body } from './approx/bessel.ts'
import { erfBody, erfcBody, erfcinvBody, erfcxBody, erfinvBody } from './approx/erf.ts'
import { digammaBody, gammalnBody, trigammaBody } from './approx/gamma.ts'
import {
  besselValue,
  digammaValue,
  erfcinvValue,
  erfcValue,
  erfcxValue,
  erfinvValue,
  erfValue,
  gammalnValue,
  trigammaValue,
} from './approx/host.ts'
import { div, mul, neg, square, sub } from './arithmetic.ts'
import { eq, lt, where } from './comparison.ts'
import { rangeWrong } from './errors.ts'
import { exp, log, log1p } from './exponential.ts'

const slope = 2 / Math.sqrt(Math.PI)

/** The error function, 2/√π ∫ e^-t² from 0 to x. */
export const erf = floatUnary({
  name: 'erf',
  doc: 'The error function.',
  types: numbers,
  js: erfValue,
  body: erfBody,
  partials: (_, x) => [mul(slope, exp(neg(square(x!))))],
  cost: 16,
  domain: [-4, 4],
  ulp: { wasm: 4, webgpu: 8 },
})

/** 1 - erf x, accurate where that is small. */
export const erfc = floatUnary({
  name: 'erfc',
  doc: '1 - erf x, accurate where that is small.',
  types: numbers,
  js: erfcValue,
  body: erfcBody,
  partials: (_, x) => [mul(-slope, exp(neg(square(x!))))],
  cost: 60,
  domain: [-4, 8],
  ulp: { wasm: 16, webgpu: 16 },
})

/** e^x² erfc x, which does not underflow. */
export const erfcx = floatUnary({
  name: 'erfcx',
  doc: 'e^x² erfc x.',
  types: numbers,
  js: erfcxValue,
  body: erfcxBody,
  partials: (out, x) => [sub(mul(mul(2, x!), out), slope)],
  cost: 60,
  domain: [-2, 20],
  ulp: { wasm: 8, webgpu: 16 },
})

/** log erfc x, which does not underflow. */
export const logErfc = floatUnary({
  name: 'logErfc',
  doc: 'log erfc x, right also where erfc x rounds to 0.',
  types: numbers,
  js: x => (x < 1 ? Math.log1p(-erfValue(x)) : Math.log(erfcxValue(x)) - x * x),
  body: x => where(lt(x!, 1), log1p(neg(erf(x!))), sub(log(erfcx(x!)), square(x!))),
  partials: (_, x) => [div(-slope, erfcx(x!))],
  cost: 80,
  domain: [-4, 8],
  ulp: { wasm: 16, webgpu: 32 },
})

/** The inverse of erf on [-1, 1]. */
export const erfinv = floatUnary({
  name: 'erfinv',
  doc: 'The inverse of erf.',
  types: numbers,
  js: erfinvValue,
  body: erfinvBody,
  partials: out => [mul(1 / slope, exp(square(out)))],
  cost: 80,
  domain: [-0.95, 0.95],
  ulp: { wasm: 12, webgpu: 24 },
})

/** The inverse of erfc on [0, 2]. */
export const erfcinv = floatUnary({
  name: 'erfcinv',
  doc: 'The inverse of erfc.',
  types: numbers,
  js: erfcinvValue,
  body: erfcinvBody,
  partials: out => [mul(-1 / slope, exp(square(out)))],
  cost: 80,
  domain: [0.05, 1.95],
  ulp: { wasm: 12, webgpu: 24 },
})

/** log |Γ(x)|; infinite at 0 and the negative whole numbers. */
export const gammaln = floatUnary({
  name: 'gammaln',
  doc: 'log |Γ(x)|.',
  types: numbers,
  js: gammalnValue,
  body: gammalnBody,
  partials: (_, x) => [digamma(x!)],
  cost: 80,
  domain: [0.2, 20],
  ulp: { wasm: 16, webgpu: 32 },
})

/** The derivative of log Γ(x); NaN at the negative whole numbers. */
export const digamma = floatUnary({
  name: 'digamma',
  doc: 'The derivative of log Γ(x).',
  theano: 'psi',
  types: numbers,
  js: digammaValue,
  body: digammaBody,
  partials: (_, x) => [trigamma(x!)],
  cost: 100,
  domain: [2, 20],
  ulp: { wasm: 16, webgpu: 32 },
})

/** The second derivative of log Γ(x), which is polygamma(1, x); infinite at 0 and the negative whole numbers. */
export const trigamma = floatUnary({
  name: 'trigamma',
  doc: 'The second derivative of log Γ(x).',
  theano: 'tri_gamma',
  types: numbers,
  js: trigammaValue,
  body: trigammaBody,
  cost: 100,
  domain: [0.2, 20],
  ulp: { wasm: 8, webgpu: 16 },
})

/** The derivative of order n + 1 of log Γ(x), for n of 0 (`digamma`) and 1 (`trigamma`). */
export function polygamma<D extends DType, R extends Rank>(n: 0 | 1, x: Tensor<D, R>): Tensor<ToFloat<D>, R> {
  if (n !== 0 && n !== 1) throw rangeWrong('polygamma', `order ${String(n)} is neither 0 nor 1`)
  return n === 0 ? digamma(x) : trigamma(x)
}

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
