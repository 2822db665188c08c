/** Functions of one tensor on their ordinary domain, with gradients. */
import {
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  ceil,
  cos,
  cosh,
  deg2rad,
  exp,
  expm1,
  floor,
  iround,
  leakyRelu,
  log,
  log1p,
  log2,
  log10,
  neg,
  rad2deg,
  reciprocal,
  sin,
  sinh,
  softplus,
  sqrt,
  type Tensor,
  tanh,
} from 'damo'
import type { Translations } from './case.ts'

/** Case ids from the functions that they name. */
export function ofOne(group: string, functions: Readonly<Record<string, (x: Tensor) => Tensor>>): Translations {
  return Object.fromEntries(Object.entries(functions).map(([name, f]) => [`${group}/${name}`, ({ x }) => [f(x)]]))
}

export const elemwiseUnary = ofOne('elemwise_unary', {
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  ceil,
  cos,
  cosh,
  deg2rad,
  exp,
  expm1,
  floor,
  iround,
  leaky_relu: x => leakyRelu(x, 0.1),
  log,
  log10,
  log1p,
  log2,
  neg,
  rad2deg,
  reciprocal,
  sin,
  sinh,
  softplus,
  sqrt,
  tanh,
})
