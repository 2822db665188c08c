/** Images in blocks and as volumes, and a softmax with its bias. */
import { array, matrix, ones, tensor4, vector } from 'damo'
import { images2neibs, neibs2images, separableConv2d, separableConv3d, softmaxWithBias } from 'damo/nn'
import { expect, test } from 'vitest'

test('images come back from their blocks', () => {
  const x = tensor4('x', { shape: [2, 3, 4, 6] })
  const given = Array.from({ length: 2 * 3 * 4 * 6 }, (_, i) => i)
  const back = neibs2images(images2neibs(x, [2, 3]), [2, 3], [2, 3, 4, 6])
  expect([...back.eval({ x: array(given, { shape: [2, 3, 4, 6] }) }).data]).toEqual(given)
  const rows = matrix('rows')
  const some = neibs2images(rows, 2, [1, 1, 4, 2])
  expect(some.eval({ rows: [[1, 2, 3, 4], [5, 6, 7, 8]] }).tolist()).toEqual([[[[1, 2], [3, 4], [5, 6], [7, 8]]]]) // biome-ignore format: rows
  expect(() => some.eval({ rows: [[1, 2, 3, 4]] })).toThrow()
  expect(() => neibs2images(rows, 2, [1, 1, 3, 2])).toThrow('whole blocks of 2 by 2')
})

test('softmaxWithBias is that of the sum, and separable filters of volumes are those of images', () => {
  const [x, b] = [matrix('x'), vector('b')]
  const given = { x: [[1, 1000]], b: [2, 3] }
  expect(softmaxWithBias(x, b).eval(given).tolist()).toEqual([[0, 1]])
  const flat = (rank: 4 | 5, ...shape: number[]) =>
    ones(rank === 4 ? shape : [...shape.slice(0, 2), 1, ...shape.slice(2)], 'float64').mul(0.5) as never
  const of = (rank: 4 | 5) => [flat(rank, 1, 2, 4, 4), flat(rank, 4, 1, 2, 2), flat(rank, 3, 4, 1, 1)] as never[]
  const [images, volumes] = [
    separableConv2d(of(4)[0]!, of(4)[1]!, of(4)[2]!),
    separableConv3d(of(5)[0]!, of(5)[1]!, of(5)[2]!),
  ]
  expect([...volumes.eval().data]).toEqual([...images.eval().data])
  expect(volumes.shape).toEqual([1, 3, 1, 3, 3])
})
