/** Kernels whose code differs in numbers alone are one function. */
import { argmax, array, compile, dim, interpreter, type NDArray, softmax, type Target, tensor } from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import type { KernelProgram } from '../../frontend/kernel/program.ts'
import { verifyLoops } from '../../frontend/kernel/verify.ts'
import { generalize, templateOf } from '../../wasm/generalize.ts'
import { buildArtifact } from '../../wasm/index.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { emitProgram } from '../../wasm/program.ts'
import { schedule } from '../../wasm/schedule.ts'
import { network, noise } from '../bench/models.ts'
import { programs } from '../bench/programs.ts'
import { dataOf } from '../bench/tasks.ts'
import * as k from '../kernel/kernels.ts'
import { bitsOf, buffersFor } from './pack.ts'

const scheduled = (kernel: Kernel) => ({ loops: schedule(kernel), pieces: undefined })

/** The functions of kernels in the C++ of a program. */
const functionsOf = (program: KernelProgram): string[] =>
  [...emitProgram(program, schedule).source.matchAll(/^DAMO_NOINLINE \w+ (k\d+_\w+)\(/gm)].map(([, name]) => name!)

const mlpStep = () => {
  const task = { kind: 'mlpStep', batch: 64 } as const
  return lowered(programs.mlpStep(task, dataOf(task)).spec)
}

describe('a generalization', () => {
  const sizes = [
    [16, 64, 20],
    [12, 64, 36],
    [12, 96, 20],
  ] as const
  const kernels = sizes.map(extents => k.matmul('float32', { bias: true, extents }))
  const templates = kernels.map(kernel => templateOf(scheduled(kernel)))
  const { loops, values } = generalize(
    scheduled(kernels[0]!),
    templates.map(({ numbers }) => numbers),
  )

  test('is of programs with one template', () => {
    for (const { loops: template } of templates) expect(template.body).toEqual(templates[0]!.loops.body)
  })

  test('takes the numbers in which programs differ as dims', () => {
    expect(loops.kernel.dims.length).toBe(values[0]!.length)
    expect(new Set(values.map(String)).size).toBe(3)
    // No two dims have the same numbers, and none has one number in all programs.
    const columns = loops.kernel.dims.map((_, d) => values.map(each => each[d]!))
    expect(new Set(columns.map(String)).size).toBe(columns.length)
    for (const column of columns) expect(new Set(column).size).toBeGreaterThan(1)
  })

  test.each([0, 1, 2])('given those of program %i computes the same', i => {
    verifyLoops(loops)
    const memory = buffersFor(kernels[i]!, {}, (_, at) => ((at * 7919) % 1000) / 100 - 5)
    const [own, general] = [memory.map(each => each.slice()), memory.map(each => each.slice())]
    interpretKernel(schedule(kernels[i]!))(own, new Map())
    const dims = new Map(loops.kernel.dims.map((dim, d) => [dim, values[i]![d]!]))
    // The interpreter checks arrays by their sizes, which are those of the first program.
    const { kernel, scratch } = schedule(kernels[i]!)
    interpretKernel({ ...loops, scratch, kernel: { ...kernel, dims: loops.kernel.dims } })(general, dims)
    expect(general.map(bitsOf)).toEqual(own.map(bitsOf))
  })

  test('of one program is that program', () => {
    const alone = scheduled(kernels[0]!)
    const { values: none, ...same } = generalize(alone, [templates[0]!.numbers])
    expect(none).toEqual([[]])
    expect(same).toEqual(alone)
  })

  test('keeps the pieces that threads share', () => {
    const program = schedule(kernels[0]!)
    const pieces = sharedPieces(program)!
    const { numbers } = templateOf({ loops: program, pieces })
    expect(generalize({ loops: program, pieces }, [numbers]).pieces).toEqual(pieces)
  })
})

describe('functions', () => {
  test('of a training step of three layers: nine for twelve kernels', () => {
    expect(mlpStep().steps).toHaveLength(12)
    expect(functionsOf(mlpStep())).toHaveLength(9)
  })

  test('of layers that are equal do not grow in number with them', () => {
    const deep = (layers: number) => functionsOf(lowered(network(Array.from({ length: layers + 1 }, () => 32)).train))
    expect(deep(12)).toHaveLength(deep(6).length)
  })

  test.each([[['x', 'y']], [['y', 'x']]] as const)(
    'of rows whose number a call tells, and is known: %s',
    async order => {
      const inputs = { x: tensor('x', { shape: [dim('n'), 64] }), y: tensor('y', { shape: [32, 64] }) }
      const outputs = Object.fromEntries(
        order.flatMap(name => [
          [`softmax of ${name}`, softmax(inputs[name])],
          [`argmax of ${name}`, argmax(inputs[name], { axis: 1 })],
        ]),
      )
      const values = {
        x: array(noise(5 * 64, 1, 1), { shape: [5, 64] }),
        y: array(noise(32 * 64, 1, 2), { shape: [32, 64] }),
      }
      const run = async (target: Target) =>
        (await compile({ inputs, outputs }, { target }))(values) as Promise<Record<string, NDArray>>
      const [got, truth] = await Promise.all([run(wasm()), run(interpreter())])
      for (const name of Object.keys(outputs))
        for (const [i, value] of truth[name]!.data.entries())
          expect(Number(got[name]!.data[i])).toBeCloseTo(Number(value), 6)
    },
  )

  test('and the module is 11 kilobytes', async () => {
    const { modules } = await buildArtifact(mlpStep(), {}, { only: ['simd128'] })
    expect(modules.simd128!.length).toBeLessThan(11_500)
  })
})
