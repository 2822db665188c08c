/** Applications of the functions that choose, count and write by indices. */
import * as d from 'damo'
import { embedding } from 'damo/nn'
import type { Examples } from './functions.ts'

const tame = [0.5, 2] as const
const whole = [-9, 9] as const
const some = d.dims.add('n', 1)
const to = (most: number) => [0, most] as const
const around = (size: number) => [-size, size - 1] as const

export const indexing: Readonly<Record<string, Examples>> = {
  pick: input => [d.pick(input(['n', 3]), input(['n'], 'int32', to(2)))],
  take: input => [
    d.take(input([4, 'n']), input(['m', 2], 'int32', around(4)), { axis: 0 }),
    d.take(input([3, 2]), input(['n'], 'int64', around(6))),
  ],
  takeAlongAxis: input => [
    d.takeAlongAxis(input(['n', 4]), input(['n', 'm'], 'int32', around(4)), { axis: 1 }),
    d.takeAlongAxis(input([3, 1]), input([1, 'n'], 'int32', around(3)), { axis: 0 }),
  ],
  gather: input => [
    d.gather(input(['n', 4]), input(['n', 'm'], 'int32', around(4)), 1),
    d.gather(input([3, 'n']), input([2, 1], 'int64', around(3)), { axis: 0 }),
  ],
  scatter: input => [
    d.scatter(input(['n', 4]), input(['n', 3], 'int32', around(4)), input(['n', 1])),
    d.scatter(input([3, 'n'], undefined, tame), input(['m', 'n'], 'int64', around(3)), input(['n'], undefined, tame), {
      axis: 0,
      mode: 'add',
    }),
    d.scatter(input([5, 'n']), input([2, 1], 'uint8', to(4)), 1, 0),
  ],
  diff: input => [
    d.diff(input(['m', 'n'])),
    d.diff(input([some, 3], undefined, whole), { axis: 0 }),
    d.diff(input(['m', 5], undefined, whole), { n: 2, prepend: 1, append: input(['m', 2]) }),
  ],
  unique: input => {
    const { values, ...more } = d.unique(input(['m', 'n'], undefined, to(4)), { size: 3, fill: 1 })
    return [values, ...Object.values(more)]
  },
  histogram: input => [
    ...d.histogram(input(['m', 'n'], undefined, whole), { bins: 4, range: [-5, 7] }),
    ...d.histogram(input([some], undefined, whole)),
    d.histogram(input(['n'], undefined, whole), { bins: [-8, -2, 3, 5], weights: input(['n'], 'float32', tame) })[0],
    d.histogram(input([d.dims.add('n', 2)], undefined, [1, 3]), { bins: 2, density: true, range: [0, 4] })[0],
  ],
  oneHot: input => [d.oneHot(input(['n'], 'int32', to(4)), 4)],
  embedding: input => [embedding(input([5, 3]), input(['m', 'n'], 'int32', around(5)))],
  at: input => [
    d.at(input(['n', 4, 3]), '..., 1:, $', [[0, -1], [2, 2]]), // biome-ignore format: a matrix
    d.at(input([4, 'n', 3]), '$, :, $', input(['m', 1], 'int32', around(4)), input([2], 'int32', around(3))),
    d.at(input([4, 'n', 3]), '$, None, ::-1, -1', input(['m'], 'int32', around(4))),
    d.sum(d.at(input(['m', 'n'], undefined, tame), d.gt(input(['m', 'n'], 'float32'), 1))),
  ],
  setSubtensor: input => [
    d.setSubtensor(d.at(input([5, 'n']), '1:4:2, ::-1'), input(['n'])),
    d.setSubtensor(d.at(input([4, 'n']), input(['m'], 'int32', around(4))), input(['m', 'n'])),
    d.setSubtensor(d.at(input([4, 3, 'n']), '1:, $, None, ::-1', [2, 0]), input([1, 1, 'n'])),
    d.setSubtensor(d.at(input(['m', 'n']), d.gt(input(['m'], 'float32'), 1)), input(['n'])),
  ],
  incSubtensor: input => [
    d.incSubtensor(d.at(input([5, d.dims.add('n', 1)], undefined, tame), ':, -1:'), input([5, 1], undefined, tame)),
    d.incSubtensor(
      d.at(input([4, 'n'], undefined, tame), input(['m', 2], 'int32', around(4))),
      input(['m', 2, 'n'], undefined, tame),
    ),
    d.incSubtensor(d.at(input(['m', 'n'], undefined, tame), d.gt(input(['m', 'n'], 'float32'), 1)), 2),
  ],
  nonzero: input => d.nonzero(input(['m', 'n'], undefined, to(2)), { size: 3, fill: -1 }),
  flatnonzero: input => [d.flatnonzero(input(['m', 'n'], undefined, to(2)), { size: d.dims.mul('m', 'n') })],
  nonzeroValues: input => [d.nonzeroValues(input(['n'], undefined, [1, 3]), { size: 'n' })],
  countNonzero: input => [d.countNonzero(input(['m', 'n'], undefined, to(2)), { axis: 0 })],
  compress: input => [
    d.compress(input([4], 'bool'), input([4, 'n']), { axis: 0, size: 3 }),
    d.compress(input([6], 'bool'), input([2, 3]), { size: 6, fill: 1 }),
  ],
  bincount: input => [
    d.bincount(input(['n'], 'int32', to(4)), { minlength: 5 }),
    d.bincount(input(['m', 'n'], 'int64', to(2)), { minlength: 3, weights: input(['m', 'n'], 'float32', tame) }),
  ],
  searchsorted: input => [
    d.searchsorted(d.cast(d.arange('n'), 'float32'), input(['m', 2], 'float32', [-1, 9])),
    d.searchsorted(d.arange(0, 8, 2), input(['m'], 'int32', [-1, 9]), { side: 'right' }),
    d.add(d.searchsorted(d.arange(4), 2), input(['n'], 'int32')),
  ],
  choose: input => [d.choose(input(['m', 'n'], 'int32', to(1)), [input(['n']), input(['m', 1])])],
  permuteRowElements: input => [
    d.permuteRowElements(input(['m', 3]), d.constant([2, 0, 1], 'int32')),
    d.permuteRowElements(input([2, 3]), d.constant([[2, 0, 1], [0, 2, 1]], 'int32'), { inverse: true }), // biome-ignore format: a matrix
  ],
  inversePermutation: () => [d.inversePermutation(d.constant([[2, 0, 1], [0, 1, 2]], 'int32'))], // biome-ignore format: a matrix
  unravelIndex: input => d.unravelIndex(input(['n'], 'int32', to(23)), [2, 3, 4]),
  ravelMultiIndex: input => [
    d.ravelMultiIndex(
      [input(['n'], 'int32', to(1)), input(['n'], 'int32', to(2)), input([], 'int32', to(3))],
      [2, 3, 4],
    ),
  ],
}
