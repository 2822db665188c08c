/** Every function that users call; what only rules and kernels know of ops stays in its file. */
import './conv.ts'
import './methods.ts'

export { cast } from '../elementwise.ts'
export * from './activation.ts'
export { gather, type ScatterOptions, scatter } from './along.ts'
export * from './angle.ts'
export * from './arithmetic.ts'
export { at, incSubtensor, type Putable, setSubtensor } from './at.ts'
export { mean, std, type VarianceOptions, var } from './average.ts'
export * from './axes.ts'
export * from './bessel.ts'
export { bitcast } from './bitcast.ts'
export * from './close.ts'
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  eq,
  ge,
  gt,
  isfinite,
  isinf,
  isnan,
  le,
  leftShift,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
  rightShift,
  where,
} from './comparison.ts'
export { dot, matmul, outer, type ProductOptions, type TensordotAxes, tensordot } from './contract.ts'
export * from './covariance.ts'
export { dimValue, empty, emptyLike, fill, full, fullLike, ones, onesLike, second, zeros, zerosLike } from './create.ts'
export { type CumulativeOptions, cumprod, cumsum } from './cumulative.ts'
export { allocDiag, type DiagonalOptions, diag, diagonal, fillDiagonal, trace } from './diagonal.ts'
export * from './difference.ts'
export * from './exponential.ts'
export { type FourierNorm, type IrfftOptions, irfft, type RfftOptions, rfft } from './fft.ts'
export * from './gamma.ts'
export * from './gradient.ts'
export * from './grid.ts'
export * from './histogram.ts'
export * from './hyperbolic.ts'
export * from './incomplete.ts'
export * from './integer.ts'
export { type CholeskyOptions, cholesky } from './linalg/cholesky.ts'
export { det, slogdet } from './linalg/det.ts'
export { type EighOptions, eigh, eigvalsh } from './linalg/eigh.ts'
export { einsum } from './linalg/einsum.ts'
export { expm, matrixPower } from './linalg/expm.ts'
export { type LuFactors, lu, luFactor, luSolve } from './linalg/lu.ts'
export { batchedDot, batchedTensordot, inner, kron, matrixDot } from './linalg/products.ts'
export { type LeastSquares, lstsq, matrixRank, type PinvOptions, pinv } from './linalg/pseudo.ts'
export { type QrOptions, qr } from './linalg/qr.ts'
export { choSolve, type SolveOptions, solve } from './linalg/solve.ts'
export { type SvdOptions, svd, svdvals } from './linalg/svd.ts'
export { inv } from './linalg/systems.ts'
export { tensorinv, tensorsolve } from './linalg/tensors.ts'
export { solveTriangular, type TriangularOptions } from './linalg/triangular.ts'
export { matvec, vecdot, vecmat } from './linalg/vectors.ts'
export * from './logit.ts'
export { compress, countNonzero, flatnonzero, nonzero, nonzeroValues, type PadOptions } from './mask.ts'
export * from './norm.ts'
export {
  argtopk,
  median,
  percentile,
  type QuantileOptions,
  quantile,
  type TopkOptions,
  topk,
  topkAndArgtopk,
} from './order.ts'
export * from './pad.ts'
export * from './range.ts'
export {
  all,
  any,
  argmax,
  argmin,
  max,
  maxAndArgmax,
  min,
  prod,
  sum,
} from './reduce.ts'
export * from './repeat.ts'
export * from './rounding.ts'
export * from './scan.ts'
export * from './search.ts'
export {
  broadcastArrays,
  broadcastTo,
  concatenate,
  dimshuffle,
  expandDims,
  flatten,
  flip,
  moveaxis,
  reshape,
  shapePadaxis,
  shapePadleft,
  shapePadright,
  split,
  squeeze,
  stack,
  swapaxes,
  transpose,
} from './shape.ts'
export { ellipsis, type IndexArray, type IndexItem, newaxis, type Slice, slice } from './slice.ts'
export { logSoftmax, logsumexp, softmax } from './softmax.ts'
export { argsort, type SortOptions, sort } from './sort.ts'
export * from './special.ts'
export * from './stack.ts'
export { oneHot, pick, take, takeAlongAxis } from './take.ts'
export * from './triangle.ts'
export * from './trigonometric.ts'
export * from './turn.ts'
export * from './unique.ts'
