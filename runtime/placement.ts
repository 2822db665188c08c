/** A program at known dims on a GPU: its buffers, what each step binds, and what comes back to the host. */
import { aliasRoots, alignment, alignUp, isPersistent } from './arena.ts'
import { type Dims, evaluate } from './dims.ts'
import type { Gpu } from './gpu.ts'
import { type BufferPlan, type Manifest, repeatNames, type Step, type WgslKernel } from './manifest.ts'

/** A kernel that is ready to be dispatched. */
export interface Pipeline {
  kernel: WgslKernel
  pipeline: GPUComputePipeline
  buffers: GPUBindGroupLayout
}

/** What all pipelines of a program share. */
export interface Pipelines {
  byName: ReadonlyMap<string, Pipeline>
  /** Layout of group 1: the frame, and the status where the program has checks. */
  frame: GPUBindGroupLayout
}

/** Words of the status that a failing kernel fills: check number, index, size, and one spare. */
export const statusWords = 4

interface Dispatch {
  pipeline: GPUComputePipeline
  buffers: GPUBindGroup
  /** Byte offset of the frame that it reads. */
  frame: number
  workgroups: readonly [number, number, number]
}

/** Where in what the host reads after a call the content of a buffer stands. */
export interface Region {
  source: GPUBuffer
  offset: number
  bytes: number
}

/** Everything on the device that one set of dims needs; made once, used by every call with those dims. */
export class Placement {
  /** The storage buffer of each of the program's buffers. */
  readonly buffers: readonly GPUBuffer[]
  /** What the host reads: the status where there are checks, then what was asked for, in that order. */
  readonly regions: readonly Region[]
  readonly readback: GPUBuffer
  readonly #device: GPUDevice
  readonly #owned: readonly GPUBuffer[]
  readonly #status: GPUBuffer | undefined
  readonly #dispatches: readonly Dispatch[]
  readonly #frames: GPUBindGroup

