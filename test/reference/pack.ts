/** Many cases in one program: compilers cost more than cases do. */
import type { Executor, Program, Runner } from '../laws/executors.ts'
import type { Exercise } from './exercise.ts'

/** What became of a case: undefined when it is right. */
export type Verdicts = Map<string, string | undefined>

/**
 * Compiles the exercises as one program and runs them together. When that throws, each half is tried on its own, so that
 * one case that cannot be compiled fails alone.
 */
export async function runPack(executor: Executor, exercises: readonly Exercise[]): Promise<Verdicts> {
  const verdicts: Verdicts = new Map()
  const pending = [exercises]
  for (let pack = pending.pop(); pack !== undefined; pack = pending.pop()) {
    try {
      await runTogether(executor, pack)
      for (const one of pack) verdicts.set(one.case.id, one.problem())
    } catch (error) {
      if (pack.length === 1) verdicts.set(pack[0]!.case.id, error instanceof Error ? error.message : String(error))
      else pending.push(pack.slice(0, pack.length / 2), pack.slice(pack.length / 2))
    }
  }
  return verdicts
}

async function runTogether(executor: Executor, pack: readonly Exercise[]): Promise<void> {
  const runner = await executor.compile(merged(pack.map(({ program }) => program)))
  const values = Object.assign({}, ...pack.map(one => one.values))
  const steps = Math.max(...pack.map(one => one.steps))
  for (let step = 0; step < steps; step++) {
    const results = await runner.run(values)
    for (const one of pack) one.observe(step, results, runner satisfies Runner)
  }
}

/** Programs whose names differ, as one. */
function merged(programs: readonly Program[]): Program {
  return {
    inputs: Object.assign({}, ...programs.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...programs.map(({ outputs }) => outputs)),
    updates: programs.flatMap(({ updates = [] }) => updates),
  }
}
