/** The verifier of plans finds faults that are planted into right ones. */
import {
  add,
  array,
  compile,
  concatenate,
  dim,
  exp,
  matmul,
  matrix,
  pick,
  scan,
  shared,
  sum,
  type Tensor,
  tanh,
  vector,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { KernelProgram, KernelStep } from '../../frontend/kernel/program.ts'
import { InvalidPlan, verifyPlan } from '../../frontend/kernel/verifyPlan.ts'
import { loopInterpreter } from '../targets.ts'

const [W, b] = [
  shared(
    array([
      [1, 2],
      [3, 4],
    ]),
    'W',
  ),
  shared(array([1, 2]), 'b'),
]
const x = matrix('x', { shape: [dim('n'), 2] })
const index = vector('index', { dtype: 'int32', shape: [dim('n')] })

/** Two products with temporaries between them, updates in place and exchanged, and an output. */
const hidden = tanh(add(matmul(x, W), b))
const training = (): KernelProgram =>
  lowered({
    inputs: { x },
    outputs: { y: matmul(hidden, W), total: sum(exp(hidden)) },
    updates: [
      [W, W.mul(2)],
      [b, add(b, sum(W, { axis: 0 }))],
    ],
  })
const looping = (): KernelProgram =>
  lowered({
    inputs: { x },
    outputs: {
      last: scan((h: Tensor, row: Tensor) => ({ carry: tanh(add(matmul(h, W), row)) }), { initial: b, sequences: x })
        .carry,
    },
  })
const joining = (): KernelProgram =>
  lowered({ inputs: { x }, outputs: { y: matmul(concatenate([matmul(x, W), tanh(matmul(x, W.mul(W)))]), W) } })
const choosing = (): KernelProgram =>
  lowered({ inputs: { x, index }, outputs: { y: pick(x, index) }, updates: [[b, add(b, 1)]] })

/** The program with other steps or buffers. */
const changed = (program: KernelProgram, change: Partial<KernelProgram>): KernelProgram => ({ ...program, ...change })

type Run = Extract<KernelStep, { run: unknown }>
const isRun = (step: KernelStep): step is Run => 'run' in step

/** Where a step stores to a buffer of this role. */
const storesTo = ({ steps, buffers }: KernelProgram, role: string): number =>
  steps.findIndex(
    step =>
      isRun(step) &&
      step.run.buffers.some(({ access }, i) => access === 'write' && buffers[step.buffers[i]!]!.role === role),
  )

const swapped = (steps: readonly KernelStep[], i: number, j: number): KernelStep[] =>
  steps.map((step, at) => (at === i ? steps[j]! : at === j ? steps[i]! : step))

test.each(Object.entries({ training, looping, choosing }))('a right plan passes: %s', (_, make) => {
  expect(() => verifyPlan(make())).not.toThrow()
})

describe('planted faults are found', () => {
  const faults: Readonly<Record<string, () => KernelProgram>> = {
    'a lifetime that ends too soon': () => {
      const program = training()
      const buffers = program.buffers.map(buffer =>
        buffer.role === 'temporary' ? { ...buffer, to: buffer.from } : buffer,
      )
      return changed(program, { buffers })
    },
    'two temporaries of overlapping lives in one memory': () => {
      const program = training()
      const [first, second] = program.buffers.flatMap(({ role, aliases }, i) =>
        role === 'temporary' && aliases === undefined ? [i] : [],
      )
      const other = second ?? program.outputs[0]!.buffer
      const buffers = program.buffers.map((buffer, i) =>
        i === first ? { ...buffer, aliases: other, bytes: program.buffers[other]!.bytes } : buffer,
      )
      return changed(program, { buffers })
    },
    'a step before the one that it reads from': () => {
      const program = training()
      return changed(program, { steps: [...program.steps].reverse() })
    },
    'a concatenation that is read before its last part is stored': () => {
      const program = joining()
      const last = program.steps.length - 1
      return changed(program, { steps: swapped(program.steps, last - 1, last) })
    },
    'a state that is replaced before it is read': () => {
      const program = training()
      const at = storesTo(program, 'state')
      return changed(program, { steps: swapped(program.steps, 0, at) })
    },
    'a step left out': () => {
      const program = training()
      return changed(program, { steps: program.steps.slice(1) })
    },
    'a store over an input': () => {
      const program = training()
      const steps = program.steps.map(step =>
        isRun(step)
          ? {
              ...step,
              buffers: step.buffers.map((buffer, i) =>
                step.run.buffers[i]!.access === 'write' ? program.inputs[0]!.buffer : buffer,
              ),
            }
          : step,
      )
      return changed(program, {
        steps,
        buffers: program.buffers.map(buffer => ({ ...buffer, from: -1, to: steps.length })),
      })
    },
    'a product written over its own operand': () => {
      const program = training()
      const at = program.steps.findIndex(
        step =>
          isRun(step) && step.run.label.includes('einsum') && storesTo({ ...program, steps: [step] }, 'output') === 0,
      )
      const steps = program.steps.map((step, i) => {
        if (i !== at || !isRun(step)) return step
        const from =
          step.buffers[
            step.run.buffers.findIndex(
              ({ access }, k) => access === 'read' && program.buffers[step.buffers[k]!]!.role === 'temporary',
            )
          ]!
        return {
          ...step,
          buffers: step.buffers.map((buffer, k) => (step.run.buffers[k]!.access === 'write' ? from : buffer)),
        }
      })
      return changed(program, { steps })
    },
    'a check after a state has been replaced': () => {
      const program = choosing()
      const at = storesTo(program, 'state')
      return changed(program, { steps: [program.steps[at]!, ...program.steps.filter((_, i) => i !== at)] })
    },
    'a buffer of another dtype': () => {
      const program = training()
      return changed(program, { buffers: program.buffers.map(buffer => ({ ...buffer, dtype: 'int32' })) })
    },
    'a carry that is not there at first': () => {
      const program = looping()
      return changed(program, { steps: program.steps.filter(step => !isRun(step)) })
    },
  }

  test.each(Object.entries(faults))('%s', (_, plant) => {
    expect(() => verifyPlan(plant())).toThrow(InvalidPlan)
  })
})

test('what tests compile to loops is verified', async () => {
  const f = await compile({ inputs: { x }, outputs: { y: hidden } }, { target: loopInterpreter() })
  expect((await f({ x: [[0, 0]] })).y.shape).toEqual([1, 2])
})
