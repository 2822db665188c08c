/** Targets that only tests need. */
import { interpretCall } from '../frontend/kernel/apply.ts'
import { verifyCall } from '../frontend/kernel/call.ts'
import { interpretKernel, type RunnableKernel } from '../frontend/kernel/interpret.ts'
import { isCall, type Work } from '../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep } from '../frontend/kernel/program.ts'
import type { Target } from '../frontend/kernel/target.ts'
import { verifyKernel, verifyLoops } from '../frontend/kernel/verify.ts'
import { verifyPlan } from '../frontend/kernel/verifyPlan.ts'
import type { Binding } from '../runtime/binding.ts'
import { evaluate } from '../runtime/dims.ts'
import { byteWidth, type Manifest } from '../runtime/manifest.ts'
import { createProgram } from '../runtime/program.ts'
import { Store } from '../runtime/store.ts'
import { schedule } from '../wasm/schedule.ts'

/** Executes the loops that the wasm target would print, after verifying every level: equal to simd128 bit for bit. */
export function loopInterpreter(): Target {
  return {
    name: 'loop interpreter',
    async build(_graph, lower, { store = new Store() }) {
      const program = lower()
      verifyPlan(program)
      const manifest = manifestOf(program)
      const run = runner(program, store)
      return createProgram({ manifest, store, weights: program.weights, executor: { sync: true, run } })
    },
  }
}

function manifestOf({ steps: _, weights: __, buffers, ...rest }: KernelProgram): Manifest {
  const plans = buffers.map(({ dtype: ___, ...plan }) => plan)
  return { format: 1, producer: 'damo loop interpreter', ...rest, buffers: plans, steps: [], code: {} }
}

function runner(program: KernelProgram, store: Store): (binding: Binding) => number {
  const prepared = new Map<Work, RunnableKernel>()
  const runnable = (work: Work) => {
    const made = prepared.get(work) ?? prepare(work)
    prepared.set(work, made)
    return made
  }
  const runSteps = (steps: readonly KernelStep[], binding: Binding, dims: ReadonlyMap<string, number>): number => {
    for (const step of steps) {
      if ('repeat' in step) {
        for (let i = 0, count = evaluate(step.count, dims); i < count; i++) {
          const status = runSteps(step.steps, binding, new Map([...dims, [step.repeat, i]]))
          if (status !== 0) return status
        }
        continue
      }
      const views = step.buffers.map(buffer => {
        const { dtype, bytes } = program.buffers[buffer]!
        return store.view(dtype, binding.offsets[buffer]!, evaluate(bytes, dims) / byteWidth[dtype])
      })
      const failure = runnable(step.run)(views, dims)
      if (failure) {
        binding.header.set([failure.check + 1, failure.index, failure.size])
        return failure.check + 1
      }
    }
    return 0
  }
  return binding => runSteps(program.steps, binding, binding.dims)
}

function prepare(work: Work): RunnableKernel {
  if (isCall(work)) {
    verifyCall(work)
    return interpretCall(work)
  }
  verifyKernel(work)
  const loops = schedule(work)
  verifyLoops(loops)
  return interpretKernel(loops)
}
