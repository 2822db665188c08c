/** The C++ of a program's variants: one text for those whose engines want the same loops, and one frame for all. */
import { isCall, type Kernel, type LoopProgram } from '../frontend/kernel/ir.ts'
import type { KernelProgram, KernelStep } from '../frontend/kernel/program.ts'
import type { WasmVariant } from '../runtime/manifest.ts'
import type { Piece } from './parallel.ts'
import { type EmittedProgram, emitProgram } from './program.ts'
import { type ScheduleOptions, schedule } from './schedule.ts'

/** What is printed of a program for several variants: of each what is its own, and the frame that all of them run on. */
export interface EmittedVariants extends Pick<EmittedProgram, 'buffers' | 'steps'> {
  variants: ReadonlyMap<WasmVariant, Pick<EmittedProgram, 'source' | 'shared'>>
}

/** Prints a program for each of some variants; `share` finds what threads share in those for threads. */
export function emitVariants(
  program: KernelProgram,
  variants: readonly WasmVariant[],
  options: Omit<ScheduleOptions, 'relaxed'>,
  share: (loops: LoopProgram) => readonly Piece[] | undefined,
): EmittedVariants {
  const plain = onceEach(kernel => schedule(kernel, options))
  const fused = onceEach(kernel =>
    isContraction(kernel) ? schedule(kernel, { ...options, relaxed: true }) : plain(kernel),
  )
  const tiled = program.steps.some(hasContraction)
  const printed = new Map<string, EmittedProgram>()
  let frame: Pick<EmittedProgram, 'buffers' | 'steps'> = { buffers: [], steps: [] }
  const texts = variants.map(variant => {
    const [relaxed, threaded] = [tiled && variant.startsWith('relaxed'), variant.endsWith('threads')]
    const key = [relaxed, threaded].join()
    const known = printed.get(key)
    if (known) return [variant, known] as const
    const before = printed.size > 0 ? frame.buffers : undefined
    const emitted = emitProgram(program, relaxed ? fused : plain, threaded ? share : undefined, before)
    printed.set(key, emitted)
    frame = emitted
    return [variant, emitted] as const
  })
  return { variants: new Map(texts), buffers: frame.buffers, steps: frame.steps }
}

/** What is computed of each kernel once. */
function onceEach(make: (kernel: Kernel) => LoopProgram): (kernel: Kernel) => LoopProgram {
  const made = new Map<Kernel, LoopProgram>()
  return kernel => {
    const known = made.get(kernel) ?? make(kernel)
    made.set(kernel, known)
    return known
  }
}

/** Whether relaxed SIMD may change how a kernel is run. */
const isContraction = ({ stages }: Kernel): boolean => stages.some(({ contraction }) => contraction !== undefined)

const hasContraction = (step: KernelStep): boolean =>
  'repeat' in step ? step.steps.some(hasContraction) : !isCall(step.run) && isContraction(step.run)
