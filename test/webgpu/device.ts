/**
 * A WebGPU adapter for tests: npm's `webgpu` (Dawn) on the software renderer that comes with Chromium, or on whatever
 * Vulkan finds where that is not installed.
 */
import { existsSync } from 'node:fs'
import type { TestContext } from 'vitest'

const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json'

let opened: Promise<{ gpu: GPU; adapter: GPUAdapter | null } | Error> | undefined

async function open() {
  if (existsSync(softwareDriver)) process.env.VK_ICD_FILENAMES ??= softwareDriver
  try {
    const { create } = await import('webgpu')
    // Kept for good: devices die with the object that they came from.
    const gpu = create([])
    return { gpu, adapter: await gpu.requestAdapter() }
  } catch (error) {
    return error as Error
  }
}

/** A GPU object with an adapter; skips the test, saying why, where there is none. */
export async function gpuOrSkip(context: TestContext): Promise<GPU> {
  opened ??= open()
  const found = await opened
  if (found instanceof Error) return context.skip(`npm's webgpu cannot be loaded: ${found.message.split('\n')[0]}`)
  if (!found.adapter) return context.skip('no WebGPU adapter: Vulkan finds no driver here, not even a software one')
  return found.gpu
}
