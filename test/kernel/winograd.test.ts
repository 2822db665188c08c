/** Convolutions by fewer products: which they are, and what they give, infinities and NaN included. */
import {
  array,
  compile,
  type Dim,
  dim,
  interpreter,
  type NDArray,
  relu,
  type Target,
  type Tensor,
  tensor,
  transpose,
} from 'damo'
import { type ConvOptions, conv1d, conv2d, conv2dGradWrtInputs, conv3d, images2neibs } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'
import { bitsOf, buffersFor, interpreted, Pack } from '../wasm/pack.ts'
import { type ConvolutionOptions, convolution, imageGradient } from './convolutions.ts'
import { randomFrom } from './random.ts'
import { referenceOf } from './reference.ts'

const fewer = (kernel: Kernel) => schedule(kernel).scratch.some(({ name }) => name.startsWith('filters'))
const both = (kernel: Kernel) => fewer(kernel) && schedule(kernel).scratch.some(({ name }) => name.startsWith('left'))

describe('which they are', () => {
  const options = (sizes: ConvolutionOptions['sizes'], more: Partial<ConvolutionOptions> = {}) => ({
    ...{ sizes, taps: 3, pad: 1 },
    ...more,
  })

  test.each([
    ['enough channels and places', options([1, 4, 5, 7, 8])],
    ['any number of images', options(['n', 4, 5, 7, 8])],
    ['large filters on large images', options([1, 512, 512, 14, 14])],
    ['windows of many taps', options([1, 16, 16, 14, 14], { taps: 7, pad: 3 })],
    ['a stride', options([1, 3, 16, 32, 32], { taps: 7, stride: 2, pad: 3 })],
    ['tiles half empty', options([16, 32, 32, 8, 9])],
    ['as many steps as four', options([1, 3, 16, 63, 63], { taps: 11, stride: 4, pad: 0 })],
    ['few channels whose windows are several blocks', options([1, 3, 16, 16, 16], { taps: 5, pad: 2 })],
  ])('%s', (_, given) => {
    const kernel = convolution(given)
    expect([fewer(kernel), both(kernel)]).toEqual([true, false])
  })

  test.each([
    ['few channels', options([1, 3, 64, 56, 56])],
    ['few filters', options([1, 64, 4, 56, 56])],
    ['images that tiles hang over', options([16, 32, 32, 5, 5])],
    ['large filters on small images', options([1, 512, 512, 7, 7])],
    ['so many channels that panels have no room', options([1, 1025, 8, 14, 14])],
    ['windows of more taps than there are blocks for', options([1, 16, 16, 24, 24], { taps: 13, pad: 6 })],
    ['zeros that are better left out', options([16, 16, 16, 8, 8], { taps: 5, pad: 4 })],
    ['strides whose tiles are half empty', options([1, 16, 16, 14, 14], { stride: 2 })],
    ['as many steps as taps', options([1, 16, 16, 32, 32], { taps: 2, stride: 2, pad: 0 })],
    ['channels that the call tells', options([1, 'c', 16, 14, 14])],
    ['filters that the call tells', options([1, 16, 'o', 14, 14])],
  ])('not %s', (_, given) => expect(fewer(convolution(given))).toBe(false))

  test('sizes that the call tells decide then', () =>
    expect(both(convolution(options(['n', 4, 5, 'h', 'w'])))).toBe(true))

  test('none where sums are to have their own terms', () => {
    expect(
      schedule(convolution(options([1, 4, 5, 7, 8])), { termByTerm: true }).scratch.map(({ name }) => name),
    ).toEqual(expect.not.arrayContaining([expect.stringMatching(/^filters/)]))
  })
})

