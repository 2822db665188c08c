/** Reading and writing by indices. */
import {
  arange,
  at,
  bincount,
  cast,
  compress,
  flatnonzero,
  flatten,
  gt,
  type IndexItem,
  incSubtensor,
  nonzero,
  oneHot,
  setSubtensor,
  slice,
  takeAlongAxis,
} from 'damo'
import type { Translation, Translations } from './case.ts'

const basic =
  (...items: readonly IndexItem[]): Translation =>
  ({ x }) => [at(x, ...items)]

export const indexing: Translations = {
  'index_basic/block': basic('1:4, 2:5'),
  'index_basic/col': basic(':, 2'),
  'index_basic/empty': basic('3:1'),
  'index_basic/int': basic(2),
  'index_basic/neg_step': basic('4:0:-2'),
  'index_basic/neg_step_neg_bounds': basic('-1:-4:-1'),
  'index_basic/neg_step_open': basic(':1:-1'),
  'index_basic/out_of_range': basic('2:100'),
  'index_basic/out_of_range_neg': basic('-100:2'),
  'index_basic/rev': basic('::-1'),
  'index_basic/slice': basic('1:4'),
  'index_basic/slice_step': basic('::2'),
  'index_basic/symbolic_bounds': ({ x, i, j, k }) => [at(x, i), at(x, slice(i, j)), at(x, slice(j, i, k))],
  'index_advanced/arange_y': ({ x, y }) => [at(x, arange(x.shape[0]!), y)],
  'index_advanced/int_vector': ({ x, i }) => [at(x, i)],
  // How many a mask chooses is data: the result is padded to the size that the case has.
  'index_advanced/mask_cols': ({ x, m }) => [compress(m, x, { axis: 1, size: 3 })],
  'index_advanced/mask_full': ({ x }) => [compress(flatten(gt(x, 0.3)), x, { size: 11 })],
  'index_advanced/mask_none': ({ x, m }) => [compress(m, x, { axis: 0, size: 0 })],
  'index_advanced/mask_rows': ({ x, m }) => [compress(m, x, { axis: 0, size: 3 })],
  'index_advanced/mixed_adjacent': ({ t, i, j }) => [at(t, ':, $, $', i, j)],
  'index_advanced/newaxis_mixed': ({ x, i }) => [at(x, '$, None, :3', i)],
  'index_advanced/pair_broadcast': ({ x, i, j }) => [at(x, i, j)],
  'index_advanced/slice_then_int': ({ x, i }) => [at(x, slice(1, 4), i)],
  'index_advanced/take_along_axis': ({ x, i }) => [takeAlongAxis(x, i, { axis: 1 })],
  'index_write/inc_neg_step': ({ x, y }) => [incSubtensor(at(x, '::-1, 4::-2'), y)],
  'index_write/inc_repeated': ({ x, i, y }) => [incSubtensor(at(x, i), y)],
  'index_write/inc_row': ({ x, y }) => [incSubtensor(at(x, 2), y)],
  'index_write/set_block_scalar': ({ x, y }) => [setSubtensor(at(x, '1:4, ::2'), y)],
  'index_write/set_int_dtype': ({ x, k }) => [setSubtensor(at(x, 0), cast(k, x.dtype))],
  'index_write/set_last_wins': ({ x, i, y }) => [setSubtensor(at(x, i), y)],
  'index_write/set_neg_step': ({ x, y }) => [setSubtensor(at(x, '::-2, 1'), y)],
  'index_write/set_row': ({ x, y }) => [setSubtensor(at(x, 2), y)],
  'index_write/set_then_read': ({ x, y, z }) => [at(setSubtensor(at(setSubtensor(at(x, '1:3'), y), 2), z), '1:4')],
  'shape/nonzero': ({ x }) => [...nonzero(x, { size: 3 }), flatnonzero(x, { size: 3 })],
  'shape/one_hot_bincount': ({ y, w }) => [
    cast(oneHot(y, 5), w.dtype),
    bincount(y, { minlength: 5 }),
    bincount(y, { minlength: 7, weights: w }),
  ],
}
