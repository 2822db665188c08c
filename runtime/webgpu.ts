/** Programs as WGSL: pipelines made once, one command buffer for each call, nothing read back between steps. */
import type { NDArray } from './array.ts'
import type { Binding } from './binding.ts'
import type { Executor } from './call.ts'
import { DamoError } from './errors.ts'
import type { Gpu } from './gpu.ts'
import type { BufferPlan, Manifest, WgslKernel } from './manifest.ts'
import { missingWeight, shaderRefused } from './messages.ts'
import { type Pipeline, type Pipelines, Placement, statusWords } from './placement.ts'
import { createProgram, type Program } from './program.ts'
import type { Cell, Store } from './store.ts'
import { deviceBytes, fromDevice, toDevice } from './transfer.ts'

/** Sets of dims whose buffers are kept on the device. */
const remembered = 8

/**
 * A program from a manifest that is known to be right, the text of its kernels and its weights. State lives on the
 * device and is the store's too: what a call has changed is copied to the host at its end, what the host or another
 * target changes is copied to the device before the next call. Throws when the device refuses the kernels.
 */
export async function instantiateWgsl(
  manifest: Manifest,
  code: string,
  weights: ReadonlyMap<string, NDArray>,
  store: Store,
  gpu: Gpu,
): Promise<Program> {
  const pipelines = await makePipelines(manifest, code, gpu)
  const constants = await gpu.watch(manifest.name, () => makeConstants(manifest, weights, gpu))
  const executor = new WebGpuExecutor(manifest, pipelines, constants, store, gpu)
  const program = await store.enqueue(() => createProgram({ manifest: hostPart(manifest), store, executor, weights }))
  return Object.assign(program, { manifest })
}

/** The manifest with memory for inputs, outputs and state alone: the host holds nothing else. */
function hostPart(manifest: Manifest): Manifest {
  const nothing: BufferPlan = { role: 'temporary', bytes: 0, from: 0, to: 0 }
  const onHost = ({ role, bytes, from, to }: BufferPlan): BufferPlan =>
    role === 'input' || role === 'output' || role === 'state' ? { role, bytes, from, to } : nothing
  return { ...manifest, buffers: manifest.buffers.map(onHost) }
}

/** The stage that everything here is visible to, as `GPUShaderStage.COMPUTE`, which not every host defines. */
const visibility = 4

/** Compiles all kernels, at the same time where the device can. */
async function makePipelines(manifest: Manifest, code: string, gpu: Gpu): Promise<Pipelines> {
  const { device } = gpu
  const frame = device.createBindGroupLayout({ entries: frameEntries(manifest.checks.length > 0) })
  const kernels = Object.entries(manifest.code.wgsl!.kernels)
  try {
    const module = await gpu.watch(manifest.name, () => device.createShaderModule({ code }), shaderRefused)
    const pipelines = kernels.map(async ([name, kernel]): Promise<[string, Pipeline]> => {
      const buffers = device.createBindGroupLayout({ entries: storageEntries(kernel) })
      const layout = device.createPipelineLayout({ bindGroupLayouts: [buffers, frame] })
      const pipeline = await device.createComputePipelineAsync({
        layout,
        compute: { module, entryPoint: kernel.entry },
      })
      return [name, { kernel, pipeline, buffers }]
    })
    return { byName: new Map(await Promise.all(pipelines)), frame }
  } catch (error) {
    gpu.refuseLost(manifest.name)
    throw error instanceof DamoError ? error : shaderRefused(manifest.name, String(error))
  }
}

const storageEntries = ({ bindings }: WgslKernel): GPUBindGroupLayoutEntry[] =>
  bindings.map(({ writes }, binding) => ({
    binding,
    visibility,
    buffer: { type: writes ? 'storage' : 'read-only-storage' },
  }))

function frameEntries(checks: boolean): GPUBindGroupLayoutEntry[] {
  const frame: GPUBindGroupLayoutEntry = { binding: 0, visibility, buffer: { type: 'uniform', hasDynamicOffset: true } }
  return checks ? [frame, { binding: 1, visibility, buffer: { type: 'storage' } }] : [frame]
}

/** The program's constants on the device, by buffer. */
function makeConstants(manifest: Manifest, weights: ReadonlyMap<string, NDArray>, gpu: Gpu): Map<number, GPUBuffer> {
  const constants = new Map<number, GPUBuffer>()
  for (const [i, { role, name, aliases }] of manifest.buffers.entries()) {
    if (role !== 'constant' || aliases !== undefined) continue
    const value = weights.get(name!)
    if (!value) throw missingWeight(name!)
    const buffer = gpu.storage(deviceBytes(value.data.length))
    gpu.device.queue.writeBuffer(buffer, 0, toDevice(value.dtype, value.data))
    constants.set(i, buffer)
  }
  return constants
}

