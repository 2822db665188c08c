/** Tiles for engines that join vectors are wider, and their results the same bits. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { array, compile, type DType, matmul, matrix, tensor4 } from 'damo'
import { conv2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { isCall } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import { nodeHere, nodeOfRecord } from '../bench/install.ts'

function spec(dtype: DType) {
  const [a, b] = [matrix('a', { dtype, shape: ['m', 'k'] }), matrix('b', { dtype, shape: ['k', 'n'] })]
  const [x, w] = [tensor4('x', { dtype, shape: [2, 3, 9, 'n'] }), tensor4('w', { dtype, shape: [5, 3, 2, 3] })]
  return { inputs: { a, b, x, w }, outputs: { product: matmul(a, b).add(1), maps: conv2d(x, w) } }
}

const filled = (dtype: DType, shape: readonly number[]) => {
  const values = Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, i) => Math.sin(i * 7) / 3)
  return array(values, { dtype, shape })
}

test.each(['float32', 'float64'] as const)('%s', async dtype => {
  const compiled = (vectorBits: 128 | 256) =>
    compile(spec(dtype), { target: wasm({ vectorBits, numerics: 'reproducible' }) })
  const [narrow, wide] = [await compiled(128), await compiled(256)]
  for (const [m, k, n] of [
    [5, 7, 9],
    [16, 300, 16],
    [9, 8, 31],
    [1, 4, 33],
    [64, 33, 47],
  ] as const) {
    const given = {
      a: filled(dtype, [m, k]),
      b: filled(dtype, [k, n]),
      x: filled(dtype, [2, 3, 9, n]),
      w: filled(dtype, [5, 3, 2, 3]),
    }
    const [result, expected] = [await wide(given as never), await narrow(given as never)]
    expect(result.product.data, `product ${m} ${k} ${n}`).toEqual(expected.product.data)
    expect(result.maps.data, `maps ${m} ${k} ${n}`).toEqual(expected.maps.data)
  }
})

const root = fileURLToPath(new URL('../..', import.meta.url))

test('products, convolutions and steps of networks have the same bits where V8 joins vectors', async context => {
  const node = nodeHere(nodeOfRecord)
  if (node === undefined) return context.skip(`Node ${nodeOfRecord} is not here: npm run bench installs it`)
  const hashes = async (bits: 128 | 256, ...flags: string[]) => {
    const script = ['-C', 'damo-source', '--import', 'tsx', 'test/wasm/revectorized.ts', String(bits)]
    const { stdout } = await promisify(execFile)(node, [...flags, ...script], { cwd: root })
    return JSON.parse(stdout) as Record<string, number>
  }
  const flag = '--experimental-wasm-revectorize'
  const expected = await hashes(128)
  expect(new Set(Object.values(expected)).size).toBe(Object.keys(expected).length)
  expect(await hashes(256, flag)).toEqual(expected)
  expect(await hashes(128, flag)).toEqual(expected)
})

test('tiles are twice as wide', () => {
  const [a, b] = [matrix('a', { shape: [64, 64] }), matrix('b', { shape: [64, 64] })]
  const [step] = lowered({ inputs: { a, b }, outputs: { y: matmul(a, b) } }).steps
  if (!step || 'repeat' in step || isCall(step.run)) throw new Error('one kernel')
  const { run } = step
  const sums = (vectorBits?: 128 | 256) => loopText(schedule(run, { vectorBits })).match(/fma|= .* \* .* \+/g)!.length
  expect(sums()).toBe(sums(128))
  expect(sums(256)).toBe(2 * sums(128))
})

test('other widths are refused', () => {
  expect(() => wasm({ vectorBits: 512 as never })).toThrow('vectorBits to be 128 or 256')
})
