// npm run setup: installs what is missing, and tries again what could not be installed before.
import { SetupError } from '../errors.mjs'
import { setUp } from '../setup.mjs'

try {
  const skipped = await setUp({ tests: true, retry: true })
  for (const { name, reason } of skipped) console.log(`setup: without ${name} (${reason})`)
  console.log('setup: done')
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`setup: ${error.message}`)
  process.exitCode = 1
}
