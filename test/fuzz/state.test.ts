/**
 * Random functions on one store, called in turn at several sizes: outputs of every call and the state after it are the same
 * on every executor. `npm test -- fuzz --seed 1000 --count 500` tries so many, from that seed on.
 */
import { debugprint, type NDArray } from 'damo'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Arrays, type Executor, executors, oracle, type Program } from '../laws/executors.ts'
import { attemptTogether, merged } from '../laws/packs.ts'
import { chance } from './choose.ts'
import { near, same, valuesFor } from './compare.ts'
import { shrunk } from './shrinkMachine.ts'
import { functions, type Machine, randomMachine } from './state.ts'

const first = Number(process.env.DAMO_FUZZ_SEED ?? 1)
const count = Number(process.env.DAMO_FUZZ_COUNT ?? 10)
const nodes = 8
const packSize = 10

/** The functions one after the other, then in any order; sizes change from call to call. */
const luck = chance(first)
const turns = Array.from({ length: 10 }, (_, i) => ({
  at: i < functions ? i : luck.below(functions),
  sizes: new Map([
    ['n', luck.pick([1, 2, 5, 8])],
    ['m', luck.pick([1, 3, 4, 9])],
  ]),
}))

interface Sample {
  seed: number
  machine: Machine
}

const samples: Sample[] = Array.from({ length: count }, (_, i) => ({
  seed: first + i,
  machine: randomMachine(first + i, nodes, `s${first + i}_`),
}))

/** What each call gives, with the state after it; or why there is nothing. */
type Story = readonly Arrays[] | string

const stories = new Map<Executor, Map<number, Story>>()
const absent = new Map<Executor, string>()

async function prepare(executor: Executor): Promise<void> {
  const reason = await executor.unavailable()
  if (reason !== undefined) {
    absent.set(executor, reason)
    return
  }
  const done = new Map<number, Story>()
  const attempt = async (pack: readonly Sample[]) => {
    const story = await tell(
      executor,
      pack.map(({ machine }) => machine),
    )
    for (const { seed } of pack) done.set(seed, story)
  }
  for (let i = 0; i < samples.length; i += packSize)
    await attemptTogether(samples.slice(i, i + packSize), attempt, ({ seed }, message) => done.set(seed, message))
  stories.set(executor, done)
}

/** One function that reads all variables. */
const reader = ({ variables }: Machine): Program => ({
  inputs: {},
  outputs: Object.fromEntries(variables.map(x => [x.name!, x])),
})

async function tell(executor: Executor, machines: readonly Machine[]): Promise<Arrays[]> {
  const programs = Array.from({ length: functions }, (_, at) => merged(machines.map(({ programs }) => programs[at]!)))
  const runners = await executor.compileTogether([...programs, merged(machines.map(reader))])
  const story: Arrays[] = []
  for (const [turn, { at, sizes }] of turns.entries()) {
    const outputs = await runners[at]!.run(valuesFor(programs[at]!, sizes, turn))
    story.push({ ...outputs, ...(await runners[functions]!.run({})) })
  }
  return story
}

/** Where two stories of one machine part. */
function parting(
  { programs, variables }: Machine,
  actual: Story,
  expected: Story,
  differs: (a: NDArray, b: NDArray) => string | undefined,
): { turn: number; text: string } | undefined {
  if (typeof expected === 'string') return { turn: 0, text: `not even the oracle: ${expected}` }
  if (typeof actual === 'string') return { turn: 0, text: actual }
  for (const [turn, { at, sizes }] of turns.entries()) {
    for (const name of [...Object.keys(programs[at]!.outputs), ...variables.map(x => x.name!)]) {
      const text = differs(actual[turn]![name]!, expected[turn]![name]!)
      if (text)
        return { turn, text: `call ${turn}, of function ${at} at ${JSON.stringify([...sizes])}: ${name}: ${text}` }
    }
  }
  return undefined
}

beforeAll(() => prepare(oracle))

test('machines update variables in cycles, and what they hold changes', () => {
  const story = stories.get(oracle)!
  for (const { seed, machine } of samples) {
    const told = story.get(seed)!
    expect(typeof told).not.toBe('string')
    const held = (told as Arrays[]).map(state => machine.variables.map(x => String(state[x.name!]!.data)).join())
    expect(new Set(held).size).toBeGreaterThan(1)
  }
})

describe.each(executors.filter(executor => executor !== oracle))(`$name, seeds from ${first}`, executor => {
  beforeAll(() => prepare(executor), 600_000)

  test.for(samples)('seed $seed', async ({ seed, machine }, context) => {
    if (absent.has(executor)) context.skip(absent.get(executor)!)
    const told = (who: Executor) => stories.get(who)!.get(seed)!
    const problem = parting(machine, told(executor), told(oracle), near)
    if (problem) throw new Error(await report(executor, seed, machine, problem.text))
    const twin = executors.find(other => other.bits && other.bits === executor.bits && stories.has(other))
    if (twin && twin !== executor) expect(parting(machine, told(executor), told(twin), same)).toBeUndefined()
  })
})

/** Updates that see what those before them have written. */
const sequential: Executor = {
  ...oracle,
  name: 'one after the other',
  async compileTogether(programs) {
    const split = programs.map(({ updates = [], ...rest }) => [
      rest,
      ...updates.map(update => ({ inputs: rest.inputs, outputs: {}, updates: [update] })),
    ])
    const runners = await oracle.compileTogether(split.flat())
    return split.map(parts => {
      const [first, ...others] = runners.splice(0, parts.length)
      const run = async (inputs: Arrays) => {
        const outputs = await first!.run(inputs)
        for (const other of others) await other.run(inputs)
        return outputs
      }
      return { ...first!, run }
    })
  },
}

test('updates that are not simultaneous are found, and shrunk to the cycle', async () => {
  const texts: string[] = []
  for (let seed = 1; seed <= 10; seed++) {
    const machine = randomMachine(seed, nodes, `s${seed}_`)
    const small = await shrunk(machine, candidate => partsAlone(sequential, candidate), 200)
    const updates = small?.programs.map(({ updates = [] }) => updates.length)
    if (updates) texts.push(updates.toSorted().join())
  }
  expect(texts).toContain('0,0,2')
})

/** The problem in words, with the functions as small as they could be made. */
async function report(executor: Executor, seed: number, machine: Machine, text: string): Promise<string> {
  const start = `npm test -- fuzz --seed ${seed} --count 1\n${executor.name}: ${text}`
  const small = await shrunk(machine, candidate => partsAlone(executor, candidate))
  if (small === undefined)
    return `${start}\nonly together with the other machines of its pack, or in another order of calls`
  const graphs = small.programs.map(({ outputs, updates = [] }, i) => {
    const parts = [...Object.entries(outputs), ...updates.map(([x, next]) => [`${x.name} <-`, next] as const)]
    return parts.map(([name, x]) => `function ${i}, ${name}\n${debugprint(x)}`).join('\n')
  })
  return `${start}\nshrunk: ${await partsAlone(executor, small)}\n${graphs.join('\n')}`
}

/** What is wrong with a machine by itself. */
async function partsAlone(executor: Executor, machine: Machine): Promise<string | undefined> {
  const expected = await tell(oracle, [machine])
  const actual = await tell(executor, [machine]).catch((error: Error) => error.message)
  return parting(machine, actual, expected, near)?.text
}
