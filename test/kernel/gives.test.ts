/** Gradients of images by what each place gives to results: which they are, and what they give, infinities and NaN included. */
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
  tanh,
  tensor,
} from 'damo'
import { conv2d } from 'damo/nn'
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

const gives = (kernel: Kernel) => schedule(kernel).scratch.some(({ name }) => name.startsWith('pair'))

describe('which they are', () => {
  const options = (sizes: ConvolutionOptions['sizes'], more: Partial<ConvolutionOptions> = {}) =>
    imageGradient({ ...{ sizes, taps: 5 }, ...more })

  test.each([
    ['windows that reach far over maps', options([64, 20, 50, 12, 12])],
    ['any number of images', options(['n', 20, 50, 12, 12])],
    ['a panel of images', options([8, 32, 32, 14, 14])],
    ['windows of three taps', options([16, 32, 32, 6, 6], { taps: 3 })],
    ['an odd number of places', options([16, 32, 32, 9, 11])],
    ['windows that reach over less than all', options([16, 32, 32, 8, 8], { taps: 5, pad: 1 })],
    ['convolutions that are so', convolution({ sizes: [16, 16, 16, 8, 8], taps: 5, pad: 4 })],
  ])('%s', (_, kernel) => expect(gives(kernel)).toBe(true))

  test.each([
    ['few images', options([2, 32, 32, 14, 14])],
    ['large maps, whose edges are little', options([16, 16, 16, 60, 60])],
    ['few channels', options([16, 4, 8, 12, 12])],
    ['a stride', options([16, 16, 16, 16, 16], { stride: 2 })],
    ['blocks of taps that are unlike', options([16, 16, 16, 14, 14], { taps: 7 })],
    ['channels that the call tells', options([16, 'c', 16, 12, 12])],
    ['filters that the call tells', options([16, 16, 'o', 12, 12])],
  ])('not %s', (_, kernel) => expect(gives(kernel)).toBe(false))

  test('none where sums are to have their own terms', () => {
    const names = schedule(options([64, 20, 50, 12, 12]), { termByTerm: true }).scratch.map(({ name }) => name)
    expect(names).toEqual(expect.not.arrayContaining([expect.stringMatching(/^pair/)]))
  })
})

test('of whole numbers, exactly the sums', async () => {
  const gradients: ConvolutionOptions[] = [
    { sizes: [8, 10, 16, 12, 12], taps: 5 },
    { sizes: ['n', 12, 16, 6, 6], taps: 3 },
    { sizes: [8, 24, 24, 7, 8], taps: 4 },
    { sizes: [9, 12, 16, 6, 6], taps: 3 },
  ]
  const kernels = [...gradients.map(imageGradient), convolution({ sizes: [8, 16, 14, 7, 8], taps: 5, pad: 4 })]
  expect(kernels.map(gives)).toEqual(kernels.map(() => true))
  const run = await new Pack(kernels).compile()
  for (const dims of [{ n: 17 }, { n: 0 }]) {
    const memory = kernels.map((kernel, i) => {
      const random = randomFrom(i)
      return buffersFor(kernel, dims, () => Math.floor(random() * 9) - 4)
    })
    const compiled = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      if (kernel.dims.length === 0 && dims.n !== 17) continue
      const result = kernel.buffers.length - 1
      const where = `${kernel.label} of ${dims.n}`
      const exact = referenceOf(kernel, dims, memory[i]!)[result]! as Float32Array
      const got = interpreted(kernel, dims, memory[i]!)[result]!
      expect(Array.from(got as Float32Array), where).toEqual(Array.from(exact))
      expect(bitsOf(compiled[i]![result]!), where).toBe(bitsOf(got))
    }
  }
})

const input = <R extends Rank>(name: string, shape: number[], dtype: DType = 'float32') =>
  tensor(name, { dtype, shape }) as Tensor<DType, R>
const x = input<4>('x', [11, 22, 9, 8])
const w = input<4>('w', [24, 22, 5, 5])
const dy = input<4>('dy', [11, 24, 5, 4])
const back = input<4>('back', [22, 24, 5, 5])
const inner = input<4>('inner', [11, 24, 7, 6])
const pairs = input<4>('pairs', [11, 44, 9, 8], 'float64')
const grouped = input<4>('grouped', [48, 22, 5, 5], 'float64')
const wide = input<4>('wide', [11, 48, 5, 4], 'float64')
const inputs = { x, w, dy, back, inner, pairs, grouped, wide }
const outputs: Record<string, Tensor> = {
  turned: Lop(conv2d(x, w), x, dy),
  straight: x.sub(Lop(conv2d(x, w, { filterFlip: false }), x, dy).mul(0.1)),
  padded: Lop(conv2d(x, w, { padding: 1 }), x, tanh(inner)),
  groups: Lop(conv2d(pairs, grouped, { groups: 2 }), pairs, wide),
  forward: conv2d(dy, back, { padding: 4, filterFlip: false }),
}
const filters = new Set(['w', 'back', 'grouped'])

