/** Covariances, as NumPy has them. */
import { cov, matrix, tensor3, vector } from 'damo'
import { verifyGrad } from 'damo/testing'
import { expect, test } from 'vitest'
import { is } from '../types/told.ts'

test('cov', () => {
  const x = matrix('x', { dtype: 'float64' })
  // biome-ignore format: rows
  const given = { x: [[1, 2, 4], [3, -1, 0]] }
  const rounded = (y: unknown) => JSON.parse(JSON.stringify(y, (_, v) => (typeof v === 'number' ? +v.toFixed(9) : v)))
  // biome-ignore format: rows
  expect(rounded(cov(x).eval(given).tolist())).toEqual([[2.333333333, -1.833333333], [-1.833333333, 4.333333333]])
  // biome-ignore format: rows
  expect(rounded(cov(x, { rowvar: false, ddof: 0 }).eval(given).tolist())).toEqual([[1.0, -1.5, -2.0], [-1.5, 2.25, 3.0], [-2.0, 3.0, 4.0]])
  expect(
    cov(vector('v'))
      .eval({ v: [1, 2, 4] })
      .item(),
  ).toBeCloseTo(7 / 3, 6)
  is(cov(x), 'float64', 2)
  is(cov(vector('v', { dtype: 'int32' })), 'float32', 0)
  verifyGrad(y => cov(y as typeof x), [given.x])
  // @ts-expect-error no matrix
  expect(() => cov(tensor3('t'))).toThrow('cov: wants a vector or a matrix')
})
