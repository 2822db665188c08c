/** Forms that overflow, underflow or cancel, replaced by the functions that do not. */
import { sigmoid, softplus, tanh } from '../ops/activation.ts'
import { deg2rad, rad2deg } from '../ops/angle.ts'
import { abs, add, div, mul, neg, reciprocal, sqrt, square, sub } from '../ops/arithmetic.ts'
import { ge, isfinite, le, logicalAnd, ne, where } from '../ops/comparison.ts'
import { exp, exp2, expm1, log, log1mexp, log1p, log2, logaddexp, pow } from '../ops/exponential.ts'
import { arccosh, arcsinh, arctanh, cosh, sinh } from '../ops/hyperbolic.ts'
import { erf, erfc, erfcx, logErfc } from '../ops/special.ts'
import { arccos, arcsin, arctan, cos, sin, tan } from '../ops/trigonometric.ts'
import { type Rule, type RuleOptions, rule } from '../rule.ts'
import { floats } from '../type.ts'
import { isEven, isFiniteConstant, isOdd, numberOf } from './facts.ts'

const stably: RuleOptions = { phase: 'stable', holds: 'stable', tags: ['stability'] }

/** What is accurate relative to 1 and not to a result near 0. */
const nearOne: RuleOptions = { ...stably, scale: 1 }

const logarithms: readonly Rule[] = [
  rule(stably, 'log(1 + x) = log1p x', x => [log(add(1, x)), log1p(x)]),
  rule(stably, 'log(1 - x) = log1p -x', x => [log(sub(1, x)), log1p(neg(x))]),
  rule(stably, 'e^x - 1 = expm1 x', x => [sub(exp(x), 1), expm1(x)]),
  rule(stably, '1 - e^x = -expm1 x', x => [sub(1, exp(x)), neg(expm1(x))]),
  rule(stably, 'expm1 x + 1 = e^x', x => [add(expm1(x), 1), exp(x)]),
  rule(stably, 'log √x = log x / 2', x => [log(sqrt(x)), mul(log(x), 0.5)]),
  rule(stably, 'log x² = 2 log |x|', x => [log(square(x)), mul(2, log(abs(x)))]),
  rule(
    { ...stably, parameters: ['value', 'constant'], when: (_, n) => isEven(n!) },
    'log x^n = n log |x| for even n',
    (x, n) => [log(pow(x, n)), mul(n, log(abs(x)))],
  ),
  rule(
    { ...stably, parameters: ['value', 'constant'], when: (_, n) => isOdd(n!) },
    'log x^n = n log x for odd n',
    (x, n) => [log(pow(x, n)), mul(n, log(x))],
  ),
  rule(nearOne, 'log(e^x + e^y) = logaddexp x y', (x, y) => [log(add(exp(x), exp(y))), logaddexp(x, y)]),
  rule(nearOne, 'log(e^x + e^y + e^z) = logaddexp (logaddexp x y) z', (x, y, z) => [
    log(add(add(exp(x), exp(y)), exp(z))),
    logaddexp(logaddexp(x, y), z),
  ]),
  rule(stably, 'logaddexp x 0 = softplus x', x => [logaddexp(x, 0), softplus(x)]),
  rule(stably, 'log1p -e^x = log1mexp x', x => [log1p(neg(exp(x))), log1mexp(x)]),
  rule(stably, 'log -expm1 x = log1mexp x', x => [log(neg(expm1(x))), log1mexp(x)]),
]

const sigmoids: readonly Rule[] = [
  rule(stably, 'log(1 + e^x) = softplus x', x => [log1p(exp(x)), softplus(x)]),
  rule(stably, 'reciprocal(1 + e^x) = sigmoid -x', x => [reciprocal(add(1, exp(x))), sigmoid(neg(x))]),
  rule(stably, 'e^x / (1 + e^x) = sigmoid x', x => [div(exp(x), add(1, exp(x))), sigmoid(x)]),
  rule(stably, 'e^x sigmoid -x = sigmoid x', x => [mul(exp(x), sigmoid(neg(x))), sigmoid(x)]),
  rule(stably, 'e^-x sigmoid x = sigmoid -x', x => [mul(exp(neg(x)), sigmoid(x)), sigmoid(neg(x))]),
  rule(stably, '1 - sigmoid x = sigmoid -x', x => [sub(1, sigmoid(x)), sigmoid(neg(x))]),
  rule(stably, 'log sigmoid x = -softplus -x', x => [log(sigmoid(x)), neg(softplus(neg(x)))]),
  rule(stably, 'log1p -sigmoid x = -softplus x', x => [log1p(neg(sigmoid(x))), neg(softplus(x))]),
  rule(stably, 'softplus x - x = softplus -x', x => [sub(softplus(x), x), softplus(neg(x))]),
  rule(stably, 'x - softplus x = -softplus -x', x => [sub(x, softplus(x)), neg(softplus(neg(x)))]),
]

/** Sums of multiples overflow later than their terms where the factor is 1 or more; a lesser one keeps them from it. */
const factored: RuleOptions = {
  ...stably,
  types: floats,
  parameters: ['constant'],
  when: c => isFiniteConstant(c!) && Math.abs(numberOf(c!)) >= 1,
}

