/** Precompiled headers: the `#include` lines at the top of a program are parsed once per compiler, flags and headers. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashOf, placeFile } from './cache.ts'
import type { Tools } from './find.ts'
import { firstOf } from './locate.ts'
import { execute } from './process.ts'

/** A program split after its leading `#include "..."` lines. */
export interface SplitSource {
  readonly includes: string
  /** The program with those lines left empty, so that line numbers stay. */
  readonly rest: string
}

/** Splits a program after its first lines of the form `#include "name"`, blank lines and `//` comments among them. */
export function splitIncludes(source: string): SplitSource {
  const lines = source.split('\n')
  let end = 0
  for (let i = 0; i < lines.length && /^\s*(#include "[^"]+"|\/\/.*)?\s*$/.test(lines[i] ?? ''); i++) {
    if (lines[i]?.includes('#include')) end = i + 1
  }
  const includes = lines.slice(0, end).filter(line => line.includes('#include'))
  return { includes: includes.join('\n'), rest: '\n'.repeat(end) + lines.slice(end).join('\n') }
}

/** What decides a precompiled header's content. */
export interface HeaderRecipe {
  readonly includes: string
  readonly tools: Tools
  readonly flags: readonly string[]
  readonly includeDir: string
  /** Hash of everything in `includeDir`. */
  readonly headersHash: string
  readonly cacheDir: string
}

/**
 * The path of the precompiled header, made now when there is none; undefined when there is nothing to precompile or it
 * does not compile (the program itself then gives the diagnostics).
 */
export async function precompiledHeader(recipe: HeaderRecipe): Promise<string | undefined> {
  const { includes, tools, flags, includeDir, headersHash, cacheDir } = recipe
  if (includes === '') return undefined
  const key = hashOf(includes, tools.identity, includeDir, headersHash, ...flags)
  const file = join(cacheDir, 'headers', `${key}.pch`)
  if (firstOf([file]) !== undefined) return file
  const header = `${file}.hpp`
  if (!(await placeFile(header, part => writeFileSync(part, includes)))) return undefined
  // Entries are found by content: a header's time of change must not make clang refuse the file.
  const args = [...flags, `-I${includeDir}`, '-x', 'c++-header', '-Xclang', '-fno-pch-timestamp', header, '-o']
  const made = await placeFile(file, async part => (await execute(tools.clang, [...args, part])).status === 0)
  return made ? file : undefined
}
