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

  test('conditions, indices that are data, several folds', async () => {
    const kernels = [
      k.concatenated(),
      k.padded(),
      k.gathered('int32', true),
      k.gathered('int64', false),
      k.scattered(),
      k.standardized(),
    ]
    await agree(
      kernels,
      shapes.map(({ n, m }) => ({ n, m: Math.max(m, n) })),
      i => (i * 7) % 2,
    )
  })
  test('a failing check leaves its number, index and size in the frame', async () => {
    const kernel = k.gathered('int64', true)
    const run = await new Pack([kernel]).compile()
    const memory = (index: bigint) => [[new Float32Array(12), BigInt64Array.of(1n, 2n, index), new Float32Array(12)]]
    expect(() => run({ n: 3, m: 4 }, memory(0n))).not.toThrow()
    expect(() => run({ n: 3, m: 4 }, memory(3n))).toThrow('run gave 4: 4,3,3,0')
    expect(() => run({ n: 3, m: 4 }, memory(-1n))).toThrow('run gave 4: 4,-1,3,0')
    expect(() => run({ n: 3, m: 4 }, memory(2n ** 32n))).toThrow('run gave 4: 4,2147483647,3,0')
  })
  test('a kernel of 10,000 steps', async () => {
    await agree([k.longChain(10_000)], [{ n: 7 }])
  })
  test('contractions', async () => {
    const kernels = [
      k.matmul('float32'),
      k.matmul('float32', { left: true }),
      k.matmul('float32', { right: true, bias: true }),
      k.matmul('float32', { left: true, right: true }),
      k.matmul('float32', { out: true, bias: true }),
      k.matmul('float32', { batch: true }),
      k.matmul('float64', { bias: true }),
      k.matmul('int32', { bias: true }),
      k.matmul('int64', { left: true }),
      k.matmul('float32', { extents: ['n', 10, 'p'], bias: true }),
      k.matmul('float32', { extents: [7, 'm', 3] }),
      k.matmul('float32', { extents: [8, 16, 'p'] }),
      k.vectorProduct('float32'),
      k.vectorProduct('float64'),
    ]
    const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17]
    const bindings = sizes.flatMap((n, i) => [
      { n, m: sizes[(i + 3) % 11]!, p: sizes[(i + 7) % 11]!, q: 2 },
      { n: sizes[(i + 5) % 11]!, m: n, p: sizes[(i * 3) % 11]!, q: 1 },
    ])
    await agree(kernels, [...bindings, { n: 70, m: 19, p: 5, q: 2 }, { n: 130, m: 9, p: 33, q: 1 }])
  })
})
