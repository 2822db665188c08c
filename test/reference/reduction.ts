/** Folds over every combination of axes. */
import {
  all,
  any,
  argmax,
  argmin,
  exp,
  log,
  max,
  mean,
  min,
  neg,
  prod,
  type ReduceOptions,
  square,
  std,
  sub,
  sum,
  type Tensor,
  var as variance,
} from 'damo'
import type { Translation, Translations } from './case.ts'

/** A reduction over each of the axes that the case lists. */
const overAxes =
  (reduce: (x: Tensor, options: ReduceOptions) => Tensor): Translation =>
  ({ x }, { axes = [], keepdims = false }) =>
    axes.map(axis => reduce(x, { axis: axis ?? undefined, keepdims }))

/** A position along no axis, along each, and along the last counted from the end. */
const located =
  (locate: (x: Tensor, options?: { axis?: number }) => Tensor): Translation =>
  ({ x }) => [locate(x), ...[0, 1, 2, -1].map(axis => locate(x, { axis }))]

const folds: readonly ((x: Tensor, options: ReduceOptions) => Tensor)[] = [sum, prod, any, all]

export const reduction: Translations = {
  'reduction/argmax': located(argmax),
  'reduction/argmax_ties': ({ x }) => [
    argmax(x, { axis: 0 }),
    argmax(x, { axis: 1 }),
    argmax(x),
    argmin(x, { axis: 1 }),
  ],
  'reduction/argmin': located(argmin),
  'reduction/big_sum': ({ x }) => [sum(x), sum(x, { axis: 0 }), sum(x, { axis: 1 })],
  'reduction/elemwise_then_reduce': ({ x, y }) => [sum(exp(neg(square(sub(x, y)))), { axis: 1 })],
  'reduction/empty': ({ x }) => folds.map(reduce => reduce(x, { axis: 0 })),
  'reduction/logsumexp_nokeep': overAxes((x, options) => log(sum(exp(x), options))),
  'reduction/max_keep': overAxes(max),
  'reduction/max_nan': ({ x }) => [max(x, { axis: 1 }), min(x, { axis: 1 }), argmax(x, { axis: 1 })],
  'reduction/max_ties': ({ x }) => [max(x, { axis: 1 })],
  'reduction/mean_keep': overAxes(mean),
  'reduction/min_keep': overAxes(min),
  'reduction/min_nokeep': overAxes(min),
  'reduction/prod_keep': overAxes(prod),
  'reduction/prod_nokeep': overAxes(prod),
  'reduction/scalar_reduce': ({ x }) => [sum(x), max(x), mean(x)],
  'reduction/std_nokeep': overAxes(std),
  'reduction/sum_keep': overAxes(sum),
  'reduction/sum_nokeep': overAxes(sum),
  'reduction/var_nokeep': overAxes(variance),
}
