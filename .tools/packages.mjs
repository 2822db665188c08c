import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './errors.mjs'

/** @typedef {Record<string, { version?: string, optional?: boolean, link?: boolean }>} LockedPackages */

/**
 * Makes `node_modules` hold what `package-lock.json` names: `npm ci` when a package is missing or of another version.
 *
 * @param {import('./host.mjs').Host} host
 * @param {string} root - The folder of `package.json`.
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function installPackages(host, root) {
  const missing = missingPackages(root)
  if (missing.length === 0) return false
  const folder = join(root, 'node_modules')
  // npm would empty the folder behind the link, which belongs to another checkout.
  if (isLink(folder)) throw new SetupError(linkedFolder(folder, missing))
  host.say(`npm packages: installing (${missing.length} missing or of another version)`)
  const [command, ...args] = npmCommand(host)
  const { code, output } = await host.run(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    label: 'npm ci',
    cwd: root,
  })
  if (code !== 0) throw new SetupError(`npm ci failed with code ${code}:\n${head(output)}`)
  host.say('npm packages: installed')
  return true
}

/**
 * @param {string} root
 * @returns {string[]} the locked packages that are not installed in the locked version; a platform's optional package
 *   may be absent
 */
export function missingPackages(root) {
  const locked = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (locked === undefined) throw new SetupError('package-lock.json is missing or not JSON')
  return Object.entries(locked)
    .filter(([path, { version, optional, link }]) => {
      const found = installed?.[path]
      return path !== '' && !link && (found === undefined ? !optional : found.version !== version)
    })
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
}

/**
 * @param {string} file - A lock file of npm.
 * @returns {LockedPackages | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

/**
 * npm says what is wrong first, and how it is called after.
 *
 * @param {string} output
 */
function head(output) {
  return output.trim().split('\n').slice(0, 30).join('\n')
}

/**
 * npm runs a script with its own path in the environment; outside of npm the command of that name is taken.
 *
 * @param {import('./host.mjs').Host} host
 * @returns {[string, ...string[]]}
 */
function npmCommand(host) {
  const script = host.env.npm_execpath
  if (script?.endsWith('npm-cli.js')) return [process.execPath, script]
  return [host.which('npm') ?? 'npm']
}

/** @param {string} path */
function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

/**
 * @param {string} folder
 * @param {string[]} missing
 */
function linkedFolder(folder, missing) {
  return `node_modules is a link to ${realpathSync(folder)}, which lacks ${missing.slice(0, 5).join(', ')}${
    missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  }. Run npm ci there, or remove the link.`
}
