/**
 * What functions of tensors refuse besides what the law of refusals finds by itself (`test/laws/refusals.test.ts`): calls
 * whose messages are golden. Nothing may pass, and nothing may throw anything but damo's errors.
 */
import * as damo from 'damo'
import { expect, test } from 'vitest'

const { DamoError, dim, matrix, tensor, vector } = damo
// biome-ignore lint/suspicious/noExplicitAny: what is refused here is mostly refused by the editor too
const d: Readonly<Record<string, any>> = damo

const x = matrix('x', { shape: [dim('rows'), 3] })
const square = matrix('square', { shape: [3, 3] })
const v = vector('v', { shape: [4] })
const s = d.scalar('s')
const signals = d.tensor3('signals', { shape: [2, 3, 4] })
const flags = matrix('flags', { dtype: 'bool', shape: [2, 3] })
const counts = vector('counts', { dtype: 'int32', shape: [4] })
const high = tensor('high', { shape: [1, 2, 3, 4, 5, 6, 7, 8] })
const wild = (value: unknown) => value as never
type Wild = (...args: unknown[]) => unknown

/** One call or more of each function that has something to refuse of its own. */
const calls: Readonly<Record<string, readonly (() => unknown)[]>> = {
  allocDiag: [() => d.allocDiag(s), () => d.allocDiag(v, { offset: 0.5 })],
  arange: [() => d.arange(0, 5, 0), () => d.arange(0, Infinity), () => d.arange(wild('2n'))],
  at: [() => d.at(x, 0, 0, 0), () => d.at(square, 3), () => d.at(x, d.slice(0, 2, 0))],
  batchedDot: [() => d.batchedDot(s, x)],
  bitcast: [() => d.bitcast(x, 'float64')],
  broadcastArrays: [() => d.broadcastArrays(x, v)],
  broadcastTo: [() => d.broadcastTo(x, [4]), () => d.broadcastTo(v, [2, 5])],
  cast: [() => d.cast(x, wild('float'))],
  concatenate: [() => d.concatenate([]), () => d.concatenate([x, v]), () => d.concatenate([square, v.reshape([1, 4])])],
  diag: [() => d.diag(s), () => d.diag(v, { offset: 0.5 })],
  diagonal: [() => d.diagonal(v), () => d.diagonal(x, { axis1: 1 })],
  clip: [() => d.clip(x, null, v), () => d.clip(x, 0, wild(undefined)), () => (d.clip as Wild)(x, 0, 1, 2)],
  dimValue: [() => d.dimValue(-1), () => d.dimValue(wild('a b'))],
  dimshuffle: [() => d.dimshuffle(x, 1), () => d.dimshuffle(x, 0, 1, 0)],
  dims: [() => d.dims.floorDiv('n', 0), () => d.dims.add(0.5, 1)],
  dot: [() => d.dot(x, v)],
  dstack: [() => d.dstack([])],
  einsum: [() => d.einsum('ij,jk->ik', x, v)],
  expandDims: [() => d.expandDims(x, 4), () => d.expandDims(high, 0), () => d.expandDims(x, [0, 0])],
  eye: [() => d.eye(-1), () => d.eye(3, { columns: 2.5 })],
  exp: [() => (d.exp as Wild)(x, { out: v })],
  fill: [() => d.fill(x, v)],
  fillDiagonal: [
    () => d.fillDiagonal(v, 1),
    () => d.fillDiagonal(square, v),
    () => d.fillDiagonal(tensor('odd', { shape: [3, 3, 2] }), 1),
  ],
  flatten: [() => d.flatten(x, 3)],
  flip: [() => d.flip(x, [0, 0])],
  full: [() => d.full([2], v), () => d.full([2, -1], 0), () => d.full(new Array(9).fill(1), 0)],
  geomspace: [() => d.geomspace(-1, 1, 5), () => d.geomspace(0, 1, 5)],
  diff: [() => d.diff(x, 0.5), () => d.diff(x, { prepend: v })],
  gather: [() => d.gather(x, counts), () => d.gather(x, x)],
  histogram: [
    () => d.histogram(flags),
    () => d.histogram(x, { bins: 0 }),
    () => d.histogram(x, { bins: [1] }),
    () => d.histogram(x, { range: [2, 1] }),
  ],
  scatter: [
    () => d.scatter(x, counts, 0),
    () => d.scatter(square, d.cast(signals.at(0), 'int32'), 0, 0),
    () => d.scatter(square, d.argsort(square), v),
    () => d.scatter(d.argsort(square), d.argsort(square), square),
    () => d.scatter(flags, d.zerosLike(flags, 'int32'), true, { mode: 'add' }),
    () => d.scatter(square, d.argsort(square), 1, { mode: wild('max') }),
  ],
  searchsorted: [() => d.searchsorted(square, 1), () => d.searchsorted(v, v, { side: wild('both') })],
  unique: [() => d.unique(x, wild({})), () => d.unique(x, wild(undefined))],
  hstack: [() => d.hstack([]), () => d.hstack([square, x])],
  identityLike: [() => d.identityLike(v)],
  isclose: [() => d.isclose(x, v), () => d.isclose(x, wild('1'))],
  ix: [() => d.ix(x)],
  joinDims: [() => d.joinDims(x, 3), () => d.joinDims(x, 1, 2)],
  matvec: [() => d.matvec(v, v), () => d.matvec(x, v)],
  vecmat: [() => d.vecmat(v, v), () => d.vecmat(v, x)],
  vecdot: [() => d.vecdot(v, square)],
  tensorinv: [() => d.tensorinv(v), () => d.tensorinv(signals, 0), () => d.tensorinv(signals)],
  tensorsolve: [() => d.tensorsolve(v, v), () => d.tensorsolve(square, v)],
  kron: [() => d.kron(high, high)],
  linspace: [() => d.linspace(0, v, 3), () => d.linspace(0, 1, -1)],
  logspace: [() => d.logspace(0, 1, 1.5)],
  cholesky: [() => d.cholesky(x), () => d.cholesky(v), () => d.cholesky(square, { onError: wild('ignore') })],
  choSolve: [() => d.choSolve(square, v)],
  det: [() => d.det(x)],
  eigh: [() => d.eigh(v)],
  expm: [() => d.expm(x)],
  gradClip: [() => d.gradClip(x, wild(undefined), 1), () => d.gradClip(x, 0, wild('1'))],
  gradScale: [() => d.gradScale(x, wild(v))],
  inv: [() => d.inv(x), () => d.inv(flags), () => d.inv(square.astype('float16'))],
  lstsq: [() => d.lstsq(square, v), () => d.lstsq(v, v)],
  lu: [() => d.lu(x)],
  luFactor: [() => d.luFactor(x), () => d.luFactor(v)],
  luSolve: [
    () => d.luSolve(wild(square), v),
    () => d.luSolve(wild({ lu: square, piv: v }), v),
    () => d.luSolve(wild({ lu: square, piv: counts }), v),
    () => d.luSolve(d.luFactor(square), v, { trans: wild('C') }),
  ],
  matrixPower: [() => d.matrixPower(x, 2), () => d.matrixPower(square, 0.5)],
  pinv: [() => d.pinv(v)],
  pow: [() => d.pow(counts, -1), () => (d.pow as Wild)(x, 2, 3)],
  qr: [() => d.qr(v), () => d.qr(x, { mode: wild('raw') })],
  slogdet: [() => d.slogdet(x)],
  solve: [() => d.solve(square, v), () => d.solve(x, v), () => d.solve(square, square, { assumeA: wild('sym') })],
  solveTriangular: [() => d.solveTriangular(square, v)],
  svd: [() => d.svd(v)],
  matmul: [() => d.matmul(x, v), () => d.matmul(s, x)],
  matrixDot: [() => d.matrixDot(x, v)],
  mean: [() => d.mean(x, { dtype: wild('int32') })],
  meshgrid: [() => d.meshgrid([v, x])],
  moveaxis: [() => d.moveaxis(x, [0, 1], 0), () => d.moveaxis(x, [0, 0], [0, 1])],
  nanToNum: [() => d.nanToNum(wild('x'))],
  norm: [() => d.norm(x, { ord: Number.NaN }), () => d.norm(v, { ord: 'fro' }), () => d.norm(s, { ord: 1 })],
  oneHot: [() => d.oneHot(x, 3), () => d.oneHot(counts, -1)],
  outer: [() => d.outer(x, wild(undefined))],
  pad: [
    () =>
      d.pad(x, [
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
    () => d.pad(x, -1),
    () => d.pad(x, 1, { mode: wild('mirror') }),
    () => d.pad(x, 1, wild({ values: 1 })),
    () => d.pad(d.zeros([0, 2]), 1, { mode: 'edge' }),
  ],
  pick: [() => d.pick(x, v), () => d.pick(x, d.cast(x, 'int32'))],
  repeat: [() => d.repeat(square, [1, 2], { axis: 0 }), () => d.repeat(x, -1), () => d.repeat(x, [1, 2], { axis: 0 })],
  reshape: [() => d.reshape(square, [2, 5]), () => d.reshape(v, [1, 1, 1, 1, 1, 1, 1, 1, 4])],
  relu: [() => (d.relu as Wild)(x, 0.1)],
  round: [() => d.round(x, 0.5)],
  rfft: [() => d.rfft(d.zeros([3, 0]))],
  roll: [() => d.roll(x, 0.5, 0), () => d.roll(x, [1, 2, 3], [0, 1])],
  rot90: [() => d.rot90(x, 1, [0, 0]), () => d.rot90(x, 0.5)],
  split: [
    () => d.split(square, 0),
    () => d.split(v, 2, { axes: 0 } as object),
    () => d.split(square, 2),
    () => d.split(square, [1, 1]),
  ],
  splitDims: [() => d.splitDims(square, 0, [2, 2]), () => d.splitDims(square, 0, [1, 1, 1, 1, 1, 1, 1, 3])],
  squeeze: [() => d.squeeze(square, 0)],
  stack: [() => d.stack([]), () => d.stack([square, v]), () => d.stack([v, counts.reshape([2, 2])])],
  stackLists: [() => d.stackLists([]), () => d.stackLists([[s, 1], [s]])],
  sum: [() => d.sum(x, [0, 0]), () => d.sum(x, wild({ axes: 0 }))],
  take: [() => d.take(x, v)],
  takeAlongAxis: [() => d.takeAlongAxis(x, counts)],
  tensordot: [() => d.tensordot(x, v, 1), () => d.tensordot(x, v, 2)],
  tile: [() => d.tile(x, 0.5), () => d.tile(v, [1, 1, 1, 1, 1, 1, 1, 1, 2])],
  trace: [() => d.trace(v)],
  transpose: [() => d.transpose(x, [0])],
  tril: [() => d.tril(v)],
  trilIndices: [() => d.trilIndices(wild('n'))],
  triu: [() => d.triu(v)],
  triuIndices: [() => d.triuIndices(-1)],
  vstack: [() => d.vstack([]), () => d.vstack([square, v])],
  zeros: [() => d.zeros([1.5]), () => d.zeros([2], wild('float'))],
}

test('each call is refused, in words that say what, of what and where', async () => {
  const texts = Object.entries(calls).flatMap(([name, list]) =>
    list.map((call, i) => `# ${name} ${i + 1}\n${messageOf(call)}\n`),
  )
  const lines = texts.join('\n')
  await expect(lines).toMatchFileSnapshot('../golden/frontend/refusals.txt')
  expect(texts.filter(text => !/at refusals\.test\.ts:LINE \[D\d+\]\n$/.test(text))).toEqual([])
})

/** The message; lines of this file move, so only that they are named is golden. Errors of other kinds are marked. */
function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const text = error.message.replace(/(refusals\.test\.ts):\d+/g, '$1:LINE')
    return error instanceof DamoError ? text : `not damo's: ${error.name}: ${text}`
  }
  return 'not refused'
}
