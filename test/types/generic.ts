/** What compiles where dtype, rank or both are not written down: in generic functions, in lists and where one of several comes. */
import {
  add,
  clip,
  concatenate,
  type DType,
  div,
  exp,
  expandDims,
  type Float,
  grad,
  hessian,
  inv,
  logsumexp,
  matmul,
  matrix,
  max,
  mean,
  mul,
  outer,
  type Rank,
  relu,
  scan,
  shared,
  softmax,
  square,
  std,
  sub,
  sum,
  type Tensor,
  tanh,
  vector,
  zeros,
} from 'damo'
import * as nn from 'damo/nn'
import { exactly } from './exactly.ts'

// What a generic function asks of its own parameters is open, and passes.
export const standard = <D extends Float, R extends Rank>(x: Tensor<D, R>) => div(sub(x, mean(x)), std(x))
export const logSoftmax = <R extends Rank>(x: Tensor<'float32', R>) => {
  const shifted = sub(x, max(x, { axis: -1, keepdims: true }))
  return sub(shifted, logsumexp(shifted, { axis: -1, keepdims: true }))
}
export const centered = <T extends Tensor>(x: T) => sub(x, max(x, { axis: -1, keepdims: true }))
export const scaled = <D extends DType, R extends Rank>(x: Tensor<D, R>, by: number) => mul(x, by)
export const descent = <D extends Float, R extends Rank>(x: Tensor<D, R>) => x.sub(grad(sum(square(x)), x).mul(0.1))
export const gram = <D extends Float>(x: Tensor<D, 2>, y: Tensor<D, 1>) => add(inv(x.matmul(x)), matmul(x, y))
export const limited = <D extends DType>(x: Tensor<D, 2>) => exp(clip(x, 0, 1))
export const crossed = <D extends Float>(x: Tensor<D, 2>) => outer(x.at(0), x.at(1))
export const doubled = <R extends Rank>(x: Tensor<'float32', R>) => concatenate([softmax(x), x], 0).sum(0)
export const row = <R extends Rank>(x: Tensor<'float32', R>) => expandDims(x, 0).at(0)

// So do parts of networks.
export const distance = <D extends Float, R extends Rank>(x: Tensor<D, R>, y: Tensor<D, R>) =>
  mean(add(nn.squaredError(x, y), nn.sigmoidBinaryCrossentropy(x, y)))
export const likelihood = <R extends Rank>(x: Tensor<'float32', R>, y: Tensor<'float32', R>) =>
  mean(nn.softmaxCategoricalCrossentropy(x, y))
export const classified = <D extends Float>(x: Tensor<D, 2>, y: Tensor<'int32', 1>) =>
  mean(nn.categoricalCrossentropy(softmax(x), y))
export const attended = <D extends Float, R extends Rank>(x: Tensor<D, R>) =>
  nn.scaledDotProductAttention(x, x, x, { heads: 2 })
export const convolved = <D extends Float>(x: Tensor<D, 4>, w: Tensor<D, 4>) => nn.pool2d(relu(nn.conv2d(x, w)), 2)
export const dropped = <D extends Float, R extends Rank>(x: Tensor<D, R>, mask: Tensor<'bool', R>) =>
  nn.dropout(nn.layerNorm(x), mask)

// @ts-expect-error: what is known of the parameters still counts
export const scalarRow = (x: Tensor<'float32', 0>) => max(x, -1)
// @ts-expect-error: a number, not bool
export const flags = <R extends Rank>(x: Tensor<'bool', R>) => exp(x)
// @ts-expect-error: rank 1 has no axis 1
exactly<Tensor<'float32', 0>>()(logSoftmax(vector('v')).sum(1))

// Parameters of several ranks in one list.
const parameters = [shared(zeros([2, 3]), 'W'), shared(zeros([3]), 'b')]
const loss = parameters.map(p => p.mul(p).sum()).reduce((a, b) => a.add(b))
const gradients = grad(loss, parameters)
exactly<Tensor<'float32', 1 | 2>[]>()(parameters.map((p, i) => p.sub(gradients[i]!.mul(0.1))))
exactly<Tensor<'float32', 1>>()(concatenate(parameters.map(p => p.reshape([-1]))))
exactly<Tensor<'float64', 1 | 2>[]>()(parameters.map(p => relu(p).astype('float64').transpose()))

exactly<Tensor[]>()((parameters as Tensor[]).map(p => hessian(loss, p)))

// What starts from zeros has their dtype, also where they are written beside a function of it.
const sums = scan((state: Tensor<'float32', 1>, x: Tensor<'float32', 1>) => ({ carry: tanh(state.add(x)) }), {
  initial: zeros([4]),
  sequences: matrix('x'),
})
exactly<Tensor<'float32', 1>>()(sums.carry)
