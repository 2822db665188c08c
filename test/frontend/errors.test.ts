/** What damo says of bad input: each message names the operands, their shapes with the names of dims, and the line. */
import { readdirSync, readFileSync } from 'node:fs'
import {
  add,
  arange,
  array,
  at,
  compile,
  concatenate,
  constant,
  DamoError,
  dim,
  einsum,
  exp,
  expandDims,
  full,
  grad,
  gt,
  incSubtensor,
  interpreter,
  inv,
  logicalAnd,
  matmul,
  matrix,
  max,
  mean,
  median,
  neg,
  norm,
  pick,
  quantile,
  reshape,
  rewriteGraph,
  scalar,
  scan,
  setSubtensor,
  shared,
  slice,
  split,
  sum,
  svd,
  type Tensor,
  tensor,
  topk,
  transpose,
  vector,
} from 'damo'
import { expect, test } from 'vitest'
import { notBatched } from '../../frontend/calculus/errors.ts'
import { graphTooLarge } from '../../frontend/compile/errors.ts'
import * as errors from '../../frontend/errors.ts'
import { derivativeUndefined, routineFailed } from '../../frontend/ops/errors.ts'
import { rule } from '../../frontend/rule.ts'

const batch = dim('batch')
const images = matrix('images', { shape: [batch, 784] })
const weights = matrix('weights', { shape: [100, 10] })
const labels = vector('labels', { dtype: 'int32', shape: [batch] })
const mask = gt(images, 0)
const state = shared(array([1, 2, 3]), 'state')

const build = (spec: Parameters<typeof compile>[0]) => compile(spec, { target: interpreter() })
const backAndForth = [
  rule({ phase: 'canonical', holds: 'exact' }, 'there', x => [neg(x), exp(x)]),
  rule({ phase: 'canonical', holds: 'exact' }, 'and back', x => [exp(x), neg(x)]),
]