describe('of whole numbers, exactly the sums', () => {
  const options: ConvolutionOptions[] = [
    { sizes: [2, 5, 6, 9, 8], taps: 3, pad: 1 },
    { sizes: ['n', 5, 5, 7, 14], taps: 3 },
    { sizes: ['n', 6, 9, 'h', 'w'], taps: 3, pad: 1 },
    { sizes: [1, 6, 7, 6, 6], taps: 3, pad: 2 },
    { sizes: [3, 7, 8, 8, 31], taps: 3, pad: 1 },
    ...[2, 4, 5, 6, 8].map((taps): ConvolutionOptions => ({ sizes: [1, 5, 5, 11, 15], taps, pad: taps >> 1 })),
  ]
  const strided: ConvolutionOptions[] = [
    { sizes: [2, 4, 5, 15, 15], taps: 3, stride: 2, pad: 1 },
    { sizes: ['n', 3, 6, 27, 30], taps: 7, stride: 2, pad: 3 },
    { sizes: ['n', 4, 5, 'h', 'w'], taps: 5, stride: 2, pad: 1 },
    { sizes: [1, 3, 5, 47, 63], taps: 11, stride: 4 },
    { sizes: [1, 4, 5, 26, 26], taps: 5, stride: 3, pad: 1 },
  ]
  const bindings = [
    { n: 2, h: 6, w: 8 },
    { n: 1, h: 9, w: 9 },
    { n: 0, h: 1, w: 1 },
    { n: 3, h: 13, w: 15 },
  ]
  const fill = (seed: number) => {
    const random = randomFrom(seed)
    return () => Math.floor(random() * 9) - 4
  }

  test.each([
    ['convolutions', convolution, options],
    ['convolutions with a stride', convolution, strided],
    ['gradients of images', imageGradient, options],
  ] as const)('%s', async (_, build, given) => {
    const kernels = given.map(build)
    expect(kernels.map(fewer)).toEqual(given.map(() => true))
    const run = await new Pack(kernels).compile()
    for (const dims of bindings) {
      const memory = kernels.map((kernel, i) => buffersFor(kernel, dims, fill(i)))
      const compiled = run(dims, memory)
      for (const [i, kernel] of kernels.entries()) {
        if (kernel.dims.length === 0 && dims !== bindings[0]) continue
        const where = `${kernel.label} at ${JSON.stringify(dims)}`
        const result = kernel.buffers.length - 1
        const exact = referenceOf(kernel, dims, memory[i]!)[result]! as Float32Array
        const got = interpreted(kernel, dims, memory[i]!)[result]! as Float32Array
        expect(Array.from(got), where).toEqual(Array.from(exact))
        expect(bitsOf(compiled[i]![result]!), where).toBe(bitsOf(got))
      }
    }
  })
})

const [n, height, breadth] = ['n', 'height', 'breadth'].map(name => dim(name)) as [Dim, Dim, Dim]
const sizes: Readonly<Record<string, number>> = { n: 3, height: 9, breadth: 13 }
const x = tensor('x', { shape: [n, 10, 9, 16] }) as Tensor<'float32', 4>
const w = tensor('w', { shape: [6, 10, 3, 3] }) as Tensor<'float32', 4>
const dy = tensor('dy', { shape: [n, 6, 9, 16] }) as Tensor<'float32', 4>
const halves = tensor('halves', { shape: [10, 5, 3, 3] }) as Tensor<'float32', 4>
const line = tensor('line', { shape: [n, 6, 40] }) as Tensor<'float32', 3>
const taps = tensor('taps', { shape: [7, 6, 3] }) as Tensor<'float32', 3>
const wide = tensor('wide', { shape: [6, 10, 5, 5] }) as Tensor<'float32', 4>
const long = tensor('long', { shape: [6, 10, 7, 4] }) as Tensor<'float32', 4>
const space = tensor('space', { dtype: 'float64', shape: [1, 4, 4, 8, 8] }) as Tensor<'float64', 5>
const cube = tensor('cube', { dtype: 'float64', shape: [5, 4, 3, 3, 3] }) as Tensor<'float64', 5>
const any = tensor('any', { shape: [n, 5, height, breadth] }) as Tensor<'float32', 4>
const same: ConvOptions = { padding: 1 }
const inputs = { x, w, wide, long, dy, halves, line, taps, space, cube, any }
const outputs = {
  turned: conv2d(x, w, same),
  straight: conv2d(x, w, { padding: 2, filterFlip: false }),
  groups: conv2d(x, halves, { padding: 1, groups: 2 }),
  wide: conv2d(x, wide, { padding: 2 }),
  strided: conv2d(x, wide, { padding: [1, 2], stride: 2 }),
  phases: conv2d(x, long, { padding: [2, 1], stride: [2, 1], filterFlip: false }),
  gradient: conv2dGradWrtInputs(dy, w, [n, 10, 9, 16], same),
  line: conv1d(line, taps, same),
  space: conv3d(space, cube, same),
  sized: conv2d(any, halves, same),
  activated: relu(conv2d(x, w, { padding: 'half', filterFlip: false }).add(dy)),
}
const targets: [string, Target][] = [
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['two threads', sharedLoops(2)],
]

type Values = Record<keyof typeof inputs, NDArray>

function valuesOf(value: (at: number, name: string) => number): Values {
  const made = Object.entries(inputs).map(([name, { shape, dtype }]) => {
    const known = shape.map(size => (typeof size === 'number' ? size : sizes[size as string]!))
    const numbers = Array.from({ length: known.reduce((a, b) => a * b, 1) }, (_, i) => value(i, name))
    return [name, array(numbers, { dtype: dtype as 'float32', shape: known })]
  })
  return Object.fromEntries(made)
}

