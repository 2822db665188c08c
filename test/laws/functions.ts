/**
 * Applications of the public functions that are made of ops: what the laws of functions are tried on, and what the table
 * in docs/ops.md shows. Arguments without a dtype are of the one on trial; right for m and n from 0 on.
 */
import * as d from 'damo'
import type { ExampleInput } from '../../frontend/define.ts'
import { indexing } from './indexing.ts'
import { networks } from './nn.ts'

/** Tensors that a function makes of declared arguments. */
export type Examples = (input: ExampleInput) => readonly d.Tensor[]

const { dims } = d
const some = dims.add('n', 1)
const tame = [0.5, 2] as const
const whole = [-9, 9] as const
const bytes = [-128, 127] as const

const creation: Readonly<Record<string, Examples>> = {
  arange: input => {
    input(['m', 'n'])
    return [d.arange('n'), d.arange(2, dims.add('n', 4)), d.arange(dims.mul('m', 2), -1, -3), d.arange(1, 'n', 2)]
  },
  linspace: input => {
    const [x] = [input(['m', 'n'], 'float64', tame)]
    return [d.linspace(0, 1, 'n'), d.linspace(d.sum(x), 7, some), d.linspace(2, 3, 5, { endpoint: false })]
  },
  logspace: input => {
    input(['n'])
    return [d.logspace(0, 2, some, { base: 2 }), d.logspace(-1, 1, 5)]
  },
  geomspace: input => {
    input(['n'])
    return [d.geomspace(1, 100, some), d.geomspace(-8, -1, 4)]
  },
  zeros: input => [d.add(d.zeros(['n', 3]), input(['n', 3], 'float32'))],
  ones: input => [d.add(d.ones(['n', 3]), input(['n', 3], 'float32'))],
  empty: input => [d.add(d.empty(['n', 3]), input(['n', 3], 'float32'))],
  full: input => [d.full(['n', 3], input([])), d.add(d.full(['n'], 7), input(['n'], 'float32'))],
  zerosLike: input => [d.zerosLike(input(['n', 3]))],
  onesLike: input => [d.onesLike(input(['n', 3]))],
  emptyLike: input => [d.emptyLike(input(['n', 3]))],
  fullLike: input => [d.fullLike(input(['n', 3]), 1)],
  fill: input => [d.fill(input(['n', 3]), 1), d.fill(input(['n', 1]), input([4]))],
  second: input => [d.second(input(['n', 1]), input([4]))],
  eye: input => [d.matmul(input(['m', 'n'], 'float32', tame), d.eye('n', { columns: 4, offset: 1 }))],
  identity: input => [d.matmul(input(['m', 'n'], 'float32', tame), d.identity('n'))],
  identityLike: input => [d.identityLike(input(['m', 'n']))],
  tri: input => [d.matmul(input(['m', 'n'], 'float32', tame), d.tri('n', { offset: -1 }))],
  tril: input => [d.tril(input(['m', 'n'])), d.tril(input([2, 'm', 'n']), { offset: 1 })],
  triu: input => [d.triu(input(['m', 'n'])), d.triu(input([2, 'm', 'n']), { offset: -1 })],
  trilIndices: () => d.trilIndices(3, { columns: 4 }),
  triuIndices: () => d.triuIndices(3, { offset: 1 }),
  fillDiagonal: input => [
    d.fillDiagonal(input(['m', 'n']), 1),
    d.fillDiagonal(input(['m', 'n']), input([]), { offset: -1 }),
    d.fillDiagonal(input(['n', 'n', 'n']), 0),
  ],
  allocDiag: input => [d.allocDiag(input(['m', 'n']), { offset: 1 })],
  trace: input => [d.trace(input(['n', 'n'], undefined, tame))],
  meshgrid: input => d.meshgrid([input(['n']), input(['m'])]),
  mgrid: input => {
    input(['m', 'n'])
    return d.mgrid(d.slice('n'), d.slice(1, 'm'))
  },
  ogrid: input => {
    input(['n'])
    return d.ogrid(d.slice('n'), d.slice(0, 6, 2))
  },
  ix: input => d.ix(input(['n'], 'int32'), input(['m'], 'int32')),
  oneHot: input => [d.oneHot(input(['n'], 'int32', [-1, 5]), 5)],
  dimValue: input => {
    input(['m', 'n'])
    return [d.dimValue('n'), d.dimValue(dims.max(dims.sub('m', 'n'), 0))]
  },
  shapeOf: input => [d.shapeOf(input(['m', 3, 'n']))],
  sizeOf: input => [d.sizeOf(input(['m', 3, 'n']))],
}

