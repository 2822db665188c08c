/** Contractions that leave out the zeros around an image: never where a zero is to meet an infinity or a NaN. */
import { array, compile, grad, interpreter, ones, square, sum, tensor4 } from 'damo'
import { conv2d } from 'damo/nn'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/models.ts'
import { loopInterpreter } from '../targets.ts'

const images = [16, 9, 5, 5] as const
const filters = [8, 9, 3, 3] as const
const x = tensor4('x', { shape: images })
const w = tensor4('w', { shape: filters })
const dy = tensor4('dy', { shape: [16, 8, 5, 5] })
const y = conv2d(x, w, { padding: 1 })
const spec = { inputs: { x, w, dy }, outputs: { y, dx: grad(sum(y.mul(dy)), x) } }
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

test('both ways stand in the kernel, for its call to choose', () => {
  const kernels = lowered({ inputs: [x, w], outputs: { y: square(y) } }).steps.flatMap(step =>
    'run' in step ? (step.run as Kernel) : [],
  )
  expect(JSON.stringify(kernels.map(kernel => schedule(kernel).body))).toContain('finite')
})

test.each([1, Number.POSITIVE_INFINITY, Number.NaN])(
  'a filter with %d is what the interpreter makes of it',
  async odd => {
    const weights = noise(size(filters), 1, 2)
    weights[4] = odd
    const values = {
      x: array(noise(size(images), 1, 1), { shape: images }),
      w: array(weights, { shape: filters }),
      dy: array(noise(size(dy.shape as number[]), 1, 3), { shape: dy.shape as number[] }),
    }
    const [exact, loops] = await Promise.all(
      [interpreter(), loopInterpreter()].map(target => compile(spec, { target })),
    )
    const [expected, actual] = [exact!.runSync(values as never), loops!.runSync(values as never)]
    for (const name of ['y', 'dx'] as const) {
      const [a, b] = [expected[name].data, actual[name].data]
      const nowhere = [...a].findIndex((value, i) => !(Math.abs(value - b[i]!) < 1e-4 || Object.is(value, b[i])))
      expect(nowhere, `${name}: ${a[nowhere]} and ${b[nowhere]}`).toBe(-1)
    }
  },
)

test('constant filters', async () => {
  const given = { x: array(noise(size(images), 1, 1), { shape: images }) }
  const spec = { inputs: { x }, outputs: { y: conv2d(x, ones(filters), { padding: 1 }) } }
  const [exact, loops] = await Promise.all([interpreter(), loopInterpreter()].map(target => compile(spec, { target })))
  const [expected, actual] = [exact!.runSync(given).y.data, loops!.runSync(given).y.data]
  expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5)
})
