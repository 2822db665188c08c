/** What a back end fulfils. The target is a value passed to `compile`, so the frontend imports no back end. */
import type { Program } from '../../runtime/program.ts'
import type { Store } from '../../runtime/store.ts'
import type { Graph } from '../graph.ts'
import type { Tensor } from '../tensor.ts'
import type { KernelProgram } from './program.ts'

/** What targets are told besides the program. */
export interface BuildOptions {
  store?: Store
}

export interface Target {
  /** `wasm`, `webgpu`, `interpreter`: how it appears in messages and tests. */
  name: string
  /** The tensors of a rewritten graph, with what the target cannot do as it is put in other ways. */
  prepare?(roots: readonly Tensor[]): readonly Tensor[]
  /** A store as this target wants it, when that is another than a plain one. */
  newStore?(): Store
  /** Builds a callable program from kernels; `lower` makes them from the rewritten graph when called. */
  build(graph: Graph, lower: () => KernelProgram, options: BuildOptions): Promise<Program>
  /** The target's own view of a program as text: its loops, its code. */
  explain?(program: KernelProgram): string
}