type Results = Record<string, NDArray>

const run = async (target: Target, values: Values): Promise<Results> =>
  (await compile({ inputs, outputs }, { target })).runSync(values as never) as Results

/** Differences from exact results by `magnitudes`, in half units in the last place. */
function errorsOf(name: string, got: Results, exact: Results, magnitudes: Results): number[] {
  const [a, b, most] = [got, exact, magnitudes].map(results => results[name]!.data as Float64Array)
  const unit = got[name]!.dtype === 'float64' ? 2 ** -53 : 2 ** -24
  return Array.from(a!, (value, i) => (Object.is(value, b![i]) ? 0 : Math.abs(value - b![i]!) / (most![i]! * unit)))
}

const window = { w: 9, wide: 25, long: 28, halves: 9, taps: 3, cube: 27 } as Readonly<Record<string, number>>

/** The magnitudes of all values, each of those of a window's taps the mean of them: elements may meet every tap. */
const magnitudesOf = (values: Values): Values => {
  const sized = Object.entries(values).map(([name, { shape, data, dtype }]) => {
    const sizes = Array.from(data as Float64Array, Math.abs)
    const count = window[name] ?? 1
    const mean = (i: number) => sizes.slice(i - (i % count), i - (i % count) + count).reduce((a, b) => a + b / count, 0)
    return [
      name,
      array(
        sizes.map((_, i) => mean(i)),
        { dtype: dtype as 'float32', shape },
      ),
    ]
  })
  return Object.fromEntries(sized)
}

const random = valuesOf(
  (() => {
    const next = randomFrom(5)
    return () => 2 * next() - 1
  })(),
)

test('each of them', () => {
  const kernels = lowered({ inputs: Object.values(inputs), outputs }).steps.flatMap(step =>
    'run' in step && 'stages' in step.run ? step.run : [],
  )
  expect(kernels.filter(kernel => fewer(kernel)).length).toBe(Object.keys(outputs).length)
})

describe.each(targets)('%s', (_, target) => {
  test('is as exact as sums of products are', async () => {
    const [exact, magnitudes, got] = [
      await run(interpreter(), random),
      await run(interpreter(), magnitudesOf(random)),
      await run(target, random),
    ]
    for (const name of Object.keys(outputs)) {
      expect(Math.max(...errorsOf(name, got, exact, magnitudes)), name).toBeLessThan(4)
    }
  })

  // So far apart that no two meet in a sum.
  test.each([Number.POSITIVE_INFINITY, Number.NaN, 3e38, -3.4e38])('knows where %d leads', async odd => {
    const values = Object.fromEntries(
      Object.entries(random).map(([name, value]) => {
        const data = Array.from(value.data as Float64Array, (given, i) =>
          i % 997 === 5 && !(name in window) ? odd : given,
        )
        return [name, array(data, { dtype: value.dtype as 'float32', shape: value.shape })]
      }),
    ) as Values
    const [exact, magnitudes, got] = [
      await run(interpreter(), values),
      await run(interpreter(), magnitudesOf(values)),
      await run(target, values),
    ]
    for (const name of Object.keys(outputs)) {
      const off = errorsOf(name, got, exact, magnitudes).findIndex(error => !(error < 20))
      expect(off, `${name}: ${got[name]!.data[off]} for ${exact[name]!.data[off]}`).toBe(-1)
    }
  })
})

test.each([1, 2, 4])('windows of frames %i apart slide along frames and within them by one tap', async step => {
  const [x, w] = [tensor('x', { shape: [1, 8, 1, 64] }), tensor('w', { shape: [16, 8, 3] })]
  const neighbours = images2neibs(x, [1, 16], { step: [1, step] })
  const frames = transpose(neighbours.reshape([8, (64 - 16) / step + 1, 16]), [1, 0, 2])
  const random = randomFrom(step)
  const values = {
    x: array(
      Float32Array.from({ length: 8 * 64 }, () => random() - 0.5),
      { shape: [1, 8, 1, 64] },
    ),
    w: array(
      Float32Array.from({ length: 16 * 8 * 3 }, () => random() - 0.5),
      { shape: [16, 8, 3] },
    ),
  }
  const spec = { inputs: { x, w }, outputs: { y: conv1d(frames, w) } }
  const run = async (target: Target) => [...(await (await compile(spec, { target }))(values)).y.data]
  const [truth, loops, fast] = await Promise.all([interpreter(), loopInterpreter(), wasm()].map(run))
  for (const [i, value] of truth!.entries()) {
    expect(loops![i]).toBeCloseTo(value, 5)
    expect(fast![i]).toBeCloseTo(value, 5)
  }
})
