import { describe, expect, test } from 'vitest'
import { Builder, hashText, nameKernel } from '../../frontend/kernel/build.ts'
import { collapse } from '../../frontend/kernel/collapse.ts'
import { scalarOperation } from '../../frontend/kernel/functions.ts'
import { conversion } from '../../frontend/kernel/scalar.ts'
import * as k from './kernels.ts'

describe('a builder', () => {
  const b = new k.Draft(name => ({ i: 'n', j: 4 })[name])
  test('makes equal expressions one object', () => {
    const sum = () => b.call('add', 'float32', b.load('float32', 0, 'i'), b.constant('float32', 1))
    expect(sum()).toBe(sum())
    expect(b.constant('float32', 0)).not.toBe(b.constant('float32', -0))
    expect(b.constant('float32', 1)).not.toBe(b.constant('float64', 1))
  })
  test('folds constants as compiled code would', () => {
    const value = b.call('add', 'float32', b.constant('float32', 0.1), b.constant('float32', 0.2))
    expect(value).toBe(b.constant('float32', Math.fround(Math.fround(0.1) + Math.fround(0.2))))
    expect(b.call('mul', 'int32', b.constant('int32', 65536), b.constant('int32', 65537))).toBe(
      b.constant('int32', 65536),
    )
    expect(b.call('add', 'int8', b.constant('int8', 127), b.constant('int8', 1))).toBe(b.constant('int8', -128))
  })
  test('drops conditions that ranges decide', () => {
    const [yes, no] = [b.load('float32', 0, 'j'), b.constant('float32', 0)]
    expect(b.guard([{ relation: '<', left: 'j', right: 4 }], yes, no)).toBe(yes)
    expect(b.guard([{ relation: '<', left: 'i', right: 'n' }], yes, no)).toBe(yes)
    expect(b.guard([{ relation: '<=', left: 4, right: 'j' }], yes, no)).toBe(no)
    expect(b.guard([{ relation: '==', left: 'j', right: 7 }], yes, no)).toBe(no)
    expect(b.guard([{ relation: '<', left: 'j', right: 2 }], yes, no).kind).toBe('guard')
  })
  test('refuses expressions of another', () => {
    expect(() => b.call('neg', 'float32', new Builder().load('float32', 0, 0))).toThrow('another builder')
  })
})

describe('names of kernels', () => {
  test('are equal for equal kernels alone', () => {
    expect(k.chain().name).toBe(k.chain().name)
    const names = [k.chain(), k.addRow(), k.transposed(), k.softmax(0), k.softmax(1), k.matmul('float32')].map(
      ({ name }) => name,
    )
    expect(new Set(names).size).toBe(names.length)
    const { name: _, ...parts } = k.chain()
    expect(nameKernel({ ...parts, dims: ['n', 'm'] }).name).not.toBe(k.chain().name)
  })
  test('spread over 64 bits', () => {
    const hashes = Array.from({ length: 2000 }, (_, i) => hashText(`kernel ${i}`))
    expect(new Set(hashes).size).toBe(2000)
    expect(hashes.every(hash => /^[0-9a-f]{16}$/.test(hash))).toBe(true)
  })
})

describe('collapse', () => {
  test('merges loops that memory runs through', () => {
    expect(collapse(k.reduced('add', 'float32', [0, 1])).stages[0]!.loops).toEqual([
      { name: 'j', extent: ['*', 'm', 'n'] },
    ])
    expect(collapse(k.addRow()).loops.length).toBe(2)
    expect(collapse(k.transposed()).loops.length).toBe(2)
  })
  test('drops loops of one iteration', () => {
    const kernel = collapse(k.matmul('float32', { extents: [1, 'm', 'p'] }))
    expect(kernel.loops.map(({ name }) => name)).toEqual(['j'])
    expect(kernel.stages[0]!.contraction!.rows).toEqual([])
  })
})

describe('arithmetic of one element', () => {
  test('converts as compiled code does', () => {
    const cases: [Parameters<typeof conversion>, (number | bigint)[], (number | bigint)[]][] = [
      [
        ['float32', 'int32'],
        [1.9, -1.9, Number.NaN, 3e9, -3e9],
        [1, -1, 0, 2147483647, -2147483648],
      ],
      [
        ['float32', 'uint8'],
        [-1, 255.9, 256, Number.NaN],
        [0, 255, 255, 0],
      ],
      [
        ['float64', 'int64'],
        [-1.5, 1e19, -1e19, Number.NaN],
        [-1n, 2n ** 63n - 1n, -(2n ** 63n), 0n],
      ],
      [
        ['int64', 'int8'],
        [130n, -129n, 2n ** 40n + 5n],
        [-126, 127, 5],
      ],
      [
        ['int32', 'bool'],
        [0, 2, -1],
        [0, 1, 1],
      ],
      [
        ['float32', 'bool'],
        [0, -0, Number.NaN, 0.5],
        [0, 0, 1, 1],
      ],
      // Rounding through float64 would give the neighbour below.
      [
        ['int64', 'float32'],
        [(1n << 60n) + (1n << 36n) + 1n, 16777217n, -5n],
        [2 ** 60 + 2 ** 37, 16777216, -5],
      ],
      [
        ['float32', 'float16'],
        [65519, 65520, 1 + 2 ** -11, 2 ** -25],
        [65504, Infinity, 1, 0],
      ],
    ]
    for (const [[from, to], values, expected] of cases)
      expect(values.map(conversion(from, to)), `${from} ${to}`).toEqual(expected)
  })
  test('runs the body of a derived op in its own precision', () => {
    const exp = scalarOperation(k.op('exp'), ['float32'], 'float32')
    for (const x of [-80, -1, 0, 0.5, 3, 88]) {
      const value = exp(Math.fround(x)) as number
      expect(Math.fround(value)).toBe(value)
      expect(Math.abs(value / Math.exp(Math.fround(x)) - 1)).toBeLessThan(2e-7)
    }
  })
})
