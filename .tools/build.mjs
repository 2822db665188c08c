import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { root } from './setup.mjs'

const sources = ['runtime', 'frontend', 'wasm', 'webgpu']
const settings = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'rollup.config.js',
  '.tools/tsconfig.build.json',
]
const stamp = join(root, '.cache', 'built-from')
const lock = join(root, '.cache', 'build.lock')

/** A lock of this age, in milliseconds, was left by a build that was killed. */
const lockLifetime = 180_000

/**
 * Builds `dist/` unless it was built from these very sources; several processes may ask at once.
 *
 * @returns {Promise<number>} the exit status, 0 for success
 */
export async function buildIfStale() {
  if (upToDate()) return 0
  return await build({ unlessUpToDate: true })
}

/**
 * Compiles with tsc to `.cache/build/` and bundles with rollup to `dist/`.
 *
 * @param {{ unlessUpToDate?: boolean }} [options] - Look again whether there is anything to do once the lock is held.
 * @returns {Promise<number>} the exit status, 0 for success
 */
export async function build({ unlessUpToDate = false } = {}) {
  await takeLock()
  try {
    if (unlessUpToDate && upToDate()) return 0
    const hash = hashOfSources()
    rmSync(join(root, '.cache', 'build'), { recursive: true, force: true })
    const compiled = runTool('typescript/bin/tsc', ['-p', '.tools/tsconfig.build.json'])
    if (compiled !== 0) return compiled
    const bundled = runTool('rollup/dist/bin/rollup', ['--config', '--silent'])
    if (bundled === 0) writeFileSync(stamp, hash)
    return bundled
  } finally {
    rmdirSync(lock)
  }
}

/**
 * Runs the script of an installed package with this Node. Not by the name in `node_modules/.bin`: two installed versions
 * of TypeScript claim the name `tsc`.
 *
 * @param {string} script - Its path in `node_modules`.
 * @param {string[]} args
 * @param {{ quiet?: boolean }} [options] - Whether its output is dropped.
 * @returns {number} its exit status
 */
export function runTool(script, args, { quiet = false } = {}) {
  const path = join(root, 'node_modules', ...script.split('/'))
  const output = quiet ? 'ignore' : 'inherit'
  return spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: ['ignore', output, output] }).status ?? 1
}

function upToDate() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfSources() && entries().every(existsSync)
}

/** @returns {string[]} the files that `package.json` exports */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.values(exports)
    .flatMap(entry => [entry.types, entry.default])
    .filter(Boolean)
    .map(path => join(root, path))
}

/** @returns {string} a hash of all that the build reads */
function hashOfSources() {
  const hash = createHash('sha256')
  for (const path of [...sources.flatMap(filesUnder), ...settings]) {
    const bytes = readFileSync(join(root, path))
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(join(root, path)).isFile())
    .sort()
}

/** Making a folder is atomic, so only one process succeeds. */
async function takeLock() {
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (;;) {
    try {
      mkdirSync(lock)
      return
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
      if (Date.now() - since > lockLifetime) rmSync(lock, { recursive: true, force: true })
      else await setTimeout(100)
    }
  }
}
