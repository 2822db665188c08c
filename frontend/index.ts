/** damo: symbolic tensors, their derivatives, and `compile`. */
export { type ArrayValue, array, NDArray } from '../runtime/array.ts'
export { DamoError } from '../runtime/errors.ts'
export type { DType } from '../runtime/manifest.ts'
export {
  type Arguments,
  type Compiled,
  type CompileOptions,
  compile,
  compileAll,
  type Pairs,
  type Returned,
  type Spec,
} from './compile.ts'
export * as dims from './dimensions.ts'
export { evaluate, type Values } from './evaluate.ts'
export { explain } from './explain.ts'
export { type DisconnectedInputs, type GradOptions, grad, Lop } from './grad.ts'
export { interpreter } from './interpreter.ts'
export { hessian, jacobian } from './jacobian.ts'
export type { Target } from './kernel/target.ts'
export {
  col,
  cols,
  constant,
  type Dim,
  type DimLike,
  dim,
  matrices,
  matrix,
  row,
  rows,
  scalar,
  scalars,
  tensor,
  tensor3,
  tensor3s,
  tensor4,
  tensor4s,
  tensor5,
  tensor5s,
  tensor6,
  tensor6s,
  tensor7,
  tensor7s,
  vector,
  vectors,
} from './leaf.ts'
export * from './ops/index.ts'
export { debugprint, type PrintOptions } from './print.ts'
export { Rop } from './pushforward.ts'
export type { MeanOptions, ReduceOptions, SumOptions } from './reduced.ts'
export { type Firing, type RewriteOptions, rewriteGraph } from './rewrite.ts'
export { type SharedOptions, shared } from './shared.ts'
export { type Operand, Tensor } from './tensor.ts'
export type { Float, Integer, Rank } from './type.ts'