class WebGpuExecutor implements Executor {
  readonly sync = false
  readonly #manifest: Manifest
  readonly #pipelines: Pipelines
  readonly #constants: ReadonlyMap<number, GPUBuffer>
  readonly #store: Store
  readonly #gpu: Gpu
  /** Oldest first. */
  readonly #placements = new Map<Binding, Placement>()

  constructor(
    manifest: Manifest,
    pipelines: Pipelines,
    constants: ReadonlyMap<number, GPUBuffer>,
    store: Store,
    gpu: Gpu,
  ) {
    this.#manifest = manifest
    this.#pipelines = pipelines
    this.#constants = constants
    this.#store = store
    this.#gpu = gpu
  }

  async run(binding: Binding): Promise<number> {
    const { name } = this.#manifest
    const placement = this.#placements.get(binding) ?? (await this.#place(binding))
    this.#placements.delete(binding)
    this.#placements.set(binding, placement)
    try {
      await this.#gpu.watch(name, () => this.#submit(placement, binding))
      await placement.readback.mapAsync(1)
    } catch (error) {
      for (const cell of this.#updated()) this.#gpu.distrust(cell)
      this.#gpu.refuseLost(name)
      throw error
    }
    const status = this.#readBack(placement, binding)
    placement.readback.unmap()
    return status
  }

  /** Makes the buffers for a binding, and gives those back that were not used for longest. */
  async #place(binding: Binding): Promise<Placement> {
    const manifest = this.#manifest
    const read = [
      ...manifest.outputs.map(({ buffer }, i) => ({ buffer, bytes: deviceBytes(binding.outputs[i]!.length) })),
      ...this.#updatedPorts().map(({ name, buffer }) => ({ buffer, bytes: deviceBytes(this.#cell(name).length) })),
    ]
    const persistent = new Map(this.#constants)
    for (const { name, buffer } of manifest.state) persistent.set(buffer, this.#gpu.copyOf(this.#cell(name)))
    const place = () => new Placement(this.#gpu, manifest, this.#pipelines, binding.dims, persistent, read)
    const placement = await this.#gpu.watch(manifest.name, place)
    for (const [oldest, unused] of this.#placements) {
      if (this.#placements.size < remembered) break
      unused.destroy()
      this.#placements.delete(oldest)
    }
    return placement
  }

  #cell(name: string): Cell {
    return this.#store.find(name)!
  }

  #updatedPorts() {
    return this.#manifest.state.filter(({ updated }) => updated)
  }

  #updated(): Cell[] {
    return this.#updatedPorts().map(({ name }) => this.#cell(name))
  }

  /** Copies inputs, and state that has changed elsewhere, to the device and starts the steps. */
  #submit(placement: Placement, { inputs }: Binding): void {
    const { queue } = this.#gpu.device
    const store = this.#store
    for (const { name, dtype } of this.#manifest.state) {
      const cell = this.#cell(name)
      this.#gpu.refresh(cell, () => toDevice(dtype, store.view(dtype, cell.offset, cell.length)))
    }
    for (const [i, { dtype, buffer }] of this.#manifest.inputs.entries()) {
      queue.writeBuffer(placement.buffers[buffer]!, 0, toDevice(dtype, inputs[i]!))
    }
    queue.submit([placement.encode()])
  }

  /** Copies outputs and new state to the host; after a failed check neither, and the device's state is set back. */
  #readBack({ readback, regions }: Placement, binding: Binding): number {
    const bytes = readback.getMappedRange()
    const places = regions.map(({ offset }) => offset)
    if (this.#manifest.checks.length > 0) {
      const status = new Int32Array(bytes, places.shift(), statusWords)
      if (status[0] !== 0) {
        binding.header.set(status)
        for (const cell of this.#updated()) this.#gpu.distrust(cell)
        return status[0]!
      }
    }
    for (const [i, { dtype }] of this.#manifest.outputs.entries()) {
      fromDevice(dtype, bytes, places.shift()!, binding.outputs[i]!)
    }
    const updated = this.#updated()
    for (const { dtype, offset, length } of updated) {
      fromDevice(dtype, bytes, places.shift()!, this.#store.view(dtype, offset, length))
    }
    binding.commit()
    for (const cell of updated) this.#gpu.agree(cell)
    return 0
  }
}
