import * as d from 'damo'
import { array, dim, evaluate, matrix, NDArray, scalar, shared, softmax, tensor, vector } from 'damo'
import { describe, expect, test } from 'vitest'

const list = (x: d.Tensor, values = {}) => x.eval(values).tolist()

describe('elementwise ops', () => {
  test('broadcast, and round once to float32', () => {
    const [x, y] = [matrix('x', { shape: [null, 1] }), vector('y')]
    expect(list(d.add(x, y), { x: [[1], [2]], y: [10, 20, 30] })).toEqual([
      [11, 21, 31],
      [12, 22, 32],
    ])
    expect(list(d.exp(scalar('x')), { x: 1 })).toBe(Math.fround(Math.E))
    expect(list(d.exp(scalar('x', { dtype: 'float64' })), { x: 1 })).toBe(Math.E)
  })

  test('concatenate nothing in the dtype of all', () => {
    const [x, y] = [matrix('x', { shape: [0, 2] }), matrix('y', { dtype: 'int8', shape: [0, 2] })]
    const joined = d.concatenate([y, x])
    expect(joined.inputs.map(({ dtype }) => dtype)).toEqual(['float32', 'float32'])
  })

  test('wrap integers', () => {
    const x = vector('x', { dtype: 'int8' })
    expect(list(d.mul(x, x), { x: [100, -128, 3] })).toEqual([16, 0, 9])
    const n = scalar('n', { dtype: 'int32' })
    expect(list(d.mul(n, n), { n: 0x7fffffff })).toBe(1)
    expect(list(d.floorDiv(n, -1), { n: -(2 ** 31) })).toBe(-(2 ** 31))
    const big = scalar('b', { dtype: 'int64' })
    expect(d.add(big, big).eval({ b: 2n ** 62n }).data[0]).toBe(-(2n ** 63n))
    expect(list(d.neg(scalar('u', { dtype: 'uint32' })), { u: 1 })).toBe(4294967295)
  })

  test('round to float16', () => {
    const h = scalar('h', { dtype: 'float16' })
    const sum = d.add(h, h).eval({ h: 0.1 })
    expect([sum.dtype, sum.item()]).toEqual(['float16', 0.199951171875])
  })

  test.each([
    ['float32', 'int8', [1.9, -1.9, 300, -300, Number.NaN], [1, -1, 127, -128, 0]],
    ['float32', 'uint32', [-1, 5e9, 3.7], [0, 4294967295, 3]],
    ['float64', 'int64', [1e30, -1e30, Number.NaN, 2.5], [2n ** 63n - 1n, -(2n ** 63n), 0n, 2n]],
    ['int32', 'uint8', [256, -1, 7], [0, 255, 7]],
    ['int64', 'int32', [2n ** 32n + 5n, -1n], [5, -1]],
    ['int64', 'float32', [2n ** 60n + 2n ** 36n + 1n], [2 ** 60 + 2 ** 37]],
    ['float32', 'bool', [0, -0, Number.NaN, 0.1], [0, 0, 1, 1]],
    ['int64', 'bool', [0n, 5n], [0, 1]],
    ['bool', 'int64', [true, false], [1n, 0n]],
  ] as const)('cast %s to %s', (from, to, values, expected) => {
    const x = vector('x', { dtype: from })
    expect([...d.cast(x, to).eval({ x: values }).data]).toEqual(expected)
  })

  test('read bits', () => {
    expect(list(d.bitcast(scalar('x'), 'int32'), { x: 1 })).toBe(0x3f800000)
    expect(d.bitcast(scalar('x', { dtype: 'float64' }), 'int64').eval({ x: 1 }).data[0]).toBe(0x3ff0000000000000n)
  })
})

