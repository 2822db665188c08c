/** One C++ program to one linked module: by clang and wasm-ld themselves where they are known, else by em++. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compilationFailed, frameTooLarge } from '../errors.ts'
import type { Source } from './emission.ts'
import type { Compiler, Tools } from './find.ts'
import { oneShotFlags } from './flags.ts'
import { mathLibrary } from './library.ts'
import { precompiledHeader, splitIncludes } from './precompile.ts'
import { execute, type Outcome } from './process.ts'
import { foreignImports } from './seal.ts'

/** What to build, and with what. */
export interface BuildRecipe {
  readonly source: Source
  readonly compiler: Compiler
  /** The programs to call directly; undefined: call the driver. */
  readonly tools: Tools | undefined
  readonly flags: readonly string[]
  readonly linkFlags: readonly string[]
  readonly includeDir: string
  readonly headersHash: string
  readonly cacheDir: string
}

/** The name of what the linker writes. */
const output = 'module.wasm'

/**
 * Compiles and links in a folder of its own under the system's temporary folder and returns what the linker wrote.
 * Throws W005 when the program is refused, W009 when it wants too much of the stack; its source then stays in that folder.
 */
export async function build(recipe: BuildRecipe): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'damo-'))
  const sourceFile = join(folder, 'module.cpp')
  const source = recipe.source.text()
  writeFileSync(sourceFile, source)
  const { tools } = recipe
  const failure = await (tools === undefined ? runDriver(recipe, folder) : runTools(recipe, tools, source, folder))
  if (failure !== undefined) {
    const [frame] = /stack frame size .*/.exec(failure.text) ?? []
    throw frame === undefined
      ? compilationFailed(failure.step, firstLines(failure.text), sourceFile)
      : frameTooLarge(frame, sourceFile)
  }
  const linked = readFileSync(join(folder, output))
  rmSync(folder, { recursive: true, force: true })
  return linked
}

interface Failure {
  readonly step: string
  readonly text: string
}

async function runTools(
  recipe: BuildRecipe,
  tools: Tools,
  source: string,
  folder: string,
): Promise<Failure | undefined> {
  const compiled = await compile(recipe, tools, source, folder)
  if (compiled.status !== 0) return { step: 'compiling', text: compiled.stderr }
  const linked = await link(recipe, tools, folder)
  return linked.status === 0 ? undefined : { step: 'linking', text: linked.stderr }
}

/** With precompiled headers when there are some; a failure is always seen, and told, by the plain way. */
async function compile(recipe: BuildRecipe, tools: Tools, source: string, folder: string): Promise<Outcome> {
  const { includes, rest } = splitIncludes(source)
  const header = await precompiledHeader({ ...recipe, tools, includes })
  const args = [...recipe.flags, `-I${recipe.includeDir}`, '-c', '-o', 'module.o']
  if (header !== undefined) {
    writeFileSync(join(folder, 'body.cpp'), rest)
    const outcome = await execute(tools.clang, [...args, '-include-pch', header, 'body.cpp'], folder)
    if (outcome.status === 0) return outcome
  }
  return execute(tools.clang, [...args, 'module.cpp'], folder)
}

/** With the C library; where Emscripten has none for us, first without, and only then with one of our own making. */
async function link(recipe: BuildRecipe, tools: Tools, folder: string): Promise<Outcome> {
  const { compiler, cacheDir, linkFlags } = recipe
  const linkWith = async (libraries: readonly string[]) =>
    checkImports(await execute(tools.wasmLd, ['module.o', '-o', output, ...linkFlags, ...libraries], folder), folder)
  if (compiler.libraries !== undefined) return linkWith([`-L${compiler.libraries}`, '-lc', '-lcompiler_rt'])
  const alone = await linkWith([])
  if (alone.status === 0) return alone
  const library = await mathLibrary(compiler, tools, cacheDir)
  return library === undefined ? alone : linkWith([library])
}

async function runDriver(recipe: BuildRecipe, folder: string): Promise<Failure | undefined> {
  const libraries = recipe.compiler.libraries === undefined ? [] : ['-lc']
  const args = [...recipe.flags, `-I${recipe.includeDir}`, 'module.cpp', '-o', output, ...oneShotFlags, ...libraries]
  const outcome = checkImports(await execute(recipe.compiler.emcc, args, folder), folder)
  return outcome.status === 0 ? undefined : { step: 'em++', text: outcome.stderr }
}

/** A position-independent link turns what nothing defines into an import; for us that is a failure. */
function checkImports(outcome: Outcome, folder: string): Outcome {
  if (outcome.status !== 0) return outcome
  const foreign = foreignImports(readFileSync(join(folder, output)))
  if (foreign.length === 0) return outcome
  return { ...outcome, status: 1, stderr: `undefined symbols: ${foreign.join(', ')}` }
}

/** Enough of the diagnostics to see what is wrong. */
function firstLines(text: string): string {
  const lines = text.trimEnd().split('\n')
  const shown = lines.slice(0, 20).map(line => `  ${line}`)
  return (lines.length > shown.length ? [...shown, `  … ${lines.length - shown.length} more lines`] : shown).join('\n')
}
