/** float32 functions as wasm computes them, on a part of the arguments that `npm run accuracy` covers. */
import { beforeAll, describe, expect, test } from 'vitest'
import { findCompiler } from '../../wasm/emcc/index.ts'
import { Bench, type Worst } from './bench.ts'
import { claims, neighbourhoods } from './claims.ts'
import { unaryReferences } from './reference.ts'
import { allPatterns, Sweeper } from './sweep.ts'

const missing = await findCompiler().then(
  () => undefined,
  (error: Error) => error.message,
)

describe.skipIf(missing)('float32 on wasm', () => {
  let sweepers: ReadonlyMap<string, Sweeper>

  beforeAll(async () => {
    sweepers = await Sweeper.createAll(unaryReferences)
  })

  test('every function with a reference has a claim', () => {
    expect(Object.keys(claims).toSorted()).toEqual(unaryReferences.toSorted())
  })

  test.each(unaryReferences)('%s on every 4,099th bit pattern', name => {
    expectWithin(sweepers.get(name)!.sweep({ from: 0, to: allPatterns, step: 4099 }), claims[name]!)
  })

  test.each(unaryReferences)('%s around its breakpoints', name => {
    expectWithin(sweepers.get(name)!.judge(neighbourhoods(8)), claims[name]!)
  })

  test('pow on 10,000,000 pairs', async () => {
    const size = 100_000
    const bench = await Bench.create('pow', 'float32', size)
    const random = uniform()
    const [a, b] = bench.inputs as Float32Array[]
    for (let round = 0; round < 100; round++) {
      for (let i = 0; i < size; i++) [a![i], b![i]] = pairs[i % pairs.length]!(random)
      bench.run()
      bench.judge()
    }
    expectWithin(bench.worst, 1)
  })
})

function expectWithin(worst: Worst, claim: number) {
  expect(worst.ulps, `at ${worst.argument}: ${worst.got}, not ${worst.want}`).toBeLessThanOrEqual(claim)
}

/** Random numbers in [0, 1), the same in every run (mulberry32). */
function uniform(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const word = new Float32Array(1)
const bits = new Uint32Array(word.buffer)
const anyFloat = (random: () => number): number => {
  bits[0] = random() * 2 ** 32
  return word[0]!
}

type Pair = (random: () => number) => [number, number]

/** Any bits; results in range; bases near 1; small bases of both signs with whole and broken exponents. */
const pairs: readonly Pair[] = [
  random => [anyFloat(random), anyFloat(random)],
  random => {
    const x = Math.exp(170 * random() - 85)
    return [x, (200 * random() - 100) / Math.abs(Math.log(x))]
  },
  random => [1 + 0.01 * (random() - 0.5), 20000 * (random() - 0.5)],
  random => [8 * random() - 2, random() < 0.5 ? Math.floor(40 * random()) - 20 : 20 * random() - 10],
]
