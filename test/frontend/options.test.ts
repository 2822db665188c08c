/**
 * Options that there are not are refused by name, by every exported function that has options: which those are is read off
 * their parameters, and each has a call here.
 */
import * as d from 'damo'
import * as nn from 'damo/nn'
import * as op from 'damo/op'
import * as runtime from 'damo/runtime'
import * as testing from 'damo/testing'
import { describe, expect, test } from 'vitest'

const x = d.matrix('x', { shape: [d.dim('rows'), 3] })
const square = d.matrix('square', { shape: [3, 3] })
const v = d.vector('v', { shape: [4] })
const v3 = d.vector('v3', { shape: [3] })
const s = d.scalar('s')
const counts = d.vector('counts', { dtype: 'int32', shape: [4] })
const signals = d.tensor3('signals', { shape: [2, 3, 4] })
const images = d.tensor4('images', { shape: [1, 1, 4, 4] })
const volumes = d.tensor5('volumes', { shape: [1, 1, 4, 4, 4] })
const weights = d.shared([1, 2], 'weights')

/** A call of each function, right but for its options. */
const calls: Readonly<Record<string, (options: never) => unknown>> = {
  allocDiag: o => d.allocDiag(v, o),
  allclose: o => d.allclose(x, x, o),
  bincount: o => d.bincount(counts, o),
  cholesky: o => d.cholesky(square, o),
  choSolve: o => d.choSolve(square, v, o),
  luSolve: o => d.luSolve(d.luFactor(square), v3, o),
  concatenate: o => d.concatenate([x, x], o),
  cumsum: o => d.cumsum(x, o),
  diff: o => d.diff(x, o),
  histogram: o => d.histogram(x, o),
  gather: o => d.gather(v, counts, o),
  scatter: o => d.scatter(v, counts, 1, o),
  unique: o => d.unique(x, o),
  diag: o => d.diag(square, o),
  diagonal: o => d.diagonal(square, o),
  eigh: o => d.eigh(square, o),
  eye: o => d.eye(3, o),
  fillDiagonal: o => d.fillDiagonal(square, 1, o),
  geomspace: o => d.geomspace(1, 2, 3, o),
  isclose: o => d.isclose(x, x, o),
  linspace: o => d.linspace(0, 1, 3, o),
  logSoftmax: o => d.logSoftmax(x, o),
  logsumexp: o => d.logsumexp(x, o),
  lstsq: o => d.lstsq(square, v, o),
  matrixRank: o => d.matrixRank(square, o),
  matmul: o => d.matmul(square, square, o),
  max: o => d.max(x, o),
  meshgrid: o => d.meshgrid([v, v], o),
  nanToNum: o => d.nanToNum(x, o),
  norm: o => d.norm(x, o),
  pad: o => d.pad(x, 1, o),
  permuteRowElements: o => d.permuteRowElements(square, d.argsort(square), o),
  pinv: o => d.pinv(x, o),
  qr: o => d.qr(x, o),
  repeat: o => d.repeat(x, 2, o),
  searchsorted: o => d.searchsorted(v, v, o),
  softmax: o => d.softmax(x, o),
  solve: o => d.solve(square, v, o),
  solveTriangular: o => d.solveTriangular(square, v, o),
  sort: o => d.sort(x, o),
  split: o => d.split(square, 3, o),
  stack: o => d.stack([x, x], o),
  svd: o => d.svd(x, o),
  take: o => d.take(x, counts, o),
  takeAlongAxis: o => d.takeAlongAxis(x, d.argsort(x), o),
  topk: o => d.topk(v, 2, o),
  trace: o => d.trace(square, o),
  tri: o => d.tri(3, o),
  tril: o => d.tril(square, o),
  triu: o => d.triu(square, o),
  batchNormalizationTest: o => nn.batchNormalizationTest(x, v3, v3, v3, v3, o),
  batchNormalizationTrain: o => nn.batchNormalizationTrain(x, v3, v3, o),
  conv1d: o => nn.conv1d(signals, signals, o),
  ctc: o => nn.ctc(signals, d.cast(x, 'int32'), o),
  dropout: o => nn.dropout(x, x, o),
  groupNorm: o => nn.groupNorm(signals, 1, o),
  huber: o => nn.huber(x, x, o),
  images2neibs: o => nn.images2neibs(images, 2, o),
  instanceNorm: o => nn.instanceNorm(signals, o),
  layerNorm: o => nn.layerNorm(x, o),
  pool1d: o => nn.pool1d(signals, 2, o),
  rmsNorm: o => nn.rmsNorm(x, o),
  scaledDotProductAttention: o => nn.scaledDotProductAttention(x, x, x, o),
  cumprod: o => d.cumprod(x, o),
  eigvalsh: o => d.eigvalsh(square, o),
  compress: o => d.compress(v, v, o),
  countNonzero: o => d.countNonzero(x, o),
  flatnonzero: o => d.flatnonzero(x, o),
  nonzero: o => d.nonzero(x, o),
  nonzeroValues: o => d.nonzeroValues(x, o),
  argtopk: o => d.argtopk(v, 2, o),
  median: o => d.median(x, o),
  percentile: o => d.percentile(x, 50, o),
  quantile: o => d.quantile(x, 0.5, o),
  topkAndArgtopk: o => d.topkAndArgtopk(v, 2, o),
  all: o => d.all(x, o),
  any: o => d.any(x, o),
  argmax: o => d.argmax(x, o),
  argmin: o => d.argmin(x, o),
  maxAndArgmax: o => d.maxAndArgmax(x, o),
  mean: o => d.mean(x, o),
  min: o => d.min(x, o),
  prod: o => d.prod(x, o),
  std: o => d.std(x, o),
  sum: o => d.sum(x, o),
  var: o => d.var(x, o),
  argsort: o => d.argsort(x, o),
  ptp: o => d.ptp(x, o),
  logspace: o => d.logspace(0, 1, 3, o),
  round: o => d.round(x, o),
  scan: o => d.scan(() => ({ carry: s }), o),
  trilIndices: o => d.trilIndices(3, o),
  triuIndices: o => d.triuIndices(3, o),
  array: o => d.array([1], o),
  compile: o => d.compile({ outputs: s }, o),
  compileAll: o => d.compileAll({}, o),
  explain: o => d.explain({ inputs: { x }, outputs: x }, o),
  grad: o => d.grad(d.sum(x), x, o),
  Lop: o => d.Lop(x, x, x, o),
  hessian: o => d.hessian(d.sum(x), v, o),
  jacobian: o => d.jacobian(v, v, o),
  dim: o => d.dim('n', o),
  arange: o => d.arange(3, o),
  matrix: o => d.matrix('x', o),
  scalar: o => d.scalar('x', o),
  tensor: o => d.tensor('x', o),
  tensor3: o => d.tensor3('x', o),
  tensor4: o => d.tensor4('x', o),
  tensor5: o => d.tensor5('x', o),
  tensor6: o => d.tensor6('x', o),
  tensor7: o => d.tensor7('x', o),
  row: o => d.row('x', o),
  col: o => d.col('x', o),
  vector: o => d.vector('x', o),
  scalars: o => d.scalars('x', o),
  vectors: o => d.vectors('x', o),
  matrices: o => d.matrices('x', o),
  rows: o => d.rows('x', o),
  cols: o => d.cols('x', o),
  tensor3s: o => d.tensor3s('x', o),
  tensor4s: o => d.tensor4s('x', o),
  tensor5s: o => d.tensor5s('x', o),
  tensor6s: o => d.tensor6s('x', o),
  tensor7s: o => d.tensor7s('x', o),
  debugprint: o => d.debugprint(x, o),
  rewriteGraph: o => d.rewriteGraph(x, o),
  shared: o => d.shared(1, 'w', o),
  cov: o => d.cov(x, o),
  conv2d: o => nn.conv2d(images, images, o),
  signalConv2d: o => nn.signalConv2d(x, x, o),
  conv3d: o => nn.conv3d(volumes, volumes, o),
  convTranspose1d: o => nn.convTranspose1d(signals, signals, o),
  convTranspose2d: o => nn.convTranspose2d(images, images, o),
  convTranspose3d: o => nn.convTranspose3d(volumes, volumes, o),
  conv2dGradWrtInputs: o => nn.conv2dGradWrtInputs(images, images, [1, 1, 4, 4], o),
  conv3dGradWrtInputs: o => nn.conv3dGradWrtInputs(volumes, volumes, [1, 1, 4, 4, 4], o),
  conv2dGradWrtWeights: o => nn.conv2dGradWrtWeights(images, images, [1, 1, 1, 1], o),
  conv3dGradWrtWeights: o => nn.conv3dGradWrtWeights(volumes, volumes, [1, 1, 1, 1, 1], o),
  causalConv1d: o => nn.causalConv1d(signals, signals, o),
  separableConv2d: o => nn.separableConv2d(images, images, images, o),
  separableConv3d: o => nn.separableConv3d(volumes, volumes, volumes, o),
  uniform: o => nn.uniform([2], o),
  normal: o => nn.normal([2], o),
  glorotUniform: o => nn.glorotUniform([2, 2], o),
  glorotNormal: o => nn.glorotNormal([2, 2], o),
  heUniform: o => nn.heUniform([2, 2], o),
  heNormal: o => nn.heNormal([2, 2], o),
  lecunUniform: o => nn.lecunUniform([2, 2], o),
  lecunNormal: o => nn.lecunNormal([2, 2], o),
  pool2d: o => nn.pool2d(images, 2, o),
  pool3d: o => nn.pool3d(volumes, 2, o),
  sgd: o => nn.sgd(d.sum(weights), [weights], o),
  momentum: o => nn.momentum(d.sum(weights), [weights], o),
  nesterov: o => nn.nesterov(d.sum(weights), [weights], o),
  adagrad: o => nn.adagrad(d.sum(weights), [weights], o),
  rmsprop: o => nn.rmsprop(d.sum(weights), [weights], o),
  adadelta: o => nn.adadelta(d.sum(weights), [weights], o),
  adam: o => nn.adam(d.sum(weights), [weights], o),
  adamw: o => nn.adamw(d.sum(weights), [weights], o),
  full: o => runtime.full([2], 1, o),
  ones: o => runtime.ones([2], o),
  zeros: o => runtime.zeros([2], o),
  load: o => runtime.load('file:///nowhere.json', o),
  irfft: o => d.irfft(signals, o),
  rfft: o => d.rfft(x, o),
  vecdot: o => d.vecdot(v, v, o),
  verifyGrad: o => testing.verifyGrad(d.sum, [[1, 2]], o),
  verifyGradOf: o => testing.verifyGradOf(d.sum(weights), new Map(), o),
}

