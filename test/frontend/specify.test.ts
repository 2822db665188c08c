/** Sizes that a graph is told, and matrices along a diagonal. */
import { blockDiag, constant, dim, matrix, specifyShape, type Tensor, vector } from 'damo'
import { verifyGrad } from 'damo/testing'
import { expect, test } from 'vitest'

test('a size that is told is known, and a call is held to it', () => {
  const [x, weights] = [matrix('x'), vector('weights', { shape: [dim('n')] })]
  const told = specifyShape(x, [null, 2])
  expect(told.shape).toEqual([x.shape[0], 2])
  expect(told.eval({ x: [[1, 2]] }).tolist()).toEqual([[1, 2]])
  expect(() => told.eval({ x: [[1, 2, 3]] })).toThrow(/specifyShape/)
  const rows = specifyShape(x, [dim('n'), null])
  expect(rows.shape).toEqual(['n', x.shape[1]])
  const product = weights.matmul(rows)
  expect(product.eval({ x: [[1, 2], [3, 4]], weights: [1, 10] }).tolist()).toEqual([31, 42]) // biome-ignore format: rows
  expect(() => product.eval({ x: [[1, 2], [3, 4]], weights: [1] })).toThrow() // biome-ignore format: rows
  expect(specifyShape(x, [null, null])).toBe(x)
  expect(() => specifyShape(constant([1, 2]), [3])).toThrow('specifyShape: sizes differ at axis 0: 2 and 3')
  expect(() => specifyShape(x, [3] as never)).toThrow('2 sizes')
  verifyGrad(y => specifyShape(y, [3] as never).mul(y), [[1, 2, 3]])
})

test('matrices along a diagonal, as scipy.linalg.block_diag', () => {
  const [a, b] = [matrix('a'), matrix('b', { dtype: 'int32', shape: [1, 3] })]
  const blocks = blockDiag(a, b)
  expect(blocks.dtype).toBe('float32')
  // biome-ignore format: rows
  expect(blocks.eval({ a: [[1, 2], [3, 4]], b: [[5, 6, 7]] }).tolist()).toEqual([[1, 2, 0, 0, 0], [3, 4, 0, 0, 0], [0, 0, 5, 6, 7]])
  verifyGrad((x, y) => blockDiag(x as Tensor<'float64', 2>, y as Tensor<'float64', 2>), [[[1, 2]], [[3], [4]]])
  // @ts-expect-error no matrix
  expect(() => blockDiag(vector('v'))).toThrow('blockDiag: wants matrices')
})
