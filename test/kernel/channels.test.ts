/** Gradients of filters of each channel by itself, and of few channels together: which have channels in lanes, and what they give. */
import {
  array,
  compile,
  grad,
  interpreter,
  mean,
  mul,
  type NDArray,
  slice,
  square,
  sub,
  sum,
  type Target,
  type Tensor,
  tensor,
} from 'damo'
import { conv2d, conv2dGradWrtInputs, conv2dGradWrtWeights } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { schedule } from '../../wasm/schedule.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

interface Case {
  images?: number
  channels: number
  out?: number
  size: readonly [number, number]
  taps: readonly [number, number]
  stride?: number
  padding?: number
  groups?: number
}

/** Inputs and the gradient. */
function gradient({
  images = 2,
  channels,
  out = channels,
  size,
  taps,
  stride = 1,
  padding = 0,
  groups = channels,
}: Case) {
  const along = (axis: 0 | 1) => Math.floor((size[axis] + 2 * padding - taps[axis]) / stride) + 1
  const x = tensor('x', { shape: [images, channels, ...size] })
  const dy = tensor('dy', { shape: [images, out, along(0), along(1)] })
  const shape = [out, channels / groups, ...taps]
  const w = tensor('w', { shape })
  const dw = conv2dGradWrtWeights(x, dy, shape, { stride, padding, groups })
  return { x, dy, w, dw }
}

const cases: [string, Case][] = [
  ['3x3', { channels: 8, size: [9, 14], taps: [3, 3], padding: 1 }],
  ['rows as short as windows', { channels: 16, size: [7, 7], taps: [5, 5], padding: 2 }],
  ['channels that fill no vectors', { channels: 13, size: [6, 7], taps: [3, 3], padding: 1 }],
  ['a stride', { channels: 8, size: [9, 10], taps: [3, 3], padding: 1, stride: 2 }],
  ['a stride of 3, no padding', { channels: 6, size: [19, 22], taps: [4, 5], stride: 3 }],
  ['one axis', { channels: 12, size: [1, 17], taps: [1, 4] }],
  ['groups of channels', { channels: 32, out: 16, size: [8, 8], taps: [3, 3], padding: 1, groups: 8 }],
  ['few channels of results', { images: 9, channels: 20, out: 3, size: [8, 9], taps: [3, 3], padding: 1, groups: 1 }],
  ['few channels', { images: 17, channels: 3, out: 5, size: [9, 9], taps: [3, 3], padding: 1, groups: 1 }],
  ['one channel', { channels: 1, out: 20, size: [12, 12], taps: [5, 5], groups: 1 }],
  ['few channels by a stride', { channels: 3, out: 16, size: [11, 12], taps: [3, 3], stride: 2, groups: 1 }],
  ['one image', { images: 1, channels: 32, size: [8, 8], taps: [3, 3], padding: 1 }],
]

const inLanes = ({ x, dy, w, dw }: ReturnType<typeof gradient>) => {
  const { steps } = lowered({ inputs: { x, dy, w }, outputs: { dw }, onUnusedInput: 'ignore' })
  return steps.some(
    step =>
      'run' in step &&
      'stages' in step.run &&
      schedule(step.run).scratch.some(({ name }) => name.startsWith('channels')),
  )
}

describe('which they are', () => {
  test.each(cases)('%s', (_, given) => expect(inLanes(gradient(given))).toBe(true))
  test.each<[string, Case]>([
    ['fewer channels than lanes', { channels: 2, size: [9, 14], taps: [3, 3] }],
    ['windows longer than rows', { channels: 8, size: [6, 6], taps: [5, 5] }],
    ['channels all together', { channels: 16, out: 32, size: [9, 9], taps: [3, 3], groups: 1 }],
  ])('not %s', (_, given) => expect(inLanes(gradient(given))).toBe(false))
  test('not convolutions', () => {
    const { x, w } = gradient({ channels: 8, size: [9, 14], taps: [3, 3] })
    const y = conv2d(x, w, { groups: 8 })
    expect(inLanes({ x, dy: x, w, dw: y })).toBe(false)
  })
})