describe('movements', () => {
  const x = d.constant([
    [1, 2, 3],
    [4, 5, 6],
  ])
  test.each([
    [
      'transpose',
      d.transpose(x),
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    [
      'reshape',
      d.reshape(d.transpose(x), [2, 3]),
      [
        [1, 4, 2],
        [5, 3, 6],
      ],
    ],
    [
      'slice',
      d.at(x, d.slice(null, null, -1), d.slice(0, 3, 2)),
      [
        [4, 6],
        [1, 3],
      ],
    ],
    [
      'flip',
      d.flip(x, 1),
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ],
    [
      'roll',
      d.roll(x, 1),
      [
        [6, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      'concatenate',
      d.concatenate([x, x], { axis: 1 }),
      [
        [1, 2, 3, 1, 2, 3],
        [4, 5, 6, 4, 5, 6],
      ],
    ],
    [
      'stack',
      d.stack([d.at(x, 0), d.at(x, 1)], { axis: 1 }),
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    [
      'broadcastTo',
      d.broadcastTo(d.at(x, 0), [2, 3]),
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    ],
    ['one element', d.at(x, 1, -1), 6],
  ])('%s', (_, y, expected) => expect(list(y)).toEqual(expected))

  test('positions', () => {
    expect(list(d.arange(2, 11, 3))).toEqual([2, 5, 8])
    const n = dim('n')
    expect(list(d.add(d.arange(n), d.cast(vector('x', { shape: [n] }), 'int32')), { x: [5, 5] })).toEqual([5, 6])
  })

  test('pick, and an index that is out of range', () => {
    const [rows, index] = [matrix('rows'), vector('index', { dtype: 'int32' })]
    const picked = d.pick(rows, index)
    expect(
      list(picked, {
        rows: [
          [1, 2],
          [3, 4],
        ],
        index: [1, 0],
      }),
    ).toEqual([2, 3])
    expect(() =>
      picked.eval({
        rows: [
          [1, 2],
          [3, 4],
        ],
        index: [1, 2],
      }),
    ).toThrow(/pick: index 2 is out of range for size 2[\s\S]*evaluate\.test\.ts/)
  })
})

describe('folds', () => {
  test('sums of float32 accumulate in float64', () => {
    const x = d.constant(new Float32Array([1e8, 1, 1, 1, 1, -1e8]))
    expect(list(d.sum(x))).toBe(4)
  })
  test('of integers are int64', () => {
    const total = d.sum(d.constant([2 ** 31 - 1, 2 ** 31 - 1], 'int32')).eval()
    expect([total.dtype, total.data[0]]).toEqual(['int64', 2n ** 32n - 2n])
  })
  test('over nothing give the identity, and extremes nothing', () => {
    const x = d.constant([], 'float32')
    expect([d.sum(x), d.prod(x), d.all(x), d.any(x)].map(y => list(y))).toEqual([0, 1, 1, 0])
    const extremes: ((x: d.Tensor) => d.Tensor)[] = [d.max, d.min, d.argmax, d.argmin]
    for (const extreme of extremes) expect(() => extreme(x)).toThrow('no value over nothing')
  })
  test('softmax and logsumexp mean something over nothing', () => {
    const x = d.matrix('x', { shape: [d.dim('m'), d.dim('n')] })
    const nothing = { x: d.array(new Float32Array(0), { shape: [2, 0] }) }
    expect(d.softmax(x).eval(nothing).shape).toEqual([2, 0])
    expect(list(d.logsumexp(x, { axis: 1 }), nothing)).toEqual([-Infinity, -Infinity])
    expect(list(d.logsumexp(d.constant(nothing.x), { axis: 1 }))).toEqual([-Infinity, -Infinity])
  })
  test('argmax takes the first, and the first NaN', () => {
    expect(list(d.argmax(d.constant([1, 3, 3])))).toBe(1)
    expect(list(d.argmax(d.constant([1, Number.NaN, 3, Number.NaN])))).toBe(1)
    expect(
      list(
        d.argmin(
          d.constant([
            [2, 1],
            [0, 4],
          ]),
          { axis: 1 },
        ),
      ),
    ).toEqual([1, 0])
    expect(
      list(
        d.argmax(
          d.constant([
            [2, 1],
            [0, 4],
          ]),
        ),
      ),
    ).toBe(3)
  })
  test('along axes', () => {
    const x = d.constant([
      [1, 2],
      [3, 4],
    ])
    expect(list(d.sum(x, { axis: 0 }))).toEqual([4, 6])
    expect(list(d.mean(x, { axis: 1, keepdims: true }))).toEqual([[1.5], [3.5]])
    expect(list(d.all(d.gt(x, 1), { axis: 1 }))).toEqual([0, 1])
  })
  test('contractions', () => {
    const x = d.constant([
      [1, 2],
      [3, 4],
    ])
    expect(list(d.matmul(x, x))).toEqual([
      [7, 10],
      [15, 22],
    ])
    const n = d.constant([2 ** 30, 2 ** 30], 'int32')
    expect(list(d.dot(n, n))).toBe(0)
    expect(list(d.outer(d.constant([1, 2]), d.constant([3, 4])))).toEqual([
      [3, 4],
      [6, 8],
    ])
  })
  test('derived ops by their expansion', () => {
    const p = softmax(d.constant([1000, 1000]))
    expect(list(p)).toEqual([0.5, 0.5])
  })
})

describe('values', () => {
  test('in place of any tensor, with dims given', () => {
    const x = vector('x')
    const y = d.exp(x)
    expect(evaluate([d.add(y, 1)], new Map([[y, array([1, 2])]]))[0]!.tolist()).toEqual([2, 3])
    expect(evaluate([d.arange(dim('n'))], new Map(), new Map([['n', 3]]))[0]!.tolist()).toEqual([0, 1, 2])
  })
  test('that are missing, unknown or of sizes that differ are refused', () => {
    const [x, y] = [vector('x'), vector('y')]
    expect(() => d.add(x, y).eval({ x: [1] })).toThrow(/no value for input 'y'/)
    expect(() => x.eval({ x: [1], z: 1 })).toThrow(/'z' is no input of the expression, which has 'x'/)
    expect(() => d.add(x, y).eval({ x: [1, 2, 3], y: [1, 2] })).toThrow(/add: sizes differ: \? = 3 and \? = 2/)
    expect(() => d.add(vector('x'), vector('x')).eval({ x: [1] })).toThrow(/2 inputs are called 'x'/)
    expect(() => x.eval({ x: [[1]] })).toThrow(/expected float32\[\?\], got \[1, 1\]/)
  })
  test('of shared variables are their initial values, copied', () => {
    const data = new Float32Array([1, 2, 3, 4])
    const W = shared(data, 'W', { shape: [2, 2] })
    data[0] = 9
    expect(list(W)).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect([shared(1.5).dtype, shared([1, 2], 'b', { dtype: 'int32' }).dtype]).toEqual(['float32', 'int32'])
    expect(list(shared(d.zeros([2])))).toEqual([0, 0])
    expect(() => shared(vector('x'))).toThrow(/the value depends on inputs/)
  })
  test('come out as fresh arrays', () => {
    const x = new NDArray('float32', [2], new Float32Array([1, 2]))
    const y = tensor('x', { shape: [2] }).eval({ x })
    expect(y.data).not.toBe(x.data)
  })
})

test('a chain of 100,000 nodes and a matrix of 784 x 512 are no trouble', () => {
  let x: d.Tensor = scalar('x')
  for (let i = 0; i < 100_000; i++) x = d.add(x, 1)
  expect(list(x, { x: 0 })).toBe(100_000)
  const m = matrix('m', { shape: [784, 512] })
  const y = d.sum(d.roll(d.transpose(d.exp(m)), 1, 0))
  const start = performance.now()
  y.eval({ m: new Float32Array(784 * 512) })
  expect(performance.now() - start).toBeLessThan(5000)
})
