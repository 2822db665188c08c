/** Random typed graphs on every executor. `npm test -- fuzz --seed 1000 --count 500` tries so many, from that seed on. */
import { debugprint, type NDArray, type Tensor } from 'damo'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Arrays, type Executor, executors, fromTarget, oracle, type Program } from '../laws/executors.ts'
import { attemptTogether, merged } from '../laws/packs.ts'
import { sharedLoops } from '../targets.ts'
import { near, same, valuesFor } from './compare.ts'
import { randomProgram } from './generate.ts'
import { judge, shrink } from './shrink.ts'

const first = Number(process.env.DAMO_FUZZ_SEED ?? 1)
const programs = Number(process.env.DAMO_FUZZ_COUNT ?? 20)
const nodes = 20
const packSize = 20

const sizes = [
  { n: 5, m: 7 },
  { n: 1, m: 1 },
  { n: 4, m: 16 },
]

interface Sample {
  seed: number
  program: Program
  calls: readonly Arrays[]
}

/** By seed: the results of the calls, or why there are none. */
type Results = Map<number, readonly Arrays[] | string>

const samples = Array.from({ length: programs }, (_, i) => sample(first + i))

function sample(seed: number): Sample {
  const program = randomProgram(seed, nodes, `seed${seed}_`)
  const calls = sizes.map(({ n, m }, call) => valuesFor(program, new Map(Object.entries({ n, m })), 31 * seed + call))
  return { seed, program, calls }
}

/** Two threads share every loop that they can, of convolutions in fewer products too. */
const threads = fromTarget(sharedLoops(2), {
  unavailable: () => executors.find(({ name }) => name === 'simd128')!.unavailable(),
})
const all = [...executors, threads]

const results = new Map<Executor, Results>()
const absent = new Map<Executor, string>()

async function prepare(executor: Executor): Promise<void> {
  const reason = await executor.unavailable()
  if (reason === undefined) results.set(executor, await execute(executor))
  else absent.set(executor, reason)
}

beforeAll(() => prepare(oracle))

test('graphs are random, and the same for the same seed', () => {
  const texts = [1, 1, 2].map(seed => debugprint(Object.values(randomProgram(seed, nodes, 'x').outputs)))
  expect(texts[0]).toBe(texts[1])
  expect(texts[0]).not.toBe(texts[2])
})

describe.each(all.filter(executor => executor !== oracle))(`$name, seeds from ${first}`, executor => {
  beforeAll(() => prepare(executor), 600_000)

  test.for(samples)('seed $seed', async (sample, context) => {
    if (absent.has(executor)) context.skip(absent.get(executor)!)
    const twin = executors.find(other => other.bits && other.bits === executor.bits && results.has(other))!
    const problem = difference(executor, sample, oracle, near)
    if (problem) throw new Error(await report(executor, sample, problem))
    if (twin && twin !== executor) expect(difference(executor, sample, twin, same)).toBeUndefined()
  })
})

/** Of several such ops and no loop, whose body is one node. */
const isPlain = (text: string) => text.split('tanh').length > 4 && !text.includes('scan')

test('a failure is shrunk to the op that is wrong', async () => {
  const wrong: Executor = {
    ...oracle,
    name: 'wrong',
    async compile(program) {
      const right = await oracle.compile(program)
      const hasTanh = debugprint(Object.values(program.outputs)).includes('tanh')
      return {
        ...right,
        run: async inputs => {
          const arrays = await right.run(inputs)
          for (const { data } of Object.values(arrays)) if (hasTanh && data instanceof Float32Array) data.fill(99)
          return arrays
        },
      }
    },
  }
  const [{ program, calls }, output] = Array.from({ length: 20 }, (_, i) => i + 1)
    .map(sample)
    .flatMap(made => Object.values(made.program.outputs).map(x => [made, x] as const))
    .find(([, x]) => x.dtype === 'float32' && x.ndim > 0 && isPlain(debugprint(x)))!
  const values = new Map(Object.entries(program.inputs).map(([name, x]) => [x, calls[0]![name]!]))
  expect(await judge(wrong, { output, values }, near)).toBeDefined()
  const small = await shrink(wrong, { output, values }, near, 200)
  expect(debugprint(small.output).split('\n').length).toBeLessThan(5)
})

async function execute(executor: Executor): Promise<Results> {
  const done: Results = new Map()
  const attempt = async (pack: readonly Sample[]) => {
    const runner = await executor.compile(merged(pack.map(({ program }) => program)))
    const collected: Arrays[] = []
    for (const call of sizes.keys())
      collected.push(await runner.run(Object.assign({}, ...pack.map(({ calls }) => calls[call]))))
    for (const { seed } of pack) done.set(seed, collected)
  }
  for (let i = 0; i < samples.length; i += packSize) {
    await attemptTogether(samples.slice(i, i + packSize), attempt, ({ seed }, message) => done.set(seed, message))
  }
  return done
}

interface Problem {
  text: string
  output: Tensor
  call: number
}

function difference(
  executor: Executor,
  { seed, program }: Sample,
  other: Executor,
  differs: (a: NDArray, b: NDArray) => string | undefined,
): Problem | undefined {
  const [actual, expected] = [results.get(executor)!.get(seed)!, results.get(other)!.get(seed)!]
  for (const [name, output] of Object.entries(program.outputs)) {
    if (typeof expected === 'string') return { text: `${other.name}: ${expected}`, output, call: 0 }
    if (typeof actual === 'string') return { text: actual, output, call: 0 }
    for (const call of sizes.keys()) {
      const text = differs(actual[call]![name]!, expected[call]![name]!)
      if (text) return { text: `${name}: ${text}`, output, call }
    }
  }
  return undefined
}

/** The problem in words, with the graph as small as it could be made. */
async function report(executor: Executor, { seed, program, calls }: Sample, { text, output, call }: Problem) {
  const values = new Map(Object.entries(program.inputs).map(([name, x]) => [x, calls[call]![name]!]))
  const whole = { output, values }
  const alone = await judge(executor, whole, near)
  const start = `npm test -- fuzz --seed ${seed} --count 1\n${executor.name}: ${text}`
  if (alone === undefined) return `${start}\nonly together with the other outputs and programs of its pack`
  const small = await shrink(executor, whole, near)
  return `${start}\nshrunk: ${await judge(executor, small, near)}\n${debugprint(small.output)}`
}
