// npm test [-- filter...]: installs what is missing, then checks types and style, builds, and runs vitest. With a filter
// only the tests that match it run. The last line is `N passed, N failed`; above it stands each check that was skipped.
import { splitArguments } from '../arguments.mjs'
import { runChecks } from '../checks.mjs'
import { SetupError } from '../errors.mjs'
import { setUp } from '../setup.mjs'

const { compiler, rest } = splitArguments(process.argv.slice(2))
if (compiler !== undefined) process.env.EMCC = compiler
try {
  const skipped = await setUp({ compiler, tests: true })
  process.exitCode = await runChecks(rest, skipped)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`setup: ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
