/** Derivatives of derivatives, forward mode, and what counts as constant. */
import {
  add,
  at,
  considerConstant,
  constant,
  type DType,
  disconnectedGrad,
  div,
  dot,
  grad,
  hessian,
  Lop,
  log,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  pick,
  Rop,
  reshape,
  scan,
  sigmoid,
  sin,
  slice,
  softmax,
  square,
  sum,
  type Tensor,
  tanh,
  zerosLike,
} from 'damo'
import { conv2d, pool2d } from 'damo/nn'
import type { Inputs, Translations } from './case.ts'

/** tanh(W x). */
const layer = ({ W, x }: Pick<Inputs, 'W' | 'x'>) => tanh(dot(W, x))

/** The sum of squares of tanh(W v). */
const energy = ({ W, v }: Pick<Inputs, 'W' | 'v'>) => sum(square(tanh(dot(W, v))))

/** The gradient of the sum, again and again. */
function derivative(f: Tensor, x: Tensor, times: number): Tensor {
  return times === 0 ? f : derivative(grad(sum(f), x), x, times - 1)
}

export const autodiff: Translations = {
  'autodiff/complex_expr_everything': ({ X, W1, W2, idx }) => {
    const p = softmax(matmul(tanh(matmul(X, W1)), W2))
    const picked = pick(log(p), constant([0, 1, 1, 0], 'int32'))
    return [add(mean(picked), div(sum(square(at(X, idx))), 7))]
  },
  'autodiff/consider_constant': ({ x }) => [sum(mul(x, considerConstant(x)))],
  'autodiff/deep_chain': ({ x }, { depth = 0 }) => {
    let y = x
    for (let i = 0; i < depth; i++) y = tanh(add(mul(1.01, y), 0.01))
    return [y]
  },
  'autodiff/disconnected_grad': ({ x, y }) => [sum(mul(x, disconnectedGrad(y)))],
  'autodiff/double_backprop': ({ W, x }) => [grad(sum(square(grad(sum(layer({ W, x })), x))), W)],
  'autodiff/grad_of_grad': ({ x }) => [derivative(sin(square(x)), x, 3)],
  'autodiff/hessian_softmax_ce': ({ z }) => [hessian(neg(reshape(at(logSoftmax(z), slice(1)), [])), z)],
  'autodiff/hessian_vector': ({ W, v }) => [hessian(energy({ W, v }), v)],
  'autodiff/hvp': ({ W, v, u }) => [Rop(grad(energy({ W, v }), v), v, u)],
  'autodiff/known_grads': ({ W, x, u }) => [sum(mul(layer({ W, x }), u))],
  'autodiff/lop': ({ W, x, u }) => [Lop(layer({ W, x }), W, u)],
  'autodiff/rop': ({ W, x, V }) => [Rop(layer({ W, x }), W, V)],
  'autodiff/rop_conv': ({ x, w, v }) => {
    const pooled = pool2d(conv2d(x as Tensor<DType, 4>, w as Tensor<DType, 4>), 2)
    return [Rop(reshape(pooled, [2, 4]), w, v)]
  },
  'autodiff/rop_multi': ({ W, x, V, u }) => [Rop(mul(sigmoid(dot(W, x)), sum(x)), [W, x], [V, u])],
  'autodiff/rop_scan': ({ x, U, V }) => {
    const { carry } = scan((h, element) => ({ carry: tanh(add(element, dot(h, U))) }), {
      initial: zerosLike(at(x, 0)),
      sequences: x,
    })
    return [Rop(carry, U, V)]
  },
}