const shape: Readonly<Record<string, Examples>> = {
  flatten: input => [d.flatten(input(['m', 3, 'n'])), d.flatten(input(['m', 3, 'n']), 2)],
  ravel: input => [d.ravel(input(['m', 'n']))],
  moveaxis: input => [d.moveaxis(input(['m', 3, 'n']), -1, 0), d.moveaxis(input(['m', 3, 'n']), [0, 1], [2, 0])],
  swapaxes: input => [d.swapaxes(input(['m', 3, 'n']), 0, -1)],
  dimshuffle: input => [d.dimshuffle(input(['m', 'n']), 1, 'x', 0), d.dimshuffle(input([1, 'n']), 1)],
  expandDims: input => [d.expandDims(input(['m', 'n']), 1), d.expandDims(input(['n']), [0, -1])],
  squeeze: input => [d.squeeze(input([1, 'n', 1])), d.squeeze(input(['n', 1, 1]), -1)],
  shapePadleft: input => [d.shapePadleft(input(['n']), 2)],
  shapePadright: input => [d.shapePadright(input(['n']), 2)],
  shapePadaxis: input => [d.shapePadaxis(input(['m', 'n']), 1)],
  atleast1d: input => [d.atleast1d(input([]))],
  atleast2d: input => [d.atleast2d(input(['n']))],
  atleast3d: input => [d.atleast3d(input(['n'])), d.atleast3d(input(['m', 'n']))],
  broadcastArrays: input => d.broadcastArrays(input(['m', 1]), input(['n'])),
  joinDims: input => [d.joinDims(input([2, 'm', 'n', 3]), 1, 2), d.joinDims(input(['m', 'n']))],
  specifyShape: input => [
    d.specifyShape(input(['m', 6]), ['m', null]),
    d.specifyShape(d.flatten(input(['m', 2])), [dims.mul('m', 2)]),
  ],
  splitDims: input => [d.splitDims(input(['n', 6]), 1, [2, -1]), d.splitDims(input([dims.mul('n', 3)]), 0, ['n', 3])],
  concatenate: input => [
    d.concatenate([input(['n']), input(['m'])]),
    d.concatenate([input(['m', 2]), input(['n'])], { axis: null }),
  ],
  stack: input => [d.stack([input(['n', 3]), input(['n', 3])]), d.stack([input(['n']), input(['n'])], { axis: -1 })],
  hstack: input => [d.hstack([input(['n']), input(['m'])]), d.hstack([input(['n', 2]), input(['n', 3])])],
  vstack: input => [d.vstack([input(['n']), input(['n'])]), d.vstack([input(['m', 3]), input(['n', 3])])],
  dstack: input => [d.dstack([input(['m', 'n']), input(['m', 'n'])])],
  blockDiag: input => [d.blockDiag(input(['m', 2]), input([1, 'n']), input([2, 2]))],
  stackLists: input => [
    d.stackLists([
      [input([]), 0],
      [1, input([])],
    ]),
  ],
  split: input => [...d.split(input(['n', 6]), [1, 2, 3], { axis: 1 }), ...d.split(input([4, 'n']), 2)],
  tile: input => [d.tile(input(['m', 'n']), [2, 3]), d.tile(input(['n']), [2, 'm', 1]), d.tile(input(['m', 'n']), 2)],
  repeat: input => [
    d.repeat(input(['m', 'n']), 3, { axis: 0 }),
    d.repeat(input([3, 'n']), [2, 0, 1], { axis: 0 }),
    d.repeat(input(['m', 'n']), 2),
    d.repeat(input(['n']), 'm'),
  ],
  flip: input => [d.flip(input(['m', 'n'])), d.flip(input(['m', 'n']), 1)],
  roll: input => [
    d.roll(input(['m', 'n']), 2),
    d.roll(input(['m', 'n']), [1, -3], [0, 1]),
    d.roll(input([3, 'n']), 4, 0),
  ],
  rot90: input => [d.rot90(input(['m', 'n'])), d.rot90(input([2, 'm', 'n']), 3, [1, 2]), d.rot90(input(['m', 'n']), 2)],
  pad: input => [
    d.pad(input(['m', 'n']), 1),
    d.pad(input(['m', 'n']), [2, 1], { value: 1 }),
    d.pad(input([some, 3]), 2, { mode: 'edge' }),
    d.pad(input([dims.add('n', 3), 4]), [1, 2], { mode: 'reflect' }),
    d.pad(input([dims.add('n', 2), 2]), [2, 1], { mode: 'symmetric' }),
    d.pad(input([3, dims.add('n', 2)]), [2, 1], { mode: 'wrap' }),
    d.pad(input([3]), [8, 5], { mode: 'reflect' }),
    d.pad(input([3]), [8, 5], { mode: 'symmetric' }),
    d.pad(input([3]), [8, 5], { mode: 'wrap' }),
    d.pad(input([some, 3], undefined, tame), 1, { mode: 'maximum' }),
    d.pad(input([some, 3], undefined, tame), 1, { mode: 'minimum' }),
    d.pad(input([some, 3], undefined, tame), 1, { mode: 'mean' }),
    d.pad(input([some, 3], undefined, tame), 2, { mode: 'linearRamp', value: 1 }),
  ],
}

