/** What the editor knows of elements by their places and of what is made from nothing, and that it is so. */

import type { Tensor } from 'damo'
import * as d from 'damo'
import { embedding } from 'damo/nn'
import { test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is, isOf } from './told.ts'

const x = d.matrix('x', { shape: [4, 5] })
const w = d.matrix('w', { dtype: 'float64', shape: [4, 5] })
const v = d.vector('v', { shape: [6] })
const i = d.vector('i', { dtype: 'int32', shape: [4] })
const k = d.matrix('k', { dtype: 'uint8', shape: [4, 2] })
const s = d.scalar('s', { dtype: 'float64' })
const f = d.vector('f', { shape: [4] })
const flags = d.vector('flags', { dtype: 'bool', shape: [4] })
const batch = d.dim('batch')
const count = Number('3')

test('read and written', () => {
  is(d.pick(x, i), 'float32', 1)
  is(d.take(x, i), 'float32', 1)
  is(d.take(x, k, 1), 'float32', 3)
  is(d.take(w, i, { axis: 0 }), 'float64', 2)
  is(embedding(x, k), 'float32', 3)
  is(d.take(x, [0, 1]), 'float32', 1)
  is(d.take(w, [[0, 1]], 1), 'float64', 3)
  is(d.take(w, [0, -1], { axis: 0 }), 'float64', 2)
  is(d.scatter(w, [[0], [1], [1], [0]], 0, { axis: 1, mode: 'add' }), 'float64', 2)
  is(d.gather(x, [[0, 1, 2, 3, 0]], 0), 'float32', 2)
  is(d.takeAlongAxis(x, k), 'float32', 2)
  is(d.gather(w, k, 1), 'float64', 2)
  is(d.scatter(x, k, 0), 'float32', 2)
  is(d.oneHot(k, 3), 'float32', 3)
  is(d.oneHot(i, 3, 'bool'), 'bool', 2)
  is(d.at(x, 0), 'float32', 1)
  isOf(d.setSubtensor(w.at(0), 1), 'float64', 2)
  let changed = d.vector('changed')
  changed = d.setSubtensor(changed.at(0), 1)
  changed = d.incSubtensor(changed.at([0, 0]), [1, 2])
  is(changed, 'float32', 1)
  isOf(d.incSubtensor(x.at(i), f.at(':, None')), 'float32', 2)
  is(d.compress(flags, w, { size: 2, axis: 0 }), 'float64', 2)
  is(d.compress(flags, w, { size: 2 }), 'float64', 1)
  is(d.flatnonzero(x, { size: 2 }), 'int32', 1)
  is(d.nonzero(x, { size: 2 })[1], 'int32', 1)
  is(d.nonzeroValues(w, { size: 2 }), 'float64', 1)
  const different = d.unique(k, { size: 2 })
  is(different.values, 'uint8', 1)
  is(different.count, 'int32', 0)
  is(different.indices, 'int32', 1)
  is(different.inverse, 'int32', 2)
  is(different.counts, 'int64', 1)
})

test('searched and counted', () => {
  is(d.bincount(i, { minlength: 3 }), 'int64', 1)
  is(d.bincount(i, { minlength: 3, weights: f }), 'float32', 1)
  is(d.searchsorted(v, x), 'int32', 2)
  is(d.searchsorted(v, 0.5), 'int32', 0)
  is(d.choose(k, [i.at(':, None'), w.at(':, :2')]), 'float64', 2)
  is(d.unravelIndex(i, [2, 3])[0], 'int32', 1)
  is(d.ravelMultiIndex([i, i], [2, 3]), 'int32', 1)
  is(d.permuteRowElements(x, d.argsort(x)), 'float32', 2)
  is(d.inversePermutation(k), 'uint8', 2)
  const [counts, edges] = d.histogram(w, { bins: 3 })
  is(counts, 'int64', 1)
  is(edges, 'float64', 1)
  is(d.histogram(i, { bins: v, weights: f })[0], 'float32', 1)
  is(d.histogram(i, { density: true })[0], 'float32', 1)
  is(d.diff(x), 'float32', 2)
  is(d.diff(flags), 'bool', 1)
  is(d.diff(i, { n: 2, prepend: f.at(':1') }), 'float32', 1)
})

test('made', () => {
  is(d.zeros([2, batch]), 'float32', 2)
  is(d.ones([batch], 'int8'), 'int8', 1)
  is(d.empty([]), 'float32', 0)
  is(d.full([2], 1), 'float32', 1)
  is(d.full([2], true), 'bool', 1)
  is(d.full([2, 2], s), 'float64', 2)
  is(d.full([2], 1, 'int16'), 'int16', 1)
  is(d.fullLike(w, 2), 'float64', 2)
  is(d.zerosLike(x), 'float32', 2)
  is(d.onesLike(i, 'float64'), 'float64', 1)
  is(d.emptyLike(k), 'uint8', 2)
  is(d.fill(x, 1), 'float32', 2)
  is(d.second(i.at(':1'), w), 'float64', 2)
  is(d.dimValue(batch), 'int64', 0)
  is(d.dimValue(batch, 'float32'), 'float32', 0)
  is(d.eye(3), 'float32', 2)
  is(d.eye(3, { dtype: 'int8' }), 'int8', 2)
  is(d.tri(3, { offset: 1 }), 'float32', 2)
  is(d.identity(3, 'bool'), 'bool', 2)
  is(d.identityLike(k), 'uint8', 2)
  is(d.trilIndices(3)[0], 'int32', 1)
  is(d.triuIndices(3)[1], 'int32', 1)
  is(d.arange(3), 'int32', 1)
  is(d.arange(batch), 'int32', 1)
  is(d.arange(0, 1, 0.25), 'float32', 1)
  is(d.arange(0, batch, 'float64'), 'float64', 1)
  is(d.arange(3, { dtype: 'int8' }), 'int8', 1)
  exactly<Tensor<'int32' | 'float32', 1>>()(d.arange(count))
  is(d.linspace(0, 1, 5), 'float32', 1)
  is(d.linspace(s, 1, 5), 'float64', 1)
  is(d.linspace(0, 1, 5, 'float64'), 'float64', 1)
  is(d.logspace(0, 1, 5, { base: 2 }), 'float32', 1)
  is(d.geomspace(1, 2, 5, { dtype: 'float64' }), 'float64', 1)
})

