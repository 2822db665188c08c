import { describe, expect, test } from 'vitest'
import { withDim } from '../../frontend/kernel/collapse.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import type { DType } from '../../runtime/manifest.ts'
import { schedule } from '../../wasm/schedule.ts'
import { buffersFor, type Dims, interpreted } from '../wasm/pack.ts'
import * as k from './kernels.ts'
import { referenceOf } from './reference.ts'

const tame = (i: number) => ((i * 7919) % 1000) / 100 - 5

function check(kernel: Kernel, dims: Dims, fill: (i: number) => number = tame): void {
  const memory = buffersFor(kernel, dims, (_, i) => fill(i))
  const [got, expected] = [interpreted(kernel, dims, memory), referenceOf(kernel, dims, memory)]
  got.forEach((array, b) => {
    const float = kernel.buffers[b]!.dtype.startsWith('float')
    // Schedules add in an order of their own: a few roundings of sums as large as 30, whatever is left of them.
    const close = kernel.buffers[b]!.dtype === 'float64' ? 1e-12 : 1e-5
    array.forEach((value: number | bigint, i: number) => {
      const wanted = expected[b]![i]!
      const same =
        Object.is(value, wanted) ||
        (float && Math.abs(Number(value) - Number(wanted)) <= close * (1 + Math.abs(Number(wanted))))
      if (!same) expect.fail(`${kernel.label} ${JSON.stringify(dims)} b${b}[${i}]: ${value}, not ${wanted}`)
    })
  })
}

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]

describe('the interpreter of scheduled loops computes what the kernel means', () => {
  test('elementwise, broadcast, transposed loads', () => {
    for (const kernel of [k.chain(), k.addRow(), k.transposed()]) {
      for (const n of sizes) for (const m of [1, 3, 4, 17]) check(kernel, { n, m })
    }
  })
  test('rows of several stages, along both axes', () => {
    for (const kernel of [k.softmax(0), k.softmax(1)]) {
      for (const n of sizes) for (const m of [1, 5, 8, 33]) check(kernel, { n, m })
    }
  })
  test('as many columns as are known, down which stages keep values', () => {
    for (const m of [3, 4, 5, 6, 7, 9, 13, 16, 17, 18, 19, 20, 21, 33]) {
      const kernel = withDim(k.softmax(0, 1), 'm', m)
      expect(schedule(kernel).scratch.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^kept/))
      for (const n of [0, 1, 3]) check(kernel, { n, m })
    }
  })
  test.each(['float32', 'float64', 'int32', 'int64', 'uint8', 'int16', 'bool'] as DType[])('folds of %s', dtype => {
    const logical = dtype === 'bool'
    for (const op of logical
      ? (['and', 'or', 'argmax'] as const)
      : (['add', 'mul', 'max', 'min', 'argmax', 'argmin'] as const)) {
      const located = op.startsWith('arg')
      const kernels = ([[0], [1], [0, 1]] as const).map(axes =>
        k.reduced(op, dtype, axes, dtype, located ? 'int32' : dtype),
      )
      for (const kernel of kernels) {
        for (const [n, m] of [
          [1, 1],
          [3, 4],
          [5, 9],
          [17, 6],
          [2, 40],
        ]) {
          check(kernel, { n: n!, m: m! }, i =>
            logical ? (i % 7 === 3 ? 1 : 0) : dtype === 'uint8' ? i % 11 : (((i * 7919) % 23) - 11) / 4,
          )
        }
      }
    }
  })
  test('ranges split where conditions change', () => {
    for (const kernel of [k.concatenated(), k.padded()])
      for (const n of sizes) for (const m of sizes) check(kernel, { n, m })
  })
  test('indices that are data', () => {
    for (const kernel of [k.gathered('int32', true), k.gathered('int64', false), k.scattered()]) {
      for (const n of sizes)
        for (const m of [4, 5, 17]) check(kernel, { n, m }, i => (i * 7) % Math.max(1, Math.min(n, m)))
    }
  })
  test('several folds and outputs', () => {
    for (const kernel of [k.standardized()])
      for (const n of [1, 4, 9]) for (const m of sizes.slice(2)) check(kernel, { n, m })
  })
  test('a failing check says which index', () => {
    const kernel = k.gathered('int64', true)
    const buffers = [new Float32Array(12), BigInt64Array.of(1n, 2n, 3n), new Float32Array(12)]
    expect(() => interpreted(kernel, { n: 3, m: 4 }, buffers)).toThrow('check 3: 3 is not below 3')
    buffers[1] = BigInt64Array.of(1n, -1n, 2n ** 32n)
    expect(() => interpreted(kernel, { n: 3, m: 4 }, buffers)).toThrow('check 3: -1 is not below 3')
  })
  test('argmax finds the first of equals, and the first NaN', () => {
    const kernel = k.reduced('argmax', 'float32', [1], 'float32', 'int32')
    const rows = [
      [1, 3, 3, 2, 3, 0, 0, 0, 3],
      [1, Number.NaN, 3, 2, 3, 0, Number.NaN, 9, 9],
      Array(9).fill(-Infinity),
      [-Infinity, -5, -5, -7, -5, -5, -6, -6, -5],
    ]
    const [, result] = interpreted(kernel, { n: 4, m: 9 }, [Float32Array.from(rows.flat()), new Int32Array(4)])
    expect([...result!]).toEqual([1, 1, 0, 1])
  })
  test('empty folds give the identity', () => {
    const values = (['add', 'mul', 'max', 'min'] as const).map(op => {
      const [, result] = interpreted(k.reduced(op, 'float32', [1]), { n: 1, m: 0 }, [
        new Float32Array(0),
        Float32Array.of(7),
      ])
      return result![0]
    })
    expect(values).toEqual([0, 1, -Infinity, Infinity])
  })
  test.each([
    {},
    { left: true },
    { right: true },
    { left: true, right: true, bias: true },
    { out: true },
    { batch: true, bias: true },
  ])('contraction %o', options => {
    const kernel = k.matmul('float32', options)
    for (const n of sizes) for (const m of sizes) check(kernel, { n, m, p: (n * 5 + m * 3) % 18, q: 2 })
  })
  test.each(['float32', 'float64'] as DType[])('a vector times a matrix, of %s', dtype => {
    for (const m of sizes) for (const p of [0, 1, 8, 9, 40]) check(k.vectorProduct(dtype), { m, p })
  })
  test.each(['float64', 'int32', 'int64'] as DType[])('contraction of %s', dtype => {
    const kernel = k.matmul(dtype, { bias: true })
    for (const n of sizes) for (const m of [1, 4, 6, 17]) check(kernel, { n, m, p: 9 })
  })
})
