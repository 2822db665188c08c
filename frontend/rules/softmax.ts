/** Sums of exponentials along axes: logsumexp, softmax and its logarithm, however they were written. */
import { add, div, sub } from '../ops/arithmetic.ts'
import { exp, log } from '../ops/exponential.ts'
import { max, sum } from '../ops/reduce.ts'
import { logSoftmax, logsumexp, softmax } from '../ops/softmax.ts'
import { type Rule, type RuleOptions, ruleOverAxes } from '../rule.ts'

/** These are accurate relative to 1, not to a result near 0. */
const stably: RuleOptions = { phase: 'stable', holds: 'stable', scale: 1, tags: ['stability', 'softmax'] }

const keepdims = true

export const softmaxRules: readonly Rule[] = [
  ruleOverAxes(stably, 'log sum e^x = logsumexp x', (axis, x) => [log(sum(exp(x), { axis })), logsumexp(x, { axis })]),
  ruleOverAxes(stably, 'e^x / sum e^x = softmax x', (axis, x) => [
    div(exp(x), sum(exp(x), { axis, keepdims })),
    softmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'x - logsumexp x = logSoftmax x', (axis, x) => [
    sub(x, logsumexp(x, { axis, keepdims })),
    logSoftmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'log softmax x = logSoftmax x', (axis, x) => [
    log(softmax(x, { axis })),
    logSoftmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'e^logSoftmax x = softmax x', (axis, x) => [exp(logSoftmax(x, { axis })), softmax(x, { axis })]),
  ruleOverAxes(stably, 'softmax(x - max x) = softmax x', (axis, x) => [
    softmax(sub(x, max(x, { axis, keepdims })), { axis }),
    softmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'logSoftmax(x - max x) = logSoftmax x', (axis, x) => [
    logSoftmax(sub(x, max(x, { axis, keepdims })), { axis }),
    logSoftmax(x, { axis }),
  ]),
  ruleOverAxes(stably, 'logsumexp(x - max x) + max x = logsumexp x', (axis, x) => [
    add(logsumexp(sub(x, max(x, { axis, keepdims })), { axis }), max(x, { axis })),
    logsumexp(x, { axis }),
  ]),
]