test('given', () => {
  is(d.scalar('a'), 'float32', 0)
  is(d.tensor7('a', { dtype: 'int8' }), 'int8', 7)
  is(d.tensor('a', { shape: [1, batch] }), 'float32', 2)
  is(d.row('a'), 'float32', 2)
  is(d.col('a', { dtype: 'bool' }), 'bool', 2)
  is(d.vectors('a', 'b', { dtype: 'int32' })[1], 'int32', 1)
  is(d.scalars('a')[0], 'float32', 0)
  is(d.matrices('a')[0], 'float32', 2)
  is(d.rows('a')[0], 'float32', 2)
  is(d.cols('a')[0], 'float32', 2)
  is(d.tensor3('a'), 'float32', 3)
  is(d.tensor4('a'), 'float32', 4)
  is(d.tensor5('a'), 'float32', 5)
  is(d.tensor6('a'), 'float32', 6)
  is(d.tensor3s('a', 'b', 'c')[2], 'float32', 3)
  is(d.tensor4s('a')[0], 'float32', 4)
  is(d.tensor5s('a')[0], 'float32', 5)
  is(d.tensor6s('a')[0], 'float32', 6)
  is(d.tensor7s('a')[0], 'float32', 7)
  is(d.constant(1), 'float32', 0)
  is(d.constant(true), 'bool', 0)
  is(d.constant([[1, 2]]), 'float32', 2)
  is(d.constant([1, 2], 'int8'), 'int8', 1)
  is(d.constant(Int32Array.of(1)), 'int32', 1)
  isOf(d.constant(d.array([1], { dtype: 'float64' })), 'float64', 1)
  is(d.shared(0), 'float32', 0)
  is(d.shared([[1]], 'm'), 'float32', 2)
  is(d.shared(d.zeros([2, 3], 'float64')), 'float64', 2)
  is(d.shared(new Float64Array(6), 'm', { shape: [2, 3] }), 'float64', 2)
  is(d.shared(d.zeros([2]), 'm', { dtype: 'int32' }), 'int32', 1)
})

test('what cannot be right is refused', () => {
  // @ts-expect-error: an integer, not float32
  fails(() => d.take(x, f))
  // @ts-expect-error: an integer, not float32
  fails(() => embedding(x, f))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.take(x, i, 2))
  // @ts-expect-error: an integer, not float32
  fails(() => d.pick(x, f))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.take(x, [0], 2))
  // @ts-expect-error: rank 2, not 1
  fails(() => d.scatter(x, [0, 1], 0))
  // @ts-expect-error: rank 2, not 1
  fails(() => d.takeAlongAxis(x, [0, 1]))
  // @ts-expect-error: rank 1, not 2
  fails(() => d.pick(x, k))
  // @ts-expect-error: rank 2, not 1
  fails(() => d.takeAlongAxis(x, i))
  // @ts-expect-error: rank 2, not 1
  fails(() => d.scatter(x, i, 0))
  // @ts-expect-error: an integer, not float32
  fails(() => d.oneHot(f, 3))
  // @ts-expect-error: a dtype that int32 holds, not float32
  fails(() => d.setSubtensor(i.at(0), d.scalar('y')))
  // @ts-expect-error: an integer, not float32
  fails(() => d.bincount(f, { minlength: 1 }))
  // @ts-expect-error: rank 1, not 2
  fails(() => d.searchsorted(x, v))
  // @ts-expect-error: an integer, not bool
  fails(() => d.choose(flags, [f, f]))
  // @ts-expect-error: an integer, not float32
  fails(() => d.ravelMultiIndex([f, f], [2, 3]))
  // @ts-expect-error: an integer, not float32
  fails(() => d.inversePermutation(f))
  // @ts-expect-error: a number, not bool
  fails(() => d.histogram(flags))
  // @ts-expect-error: a number or a scalar
  fails(() => d.full([2], v))
  // @ts-expect-error: rank 2, not 1
  fails(() => d.identityLike(v))
  // @ts-expect-error: a number or a scalar
  fails(() => d.linspace(v, 1, 3))
  // @ts-expect-error: a shape is a list
  fails(() => d.zeros(3))
  // @ts-expect-error: no such dtype
  fails(() => d.zeros([3], 'double'))
  // @ts-expect-error: options are an object
  fails(() => d.eye(3, 1))
  // @ts-expect-error: a known size
  fails(() => d.trilIndices('n'))
  // @ts-expect-error: two sizes
  fails(() => d.dims.mul(2))
  // @ts-expect-error: a string does not fill
  fails(() => d.full([3], 'x'))
})
