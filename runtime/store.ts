/** One WebAssembly memory: persistent data at the bottom, an arena for the call under way above it, and named state. */

import { alignment, alignUp } from './arena.ts'
import { type DataConstructor, type DataOf, dataOf, NDArray, type TypedArray } from './array.ts'
import { shapeText } from './dims.ts'
import type { DType } from './manifest.ts'
import { missingWeight, outOfMemory, storeBusy, wrongState } from './messages.ts'

const pageBytes = 65536
const maximumPages = 65536

/** The upper end of the stack that all modules of a store use: at the bottom, so that running over its end traps. */
const stackTop = 65536

/** A shared variable in a store. It never moves; `view` does not outlive the memory's next growth. */
export interface Cell {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Where it lies in the memory, in bytes. */
  readonly offset: number
  readonly length: number
  /** Counts the changes of its value, so that copies elsewhere (a GPU's) know whether they are the newest. */
  version: number
}

/** Memory that is borrowed from a store. */
export interface Loan {
  readonly offset: number
  /** Gives it back; once `isFree` says so, it may be another's. */
  giveBack(isFree: () => boolean): void
}

/**
 * Memory, allocator and state, matched by name and type: programs given the same store see the same shared variables.
 * What is allocated, and not borrowed, stays for the store's life, which ends when nothing refers to it any more. One call runs at a
 * time, so that all programs share one arena; it begins above what is allocated, holds nothing between calls, and
 * moves up when more is.
 */
export class Store {
  /** Holds everything; grows when a call or new state needs more than there is, and never shrinks. */
  readonly memory: WebAssembly.Memory
  /** The modules' stack pointer; back at the top whenever no module runs. */
  readonly stackPointer: WebAssembly.Global
  /** Whose frame the arena holds: the binding of the last call. */
  tenant: object | undefined
  #end = stackTop
  #cells = new Map<string, Cell>()
  /** Memory that was borrowed and given back. */
  readonly #returned: { offset: number; bytes: number; isFree: () => boolean }[] = []
  #tail: Promise<unknown> | undefined