const numbers = ({ shape }: Tensor, seed: number, special: readonly number[] = []) => {
  const size = (shape as number[]).reduce((a, b) => a * b, 1)
  const values = Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % 23) - 11)
  special.forEach((value, i) => {
    values[(i * 37 + 5) % size] = value
  })
  return array(values, { shape: shape as number[] })
}

/** Targets give whole numbers exactly, and infinities and NaN where the interpreter does. */
async function agree(target: Target, special: readonly number[]): Promise<void> {
  const graphs = cases.map(([, given]) => gradient(given))
  for (const [i, { x, dy, w, dw }] of graphs.entries()) {
    const given = { x: numbers(x, i, special), dy: numbers(dy, i + 1), w: numbers(w, i + 2) }
    const program = { inputs: { x, dy, w }, outputs: { dw, stepped: sub(w, dw) } }
    const [got, expected] = await Promise.all(
      [target, interpreter()].map(async each => (await compile(program, { target: each }))(given)),
    )
    for (const name of ['dw', 'stepped'] as const) {
      const values = (result: Record<string, NDArray> | undefined) => [...(result![name]!.data as Float32Array)]
      expect(values(got as never), `${cases[i]![0]}: ${name}`).toEqual(values(expected as never))
    }
  }
}

describe.each([
  ['of whole numbers, exactly the sums', []],
  ['infinities and NaN lead where they have to', [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY]],
])('%s', (_, special) => {
  test('loops', () => agree(loopInterpreter(), special))
  test('loops that threads share', () => agree(sharedLoops(2), special))
  test('wasm', () => agree(wasm(), special))
})

test('gradients of images whose filters are known to end only by the place and the tap', async () => {
  const dy = tensor('dy', { shape: [1, 8, 1, 2] })
  const w = tensor('w', { shape: [8, 1, 1, 9] })
  const padding = [0, [2, 5]] as const
  const dx = conv2dGradWrtInputs(dy, w, [1, 8, 1, 4], { stride: [1, 2], padding, groups: 8 })
  const program = { inputs: { dy, w }, outputs: { dx } }
  const given = { dy: numbers(dy, 1), w: numbers(w, 2) }
  const [got, expected] = await Promise.all(
    [loopInterpreter(), interpreter()].map(async target => (await compile(program, { target }))(given)),
  )
  expect([...got!.dx.data]).toEqual([...expected!.dx.data])
})

describe.each([
  ['of each channel by itself', 16, 16],
  ['of channels that fill no vectors', 7, 7],
  ['of few channels together', 5, 1],
])('gradients that are the same at all places, %s', (_, channels, groups) => {
  const x = tensor('x', { shape: [3, channels, 8, 9] })
  const w = tensor('w', { shape: [channels, channels / groups, 3, 3] })
  const s = tensor('s', { shape: [3, channels] })
  const means = mean(conv2d(x, w, { groups, padding: 1 }), { axis: [2, 3] })
  const losses = {
    weighted: sum(mul(means, s)),
    squared: sum(square(means)),
    some: sum(mul(means, s).at(slice(1, null))),
  }
  const outputs = Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, grad(loss, w)]))
  const given = { x: numbers(x, 1), w: numbers(w, 2), s: numbers(s, 3) }

  test.each([
    ['loops', loopInterpreter()],
    ['wasm', wasm()],
  ])('%s', async (_, target) => {
    const [got, expected] = await Promise.all(
      [target, interpreter()].map(async each =>
        (await compile({ inputs: { x, w, s }, outputs }, { target: each }))(given),
      ),
    )
    for (const name of Object.keys(outputs)) {
      const [values, right] = [got!, expected!].map(
        result => (result as Record<string, NDArray>)[name]!.data as Float32Array,
      )
      const most = Math.max(...right!.map(Math.abs))
      for (const [i, value] of values!.entries())
        expect(Math.abs(value - right![i]!) / most, `${name} ${i}`).toBeLessThan(1e-5)
    }
  })
})
