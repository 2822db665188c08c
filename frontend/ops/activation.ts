/** Activations: smooth and piecewise linear functions of neural networks. */
import { floatUnary, unary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { numbers } from '../type.ts'
import { sigmoidBody, softplusBody, tanhBody } from './approx/exp.ts'
import { maximum, minimum, mul, square, sub } from './arithmetic.ts'
import { gt, where } from './comparison.ts'
import { expm1 } from './exponential.ts'

/** Hyperbolic tangent. */
export const tanh = floatUnary({
  name: 'tanh',
  doc: 'The hyperbolic tangent.',
  types: numbers,
  js: Math.tanh,
  body: tanhBody,
  partials: out => [sub(1, square(out))],
  cost: 12,
  domain: [-5, 5],
  ulp: { wasm: 4, webgpu: 8 },
})

/** 1 / (1 + e^-x). */
export const sigmoid = floatUnary({
  name: 'sigmoid',
  doc: '1 / (1 + e^-x).',
  types: numbers,
  js: x => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  body: sigmoidBody,
  partials: out => [mul(out, sub(1, out))],
  cost: 10,
  domain: [-20, 20],
  ulp: { wasm: 4, webgpu: 8 },
})

/** log(1 + e^x) without overflow. */
export const softplus = floatUnary({
  name: 'softplus',
  doc: 'log(1 + e^x) without overflow.',
  theano: 'log1pexp',
  types: numbers,
  js: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  body: softplusBody,
  partials: (_, x) => [sigmoid(x!)],
  cost: 20,
  domain: [-100, 100],
  ulp: { wasm: 4, webgpu: 8 },
})

/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary({
  name: 'relu',
  doc: 'max(x, 0); its derivative at 0 is 0.',
  types: numbers,
  js: x => (x > 0 || x !== x ? x : 0),
  big: x => (x > 0n ? x : 0n),
  body: x => maximum(x!, 0),
  pullback: (_, g, x) => [where(gt(x!, 0), g, constant(0, g.dtype))],
  pushforward: (_, [t], x) => t && where(gt(x!, 0), t, constant(0, t.dtype)),
})

/** x where it is above 0, else alpha x. Its derivative at 0 is alpha. */
export function leakyRelu<T extends Tensor>(x: T, alpha = 0.01): T {
  return where(gt(x, 0), x, mul(x, alpha)) as T
}

/** x where it is above 0, else alpha (e^x - 1). Its derivative at 0 is alpha. */
export function elu<T extends Tensor>(x: T, alpha = 1): T {
  return where(gt(x, 0), x, mul(expm1(minimum(x, 0)), alpha)) as T
}
