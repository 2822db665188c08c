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
  constant,
  type Dim,
  type DimLike,
  dim,
  matrix,
  row,
  scalar,
  tensor,
  tensor3,
  tensor4,
  tensor5,
  tensor6,
  vector,
} from './leaf.ts'
export * from './ops/index.ts'
export { debugprint, type PrintOptions } from './print.ts'
export { Rop } from './pushforward.ts'
export { type Firing, type RewriteOptions, rewriteGraph } from './rewrite.ts'
export { type SharedOptions, shared } from './shared.ts'
export { type Operand, type ReduceOptions, Tensor } from './tensor.ts'
export type { Float, Integer, Rank } from './type.ts'
