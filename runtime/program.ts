/** Compiled functions: one call path (check, copy in, run, copy out) and one state for every kind of executor. */
import type { ArrayValue, NDArray, TypedArray } from './array.ts'
import type { Manifest } from './manifest.ts'
import type { Store } from './store.ts'

/** Inputs by name: typed arrays, nested arrays, numbers or NDArrays. */
export type Inputs = Readonly<Record<string, ArrayValue>>

/** Outputs by name: fresh arrays that belong to the caller. */
export type Outputs = Readonly<Record<string, NDArray>>

export interface CallOptions {
  /** Arrays that take outputs in place of fresh ones, by the outputs' names; of the right dtype and length. */
  out?: Readonly<Record<string, NDArray | TypedArray>>
}

/** The shared variables of a program, by name. What is read is a copy; what is written is copied. */
export interface State {
  readonly names: readonly string[]
  get(name: string): NDArray
  set(name: string, value: ArrayValue): void
  /** All state of this program as a safetensors file. */
  save(): Uint8Array
  /** Reads what `save` wrote: every shared variable of this program must be in it, of its dtype and shape, or nothing changes. */
  restore(bytes: Uint8Array): void
}

/** A compiled function: call it with inputs by name, await outputs by name. Calls on one store queue in order. */
export interface Program<I = Inputs, O = Outputs> {
  (inputs?: I, options?: CallOptions): Promise<O>
  /** The same without waiting; throws where the target cannot, or while an asynchronous call is under way. */
  runSync(inputs?: I, options?: CallOptions): O
  readonly state: State
  readonly store: Store
  readonly manifest: Manifest
}
