/** Compiled functions: a callable with its state, whatever executes it. */
import type { NDArray } from './array.ts'
import { refuseTooLarge } from './binding.ts'
import { type CallOptions, Calls, type Executor, type Inputs, type Outputs } from './call.ts'
import { dimText, evaluateShape } from './dims.ts'
import type { Manifest } from './manifest.ts'
import { badManifest, missingWeight, notSync } from './messages.ts'
import { programState, type State } from './state.ts'
import type { Cell, Store } from './store.ts'

export type { CallOptions, Executor, Inputs, Outputs } from './call.ts'
export type { State } from './state.ts'

/** A compiled function: call it with inputs by name, await outputs by name. Calls on one store queue in order. */
export interface Program<I = Inputs, O = Outputs> {
  (inputs?: I, options?: CallOptions): Promise<O>
  /** The same without waiting; throws where the target cannot, or while an asynchronous call is under way. */
  runSync(inputs?: I, options?: CallOptions): O
  /** Ends the program's threads; calls run on one from then on. Without threads it does nothing. */
  close(): void
  readonly state: State
  readonly store: Store
  readonly manifest: Manifest
}

/** What a program is made of. */
export interface ProgramParts {
  manifest: Manifest
  store: Store
  executor: Executor
  /** Values of constants, and first values of state that the store does not have yet. */
  weights: ReadonlyMap<string, NDArray>
}

/**
 * A program over a store: loads its constants, finds or makes its state there, and calls the executor. Throws, and
 * leaves the store as it was, when the weights or the store's state do not fit the manifest, or an array is too large.
 */
export function createProgram({ manifest, store, executor, weights }: ProgramParts): Program {
  store.refuseWhileBusy(`load '${manifest.name}'`)
  refuseTooLarge(manifest)
  const { fixed, cells } = placePersistent(manifest, store, weights)
  const calls = new Calls(manifest, store, executor, fixed)
  const call = (inputs: Inputs = {}, options?: CallOptions): Promise<Outputs> =>
    store.enqueue(() => calls.run(inputs, options))
  const runSync = (inputs: Inputs = {}, options?: CallOptions): Outputs => {
    if (!executor.sync) throw notSync(manifest.name)
    store.refuseWhileBusy('runSync')
    return calls.run(inputs, options) as Outputs
  }
  const close = (): void => {
    store.refuseWhileBusy('close')
    executor.close?.()
  }
  return Object.assign(call, { runSync, close, state: programState(store, cells), store, manifest })
}

/** Gives state and constants their places for good; returns the offset of each such buffer. */
function placePersistent(manifest: Manifest, store: Store, weights: ReadonlyMap<string, NDArray>) {
  const ports = manifest.state.map(port => ({ ...port, shape: evaluateShape(port.shape, new Map()) }))
  const constants = [...manifest.buffers.entries()].filter(
    ([, { role, aliases }]) => role === 'constant' && aliases === undefined,
  )
  for (const { name, dtype, shape } of ports) store.expect(name, dtype, shape, weights.get(name))
  for (const [, { name, bytes }] of constants) {
    const size = weights.get(name!)?.data.byteLength
    if (size === undefined) throw missingWeight(name!)
    if (size !== bytes) throw badManifest(`buffer of '${name}'`, `${size} bytes`, dimText(bytes))
  }
  const fixed = new Map<number, number>()
  const cells = new Map<string, Cell>()
  for (const { name, dtype, shape, buffer } of ports) {
    const cell = store.cell(name, dtype, shape, weights.get(name))
    cells.set(name, cell)
    fixed.set(buffer, cell.offset)
  }
  for (const [i, { name }] of constants) fixed.set(i, store.allocateData(weights.get(name!)!.data))
  return { fixed, cells }
}