type Values = Record<string, NDArray>

const valuesOf = (value: (at: number, name: string) => number): Values =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const size = (shape as number[]).reduce((a, b) => a * b, 1)
      const numbers = Array.from({ length: size }, (_, i) => value(i, name))
      return [name, array(numbers, { dtype: dtype as 'float32', shape: shape as number[] })]
    }),
  )

const programs = new Map<Target, ReturnType<typeof runner>>()

async function runner(target: Target, outputs: Readonly<Record<string, Tensor>>) {
  const program = await compile({ inputs, outputs, onUnusedInput: 'ignore' }, { target })
  return (values: Values) => program.runSync(values as never) as Values
}

/** What a target gives, which is compiled once. */
async function run(target: Target, values: Values, asked = outputs): Promise<Values> {
  if (!programs.has(target)) programs.set(target, runner(target, asked))
  return (await programs.get(target)!)(values)
}

const truth = interpreter()
const truths = new Map<string, Promise<Values>>()

/** What is right, which is computed once for all targets. */
function right(what: string, values: Values): Promise<Values> {
  if (!truths.has(what)) truths.set(what, run(truth, values))
  return truths.get(what)!
}

const randomValues = () => {
  const random = randomFrom(7)
  return valuesOf(() => 2 * random() - 1)
}

test('each of them', () => {
  const { steps } = lowered({ inputs: Object.values(inputs), outputs, onUnusedInput: 'ignore' })
  const kernels = steps.flatMap(step => ('run' in step && 'stages' in step.run ? step.run : []))
  expect(kernels.filter(gives).length).toBe(Object.keys(outputs).length)
})

// One in each gradient, far from the next, and one in each filter.
const odds: [which: string, odd: number][] = [
  ['maps', Number.NaN],
  ['maps', Number.POSITIVE_INFINITY],
  ['maps', 3e38],
  ['filters', Number.POSITIVE_INFINITY],
  ['filters', Number.NaN],
]
const { padded } = outputs

// Watched loops take their time: those of one gradient, with places left over, and of one number.
describe.each([
  ['loops, watched', loopInterpreter(), { padded: padded! }, odds.slice(0, 1)],
  ['wasm', wasm(), outputs, odds],
  ['two threads', sharedLoops(2), outputs, odds],
] as [string, Target, Record<string, Tensor>, typeof odds][])('%s', (_, target, asked, odds) => {
  test('is as exact as sums of products are', async () => {
    const random = randomValues()
    const magnitudes = Object.fromEntries(
      Object.entries(random).map(([name, { data, shape, dtype }]) => {
        const sizes = Array.from(data as Float64Array, value => (name === 'w' ? -1 : 1) * Math.abs(value))
        return [name, array(sizes, { dtype: dtype as 'float32', shape })]
      }),
    )
    const [exact, most, got] = [
      await right('random', random),
      await right('magnitudes', magnitudes),
      await run(target, random, asked),
    ]
    for (const [name, { data, dtype }] of Object.entries(got)) {
      const unit = dtype === 'float64' ? 2 ** -53 : 2 ** -24
      const errors = Array.from(data as Float64Array, (value, i) => {
        return Math.abs(value - Number(exact[name]!.data[i])) / (unit * Math.abs(Number(most[name]!.data[i])))
      })
      expect(Math.max(...errors), name).toBeLessThan(8)
    }
  })

  test.each(odds)('knows where in %s %d leads', async (which, odd) => {
    const values = randomValues()
    for (const [name, { data }] of Object.entries(values)) {
      if (filters.has(name) === (which === 'filters')) (data as Float32Array)[7] = odd
    }
    const [exact, got] = [await right(`${which} ${odd}`, values), await run(target, values, asked)]
    for (const [name, { data, dtype }] of Object.entries(got)) {
      for (const [i, value] of (data as Float32Array).entries()) {
        const want = dtype === 'float64' ? Number(exact[name]!.data[i]) : Math.fround(Number(exact[name]!.data[i]))
        const where = `${name} ${i}: ${value} for ${want}`
        if (!Number.isFinite(want)) expect(value, where).toEqual(want)
        else expect(Math.abs(value - want), where).toBeLessThan(1e-4 * Math.max(1, Math.abs(want)))
      }
    }
  })
})
