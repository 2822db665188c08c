// npm test [-- filter...]: installs what is missing, then checks types and style, builds, and runs vitest. With a filter
// only the tests that match it run; `npm test -- fuzz --seed 1000 --count 500` tries 500 random programs, the seeds from
// 1000 on. The last line is `N passed, N failed`; above it stands each check that was skipped.
import { splitArguments, takeOption } from '../arguments.mjs'
import { runChecks } from '../checks.mjs'
import { SetupError } from '../errors.mjs'
import { setUp } from '../setup.mjs'

const { compiler, rest: others } = splitArguments(process.argv.slice(2))
const { value: seed, rest: more } = takeOption(others, '--seed')
const { value: count, rest } = takeOption(more, '--count')
if (compiler !== undefined) process.env.EMCC = compiler
if (seed !== undefined) process.env.DAMO_FUZZ_SEED = seed
if (count !== undefined) process.env.DAMO_FUZZ_COUNT = count
try {
  const skipped = await setUp({ compiler, tests: true })
  process.exitCode = await runChecks(rest, skipped)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`setup: ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
