/** Every op and every function made of ops. */
import './methods.ts'

export { cast } from '../elementwise.ts'
export * from './activation.ts'
export * from './angle.ts'
export * from './arithmetic.ts'
export * from './axes.ts'
export * from './close.ts'
export * from './comparison.ts'
export { dot, matmul, outer, type TensordotAxes, tensordot } from './contract.ts'
export * from './create.ts'
export { allocDiag, type DiagonalOptions, diag, diagonal, fillDiagonal, trace } from './diagonal.ts'
export * from './exponential.ts'
export * from './gather.ts'
export * from './gradient.ts'
export * from './grid.ts'
export * from './hyperbolic.ts'
export * from './integer.ts'
export { einsum } from './linalg/einsum.ts'
export { batchedDot, batchedTensordot, inner, kron, matrixDot } from './linalg/products.ts'
export * from './logit.ts'
export * from './norm.ts'
export * from './pad.ts'
export * from './range.ts'
export {
  all,
  any,
  argmax,
  argmin,
  type MeanOptions,
  max,
  maxAndArgmax,
  mean,
  min,
  prod,
  type SumOptions,
  std,
  sum,
  type VarianceOptions,
  var,
} from './reduce.ts'
export * from './repeat.ts'
export * from './rounding.ts'
export * from './scan.ts'
export * from './shape.ts'
export * from './slice.ts'
export * from './softmax.ts'
export { argsort, type SortOptions, sort } from './sort.ts'
export * from './special.ts'
export * from './stack.ts'
export * from './triangle.ts'
export * from './trigonometric.ts'
export * from './turn.ts'
