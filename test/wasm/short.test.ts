/** Short rows, with lanes along them or across: what is computed, and which way is chosen. */
import {
  argmax,
  array,
  compile,
  interpreter,
  logSoftmax,
  logsumexp,
  matrix,
  max,
  min,
  type Spec,
  softmax,
  sum,
  type Tensor,
} from 'damo'
import { layerNorm } from 'damo/nn'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { isCall } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/noise.ts'
import { near } from '../fuzz/compare.ts'
import { loopInterpreter } from '../targets.ts'

const x = (columns: number) => matrix('x', { shape: ['n', columns] })

type Of = (x: Tensor) => Tensor
const functions: Record<string, Of> = {
  softmax,
  logSoftmax,
  logsumexp: x => logsumexp(x, { axis: 1 }),
  argmax: x => argmax(x, { axis: 1 }),
  max: x => max(x, { axis: 1 }),
  min: x => min(x, { axis: 1 }),
  sum: x => sum(x, { axis: 1 }),
  layerNorm: x => layerNorm(x),
}

const loopsOf = (spec: Spec): string =>
  lowered(spec as never)
    .steps.flatMap(step => ('run' in step && !isCall(step.run) ? [loopText(schedule(step.run))] : []))
    .join('\n')

test.each([
  ['softmax', 5, 'across'],
  ['softmax', 10, 'across'],
  ['softmax', 12, 'along'],
  ['logSoftmax', 10, 'across'],
  ['argmax', 10, 'across'],
  ['sum', 10, 'along'],
  ['layerNorm', 10, 'across'],
  ['layerNorm', 16, 'along'],
] as const)('lanes of %s of rows of %d run %s them', (name, columns, way) => {
  const rows = x(columns)
  const text = loopsOf({ inputs: { x: rows }, outputs: { y: functions[name]!(rows) } })
  expect([/vector i0/.test(text), /vector j0/.test(text)]).toEqual(way === 'across' ? [true, false] : [false, true])
})

/** Rows with equals, zeros of both signs, infinities and NaN among them. */
function given(n: number, columns: number) {
  const data = noise(n * columns, 2, n + columns)
  const special = [0, -0, Number.POSITIVE_INFINITY, Number.NaN, 1, 1, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < data.length; i += 11) data[i] = special[(i / 11) % special.length]!
  return array(data, { shape: [n, columns] })
}

test.each(Object.entries(functions))('%s', async (_, of) => {
  for (const columns of [5, 9, 10]) {
    const rows = x(columns)
    const spec = { inputs: { x: rows }, outputs: { y: of(rows) } }
    const f = await compile(spec, { target: wasm({ numerics: 'reproducible' }) })
    const loops = await compile(spec, { target: loopInterpreter() })
    const exact = await compile(spec, { target: interpreter() })
    for (const n of [0, 1, 3, 4, 7, 37]) {
      const input = { x: given(n, columns) }
      const { y } = (await f(input as never)) as { y: Parameters<typeof near>[0] }
      expect([...y.data], `${n} rows of ${columns}`).toEqual([...(await loops(input as never)).y!.data])
      expect(near(y, (await exact(input as never)).y as never)).toBeUndefined()
    }
  }
})
