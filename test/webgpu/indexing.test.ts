/** Writing by indices on a device whose invocations do not write to places that are data. */
import { compile, grad, incSubtensor, matrix, setSubtensor, shared, square, sum, tensor } from 'damo'
import { embedding } from 'damo/nn'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { gpuOrSkip } from './device.ts'

const ids = tensor('ids', { dtype: 'int32', shape: ['n'] })

test('the rows of a table that were read are updated, those twice that were read twice', async context => {
  const W = shared(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    'W',
  )
  const loss = sum(square(embedding(W, ids)))
  const spec = { inputs: { ids }, outputs: { loss }, updates: [[W, W.sub(grad(loss, W).mul(0.25))]] as const }
  const step = await compile(spec, { target: webgpu({ gpu: await gpuOrSkip(context) }) })
  const after = [
    [0, 0],
    [3, 4],
    [2.5, 3],
  ]
  await step({ ids: [0, -1, 0] })
  expect(step.state.get('W').tolist()).toEqual(after)
  await expect(step({ ids: [1, -4] })).rejects.toThrow(/index -4, size 3/)
  expect(step.state.get('W').tolist()).toEqual(after)
})

test('of several values for one place the last stays, and sums come in order', async context => {
  const [x, y] = [matrix('x', { shape: [4, 2] }), matrix('y', { shape: ['n', 2] })]
  const spec = {
    inputs: { x, y, ids },
    outputs: { set: setSubtensor(x.at(ids), y), inc: incSubtensor(x.at(':, $', [1, 1]), 1) },
  }
  const f = await compile(spec, { target: webgpu({ gpu: await gpuOrSkip(context) }) })
  const zeros = Array.from({ length: 4 }, () => [0, 0])
  const values = [
    [1, 2],
    [3, 4],
    [5, 6],
  ]
  const { set, inc } = await f({ x: zeros, y: values, ids: [2, 0, 2] })
  expect(set.tolist()).toEqual([
    [3, 4],
    [0, 0],
    [5, 6],
    [0, 0],
  ])
  expect(inc.tolist()).toEqual(zeros.map(() => [0, 2]))
})
