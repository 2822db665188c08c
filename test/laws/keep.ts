/** Runs laws on an executor, and says where its results are not those of another. */
import type { RunnerTestSuite } from 'vitest'
import { disagreement, elements } from './agree.ts'
import type { Arrays, Executor } from './executors.ts'
import { attemptTogether, merged } from './packs.ts'
import type { Law } from './programs.ts'

/** What an executor makes of each law: the results of its calls, or why there are none. */
export type Results = Map<string, readonly Arrays[] | string>

/** Fails with all problems that there are. */
export function fail(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

/** How many laws are compiled together. */
const packSize = 120

/** Compiles and calls laws, many to a program. */
export async function execute(executor: Executor, laws: readonly Law[]): Promise<Results> {
  const results: Results = new Map()
  const attempt = async (pack: readonly Law[]) => {
    const runner = await executor.compile(merged(pack.map(law => law.program)))
    const collected = pack.map((): Arrays[] => [])
    for (let call = 0; call < Math.max(...pack.map(law => law.calls.length)); call++) {
      const given = pack.map(({ calls }) => calls[Math.min(call, calls.length - 1)]!)
      const outputs = await runner.run(Object.assign({}, ...given))
      pack.forEach((law, i) => {
        if (call < law.calls.length) collected[i]!.push(outputsOf(law, outputs))
      })
    }
    pack.forEach((law, i) => {
      results.set(law.name, collected[i]!)
    })
  }
  for (const pack of packsOf(laws))
    await attemptTogether(pack, attempt, (law, message) => results.set(law.name, message))
  return results
}

/** Laws that are called equally often and bind the same dims, some at a time. */
function packsOf(laws: readonly Law[]): Law[][] {
  const counts = [...new Set(laws.map(law => law.calls.length))]
  return counts.flatMap(count => {
    const group = laws.filter(law => law.calls.length === count)
    const packs = Math.ceil(group.length / packSize)
    return Array.from({ length: packs }, (_, i) => group.slice(i * packSize, (i + 1) * packSize))
  })
}

const outputsOf = (law: Law, outputs: Arrays): Arrays =>
  Object.fromEntries(Object.keys(law.program.outputs).map(name => [name, outputs[name]!]))

/** Where two executors differ on a law. */
export function agreement(own: Results, other: Results, law: Law, ulps: number): string | undefined {
  const expected = other.get(law.name)!
  if (typeof expected === 'string') return `${law.name}: nothing to compare with: ${expected}`
  return problem(own, law, expected, ulps)
}

/** Where the results of a law are not the expected ones. */
export function problem(own: Results, law: Law, expected: readonly Arrays[], ulps = 0): string | undefined {
  const actual = own.get(law.name)!
  if (typeof actual === 'string') return `${law.name}: ${actual}`
  for (const [call, arrays] of expected.entries()) {
    for (const [name, array] of Object.entries(arrays)) {
      const found = disagreement(actual[call]![name]!, array, ulps, law.near === 'one' ? 1 : 0)
      if (found) return `${name}: ${found.text} (${ulps} allowed), given ${argumentsAt(law.calls[call]!, found.at)}`
    }
  }
  return undefined
}

/** The arguments at an element; the types of those that are broadcast. */
function argumentsAt(call: Arrays, at: number): string {
  return Object.values(call)
    .map(x => (at >= 0 && x.data.length > at ? String(elements(x)[at]) : `${x.dtype}[${x.shape}]`))
    .join(', ')
}

/** The words in the names of the tests that run, so that with `-t NAME` only the laws of those are compiled. */
export function wordsOf({ tasks }: Pick<RunnerTestSuite, 'tasks'>): Set<string> {
  const running = tasks.filter(({ mode }) => mode === 'run' || mode === 'queued')
  return new Set(
    running.flatMap(task => (task.type === 'suite' ? [...wordsOf(task)] : (task.name.match(/\w+/g) ?? []))),
  )
}
