/** The small programs that goldens show and that are compared with the interpreter. */
import { abs, add, dim, div, exp, matrix, mul, softmax, type Tensor, tanh, vector } from 'damo'

/** A program over dims, and how far off a result may be. */
export interface Sample {
  program: { inputs: Readonly<Record<string, Tensor>>; outputs: Readonly<Record<string, Tensor>> }
  /** The shape of each input when all dims are `size`; values lie in [-1, 1]. */
  shapes(size: number): Readonly<Record<string, readonly number[]>>
  /** Units in the last place that a result may be off; of 1 where `least` is 1 and the result is smaller. */
  ulps(size: number): number
  least?: number
}

/** What a function of WGSL with a body in damo is off by, at most: rounding of its steps (exp: 2, tanh: 3). */
const functionUlps = 3

/** Division is the one basic operation that WGSL does not round rightly. */
const divisionUlps = 2.5

const [n, m, k] = [dim('n'), dim('m'), dim('k')]

function fused(): Sample {
  const [x, y] = [vector('x', { shape: [n] }), vector('y', { shape: [n] })]
  const z = div(mul(tanh(x), exp(y)), add(1, abs(x)))
  const shapes = (size: number) => ({ x: [size], y: [size] })
  // Two functions, a product and a sum beside the division.
  return { program: { inputs: { x, y }, outputs: { z } }, shapes, ulps: () => 2 * functionUlps + 1 + divisionUlps }
}

function rowSoftmax(): Sample {
  const x = matrix('x', { shape: [n, m] })
  const shapes = (size: number) => ({ x: [size, size] })
  return { program: { inputs: { x }, outputs: { y: softmax(x) } }, shapes, ulps: () => 2 * functionUlps + divisionUlps }
}

function smallMatmul(): Sample {
  const [a, b] = [matrix('a', { shape: [n, k] }), matrix('b', { shape: [k, m] })]
  const shapes = (size: number) => ({ a: [size, size], b: [size, size] })
  // A sum of n products in any order is off by n roundings of the sum of their sizes, which is at most n here.
  return {
    program: { inputs: { a, b }, outputs: { c: a.matmul(b) } },
    shapes,
    ulps: size => (size * size) / 2,
    least: 1,
  }
}

export const samples: Readonly<Record<string, Sample>> = {
  elementwise: fused(),
  softmax: rowSoftmax(),
  matmul: smallMatmul(),
}
