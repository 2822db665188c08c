/** What the family of routines promises, whatever the routine: on rows of a batch, in loops, when it fails. */
import {
  argsort,
  array,
  compile,
  explain,
  grad,
  interpreter,
  matrix,
  mul,
  type NDArray,
  scan,
  shared,
  sort,
  sum,
  type Target,
  type Tensor,
  tensor3,
  transpose,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { RoutineOp } from '../../frontend/define.ts'
import { isCall, type RoutineCall } from '../../frontend/kernel/ir.ts'
import { applyRoutine } from '../../frontend/routine.ts'
import { emitCall } from '../../wasm/call.ts'
import { loopInterpreter } from '../targets.ts'

const targets: readonly Target[] = [interpreter(), loopInterpreter(), wasm()]

const calls = (spec: Parameters<typeof lowered>[0]): RoutineCall[] =>
  lowered(spec).steps.flatMap(step => ('run' in step && isCall(step.run) ? [step.run] : []))

/** 1 / x, of no row with a 0. */
const invert: RoutineOp = {
  kind: 'routine',
  name: 'invert',
  doc: 'For these tests: the reciprocals of a row without 0.',
  accepts: ['float32'],
  ranks: [1],
  results: ([x]) => [x!],
  numbers: ([x]) => [x!.shape[0]!],
  js: ([x], [y], [n]) => {
    for (let i = 0; i < n!; i++) y![i] = 1 / (x![i] as number)
    return Number((x as Float32Array).includes(0))
  },
  cpp: { header: 'routines/invert.hpp', name: 'invert' },
  failure: () => 'row {index} of {size} has a 0',
}

describe.each(targets.slice(0, 2))('a routine that fails, $name', target => {
  const x = matrix('x', { shape: [null, 2] })
  const total = shared(array([1, 1]), 'total')
  const inverse = applyRoutine(invert, [x])[0]!
  const build = () =>
    compile({ inputs: { x }, outputs: { inverse }, updates: [[total, total.add(sum(inverse, 0))]] }, { target })

  test('names itself, the row and the line, and changes nothing', async () => {
    const step = await build()
    expect((await step({ x: [[1, 2]] })).inverse.tolist()).toEqual([[1, 0.5]])
    await expect(
      step({
        x: [
          [1, 2],
          [3, 4],
          [0, 1],
        ],
      }),
    ).rejects.toThrow(/^invert: row 2 of 3 has a 0[\s\S]*routine\.test\.ts/)
    expect(step.state.get('total').tolist()).toEqual([2, 1.5])
  })
})

test('the C++ of a call', () => {
  const x = tensor3('x', { shape: ['m', 3, 'n'] })
  const [call] = calls({ inputs: { x }, outputs: { y: applyRoutine(invert, [x])[0]! } })
  expect(emitCall(call!, 'r0').text).toMatchInlineSnapshot(`
    "DAMO_NOINLINE i32 r0(i32* frame, const u32* K, const f32* b0, f32* b1, i32 n0, i32 n1) {
      for (i32 i = 0, count = (3 * n0); i < count; i++) {
        if (invert<f32, f32>(b0 + i * n1, b1 + i * n1, n1)) return fail(frame, 1, i, count);
      }
      return 0;
    }
    "
  `)
})

test('results that no one asks for have no memory', () => {
  const x = matrix('x')
  const results = (outputs: Record<string, Tensor>) =>
    calls({ inputs: { x }, outputs }).map(call => call.results.map(({ buffer }) => buffer !== undefined))
  expect(results({ y: sort(x) })).toEqual([[true, false]])
  expect(results({ y: argsort(x) })).toEqual([[false, true]])
  expect(results({ values: sort(x), positions: argsort(x) })).toEqual([[true, true]])
  expect(explain({ inputs: { x }, outputs: { y: argsort(x) } })).toContain('-, int32[')
})

test('a gradient uses the results that are there', () => {
  const x = matrix('x')
  const y = sort(x)
  // One call for the values and where they were, which is where the gradient goes.
  expect(calls({ inputs: { x }, outputs: { y, g: grad(sum(mul(y, y)), x) } }).length).toBe(1)
})

test('operands that only change their shape are read where they are', () => {
  const x = vector('x', { shape: [12] })
  const labels = (y: Tensor) =>
    lowered({ inputs: { x }, outputs: { y } }).steps.map(step => 'run' in step && step.run.label)
  expect(labels(sort(x.reshape([3, 4])))).toEqual(['sort'])
  expect(labels(sort(transpose(x.reshape([3, 4]))))).toEqual(['transpose', 'sort'])
})

describe.each(targets)('in loops, $name', target => {
  test('a routine at each step, of elements and of carries', async () => {
    const xs = matrix('xs', { shape: ['n', 3] })
    const { carry, outputs } = scan(
      (h: Tensor, x) => {
        const next = sort(h.add(x as Tensor))
        return { carry: next, output: argsort(x as Tensor) }
      },
      { sequences: xs, initial: shared(array([3, 2, 1]), 'start') },
    ) as unknown as { carry: Tensor; outputs: Tensor }
    const f = await compile(
      { inputs: { xs }, outputs: { carry, outputs, g: grad(sum(mul(carry, carry)), xs) } },
      { target },
    )
    const result = (await f({
      xs: [
        [0, 0, 0],
        [5, 1, -2],
      ],
    })) as Record<string, NDArray>
    expect(Object.values(result).map(x => x.tolist())).toMatchInlineSnapshot(`
      [
        [
          1,
          3,
          6,
        ],
        [
          [
            0,
            1,
            2,
          ],
          [
            2,
            1,
            0,
          ],
        ],
        [
          [
            2,
            6,
            12,
          ],
          [
            12,
            6,
            2,
          ],
        ],
      ]
    `)
  })
})
