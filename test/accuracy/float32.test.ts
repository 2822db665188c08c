/** float32 functions as wasm computes them, on a part of the arguments that `npm run accuracy` covers. */
import { beforeAll, describe, expect, test } from 'vitest'
import { findCompiler } from '../../wasm/emcc/index.ts'
import type { Worst } from './bench.ts'
import { claims, neighbourhoods } from './claims.ts'
import { measurePow } from './pairs.ts'
import { references, unaryReferences } from './reference.ts'
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
    expect(Object.keys(claims).toSorted()).toEqual(references.toSorted())
  })

  test.each(unaryReferences)('%s on every 4,099th bit pattern', name => {
    expectWithin(sweepers.get(name)!.sweep({ from: 0, to: allPatterns, step: 4099 }), claims[name]!)
  })

  test.each(unaryReferences)('%s around its breakpoints', name => {
    expectWithin(sweepers.get(name)!.judge(neighbourhoods(8)), claims[name]!)
  })

  test('pow on 10,000,000 pairs', async () => {
    expectWithin(await measurePow(10_000_000), claims.pow!)
  })
})

function expectWithin(worst: Worst, claim: number) {
  expect(worst.ulps, `at ${worst.argument}: ${worst.got}, not ${worst.want}`).toBeLessThanOrEqual(claim)
}
