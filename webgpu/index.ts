/** The target that runs programs on a GPU. */
import type { Target } from '../frontend/kernel/target.ts'
import { Gpu, type GpuOptions } from '../runtime/gpu.ts'
import { Store } from '../runtime/store.ts'
import { instantiateWgsl } from '../runtime/webgpu.ts'
import { refuseTypes } from './refuse.ts'
import { withoutScatters } from './scatter.ts'
import { explain, translate } from './translate.ts'

export type { GpuOptions } from '../runtime/gpu.ts'

/**
 * A target that compiles to WGSL and runs it on `device`, or on a device that it asks `gpu` for (by default
 * `navigator.gpu`) and keeps: programs compiled with one target share it. Calls are asynchronous; `runSync` refuses.
 * Values are float32, int32, uint32, smaller integers or bool: another dtype is an error that names the line. Results
 * agree with other targets within the ops' declared ulp, not bit for bit.
 */
export function webgpu(options: GpuOptions = {}): Target {
  let opened: Promise<Gpu> | undefined
  const open = () => {
    opened ??= Gpu.open(options).catch(error => {
      opened = undefined
      throw error
    })
    return opened
  }
  return {
    name: 'webgpu',
    prepare: withoutScatters,
    explain,
    build: async (graph, lower, { store = new Store() }) => {
      refuseTypes(graph)
      const program = lower()
      const { manifest, code } = await translate(program)
      return instantiateWgsl(manifest, code, program.weights, store, await open())
    },
  }
}
