/** Networks that tests and benchmarks train, with numbers that are the same on every run. */
import { dim, grad, log, matrix, mean, pick, relu, shared, softmax, type Tensor, vector, zeros } from 'damo'

/** Numbers in [-scale, scale). */
export function noise(length: number, scale: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state / 2 ** 31 - 1) * scale
  })
}

/** Dense layers with relu between them: a step of gradient descent on the crossentropy, and the prediction. */
export function network(sizes: readonly number[]) {
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
