/** Images in blocks and as volumes, and a softmax with its bias. */
import { arange, array, constant, matrix, mod, ones, stack, type Tensor, tensor4, vector } from 'damo'
import {
  conv2d,
  fracBilinearUpsampling,
  images2neibs,
  neibs2images,
  separableConv2d,
  separableConv3d,
  signalConv2d,
  softmaxWithBias,
} from 'damo/nn'
import { verifyGrad } from 'damo/testing'
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

/** 0, 1, ... modulo a number, of a shape. */
const counted = <R extends 2 | 4 | 6>(modulus: number, ...shape: number[] & { length: R }) =>
  mod(arange(shape.reduce((a, b) => a * b)), modulus).reshape(shape) as Tensor<'int32', R>

test('filters that windows do not share, as a loop over the windows in NumPy has them', () => {
  const options = { unshared: true, groups: 2, stride: [1, 2], padding: [[1, 0], 0] } as const
  const x = counted(7, 1, 2, 3, 4)
  const w = counted(5, 2, 3, 2, 1, 2, 2).sub(2) as Tensor<'int32', 6>
  expect(conv2d(x, w, options).eval().tolist()).toEqual([
    [[[-2, 2], [11, 8], [11, -5]], [[2, 1], [4, -4], [-4, -3]]], // biome-ignore format: rows
  ])
  expect(
    conv2d(x, w, { ...options, filterFlip: false })
      .eval()
      .tolist(),
  ).toEqual([
    [[[1, -2], [-11, 15], [1, -8]], [[-5, -1], [4, 14], [-7, -3]]], // biome-ignore format: rows
  ])
  const values = [x, w].map(each => each.eval())
  verifyGrad((a, b) => conv2d(a as Tensor<'float64', 4>, b as Tensor<'float64', 6>, options), values)
  const images = tensor4('images', { dtype: 'int32' })
  const some = conv2d(images, w, options)
  expect([...some.eval({ images: x.eval() }).data]).toEqual([...conv2d(x, w, options).eval().data])
  expect(() => some.eval({ images: array(new Int32Array(40), { shape: [1, 2, 4, 5] }) })).toThrow()
  expect(() => conv2d(counted(7, 1, 2, 4, 4), w, options)).toThrow(
    'axis 1 of the filters is for 3 windows where images have 4',
  )
})

test('each image with each filter, as scipy.signal.convolve2d', () => {
  const x = counted(5, 3, 4)
  // biome-ignore format: rows
  const w = constant([[1, -2], [3, 4]], 'int32')
  // biome-ignore format: rows
  const [first, second] = [[[-5, 11, 17], [14, -5, 11]], [[1, 17, 23], [20, 1, 17]]]
  expect(signalConv2d(x, w).eval().tolist()).toEqual(first)
  expect(signalConv2d(x, w, { padding: 'full' }).eval().tolist()).toEqual([
    [0, 1, 0, -1, -6],
    [4, -5, 11, 17, 8],
    [15, 14, -5, 11, 6],
    [9, 24, 16, 3, 4],
  ])
  const xs = stack([x, x.add(1)])
  const ws = w.reshape([1, 2, 2])
  expect(signalConv2d(xs, w).eval().tolist()).toEqual([first, second])
  expect(signalConv2d(x, ws).eval().tolist()).toEqual([first])
  expect(signalConv2d(xs, ws).eval().tolist()).toEqual([[first], [second]])
  expect(() => signalConv2d(vector('v') as never, w)).toThrow('images and filters of two axes')
})

test('images larger by a ratio of whole numbers, as the steps of frac_bilinear_upsampling in NumPy', () => {
  const x = constant([[[[1, 2, 4], [0, 8, 3]]]], 'float64') as Tensor<'float64', 4> // biome-ignore format: rows
  const rows = (y: Tensor) => (y.eval().tolist() as number[][][][])[0]![0]!.map(row => row.map(v => +v.toFixed(9)))
  expect(rows(fracBilinearUpsampling(x, [3, 2]))).toEqual([
    [1, 1.333333333, 2, 3.333333333, 4],
    [0.666666667, 1.777777778, 4, 3.777777778, 3.666666667],
    [0, 2.666666667, 8, 4.666666667, 3],
  ])
  expect(rows(fracBilinearUpsampling(x, [[4, 6], [5, 4]]))).toEqual([[1, 1.4, 2.4, 4], [0, 3.2, 7, 3]]) // biome-ignore format: rows
  verifyGrad(y => fracBilinearUpsampling(y as Tensor<'float64', 4>, [3, 2]), [x.eval()])
  expect(() => fracBilinearUpsampling(x, [1, 0])).toThrow('two whole numbers from 1 on')
})