const provocations: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error: a number, not bool
  'a dtype without meaning': () => exp(mask),
  // @ts-expect-error: a number, not bool
  'dtypes without meaning together': () => add(mask, mask),
  'a name against a number': () => add(images, matrix('centers', { shape: [batch, 10] })),
  'a name against another': () => add(labels, vector('weights', { shape: [dim('classes')] })),
  'inner dimensions that differ': () => matmul(images, weights),
  // @ts-expect-error: a matrix has no axis 2
  'an axis that is not there': () => sum(images, { axis: 2 }),
  // @ts-expect-error: indices of one rank less
  'a rank without meaning': () => pick(images, images.astype('int32')),
  'a shape of another size': () => reshape(weights, [33, 30]),
  'shapes that do not fit side by side': () => concatenate([images, weights], { axis: 0 }),
  'an axis twice': () => transpose(images, [0, 0]),
  'no tensor at all': () => logicalAnd(images, undefined as unknown as Tensor),
  'an operator of the language': () => (images as never) + (1 as never),
  'a dim that nothing tells to the interpreter': () => full([dim('rows')], 1).eval(),
  // @ts-expect-error: no tensor has nine axes
  'a rank too high': () => expandDims(tensor('volumes', { shape: [1, 2, 3, 4, 5, 6, 7, 8] }), 0),
  'a quantile that is none': () => quantile(images, 1.5),
  'more elements than there are': () => topk(weights, 11),
  'parts that are no whole': () => split(weights, 3),
  'an index outside': () => at(weights, 100),
  // @ts-expect-error: a matrix has two axes
  'more indices than axes': () => at(weights, 0, 1, 2),
  'a mask of another size': () => at(weights, constant([true, false])),
  'an index that is no integer': () => at(weights, images),
  'text that is no index': () => at(weights, '1:2:3:4'),
  'a bound that is computed': () => at(weights, slice(sum(labels), null)),
  'as many as a mask chooses': () => at(images, mask).eval({ images: [] }),
  'an index of nothing that was indexed': () => setSubtensor(weights, 0),
  'what does not fit into its place': () => setSubtensor(at(weights, 0), images),
  // @ts-expect-error: a dtype that int32 holds, not float32
  'floats into integers': () => incSubtensor(at(labels, 0), mean(images)),
  'a slice without a step': () => at(weights, slice(0, 10, 0)),
  'a dim that is none': () => matrix('x', { shape: [1.5, 2] }),
  'a fraction for an integer': () => constant(0.5, 'int32'),
  'a number beyond an integer': () => constant([1], 'int32').add(2 ** 40),
  'a dtype that there is not': () => vector('v', { dtype: 'float' as 'float32' }),
  'a size that cannot be worked out': () => reshape(weights, [30, -1]),
  'an extreme of nothing': () => max(at(weights, slice(5, 5)), { axis: 0 }),
  'an extreme of what turns out to be nothing': () => max(vector('v')).eval({ v: [] }),
  'an option that there is not': () => sum(images, { axes: 0 } as object),
  'a range that never ends': () => arange(0, 5, 0),
  'a shape for another rank': () => vector('x', { shape: [batch, 2] as never }),
  'a carry that changes its dtype': () =>
    scan((h: Tensor) => ({ carry: h.astype('float64') }), { initial: state, steps: 3 }),
  'another carry than was given': () => scan((h: Tensor) => ({ carry: [h, h] as never }), { initial: state, steps: 3 }),
  'a sequence without elements': () => scan((_, x) => ({ output: x as Tensor }), { sequences: scalar('x') }),
  'subscripts for another rank': () => einsum('ij,jk', images, labels),
  'a matrix that is not square': () => inv(weights),
  'a singular matrix': () =>
    inv(matrix('m')).eval({
      m: [
        [1, 2],
        [2, 4],
      ],
    }),
  'a derivative of vectors that are not told': () => grad(sum(svd(weights).u), weights),
  'a norm that matrices do not have': () => norm(weights, { ord: 3 }),
  'steps without number': () => scan((h: Tensor) => ({ carry: h }), { initial: state }),
  'more steps than elements': () => scan((_, x) => ({ output: x as Tensor }), { sequences: weights, steps: 101 }),
  'two inputs of one name': () => add(scalar('x'), scalar('x')).eval({ x: 1 }),
  'an unbound size below 0': () => at(vector('v'), slice(3, null)).eval({ v: [1] }),
  'rules in a circle': () => rewriteGraph(exp(scalar('x')), { rules: backAndForth }),
  'an unknown rule': () => rewriteGraph(images, { exclude: ['no such rule'] }),
  'an input that is computed': () => build({ inputs: { total: sum(images) } }),
  'an input that is no tensor': () => build({ inputs: { total: 1 as unknown as Tensor } }),
  'two inputs of one name to compile': () => build({ inputs: [images, images], outputs: images }),
  'two shared variables of one name': () => build({ outputs: add(state, shared(array([1, 2, 3]), 'state')) }),
  'an update of an input': () => build({ updates: [[images, images]] }),
  'an update of nothing': () => build({ updates: [[1 as unknown as Tensor, 1]] }),
  'an update of another dtype': () => build({ updates: [[state, state.astype('float64')]] }),
  'an update of another shape': () => build({ updates: [[state, sum(state)]] }),
  'two updates of one variable': () =>
    build({
      updates: [
        [state, state.add(1)],
        [state, state.add(2)],
      ],
    }),
  'a part of a function that there is not': () => build({ inputs: { images }, update: [] } as never),
  'an option of compile that there is not': () =>
    compile({ outputs: sum(state) }, { target: interpreter(), nanGaurd: true } as never),
  'another word about unused inputs': () => build({ outputs: sum(state), onUnusedInput: 'rais' as never }),
  'another word about disconnected inputs': () => grad(sum(state), state, { disconnectedInputs: 'rais' as never }),
  'an option of grad that there is not': () => grad(sum(state), state, { considerConstants: [state] } as never),
  'the artifact of a target without any': async () =>
    (await compile({ name: 'total', outputs: sum(state) }, { target: interpreter() })).save('total'),
  'nothing to compile': () => build(undefined as never),
  'a tensor to compile': () => build(images as never),
  'no target': () => compile({ inputs: { images }, outputs: sum(images) }, undefined as never),
  'the name of a target': () => compile({ outputs: sum(state) }, { target: 'wasm' as never }),
  'a store that is none': () => compile({ outputs: sum(state) }, { target: interpreter(), store: {} as never }),
  'inputs as one tensor': () => build({ inputs: images as never, outputs: sum(images) }),
  'an output that is none': () => build({ outputs: { y: 'sum' as never } }),
  'updates that are no pairs': () => build({ updates: [state, state.add(1)] as never }),
  'updates as a record': () => build({ updates: { state: state.add(1) } as never }),
  'givens that are no pairs': () => build({ outputs: sum(images), givens: images as never }),
  'a gradient of a number': () => grad(3 as never, images),
  'a gradient with respect to a name': () => grad(sum(images), 'images' as never),
  'known gradients in a record': () => grad(sum(images), images, { knownGrads: {} as never }),
  'a shared variable of text': () => shared('text' as never),
  'an option where a list belongs': () => transpose(images, { axes: [0, 1] } as never),
  'a given of another shape': () => build({ outputs: sum(images), givens: [[images, labels]] }),
  'an input that is not listed': () => build({ outputs: matmul(transpose(images), labels) }),
  'an input that is not used': () => build({ inputs: { images, labels }, outputs: sum(labels) }),
  'a dim that no input has': () => build({ outputs: sum(full([dim('rows'), 3], 1)) }),
  'an update that becomes too long': async () => {
    const x = vector('x', { shape: [dim('length')] })
    const f = await build({ inputs: { x }, updates: [[state, at(x, slice(0, 3))]] })
    await f({ x: [1, 2] })
  },
  'open dims that an op wants equal': async () => {
    const [x, y] = [vector('x'), vector('y')]
    const f = await build({ inputs: { x, y }, outputs: add(x, y) })
    await f({ x: [1, 2], y: [1, 2, 3] })
  },
  'an open dim that an op wants of a known size': async () => {
    const x = matrix('x')
    const f = await build({ inputs: { x }, outputs: matmul(x, full([100, 10], 1)) })
    await f({ x: [[1, 2]] })
  },
  'an extreme of nothing at a call': async () => {
    const x = vector('x')
    const f = await build({ inputs: { x }, outputs: max(x) })
    await f({ x: [] })
  },
  'a middle of nothing at a call': async () => {
    const x = vector('x')
    const f = await build({ inputs: { x }, outputs: median(x) })
    await f({ x: [] })
  },
  'a slice that steps by 0 at a call': async () => {
    const [x, k] = [vector('x'), scalar('k', { dtype: 'int32' })]
    const f = await build({ inputs: { x, k }, outputs: x.at(slice(0, 2, k)) })
    await f({ x: [1, 2, 3], k: 0 })
  },
  'a bound that no one would read': async () => {
    const [x, y, k] = [
      vector('x', { shape: [batch] }),
      vector('y', { shape: [dim('n')] }),
      scalar('k', { dtype: 'int32' }),
    ]
    const f = await build({ inputs: { x, y, k }, outputs: setSubtensor(x.at(slice(k)), y) })
    await f({ x: [1, 2, 3], y: [1, 2, 3], k: 2 })
  },
  'a size that cannot be worked out at a call': async () => {
    const x = matrix('x')
    const f = await build({ inputs: { x }, outputs: reshape(x, [4, -1]) })
    await f({ x: [[1, 2, 3]] })
  },
  'NaN where it is guarded': async () => {
    const x = vector('x')
    const f = await compile(
      { inputs: { x }, outputs: { y: x.sub(x.mul(2)).pow(0.5) } },
      { target: interpreter(), nanGuard: true },
    )
    await f({ x: [1] })
  },
  // Nothing public leads here in a moment: the words alone.
  'a graph too large': () => {
    throw graphTooLarge(1_000_000, 200_000)
  },
  'an op that cannot be evaluated': () => {
    throw errors.notEvaluated(exp(images))
  },
  'a routine without an answer': () => {
    throw routineFailed(exp(images), 'row {index} of {size} has no order', 2, 5)
  },
  'a derivative that no formula gives': () => {
    throw derivativeUndefined(exp(images), 'gammainc', 'derivative by its order')
  },
  'an op that cannot be batched': () => {
    throw notBatched(exp(images))
  },
}