const elementwise: Readonly<Record<string, Examples>> = {
  considerConstant: input => [d.considerConstant(input(['n']))],
  divmod: input => d.divmod(input(['n'], undefined, whole), input(['m', 1], undefined, [1, 4])),
  isclose: input => [d.isclose(input(['m', 'n']), input(['n'])), d.isclose(input(['n']), 1, { equalNan: true })],
  allclose: input => [d.allclose(input(['m', 'n']), 1, { rtol: 1, atol: 20 })],
  nanToNum: input => [d.nanToNum(input(['m', 'n'])), d.nanToNum(input(['n']), { nan: 1, posinf: 2, neginf: 3 })],
  round: input => [d.round(input(['m', 'n'])), d.round(input(['n']), 1), d.round(input(['n']), { decimals: -1 })],
  clip: input => [
    d.clip(input(['m', 'n']), input(['m', 1], undefined, [-2, -1]), 1),
    d.clip(input(['n']), null, 0),
    d.clip(input(['n']), 0, null),
  ],
  polygamma: input => [d.polygamma(1, input(['n'], undefined, [1, 9]))],
  iround: input => [d.iround(input(['n'], undefined, whole))],
  elu: input => [d.elu(input(['n'], undefined, [-3, 3]), 1.5)],
  leakyRelu: input => [d.leakyRelu(input(['n']), 0.1)],
}

const reductions: Readonly<Record<string, Examples>> = {
  mean: input => [d.mean(input(['m', some], undefined, tame), 1)],
  var: input => [d.var(input(['m', dims.add('n', 2)], undefined, tame), { axis: 1, ddof: 1 })],
  std: input => [d.std(input(['m', dims.add('n', 2)], undefined, tame), { axis: -1, keepdims: true })],
  cov: input => [
    d.cov(input([2, dims.add('n', 2)], undefined, tame)),
    d.cov(input([3, 'm'], undefined, tame), { rowvar: false, ddof: 0 }),
  ],
  maxAndArgmax: input => d.maxAndArgmax(input(['m', some]), 1),
  sort: input => [d.sort(input(['m', 'n']), { axis: 0 }), d.sort(input(['m', 3]), { axis: null, descending: true })],
  argsort: input => [d.argsort(input(['m', 'n']), 0)],
  topk: input => [
    ...d.topk(input(['m', 5]), 3),
    ...d.topk(input([4, 'n']), -2, { axis: 0 }),
    ...d.topk(input([24, 'n']), 2, 0),
  ],
  argtopk: input => [d.argtopk(input(['m', 40]), 3), d.argtopk(input(['m', 5]), 2, { largest: false })],
  topkAndArgtopk: input => d.topkAndArgtopk(input(['n', 4]), 4),
  cumsum: input => [
    d.cumsum(input(['m', 'n']), 0),
    d.cumsum(input(['m', 'n'])),
    d.cumsum(input(['m', 3]), { axis: -1, dtype: 'float64' }),
  ],
  cumprod: input => [
    d.cumprod(input(['m', 'n'], undefined, tame), 1),
    d.cumprod(input([2, 3, 'n'], undefined, tame), { axis: 1 }),
  ],
  median: input => [
    d.median(input(['m', some]), 1),
    d.median(input([3, 'n', 2]), { axis: [2, 0], keepdims: true }),
    d.median(input([5])),
  ],
  quantile: input => [
    d.quantile(input(['m', some]), 0.3, 1),
    d.quantile(input([7, 'n']), [0, 0.25, 1], { axis: 0, keepdims: true }),
    d.quantile(input([4, 'n']), 0.4, { axis: 0, method: 'nearest' }),
    d.quantile(input([4, 'n']), 0.4, { axis: 0, method: 'midpoint' }),
  ],
  percentile: input => [d.percentile(input([6, 'n']), 30, { axis: 0, method: 'higher' })],
  ptp: input => [d.ptp(input(['m', some], undefined, tame), { axis: 1 })],
  norm: input => [
    d.norm(input(['m', 'n'], undefined, tame), { axis: 1 }),
    d.norm(input(['m', 'n'], undefined, tame), { axis: 0, ord: 3 }),
    d.norm(input(['m', some], undefined, tame), { ord: Infinity, axis: 1 }),
  ],
}

