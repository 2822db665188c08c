/** The gamma function and its kin. */

import { floatBinary, floatUnary } from '../elementwise.ts'
import { argumentWrong } from '../errors.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, numbers, type Rank, type ToFloat } from '../type.ts'
import { digammaBody, gammalnBody, trigammaBody } from './approx/gamma.ts'
import { factorialBody, gammaBody } from './approx/gammaFunction.ts'
import { digammaValue, factorialValue, gammalnValue, gammaValue, trigammaValue } from './approx/host.ts'
import { betaBody, betalnBody } from './approx/incompleteBeta.ts'
import { betalnValue, betaValue } from './approx/incompleteHost.ts'
import { add, mul, sub } from './arithmetic.ts'

/** Γ(x): (x - 1)! for whole numbers, exact up to 22!; infinite at 0, NaN at the negative whole numbers. */
export const gamma = floatUnary({
  name: 'gamma',
  doc: 'Γ(x), which is (x - 1)! for whole numbers.',
  types: numbers,
  js: gammaValue,
  body: gammaBody,
  partials: (out, x) => [mul(out, digamma(x!))],
  cost: 100,
  domain: [0.5, 12],
  ulp: { wasm: 64, webgpu: 128 },
})

/** x!, which is Γ(x + 1), exact for whole numbers up to 22; 0 below 0. */
export const factorial = floatUnary({
  name: 'factorial',
  doc: 'x! = Γ(x + 1); 0 below 0.',
  types: numbers,
  js: factorialValue,
  body: factorialBody,
  partials: (out, x) => [mul(out, digamma(add(x!, 1)))],
  cost: 100,
  domain: [0.1, 12],
  ulp: { wasm: 64, webgpu: 128 },
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
  ulp: { wasm: 64, webgpu: 64 },
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
export function polygamma<D extends DType, R extends Rank>(
  n: 0 | 1,
  x: Tensor<D, R> & NeedsNumber<D>,
): Tensor<ToFloat<D>, R>
export function polygamma(n: 0 | 1, x: Tensor): Tensor {
  if (n !== 0 && n !== 1) throw argumentWrong('polygamma', 'an order of 0 or 1', n)
  return n === 0 ? digamma(x) : trigamma(x)
}

/** B(a, b) = Γ(a) Γ(b) / Γ(a + b). */
export const beta = floatBinary({
  name: 'beta',
  doc: 'B(a, b) = Γ(a) Γ(b) / Γ(a + b).',
  types: numbers,
  js: betaValue,
  body: betaBody,
  partials: (out, a, b) => {
    const both = digamma(add(a!, b!))
    return [mul(out, sub(digamma(a!), both)), mul(out, sub(digamma(b!), both))]
  },
  commutes: true,
  cost: 400,
  domain: [0.2, 12],
  ulp: { wasm: 1024, webgpu: 1024 },
})

/** log B(a, b) for positive a and b, which neither overflows nor cancels where they are large; NaN where one is negative. */
export const betaln = floatBinary({
  name: 'betaln',
  doc: 'log B(a, b) for positive a and b.',
  types: numbers,
  js: betalnValue,
  body: betalnBody,
  partials: (_, a, b) => {
    const both = digamma(add(a!, b!))
    return [sub(digamma(a!), both), sub(digamma(b!), both)]
  },
  commutes: true,
  cost: 300,
  domain: [
    [2, 30],
    [1.5, 12],
  ],
  ulp: { wasm: 128, webgpu: 256 },
})
