import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runWithProgress } from './progress.mjs'

/**
 * What set-up asks of the machine it runs on. Tests pass one of their own.
 *
 * @typedef {object} Host
 * @property {string} platform - As `process.platform`.
 * @property {boolean} root - Whether this process may install system packages itself.
 * @property {Record<string, string | undefined>} env
 * @property {(name: string) => string | undefined} which - The path of a command, if PATH has it.
 * @property {(path: string) => boolean} exists
 * @property {(command: string, args: string[], options?: RunOptions) => Promise<RunResult>} run
 * @property {(line: string) => void} say - Tells the user one line.
 *
 * @typedef {object} RunOptions
 * @property {string} [label] - Progress is shown under this name; without it the command runs silently.
 * @property {Record<string, string | undefined>} [env] - Added to the host's environment.
 * @property {string} [cwd]
 *
 * @typedef {{ code: number, output: string }} RunResult `output` is standard output and error together.
 */

/**
 * The machine this process runs on.
 *
 * @param {Record<string, string | undefined>} [env] - What differs from this process's environment.
 * @returns {Host}
 */
export function thisHost(env = {}) {
  const all = { ...process.env, ...env }
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    env: all,
    which: name => findOnPath(name, all.PATH ?? ''),
    exists: existsSync,
    run: (command, args, options) => runWithProgress(command, args, { ...options, env: { ...all, ...options?.env } }),
    say: line => console.log(`setup: ${line}`),
  }
}

/**
 * @param {string} name
 * @param {string} path - Folders, separated as in the PATH variable.
 * @returns {string | undefined} the first executable file of that name
 */
function findOnPath(name, path) {
  const endings = process.platform === 'win32' ? ['.exe', '.bat', '.cmd', ''] : ['']
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const candidate = join(folder, name + ending)
      if (isExecutable(candidate)) return candidate
    }
  }
  return undefined
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
