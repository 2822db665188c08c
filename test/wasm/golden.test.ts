import { describe, expect, test } from 'vitest'
import { kernelText, loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import * as k from '../kernel/kernels.ts'
import { Pack } from './pack.ts'

const programs = {
  chain: k.chain(),
  transposed: k.transposed(),
  'softmax-rows': k.softmax(1),
  'sum-columns': k.reduced('add', 'float32', [0], 'float64'),
  argmax: k.reduced('argmax', 'float32', [1], 'float32', 'int32'),
  matmul: k.matmul('float32', { bias: true, extents: ['n', 10, 784] }),
  concatenate: k.concatenated(),
  gather: k.gathered('int64', true),
}

describe.each(Object.entries(programs))('%s', (name, kernel) => {
  test('as a kernel and as loops', async () => {
    await expect(`${kernelText(kernel)}\n${loopText(schedule(kernel))}`).toMatchFileSnapshot(
      `../golden/kernel/${name}.txt`,
    )
  })
  test('as C++', async () => {
    await expect(new Pack([kernel]).source).toMatchFileSnapshot(`../golden/wasm/${name}.cpp`)
  })
})
