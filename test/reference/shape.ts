/** Elements that change place, and tensors made from a shape alone. */
import {
  arange,
  argsort,
  at,
  concatenate,
  diag,
  diagonal,
  dimshuffle,
  ellipsis,
  expandDims,
  fill,
  flatten,
  linspace,
  mgrid,
  onesLike,
  type PadMode,
  pad,
  repeat,
  reshape,
  roll,
  slice,
  sort,
  split,
  squeeze,
  stack,
  topk,
  zerosLike,
} from 'damo'
import type { Translation, Translations } from './case.ts'

const backwards = slice(null, null, -1)

const joined =
  (axis: number): Translation =>
  ({ x, y, z }) => [concatenate([x, y, z], { axis })]

const padded =
  (mode: PadMode): Translation =>
  ({ x }) => [
    pad(
      x,
      [
        [1, 2],
        [2, 1],
      ],
      { mode },
    ),
  ]

export const shape: Translations = {
  'shape/arange_linspace': () => [
    arange(5),
    arange(2, 11, 3),
    arange(5, 0, -2),
    arange(0, 1, 0.25, 'float64'),
    linspace(0, 1, 5, 'float64'),
  ],
  'shape/concatenate_axis1': joined(1),
  'shape/concatenate_axis2': joined(2),
  'shape/concatenate_dtype': ({ x, y }) => [concatenate([x, y])],
  'shape/concatenate_empty': ({ x, y }) => [concatenate([x, y, x])],
  'shape/diag': ({ m, v }) => [diag(m), diag(v), diagonal(m, { offset: 1 }), diagonal(m, { offset: -1 })],
  'shape/dimshuffle': ({ x, y }) => [dimshuffle(x, 2, 0, 1), dimshuffle(x, 'x', 2, 'x', 1, 0), dimshuffle(y, 0, 2)],
  'shape/flatten': ({ x }) => [flatten(x), flatten(x, 2)],
  'shape/flip_roll': ({ x }) => [
    at(x, backwards),
    at(x, ellipsis, backwards),
    roll(x, 2),
    roll(x, 1, 0),
    roll(x, -1, 1),
  ],
  'shape/meshgrid_mgrid': () => mgrid(slice(0, 3), slice(1, 5, 2)),
  'shape/pad_edge': padded('edge'),
  'shape/pad_symmetric': padded('symmetric'),
  'shape/pad_wrap': padded('wrap'),
  // Counts are part of the program: the size of the result is known when it is built.
  'shape/repeat': ({ x }) => [repeat(x, 2), repeat(x, 3, { axis: 1 }), repeat(x, [2, 0, 3], { axis: 0 })],
  'shape/reshape': ({ x }) => [reshape(x, [6, 4]), reshape(x, [-1, 2]), reshape(x, [24]), reshape(x, [2, 2, 2, -1])],
  'shape/sort_argsort': ({ x }) => [sort(x, { axis: 0 }), sort(x), sort(x, { axis: null }), argsort(x, { axis: 1 })],
  'shape/split': ({ x }) => split(x, [1, 2, 1], { axis: 2 }),
  'shape/squeeze_expand': ({ y, z }) => [squeeze(y), expandDims(z, 0), expandDims(z, -1), expandDims(z, 1)],
  'shape/stack': ({ x, y }) => [0, 1, -1].map(axis => stack([x, y], { axis })),
  'shape/topk': ({ x }) => [topk(x, 3)[0]],
  'shape/zeros_ones_like': ({ x }) => [zerosLike(x), onesLike(x), fill(x, 7)],
}