/** The message of what is thrown; lines of this file move, so only that they are named is golden. */
async function messageOf(provoke: () => unknown): Promise<string> {
  try {
    await provoke()
  } catch (error) {
    if (!(error instanceof DamoError)) throw error
    return error.message.replace(/(errors\.test\.ts):\d+/g, '$1:LINE')
  }
  return 'no error'
}

test('messages say what is wrong, of what, and where', async () => {
  const texts: string[] = []
  for (const [name, provoke] of Object.entries(provocations)) texts.push(`# ${name}\n${await messageOf(provoke)}\n`)
  expect(texts.filter(text => text.endsWith('no error\n'))).toEqual([])
  await expect(texts.join('\n')).toMatchFileSnapshot('../golden/frontend/errors.txt')
})

test('every code of the frontend stands in a golden text', () => {
  const folder = new URL('../golden/frontend/', import.meta.url)
  const golden = readdirSync(folder).map(name => readFileSync(new URL(name, folder), 'utf8'))
  const sources = readdirSync(new URL('../../frontend/', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter(name => /(^|\/)errors\.ts$/.test(name) && !name.startsWith('nn'))
    .map(name => readFileSync(new URL(`../../frontend/${name}`, import.meta.url), 'utf8'))
  const codes = new Set(sources.flatMap(source => source.match(/(?<=')D\d{3}(?=')/g) ?? []))
  expect(codes.size).toBeGreaterThan(40)
  expect([...codes].filter(code => !golden.some(text => text.includes(`[${code}]`)))).toEqual([])
})

test('the lines are those of the call and of what built the operands', () => {
  const lineHere = () => Number(/errors\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1])
  const [left, built] = [vector('left', { shape: [3] }), lineHere()]
  const [right, later] = [vector('right', { shape: [4] }), lineHere()]
  let called = 0
  const provoke = () => {
    called = lineHere() + 1
    return add(left, right)
  }
  expect(provoke).toThrow(`left    float32[3]   built at errors.test.ts:${built}`)
  expect(provoke).toThrow(`right   float32[4]   built at errors.test.ts:${later}`)
  expect(provoke).toThrow(`at errors.test.ts:${called}`)
})
