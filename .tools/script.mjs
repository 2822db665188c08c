// Running one of the project's TypeScript programs after the set-up, with the compiler that the command line names.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { splitArguments } from './arguments.mjs'
import { buildIfStale } from './build.mjs'
import { SetupError } from './errors.mjs'
import { root, setUp } from './setup.mjs'

/**
 * Sets up and runs a program with the rest of the command line; the process takes its exit status.
 * @param {string} path of the program, from the root
 * @param {'built' | 'sources'} what the program's imports of damo mean
 */
export async function runScript(path, what) {
  const { compiler, rest } = splitArguments(process.argv.slice(2))
  try {
    await setUp({ compiler })
    process.exitCode = what === 'built' ? await buildIfStale() : 0
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    process.exitCode = 1
  }
  if (process.exitCode !== 0) return
  const env = compiler === undefined ? process.env : { ...process.env, EMCC: compiler }
  const conditions = what === 'sources' ? ['--conditions=damo-source'] : []
  const args = ['--import', 'tsx', ...conditions, join(root, path), ...rest]
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1
}
