/** Incomplete gamma and beta functions. */
import { applyElementwise, elementwiseOp, floatBinary, floatType } from '../elementwise.ts'
import type { CommonRank, CommonType, NeedsTensor } from '../operand.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { numbers, type ToFloat } from '../type.ts'
import { betaincBody, betaincByABody } from './approx/incompleteBeta.ts'
import { gammaincBody, gammaincByABody, gammainccBody } from './approx/incompleteGamma.ts'
import {
  betaincByAValue,
  betaincValue,
  gammaincByAValue,
  gammainccValue,
  gammaincValue,
} from './approx/incompleteHost.ts'
import { add, mul, neg, sub } from './arithmetic.ts'
import { derivativeUndefined } from './errors.ts'
import { exp, log, xlogy } from './exponential.ts'
import { betaln, digamma, gammaln } from './gamma.ts'
import { xlog1py } from './logit.ts'

/** x^(a - 1) e^-x / Γ(a), the derivative of P(a, x) by x. */
const gammaDensity = (a: Tensor, x: Tensor): Tensor => exp(sub(xlogy(sub(a, 1), x), add(x, gammaln(a))))

const gammaincByA = floatBinary({
  name: 'gammaincByA',
  internal: true,
  doc: 'The derivative of gammainc by its first operand.',
  types: numbers,
  js: gammaincByAValue,
  body: gammaincByABody,
  partials: (out, a, x) => [
    () => {
      throw derivativeUndefined(out, 'gammainc', 'second derivative by its first operand')
    },
    mul(gammaDensity(a!, x!), sub(log(x!), digamma(a!))),
  ],
  cost: 800,
  domain: [
    [0.2, 8],
    [0.1, 12],
  ],
  ulp: { wasm: 4096, webgpu: 4096 },
})

/**
 * P(a, x), the integral of t^(a - 1) e^-t from 0 to x over Γ(a), for a and x from 0 on; NaN elsewhere. SciPy's order of
 * operands. It has a derivative by a too, but no second one.
 */
export const gammainc = floatBinary({
  name: 'gammainc',
  doc: 'The regularized lower incomplete gamma function P(a, x).',
  types: numbers,
  js: gammaincValue,
  body: gammaincBody,
  partials: (_, a, x) => [gammaincByA(a!, x!), gammaDensity(a!, x!)],
  cost: 600,
  domain: [
    [0.2, 8],
    [0.1, 12],
  ],
  ulp: { wasm: 256, webgpu: 256 },
})

/** Q(a, x) = 1 - P(a, x), accurate also where it is small. Derivatives are those of `gammainc`. */
export const gammaincc = floatBinary({
  name: 'gammaincc',
  doc: 'The regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x).',
  types: numbers,
  js: gammainccValue,
  body: gammainccBody,
  partials: (_, a, x) => [neg(gammaincByA(a!, x!)), neg(gammaDensity(a!, x!))],
  cost: 800,
  domain: [
    [0.2, 8],
    [0.1, 12],
  ],
  ulp: { wasm: 256, webgpu: 256 },
})

/** x^(a - 1) y^(b - 1) / B(a, b), y = 1 - x: the derivative of I(x; a, b) by x. */
const betaDensity = (a: Tensor, b: Tensor, x: Tensor): Tensor =>
  exp(sub(add(xlogy(sub(a, 1), x), xlog1py(sub(b, 1), neg(x))), betaln(a, b)))

const betaincByA = elementwiseOp(
  {
    name: 'betaincByA',
    internal: true,
    doc: 'The derivative of betainc by its first operand; the last one is 1 - x.',
    types: numbers,
    typing: floatType(numbers),
    js: betaincByAValue,
    body: betaincByABody,
    partials: (out, a, b, x) => {
      const both = digamma(add(a!, b!))
      const unknown = () => {
        throw derivativeUndefined(out, 'betainc', 'second derivative by its first and second operand')
      }
      return [unknown, unknown, mul(betaDensity(a!, b!, x!), add(sub(log(x!), digamma(a!)), both)), undefined]
    },
    cost: 1200,
    domain: [
      [0.3, 8],
      [0.3, 8],
      // The second is 1 less the first.
      [0.5, 0.5],
      [0.5, 0.5],
    ],
    ulp: { wasm: 256, webgpu: 256 },
  },
  4,
)

const betaincOp = elementwiseOp(
  {
    name: 'betainc',
    doc: 'The regularized incomplete beta function I(x; a, b).',
    types: numbers,
    typing: floatType(numbers),
    js: betaincValue,
    body: betaincBody,
    partials: (_, a, b, x) => {
      const rest = sub(1, x!)
      return [
        applyElementwise(betaincByA, [a!, b!, x!, rest]),
        neg(applyElementwise(betaincByA, [b!, a!, rest, x!])),
        betaDensity(a!, b!, x!),
      ]
    },
    cost: 1000,
    domain: [
      [0.3, 8],
      [0.3, 8],
      [0.05, 0.95],
    ],
    ulp: { wasm: 512, webgpu: 512 },
  },
  3,
)

/**
 * I(x; a, b), the integral of t^(a - 1) (1 - t)^(b - 1) from 0 to x over B(a, b), for a and b above 0 and under
 * 1e290 and x from 0 to 1; NaN elsewhere. Operands in SciPy's order; they broadcast. It has derivatives by a and b too, but no second ones by them.
 */
export function betainc<A extends Operand, B extends Operand, X extends Operand>(
  a: A,
  b: B,
  x: X & NeedsTensor<A | B | X> & NeedsNumber<CommonType<[A, B, X]>>,
): Tensor<ToFloat<CommonType<[A, B, X]>>, CommonRank<[A, B, X]>>
export function betainc(a: Operand, b: Operand, x: Operand): Tensor {
  return applyElementwise(betaincOp, [a, b, x])
}
