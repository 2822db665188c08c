import { compile, dim, grad, interpreter, matrix, type NDArray, shared, tensor3 } from 'damo'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { rnn } from '../frontend/rnn.ts'
import { gpuOrSkip } from './device.ts'

const near = (value: unknown): unknown => (Array.isArray(value) ? value.map(near) : expect.closeTo(Number(value), 4))

test('a recurrent net and its gradients, at several lengths', async context => {
  const gpu = await gpuOrSkip(context)
  const [n, batch] = [dim('n'), dim('batch')]
  const [xs, h0] = [tensor3('xs', { shape: [n, batch, 3] }), matrix('h0', { shape: [batch, 2] })]
  const W = shared(
    [
      [0.5, -0.4],
      [0.2, 0.7],
      [-0.6, 0.3],
    ],
    'W',
  )
  const U = shared(
    [
      [0.8, -0.5],
      [0.4, 0.9],
    ],
    'U',
  )
  const { carry, outputs } = rnn(xs, h0, W, U)
  const [gx, gU] = grad(outputs.mul(outputs).sum().add(carry.sum()), [xs, U])
  const spec = { inputs: { xs, h0 }, outputs: { carry, outputs, gx: gx!, gU: gU! } }
  const [f, oracle] = [await compile(spec, { target: webgpu({ gpu }) }), await compile(spec, { target: interpreter() })]
  for (const steps of [1, 4, 7]) {
    const values = {
      xs: Array.from({ length: steps }, (_, t) => [[0, 1, 2].map(i => Math.sin(3 * t + i))]),
      h0: [[0.1, -0.2]],
    }
    const [found, wanted] = [await f(values), await oracle(values)] as unknown as Record<string, NDArray>[]
    for (const [name, array] of Object.entries(wanted!))
      expect(found![name]!.tolist(), name).toEqual(near(array.tolist()))
  }
})
