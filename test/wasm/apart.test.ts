/** Tensors put together element by element, tiled or repeated, whose loops go by quotients and remainders. */
import { dim, exp, kron, repeat, setSubtensor, stack, tensor, tile, transpose } from 'damo'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { apart } from '../../wasm/apart.ts'
import { schedule } from '../../wasm/schedule.ts'
import { bitsOf, buffersFor, interpreted, Pack } from './pack.ts'

const n = dim('n')
const a = tensor('a', { shape: [n, 10] })
const b = tensor('b', { shape: [n, 10] })
const c = tensor('c', { shape: [5, 10] })
const d = tensor('d', { shape: [5, 10] })

const outputs = {
  two: stack([a, exp(b)], -1).reshape([n, 20]),
  three: stack([c, d, c.add(d)], -1).reshape([5, 30]),
  both: stack([stack([c, d], -1).reshape([5, 20]), stack([d, c], -1).reshape([5, 20])], 1).reshape([10, 20]),
  turned: transpose(stack([c, d], -1).reshape([5, 20])),
  five: stack([c, d, c, d, c.add(d)], 1).reshape([25, 10]),
  tiled: tile(c, [3, 2]),
  tiledRows: tile(a, [3, 1]),
  tiledByDim: tile(c, [n, 1]),
  tiledFlat: tile(c, [2, 2]).reshape([200]),
  product: kron(c, d),
  productRows: kron(a, c.at('0')),
  repeated: repeat(c, 3, 1),
  repeatedRows: repeat(a, 7, 0),
}

test('without a division, and with the same results', async () => {
  const kernels = Object.values(outputs).flatMap(output =>
    lowered({ inputs: [a, b, c, d], outputs: output, onUnusedInput: 'ignore' }).steps.flatMap(step =>
      'run' in step && 'stages' in step.run ? step.run : [],
    ),
  )
  expect(kernels.length).toBe(Object.keys(outputs).length)
  for (const kernel of kernels) expect(loopText(schedule(kernel)), kernel.label).not.toMatch(/\[[^\]]*(%|\/\/)/)
  const run = await new Pack(kernels).compile()
  for (const dims of [{ n: 0 }, { n: 1 }, { n: 7 }]) {
    const memory = kernels.map(kernel => buffersFor(kernel, dims, (_, i) => ((i * 7919) % 1000) / 100 - 5))
    const results = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      const expected = interpreted(kernel, dims, memory[i]!)
      for (const [at, array] of expected.entries()) expect(bitsOf(results[i]![at]!), kernel.label).toBe(bitsOf(array))
    }
  }
})

test('what is written backwards has all its turns', () => {
  const { steps } = lowered({ inputs: [c, d], outputs: setSubtensor(c.at('::-1, 8::-2'), d.at(':, :5')) })
  const kernels = steps.flatMap(step => ('run' in step && 'stages' in step.run ? step.run : []))
  expect(kernels.length).toBe(1)
  for (const { extent } of kernels.flatMap(kernel => apart(kernel).loops)) expect(extent).toBeGreaterThan(0)
})
