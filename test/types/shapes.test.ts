/** What the editor knows of shapes: ranks of what is moved, joined, split and repeated, and that it is so. */

import type { Tensor } from 'damo'
import * as d from 'damo'
import { test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is, isOf } from './told.ts'

const x = d.matrix('x', { shape: [2, 6] })
const w = d.matrix('w', { dtype: 'float64', shape: [2, 6] })
const v = d.vector('v', { dtype: 'int32', shape: [4] })
const t = d.tensor3('t', { dtype: 'float16', shape: [2, 1, 4] })
const s = d.scalar('s')
const some: Tensor<'float32'> = d.tensor('some', { shape: [2, 3] })
const sizes: number[] = [3, 4]
const one = Number('1')

test('moved', () => {
  is(d.reshape(x, [3, 4]), 'float32', 2)
  is(d.reshape(some, [6]), 'float32', 1)
  is(x.reshape([2, 3, 2]), 'float32', 3)
  isOf(d.reshape(x, sizes), 'float32', 2)
  is(d.flatten(t), 'float16', 1)
  is(d.flatten(t, 2), 'float16', 2)
  isOf(d.flatten(t, one), 'float16', 1)
  is(d.flatten(s), 'float32', 1)
  is(d.ravel(t), 'float16', 1)
  is(d.transpose(t), 'float16', 3)
  is(d.transpose(t, [2, 0, -2]), 'float16', 3)
  is(x.transpose([1, 0]), 'float32', 2)
  is(d.dimshuffle(x, 1, 'x', 0), 'float32', 3)
  is(d.swapaxes(t, 0, -1), 'float16', 3)
  is(d.moveaxis(t, [0, 1], [-1, 0]), 'float16', 3)
  is(d.expandDims(x, 0), 'float32', 3)
  is(d.expandDims(v, [0, 2]), 'int32', 3)
  is(d.shapePadleft(v), 'int32', 2)
  is(d.shapePadright(v, 3), 'int32', 4)
  is(d.shapePadaxis(x, 2), 'float32', 3)
  is(d.squeeze(t, 1), 'float16', 2)
  is(d.squeeze(t, [1]), 'float16', 2)
  isOf(d.squeeze(t), 'float16', 2)
  is(d.broadcastTo(v, [3, 4]), 'int32', 2)
  is(d.atleast1d(s), 'float32', 1)
  is(d.atleast2d(v), 'int32', 2)
  is(d.atleast3d(x), 'float32', 3)
  is(d.specifyShape(t, [2, null, null]), 'float16', 3)
  // @ts-expect-error a size for each axis
  fails(() => d.specifyShape(t, [2]))
  is(d.joinDims(t), 'float16', 1)
  is(d.joinDims(t, 1), 'float16', 2)
  is(d.joinDims(t, 0, 2), 'float16', 2)
  is(d.splitDims(x, 1, [2, -1]), 'float32', 3)
  is(d.flip(x), 'float32', 2)
  is(d.flip(t, [0, 2]), 'float16', 3)
  is(d.roll(x, 1, 1), 'float32', 2)
  is(d.rot90(x), 'float32', 2)
  is(d.pad(t, 1, { mode: 'edge' }), 'float16', 3)
  is(d.repeat(x, 2), 'float32', 1)
  is(d.repeat(x, 2, 1), 'float32', 2)
  is(d.repeat(x, [1, 2], { axis: 0 }), 'float32', 2)
  is(d.tile(v, 2), 'int32', 1)
  is(d.tile(v, [2, 1, 3]), 'int32', 3)
  is(d.shapeOf(t), 'int64', 1)
  is(d.sizeOf(t), 'int64', 0)
})

