/** A process of `npm run accuracy`: sweeps the ranges that it is sent and answers with the worst results. */
import type { Worst } from './bench.ts'
import { type Range, Sweeper } from './sweep.ts'

/** What a worker is asked to do. */
export interface Task extends Range {
  name: string
}

export type Answer = { worst: Worst } | { error: string }

let current: { name: string; sweeper: Sweeper } | undefined

async function work({ name, ...range }: Task): Promise<Answer> {
  try {
    if (current?.name !== name) current = { name, sweeper: await Sweeper.create(name) }
    return { worst: current.sweeper.sweep(range) }
  } catch (error) {
    return { error: String(error) }
  }
}

process.on('message', async (task: Task) => process.send!(await work(task)))
