/** What a program needs where it runs: loading, calling, state. No dependencies, no compiler. */
export {
  type ArrayValue,
  array,
  type DataOf,
  full,
  NDArray,
  type NestedList,
  ones,
  type TypedArray,
  zeros,
} from './array.ts'
export { DamoError } from './errors.ts'
export { type Artifact, type LoadOptions, load, type Part } from './load.ts'
export type { DimExpr, DType, Manifest } from './manifest.ts'
export type { CallOptions, Inputs, Outputs, Program, State } from './program.ts'
export { Store } from './store.ts'
export type { Threads } from './threads.ts'
