// npm run demo: installs what is missing, builds the package if it is stale, and trains on MNIST.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { splitArguments } from '../arguments.mjs'
import { buildIfStale } from '../build.mjs'
import { SetupError } from '../errors.mjs'
import { root, setUp } from '../setup.mjs'

const { compiler, rest } = splitArguments(process.argv.slice(2))
try {
  await setUp({ compiler })
  process.exitCode = await buildIfStale()
  if (process.exitCode === 0) process.exitCode = runDemo()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`setup: ${error.message}`)
  process.exitCode = 1
}

/** @returns {number} the demo's exit status */
function runDemo() {
  const script = join(root, 'examples', 'mnist', 'main.ts')
  const env = compiler === undefined ? process.env : { ...process.env, EMCC: compiler }
  return (
    spawnSync(process.execPath, ['--import', 'tsx', script, ...rest], { cwd: root, env, stdio: 'inherit' }).status ?? 1
  )
}