/** The names of a function's parameters, as far as they are written before its body. */
const parametersOf = (f: unknown) => /\(([^{]*?(?:\{[^}]*\})?[^{]*?)\)\s*(?:=>|\{)/.exec(String(f))?.[1] ?? ''

/** Functions with options: a parameter is called so, or is a record when nothing is given. */
const hasOptions = (f: unknown) => /\b(options|over|which|places|given|facts)\b|= \{\}/.test(parametersOf(f))

const exported = Object.values({ d, nn, op, runtime, testing }).flatMap(entry => Object.entries(entry))
const functions = exported.filter(([, f]) => typeof f === 'function' && !/^class\b/.test(String(f)))

test('every function with options has a call here', () => {
  const names = functions.filter(([, f]) => hasOptions(f)).map(([name]) => name)
  expect(names.length).toBeGreaterThan(130)
  expect(names.filter(name => !(name in calls))).toEqual([])
})

describe('an option that there is not is refused', () => {
  test.each(Object.entries(calls))('%s', async (name, call) => {
    const error = await thrown(() => call({ noSuchOption: 1 } as never))
    expect(error.message).toContain(`${name}: there is no option 'noSuchOption'; there `)
    expect((await thrown(() => call(true as never))).code).toMatch(/^[DR]0/)
  })
})

async function thrown(call: () => unknown): Promise<d.DamoError> {
  try {
    await call()
  } catch (error) {
    if (error instanceof d.DamoError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Calls that give an option by its place after the others, as Python's functions are called. */
const placed: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error: options in one record
  sum: () => d.sum(x, 0, true),
  // @ts-expect-error: options in one record
  'sum as a method': () => x.sum(0, true),
  // @ts-expect-error: options in one record
  'mean as a method': () => x.mean({ axis: 0 }, true),
  // @ts-expect-error: options in one record
  'max as a method': () => x.max(0, true),
  // @ts-expect-error: options in one record
  mean: () => d.mean(x, 0, 'float64'),
  // @ts-expect-error: options in one record
  std: () => d.std(x, 0, true),
  // @ts-expect-error: options in one record
  var: () => d.var(x, { axis: 0 }, true),
  // @ts-expect-error: options in one record
  argmax: () => d.argmax(x, 0, true),
  // @ts-expect-error: options in one record
  argmin: () => d.argmin(x, 0, true),
  // @ts-expect-error: options in one record
  maxAndArgmax: () => d.maxAndArgmax(x, 0, true),
  // @ts-expect-error: options in one record
  median: () => d.median(x, 0, true),
  // @ts-expect-error: options in one record
  quantile: () => d.quantile(x, 0.5, 0, 'lower'),
  // @ts-expect-error: options in one record
  percentile: () => d.percentile(x, 50, 0, 'lower'),
  // @ts-expect-error: options in one record
  topk: () => d.topk(v, 2, 0, false),
  // @ts-expect-error: options in one record
  argtopk: () => d.argtopk(v, 2, 0, false),
  // @ts-expect-error: options in one record
  sort: () => d.sort(x, 0, true),
  // @ts-expect-error: options in one record
  argsort: () => d.argsort(x, 0, true),
  // @ts-expect-error: options in one record
  cumsum: () => d.cumsum(x, 0, 'float64'),
  // @ts-expect-error: options in one record
  cumprod: () => d.cumprod(x, 0, 'float64'),
  // @ts-expect-error: options in one record
  diff: () => d.diff(x, 1, 0),
  // @ts-expect-error: options in one record
  histogram: () => d.histogram(x, 10, [0, 1]),
  // @ts-expect-error: options in one record
  ptp: () => d.ptp(x, 0, true),
  // @ts-expect-error: options in one record
  norm: () => d.norm(x, 2, 0),
  // @ts-expect-error: options in one record
  softmax: () => d.softmax(x, 0, 'float64'),
  // @ts-expect-error: options in one record
  logSoftmax: () => d.logSoftmax(x, 0, 'float64'),
  // @ts-expect-error: options in one record
  logsumexp: () => d.logsumexp(x, 0, true),
}

test.each(Object.entries(placed))('%s has no options after its options', (name, call) => {
  expect(call).toThrow(
    `${name.split(' ')[0]}: expected options in one record, such as { axis: 0, keepdims: true }, got `,
  )
})