  /** `persistent` has the buffers of state and constants; `read` lists the buffers that the host reads after a call. */
  constructor(
    gpu: Gpu,
    manifest: Manifest,
    pipelines: Pipelines,
    dims: Dims,
    persistent: ReadonlyMap<number, GPUBuffer>,
    read: readonly { buffer: number; bytes: number }[],
  ) {
    const { device } = gpu
    this.#device = device
    const { buffers, owned } = placeBuffers(gpu, manifest.buffers, dims, persistent)
    this.buffers = buffers
    this.#status = manifest.checks.length > 0 ? gpu.storage(4 * statusWords) : undefined
    const { dispatches, rows } = planDispatches(device, manifest, pipelines, dims, buffers)
    this.#dispatches = dispatches
    const frames = frameBuffer(device, rows)
    const resources = [
      { buffer: frames, size: 4 * rows[0]!.length },
      ...(this.#status ? [{ buffer: this.#status }] : []),
    ]
    this.#frames = bindGroup(device, pipelines.frame, resources)
    const status = this.#status ? [{ source: this.#status, bytes: 4 * statusWords }] : []
    const asked = read.map(({ buffer, bytes }) => ({ source: buffers[buffer]!, bytes }))
    this.regions = regionsOf([...status, ...asked])
    const end = this.regions.reduce((total, { bytes }) => total + bytes, 0)
    this.readback = device.createBuffer({ size: Math.max(end, 4), usage: mapRead | copyTarget })
    this.#owned = [...owned, frames, this.readback, ...(this.#status ? [this.#status] : [])]
  }

  /** All steps, and the copies of what the host reads, as one command buffer. */
  encode(): GPUCommandBuffer {
    const encoder = this.#device.createCommandEncoder()
    if (this.#status) encoder.clearBuffer(this.#status)
    const pass = encoder.beginComputePass()
    for (const { pipeline, buffers, frame, workgroups } of this.#dispatches) {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, buffers)
      pass.setBindGroup(1, this.#frames, [frame])
      pass.dispatchWorkgroups(...workgroups)
    }
    pass.end()
    for (const { source, offset, bytes } of this.regions) {
      if (bytes > 0) encoder.copyBufferToBuffer(source, 0, this.readback, offset, bytes)
    }
    return encoder.finish()
  }

  /** Gives the memory back; state and constants stay. */
  destroy(): void {
    for (const buffer of this.#owned) buffer.destroy()
  }
}

// Hosts without the globals `GPUBufferUsage` and `GPUShaderStage` have the same bits.
const mapRead = 0x01
const copyTarget = 0x08
const uniform = 0x40

/** Places for contents one after the other. */
function regionsOf(contents: readonly { source: GPUBuffer; bytes: number }[]): Region[] {
  let end = 0
  return contents.map(({ source, bytes }) => {
    const offset = end
    end += bytes
    return { source, bytes, offset }
  })
}

/** One storage buffer for each of the program's; those that alias share one, and so do temporaries that never meet. */
function placeBuffers(
  gpu: Gpu,
  plans: readonly BufferPlan[],
  dims: Dims,
  persistent: ReadonlyMap<number, GPUBuffer>,
): { buffers: GPUBuffer[]; owned: GPUBuffer[] } {
  const roots = aliasRoots(plans)
  const blocks = new Map<number, Block>()
  for (const [i, root] of roots.entries()) {
    if (isPersistent(plans[root]!)) continue
    const { from, to } = plans[i]!
    const block = blocks.get(root) ?? { bytes: 0, from, to, slot: 0 }
    block.bytes = Math.max(block.bytes, evaluate(plans[i]!.bytes, dims))
    block.from = Math.min(block.from, from)
    block.to = Math.max(block.to, to)
    blocks.set(root, block)
  }
  const owned = assignSlots([...blocks.values()]).map(bytes => gpu.storage(bytes))
  const buffers = roots.map(root => persistent.get(root) ?? owned[blocks.get(root)!.slot]!)
  return { buffers, owned }
}

interface Block {
  bytes: number
  from: number
  to: number
  slot: number
}

/**
 * Gives each block a slot, in the order in which their lives begin: the smallest one that is large enough and whose
 * block has died, otherwise a new one. Returns the bytes of each slot. Blocks do not share parts of a slot, since WebGPU
 * lets a kernel bind a buffer either for reading or for writing.
 */
export function assignSlots(blocks: Block[]): number[] {
  const slots: { bytes: number; to: number }[] = []
  for (const block of blocks.sort((a, b) => a.from - b.from || b.bytes - a.bytes)) {
    let best = -1
    for (const [i, { bytes, to }] of slots.entries()) {
      if (to < block.from && bytes >= block.bytes && (best < 0 || bytes < slots[best]!.bytes)) best = i
    }
    if (best < 0) best = slots.push({ bytes: block.bytes, to: 0 }) - 1
    slots[best]!.to = block.to
    block.slot = best
  }
  return slots.map(({ bytes }) => bytes)
}

/** Every dispatch in order, loops unrolled, and the rows of frame words that they read: 0, the dims, the counters. */
function planDispatches(
  device: GPUDevice,
  manifest: Manifest,
  pipelines: Pipelines,
  dims: Dims,
  buffers: readonly GPUBuffer[],
): { dispatches: Dispatch[]; rows: number[][] } {
  const counters = repeatNames(manifest.steps)
  const values = new Map([...dims, ...counters.map(name => [name, 0] as const)])
  const rows = [[0, ...values.values()]]
  const dispatches: Dispatch[] = []
  const groups = new Map<Step, GPUBindGroup>()
  const visit = (steps: readonly Step[], row: number): void => {
    for (const step of steps) {
      if ('run' in step) {
        const { kernel, pipeline, buffers: layout } = pipelines.byName.get(step.run)!
        const workgroups = kernel.workgroups.map(size => evaluate(size, values)) as [number, number, number]
        if (workgroups.includes(0)) continue
        const bound = () => kernel.bindings.map(({ buffer }) => ({ buffer: buffers[step.buffers[buffer]!]! }))
        if (!groups.has(step)) groups.set(step, bindGroup(device, layout, bound()))
        dispatches.push({ pipeline, buffers: groups.get(step)!, frame: row * strideOf(rows), workgroups })
        continue
      }
      const count = evaluate(step.count, values)
      for (let i = 0; i < count; i++) {
        values.set(step.repeat, i)
        visit(step.steps, rows.push([0, ...values.values()]) - 1)
      }
      values.set(step.repeat, 0)
    }
  }
  visit(manifest.steps, 0)
  return { dispatches, rows }
}

function bindGroup(
  device: GPUDevice,
  layout: GPUBindGroupLayout,
  resources: readonly GPUBufferBinding[],
): GPUBindGroup {
  return device.createBindGroup({ layout, entries: resources.map((resource, binding) => ({ binding, resource })) })
}

/** Bytes from one row of frame words to the next: a multiple of what dynamic offsets must be multiples of. */
const strideOf = (rows: readonly number[][]): number => alignUp(4 * rows[0]!.length, alignment)

/** A uniform buffer of rows. */
function frameBuffer(device: GPUDevice, rows: readonly number[][]): GPUBuffer {
  const stride = strideOf(rows) / 4
  const words = new Int32Array(stride * rows.length)
  for (const [i, row] of rows.entries()) words.set(row, stride * i)
  const buffer = device.createBuffer({ size: words.byteLength, usage: uniform | copyTarget })
  device.queue.writeBuffer(buffer, 0, words)
  return buffer
}
