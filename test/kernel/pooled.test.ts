/** Convolutions that are pooled where they are computed: which they are, and what they give, infinities and NaN included. */
import {
  add,
  array,
  compile,
  dim,
  grad,
  interpreter,
  type NDArray,
  relu,
  sum,
  type Target,
  type Tensor,
  tanh,
  tensor,
} from 'damo'
import { conv1d, conv2d, type PoolOptions, pool1d, pool2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import { InvalidKernel, verifyKernel, verifyLoops } from '../../frontend/kernel/verify.ts'
import { schedule } from '../../wasm/schedule.ts'
import { schedule as forWebgpu } from '../../webgpu/schedule.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'
import { type ConvolutionOptions, pooledConvolution } from './convolutions.ts'
import { expectExactSums } from './fewerProducts.ts'
import { randomFrom } from './random.ts'

describe('of whole numbers, exactly', () => {
  const options: [ConvolutionOptions, readonly [number, number], 'max' | 'min' | 'add'][] = [
    [{ sizes: [2, 5, 6, 9, 8], taps: 3, pad: 1 }, [2, 2], 'max'],
    [{ sizes: ['n', 5, 5, 7, 14], taps: 3 }, [2, 4], 'add'],
    [{ sizes: ['n', 6, 9, 'h', 'w'], taps: 3, pad: 1 }, [2, 2], 'max'],
    [{ sizes: [3, 7, 8, 8, 31], taps: 5, pad: 2 }, [2, 8], 'min'],
    [{ sizes: ['n', 2, 6, 19, 17], taps: 3, stride: 2, pad: 1 }, [2, 2], 'max'],
    // Not by minimal filtering: with few channels or filters, a long depth, and windows that are not whole in tiles.
    [{ sizes: ['n', 1, 20, 12, 14], taps: 5 }, [2, 2], 'max'],
    [{ sizes: ['n', 3, 7, 'h', 'w'], taps: 3, pad: 1 }, [2, 2], 'add'],
    [{ sizes: ['n', 6, 3, 'h', 10], taps: 3, pad: 1 }, [2, 2], 'max'],
    [{ sizes: [1, 1030, 5, 6, 7], taps: 1 }, [2, 2], 'max'],
    [{ sizes: ['n', 4, 'o', 8, 9], taps: 3 }, [2, 2], 'max'],
    [{ sizes: [2, 5, 6, 13, 14], taps: 3 }, [3, 3], 'max'],
    [{ sizes: ['n', 5, 6, 12, 14], taps: 3 }, [4, 2], 'max'],
  ]
  const bindings = [
    { n: 2, h: 6, w: 8, o: 6 },
    { n: 1, h: 9, w: 9, o: 1 },
    { n: 0, h: 1, w: 1, o: 3 },
    { n: 3, h: 13, w: 15, o: 4 },
  ]

  test('by loops, in wasm and as WebGPU has it', async () => {
    const kernels = options.map(each => pooledConvolution(...each))
    for (const kernel of kernels) {
      verifyKernel(kernel)
      verifyLoops(schedule(kernel))
      verifyLoops(forWebgpu(kernel))
    }
    await expectExactSums(kernels, bindings, (kernel, dims, memory) => {
      const invoked = memory.map(buffer => buffer.slice())
      interpretKernel(forWebgpu(kernel))(invoked, new Map(Object.entries(dims)))
      return invoked[3] as Float32Array
    })
  })

  test('by fewer products where tiles are whole windows', () => {
    const fewer = options.map(each =>
      schedule(pooledConvolution(...each)).scratch.some(({ name }) => name.startsWith('filters')),
    )
    expect(fewer).toEqual(options.map((_, i) => i < 5))
  })

  test('a fold is known within its windows alone', () => {
    const kernel = pooledConvolution(...options[0]!)
    const [first, windows, last] = kernel.stages as [never, never, (typeof kernel.stages)[0]]
    const [store] = last.stores as [(typeof last.stores)[0]]
    const outside = { ...last, stores: [{ ...store, value: { kind: 'fold', dtype: 'float32', fold: 'r' } as const }] }
    expect(() => verifyKernel({ ...kernel, stages: [first, windows, outside] })).toThrow(InvalidKernel)
    expect(() => verifyKernel({ ...kernel, stages: [first, outside] })).toThrow(InvalidKernel)
  })
})

const n = dim('n')
const sizes: Readonly<Record<string, number>> = { n: 3, h: 9, w: 14 }
const x = tensor('x', { shape: [n, 4, 13, 15] }) as Tensor<'float32', 4>
const k = tensor('k', { shape: [6, 4, 3, 3] }) as Tensor<'float32', 4>
const few = tensor('few', { shape: [2, 4, 3, 3] }) as Tensor<'float32', 4>
const grey = tensor('grey', { shape: [n, 1, 20, 20] }) as Tensor<'float32', 4>
const kg = tensor('kg', { shape: [8, 1, 5, 5] }) as Tensor<'float32', 4>
const any = tensor('any', { shape: [n, 4, dim('h'), dim('w')] }) as Tensor<'float32', 4>
const line = tensor('line', { dtype: 'float64', shape: [2, 4, 37] }) as Tensor<'float64', 3>
const taps = tensor('taps', { dtype: 'float64', shape: [5, 4, 3] }) as Tensor<'float64', 3>
const whole = tensor('whole', { dtype: 'int32', shape: [2, 3, 8, 9] }) as Tensor<'int32', 4>
const wholes = tensor('wholes', { dtype: 'int32', shape: [5, 3, 2, 2] }) as Tensor<'int32', 4>
const bias = tensor('bias', { shape: [6, 1, 1] })
const rest = tensor('rest', { shape: [n, 6, 11, 13] })
const inputs = { x, k, few, grey, kg, any, line, taps, whole, wholes, bias, rest }

/** Every one of them is one kernel. */
const outputs = {
  max: pool2d(conv2d(x, k), 2),
  activated: tanh(add(pool2d(conv2d(x, k, { filterFlip: false }), 2), bias)),
  relu: pool2d(relu(add(conv2d(x, k, { padding: 'half' }), bias)), 2, { mode: 'averageIncPad' }),
  tanh: pool2d(tanh(add(conv2d(x, k, { padding: 1 }), bias)), [1, 2], { mode: 'sum' }),
  residual: pool2d(add(conv2d(x, k), rest), [2, 1]),
  few: pool2d(conv2d(x, few), 2),
  direct: pool2d(conv2d(grey, kg), 2),
  strided: pool2d(conv2d(grey, kg, { stride: 2, padding: 2 }), 2),
  sized: pool2d(conv2d(any, k), 2),
  line: pool1d(conv1d(line, taps), 2, { mode: 'averageExcPad' }),
  whole: pool2d(conv2d(whole, wholes), 2),
}

const kernelsOf = (results: Record<string, Tensor> | Tensor) =>
  lowered({ inputs: Object.values(inputs), outputs: results, onUnusedInput: 'ignore' }).steps.length

test.each(Object.entries(outputs))('%s: one kernel', (_, result) => expect(kernelsOf(result)).toBe(1))

describe('not where', () => {
  const pooled = (options: PoolOptions = {}, window = 2) => pool2d(conv2d(x, k), window, options)
  test.each<[string, Record<string, Tensor>, number]>([
    ['the whole result is asked for', { all: conv2d(x, k), max: pooled() }, 2],
    ['two windows fold it', { max: pooled(), sum: pooled({ mode: 'sum' }) }, 2],
    ['windows overlap', { max: pooled({ stride: 1 }) }, 2],
    ['windows are apart', { max: pooled({ stride: 3 }) }, 2],
    ['windows are no whole part of a tile', { max: pooled({}, 3) }, 2],
    ['windows lie over the border', { max: pooled({ ignoreBorder: false }) }, 2],
    ['windows lie over padding', { max: pooled({ padding: 1 }) }, 2],
  ])('%s', (_, results, count) => expect(kernelsOf(results)).toBe(count))

  test('the gradient needs the whole result', () => {
    const cost = sum(pooled())
    const labels = lowered({ inputs: { x, k }, outputs: grad(cost, [k]) as Tensor[] }).steps
    expect(labels.every(step => !('run' in step) || !step.run.label.startsWith('einsum max'))).toBe(true)
  })
})

type Values = Record<string, NDArray>

function valuesOf(value: (at: number, name: string, dtype: string) => number): Values {
  const made = Object.entries(inputs).map(([name, { shape, dtype }]) => {
    const known = (shape as readonly (number | string)[]).map(size => (typeof size === 'number' ? size : sizes[size]!))
    const numbers = Array.from({ length: known.reduce((a, b) => a * b, 1) }, (_, i) => value(i, name, dtype))
    return [name, array(numbers, { dtype: dtype as 'float32', shape: known })]
  })
  return Object.fromEntries(made)
}

const random = (odd?: number) => {
  const next = randomFrom(7)
  const filters = new Set(['k', 'few', 'kg', 'taps', 'bias'])
  return valuesOf((at, name, dtype) => {
    const drawn = 2 * next() - 1
    if (dtype === 'int32') return Math.round(9 * drawn)
    return odd !== undefined && at % 149 === 5 && !filters.has(name) ? odd : drawn
  })
}

const run = async (target: Target, values: Values): Promise<Values> =>
  (await compile({ inputs, outputs }, { target })).runSync(values as never) as Values

const targets: [string, Target][] = [
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['reproducible', wasm({ numerics: 'reproducible' })],
  ['two threads', sharedLoops(2)],
]

describe.each(targets)('%s', (_, target) => {
  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38])(
    'is right, with some %d among the values',
    async odd => {
      const values = random(odd)
      const [exact, got] = [await run(interpreter(), values), await run(target, values)]
      for (const name of Object.keys(outputs)) {
        const [a, b] = [exact[name]!, got[name]!]
        expect(b.shape, name).toEqual(a.shape)
        const scale = odd === 3e38 ? 1e33 : 1e-5
        const off = Array.from(b.data as Float64Array).findIndex((value, i) => {
          const right = a.data[i] as number
          return !(Object.is(value, right) || value === right || Math.abs(value - right) <= scale)
        })
        expect(off, `${name}: ${b.data[off]} for ${a.data[off]}`).toBe(-1)
      }
    },
  )
})