const powers: readonly Rule[] = [
  rule(factored, 'c x + c y = c (x + y)', (c, x, y) => [add(mul(c, x), mul(c, y)), mul(c, add(x, y))]),
  rule(factored, 'c x - c y = c (x - y)', (c, x, y) => [sub(mul(c, x), mul(c, y)), mul(c, sub(x, y))]),
  rule(stably, 'x y / y = x for finite y ≠ 0', (x, y) => [
    div(mul(x, y), y),
    where(logicalAnd(isfinite(y), ne(y, 0)), x, Number.NaN),
  ]),
  rule(stably, '(x / y) y = x for finite y ≠ 0', (x, y) => [
    mul(div(x, y), y),
    where(logicalAnd(isfinite(y), ne(y, 0)), x, Number.NaN),
  ]),
  rule(stably, '√x² = |x|', x => [sqrt(square(x)), abs(x)]),
  rule(stably, 'e^x e^y = e^(x + y)', (x, y) => [mul(exp(x), exp(y)), exp(add(x, y))]),
  rule(stably, 'e^x / e^y = e^(x - y)', (x, y) => [div(exp(x), exp(y)), exp(sub(x, y))]),
  rule(stably, 'reciprocal e^x = e^-x', x => [reciprocal(exp(x)), exp(neg(x))]),
  rule(stably, '√e^x = e^(x / 2)', x => [sqrt(exp(x)), exp(mul(x, 0.5))]),
  rule(
    { ...stably, parameters: ['value', 'constant'], when: (_, c) => isFiniteConstant(c!) },
    '(e^x)^c = e^(c x)',
    (x, c) => [pow(exp(x), c), exp(mul(c, x))],
  ),
]

/** A function of its inverse: the identity, also where the inner one saturates; where that is undefined, still NaN. */
const inverses: readonly Rule[] = [
  rule(stably, 'log e^x = x', x => [log(exp(x)), x]),
  rule(stably, 'log2 2^x = x', x => [log2(exp2(x)), x]),
  rule(stably, 'log1p expm1 x = x', x => [log1p(expm1(x)), x]),
  rule(stably, 'arcsinh sinh x = x', x => [arcsinh(sinh(x)), x]),
  rule(stably, 'sinh arcsinh x = x', x => [sinh(arcsinh(x)), x]),
  rule(stably, 'arctanh tanh x = x', x => [arctanh(tanh(x)), x]),
  rule(stably, 'e^log x = x for x ≥ 0', x => [exp(log(x)), where(ge(x, 0), x, Number.NaN)]),
  rule(stably, 'e^log1p x = x + 1 for x ≥ -1', x => [exp(log1p(x)), where(ge(x, -1), add(x, 1), Number.NaN)]),
  rule(stably, 'expm1 log1p x = x for x ≥ -1', x => [expm1(log1p(x)), where(ge(x, -1), x, Number.NaN)]),
  rule(stably, 'e^log1mexp x = -expm1 x for x ≤ 0', x => [
    exp(log1mexp(x)),
    where(le(x, 0), neg(expm1(x)), Number.NaN),
  ]),
  rule(stably, 'e^softplus x = 1 + e^x', x => [exp(softplus(x)), add(1, exp(x))]),
  rule(stably, 'expm1 softplus x = e^x', x => [expm1(softplus(x)), exp(x)]),
  rule(stably, 'expm1 log x = x - 1 for x ≥ 0', x => [expm1(log(x)), where(ge(x, 0), sub(x, 1), Number.NaN)]),
  rule(stably, '2^log2 x = x for x ≥ 0', x => [exp2(log2(x)), where(ge(x, 0), x, Number.NaN)]),
  rule(stably, 'cosh arccosh x = x for x ≥ 1', x => [cosh(arccosh(x)), where(ge(x, 1), x, Number.NaN)]),
  rule(stably, 'tanh arctanh x = x for |x| ≤ 1', x => [tanh(arctanh(x)), where(le(abs(x), 1), x, Number.NaN)]),
  rule(stably, 'sin arcsin x = x for |x| ≤ 1', x => [sin(arcsin(x)), where(le(abs(x), 1), x, Number.NaN)]),
  rule(stably, 'cos arccos x = x for |x| ≤ 1', x => [cos(arccos(x)), where(le(abs(x), 1), x, Number.NaN)]),
  rule(stably, 'tan arctan x = x', x => [tan(arctan(x)), x]),
  rule(stably, 'deg2rad rad2deg x = x', x => [deg2rad(rad2deg(x)), x]),
  rule(stably, 'rad2deg deg2rad x = x', x => [rad2deg(deg2rad(x)), x]),
  rule(stably, '(√x)² = x for x ≥ 0', x => [square(sqrt(x)), where(ge(x, 0), x, Number.NaN)]),
]

const errorFunctions: readonly Rule[] = [
  rule(stably, '1 - erf x = erfc x', x => [sub(1, erf(x)), erfc(x)]),
  rule(stably, '1 - erfc x = erf x', x => [sub(1, erfc(x)), erf(x)]),
  rule(stably, 'erf x - 1 = -erfc x', x => [sub(erf(x), 1), neg(erfc(x))]),
  rule(stably, 'erfc x - 1 = -erf x', x => [sub(erfc(x), 1), neg(erf(x))]),
  rule(stably, '1 + erf x = erfc -x', x => [add(1, erf(x)), erfc(neg(x))]),
  rule(stably, '2 - erfc x = erfc -x', x => [sub(2, erfc(x)), erfc(neg(x))]),
  rule(stably, 'e^-x² / erfc x = reciprocal erfcx x', x => [div(exp(neg(square(x))), erfc(x)), reciprocal(erfcx(x))]),
  rule(stably, 'log erfc x = logErfc x', x => [log(erfc(x)), logErfc(x)]),
]

export const stable: readonly Rule[] = [...logarithms, ...sigmoids, ...powers, ...inverses, ...errorFunctions]
