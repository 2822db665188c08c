import { describe, expect, test } from 'vitest'
import { loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import * as k from '../kernel/kernels.ts'
import { bitsOf, buffersFor, interpreted, Pack } from './pack.ts'

describe('simd128 equals the kernel interpreter bit for bit', () => {
  test('elementwise, rows, columns, folds', async () => {
    const kernels = [
      k.chain(),
      k.addRow(),
      k.transposed(),
      k.softmax(1),
      k.softmax(0),
      k.reduced('add', 'float32', [0, 1], 'float64'),
      k.reduced('add', 'float32', [0], 'float64'),
      k.reduced('add', 'float32', [1], 'float64'),
    ]
    const pack = new Pack(kernels)
    if (process.env.SHOW) console.log(pack.source, kernels.map(kernel => loopText(schedule(kernel))).join('\n'))
    const run = await pack.compile()
    for (const [n, m] of [
      [0, 0],
      [1, 1],
      [2, 3],
      [3, 4],
      [5, 7],
      [4, 16],
      [17, 33],
      [9, 65],
    ]) {
      const dims = { n: n!, m: m! }
      const memory = kernels.map(kernel => buffersFor(kernel, dims, (_, i) => ((i * 7919) % 1000) / 100 - 5))
      const results = run(dims, memory)
      kernels.forEach((kernel, i) => {
        const expected = interpreted(kernel, dims, memory[i]!)
        expected.forEach((array, b) =>
          expect(bitsOf(results[i]![b]!), `${kernel.label} ${n}x${m} b${b}`).toBe(bitsOf(array)),
        )
      })
    }
  })
})
