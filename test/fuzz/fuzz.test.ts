/** Random typed graphs on every executor. `npm test -- fuzz --seed 1000 --count 500` tries so many, from that seed on. */
import { debugprint, evaluate, type NDArray, type Tensor } from 'damo'
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

/** What programs are called with: sizes of dims, and whether some floats are NaN, infinite or subnormal. */
const kinds: { n: number; m: number; oddly?: true }[] = [
  { n: 5, m: 7 },
  { n: 1, m: 1 },
  { n: 4, m: 16 },
  { n: 4, m: 16, oddly: true },
  { n: 0, m: 7 },
  { n: 5, m: 0 },
]

interface Sample {
  seed: number
  program: Program
  /** By kind: the arguments; nothing for sizes at which an op of the program means nothing. */
  calls: readonly (Arrays | undefined)[]
}

/** By seed: the results of the calls, or why there are none. */
type Results = Map<number, readonly (Arrays | undefined)[] | string>

const samples = Array.from({ length: programs }, (_, i) => sample(first + i))

function sample(seed: number): Sample {
  const program = randomProgram(seed, nodes, `seed${seed}_`)
  const calls = kinds.map(({ n, m, ...how }, kind) => {
    const values = valuesFor(program, new Map(Object.entries({ n, m })), 31 * seed + kind, how)
    return n * m > 0 || means(program, values) ? values : undefined
  })
  return { seed, program, calls }
}

const callsOf = ({ calls }: Sample) => calls.map(call => call !== undefined).join()

/** Whether every op of a program means something at the sizes of these arguments. */
function means({ inputs, outputs }: Program, values: Arrays): boolean {
  try {
    evaluate(Object.values(outputs), new Map(Object.entries(inputs).map(([name, x]) => [x, values[name]!])))
    return true
  } catch {
    return false
  }
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
    const collected: (Arrays | undefined)[] = []
    for (const [kind, given] of pack[0]!.calls.entries())
      collected.push(given && (await runner.run(Object.assign({}, ...pack.map(({ calls }) => calls[kind])))))
    for (const { seed } of pack) done.set(seed, collected)
  }
  // Programs of a pack are called together.
  for (const possible of new Set(samples.map(callsOf))) {
    const alike = samples.filter(sample => callsOf(sample) === possible)
    for (let i = 0; i < alike.length; i += packSize)
      await attemptTogether(alike.slice(i, i + packSize), attempt, ({ seed }, message) => done.set(seed, message))
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
    for (const [call, right] of expected.entries()) {
      const text = right && differs(actual[call]![name]!, right[name]!)
      if (text) return { text: `${name} at ${JSON.stringify(kinds[call])}: ${text}`, output, call }
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