const products: Readonly<Record<string, Examples>> = {
  matmul: input => [
    d.matmul(input(['m', 'n'], undefined, tame), input(['n', 3], undefined, tame)),
    d.matmul(input(['m', 'n'], 'int8', bytes), input(['n', 9], 'uint8', bytes), { dtype: 'int32' }),
  ],
  dot: input => [d.dot(input(['m', 'n'], undefined, tame), input(['n'], undefined, tame))],
  inner: input => [d.inner(input(['m', 'n'], undefined, tame), input(['n'], undefined, tame))],
  outer: input => [d.outer(input(['m'], undefined, whole), input(['n'], undefined, whole))],
  tensordot: input => [d.tensordot(input(['m', 3, 'n'], undefined, tame), input([3, 'n'], undefined, tame))],
  rfft: input => [d.rfft(input(['m', 8])), d.rfft(input([2, 3, 6]), { norm: 'ortho' })],
  irfft: input => [d.irfft(input(['m', 5, 2])), d.irfft(input([2, 3, 4, 2]), { isOdd: true })],
  kron: input => [d.kron(input(['m', 'n'], undefined, whole), input([2, 2], undefined, whole))],
  batchedDot: input => [d.batchedDot(input(['m', 2, 'n'], undefined, tame), input(['m', 'n', 3], undefined, tame))],
  batchedTensordot: input => [
    d.batchedTensordot(input(['m', 2, 'n'], undefined, tame), input(['m', 2, 'n'], undefined, tame), 2),
  ],
  matrixDot: input => [
    d.matrixDot(input([2, 'm'], undefined, tame), input(['m', 'n'], undefined, tame), input(['n', 3], undefined, tame)),
  ],
  einsum: input => [d.einsum('ij,kj->ki', input(['m', 'n'], undefined, tame), input([3, 'n'], undefined, tame))],
  vecdot: input => [
    d.vecdot(input(['m', 'n'], undefined, tame), input(['n'], undefined, tame)),
    d.vecdot(input([3, 'n'], undefined, tame), input([3, 1], undefined, tame), 0),
  ],
  matvec: input => [d.matvec(input(['m', 2, 'n'], undefined, tame), input(['n'], undefined, tame))],
  vecmat: input => [d.vecmat(input(['m', 'n'], undefined, tame), input(['n', 2], undefined, tame))],
  tensorinv: input => [d.tensorinv(d.add(input([2, 3, 6], undefined, tame), d.mul(d.eye(6), 5).reshape([2, 3, 6])))],
  tensorsolve: input => [
    d.tensorsolve(
      d.add(input([2, 2, 4], undefined, tame), d.mul(d.eye(4), 5).reshape([2, 2, 4])),
      input([2, 2], undefined, tame),
    ),
  ],
  matrixPower: input => [2, 3, 0].map(n => d.matrixPower(input(['m', 2, 2], undefined, tame), n)),
  slogdet: input => {
    const { sign, logabsdet } = d.slogdet(input(['m', 3, 3], undefined, tame))
    return [sign, logabsdet]
  },
  eigvalsh: input => [d.eigvalsh(input(['m', 3, 3], undefined, tame), { lower: false })],
  svdvals: input => [d.svdvals(input(['m', 3, 2], undefined, tame))],
  matrixRank: input => [d.matrixRank(input(['m', 3, 2], undefined, tame))],
  choSolve: input => {
    const factor = d.add(input([3, 3], undefined, tame), d.mul(d.eye(3), 3))
    return [
      d.choSolve(factor, input([3, 'n'], undefined, tame)),
      d.choSolve(factor, input([3], undefined, tame), { lower: false }),
    ]
  },
  luSolve: input => {
    const factors = d.luFactor(d.add(input(['m', 3, 3], undefined, tame), d.mul(d.eye(3), 3)))
    return [
      d.luSolve(factors, input([3, 'n'], undefined, tame)),
      d.luSolve(factors, input([3], undefined, tame), { trans: true }),
    ]
  },
  luFactor: input => [d.luFactor(input(['m', 3, 3], undefined, tame)).lu],
  lstsq: input => {
    const { x, residuals } = d.lstsq(input([4, 2], undefined, tame), input([4, 'n'], undefined, tame))
    return [x, residuals]
  },
}

export const functions: Readonly<Record<string, Examples>> = {
  ...creation,
  ...shape,
  ...elementwise,
  ...reductions,
  ...products,
  ...indexing,
  ...networks,
}
