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
import { createProgram, type Program } from '../runtime/program.ts'
import { Store } from '../runtime/store.ts'
import { stackBytes } from '../runtime/threads.ts'
import { wasmExecutor } from '../runtime/wasm.ts'
import { buildArtifact } from '../wasm/index.ts'
import { schedule } from '../wasm/schedule.ts'
import { raceWatch } from './wasm/races.ts'

/**
 * Executes the loops that the wasm target would print, after verifying every level: equal to simd128 bit for bit. Loops
 * that threads would share are watched for turns that meet.
 */
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

/**
 * wasm whose loops are shared by so many threads wherever they can be, however little there is to do: the same bits as one
 * thread's. The threads of a program end when another is built.
 */
export function sharedLoops(
  threads: number,
  variant: 'threads' | 'relaxed-threads' = 'threads',
): Target & { deepestStack(): number } {
  let last: Program | undefined
  let deepest = 0
  let measure = () => {}
  return {
    name: `${threads} threads`,
    /** Bytes that the calls so far left on the stack of any thread, at most. */
    deepestStack() {
      measure()
      return deepest
    },
    newStore: () => new Store({ threads: true }),
    async build(_graph, lower, { store }) {
      const all = { only: [variant], least: 0 }
      const { manifest, modules, weights } = await buildArtifact(lower(), { threads: 'auto' }, all)
      const module = await WebAssembly.compile(modules[variant] as BufferSource)
      const memory = store ?? new Store({ threads: true })
      const executor = wasmExecutor(manifest, variant, module, memory, { threads, grain: 0, always: true })
      while ((executor.pool?.here ?? 0) < threads - 1) await new Promise(resolve => setTimeout(resolve, 5))
      const program = createProgram({ manifest, store: memory, executor, weights })
      last?.close()
      last = program
      measure()
      measure = () => {
        for (const top of [stackBytes, ...(executor.pool?.stacks ?? [])])
          deepest = Math.max(deepest, stackUse(memory.memory.buffer, top))
      }
      return program
    },
  }
}

/** How far down from `top` a stack is not zero, as it was before anybody used it; its last word is not looked at. */
function stackUse(buffer: ArrayBufferLike, top: number): number {
  const words = new Uint32Array(buffer, top - stackBytes, stackBytes / 4)
  const lowest = words.findIndex((word, i) => i > 0 && word !== 0)
  return lowest < 0 ? 0 : stackBytes - 4 * lowest
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
  return interpretKernel(loops, raceWatch(loops))
}
