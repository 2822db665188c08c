/** Networks that tests and benchmarks train, with numbers that are the same on every run. */
import * as damo from 'damo'
import { add, exp, matrix, mul, sigmoid, sub, type Tensor, tanh } from 'damo'
import { noise } from './noise.ts'

export { noise } from './noise.ts'

/**
 * Dense layers with relu between them: a step of gradient descent on the crossentropy, and the prediction; of these sources
 * or of another copy of damo.
 */
export function network(sizes: readonly number[], copy = damo) {
  const { dim, grad, log, matrix, mean, pick, relu, shared, softmax, vector, zeros } = copy
  const batch = dim('batch')
  const x = matrix('x', { shape: [batch, sizes[0]!] })
  const y = vector('y', { dtype: 'int32', shape: [batch] })
  const parameters: Tensor[] = []
  let hidden: Tensor = x
  sizes.slice(1).forEach((width, layer) => {
    const W = shared(noise(sizes[layer]! * width, 0.1, layer + 1), `W${layer}`, { shape: [sizes[layer]!, width] })
    const b = shared(zeros([width]), `b${layer}`)
    parameters.push(W, b)
    hidden = hidden.matmul(W).add(b)
    if (layer < sizes.length - 2) hidden = relu(hidden)
  })
  const p = softmax(hidden)
  const loss = mean(log(pick(p, y)).neg())
  const gradients = grad(loss, parameters)
  const updates = parameters.map((w, i) => [w, w.sub(gradients[i]!.mul(0.1))] as const)
  return { train: { inputs: { x, y }, outputs: { loss }, updates }, predict: { inputs: { x }, outputs: { p } } }
}

const unaries = [exp, tanh, sigmoid]
const binaries = [add, sub, mul]

/** A random graph of elementwise ops, sums and products, the same on every run. */
export function randomGraph(nodes: number) {
  const draws = noise(3 * nodes, 0.5, 5)
  const [x, y] = [matrix('x', { shape: [64, 64] }), matrix('y', { shape: [64, 64] })]
  const made: Tensor[] = [x, y]
  const recent = (draw: number) => made[Math.max(0, Math.floor(made.length - 1 - (draw + 0.5) * 12))]!
  for (let i = 0; made.length < nodes; i += 3) {
    const [kind, left, right] = [draws[i]!, draws[i + 1]!, draws[i + 2]!]
    if (kind < -0.1) made.push(unaries[i % 3]!(recent(left)))
    else if (kind < 0.45) made.push(binaries[i % 3]!(recent(left), recent(right)))
    else made.push(add(recent(left), recent(right).sum({ axis: 1, keepdims: true })))
  }
  return { inputs: { x, y }, outputs: made[made.length - 1]!, onUnusedInput: 'ignore' as const }
}
