/** Long chains: nothing recurses, kernels stay small, and above a stated limit an error names it. */
import { compile, interpreter, type Tensor, vector } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { loopInterpreter } from '../targets.ts'

/** x through alternating products and sums, `length` nodes long. */
function chain(length: number) {
  const x = vector('x')
  let y: Tensor = x
  for (let i = 0; i < length / 2; i++) y = y.mul(1.0001).add(0.0001)
  return { inputs: { x }, outputs: { y } }
}

test('10,000 nodes compile and run right', async () => {
  const spec = chain(10_000)
  const x = Float32Array.of(0, 1, -2, 3.5, 1e-3)
  const results = []
  for (const target of [interpreter(), loopInterpreter(), wasm()]) {
    const { y } = (await compile(spec, { target })).runSync({ x })
    results.push(y.data)
  }
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})

test('100,000 nodes become kernels within a minute and 2 GB', () => {
  const before = process.cpuUsage()
  const { steps } = lowered(chain(100_000))
  const { user, system } = process.cpuUsage(before)
  console.log(`100,000 nodes: ${steps.length} kernels, ${((user + system) / 1e6).toFixed(1)} s of processor time`)
  expect((user + system) / 1e6).toBeLessThan(60)
  expect(process.memoryUsage().rss).toBeLessThan(2e9)
})

test('more than 200,000 nodes are refused', () => {
  expect(() => lowered(chain(200_002))).toThrow(/200002 nodes are more than the limit of 200000/)
})
