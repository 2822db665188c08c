/** What tests of ways that take fewer products share: sums of whole numbers, and graphs beside the interpreter of graphs. */
import {
  array,
  compile,
  type DType,
  interpreter,
  type NDArray,
  type Rank,
  type Target,
  type Tensor,
  tensor,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { type ScheduleOptions, schedule } from '../../wasm/schedule.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'
import { bitsOf, buffersFor, type Dims, interpreted, type Memory, Pack } from '../wasm/pack.ts'
import { randomFrom } from './random.ts'
import { referenceOf } from './reference.ts'

/** Whether kernels are run so: by a name with which scratch memory begins that nothing else has. */
export const takes =
  (scratch: string) =>
  (kernel: Kernel, options?: ScheduleOptions): boolean =>
    schedule(kernel, options).scratch.some(({ name }) => name.startsWith(scratch))

/** What else gives the results of a kernel. */
type Way = (kernel: Kernel, dims: Dims, memory: Memory[number]) => Float32Array

/**
 * Of whole numbers kernels give exactly the sums, interpreted, compiled and by another way; those of fixed sizes at the first
 * binding alone.
 */
export async function expectExactSums(
  kernels: readonly Kernel[],
  bindings: readonly Dims[],
  otherwise?: Way,
): Promise<void> {
  const run = await new Pack(kernels).compile()
  for (const dims of bindings) {
    const memory = kernels.map((kernel, i) => {
      const random = randomFrom(i)
      return buffersFor(kernel, dims, () => Math.floor(random() * 9) - 4)
    })
    const compiled = run(dims, memory)
    for (const [i, kernel] of kernels.entries()) {
      if (kernel.dims.length === 0 && dims !== bindings[0]) continue
      const result = kernel.buffers.length - 1
      const where = `${kernel.label} at ${JSON.stringify(dims)}`
      const exact = referenceOf(kernel, dims, memory[i]!)[result]! as Float32Array
      const got = interpreted(kernel, dims, memory[i]!)[result]!
      expect(Array.from(got as Float32Array), where).toEqual(Array.from(exact))
      expect(bitsOf(compiled[i]![result]!), where).toBe(bitsOf(got))
      if (otherwise) expect(Array.from(otherwise(kernel, dims, memory[i]!)), where).toEqual(Array.from(exact))
    }
  }
}

export const input = <R extends Rank>(name: string, shape: number[], dtype: DType = 'float32') =>
  tensor(name, { dtype, shape }) as Tensor<DType, R>

/** Arguments by the names of inputs. */
export type Values = Record<string, NDArray>

export interface Graphs {
  inputs: Readonly<Record<string, Tensor>>
  /** One kernel each that is run so. */
  outputs: Readonly<Record<string, Tensor>>
  /** Those that are looked at where loops are interpreted, which takes its time. */
  watched: readonly string[]
  /** The input whose products are subtracted. */
  subtracted: string
  /** How far off results may be, in units in the last place of the sums of their magnitudes. */
  units: number
  /** Elements that are hard to come by: what they are, and where they are put. */
  odds: Readonly<Record<string, (values: Values) => void>>
}

/** Puts one element in place of another, of all inputs named. */
export const put = (values: Values, names: readonly string[], at: number, odd: number): void => {
  for (const name of names) (values[name]!.data as Float32Array)[at] = odd
}

/** Holds what targets give to what the interpreter does, which is asked once for all of them. */
export function describeGraphs(isSo: (kernel: Kernel) => boolean, graphs: Graphs): void {
  const { inputs, outputs, watched, odds } = graphs

  test('each of them', () => {
    const { steps } = lowered({ inputs: Object.values(inputs), outputs, onUnusedInput: 'ignore' })
    const kernels = steps.flatMap(step => ('run' in step && 'stages' in step.run ? step.run : []))
    expect(kernels.filter(isSo).length).toBe(Object.keys(outputs).length)
  })

  const runner = async (target: Target, some: Readonly<Record<string, Tensor>>) => {
    const program = await compile({ inputs, outputs: some, onUnusedInput: 'ignore' }, { target })
    return (values: Values) => program.runSync(values as never) as Values
  }
  const truth = runner(interpreter(), outputs)
  const known = new Map<string, Promise<Values>>()
  const right = (what: string, values: Values): Promise<Values> => {
    if (!known.has(what))
      known.set(
        what,
        truth.then(run => run(values)),
      )
    return known.get(what)!
  }

  const random = (): Values => {
    const next = randomFrom(7)
    const drawn = Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const sizes = shape as number[]
      const numbers = Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1)
      return [name, array(numbers, { dtype: dtype as 'float32', shape: sizes })]
    })
    return Object.fromEntries(drawn)
  }
  /** Values of which every result is the sum of the magnitudes of its terms, but for its sign. */
  const magnitudesOf = (values: Values): Values => {
    const sized = Object.entries(values).map(([name, { data, shape, dtype }]) => {
      const sign = name === graphs.subtracted ? -1 : 1
      const sizes = Array.from(data as Float64Array, value => sign * Math.abs(value))
      return [name, array(sizes, { dtype: dtype as 'float32', shape })]
    })
    return Object.fromEntries(sized)
  }

  const some = Object.fromEntries(watched.map(name => [name, outputs[name]!]))
  describe.each([
    ['loops, watched', loopInterpreter(), some, Object.keys(odds).slice(0, 1)],
    ['wasm', wasm(), outputs, Object.keys(odds)],
    ['two threads', sharedLoops(2), outputs, Object.keys(odds)],
  ] as [string, Target, typeof outputs, string[]][])('%s', (_, target, asked, hard) => {
    let program: ReturnType<typeof runner> | undefined
    const run = async (values: Values) => {
      program ??= runner(target, asked)
      return (await program)(values)
    }

    test('is as exact as sums of products are', async () => {
      const values = random()
      const [exact, most] = [await right('random', values), await right('magnitudes', magnitudesOf(values))]
      for (const [name, { data, dtype }] of Object.entries(await run(values))) {
        const unit = dtype === 'float64' ? 2 ** -53 : 2 ** -24
        const errors = Array.from(data as Float64Array, (value, i) => {
          return Math.abs(value - Number(exact[name]!.data[i])) / (unit * Math.abs(Number(most[name]!.data[i])))
        })
        expect(Math.max(...errors), name).toBeLessThan(graphs.units)
      }
    })

    test.each(hard)('knows where %s leads', async odd => {
      const values = random()
      odds[odd]!(values)
      const exact = await right(odd, values)
      for (const [name, { data, dtype }] of Object.entries(await run(values))) {
        for (const [i, value] of (data as Float64Array).entries()) {
          const want = dtype === 'float64' ? Number(exact[name]!.data[i]) : Math.fround(Number(exact[name]!.data[i]))
          const where = `${name} ${i}: ${value} for ${want}`
          if (!Number.isFinite(want)) expect(value, where).toEqual(want)
          else expect(Math.abs(value - want), where).toBeLessThan(1e-4 * Math.max(1, Math.abs(want)))
        }
      }
    })
  })
}
