/** Writing by indices on a device whose invocations do not write to places that are data. */
import {
  compile,
  grad,
  incSubtensor,
  matrix,
  scalar,
  setSubtensor,
  shared,
  slice,
  square,
  sum,
  tensor,
  vector,
} from 'damo'
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
  await expect(step({ ids: [1, -4] })).rejects.toThrow(/index -4 is out of range for size 3/)
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

test('a call tells bounds and step of a slice, of any sign', async context => {
  const x = vector('x')
  const [i, j, k] = ['i', 'j', 'k'].map(name => scalar(name, { dtype: 'int32' }))
  const part = x.at(slice(i!, j!, k!))
  const outputs = { part, gradient: grad(sum(square(part)), x), set: setSubtensor(part, 7), inc: incSubtensor(part, 1) }
  const f = await compile(
    { inputs: { x, i: i!, j: j!, k: k! }, outputs },
    { target: webgpu({ gpu: await gpuOrSkip(context) }) },
  )
  const call = async (i: number, j: number, k: number) =>
    Object.values(await f({ x: [1, 2, 3, 4, 5], i, j, k })).map(y => y.tolist())
  expect(await call(-1, -100, -2)).toEqual([
    [5, 3, 1],
    [2, 0, 6, 0, 10],
    [7, 2, 7, 4, 7],
    [2, 2, 4, 4, 6],
  ])
  expect(await call(1, 100, 3)).toEqual([
    [2, 5],
    [0, 4, 0, 0, 10],
    [1, 7, 3, 4, 7],
    [1, 3, 3, 4, 6],
  ])
  await expect(call(0, 1, 0)).rejects.toThrow(/takes no slice whose step is 0/)
})
