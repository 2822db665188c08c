import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findApt } from './apt.mjs'
import { installBrowser } from './browser.mjs'
import { installCompiler } from './compiler.mjs'
import { SetupError } from './errors.mjs'
import { thisHost } from './host.mjs'
import { installPackages } from './packages.mjs'

/**
 * @typedef {{ name: string, reason: string }} Skipped Something optional that is not there.
 * @typedef {{ installed: boolean, skipped: Skipped[] }} StepResult
 *
 * @typedef {object} SetupOptions
 * @property {string | undefined} [compiler] - An Emscripten to use as it is.
 * @property {boolean} [tests] - Also what only the tests use.
 * @property {boolean} [retry] - Try again what could not be installed a short while ago.
 * @property {import('./host.mjs').Host} [host]
 * @property {string} [root]
 */

/** The folder of `package.json`. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** For so long a failed attempt to install something optional is not repeated, in milliseconds. */
const attemptLifetime = 24 * 3600 * 1000

/**
 * Installs what is missing to build, run and test damo: npm packages and the compiler, and for the tests a browser and
 * a software GPU. Does nothing, in some milliseconds, where all is there.
 *
 * @param {SetupOptions} [options]
 * @returns {Promise<Skipped[]>} what is optional and could not be had
 * @throws {SetupError} when something required cannot be had
 */
export async function setUp(options = {}) {
  const { compiler, tests = false, host = thisHost(), root: folder = root } = options
  requireNode(process.versions.node)
  await installPackages(host, folder)
  const apt = findApt(host)
  const retry = options.retry ?? !attemptedLately(folder)
  const steps = [await installCompiler(host, { compiler, apt, retry })]
  if (tests) steps.push(await installBrowser(host, { apt, retry }))
  const skipped = steps.flatMap(step => step.skipped)
  if (retry && skipped.length > 0) recordAttempt(folder)
  return skipped
}

/**
 * @param {string} version - As `process.versions.node`.
 * @throws {SetupError} below Node 20
 */
export function requireNode(version) {
  if (Number.parseInt(version, 10) < 20) throw new SetupError(`damo needs Node 20 or later; this is ${version}`)
}

/** @param {string} folder */
function attemptFile(folder) {
  return join(folder, '.cache', 'setup.json')
}

/** @param {string} folder */
function attemptedLately(folder) {
  try {
    return Date.now() - JSON.parse(readFileSync(attemptFile(folder), 'utf8')).attempted < attemptLifetime
  } catch {
    return false
  }
}

/** @param {string} folder */
function recordAttempt(folder) {
  mkdirSync(join(folder, '.cache'), { recursive: true })
  writeFileSync(attemptFile(folder), JSON.stringify({ attempted: Date.now() }))
}
