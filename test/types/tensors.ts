/** What the editor knows of tensors: dtype and rank of results, and the arguments that it refuses. */
import {
  add,
  argmax,
  cast,
  col,
  constant,
  dim,
  div,
  exp,
  floorDiv,
  gt,
  iround,
  isnan,
  matmul,
  matrix,
  mul,
  pow,
  relu,
  row,
  scalar,
  shared,
  softmax,
  type Tensor,
  tensor,
  tensor3,
  vector,
} from 'damo'
import { exactly } from './exactly.ts'

const batch = dim('batch')
const x = matrix('x', { shape: [batch, 784] })
const w = matrix('w', { dtype: 'float64' })
const v = vector('v')
const n = vector('n', { dtype: 'int32' })
const small = vector('small', { dtype: 'uint8' })
const s = scalar('s', { dtype: 'int64' })

exactly<Tensor<'float32', 2>>()(x)
exactly<Tensor<'float64', 2>>()(w)
exactly<Tensor<'int64', 0>>()(s)
exactly<Tensor<'float64', 2>>()(row('r', { dtype: 'float64', size: 3 }))
exactly<Tensor<'float32', 2>>()(add(row('r'), col('c')))
exactly<Tensor<'float32', 3>>()(tensor3('t'))
exactly<Tensor<'float64', 2>>()(tensor('t', { dtype: 'float64', shape: [1, 2] }))
exactly<Tensor<'float64', 0>>()(constant(1, 'float64'))

// Promotion and the rank of broadcasting.
exactly<Tensor<'float64', 2>>()(add(x, w))
exactly<Tensor<'float32', 1>>()(mul(n, v))
exactly<Tensor<'int32', 1>>()(add(n, small))
exactly<Tensor<'float32', 2>>()(add(v, x))
exactly<Tensor<'float32', 2>>()(x.mul(n))
exactly<Tensor<'int64', 1>>()(add(s, n))

// A number takes the tensor's dtype.
exactly<Tensor<'int32', 1>>()(add(n, 1))
exactly<Tensor<'float64', 2>>()(mul(2, w))
exactly<Tensor<'float32', 2>>()(x.sub(1))

// Quotients and functions of integers are float32; floor division and powers stay.
exactly<Tensor<'float32', 1>>()(div(n, small))
exactly<Tensor<'float32', 1>>()(n.div(2))
exactly<Tensor<'float32', 1>>()(exp(n))
exactly<Tensor<'float64', 2>>()(exp(w))
exactly<Tensor<'int32', 1>>()(floorDiv(n, small))
exactly<Tensor<'int32', 1>>()(pow(n, 2))
exactly<Tensor<'int32', 1>>()(relu(n))

// Conditions are bool; casts are what they say.
exactly<Tensor<'bool', 2>>()(gt(x, v))
exactly<Tensor<'bool', 2>>()(isnan(x))
exactly<Tensor<'int8', 2>>()(cast(x, 'int8'))
exactly<Tensor<'float64', 1>>()(v.astype('float64'))
exactly<Tensor<'int64', 1>>()(iround(v))

// Products of matrices and vectors.
exactly<Tensor<'float64', 2>>()(matmul(x, w))
exactly<Tensor<'float32', 1>>()(matmul(x, v))
exactly<Tensor<'float32', 0>>()(matmul(v, v))
exactly<Tensor<'float32', 2>>()(softmax(x))

exactly<Tensor<'float64', 1>>()(shared([1, 2], 'w', { dtype: 'float64' }))
argmax(x, { axis: 1 })

// @ts-expect-error: a dtype by another name
matrix('x', { dtype: 'double' })
// @ts-expect-error: three dims for a matrix
matrix('x', { shape: [1, 2, 3] })
// @ts-expect-error: one dim for a matrix
matrix('x', { shape: [batch] })
// @ts-expect-error: a dim for a scalar
scalar('x', { shape: [2] })
// @ts-expect-error: a tensor of no shape
tensor('x', { dtype: 'int32' })
// @ts-expect-error: a string is no operand
add(x, '1')
add(x, [1, 2])
// @ts-expect-error: lists of strings are no operand
add(x, ['1', '2'])
// @ts-expect-error: two numbers are no tensors
add(1, 2)
// @ts-expect-error: no such dtype
cast(x, 'float')
// @ts-expect-error: no such method
x.plus(1)
// @ts-expect-error: a number has no exponential graph
exp(1)
// @ts-expect-error: one axis for positions
argmax(x, { axis: [0, 1] })
// @ts-expect-error: a float64 matrix is not a float32 one
exactly<Tensor<'float32', 2>>()(w)
// @ts-expect-error: tensors are immutable
x.dtype = 'float32'
