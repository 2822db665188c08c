/** Rows side by side, which read a factor that they have in common once. */
import { array, compile, exp, matrix, sum, type Tensor, vector } from 'damo'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { isCall, type Kernel } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { verifyLoops } from '../../frontend/kernel/verify.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/noise.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

const x = matrix('x', { shape: ['n', 'm'] })
const [v, scale] = [vector('v', { shape: ['m'] }), vector('scale', { shape: ['n'] })]
const inputs = { x, v, scale }
const spec = (z: Tensor) => ({ inputs, outputs: { z }, onUnusedInput: 'ignore' })
const kernelOf = (z: Tensor): Kernel =>
  lowered(spec(z) as never)
    .steps.flatMap(step => ('run' in step && !isCall(step.run) ? [step.run] : []))
    .at(-1)!

const product = x.matmul(v)

test.each([
  ['a product', product],
  ['with what follows', product.add(scale).mul(2)],
  ['of a difference', x.sub(v).matmul(v)],
])('%s is shared by blocks of bands', (_, z) => {
  const program = schedule(kernelOf(z))
  verifyLoops(program)
  expect(loopText(program)).toContain('for i0.row')
  const shared = sharedPieces(program)!.flatMap(piece => (piece.kind === 'shared' ? [piece.loop.name] : []))
  expect(shared.slice(0, 2)).toEqual(['i0.block', 'i0'])
})

test.each([
  ['sums of float64', x.mul(v).sum({ axis: 1 })],
  ['what is long to compute', exp(x).matmul(v)],
  ['rows with nothing in common', sum(x, { axis: 1 })],
])('%s are not side by side', (_, z) => {
  expect(loopText(schedule(kernelOf(z)))).not.toContain('i0.row')
})

test('the bits of a row alone, and those of any number of threads', async () => {
  const z = product.add(scale)
  const loops = await compile({ inputs, outputs: { z } }, { target: loopInterpreter() })
  const threads = await compile({ inputs, outputs: { z } }, { target: sharedLoops(2) })
  const [most, m] = [1111, 37]
  const [values, weights, added] = [noise(most * m, 1, 1), noise(m, 1, 2), noise(most, 1, 3)]
  const given = (from: number, n: number) => ({
    x: array(values.slice(m * from, m * (from + n)), { shape: [n, m] }),
    v: weights,
    scale: added.slice(from, from + n),
  })
  const alone: number[] = []
  for (let row = 0; row < most; row++) alone.push(...((await loops(given(row, 1) as never)).z!.data as Float32Array))
  for (const n of [0, 3, 4, 511, 512, 519, most]) {
    expect([...(await loops(given(0, n) as never)).z!.data], `${n}`).toEqual(alone.slice(0, n))
    expect([...(await threads(given(0, n) as never)).z!.data], `${n}`).toEqual(alone.slice(0, n))
  }
})
