/** Forms that overflow, underflow or cancel, replaced by the functions that do not. */
import { sigmoid, softplus } from '../ops/activation.ts'
import { add, div, neg, reciprocal, sub } from '../ops/arithmetic.ts'
import { exp, expm1, log, log1p, logaddexp } from '../ops/exponential.ts'
import { sum } from '../ops/reduce.ts'
import { logSoftmax, logsumexp, softmax } from '../ops/softmax.ts'
import { type Rule, type RuleOptions, rule, ruleOverAxes } from '../rule.ts'

const stably: RuleOptions = { phase: 'stable', holds: 'stable', tags: ['stability'] }

export const stable: readonly Rule[] = [
  rule(stably, 'log(1 + x) = log1p x', x => [log(add(1, x)), log1p(x)]),
  rule(stably, 'e^x - 1 = expm1 x', x => [sub(exp(x), 1), expm1(x)]),
  rule(stably, 'log(1 + e^x) = softplus x', x => [log1p(exp(x)), softplus(x)]),
  rule(stably, '1 / (1 + e^-x) = sigmoid x', x => [div(1, add(1, exp(neg(x)))), sigmoid(x)]),
  rule(stably, '1 / (1 + e^x) = sigmoid -x', x => [div(1, add(1, exp(x))), sigmoid(neg(x))]),
  rule(stably, 'reciprocal(1 + e^x) = sigmoid -x', x => [reciprocal(add(1, exp(x))), sigmoid(neg(x))]),
  rule(stably, 'e^x / (1 + e^x) = sigmoid x', x => [div(exp(x), add(1, exp(x))), sigmoid(x)]),
  rule(stably, '1 - sigmoid x = sigmoid -x', x => [sub(1, sigmoid(x)), sigmoid(neg(x))]),
  rule(stably, 'log sigmoid x = -softplus -x', x => [log(sigmoid(x)), neg(softplus(neg(x)))]),
  rule(stably, 'log1p -sigmoid x = -softplus x', x => [log1p(neg(sigmoid(x))), neg(softplus(x))]),
  rule(stably, 'log(e^x + e^y) = logaddexp x y', (x, y) => [log(add(exp(x), exp(y))), logaddexp(x, y)]),
  ruleOverAxes(stably, 'log sum e^x = logsumexp x', (axis, x) => [log(sum(exp(x), { axis })), logsumexp(x, { axis })]),
  ruleOverAxes(stably, 'e^x / sum e^x = softmax x', (axis, x) => [
    div(exp(x), sum(exp(x), { axis, keepdims: true })),
    softmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'log softmax x = logSoftmax x', (axis, x) => [
    log(softmax(x, { axis })),
    logSoftmax(x, { axis }),
  ]),
]
