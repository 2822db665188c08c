import { explain } from 'damo'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { translate } from '../../webgpu/translate.ts'
import { samples } from './graphs.ts'

test.each(Object.entries(samples))('the WGSL of %s', async (name, sample) => {
  const { code, manifest } = await translate(lowered(sample.program))
  await expect(code).toMatchFileSnapshot(`../golden/webgpu/${name}.wgsl`)
  // One kernel each: softmax is not three.
  expect(manifest.steps.length).toBe(1)
})

test('equal programs give the same text', async () => {
  const [first, second] = await Promise.all([1, 2].map(() => translate(lowered(samples.softmax!.program))))
  expect(second).toEqual(first)
})

test('explain shows loops and code, without a device', () => {
  const text = explain(samples.matmul!.program, { target: webgpu() })
  expect(text).toContain('parallel w2 from 0 to')
  expect(text).toContain('shared rows: float32[256]')
  expect(text).toContain('@compute @workgroup_size(256)')
})
