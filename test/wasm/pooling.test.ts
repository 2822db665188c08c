/** Pooling and its gradients where windows overlap, lie apart or over the border: what they give, and how they are scheduled. */
import {
  array,
  compile,
  dim,
  grad,
  interpreter,
  Lop,
  type NDArray,
  sum,
  type Target,
  type Tensor,
  tanh,
  tensor,
} from 'damo'
import { type PoolMode, type PoolOptions, pool1d, pool2d, pool3d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel, Statement } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { randomFrom } from '../kernel/random.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

type Sizes = readonly (number | string)[]
interface Case {
  shape: Sizes
  window: number | readonly number[]
  options?: PoolOptions
  dtype?: 'float64' | 'int32'
  /** The last axis is that of channels. */
  channelsLast?: true
}

const modes: readonly PoolMode[] = ['max', 'averageExcPad']

const cases: Readonly<Record<string, Case>> = {
  'as after the first layer of a residual network': {
    shape: [2, 3, 12, 16],
    window: 3,
    options: { stride: 2, padding: 1 },
  },
  'of odd sizes': { shape: [2, 3, 13, 17], window: 3, options: { stride: 2 } },
  'of sizes of a call': { shape: ['n', 2, 'h', 'w'], window: 3, options: { stride: 2, padding: 1 } },
  'side by side': { shape: [3, 10, 14], window: 2 },
  'side by side, with a rest': { shape: [2, 11, 19], window: [2, 3] },
  apart: { shape: [2, 14, 17], window: 2, options: { stride: 3 } },
  'apart, padded': { shape: [2, 16, 4, 8], window: 2, options: { stride: [3, 2], padding: [1, 0] } },
  'side by side, padded': { shape: [2, 7], window: 3, options: { stride: 3, padding: 1 } },
  'far apart, padded, of sizes of a call': { shape: ['n', 'h', 'w'], window: 4, options: { stride: 6, padding: 2 } },
  'of one place': { shape: [2, 9, 10], window: 1, options: { stride: 2 } },
  'over the border': { shape: [2, 9, 14], window: 3, options: { stride: 2, ignoreBorder: false } },
  'by one': { shape: [2, 2, 9, 12], window: 3, options: { stride: 1, padding: 1 } },
  'of five by three': { shape: [2, 15, 21], window: 5, options: { stride: 3, padding: 2 } },
  'of four, padded on one side': {
    shape: [2, 10, 16],
    window: 4,
    options: {
      stride: 2,
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  },
  'along one axis': { shape: [3, 37], window: 3, options: { stride: 2, padding: 1 } },
  'along three axes': { shape: [2, 6, 7, 9], window: 3, options: { stride: [1, 2, 2], padding: 1 } },
  'channels last': { shape: [2, 9, 10, 8], window: 3, options: { stride: 2, padding: 1 }, channelsLast: true },
  double: { shape: [2, 9, 12], window: 3, options: { stride: 2, padding: 1 }, dtype: 'float64' },
  whole: { shape: [2, 9, 12], window: 3, options: { stride: 2, padding: 1 }, dtype: 'int32' },
}

const axesOf = ({ window, shape }: Case) => (Array.isArray(window) ? window.length : shape.length === 2 ? 1 : 2)

function pooled({ window, options, channelsLast, shape }: Case, x: Tensor, mode: PoolMode): Tensor {
  const all = { ...options, mode } as PoolOptions
  if (shape === cases['along three axes']!.shape) return pool3d(x as never, window as number, all) as Tensor
  const pool = (axesOf({ window, shape }) === 1 ? pool1d : pool2d) as (x: Tensor, ...more: unknown[]) => Tensor
  if (!channelsLast) return pool(x, window, all)
  return pool(x.transpose([0, 3, 1, 2]), window, all).transpose([0, 2, 3, 1])
}

const dims = new Map<string, ReturnType<typeof dim>>()
const sized = (shape: Sizes) =>
  shape.map(size => {
    if (typeof size === 'number') return size
    if (!dims.has(size)) dims.set(size, dim(size))
    return dims.get(size)!
  })

/** Each kind of pooling with its gradient, of what comes in times what the results are weighted with. */
function program(): { inputs: Record<string, Tensor>; outputs: Record<string, Tensor> } {
  const [inputs, outputs]: Record<string, Tensor>[] = [{}, {}]
  for (const [name, each] of Object.entries(cases)) {
    const x = tensor(name, { dtype: each.dtype ?? 'float32', shape: sized(each.shape) as never }) as Tensor
    inputs![name] = x
    for (const mode of modes) {
      const y = pooled(each, x, mode)
      outputs![`${name}: ${mode}`] = y
      if (each.dtype !== 'int32') outputs![`${name}: gradient of ${mode}`] = grad(sum(y.mul(y)), x) as Tensor
    }
  }
  return { inputs: inputs!, outputs: outputs! }
}

const all = program()
type Values = Record<string, NDArray>

/** Numbers in eighths, of which there are equal ones in most windows: sums of a few of them are exact. */
function valuesOf(sizes: Readonly<Record<string, number>>, odd?: number): Values {
  const next = randomFrom(5)
  const made = Object.entries(cases).map(([name, { shape, dtype = 'float32' }]) => {
    const known = shape.map(size => (typeof size === 'number' ? size : sizes[size]!))
    const numbers = Array.from({ length: known.reduce((a, b) => a * b, 1) }, (_, i) => {
      const drawn = Math.floor(17 * next()) - 8
      return dtype === 'int32' ? drawn : odd !== undefined && i % 7 === 3 ? odd : drawn / 8
    })
    return [name, array(numbers, { dtype: dtype as 'float32', shape: known })]
  })
  return Object.fromEntries(made)
}

const programs = new Map<Target, Promise<(values: Values) => Values>>()
function compiled(target: Target): Promise<(values: Values) => Values> {
  const known = programs.get(target)
  if (known) return known
  const made = compile({ ...all, onUnusedInput: 'ignore' }, { target }).then(
    f => (values: Values) => f.runSync(values as never) as Values,
  )
  programs.set(target, made)
  return made
}

const bindings = [
  { n: 2, h: 8, w: 16 },
  { n: 1, h: 7, w: 5 },
]
const exactly = interpreter()
const targets: [string, Target][] = [
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['two threads', sharedLoops(2)],
]

describe.each(targets)('%s', (_, target) => {
  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-40])(
    'is right, with some %d among the values',
    async odd => {
      const [reference, program] = [await compiled(exactly), await compiled(target)]
      for (const sizes of bindings) {
        const values = valuesOf(sizes, odd)
        const [exact, got] = [reference(values), program(values)]
        for (const name of Object.keys(all.outputs)) {
          const [a, b] = [exact[name]!, got[name]!]
          expect(b.shape, name).toEqual(a.shape)
          // What adds up to nothing but a denormal number is lost in some orders.
          const close = (right: number) => (name.endsWith('max') ? 0 : 1e-6 * Math.abs(right) + 1e-39)
          const off = Array.from(b.data as Float64Array).findIndex((value, i) => {
            const right = a.data[i] as number
            return !(Object.is(value, right) || value === right || Math.abs(value - right) <= close(right))
          })
          expect(off, `${name} at ${JSON.stringify(sizes)}: ${b.data[off]} for ${a.data[off]}`).toBe(-1)
        }
      }
    },
  )
})

