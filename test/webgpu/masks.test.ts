/** What a mask chooses, reduced on a device, which has neither sorts nor running sums. */
import { argmax, argmin, compile, gt, matrix, max, mean, median, min, quantile, std, sum, type Tensor } from 'damo'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { gpuOrSkip } from './device.ts'

const x = matrix('x', { shape: ['n', 3] })
const chosen = x.at(gt(x, 1))
const rows = { x: [[0.5, 4, 1.5], [3, -2, 9], [0, 1, 2]] } // biome-ignore format: a matrix

const onDevice: Readonly<Record<string, Tensor>> = {
  sum: sum(chosen),
  max: max(chosen),
  min: min(chosen),
  mean: mean(chosen),
  std: std(chosen),
}

test.for(Object.entries(onDevice))('%s of what a mask chooses', async ([, y], context) => {
  const f = await compile({ inputs: { x }, outputs: y }, { target: webgpu({ gpu: await gpuOrSkip(context) }) })
  expect((await f(rows)).item()).toBeCloseTo(Number(y.eval(rows).item()), 6)
})

test.for([
  ['argmax', argmax(chosen)],
  ['argmin', argmin(chosen)],
  ['median', median(chosen)],
  ['quantile', quantile(chosen, 0.25)],
] as const)('%s is refused by name, with its line', async ([name, y], context) => {
  const target = webgpu({ gpu: await gpuOrSkip(context) })
  const compiled = compile({ inputs: { x }, outputs: y }, { target })
  await expect(compiled).rejects.toThrow(new RegExp(`${name} has no form in WGSL: .* built at masks.test.ts:`))
})
