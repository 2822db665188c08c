/** Many cases in one program: compilers cost more than cases do. */
import type { Executor } from '../laws/executors.ts'
import { attemptTogether, merged } from '../laws/packs.ts'
import type { Exercise } from './exercise.ts'

/** What became of a case: undefined when it is right. */
export type Verdicts = Map<string, string | undefined>

/** Compiles the exercises as one program, runs them together and judges each. */
export async function runPack(executor: Executor, exercises: readonly Exercise[]): Promise<Verdicts> {
  const verdicts: Verdicts = new Map()
  const attempt = async (pack: readonly Exercise[]) => {
    await runTogether(executor, pack)
    for (const one of pack) verdicts.set(one.case.id, one.problem())
  }
  await attemptTogether(exercises, attempt, (one, message) => verdicts.set(one.case.id, message))
  return verdicts
}

async function runTogether(executor: Executor, pack: readonly Exercise[]): Promise<void> {
  const runner = await executor.compile(merged(pack.map(({ program }) => program)))
  const values = Object.assign({}, ...pack.map(one => one.values))
  const steps = Math.max(...pack.map(one => one.steps))
  for (let step = 0; step < steps; step++) {
    const results = await runner.run(values)
    for (const one of pack) one.observe(step, results, runner)
  }
}
