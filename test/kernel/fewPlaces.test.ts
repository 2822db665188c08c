/** Gradients of filters by fewer products: which they are, and what they give, infinities and NaN included. */
import {
  array,
  compile,
  type DType,
  interpreter,
  Lop,
  type NDArray,
  type Rank,
  type Target,
  type Tensor,
  tensor,
} from 'damo'
import { conv1d, conv2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'
import { bitsOf, buffersFor, interpreted, Pack } from '../wasm/pack.ts'
import { type ConvolutionOptions, weightGradient } from './convolutions.ts'
import { randomFrom } from './random.ts'
import { referenceOf } from './reference.ts'

const fewer = (kernel: Kernel) => schedule(kernel).scratch.some(({ name }) => name.startsWith('elements'))

const inParts = (kernel: Kernel) =>
  schedule(kernel).body.some(statement => statement.kind === 'for' && statement.mode === 'parallel')

describe('which they are', () => {
  const options = (sizes: ConvolutionOptions['sizes'], more: Partial<ConvolutionOptions> = {}) =>
    weightGradient({ ...{ sizes, taps: 3, pad: 1 }, ...more })

  test.each([
    ['channels enough', options([1, 16, 16, 14, 14])],
    ['any number of images', options(['n', 16, 16, 14, 14])],
    ['places that are odd many', options([2, 16, 20, 13, 15])],
    ['small images, many of them', options([16, 32, 32, 4, 4])],
    ['two places', options([1, 32, 32, 15, 15], { taps: 2 })],
    ['six places', options([1, 16, 32, 17, 17], { taps: 6 })],
  ])('%s', (_, kernel) => expect(fewer(kernel)).toBe(true))

  test.each([
    ['few channels', options([8, 2, 64, 28, 28])],
    ['few filters', options([8, 64, 2, 28, 28])],
    ['one small image', options([1, 32, 32, 4, 4])],
    ['a stride', options([1, 32, 32, 28, 28], { stride: 2 })],
    ['more places than code is written for', options([1, 32, 32, 28, 28], { taps: 7 })],
    ['sizes of images that the call tells', options([1, 32, 32, 'h', 'w'])],
    ['channels that the call tells', options([1, 'c', 32, 28, 28])],
  ])('not %s', (_, kernel) => expect(fewer(kernel)).toBe(false))

  test('none where sums are to have their own terms', () => {
    const names = schedule(options([1, 16, 16, 14, 14]), { termByTerm: true }).scratch.map(({ name }) => name)
    expect(names).toEqual(expect.not.arrayContaining([expect.stringMatching(/^elements/)]))
  })
})

test('of whole numbers, exactly the sums', async () => {
  const sizes: [ConvolutionOptions['sizes'], taps: number, pad: number][] = [
    [[2, 12, 16, 9, 8], 3, 1],
    [['n', 12, 16, 6, 6], 5, 0],
    [['n', 12, 15, 4, 5], 3, 1],
    [[4, 32, 28, 8, 9], 2, 0],
    [[4, 16, 16, 9, 7], 4, 1],
    [[2, 12, 16, 12, 13], 6, 2],
    // Blocks of rows, and of parts of rows.
    [[1, 8, 16, 30, 28], 3, 1],
    [[1, 8, 16, 4, 260], 3, 1],
    // Parts of two images, in whole blocks and in blocks of rows, and of one.
    [[16, 8, 8, 16, 16], 3, 1],
    [[10, 8, 8, 20, 22], 3, 1],
    [[8, 8, 8, 30, 28], 3, 1],
  ]
  const kernels = sizes.map(([sizes, taps, pad]) => weightGradient({ sizes, taps, pad }))
  expect(kernels.map(fewer)).toEqual(kernels.map(() => true))
  expect(kernels.map(inParts)).toEqual(sizes.map(([[images]]) => typeof images === 'number' && images > 4))
  const run = await new Pack(kernels).compile()
  for (const dims of [{ n: 2 }, { n: 0 }, { n: 70 }]) {
    const memory = kernels.map((kernel, i) => {
      const random = randomFrom(i)
      return buffersFor(kernel, dims, () => Math.floor(random() * 9) - 4)
    })
    const compiled = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      if (kernel.dims.length === 0 && dims.n !== 2) continue
      const exact = referenceOf(kernel, dims, memory[i]!)[2]! as Float32Array
      expect(Array.from(compiled[i]![2]! as Float32Array), `${kernel.label} of ${dims.n}`).toEqual(Array.from(exact))
      if (dims.n !== 70)
        expect(bitsOf(compiled[i]![2]!), kernel.label).toBe(bitsOf(interpreted(kernel, dims, memory[i]!)[2]!))
    }
  }
})

