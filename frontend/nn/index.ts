/** damo/nn: what networks are made of. Losses, rules that update parameters, first values, and activations. */
export { leakyRelu, relu, sigmoid, softplus, tanh } from '../ops/activation.ts'
export { logSoftmax, logsumexp, softmax } from '../ops/softmax.ts'
export * from './initializers.ts'
export * from './losses.ts'
export { Rng, rng } from './random.ts'
export * from './updates.ts'
