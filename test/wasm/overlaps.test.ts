/** Rows whose last vector overlaps the one before: what both compute is of what was there before them, also in place. */
import {
  array,
  compile,
  concatenate,
  exp,
  interpreter,
  max,
  pad,
  setSubtensor,
  shared,
  sum,
  type Target,
  type Tensor,
} from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { dimDifference } from '../../frontend/dims.ts'
import { type Kernel, type Statement, vectorLanes } from '../../frontend/kernel/ir.ts'
import { schedule } from '../../wasm/schedule.ts'
import { randomFrom } from '../kernel/random.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

const rows = 6

function noise(seed: number, shape: readonly number[]) {
  const next = randomFrom(seed)
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.round(64 * (next() - 0.5)) / 16)
  return array(values, { shape: [...shape], dtype: 'float32' })
}

let made = 0
const given = (...shape: number[]) => shared(noise(shape.length, shape) as never, `given ${made++}`) as Tensor

/** What replaces a state of some rows of a width: none would be the same, were it computed of itself again. */
const changes: Readonly<Record<string, (state: Tensor, width: number) => Tensor>> = {
  'by the inside of wider rows': (state, width) => state.mul(2).add(given(rows, width + 2).at(':, 1:-1')),
  'by what takes longer': (state, width) => {
    const x = given(rows, width + 2).at(':, 1:-1')
    return exp(state.mul(0.1))
      .add(exp(x.mul(0.2)).mul(state))
      .sub(exp(x.sub(state).mul(0.1)))
  },
  'by rows with zeros around': (state, width) =>
    state.mul(3).sub(
      pad(given(rows, width - 2) as never, [
        [0, 0],
        [1, 1],
      ]) as Tensor,
    ),
  'by rows side by side': (state, width) =>
    state.mul(3).sub(concatenate([given(rows, width - 1), given(rows, 1)], { axis: 1 })),
  'of the inside by rows': (state, width) => {
    const inside = state.at(':, 1:-1') as Tensor
    return setSubtensor(inside as never, inside.mul(2).add(given(rows, width - 2))) as Tensor
  },
  'by sums of the inside of wider rows': (state, width) =>
    state.mul(2).add(sum(given(3, rows, width + 2).at(':, :, 1:-1') as Tensor, 0)),
  'by the greatest of columns': state => state.mul(2).sub(max(state, 0)),
  'by sums of many rows': (state, width) => state.mul(2).add(sum(given(4000, width), 0)),
}

const targets: [string, () => Target][] = [
  ['loops, watched', loopInterpreter],
  ['wasm', wasm],
  ['two threads', () => sharedLoops(2)],
]
const cases = Object.keys(changes).flatMap(change => [5, 6, 7, 9, 14, 19, 21].map(width => ({ change, width })))

function updates() {
  const states = cases.map(({ width }) => given(rows, width))
  return states.map((state, i) => [state, changes[cases[i]!.change]!(state, cases[i]!.width)] as const)
}

async function after(calls: number, target: Target): Promise<number[][]> {
  const all = updates()
  const outputs = Object.fromEntries(all.map(([state], i) => [`s${i}`, state]))
  const f = await compile({ inputs: {}, outputs, updates: all as never }, { target })
  let got: Record<string, { data: ArrayLike<number> }> = {}
  for (let call = 0; call <= calls; call++) got = (await f({} as never)) as never
  return cases.map((_, i) => Array.from(got[`s${i}`]!.data))
}

const overlaps = (statements: readonly Statement[]): boolean =>
  statements.some(
    s =>
      s.kind === 'for' && ((s.mode === 'vector' && dimDifference(s.to, s.from)! % vectorLanes > 0) || overlaps(s.body)),
  )

test.each(Object.keys(changes))('a state is replaced in place, in vectors that overlap: %s', change => {
  for (const width of [7, 19]) {
    const state = given(rows, width)
    const { steps, buffers } = lowered({ updates: [[state, changes[change]!(state, width)]] as never })
    const [step, ...more] = steps as { run: Kernel; buffers: readonly number[] }[]
    expect(more).toEqual([])
    const stored = step!.buffers.filter((_, i) => step!.run.buffers[i]!.access !== 'read')
    const read = step!.buffers.filter((_, i) => step!.run.buffers[i]!.access === 'read')
    expect(stored.map(buffer => buffers[buffer]!.role)).toEqual(['state'])
    expect(read).toContain(stored[0])
    expect(overlaps(schedule(step!.run).body), `${width}`).toBe(true)
  }
})

test.each(targets)('%s', async (_, target) => {
  const [exact, got] = [await after(2, interpreter()), await after(2, target())]
  for (const [i, { change, width }] of cases.entries())
    for (const [at, value] of got[i]!.entries())
      expect(value, `${change}, ${width} columns, element ${at}`).toBeCloseTo(exact[i]![at]!, 3)
})
