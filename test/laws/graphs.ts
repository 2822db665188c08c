/** Random graphs of ops, for laws of whole passes. */

import { scalar, tensor } from '../../frontend/leaf.ts'
import * as ops from '../../frontend/ops/index.ts'
import type { Random } from '../../frontend/prove/values.ts'
import type { Tensor } from '../../frontend/tensor.ts'

const { add, sub, mul, div, neg, abs, square, sqrt, maximum, minimum, reciprocal, where, gt } = ops
const { exp, log, log1p, expm1, pow, sigmoid, softplus, tanh, relu, softmax, logSoftmax, logsumexp } = ops
const { sum, max, mean, transpose, reshape, broadcastTo, expandDims, at, slice, concatenate, matmul } = ops

type Make = (pick: () => Tensor, random: Random) => Tensor

const constants = [0, 1, -1, 2, 0.5, -3]
const choose = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!
const rows = (x: Tensor) => broadcastTo(x, [3, 3])
const axisOf = (x: Tensor, random: Random): { axis?: number; keepdims?: boolean } =>
  x.ndim === 0 || random() < 0.3 ? {} : { axis: Math.floor(random() * x.ndim), keepdims: random() < 0.5 }

const unary = [neg, abs, square, sqrt, reciprocal, exp, log, log1p, expm1, sigmoid, softplus, tanh, relu]
const binary = [add, sub, mul, div, maximum, minimum] as readonly ((a: Tensor, b: Tensor | number) => Tensor)[]

/** Ways to make a node of others; tensors are float64 and broadcast to [3, 3]. */
const makers: readonly Make[] = [
  ...unary.map(
    (f): Make =>
      pick =>
        (f as (x: Tensor) => Tensor)(pick()),
  ),
  ...unary.map(
    (f): Make =>
      pick =>
        (f as (x: Tensor) => Tensor)(pick()),
  ),
  ...binary.flatMap(f => [
    (pick: () => Tensor) => f(pick(), pick()),
    (pick: () => Tensor) => f(pick(), pick()),
    (pick: () => Tensor, random: Random) => f(pick(), choose(constants, random)),
    (pick: () => Tensor, random: Random) => f(neg(pick()), choose(constants, random)),
  ]),
  pick => sub(1, pick()),
  pick => add(1, exp(pick())),
  (pick, random) => pow(pick(), choose([2, 3, 0.5, -1, 1, 0], random)),
  pick => where(gt(pick(), 0), pick(), pick()),
  pick => where(gt(pick(), 0), pick(), 0),
  (pick, random) => {
    const x = pick()
    return rows(sum(x, axisOf(x, random)))
  },
  (pick, random) => {
    const x = pick()
    return rows(max(x, axisOf(x, random)))
  },
  pick => rows(mean(pick())),
  pick => softmax(rows(pick()), { axis: 0 }),
  pick => logSoftmax(rows(pick())),
  pick => rows(logsumexp(rows(pick()), { axis: 1, keepdims: true })),
  pick => transpose(rows(pick())),
  pick => reshape(reshape(rows(pick()), [9]), [3, 3]),
  pick => broadcastTo(at(rows(pick()), 1), [3, 3]),
  pick => at(expandDims(rows(pick()), 1), slice(null, null, -1), 0),
  pick => at(concatenate([rows(pick()), rows(pick())]), slice(2, 5)),
  pick => matmul(rows(pick()), transpose(rows(pick()))),
]

/** A graph of about `size` nodes over a few inputs, most nodes made of recent ones. */
export function randomGraph(size: number, random: Random): { root: Tensor; inputs: Tensor[] } {
  const dtype = 'float64'
  const inputs = [scalar('s', { dtype }), ...[[3], [3, 3], [1, 3]].map(shape => tensor('x', { dtype, shape }))]
  const nodes: Tensor[] = [...inputs]
  const pick = () => nodes[nodes.length - 1 - Math.floor(random() ** 2 * Math.min(nodes.length, 50))]!
  while (nodes.length < size) nodes.push(choose(makers, random)(pick, random))
  return { root: nodes[nodes.length - 1]!, inputs }
}
