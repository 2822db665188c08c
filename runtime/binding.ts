/** A program at known dims: where everything lies, and the frame that tells the code so. */
import { aliasRoots, type Layout, layout } from './arena.ts'
import type { TypedArray } from './array.ts'
import { type Dims, evaluate, evaluateShape, mostCounted, namesOf } from './dims.ts'
import { byteWidth, frameHeader, type Manifest, type Port } from './manifest.ts'
import { arrayTooLarge, badManifest } from './messages.ts'
import type { Cell, Store } from './store.ts'

/** Sizes and places of one program at one set of dims; executors read it, `place` brings it up to date. */
export class Binding {
  /** The value of each dim, in the manifest's order. */
  readonly dims: Dims
  /** The shape of each input and of each output, in the manifest's order. */
  readonly inputShapes: readonly (readonly number[])[]
  readonly outputShapes: readonly (readonly number[])[]
  /** Elements of each input and output. Valid from `place` to the end of the call. */
  inputs: TypedArray[] = []
  outputs: TypedArray[] = []
  /** Byte offset of the frame in the store's memory. */
  frame = 0
  /** Byte offset of each buffer in the store's memory. */
  offsets: number[] = []
  /** The frame's first words, which a failing program fills: check number, index, size, and one spare. */
  header: Int32Array = new Int32Array(0)

  readonly #manifest: Manifest
  readonly #store: Store
  readonly #fixed: ReadonlyMap<number, number>
  readonly #layout: Layout
  readonly #roots: readonly number[]
  readonly #updated: readonly Cell[]
  #words: Uint32Array = new Uint32Array(0)
  #frameView: Uint32Array = new Uint32Array(0)
  #memory: ArrayBufferLike | undefined

  /** `fixed` has the byte offset of each state and constant buffer; so many `threads` run the program. */
  constructor(manifest: Manifest, store: Store, fixed: ReadonlyMap<number, number>, dims: Dims, threads = 1) {
    const { inputs, outputs, buffers } = manifest
    const shapeOf = ({ shape }: Port): readonly number[] => Object.freeze(evaluateShape(shape, dims))
    const sizes = buffers.map(({ bytes, perThread }) => evaluate(bytes, dims) * (perThread ? threads : 1))
    for (const [i, bytes] of sizes.entries())
      if (bytes > mostCounted) throw arrayTooLarge(nameOf(manifest, i), bytes, mostCounted)
    this.dims = dims
    this.inputShapes = inputs.map(shapeOf)
    this.outputShapes = outputs.map(shapeOf)
    for (const [i, port] of inputs.entries()) checkFits(port, this.inputShapes[i]!, sizes)
    for (const [i, port] of outputs.entries()) checkFits(port, this.outputShapes[i]!, sizes)
    this.#manifest = manifest
    this.#store = store
    this.#fixed = fixed
    this.#roots = aliasRoots(buffers)
    this.#updated = manifest.state.flatMap(port => (port.updated ? [store.find(port.name)!] : []))
    this.#layout = layout(buffers, sizes, 4 * (frameHeader + dims.size + buffers.length))
  }

  /**
   * Makes offsets, views and the frame right for this call: the store's arena may have moved, its memory may have
   * grown, and others may have used the arena since. Of its own frame a call leaves but the header changed.
   */
  place(): void {
    const store = this.#store
    if (this.frame !== store.arena || this.#memory !== store.memory.buffer) this.#move()
    else if (store.tenant === this) {
      this.header.fill(0)
      return
    }
    this.#frameView.set(this.#words)
    store.tenant = this
  }

  /** Tells those who hold copies of the state that the program updates: executors call it once that may have changed. */
  commit(): void {
    for (const cell of this.#updated) cell.version++
  }

  #move(): void {
    const store = this.#store
    const { inputs, outputs } = this.#manifest
    const { offsets, bytes } = this.#layout
    // Throws with this binding as it was, which then moves the next time.
    store.reserve(store.arena + bytes)
    this.frame = store.arena
    this.offsets = offsets.map((offset, i) => (offset < 0 ? this.#fixed.get(this.#roots[i]!)! : this.frame + offset))
    this.#words = Uint32Array.from([...new Array(frameHeader).fill(0), ...this.dims.values(), ...this.offsets])
    const viewOf = ({ dtype, buffer }: Port, shape: readonly number[]): TypedArray =>
      store.view(
        dtype,
        this.offsets[buffer]!,
        shape.reduce((total, size) => total * size, 1),
      )
    this.inputs = inputs.map((port, i) => viewOf(port, this.inputShapes[i]!))
    this.outputs = outputs.map((port, i) => viewOf(port, this.outputShapes[i]!))
    this.header = store.view('int32', this.frame, frameHeader)
    this.#frameView = store.view('uint32', this.frame, this.#words.length)
    this.#memory = store.memory.buffer
  }
}

/** Refuses a program that has an array which is too large at any dims: before anything is compiled or allocated for it. */
export function refuseTooLarge(program: Arrays): void {
  for (const [i, { bytes }] of program.buffers.entries()) {
    if (namesOf(bytes).length > 0) continue
    const size = evaluate(bytes, new Map())
    if (size > mostCounted) throw arrayTooLarge(nameOf(program, i), size, mostCounted)
  }
}

/** Holds a port to the buffer it lies in, so that no copy leaves it. */
function checkFits({ name, dtype, buffer }: Port, shape: readonly number[], sizes: readonly number[]): void {
  const bytes = shape.reduce((total, size) => total * size, byteWidth[dtype])
  if (bytes > sizes[buffer]!) throw badManifest(`buffer of '${name}'`, `${bytes} bytes`, `${sizes[buffer]}`)
}

/** What a program says of its arrays. */
type Arrays = Pick<Manifest, 'inputs' | 'outputs' | 'state' | 'buffers'>

/** A buffer by the name of what lies in it. */
function nameOf({ inputs, outputs, state, buffers }: Arrays, buffer: number): string {
  const kinds = { input: inputs, output: outputs, state }
  for (const [kind, ports] of Object.entries(kinds)) {
    const port = ports.find(each => each.buffer === buffer)
    if (port) return `${kind} '${port.name}'`
  }
  return buffers[buffer]!.name ?? 'an array between steps'
}
