import { expect, test } from 'vitest'
import { bitsOf, buffersFor, interpreted, Pack } from '../wasm/pack.ts'
import { randomFrom, randomKernel } from './random.ts'
import { referenceOf } from './reference.ts'

const seeds = Array.from({ length: 60 }, (_, i) => i)
const bindings = [
  { n: 1, m: 1, p: 1 },
  { n: 5, m: 7, p: 4 },
  { n: 9, m: 4, p: 17 },
  { n: 0, m: 3, p: 2 },
  { n: 2, m: 19, p: 0 },
]

const fill = (seed: number) => {
  const random = randomFrom(seed)
  return () => Math.floor(random() * 17) - 8
}

test('random kernels mean the same when scheduled, and the same bits in wasm', async () => {
  // Small whole numbers: no rounding, so that the order of sums does not show. A power of them may grow, so floats are compared nearly.
  const kernels = seeds.map(randomKernel)
  const run = await new Pack(kernels).compile()
  for (const dims of bindings) {
    const memory = kernels.map((kernel, i) => buffersFor(kernel, dims, fill(i)))
    const compiled = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      const where = `${kernel.label} at ${JSON.stringify(dims)}`
      const result = kernel.buffers.length - 1
      const [got, meant] = [
        interpreted(kernel, dims, memory[i]!)[result]!,
        referenceOf(kernel, dims, memory[i]!)[result]!,
      ]
      expect(bitsOf(compiled[i]![result]!), where).toBe(bitsOf(got))
      got.forEach((value: number | bigint, at: number) => {
        const wanted = Number(meant[at])
        const near =
          Object.is(Number(value), wanted) || Math.abs(Number(value) - wanted) <= 1e-5 * (1 + Math.abs(wanted))
        if (!near && !(value !== value && wanted !== wanted)) expect.fail(`${where} [${at}]: ${value}, not ${wanted}`)
      })
    }
  }
})
