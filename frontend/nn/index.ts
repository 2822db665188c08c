/** damo/nn: what networks are made of. Losses, rules that update parameters, first values, and activations. */
export { leakyRelu, relu, sigmoid, softplus, tanh } from '../ops/activation.ts'
export { logSoftmax, logsumexp, softmax } from '../ops/softmax.ts'
export * from './attention.ts'
export { confusionMatrix, type HierarchyWeights, hSoftmax, softmaxWithBias } from './classes.ts'
export * from './conv.ts'
export { type CtcOptions, ctc } from './ctc.ts'
export { dropout } from './dropout.ts'
export * from './embedding.ts'
export * from './initializers.ts'
export * from './losses.ts'
export * from './normalization.ts'
export * from './pool.ts'
export { Rng, rng } from './random.ts'
export { maxPool2dSameSize } from './sameSize.ts'
export * from './updates.ts'
export {
  bilinearUpsampling,
  type Fraction,
  fracBilinearUpsampling,
  images2neibs,
  nearestUpsampling,
  neibs2images,
} from './upsampling.ts'
export type { Padding, PaddingOption, PerAxis } from './windows.ts'
