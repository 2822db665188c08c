/** One WebGPU device, and the copies of shared variables that it holds. */

import { deviceFailed, deviceLost, noAdapter } from './messages.ts'
import type { Cell } from './store.ts'
import { deviceBytes } from './transfer.ts'

/** A device of the caller's, or where to ask for one: `navigator.gpu` unless given (Node has none of its own). */
export interface GpuOptions {
  device?: GPUDevice
  gpu?: GPU
}

/** What every storage buffer is used for. */
const storageUsage = 0x80 | 0x04 | 0x08 // STORAGE, COPY_SRC, COPY_DST: hosts without GPUBufferUsage have the same bits.

/** The copy of a shared variable, and which version of its value that is. */
interface Copy {
  buffer: GPUBuffer
  version: number
}

/** No version of a value. */
const unknownVersion = -1

/** A device with what programs on it share. Programs given the same one find each other's state without a copy. */
export class Gpu {
  readonly device: GPUDevice
  #lost: GPUDeviceLostInfo | undefined
  readonly #copies = new WeakMap<Cell, Copy>()

  constructor(device: GPUDevice) {
    this.device = device
    device.lost.then(info => {
      this.#lost = info
    })
  }

  /** The caller's device, or a new one with all that its adapter allows. Throws when there is no adapter. */
  static async open({ device, gpu = globalThis.navigator?.gpu }: GpuOptions): Promise<Gpu> {
    if (device) return new Gpu(device)
    const adapter = await gpu?.requestAdapter()
    if (!adapter) throw noAdapter(gpu === undefined)
    const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
    const requiredLimits = { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize, maxBufferSize }
    return new Gpu(await adapter.requestDevice({ requiredLimits }))
  }

  /** Throws when the device is gone. */
  refuseLost(program: string): void {
    if (this.#lost) throw deviceLost(program, this.#lost.message || this.#lost.reason)
  }

  /** A storage buffer of at least this many bytes. */
  storage(bytes: number): GPUBuffer {
    return this.device.createBuffer({ size: Math.max(bytes, 4), usage: storageUsage })
  }

  /** What `work` returns; rejects with the first error that it causes on the device, in the words of `describe`. */
  async watch<T>(program: string, work: () => T, describe = deviceFailed): Promise<T> {
    const { device } = this
    this.refuseLost(program)
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    const pending: Promise<GPUError | null>[] = []
    let result: T
    try {
      result = work()
    } finally {
      pending.push(device.popErrorScope(), device.popErrorScope())
    }
    // A lost device has no answers.
    const errors = await Promise.all(pending).catch(() => [])
    this.refuseLost(program)
    for (const error of errors) if (error) throw describe(program, error.message)
    return result
  }

  /** The buffer with the copy of a shared variable; what is in it may be old. */
  copyOf(cell: Cell): GPUBuffer {
    return this.#copy(cell).buffer
  }

  /** Brings the copy of a shared variable up to date from its value on the host, unless it is. */
  refresh(cell: Cell, value: () => ArrayBufferView<ArrayBuffer>): void {
    const copy = this.#copy(cell)
    if (copy.version === cell.version) return
    this.device.queue.writeBuffer(copy.buffer, 0, value())
    copy.version = cell.version
  }

  /** Tells that the copy and the host's value of a shared variable are the same. */
  agree(cell: Cell): void {
    this.#copy(cell).version = cell.version
  }

  #copy(cell: Cell): Copy {
    const known = this.#copies.get(cell)
    if (known) return known
    const copy = { buffer: this.storage(deviceBytes(cell.length)), version: unknownVersion }
    this.#copies.set(cell, copy)
    return copy
  }

  /** Tells that a program may have written into the copy what the host does not know. */
  distrust(cell: Cell): void {
    this.#copy(cell).version = unknownVersion
  }
}
