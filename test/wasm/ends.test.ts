/** What follows the folds of rows, in lanes along the rows: the bits of a row alone, whatever blocks leave over. */
import {
  add,
  argmax,
  array,
  cast,
  compile,
  exp,
  interpreter,
  logsumexp,
  matrix,
  mean,
  mul,
  type NDArray,
  neg,
  relu,
  type Spec,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { isCall, type Kernel } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { verifyLoops } from '../../frontend/kernel/verify.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/noise.ts'
import { near } from '../fuzz/compare.ts'
import { loopInterpreter } from '../targets.ts'

const x = matrix('x', { shape: ['n', 17] })
const y = vector('y', { shape: ['n'] })
const w = vector('w', { shape: [17] })
const inputs = { x, y, w }
const total = sum(x, { axis: 1 })
const outputs: Record<string, Tensor> = {
  product: sigmoid(x.matmul(w)),
  'with a value of the row': tanh(add(mul(total, y), 0.5)),
  distance: exp(neg(sum(square(sub(x, w)), { axis: 1 }))),
  'two folds': exp(mul(total, mean(square(x), { axis: 1 }))),
  'one fold after another': logsumexp(x, { axis: 1 }),
  place: sigmoid(cast(argmax(x, { axis: 1 }), 'float32')),
  'of a wider type': exp(sum(cast(x, 'float64'), { axis: 1 })),
}

const kernelOf = (spec: Spec): Kernel =>
  lowered(spec as never).steps.flatMap(step => ('run' in step && !isCall(step.run) ? [step.run] : []))[0]!

test.each(Object.entries(outputs))('%s', async (_, z) => {
  const program = schedule(kernelOf({ inputs, outputs: { z }, onUnusedInput: 'ignore' }))
  verifyLoops(program)
  expect(loopText(program)).toContain('local ends')
  expect(sharedPieces(program)!.map(piece => piece.kind === 'shared' && piece.loop.name)).toContain('i0.block')
  const f = await compile(
    { inputs, outputs: { z }, onUnusedInput: 'ignore' },
    { target: wasm({ numerics: 'reproducible' }) },
  )
  const most = 600
  const [rows, values, weights] = [noise(most * 17, 1, 1), noise(most, 1, 2), noise(17, 1, 3)]
  rows[17 * 5] = NaN
  const of = async (from: number, n: number) => {
    const given = {
      x: array(rows.slice(17 * from, 17 * (from + n)), { shape: [n, 17] }),
      y: values.slice(from, from + n),
    }
    return [...((await f({ ...given, w: weights } as never)) as { z: { data: Float32Array } }).z.data]
  }
  // One row alone is computed by scalar code.
  const expected: number[] = []
  for (let row = 0; row < most; row++) expected.push(...(await of(row, 1)))
  const loops = await compile({ inputs, outputs: { z }, onUnusedInput: 'ignore' }, { target: loopInterpreter() })
  const few = { x: array(rows.slice(0, 17 * 70), { shape: [70, 17] }), y: values.slice(0, 70), w: weights }
  expect([...(await loops(few as never)).z!.data]).toEqual(expected.slice(0, 70))
  for (const n of [0, 3, 8, 31, 255, 256, 257, most]) expect(await of(0, n), `${n}`).toEqual(expected.slice(0, n))
})

test('several results for each row', async () => {
  const deep = tensor('deep', { shape: [2, 'n', 3, 7] })
  const z = tanh(add(sum(deep, { axis: 3 }), y.reshape(['n', 1])))
  const spec = { inputs: { deep, y }, outputs: { z } }
  expect(loopText(schedule(kernelOf(spec)))).toMatch(/local ends[\s\S]*vector i1/)
  const f = await compile(spec, { target: loopInterpreter() })
  for (const n of [1, 4, 70]) {
    const [values, added] = [noise(2 * n * 3 * 7, 1, 4), noise(n, 1, 5)]
    const results = (await f({ deep: array(values, { shape: [2, n, 3, 7] }), y: added } as never)).z.data
    for (let i = 0; i < 2 * n * 3; i++) {
      const total = values.subarray(7 * i, 7 * (i + 1)).reduce((a, b) => a + b, 0)
      expect(results[i]).toBeCloseTo(Math.tanh(total + added[Math.floor(i / 3) % n]!), 5)
    }
  }
})

test('products with few columns, along the rows of a tile', async () => {
  const [left, right] = [matrix('left', { shape: ['n', 30] }), matrix('right', { shape: [30, 3] })]
  const spec = (z: Tensor) => ({ inputs: { left, right }, outputs: { z } })
  const product = left.matmul(right)
  expect(loopText(schedule(kernelOf(spec(product))))).not.toContain('vector i0.row')
  expect(loopText(schedule(kernelOf(spec(relu(product)))))).toContain('vector i0.row')
  const f = await compile(spec(sigmoid(product)), { target: wasm({ numerics: 'reproducible' }) })
  const loops = await compile(spec(sigmoid(product)), { target: loopInterpreter() })
  const exact = await compile(spec(sigmoid(product)), { target: interpreter() })
  for (const n of [9, 16, 301]) {
    const given = {
      left: array(noise(30 * n, 1, 6), { shape: [n, 30] }),
      right: array(noise(90, 1, 7), { shape: [30, 3] }),
    }
    const results = ((await f(given as never)) as { z: NDArray }).z
    expect([...results.data], `${n}`).toEqual([...(await loops(given as never)).z!.data])
    expect(near(results, (await exact(given as never)).z as never)).toBeUndefined()
  }
})

test('little work is done at the end of each row', () => {
  for (const z of [relu(x.matmul(w)), mean(x, { axis: 1 })]) {
    const program = schedule(kernelOf({ inputs, outputs: { z }, onUnusedInput: 'ignore' }))
    expect(loopText(program)).not.toContain('local ends')
  }
})