const input = <R extends Rank>(name: string, shape: number[], dtype: DType = 'float32') =>
  tensor(name, { dtype, shape }) as Tensor<DType, R>
const x = input<4>('x', [3, 18, 11, 12])
const w = input<4>('w', [20, 18, 3, 3])
const dy = input<4>('dy', [3, 20, 11, 12])
const halves = input<4>('halves', [40, 18, 5, 5])
const wide = input<4>('wide', [3, 80, 11, 12])
const pairs = input<4>('pairs', [3, 36, 11, 12])
const line = input<3>('line', [2, 16, 90], 'float64')
const taps = input<3>('taps', [24, 16, 3], 'float64')
const along = input<3>('along', [2, 24, 88], 'float64')
const images = input<4>('images', [16, 8, 16, 16])
const few = input<4>('few', [8, 8, 3, 3])
const seen = input<4>('seen', [16, 8, 16, 16])
const grouped = input<4>('grouped', [80, 18, 3, 3])
const inputs = { x, w, dy, halves, wide, pairs, line, taps, along, images, few, seen, grouped }
const outputs: Record<string, Tensor> = {
  turned: Lop(conv2d(x, w, { padding: 1 }), w, dy),
  straight: w.sub(Lop(conv2d(x, w, { padding: 1, filterFlip: false }), w, dy).mul(0.1)),
  strip: Lop(conv2d(x, halves, { padding: 2 }), halves, wide.at(':, 20:60') as never),
  groups: Lop(conv2d(pairs, grouped, { padding: 1, groups: 2 }), grouped, wide),
  line: Lop(conv1d(line, taps), taps, along),
  parts: Lop(conv2d(images, few, { padding: 1 }), few, seen),
}

type Values = Record<string, NDArray>

const valuesOf = (value: (at: number, name: string) => number): Values =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const size = (shape as number[]).reduce((a, b) => a * b, 1)
      const numbers = Array.from({ length: size }, (_, i) => value(i, name))
      return [name, array(numbers, { dtype: dtype as 'float32', shape: shape as number[] })]
    }),
  )

const run = async (target: Target, values: Values): Promise<Values> =>
  (await compile({ inputs, outputs, onUnusedInput: 'ignore' }, { target })).runSync(values as never) as Values

const randomValues = () => {
  const random = randomFrom(7)
  return valuesOf(() => 2 * random() - 1)
}

test('each of them', () => {
  const { steps } = lowered({ inputs: Object.values(inputs), outputs, onUnusedInput: 'ignore' })
  const kernels = steps.flatMap(step => ('run' in step && 'stages' in step.run ? step.run : []))
  expect(kernels.filter(fewer).length).toBe(Object.keys(outputs).length)
})

describe.each([
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['two threads', sharedLoops(2)],
] as [string, Target][])('%s', (_, target) => {
  test('is as exact as sums of products are', async () => {
    const random = randomValues()
    const magnitudes = Object.fromEntries(
      Object.entries(random).map(([name, { data, shape, dtype }]) => {
        const sizes = Array.from(data as Float64Array, value => (name === 'w' ? -1 : 1) * Math.abs(value))
        return [name, array(sizes, { dtype: dtype as 'float32', shape })]
      }),
    )
    const [exact, most, got] = [
      await run(interpreter(), random),
      await run(interpreter(), magnitudes),
      await run(target, random),
    ]
    for (const [name, { data, dtype }] of Object.entries(got)) {
      const unit = dtype === 'float64' ? 2 ** -53 : 2 ** -24
      const errors = Array.from(data as Float64Array, (value, i) => {
        return Math.abs(value - Number(exact[name]!.data[i])) / (unit * Math.abs(Number(most[name]!.data[i])))
      })
      expect(Math.max(...errors), name).toBeLessThan(4)
    }
  })

  // One in the middle of the first channel of the first image, which all of its places see.
  test.each([Number.POSITIVE_INFINITY, Number.NaN, 3e38])('knows where %d leads', async odd => {
    const values = randomValues()
    for (const [name, width] of [
      ['x', 12],
      ['pairs', 12],
      ['images', 16],
    ] as const)
      (values[name]!.data as Float32Array)[5 * width + 6] = odd
    const [exact, got] = [await run(interpreter(), values), await run(target, values)]
    for (const [name, { data }] of Object.entries(got)) {
      for (const [i, value] of (data as Float32Array).entries()) {
        const truth = Math.fround(Number(exact[name]!.data[i]))
        const where = `${name} ${i}: ${value} for ${truth}`
        if (!Number.isFinite(truth)) expect(value, where).toEqual(truth)
        else expect(Math.abs(value - truth), where).toBeLessThan(1e-4 * Math.max(1, Math.abs(truth)))
      }
    }
  })
})
