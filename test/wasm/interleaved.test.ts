/** Axes of two to four elements, next to which lanes run: stored side by side, with the values of one after the other. */
import {
  array,
  compile,
  type DType,
  dim,
  interpreter,
  matrix,
  type NDArray,
  repeat,
  stack,
  type Tensor,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import { loopInterpreter } from '../targets.ts'

const counts = [2, 3, 4]
const parts = (x: Tensor, count: number) => [x, x.mul(2), x.add(1), x.sub(1)].slice(0, count)

/** The loops of the only kernel that computes y. */
function loopsOf(x: Tensor, y: Tensor): string {
  const [step, ...more] = lowered({ inputs: [x], outputs: { y } }).steps
  if (!step || !('run' in step) || !('stages' in step.run) || more.length > 0) throw new Error('not one kernel')
  return loopText(schedule(step.run))
}

describe('are stored side by side', () => {
  const x = vector('x', { shape: [100] })

  test.each(counts)('%i of what is stacked', count => {
    expect(loopsOf(x, stack(parts(x, count), { axis: -1 }))).not.toMatch(/, \+\d\] =|if /)
  })

  test.each(counts)('%i of what is repeated, computed once', count => {
    const loops = loopsOf(x, repeat(x.mul(2), count))
    expect(loops).not.toMatch(/, \+\d\] =/)
    expect(loops.match(/= mul\(/g)?.length).toBe(1)
  })

  test('but lanes run along four that are read side by side', () => {
    const rows = matrix('rows', { shape: [100, 4] })
    expect(loopsOf(rows, rows.mul([1, 2, 3, 4]))).not.toContain('zip')
  })
})

test('with the values that they have one by one', async () => {
  const n = dim('n')
  const inputs: Record<string, Tensor> = {}
  const outputs: Record<string, Tensor> = {}
  for (const dtype of ['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'bool'] as DType[]) {
    const x = vector(dtype, { shape: [n], dtype })
    inputs[dtype] = x
    for (const count of counts) {
      outputs[`${dtype} repeat ${count}`] = repeat(x, count)
      const others = dtype === 'bool' ? [x, x, x, x].slice(0, count) : parts(x, count)
      outputs[`${dtype} stack ${count}`] = stack(others, { axis: -1 })
    }
  }
  const programs = await Promise.all(
    [interpreter(), loopInterpreter(), wasm()].map(target => compile({ inputs, outputs }, { target })),
  )
  for (const size of [0, 1, 3, 4, 11, 16]) {
    const values = Array.from({ length: size }, (_, i) => (i * 5) % 7)
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype }]) => [name, array(values, { dtype, shape: [size] })]),
    )
    const [expected, ...others] = programs.map(program => program.runSync(given as never) as Record<string, NDArray>)
    for (const actual of others)
      for (const name of Object.keys(outputs))
        expect([size, name, ...Array.from(actual[name]!.data as ArrayLike<number>)]).toEqual([
          size,
          name,
          ...Array.from(expected![name]!.data as ArrayLike<number>),
        ])
  }
})
