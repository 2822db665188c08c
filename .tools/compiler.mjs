import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './errors.mjs'

/**
 * Makes sure that an Emscripten is there: one that the user named or has on PATH is taken as it is, otherwise the
 * system's package manager installs it. Debian's and Ubuntu's own Emscripten may come with a clang that is too old for
 * relaxed SIMD, so clang-19 and lld-19 are put beside it where the archive has them.
 *
 * @param {import('./host.mjs').Host} host
 * @param {{ compiler?: string | undefined, apt?: import('./apt.mjs').Apt | undefined, retry?: boolean }} options
 * @returns {Promise<import('./setup.mjs').StepResult>}
 */
export async function installCompiler(host, { compiler, apt, retry = true }) {
  const found = findCompiler(host, compiler)
  if (found !== undefined && (!ofSystem(found) || hasClang(host))) return { installed: false, skipped: [] }
  if (found === undefined) return installFromNothing(host, apt)
  if (!retry || apt === undefined || !(await apt.allowed())) return { installed: false, skipped: [withoutClang('')] }
  const { installed, failure } = await announce(host, apt, ['clang-19', 'lld-19'])
  const skipped = hasClang(host) ? [] : [withoutClang(failure === undefined ? '' : `: ${failure}`)]
  return { installed: installed.length > 0, skipped }
}

/**
 * Where the compiler is, in the order in which damo itself looks for it.
 *
 * @param {import('./host.mjs').Host} host
 * @param {string} [explicit] - A path that the user gave; it must exist.
 * @returns {string | undefined}
 */
export function findCompiler(host, explicit) {
  if (explicit !== undefined) {
    if (host.exists(explicit)) return explicit
    throw new SetupError(`--compiler names ${explicit}, which does not exist`)
  }
  const { EMCC, EMSDK } = host.env
  if (EMCC && host.exists(EMCC)) return EMCC
  const inSdk = EMSDK && join(EMSDK, 'upstream', 'emscripten', host.platform === 'win32' ? 'em++.bat' : 'em++')
  if (inSdk && host.exists(inSdk)) return inSdk
  return host.which('em++')
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {import('./apt.mjs').Apt | undefined} apt
 */
async function installFromNothing(host, apt) {
  if (apt !== undefined && (await apt.allowed())) {
    const { failure } = await announce(host, apt, ['emscripten', 'clang-19', 'lld-19'])
    if (findCompiler(host) === undefined) {
      throw new SetupError(`apt-get did not install Emscripten${failure ? `:\n${failure}` : ''}\n${instructions(host)}`)
    }
    return { installed: true, skipped: hasClang(host) ? [] : [withoutClang('')] }
  }
  if (host.platform === 'darwin' && host.which('brew') !== undefined) {
    host.say('Emscripten: installing with Homebrew')
    const { code, output } = await host.run('brew', ['install', 'emscripten'], { label: 'brew install' })
    if (code === 0 && findCompiler(host) !== undefined) return { installed: true, skipped: [] }
    throw new SetupError(`brew install emscripten failed:\n${output.trim()}\n${instructions(host)}`)
  }
  throw new SetupError(`Emscripten is missing.\n${instructions(host, apt)}`)
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {import('./apt.mjs').Apt} apt
 * @param {string[]} names
 */
async function announce(host, apt, names) {
  host.say(`Emscripten: installing ${names.join(', ')} with apt-get`)
  const result = await apt.install(names)
  if (result.installed.length > 0) host.say(`Emscripten: installed ${result.installed.join(', ')}`)
  return result
}

/** @param {string} compiler */
function ofSystem(compiler) {
  try {
    return realpathSync(compiler).startsWith('/usr/share/emscripten/')
  } catch {
    return false
  }
}

/** @param {import('./host.mjs').Host} host */
function hasClang(host) {
  return host.which('clang++-19') !== undefined && host.which('wasm-ld-19') !== undefined
}

/**
 * @param {string} reason
 * @returns {import('./setup.mjs').Skipped}
 */
function withoutClang(reason) {
  return { name: 'relaxed SIMD of the system Emscripten', reason: `clang-19 and lld-19 are not installed${reason}` }
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {import('./apt.mjs').Apt} [apt]
 */
function instructions(host, apt) {
  const emsdk = host.platform === 'win32' ? 'emsdk.bat' : './emsdk'
  const activate = host.platform === 'win32' ? 'emsdk_env.bat' : 'source ./emsdk_env.sh'
  return [
    ...(apt === undefined ? [] : ['As root: apt-get install emscripten clang-19 lld-19. Or, for this user alone:']),
    ...(apt === undefined ? ['To install it:'] : []),
    '  git clone https://github.com/emscripten-core/emsdk.git && cd emsdk',
    `  ${emsdk} install latest && ${emsdk} activate latest`,
    `  ${activate}`,
    'and run this command again. A compiler elsewhere is found by EMCC=/path/to/em++, EMSDK=/path/to/emsdk or PATH.',
  ].join('\n')
}
