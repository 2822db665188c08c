/** Activations: smooth and piecewise linear functions of neural networks. */
import { expectTensors } from '../arguments.ts'
import { floatUnary, unary } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { Weak } from '../operand.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, numbers, type Promote, type Rank, type ToFloat } from '../type.ts'
import { sigmoidBody, softplusBody, tanhBody } from './approx/exp.ts'
import { abs, add, clip, div, maximum, minimum, mul, square, sub } from './arithmetic.ts'
import { gt, lt, where } from './comparison.ts'
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
  nonNegative: true,
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
  // Of the result, which is above 0 where x is: x itself need not be kept.
  pullback: (out, g) => [where(gt(out, 0), g, constant(0, g.dtype))],
  pushforward: (out, [t]) => t && where(gt(out, 0), t, constant(0, t.dtype)),
})

/** x where it is above 0, else alpha x. Its derivative at 0 is alpha. */
export function leakyRelu<D extends DType, R extends Rank, A extends number = 0.01>(
  x: Tensor<D, R> & NeedsNumber<D>,
  alpha?: A,
): Tensor<Promote<D, Weak<A, D>>, R>
export function leakyRelu(x: Tensor, alpha = 0.01): Tensor {
  expectTensors('leakyRelu', x)
  return where(gt(x, 0), x, mul(x, alpha))
}

/** x where it is above 0, else alpha (e^x - 1). Its derivative at 0 is alpha. */
export function elu<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsNumber<D>,
  alpha?: number,
): Tensor<ToFloat<D>, R>
export function elu(x: Tensor, alpha = 1): Tensor {
  expectTensors('elu', x)
  return where(gt(x, 0), x, mul(expm1(minimum(x, 0)), alpha))
}

/** Scale and alpha of G. Klambauer and others, Self-Normalizing Neural Networks (2017), for mean 0 and variance 1. */
const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** elu with the alpha and scale that keep mean 0 and variance 1 from layer to layer. */
export const selu = floatUnary({
  name: 'selu',
  doc: 'elu, scaled so that activations keep mean 0 and variance 1.',
  types: numbers,
  js: x => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  body: x => mul(where(gt(x!, 0), x!, mul(expm1(minimum(x!, 0)), seluAlpha)), seluScale),
  partials: (out, x) => [where(gt(x!, 0), constant(seluScale, x!.dtype), add(out, seluScale * seluAlpha))],
  cost: 14,
  domain: [-5, 5],
  ulp: { wasm: 5, webgpu: 10 },
})

/** x / (1 + |x|). */
export const softsign = floatUnary({
  name: 'softsign',
  doc: 'x / (1 + |x|).',
  types: numbers,
  js: x => x / (1 + Math.abs(x)),
  body: x => div(x!, add(1, abs(x!))),
  partials: (_, x) => [div(1, square(add(1, abs(x!))))],
  cost: 5,
  domain: [-9, 9],
  ulp: { wasm: 2, webgpu: 4 },
})

/** A line from 0 at -2.5 to 1 at 2.5, flat beyond: Theano's hard_sigmoid. */
export const hardSigmoid = floatUnary({
  name: 'hardSigmoid',
  doc: '0.2 x + 0.5 limited to [0, 1].',
  theano: 'hard_sigmoid',
  types: numbers,
  js: x => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
  body: x => clip(add(mul(x!, 0.2), 0.5), constant(0, x!.dtype), constant(1, x!.dtype)),
  partials: (_, x) => [where(gt(2.5, abs(x!)), constant(0.2, x!.dtype), constant(0, x!.dtype))],
  cost: 4,
  domain: [-4, 4],
  ulp: { wasm: 4, webgpu: 8 },
})

const fast = { bend: 1.7, slope: 0.0458812946797165, start: 0.935409070603099, end: 3, top: 0.99505475368673 }

/** A sigmoid from one division and two lines, within 0.004 of it: the formula of Theano's ultra_fast_sigmoid. */
export const ultraFastSigmoid = floatUnary({
  name: 'ultraFastSigmoid',
  doc: 'The sigmoid within 0.004, from one division and two lines.',
  theano: 'ultra_fast_sigmoid',
  types: numbers,
  js: x => {
    const half = Math.abs(x / 2)
    const curve = half < fast.bend ? (1.5 * half) / (1 + half) : fast.start + fast.slope * (half - fast.bend)
    const size = half < fast.end || half !== half ? curve : fast.top
    return 0.5 * ((x < 0 ? -size : size) + 1)
  },
  body: x => {
    const half = abs(mul(x!, 0.5))
    const line = add(mul(sub(half, fast.bend), fast.slope), fast.start)
    const curve = where(lt(half, fast.bend), div(mul(half, 1.5), add(half, 1)), line)
    const size = where(gt(half, fast.end), constant(fast.top, x!.dtype), curve)
    return mul(add(where(lt(x!, 0), mul(size, -1), size), 1), 0.5)
  },
  partials: (_, x) => {
    const half = abs(mul(x!, 0.5))
    const curve = div(0.375, square(add(half, 1)))
    const line = constant(fast.slope / 4, x!.dtype)
    return [where(lt(half, fast.bend), curve, where(lt(half, fast.end), line, constant(0, x!.dtype)))]
  },
  cost: 8,
  domain: [-7, 7],
  // 1 - size cancels below -5.
  ulp: { wasm: 512, webgpu: 1024 },
})
