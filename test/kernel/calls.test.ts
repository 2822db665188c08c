/** Calls of routines: where their results lie, and the running sums and products of many rows at a time. */
import { array, compile, cumprod, cumsum, exp, grad, interpreter, matrix, scan, shared, sum, type Tensor } from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered, type Spec } from '../../frontend/compile.ts'
import type { KernelStep } from '../../frontend/kernel/program.ts'
import { loopInterpreter } from '../targets.ts'

const labelsOf = (step: KernelStep): string[] => ('run' in step ? [step.run.label] : step.steps.flatMap(labelsOf))
const stepsOf = (outputs: Spec['outputs'], inputs: readonly Tensor[]) =>
  lowered({ inputs, outputs } as Spec).steps.flatMap(labelsOf)

describe('a result is stored where it is asked for', () => {
  const x = matrix('x', { shape: [3, 4] })
  const y = cumsum(x, 1)

  test('in any shape', () => {
    expect(stepsOf({ y }, [x])).toEqual(['cumsum'])
    expect(stepsOf({ y: y.reshape([2, 6]) }, [x])).toEqual(['cumsum'])
  })

  test('and read there by what follows', () => {
    const { buffers, steps } = lowered({ inputs: [x], outputs: { y, z: exp(y) } })
    expect(steps.length).toBe(2)
    expect(buffers.map(({ role }) => role)).toEqual(['input', 'output', 'output'])
  })

  test('once: what else has the same elements is a copy', async () => {
    const outputs = { y, again: y.reshape([2, 6]) }
    expect(stepsOf(outputs, [x])).toEqual(['cumsum', 'reshape'])
    const f = await compile({ inputs: { x }, outputs }, { target: loopInterpreter() })
    const rows = [
      [1, 3, 6, 10],
      [0, 1, 1, 2],
      [2, 4, 6, 8],
    ]
    const result = f.runSync({
      x: [
        [1, 2, 3, 4],
        [0, 1, 0, 1],
        [2, 2, 2, 2],
      ],
    })
    expect(result.y.tolist()).toEqual(rows)
    expect([...result.again.data]).toEqual(rows.flat())
  })

  test('a state becomes what is carried along itself', async () => {
    const state = shared([1, 1, 1, 1], 'state', { shape: [2, 2] })
    const step = await compile({ updates: [[state, cumsum(state, 0)]] }, { target: loopInterpreter() })
    step.runSync()
    step.runSync()
    expect(step.state.get('state').tolist()).toEqual([
      [1, 1],
      [3, 3],
    ])
  })

  test('in the steps of a loop too', async () => {
    const { carry, outputs } = scan(
      (h: Tensor, row: Tensor) => {
        const next = cumsum(h.add(row))
        return { carry: next, output: next }
      },
      { initial: cumsum(x.at(0)), sequences: x },
    )
    const targets = [interpreter(), loopInterpreter()].map(async target => {
      const f = await compile({ inputs: { x }, outputs: { carry, outputs: outputs as Tensor } }, { target })
      const results = await f({ x: [[1, 2, 3, 4], [5, 6, 7, 8], [9, 8, 7, 6]] }) // biome-ignore format: one line
      return [results.carry.tolist(), results.outputs.tolist()]
    })
    const [expected, actual] = await Promise.all(targets)
    expect(actual).toEqual(expected)
  })
})

test('rows side by side, and places of an axis together, have the bits of one after the other', async () => {
  const lengths = [0, 1, 3, 4, 7, 9]
  const inputs: Record<string, Tensor> = {}
  const outputs: Record<string, Tensor> = {}
  const arrays: Record<string, ReturnType<typeof array>> = {}
  for (const dtype of ['float32', 'float64', 'float16', 'int32', 'uint8', 'bool'] as const) {
    for (const [i, m] of lengths.entries()) {
      const n = lengths[(i + 3) % lengths.length]!
      const name = `${dtype}_${m}_${n}`
      const x = matrix(name, { shape: [m, n], dtype })
      const values = Array.from({ length: m * n }, (_, at) => (dtype === 'bool' ? at % 3 : ((at * 37) % 101) / 32 - 1))
      const whole = dtype.startsWith('float') ? values : values.map(value => Math.abs(Math.trunc(value)))
      inputs[name] = x
      arrays[name] = array(whole, { shape: [m, n], dtype })
      for (const axis of [0, 1]) {
        outputs[`${name} sum ${axis}`] = cumsum(x, axis)
        outputs[`${name} product ${axis}`] = cumprod(x, axis)
        if (dtype !== 'float32' && dtype !== 'float64') continue
        outputs[`${name} sum back ${axis}`] = grad(sum(cumsum(x, axis).mul(x)), x)
        outputs[`${name} product back ${axis}`] = grad(sum(cumprod(x, axis)), x)
      }
    }
  }
  const results = [loopInterpreter(), wasm()].map(async target => {
    const program = await compile({ inputs, outputs }, { target })
    return program(arrays as never) as Promise<Record<string, { data: ArrayLike<number | bigint> }>>
  })
  const [expected, actual] = await Promise.all(results)
  for (const name of Object.keys(outputs))
    expect([name, ...Array.from(actual![name]!.data)]).toEqual([name, ...Array.from(expected![name]!.data)])
})
