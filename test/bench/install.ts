/** What the table compares with, installed when it is asked for: never a dependency of damo. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, '.cache')
const pinned = fileURLToPath(new URL('./peers.json', import.meta.url))

/** The Node of record. */
export const nodeOfRecord = '24.21.0'

/** The folder whose `node_modules` has the peers in the versions of `peers.json`. */
export function installPeers(): string {
  const folder = join(cache, 'peers')
  const installed = join(folder, 'installed.json')
  const wanted = readFileSync(pinned, 'utf8')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return folder
  mkdirSync(folder, { recursive: true })
  cpSync(pinned, join(folder, 'package.json'))
  npm(folder, ['--ignore-scripts', '--no-package-lock'])
  writeFileSync(installed, wanted)
  return folder
}

/** The executable of a Node: this one, a path, or a version, which is installed from npm. */
export function findNode(wanted: string): string {
  const found = nodeHere(wanted)
  if (found !== undefined) return found
  const { folder, name, executable } = placeOf(wanted)
  mkdirSync(folder, { recursive: true })
  npm(folder, ['--no-save', '--no-package-lock', `${name}@${wanted}`])
  return executable
}

/** The executable of a Node, as long as nothing has to be installed for it. */
export function nodeHere(wanted: string): string | undefined {
  if (process.versions.node === wanted || process.versions.node.split('.')[0] === wanted) return process.execPath
  if (!/^[\d.]+$/.test(wanted)) return wanted
  const { executable } = placeOf(wanted)
  return existsSync(executable) ? executable : undefined
}

/** Where a version of Node is, or would be installed, and as which package. */
function placeOf(version: string) {
  const folder = join(cache, `node-${version}`)
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  return { folder, name, executable: join(folder, 'node_modules', name, 'bin', 'node') }
}

/** Installs into a folder. */
function npm(folder: string, args: readonly string[]): void {
  const line = ['install', '--prefix', folder, ...args]
  console.error(`bench: npm ${line.join(' ')}`)
  const { status, stderr } = spawnSync('npm', [...line, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm ${line.join(' ')} failed:\n${stderr}`)
}