  /** `threads`: memory that workers share, for programs that were compiled for threads and no others. */
  constructor({ threads = false }: { threads?: boolean } = {}) {
    this.memory = threads ? sharedMemory() : new WebAssembly.Memory({ initial: 16, maximum: maximumPages })
    this.stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, stackTop)
  }

  /** Whether workers can share the memory. */
  get threads(): boolean {
    return !(this.memory.buffer instanceof ArrayBuffer)
  }

  /** Names of the shared variables, in the order of their making. */
  get names(): string[] {
    return [...this.#cells.keys()]
  }

  /** Where the arena begins, in bytes. */
  get arena(): number {
    return this.#end
  }

  /** Whether an asynchronous call is under way; its arena and state must be left alone. */
  get busy(): boolean {
    return this.#tail !== undefined
  }

  /** Throws while an asynchronous call is under way; `what` is what it would disturb. */
  refuseWhileBusy(what: string): void {
    if (this.#tail) throw storeBusy(what)
  }

  /** `bytes` of zeroed memory for the store's life, at a multiple of `align`; returns its offset. */
  allocate(bytes: number, align = alignment): number {
    this.refuseWhileBusy('allocate')
    const offset = alignUp(this.#end, align)
    const end = alignUp(offset + bytes, alignment)
    this.reserve(end)
    new Uint8Array(this.memory.buffer, offset, bytes).fill(0)
    this.#end = end
    return offset
  }

  /**
   * `bytes` of zeroed memory that can be given back: another loan of as many bytes then has the same place, from when
   * what it was given back with says that nobody uses it any more.
   */
  borrow(bytes: number): Loan {
    const found = this.#returned.findIndex(each => each.bytes === bytes && each.isFree())
    const offset = found < 0 ? this.allocate(bytes) : this.#returned.splice(found, 1)[0]!.offset
    if (found >= 0) new Uint8Array(this.memory.buffer, offset, bytes).fill(0)
    return { offset, giveBack: isFree => void this.#returned.push({ offset, bytes, isFree }) }
  }

  /** Allocates a copy of `data`; returns its offset. */
  allocateData({ buffer, byteOffset, byteLength }: TypedArray): number {
    const offset = this.allocate(byteLength)
    new Uint8Array(this.memory.buffer, offset).set(new Uint8Array(buffer, byteOffset, byteLength))
    return offset
  }

  /** Empties the stack after a module stopped in the middle. */
  resetStack(): void {
    this.stackPointer.value = stackTop
  }

  /** Grows the memory to at least `end` bytes; does nothing when it is as large. Throws when the host has no more. */
  reserve(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / pageBytes)
    if (missing <= 0) return
    try {
      if (end > maximumPages * pageBytes) throw new RangeError('beyond 4 GiB')
      this.memory.grow(missing)
    } catch (cause) {
      throw outOfMemory(end, cause)
    }
  }

  /** The elements from `offset` on as they are now; invalid after the memory's next growth. */
  view<D extends DType>(dtype: D, offset: number, length: number): DataOf[D]
  view(dtype: DType, offset: number, length: number): TypedArray {
    const View: DataConstructor = dataOf[dtype]
    return new View(this.memory.buffer, offset, length)
  }

  /** The shared variable of this name, if there is one. */
  find(name: string): Cell | undefined {
    return this.#cells.get(name)
  }

  /**
   * The shared variable of this name and type: the one that is there, or a new one with the value `initial`. Throws
   * when the one there has another type, or when there is neither it nor a value.
   */
  cell(name: string, dtype: DType, shape: readonly number[], initial: NDArray | undefined): Cell {
    const old = this.#cells.get(name)
    this.expect(name, dtype, shape, initial)
    if (old) return old
    const { length } = initial!.data
    const offset = this.allocateData(initial!.data)
    const cell = { name, dtype, shape: Object.freeze([...shape]), offset, length, version: 0 }
    this.#cells.set(name, cell)
    return cell
  }

  /** Throws what `cell` would throw. */
  expect(name: string, dtype: DType, shape: readonly number[], initial: NDArray | undefined): void {
    const value = this.#cells.get(name) ?? initial
    if (!value) throw missingWeight(name)
    expectType(name, value, dtype, shape)
  }

  /** A copy of a shared variable's value. */
  read({ dtype, shape, offset, length }: Cell): NDArray {
    return new NDArray(dtype, shape, this.view(dtype, offset, length).slice())
  }

  /** Replaces a shared variable's value with a copy of this one, of the same type. */
  write(cell: Cell, value: NDArray): void {
    expectType(cell.name, value, cell.dtype, cell.shape)
    // One element type at a time: `set` of the union takes neither numbers nor bigints.
    ;(this.view(cell.dtype, cell.offset, cell.length) as Float32Array).set(value.data as Float32Array)
    cell.version++
  }

  /**
   * Runs `task` once all calls before it are done: at once when none is under way. Its errors are the caller's and
   * keep nobody behind it waiting.
   */
  enqueue<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.#tail) return this.#hold(this.#tail.then(task, task))
    try {
      const result = task()
      return result instanceof Promise ? this.#hold(result) : Promise.resolve(result)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Makes later calls wait for `result`. */
  #hold<T>(result: Promise<T>): Promise<T> {
    const settle = (): void => {
      if (this.#tail === result) this.#tail = undefined
    }
    this.#tail = result
    result.then(settle, settle)
    return result
  }
}

/** Shared memory is reserved whole: as much as the host gives, at most 4 GiB. */
function sharedMemory(): WebAssembly.Memory {
  for (let maximum = maximumPages; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 16, maximum, shared: true })
    } catch (cause) {
      if (maximum <= 1024) throw outOfMemory(maximum * pageBytes, cause)
    }
  }
}

function expectType(
  name: string,
  got: { dtype: DType; shape: readonly number[] },
  dtype: DType,
  shape: readonly number[],
): void {
  const [expected, type] = [`${dtype}${shapeText(shape)}`, `${got.dtype}${shapeText(got.shape)}`]
  if (type !== expected) throw wrongState(name, expected, type)
}
