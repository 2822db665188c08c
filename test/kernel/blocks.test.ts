/** Concatenations whose parts are stored where they stand in the whole by what computes them. */
import {
  array,
  at,
  compile,
  concatenate,
  constant,
  exp,
  interpreter,
  matrix,
  type NDArray,
  relu,
  scan,
  shared,
  slice,
  softmax,
  sort,
  square,
  stack,
  sum,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from 'damo'
import { conv2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered, type Spec } from '../../frontend/compile.ts'
import type { KernelStep } from '../../frontend/kernel/program.ts'
import { noise } from '../bench/noise.ts'
import { near } from '../fuzz/compare.ts'
import { loopInterpreter } from '../targets.ts'

const inputs = {
  x: matrix('x', { shape: ['n', 4] }),
  y: matrix('y', { shape: ['n', 3] }),
  u: matrix('u', { shape: [4, 8] }),
  v: matrix('v', { shape: [3, 8] }),
  images: tensor('images', { shape: [2, 3, 6, 6] }),
  pixels: tensor('pixels', { shape: [4, 3, 1, 1] }),
  filters: tensor('filters', { shape: [2, 3, 3, 3] }),
}
const { x, y, u, v, images, pixels, filters } = inputs
const [xu, yv] = [x.matmul(u), y.matmul(v)]
const channels = [relu(conv2d(images, pixels)), conv2d(images, filters, { padding: 1 })]
const [product, inBlock] = ['einsum', 'einsum concatenate']

/** What is computed, and the kernels of that. */
const cases: Record<string, readonly [Tensor, readonly string[]]> = {
  rows: [concatenate([xu, yv]), [inBlock, inBlock]],
  columns: [concatenate([xu, yv], { axis: 1 }), [inBlock, inBlock]],
  'elements of products': [concatenate([relu(xu), exp(yv)], { axis: 1 }), [inBlock, inBlock]],
  'a product between inputs': [concatenate([x, xu, y], { axis: 1 }), [inBlock, 'concatenate', 'concatenate']],
  'a product twice': [concatenate([xu, xu.mul(2)]), ['einsum concatenate concatenate']],
  'a product and what is made of it': [
    concatenate([xu, tanh(xu.matmul(u.transpose())).matmul(u)], { axis: 1 }),
    [inBlock, 'einsum tanh', inBlock],
  ],
  'channels of convolutions': [concatenate(channels, { axis: 1 }), [inBlock, inBlock]],
  'transposes that are stacked': [stack([xu.transpose(), yv.transpose().mul(3)], { axis: 1 }), [inBlock, inBlock]],
  'blocks of blocks': [
    concatenate([concatenate([xu, yv]), concatenate([yv, square(xu)])], { axis: 1 }),
    ['einsum concatenate concatenate', 'einsum concatenate concatenate'],
  ],
  'axes taken apart': [
    concatenate([xu.reshape(['n', 2, 4]), yv.reshape(['n', 2, 4])], { axis: 1 }),
    [inBlock, inBlock],
  ],
  'rows of reductions': [
    concatenate([softmax(xu), sum(yv, { axis: 1, keepdims: true })], { axis: 1 }),
    [product, 'peak scaledExp sum concatenate', product, 'sum concatenate'],
  ],
  'numbers, in one kernel': [stack([sum(x), sum(square(x))]), ['sum sum concatenate concatenate']],
  'an operand of a routine': [sort(concatenate([xu, yv], { axis: 1 })), [inBlock, inBlock, 'sort']],
  'inputs alone: one pass': [concatenate([x, y], { axis: 1 }), ['concatenate']],
  'nothing that has to be in memory': [
    softmax(concatenate([xu, yv], { axis: 1 })),
    [product, product, 'peak scaledExp sum mul'],
  ],
  'in the steps of a loop': [
    scan(
      (h: Tensor, row: Tensor) => {
        const both = concatenate([h.matmul(u.transpose()), row.matmul(v)])
        return { carry: tanh(row.matmul(v).add(h)), output: both }
      },
      { initial: zeros([8]), sequences: y },
    ).outputs as Tensor,
    ['broadcastTo', inBlock, 'einsum tanh concatenate'],
  ],
}

const spec = (r: Tensor): Spec => ({ inputs, outputs: { r }, onUnusedInput: 'ignore' })

const labelsOf = (step: KernelStep): string[] => ('run' in step ? [step.run.label] : step.steps.flatMap(labelsOf))

test.each(Object.entries(cases))('%s', (_, [r, kernels]) => {
  expect(lowered(spec(r)).steps.flatMap(labelsOf).sort()).toEqual([...kernels].sort())
})

const arrays = Object.fromEntries(
  Object.entries(inputs).map(([name, { shape }], i) => {
    const sizes = shape.map(dim => (dim === 'n' ? 5 : (dim as number)))
    return [
      name,
      array(
        noise(
          sizes.reduce((a, b) => a * b, 1),
          1,
          i + 1,
        ),
        { shape: sizes },
      ),
    ]
  }),
) as Record<keyof typeof inputs, NDArray>

test('the same values by loops, whose plans are verified, and in wasm', async () => {
  const outputs = Object.fromEntries(Object.entries(cases).map(([name, [r]]) => [name, r]))
  const results = [interpreter(), loopInterpreter(), wasm()].map(async target => {
    const program = await compile({ inputs, outputs }, { target })
    return (await program(arrays)) as Record<string, NDArray>
  })
  const [expected, ...others] = (await Promise.all(results)) as [Record<string, NDArray>, ...Record<string, NDArray>[]]
  for (const actual of others)
    for (const name of Object.keys(outputs))
      expect([name, near(actual[name]!, expected[name]!)]).toEqual([name, undefined])
})

test('states that are joined of what they were: old values are there as long as they are read', async () => {
  const [s, t] = [shared(array(noise(12, 1, 8), { shape: [6, 2] }), 's'), shared(zeros([4, 2]), 't')]
  const [swap, double] = [
    array([
      [0, 1],
      [1, 0],
    ]),
    array([
      [2, 0],
      [0, 2],
    ]),
  ].map(each => constant(each)) as [Tensor, Tensor]
  const rows = (from: Tensor, start: number, stop: number) => at(from, slice(start, stop))
  const updates = [
    [s, concatenate([rows(s, 2, 6).matmul(swap), rows(s, 0, 2).matmul(double)])],
    [t, concatenate([rows(s, 4, 6).matmul(double), rows(t, 0, 2)])],
  ] as const
  const results = [interpreter(), loopInterpreter()].map(async target => {
    const step = await compile({ updates }, { target })
    for (let call = 0; call < 3; call++) step.runSync()
    return ['s', 't'].map(name => [...step.state.get(name).data])
  })
  const [expected, actual] = await Promise.all(results)
  expect(actual).toEqual(expected)
})
