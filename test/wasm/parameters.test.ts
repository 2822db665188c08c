/** Functions of emitted programs take every parameter once: of convolutions of all kinds, whose ways share arrays. */
import { array, compile, grad, interpreter, square, type Tensor, tensor } from 'damo'
import { conv1d, conv2d, convTranspose1d, convTranspose2d } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { emitProgram } from '../../wasm/program.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/models.ts'
import { randomFrom } from '../kernel/random.ts'

const first = 401
const programs = 200

interface Drawn {
  inputs: { x: Tensor; w: Tensor }
  y: Tensor
  what: string
}

/** A convolution of small sizes or a gradient of one; undefined where no window fits. */
function convolution(seed: number): Drawn | undefined {
  const random = randomFrom(seed)
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!
  const [batch, from, to] = [one([4, 8, 16, 32]), one([4, 8, 16, 32]), one([4, 6, 8, 16])]
  const [size, taps, axes] = [one([2, 3, 4, 5, 8]), one([2, 3, 4, 5]), one([1, 2] as const)]
  const options = { stride: one([1, 2, 3]), padding: one([0, 1, 2]), dilation: one([1, 1, 2]), groups: one([1, 1, 2]) }
  const [transposed, gradient] = [one([true, false]), one(['', 'x', 'w'] as const)]
  const { groups, stride, padding, dilation } = options
  const reach = dilation * (taps - 1)
  const extent = transposed ? (size - 1) * stride + reach + 1 - 2 * padding : size + 2 * padding - reach
  if (extent < 1) return undefined
  const filters = transposed ? [from, to / groups] : [to, from / groups]
  const inputs = {
    x: tensor('x', { shape: [batch, from, ...Array(axes).fill(size)] }),
    w: tensor('w', { shape: [...filters, ...Array(axes).fill(taps)] }),
  }
  const convolve = (transposed ? [convTranspose1d, convTranspose2d] : [conv1d, conv2d])[axes - 1]!
  const result = (convolve as (x: Tensor, w: Tensor, o: typeof options) => Tensor)(inputs.x, inputs.w, options)
  const y = gradient === '' ? result : grad(square(result).sum(), inputs[gradient])
  return {
    inputs,
    y,
    what: JSON.stringify({ seed, batch, from, to, size, taps, axes, ...options, transposed, gradient }),
  }
}

/** The names that some function of a text takes twice. */
function twice(source: string): string[] {
  const heads = [...source.matchAll(/^DAMO_NOINLINE \w+ \w+\((.*)\) \{/gm)].map(([, parameters]) => parameters!)
  expect(heads.length).toBeGreaterThan(0)
  return heads.flatMap(parameters => {
    const names = parameters.split(/,(?![^<]*>)/).map(parameter => /\w+$/.exec(parameter)![0])
    return names.filter((name, i) => names.indexOf(name) !== i)
  })
}

test(`${programs} convolutions and gradients, seeds from ${first}`, () => {
  let drawn = 0
  for (let seed = first; seed < first + programs; seed++) {
    const made = convolution(seed)
    if (!made) continue
    drawn++
    const program = lowered({ inputs: made.inputs, outputs: { y: made.y }, onUnusedInput: 'ignore' })
    const loops = (kernel: Kernel) => schedule(kernel)
    for (const share of [undefined, (loops: ReturnType<typeof schedule>) => sharedPieces(loops, 0)])
      expect(twice(emitProgram(program, loops, share).source), made.what).toEqual([])
  }
  expect(drawn).toBeGreaterThan(programs / 2)
})

test('four taps at stride 2, whose rows are told by a table in both ways to go', async () => {
  const [x, w] = [tensor('x', { shape: [16, 8, 4, 4] }), tensor('w', { shape: [8, 4, 4, 4] })]
  const y = convTranspose2d(x, w, { stride: 2, padding: 1 })
  const values = {
    x: array(noise(16 * 8 * 16, 1, 1), { shape: [16, 8, 4, 4] }),
    w: array(noise(8 * 4 * 16, 1, 2), { shape: [8, 4, 4, 4] }),
  }
  const programs = [interpreter(), wasm()].map(target => compile({ inputs: { x, w }, outputs: { y } }, { target }))
  const [expected, got] = (await Promise.all(programs)).map(program => program.runSync(values).y.data)
  expect(Math.max(...got!.map((value, i) => Math.abs(value - expected![i]!)))).toBeLessThan(1e-5)
})
