/** One row: all contenders made ready and checked, then timed in turns. */
import { deviation } from './check.ts'
import { alone, type Contender } from './contender.ts'
import type { Memory } from './engines/engine.ts'
import { ordinary, type Row } from './rows/row.ts'
import { dataOf } from './tasks.ts'

/** What a contender came to in a row, in seconds. */
export interface Times {
  median: number
  best: number
}

export interface Result {
  row: Row
  /** By the contender's name; those that cannot do the row's task are absent. */
  times: Map<string, Times>
  /** What a model takes, by the contender's name; of those that tell. */
  memory: ReadonlyMap<string, Memory>
  /** Failures and differences that a reader must know of. */
  notes: string[]
}

/** The time that a contender gets in each round, in seconds; a call that is longer runs once. */
const share = 0.04
/** Contenders slower than this a call, in seconds, are timed in the first rounds alone. */
const slow = 0.5
const slowRounds = 3

/** Measures a row. Who fails, or whose result is beyond `wrong`, has no time; damo is held to the row's tolerance. */
export async function runRow(row: Row, contenders: readonly Contender[], rounds: number): Promise<Result> {
  const notes: string[] = []
  const { ready, memory } = await prepareAll(row, contenders, notes)
  const samples = new Map(ready.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of ready) {
      const times = samples.get(contender.name)!
      if (round >= slowRounds && Math.min(...times) > slow) continue
      const { seconds, failed } = await contender.ask({ do: 'time', seconds: share })
      if (seconds === undefined) throw new Error(`${contender.name} failed while timed: ${failed}`)
      times.push(seconds)
    }
  }
  const times = new Map([...samples].map(([name, list]) => [name, { median: median(list), best: Math.min(...list) }]))
  return { row, times, notes, memory }
}

/** Beyond this difference, relative to the largest magnitude, a contender computed something else. */
const wrong = 1e-3

async function prepareAll(row: Row, contenders: readonly Contender[], notes: string[]) {
  const tolerance = row.tolerance ?? ordinary
  const results = new Map<Contender, Float64Array>()
  const memory = new Map<string, Memory>()
  for (const contender of contenders) {
    const reply = await contender.ask({ do: 'prepare', task: row.task })
    const { result, unsupported, failed } = reply
    if (reply.memory) memory.set(contender.name, reply.memory)
    if (unsupported) continue
    if (failed || !result) notes.push(`${row.name}: ${contender.name} failed: ${failed?.split('\n')[0]}`)
    else results.set(contender, result)
  }
  const votes = [...results].flatMap(([{ name }, result]) => (name === alone ? [] : [result]))
  const reference = row.exact?.(dataOf(row.task)) ?? mostAgreed(votes)
  const ready = [...results].flatMap(([contender, result]) => {
    const off = deviation(result, reference)
    if (!(off <= tolerance)) notes.push(`${row.name}: ${contender.name} is off by ${off.toExponential(1)}`)
    return off <= wrong ? contender : []
  })
  return { ready, memory }
}

/** The result that most contenders agree with; of as many, one that is not the first's, whom the table is about. */
function mostAgreed(results: readonly Float64Array[]): Float64Array {
  const votes = results.map(one => results.filter(other => deviation(other, one) <= wrong).length)
  return results[votes.lastIndexOf(Math.max(...votes))]!
}

/** The middle of some times; of two in the middle, their mean. */
function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
