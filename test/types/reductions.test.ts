/** What the editor knows of reductions and of what goes along axes, and that it is so. */
import {
  all,
  any,
  argmax,
  argmin,
  argsort,
  argtopk,
  countNonzero,
  cumprod,
  cumsum,
  logSoftmax,
  logsumexp,
  matrix,
  max,
  maxAndArgmax,
  mean,
  median,
  min,
  norm,
  percentile,
  prod,
  ptp,
  quantile,
  scalar,
  softmax,
  sort,
  std,
  sum,
  type Tensor,
  tensor,
  tensor3,
  topk,
  topkAndArgtopk,
  var as variance,
  vector,
} from 'damo'
import { test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is, isOf } from './told.ts'

const x = matrix('x')
const n = vector('n', { dtype: 'int32', shape: [5] })
const t = tensor3('t', { dtype: 'float16' })
const s = scalar('s')
const flags = matrix('flags', { dtype: 'bool' })
const some: Tensor<'float32'> = tensor('some', { shape: [2, 3, 4] })
const place = Number('1')

test('the rank is that of the axes that are left', () => {
  is(sum(x), 'float32', 0)
  is(sum(x, 0), 'float32', 1)
  is(sum(x, -2), 'float32', 1)
  is(sum(x, { axis: -1 }), 'float32', 1)
  is(sum(x, { axis: 1, keepdims: true }), 'float32', 2)
  is(sum(x, { axis: 1, keepdims: false }), 'float32', 1)
  is(sum(x, { keepdims: true }), 'float32', 2)
  is(sum(x, [0, 1]), 'float32', 0)
  is(sum(x, []), 'float32', 2)
  is(sum(t, { axis: [0, -1] }), 'float16', 1)
  is(sum(x, place), 'float32', 1)
  is(x.sum(), 'float32', 0)
  is(x.sum([0]), 'float32', 1)
  is(t.mean(0), 'float16', 2)
  is(t.max({ axis: [1, 2], keepdims: true }), 'float16', 3)
  is(t.min([1, 2]), 'float16', 1)
})

test('where the rank or the axes are not known, neither is the result', () => {
  isOf(sum(some, 0), 'float32', 2)
  isOf(sum(x, [place].slice()), 'float32', 1)
  isOf(max(x, { axis: 0, keepdims: Boolean(place) }), 'float32', 2)
  isOf(sum(some, { axis: 7 - 7 }), 'float32', 2)
})

test('sums count integers in int64, means are floats, positions int32; a dtype that is asked for is the result’s', () => {
  is(sum(n), 'int64', 0)
  is(prod(flags, 0), 'int64', 1)
  is(sum(n, { dtype: 'float64' }), 'float64', 0)
  is(n.sum({ dtype: 'int8' }), 'int8', 0)
  is(mean(n), 'float32', 0)
  is(x.mean({ dtype: 'float64', axis: 0 }), 'float64', 1)
  is(variance(x, { axis: 0, dtype: 'float64' }), 'float64', 1)
  is(std(t, { ddof: 1 }), 'float16', 0)
  is(min(n), 'int32', 0)
  is(argmax(x, { axis: 1 }), 'int32', 1)
  is(argmin(x), 'int32', 0)
  is(argmax(t, { keepdims: true }), 'int32', 3)
  is(all(flags, 1), 'bool', 1)
  is(any(x, [0, 1]), 'bool', 0)
  is(countNonzero(x, { axis: 0 }), 'int32', 1)
  const [top, where] = maxAndArgmax(t, 1)
  is(top, 'float16', 2)
  is(where, 'int32', 2)
})

test('spreads, norms and order statistics', () => {
  is(ptp(n), 'int32', 0)
  is(norm(x, { axis: 1 }), 'float32', 1)
  is(norm(n), 'float32', 0)
  is(norm(t, { ord: 'fro', axis: [0, 1] }), 'float16', 1)
  is(median(n), 'float32', 0)
  is(median(t, { axis: [0, 2], keepdims: true }), 'float16', 3)
  is(quantile(x, 0.5, 0), 'float32', 1)
  is(quantile(x, [0.25, 0.75], { axis: 0, method: 'lower' }), 'float32', 2)
  is(percentile(n, 50), 'float32', 0)
})

test('what goes along axes', () => {
  is(logsumexp(x, 1), 'float32', 1)
  is(softmax(n), 'float32', 1)
  is(logSoftmax(t, { axis: [0, 1] }), 'float16', 3)
  is(cumsum(x, 1), 'float32', 2)
  is(cumsum(x), 'float32', 1)
  is(cumsum(n, { axis: 0, dtype: 'int16' }), 'int16', 1)
  is(cumprod(flags, { axis: null }), 'int64', 1)
  is(sort(t), 'float16', 3)
  is(sort(t, { axis: null }), 'float16', 1)
  is(argsort(x, { axis: 0, descending: true }), 'int32', 2)
  const [values, places] = topk(n, 2)
  is(values, 'int32', 1)
  is(places, 'int32', 1)
  is(topk(t, 0, { axis: null })[0], 'float16', 1)
  is(argtopk(x, 1, 0), 'int32', 2)
  is(topkAndArgtopk(x, 1, 0)[1], 'int32', 2)
})

test('axes that are not there are refused', () => {
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => sum(x, 2))
  // @ts-expect-error: rank 2 has no axis -3
  fails(() => max(x, [0, -3]))
  // @ts-expect-error: each axis once
  fails(() => sum(x, [0, 0]))
  // @ts-expect-error: each axis once
  fails(() => t.mean({ axis: [-1, 0, -1] }))
  // @ts-expect-error: rank 3 has no axis 3
  fails(() => mean(t, { axis: 3, keepdims: true }))
  // @ts-expect-error: rank 2 has no axis 3
  fails(() => argmax(x, 3))
  // @ts-expect-error: a scalar has no axis
  fails(() => prod(s, 0))
  // @ts-expect-error: rank 2 has no axis 5
  fails(() => norm(x, { axis: [0, 5] }))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => median(n, 1))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => quantile(x, 0.5, { axis: 2 }))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => softmax(x, 2))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => x.sum(2))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => cumsum(n, 1))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => sort(n, { axis: 1 }))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => topk(n, 2, 1))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => countNonzero(x, { axis: 2 }))
})

test('so are dtypes and options', () => {
  // @ts-expect-error: a number, not bool
  fails(() => ptp(flags))
  // @ts-expect-error: a number, not bool
  fails(() => median(flags))
  // @ts-expect-error: an axis is a number
  fails(() => sum(x, 'rows'))
  // @ts-expect-error: no such option
  fails(() => sum(x, { axes: 0 }))
  // @ts-expect-error: extremes have no dtype to choose
  fails(() => max(x, { dtype: 'float64' }))
  // @ts-expect-error: means are floats
  fails(() => mean(x, { dtype: 'int32' }))
  // @ts-expect-error: no such norm
  fails(() => norm(x, { ord: 'max' }))
  // @ts-expect-error: a matrix is no vector
  exactly<Tensor<'float32', 1>>()(x)
})

test('null is all axes, and options come in one record', () => {
  const a = matrix('a', { shape: [2, 3] })
  is(sum(a, { axis: null }), 'float32', 0)
  is(mean(a, { axis: null }), 'float32', 0)
  is(max(a, { axis: null }), 'float32', 0)
  is(logsumexp(a, { axis: null }), 'float32', 0)
  is(argmax(a, { axis: null }), 'int32', 0)
  is(sum(a, { axis: null, keepdims: true }), 'float32', 2)
  // @ts-expect-error: options in one record
  fails(() => sum(a, 0, true))
})
