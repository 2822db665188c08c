import { array, type Compiled, compile, interpreter, NDArray } from 'damo'
import { webgpu } from 'damo/webgpu'
import { describe, expect, test } from 'vitest'
import { disagreement } from '../laws/agree.ts'
import { ordinary, toArray } from '../laws/values.ts'
import { gpuOrSkip } from './device.ts'
import { type Sample, samples } from './graphs.ts'

/** Arguments of a sample with all dims `size`. */
function argumentsOf(sample: Sample, size: number, whole = false): Record<string, NDArray> {
  const entries = Object.entries(sample.shapes(size)).map(([name, shape], seed) => {
    const count = shape.reduce((total, n) => total * n, 1)
    const values = ordinary('float32', [-1, 1], count, size + seed + 1)
    const { data } = toArray('float32', whole ? values.map(value => Math.round(8 * Number(value))) : values)
    return [name, new NDArray('float32', shape, data as Float32Array)]
  })
  return Object.fromEntries(entries)
}

/** The program of each sample: a software adapter takes seconds to compile some. */
const programs = new Map<Sample, Promise<Compiled>>()

function compiled(sample: Sample, gpu: GPU): Promise<Compiled> {
  const program = programs.get(sample) ?? (compile(sample.program, { target: webgpu({ gpu }) }) as Promise<Compiled>)
  programs.set(sample, program)
  return program
}

async function results(program: Compiled, given: Record<string, NDArray>): Promise<Record<string, NDArray>> {
  return (await program(given as never)) as Record<string, NDArray>
}

describe.each(Object.entries(samples))('%s on WebGPU', (_, sample) => {
  test('equals the interpreter at sizes 1, 5 and 64, and on nothing, with one program', async context => {
    const program = await compiled(sample, await gpuOrSkip(context))
    const oracle = (await compile(sample.program, { target: interpreter() })) as Compiled
    for (const size of [1, 5, 64, 0]) {
      const given = argumentsOf(sample, size)
      const [actual, expected] = [await results(program, given), await results(oracle, given)]
      for (const [name, array] of Object.entries(expected)) {
        expect(disagreement(actual[name]!, array, sample.ulps(size), sample.least), `size ${size}`).toBeUndefined()
      }
    }
  })
})

test('matmul of small whole numbers is exact', async context => {
  const sample = samples.matmul!
  const program = await compiled(sample, await gpuOrSkip(context))
  const oracle = (await compile(sample.program, { target: interpreter() })) as Compiled
  for (const size of [1, 5, 64]) {
    const given = argumentsOf(sample, size, true)
    expect((await results(program, given)).c!.data).toEqual((await results(oracle, given)).c!.data)
  }
})

test('one program serves any size: more points than a workgroup, and than a row of workgroups', async context => {
  const gpu = await gpuOrSkip(context)
  const program = await compiled(samples.elementwise!, gpu)
  const count = 65535 * 64 + 70
  const x = new Float32Array(count).fill(0.5)
  const y = new Float32Array(count)
  const { z } = await results(program, { x: array(x), y: array(y) })
  const expected = Math.fround(Math.tanh(0.5)) / 1.5
  expect(z!.data.every(value => Math.abs(Number(value) - expected) < 1e-6)).toBe(true)
})
