/** Emscripten's position-independent C library, which some distributions build only when it is first asked for. */

import { dirname, join } from 'node:path'
import { type Compiler, findLibraries } from './find.ts'
import { execute, type Outcome } from './process.ts'

/**
 * Links, and when that fails for want of the libraries, has Emscripten build them (once per installation; up to a
 * minute) and links again.
 */
export async function withLibraries(
  compiler: Compiler,
  link: (compiler: Compiler) => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await link(compiler)
  if (outcome.status === 0 || compiler.libraries !== undefined || compiler.sysroot === undefined) return outcome
  const embuilder = join(dirname(compiler.emcc), 'embuilder')
  const built = await execute(embuilder, ['build', 'libc', 'libcompiler_rt', '--pic'])
  const libraries = findLibraries(compiler.sysroot)
  if (libraries !== undefined) return link({ ...compiler, libraries })
  return { ...outcome, stderr: `${outcome.stderr}\nno position-independent C library; embuilder: ${built.stderr}` }
}
