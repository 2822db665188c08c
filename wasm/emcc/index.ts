/**
 * From C++ text to a WebAssembly module: finding a compiler, calling it, and keeping what it made.
 *
 * A module is linked position-independent (see `flags.ts` for why and what it costs) and then sealed (`seal.ts`), so
 * that any number of them can live in one memory. What it takes to instantiate one is in `docs/abi.md`, "Module".
 */

export {
  type CompiledModule,
  type CompiledVariants,
  type CompileOptions,
  compileModule,
  compileVariants,
} from './compile.ts'
export { type Emission, type EmissionOptions, emissionKey, emissionOf, type Source } from './emission.ts'
export { type Compiler, type FindOptions, findCompiler, type Tools } from './find.ts'
export type { Optimize } from './flags.ts'
export { type ModuleMemory, tableBase } from './seal.ts'
