/** Products of square matrices. */
import type { Tasks } from '../tasks.ts'
import { aheadOfInference, gigaflops, type Row } from './row.ts'

function product(n: number, atLeast: number, transposed?: Tasks['product']['transposed']): Row {
  const suffix = transposed ? ` ${transposed}T` : ''
  return {
    name: `gemm ${n}${suffix}`,
    task: { kind: 'product', n, ...(transposed && { transposed }) },
    atLeast,
    atLeastOf: aheadOfInference,
    ...gigaflops(2 * n ** 3),
  }
}

const integers = (n: number, bits: 7 | 8): Row => ({
  name: `gemm ${n}, ${bits === 7 ? '7-bit ' : ''}uint8 by int8`,
  task: { kind: 'integers', n, bits },
  atLeast: 1.1,
  tolerance: 0,
  ...gigaflops(2 * n ** 3),
})

export const products: readonly Row[] = [
  product(64, 3),
  product(128, 1.7),
  product(256, 1.5),
  product(512, 1.5),
  product(512, 1.5, 'left'),
  product(512, 1.5, 'right'),
  product(1024, 1.5),
  integers(256, 8),
  integers(1024, 8),
  integers(256, 7),
  integers(1024, 7),
]
