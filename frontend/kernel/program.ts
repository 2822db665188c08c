/**
 * What lowering gives to a target: kernels and calls, the buffers they share and the order of the steps, still free of any
 * target's decisions. `runtime/manifest` is the same thing as it travels, with code in place of kernels.
 */

import type { NDArray } from '../../runtime/array.ts'
import type {
  BufferPlan,
  DimConstraint,
  DimExpr,
  DimFacts,
  DType,
  InputPort,
  Port,
  StatePort,
} from '../../runtime/manifest.ts'
import type { Work } from './ir.ts'

/**
 * A step: a kernel or call with the program's buffer for each of its own, or a loop around steps. `values` are what the
 * buffers are meant to hold, by identity: old and new values of a state lie in one buffer, and `verifyPlan` tells them apart;
 * programs made by hand have none.
 */
export type KernelStep =
  | { run: Work; buffers: readonly number[]; values?: readonly object[] }
  | { repeat: string; count: DimExpr; steps: readonly KernelStep[] }

/** A buffer of the program before its target has asked for scratch; `dtype` is that of its elements. */
export interface ProgramBuffer extends BufferPlan {
  dtype: DType
}

export interface KernelProgram {
  name: string
  dims: Readonly<Record<string, DimFacts>>
  constraints: readonly DimConstraint[]
  inputs: readonly InputPort[]
  outputs: readonly Port[]
  state: readonly StatePort[]
  buffers: readonly ProgramBuffer[]
  steps: readonly KernelStep[]
  checks: readonly string[]
  /** Initial values of state and constants, by the names that buffers and state ports use. */
  weights: ReadonlyMap<string, NDArray>
}

/** The first kernel or call that writes each buffer which one writes. */
export function writersOf(steps: readonly KernelStep[], writers = new Map<number, Work>()): ReadonlyMap<number, Work> {
  for (const step of steps) {
    if ('repeat' in step) writersOf(step.steps, writers)
    else
      for (const [i, { access }] of step.run.buffers.entries()) {
        const buffer = step.buffers[i]!
        if (access !== 'read' && !writers.has(buffer)) writers.set(buffer, step.run)
      }
  }
  return writers
}