test('together and apart', () => {
  is(d.concatenate([x, w]), 'float64', 2)
  is(d.concatenate([x, x, x], 1), 'float32', 2)
  is(d.concatenate([x, v], { axis: null }), 'float32', 1)
  is(d.concatenate([v, v].slice()), 'int32', 1)
  is(d.stack([x, x]), 'float32', 3)
  is(d.stack([s, 1, 2]), 'float32', 1)
  is(d.stack([v, v], { axis: -1 }), 'int32', 2)
  is(d.hstack([v, v]), 'int32', 1)
  is(d.hstack([x, w]), 'float64', 2)
  is(d.vstack([v, v]), 'int32', 2)
  is(d.dstack([x, x]), 'float32', 3)
  const rows = d.stackLists([
    [s, 1],
    [0, s],
  ])
  is(rows, 'float32', 2)
  is(d.stackLists([x, w]), 'float64', 3)
  is(d.stackLists([v, v].slice()), 'int32', 2)
  const [left, right] = d.split(x, 2, 1)
  is(left, 'float32', 2)
  is(right, 'float32', 2)
  const [first, , last] = d.split(v, [1, 1, 2])
  is(first, 'int32', 1)
  is(last, 'int32', 1)
  exactly<Tensor<'int32', 1>[]>()(d.split(v, one))
  const [a, b] = d.broadcastArrays(s, w)
  is(a, 'float32', 2)
  is(b, 'float64', 2)
})

test('grids', () => {
  const [rows, columns] = d.meshgrid([v, d.vector('u')], { indexing: 'ij' })
  is(rows, 'int32', 2)
  is(columns, 'float32', 2)
  is(d.ix(v, v, v)[1], 'int32', 3)
  exactly<Tensor<'int32' | 'float32', 2>>()(d.ogrid(d.slice(0, 3), d.slice(2))[0])
  is(d.mgrid({ start: 0, stop: 3 })[0], 'int32', 1)
  is(d.ogrid({ stop: 3 }, { start: 0, stop: 1, step: 0.25 })[1], 'float32', 2)
})

test('what cannot be right is refused', () => {
  // @ts-expect-error: 2 axes, not 3
  fails(() => d.transpose(x, [0, 1, 2]))
  // @ts-expect-error: 2 axes, not 1
  fails(() => x.transpose([0]))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.transpose(x, [0, 2]))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.dimshuffle(x, 0, 2))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.swapaxes(x, 0, 2))
  // @ts-expect-error: rank 3 has no axis 3
  fails(() => d.moveaxis(t, 0, 3))
  // @ts-expect-error: rank 3 has no axis 3
  fails(() => d.expandDims(x, 3))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.squeeze(x, 2))
  // @ts-expect-error: a shape of at least 2 axes
  fails(() => d.broadcastTo(x, [6]))
  // @ts-expect-error: at most 8 axes, not 9
  fails(() => d.reshape(v, [1, 1, 1, 1, 1, 1, 1, 1, 4]))
  // @ts-expect-error: an axis of rank 2
  fails(() => d.flatten(x, 3))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.splitDims(x, 2, [1, 1]))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.flip(x, 2))
  // @ts-expect-error: rank 2 has no axis -3
  fails(() => d.roll(x, 1, -3))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => d.rot90(v))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => d.repeat(v, 2, 1))
  // @ts-expect-error: tensors of one rank
  fails(() => d.concatenate([x, v]))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.concatenate([x, x], 2))
  // @ts-expect-error: tensors of one rank
  fails(() => d.stack([x, 1]))
  // @ts-expect-error: rank 2 has no axis 2
  fails(() => d.stack([v, v], { axis: 2 }))
  // @ts-expect-error: tensors of one rank
  fails(() => d.hstack([x, v]))
  // @ts-expect-error: tensors of one rank
  fails(() => d.vstack([t, v]))
  // @ts-expect-error: rank 1 has no axis 1
  fails(() => d.split(v, 2, 1))
  // @ts-expect-error: vectors
  fails(() => d.ix(x))
  // @ts-expect-error: tensors come in a list
  fails(() => d.concatenate(x, x))
  // @ts-expect-error: no such mode
  fails(() => d.pad(x, 1, { mode: 'mirror' }))
  // @ts-expect-error: counts are numbers
  fails(() => d.repeat(x, ['2']))
  // @ts-expect-error: a shape is a list
  fails(() => d.reshape(x, 6))
})