test('rows whose end overlaps are right where the gradient lies in place of what was pooled', async () => {
  const [a, b] = [tensor('a', { shape: [28, 5] }), tensor('b', { shape: [5, 14] })]
  const maps = tanh(a.matmul(b)).reshape([2, 14, 14])
  const best = pool2d(maps, 2)
  const spec = { inputs: { a, b }, outputs: { slope: grad(sum(best.mul(best)), a) as Tensor } }
  expect(lowered(spec).buffers.some(({ aliases }) => aliases !== undefined)).toBe(true)
  const next = randomFrom(3)
  const noise = (size: number) => Array.from({ length: size }, () => next() - 0.5)
  const given = { a: array(noise(140), { shape: [28, 5] }), b: array(noise(70), { shape: [5, 14] }) }
  const [exact, got] = [await compile(spec, { target: exactly }), await compile(spec, { target: loopInterpreter() })]
  const truth = (await exact(given)).slope
  for (const [i, value] of (await got(given)).slope.data.entries())
    expect(value, `element ${i}`).toBeCloseTo(truth.data[i] as number, 5)
})

describe('gradients whose phases are those of', () => {
  const [x, seen] = [tensor('x', { shape: [4, 10, 2] }), tensor('seen', { shape: [4, 6, 1] })]
  const [row, some] = [tensor('row', { shape: [1, 9] }), tensor('some', { shape: [1, 2] })]
  const [more, factor] = [tensor('more', { shape: [1, 9] }), tensor('factor', { shape: [1, 1] })]
  const folded = Lop(pool1d(row, 4, { stride: 3 }), row, some)
  test.each<[string, Tensor[], Tensor]>([
    ['windows that are copied along one of two axes', [x, seen], Lop(pool2d(x, 2, { padding: [1, 0] }), x, seen)],
    ['a fold within a product', [row, some, more, factor], more.add(folded).transpose().matmul(factor)],
  ])('%s', async (_, list, y) => {
    const next = randomFrom(3)
    const inputs = Object.fromEntries(list.map(each => [each.name!, each]))
    const given = Object.fromEntries(
      list.map(({ name, shape }) => {
        const sizes = shape as number[]
        return [name!, array(Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, next), { shape: sizes })]
      }),
    )
    const [exact, got] = await Promise.all(
      [exactly, loopInterpreter()].map(async target => (await compile({ inputs, outputs: { y } }, { target }))(given)),
    )
    for (const [i, value] of got!.y.data.entries())
      expect(value, `element ${i}`).toBeCloseTo(exact!.y.data[i] as number, 5)
  })
})

