/**
 * The C library's mathematics, position-independent, for an Emscripten that does not bring it: emsdk builds such
 * libraries only when first asked, all of libc in minutes. The functions themselves are few and take seconds.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { hashOf, placeFile } from './cache.ts'
import type { Compiler, Tools } from './find.ts'
import { languageFlags, targetFlags } from './flags.ts'
import { firstOf } from './locate.ts'
import { execute } from './process.ts'

/** How many processes compile at once. */
const lanes = 2

/**
 * An object file of musl's `src/math`, compiled once per compiler (some seconds) from the sources that come with
 * Emscripten; undefined when they are not there or do not compile.
 */
export async function mathLibrary(compiler: Compiler, tools: Tools, cacheDir: string): Promise<string | undefined> {
  const file = join(cacheDir, 'libraries', `${hashOf(compiler.identity, tools.identity)}.o`)
  if (firstOf([file]) !== undefined) return file
  const musl = join(compiler.root, 'system', 'lib', 'libc', 'musl')
  if (!existsSync(join(musl, 'src', 'math'))) return undefined
  return (await placeFile(file, part => compileMath(musl, compiler, tools, part))) ? file : undefined
}

/** Compiles musl's mathematics into one object file; false when that fails. */
async function compileMath(musl: string, compiler: Compiler, tools: Tools, output: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'damo-math-'))
  const headers = ['src/internal', 'src/include', 'arch/emscripten', 'arch/generic'].map(path => join(musl, path))
  const language = [
    '-xc',
    ...languageFlags('simd128', '-O2'),
    '-std=gnu99',
    '-fno-builtin',
    '-w',
    '-D_XOPEN_SOURCE=700',
  ]
  const flags = [...targetFlags(compiler.sysroot ?? ''), ...language, ...headers.map(path => `-I${path}`), '-c']
  const sources = mathSources(join(musl, 'src', 'math'))
  const shares = Array.from({ length: lanes }, (_, lane) => sources.filter((_, i) => i % lanes === lane))
  const compiled = await Promise.all(shares.map(share => execute(tools.clang, [...flags, ...share], folder)))
  const objects = sources.map(source => `${basename(source, '.c')}.o`)
  const linked = await execute(tools.wasmLd, ['--relocatable', ...objects, '-o', output], folder)
  rmSync(folder, { recursive: true, force: true })
  return linked.status === 0 && compiled.every(({ status }) => status === 0)
}

/** The files for double and float: not those for long double (`sinl.c` beside `sin.c`), nor Emscripten's smaller twins. */
function mathSources(folder: string): string[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.c'))
  const isLong = (name: string) => name.endsWith('l.c') && files.includes(name.replace('l.c', '.c'))
  return files.filter(name => !isLong(name) && !name.endsWith('_small.c')).map(name => join(folder, name))
}
