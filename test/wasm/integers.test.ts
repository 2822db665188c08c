/** Products of small integers, which are multiplied two by two: exact at their extremes, whatever is left over. */
import { array, compile, type DType, einsum, grad, matmul, max, sum, type Tensor, tensor, tensordot } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { dataOf } from '../../runtime/array.ts'

const range: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  bool: [0, 1],
}

/** The least value everywhere, the greatest, both in turn, and all sorts. */
const fillings = (dtype: DType): ((i: number) => number)[] => {
  const [least, most] = range[dtype]!
  const width = most - least + 1
  return [() => least, () => most, i => (i % 2 ? least : most), i => ((i * 7919 + 13) % width) + least]
}

const filled = (dtype: DType, size: number, value: (i: number) => number) => {
  const data = new dataOf[dtype](size) as Int8Array
  return data.map((_, i) => value(i))
}

/** The product of a matrix of `rows x depth` and one of `depth x columns`, wrapped to int32. */
function expected(a: ArrayLike<number>, b: ArrayLike<number>, rows: number, depth: number, columns: number): number[] {
  const result: number[] = []
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      let total = 0
      for (let k = 0; k < depth; k++) total = (total + Math.imul(a[i * depth + k]!, b[k * columns + j]!)) | 0
      result.push(total)
    }
  return result
}

const kinds: readonly [DType, DType][] = [
  ['int8', 'int8'],
  ['uint8', 'int8'],
  ['uint8', 'uint8'],
  ['int16', 'int16'],
  ['bool', 'int16'],
]
const shapes = [
  [5, 1, 3],
  [5, 2, 3],
  [6, 3, 8],
  [9, 7, 17],
  [13, 16, 9],
  [12, 2100, 11],
  [70, 33, 40],
  [1, 9, 12],
  [9, 9, 1],
  [0, 4, 6],
  [6, 0, 8],
  [6, 4, 0],
] as const

test.each(kinds)('%s by %s as int32', async (left, right) => {
  const a = tensor('a', { dtype: left, shape: ['m', 'n'] })
  const b = tensor('b', { dtype: right, shape: ['n', 'p'] })
  const product = matmul(a, b, { dtype: 'int32' })
  expect(product.dtype).toBe('int32')
  const f = await compile({ inputs: { a, b }, outputs: { product } }, { target: wasm() })
  for (const [m, n, p] of shapes) {
    const given = (value: Parameters<typeof filled>[2], dtype: DType, shape: [number, number]) =>
      array(filled(dtype, shape[0] * shape[1], value) as never, { dtype, shape })
    const others = fillings(right)
    for (const [i, filling] of fillings(left).entries()) {
      const x = { a: given(filling, left, [m, n]), b: given(others[i]!, right, [n, p]) }
      const result = (await f(x)).product.data as Int32Array
      const [u, v] = [x.a.data, x.b.data] as Int8Array[]
      expect([...result], `${m} ${n} ${p} ${i}`).toEqual(expected(u!, v!, m, n, p))
    }
  }
})

test('known sizes, transposes, batches, other products and what follows them', async () => {
  const a = tensor('a', { dtype: 'int8', shape: [2, 12, 33] })
  const b = tensor('b', { dtype: 'int8', shape: [2, 16, 33] })
  const [x, y] = [a, b].map(each => each.astype('int32')) as [Tensor<'int32'>, Tensor<'int32'>]
  const outputs = {
    batched: matmul(a, b.transpose([0, 2, 1]), { dtype: 'int32' }),
    rescaled: einsum('bik,bjk->bij', x, y).astype('float32').mul(0.5),
    wrapped: matmul(a, b.transpose([0, 2, 1])),
    joined: tensordot(x, y, [
      [0, 2],
      [0, 2],
    ]),
  }
  const inputs = { a, b }
  const values = {
    a: filled('int8', 2 * 12 * 33, fillings('int8')[3]!),
    b: filled('int8', 2 * 16 * 33, fillings('int8')[2]!),
  }
  const results = await (await compile({ inputs, outputs }, { target: wasm() }))(values as never)
  const truth = outputs.joined.eval(values as never)
  expect([...results.joined.data]).toEqual([...truth.data])
  for (const name of ['batched', 'wrapped', 'rescaled'] as const)
    expect([...results[name].data]).toEqual([...outputs[name].eval(values as never).data])
})

test('casting is of the same kind, and no gradient passes', () => {
  const [a, b] = ['a', 'b'].map(name => tensor(name, { dtype: 'int8', shape: [4, 4] })) as [Tensor, Tensor]
  const f = tensor('f', { dtype: 'float32', shape: [4, 4] })
  expect(() => matmul(a, f, { dtype: 'int32' })).toThrow('matmul')
  expect(() => matmul(a, b, { dtype: 'uint8' })).toThrow('matmul')
  expect(() => matmul(a, b, { dtype: 'complex' as never })).toThrow('dtype')
  expect(matmul(a, b, { dtype: 'float32' }).dtype).toBe('float32')
  expect(a.matmul(b, { dtype: 'int32' }).dtype).toBe('int32')
  expect(matmul(a, b).dtype).toBe('int8')
  expect([a, a, a].reduce(matmul).dtype).toBe('int8')
  // @ts-expect-error: a float, not int32
  expect(() => grad(max(matmul(a, b, { dtype: 'int32' })), a)).toThrow()
  expect(() => grad(sum(matmul(a, b, { dtype: 'int32' })).astype('float32'), [a])).toThrow()
})
