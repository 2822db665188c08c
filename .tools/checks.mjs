import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale, runTool } from './build.mjs'
import { root } from './setup.mjs'

/**
 * @typedef {object} Summary What a run of checks came to.
 * @property {number} passed
 * @property {string[]} failed - Their names.
 * @property {string[]} skipped - Their names, with the reason where there is one.
 */

/**
 * Runs all checks, or with a filter the matching tests alone, and prints what they came to.
 *
 * @param {string[]} args - For vitest.
 * @param {import('./setup.mjs').Skipped[]} missing - What set-up could not install.
 * @returns {Promise<number>} the exit status: 0 when all that ran passed
 */
export async function runChecks(args, missing) {
  /** @type {Summary} */
  const total = { passed: 0, failed: [], skipped: missing.map(({ name, reason }) => `${name} (${reason})`) }
  const named = args.some(arg => arg === '-t' || arg.startsWith('--testNamePattern'))
  const filtered = named || args.some(arg => !arg.startsWith('-'))
  if (!filtered) {
    count(total, 'types', runTool('typescript/bin/tsc', ['--noEmit', '-p', '.']))
    count(total, 'style', runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']))
  }
  count(total, 'build', await buildIfStale())
  const tests = runVitest(['--config', 'test/vitest.config.ts', ...args])
  // vitest tells those that another name was asked for from those that cannot run by nothing.
  add(total, named ? { ...tests, skipped: [`${tests.skipped.length} tests, most by their name`] } : tests)
  print(total)
  return total.failed.length === 0 && total.passed > 0 ? 0 : 1
}

/**
 * Runs vitest. What ends it before its end, or makes it fail without a failed test, counts as a failure too.
 *
 * @param {string[]} args
 * @param {{ quiet?: boolean }} [options]
 * @returns {Summary}
 */
export function runVitest(args, options) {
  const folder = mkdtempSync(join(tmpdir(), 'damo-test-'))
  const file = join(folder, 'summary.json')
  process.env.DAMO_TEST_SUMMARY = file
  const reporters = ['--reporter=default', `--reporter=${join(root, 'test', 'summary.ts')}`]
  const status = runTool('vitest/vitest.mjs', ['run', ...reporters, ...args], options)
  const summary = readSummary(file)
  rmSync(folder, { recursive: true })
  if (summary === undefined) return { passed: 0, failed: [`vitest (code ${status}, before its end)`], skipped: [] }
  if (status !== 0 && summary.failed.length === 0) summary.failed.push(`vitest (code ${status})`)
  return summary
}

/**
 * @param {string} file
 * @returns {Summary | undefined} nothing when vitest did not come to its end
 */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param {Summary} total
 * @param {string} name
 * @param {number} status
 */
function count(total, name, status) {
  if (status === 0) total.passed += 1
  else total.failed.push(name)
}

/**
 * @param {Summary} total
 * @param {Summary} more
 */
function add(total, { passed, failed, skipped }) {
  total.passed += passed
  total.failed.push(...failed)
  total.skipped.push(...skipped)
}

/** @param {Summary} total */
function print({ passed, failed, skipped }) {
  for (const name of skipped) console.log(`skipped: ${name}`)
  for (const name of failed) console.log(`failed: ${name}`)
  console.log(`${passed} passed, ${failed.length} failed`)
}
