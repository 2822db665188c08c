/** What a found Emscripten consists of, and which of its programs can be called directly. */

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { compilerUnusable } from '../errors.ts'
import { defaultCacheDir, hashOf, readEntry, writeEntry } from './cache.ts'
import { configured, type Environment, firstOf, locateDriver, locateRoot, onPath, stamp } from './locate.ts'
import { execute } from './process.ts'

/** A clang for WebAssembly and the linker of the same release. */
export interface Tools {
  readonly clang: string
  readonly wasmLd: string
  /** The release, as in 19 of `clang version 19.1.7`. */
  readonly major: number
  /** Changes whenever either program does. */
  readonly identity: string
}

/** An Emscripten, ready to compile. */
export interface Compiler {
  /** Its driver, `em++` or `emcc`. */
  readonly emcc: string
  /** Its release, as `3.1.6`. */
  readonly version: string
  /** Its folder. */
  readonly root: string
  /** Headers and libraries, `cache/sysroot`; undefined until Emscripten has made them. */
  readonly sysroot: string | undefined
  /** The folder of the position-independent `libc.a`; undefined where Emscripten has not built it. */
  readonly libraries: string | undefined
  /** What compiles simd128: Emscripten's own clang, else the newer one; undefined when its driver must serve. */
  readonly baseline: Tools | undefined
  /** What compiles relaxed SIMD: a clang of 17 or later. */
  readonly relaxed: Tools | undefined
  /** Changes whenever anything does that may change a module. */
  readonly identity: string
}

export interface FindOptions {
  /** The path of `em++` or `emcc`, of its folder, or of an emsdk folder. */
  emcc?: string
  /** Where facts about programs are kept between runs; see `defaultCacheDir`. */
  cacheDir?: string
  /** In place of `process.env`. */
  env?: Environment
}

const oldestEmscripten = [3, 1, 6] as const

/** Before 17, clang encoded relaxed SIMD as no engine accepts any more. */
const oldestRelaxedClang = 17
const newestClangTried = 30

/**
 * Finds Emscripten by the option, `EMCC`, `EMSDK` or PATH, in this order, and Debian's newer clang beside an old one.
 * Programs are started only to learn their versions, once per program. Throws W001, W002 or W003.
 */
export async function findCompiler(options: FindOptions = {}): Promise<Compiler> {
  const env = options.env ?? process.env
  const ask = asker(options.cacheDir ?? defaultCacheDir())
  const emcc = locateDriver(options.emcc, env)
  const root = locateRoot(emcc) ?? (await askConfig(ask, emcc, 'EMSCRIPTEN_ROOT'))
  if (root === undefined) throw compilerUnusable(emcc, 'the folder of emscripten-version.txt was not found')
  const version = readVersion(emcc, root)
  const own = await ownTools(ask, emcc, root, env)
  const sysroot = await findSysroot(ask, emcc, root, env)
  const libraries = sysroot && findLibraries(sysroot)
  const relaxed = own && own.major >= oldestRelaxedClang ? own : await newerTools(ask, env)
  const baseline = sysroot === undefined ? undefined : (own ?? relaxed)
  const parts = [version, stamp(emcc), libraries ? stamp(join(libraries, 'libc.a')) : '', baseline?.identity ?? '']
  return { emcc, version, root, sysroot, libraries, baseline, relaxed, identity: hashOf(...parts) }
}

function readVersion(emcc: string, root: string): string {
  const text = readFileSync(join(root, 'emscripten-version.txt'), 'utf8')
  const version = /\d+\.\d+\.\d+/.exec(text)?.[0]
  if (version === undefined) throw compilerUnusable(emcc, `its version, ${text.trim()}, cannot be read`)
  if (isOlder(version.split('.').map(Number), oldestEmscripten)) {
    throw compilerUnusable(emcc, `it is version ${version}; ${oldestEmscripten.join('.')} or later is needed`)
  }
  return version
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const at = than.findIndex((part, i) => version[i] !== part)
  return at >= 0 && (version[at] ?? 0) < (than[at] ?? 0)
}

