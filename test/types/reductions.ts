/** What the editor knows of reductions, shapes and creation: dtype and rank of results, and what it refuses. */
import {
  all,
  argmax,
  clip,
  concatenate,
  dims,
  divmod,
  eye,
  full,
  isclose,
  linspace,
  logaddexp,
  matrix,
  max,
  mean,
  norm,
  onesLike,
  pad,
  prod,
  repeat,
  reshape,
  shapeOf,
  std,
  sum,
  type Tensor,
  tensor3,
  trilIndices,
  var as variance,
  vector,
  zeros,
} from 'damo'
import { exactly } from './exactly.ts'

const x = matrix('x')
const n = vector('n', { dtype: 'int32' })
const t = tensor3('t', { dtype: 'float16' })
const flags = matrix('flags', { dtype: 'bool' })

// Over everything, one axis, kept axes, and lists, whose length is not asked.
exactly<Tensor<'float32', 0>>()(sum(x))
exactly<Tensor<'float32', 1>>()(sum(x, 0))
exactly<Tensor<'float32', 1>>()(sum(x, { axis: -1 }))
exactly<Tensor<'float32', 2>>()(sum(x, { axis: 1, keepdims: true }))
exactly<Tensor<'float32'>>()(sum(x, [0, 1]))
exactly<Tensor<'float16', 2>>()(max(t, 0))
exactly<Tensor<'float32', 1>>()(x.mean(0))
exactly<Tensor<'float32', 0>>()(x.sum())

// Sums count integers in int64, means are floats, positions int32; a dtype that is asked for is the result's.
exactly<Tensor<'int64', 0>>()(sum(n))
exactly<Tensor<'int64', 1>>()(prod(flags, 0))
exactly<Tensor<'float64', 0>>()(sum(n, { dtype: 'float64' }))
exactly<Tensor<'float32', 0>>()(mean(n))
exactly<Tensor<'float64', 1>>()(variance(x, { axis: 0, dtype: 'float64' }))
exactly<Tensor<'float16', 0>>()(std(t, { ddof: 1 }))
exactly<Tensor<'int32', 1>>()(argmax(x, { axis: 1 }))
exactly<Tensor<'int32', 0>>()(argmax(x))
exactly<Tensor<'bool', 1>>()(all(flags, 1))

// Creation knows the rank of a shape that is written out.
exactly<Tensor<'float32', 2>>()(zeros([2, 3]))
exactly<Tensor<'int8', 1>>()(zeros(['n'], 'int8'))
exactly<Tensor<'float16', 3>>()(onesLike(t))
exactly<Tensor<'int32', 3>>()(onesLike(t, 'int32'))
exactly<Tensor<'float64', 1>>()(linspace(0, 1, 5, 'float64'))
exactly<Tensor<'int64', 1>>()(shapeOf(t))

// @ts-expect-error: an axis is a number
sum(x, 'rows')
// @ts-expect-error: no such option
sum(x, { axes: 0 })
// @ts-expect-error: extremes have no dtype to choose
max(x, { dtype: 'float64' })
// @ts-expect-error: means are floats
mean(x, { dtype: 'int32' })
// @ts-expect-error: ddof is a number
variance(x, { ddof: true })
// @ts-expect-error: one axis for positions
argmax(x, [0, 1])
// @ts-expect-error: no such norm
norm(x, { ord: 'max' })
// @ts-expect-error: a shape is a list
zeros(3)
// @ts-expect-error: no such dtype
zeros([3], 'double')
// @ts-expect-error: a string does not fill
full([3], 'x')
// @ts-expect-error: options are an object
eye(3, 1)
// @ts-expect-error: tensors come in a list
concatenate(x, x)
// @ts-expect-error: no such mode
pad(x, 1, { mode: 'mirror' })
// @ts-expect-error: counts are numbers
repeat(x, ['2'])
// @ts-expect-error: a shape is a list
reshape(x, 6)
// @ts-expect-error: no such option
isclose(x, x, { tolerance: 1 })
// @ts-expect-error: an array is no operand
logaddexp(x, [1])
// @ts-expect-error: three operands
clip(x, 0)
// @ts-expect-error: two operands
divmod(n)
// @ts-expect-error: a known size
trilIndices('n')
// @ts-expect-error: two sizes
dims.mul(2)
// @ts-expect-error: a matrix is no vector
exactly<Tensor<'float32', 1>>()(x)