describe('scheduled', () => {
  const conditionsIn = (statements: readonly Statement[]): number =>
    statements.reduce((count, s) => {
      if (s.kind === 'for') return count + conditionsIn(s.body)
      return s.kind === 'if' ? count + 1 + conditionsIn(s.then) + conditionsIn(s.otherwise) : count
    }, 0)
  const vectorsIn = (statements: readonly Statement[]): Statement[] =>
    statements.flatMap(s => (s.kind !== 'for' ? [] : s.mode === 'vector' ? [s] : vectorsIn(s.body)))

  const x = tensor('x', { shape: [4, 8, 56, 56] }) as Tensor
  const kernelsOf = (y: Tensor): Kernel[] =>
    lowered({ inputs: { x }, outputs: { y } }).steps.map(step => (step as { run: Kernel }).run)

  test.each<[string, number, PoolOptions]>([
    ['overlapping', 3, { stride: 2, padding: 1 }],
    ['by one', 3, { stride: 1, padding: 1 }],
  ])('the gradient of %s windows asks for no bounds where it adds up', (_, window, options) => {
    for (const mode of modes) {
      const kernel = kernelsOf(
        grad(sum((pool2d as never as typeof pool2d)(x as never, window, options).mul(1)), x) as Tensor,
      ).at(-1)!
      const { body, scratch } = schedule(kernel)
      // Bounds are asked for where windows are copied, into scratch memory.
      const names = new Set<number | string>(scratch.map(({ name }) => name))
      const folding = vectorsIn(body).filter(
        s => s.kind === 'for' && s.body.some(each => each.kind === 'store' && !names.has(each.to)),
      )
      expect(folding.length, mode).toBeGreaterThan(0)
      expect(conditionsIn(folding), mode).toBe(0)
    }
  })
})