/** Emscripten's clang: where its configuration says, or beside it (emsdk's `upstream/bin`, Homebrew's `llvm/bin`). */
async function ownTools(ask: Ask, emcc: string, root: string, env: Environment): Promise<Tools | undefined> {
  const inConfiguration = configured('LLVM_ROOT', root, env)
  const folders = [join(root, '..', 'bin'), join(root, 'llvm', 'bin')]
  const direct = toolsIn(inConfiguration ? [inConfiguration, ...folders] : folders, root, env)
  if (direct !== undefined) return describe(ask, direct)
  const asked = await askConfig(ask, emcc, 'LLVM_ROOT')
  const found = asked === undefined ? undefined : toolsIn([asked], root, env)
  return found && describe(ask, found)
}

interface ToolPaths {
  readonly clang: string
  readonly wasmLd: string
}

/** The programs in the first folder that has both, by the suffixes that the configuration adds (Debian's `-14`). */
function toolsIn(folders: readonly string[], root: string, env: Environment): ToolPaths | undefined {
  const clangSuffix = configured('CLANG_ADD_VERSION', root, env)
  const llvmSuffix = configured('LLVM_ADD_VERSION', root, env)
  for (const folder of folders) {
    const clang = firstOf(namesOf('clang++', clangSuffix).map(name => join(folder, name)))
    const wasmLd = firstOf(namesOf('wasm-ld', llvmSuffix).map(name => join(folder, name)))
    if (clang !== undefined && wasmLd !== undefined) return { clang, wasmLd }
  }
  return undefined
}

function namesOf(program: string, suffix: string | undefined): string[] {
  const plain = process.platform === 'win32' ? `${program}.exe` : program
  return suffix ? [`${program}-${suffix}`, plain] : [plain]
}

/** The newest `clang++-N` on PATH that knows WebAssembly and has its `wasm-ld-N`, as Debian and Ubuntu name them. */
async function newerTools(ask: Ask, env: Environment): Promise<Tools | undefined> {
  for (let major = newestClangTried; major >= oldestRelaxedClang; major--) {
    const clang = firstOf(onPath(`clang++-${major}`, env))
    const wasmLd = firstOf(onPath(`wasm-ld-${major}`, env))
    if (clang === undefined || wasmLd === undefined) continue
    const targets = await ask(clang, ['--print-targets'])
    if (/\bwasm32\b/.test(targets ?? '')) return describe(ask, { clang, wasmLd })
  }
  return undefined
}

async function describe(ask: Ask, { clang, wasmLd }: ToolPaths): Promise<Tools | undefined> {
  const version = (await ask(clang, ['--version']))?.split('\n')[0]
  const major = Number(/version (\d+)/.exec(version ?? '')?.[1])
  if (version === undefined || Number.isNaN(major)) return undefined
  return { clang, wasmLd, major, identity: hashOf(version, stamp(clang), stamp(wasmLd)) }
}

async function findSysroot(ask: Ask, emcc: string, root: string, env: Environment): Promise<string | undefined> {
  const caches = [configured('CACHE', root, env), join(root, 'cache'), join(homedir(), '.emscripten_cache')]
  const direct = caches.map(sysrootIn).find(found => found !== undefined)
  return direct ?? sysrootIn(await askConfig(ask, emcc, 'CACHE'))
}

function sysrootIn(cache: string | undefined): string | undefined {
  const header = cache && firstOf([join(cache, 'sysroot', 'include', 'math.h')])
  return header && dirname(dirname(header))
}

function findLibraries(sysroot: string): string | undefined {
  const libc = firstOf([join(sysroot, 'lib', 'wasm32-emscripten', 'pic', 'libc.a')])
  return libc && dirname(libc)
}

/** What a program prints when called so; undefined when it fails. */
type Ask = (program: string, args: readonly string[]) => Promise<string | undefined>

/** Asks each program once: what it printed is kept until the program's size or time of change differs. */
function asker(cacheDir: string): Ask {
  return async (program, args) => {
    const file = join(cacheDir, 'programs', hashOf(stamp(program), ...args))
    const known = readEntry(file)
    if (known !== undefined) return new TextDecoder().decode(known)
    const { status, stdout } = await execute(program, args)
    if (status !== 0) return undefined
    await writeEntry(file, new TextEncoder().encode(stdout))
    return stdout
  }
}

/** A setting by Emscripten's own `em-config`, which starts Python. */
async function askConfig(ask: Ask, emcc: string, setting: string): Promise<string | undefined> {
  const answer = (await ask(join(dirname(emcc), 'em-config'), [setting]))?.trim()
  return answer === '' || answer === 'None' ? undefined : answer
}
