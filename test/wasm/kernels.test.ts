import { describe, expect, test } from 'vitest'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import * as k from '../kernel/kernels.ts'
import { bitsOf, buffersFor, type Dims, interpreted, Pack } from './pack.ts'

const tame = (i: number) => ((i * 7919) % 1000) / 100 - 5

async function agree(kernels: readonly Kernel[], bindings: readonly Dims[], fill = tame): Promise<void> {
  const run = await new Pack(kernels).compile()
  for (const dims of bindings) {
    const memory = kernels.map(kernel => buffersFor(kernel, dims, (_, i) => fill(i)))
    const results = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      const expected = interpreted(kernel, dims, memory[i]!)
      for (const [b, array] of expected.entries()) {
        expect(bitsOf(results[i]![b]!), `${kernel.label} ${JSON.stringify(dims)} b${b}`).toBe(bitsOf(array))
      }
    }
  }
}

const shapes = [
  [0, 0],
  [0, 3],
  [3, 0],
  [1, 1],
  [2, 3],
  [3, 4],
  [5, 7],
  [4, 16],
  [17, 33],
  [9, 65],
].map(([n, m]) => ({ n: n!, m: m! }))

describe('simd128 equals the kernel interpreter bit for bit', () => {
  test('elementwise, rows, columns, folds', async () => {
    await agree(
      [
        k.chain(),
        k.addRow(),
        k.transposed(),
        k.softmax(1),
        k.softmax(0),
        k.reduced('add', 'float32', [0, 1], 'float64'),
        k.reduced('add', 'float32', [0], 'float64'),
        k.reduced('add', 'float32', [1], 'float64'),
      ],
      shapes,
    )
  })
})
