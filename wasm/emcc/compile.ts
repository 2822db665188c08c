/** C++ text in, a module that obeys the ABI out, through the cache. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WasmVariant } from '../../runtime/manifest.ts'
import { relaxedUnavailable, threadsUnavailable } from '../errors.ts'
import { concat } from './binary.ts'
import { type BuildRecipe, build } from './build.ts'
import { defaultCacheDir, hashOf, placeFile, readEntry, sha256, writeEntry } from './cache.ts'
import { type Source, sourceOf } from './emission.ts'
import type { Compiler } from './find.ts'
import { isRelaxed, isThreaded, languageFlags, linkFlags, type Optimize, targetFlags } from './flags.ts'
import { firstOf } from './locate.ts'
import { type ModuleMemory, type SealedModule, seal } from './seal.ts'

export interface CompileOptions {
  compiler: Compiler
  /** Folder of the headers that the program includes as `"name.hpp"`; every file in it is part of the cache's key. */
  includeDir: string
  /** `-O2` when absent. */
  optimize?: Optimize
  /** Where modules and precompiled headers are kept; see `defaultCacheDir`. */
  cacheDir?: string
  /** Keep the C++ text in the cache, beside the module. */
  keepSource?: boolean
}

/** A module, and how it was come by. */
export interface CompiledModule extends SealedModule {
  /** True when it came from the cache and no process was started. */
  readonly cached: boolean
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string
  /** Where the C++ text is, with `keepSource`. */
  readonly sourceFile?: string
}

/** The variants of a program. */
export interface CompiledVariants {
  readonly modules: Readonly<Partial<Record<WasmVariant, CompiledModule>>>
  /** Why the relaxed variants are absent: no clang here knows relaxed SIMD. */
  readonly missing?: string
}

/** Raised whenever modules of an older damo must not be taken from the cache. */
const cacheFormat = 'module 3'

/** Bytes before the module in a cache entry: three u32 of `ModuleMemory`. */
const entryHeader = 12

/**
 * Compiles one C++ program (it defines `extern "C" int32_t run(int32_t frame)` with default visibility) to a module.
 * Throws W004 for `relaxed` where it cannot be had, W005 when the program is refused, W006 when what was linked is not
 * such a module.
 */
export async function compileModule(
  source: string | Source,
  options: CompileOptions & { variant: WasmVariant },
  headersHash = hashOfFolder(options.includeDir),
): Promise<CompiledModule> {
  const recipe = recipeOf(typeof source === 'string' ? sourceOf(source) : source, options, headersHash)
  const file = join(recipe.cacheDir, 'modules', keyOf(recipe))
  const kept = options.keepSource ? { sourceFile: `${file}.cpp` } : {}
  if (kept.sourceFile !== undefined) await placeFile(kept.sourceFile, part => writeFileSync(part, recipe.source.text()))
  const compiled = (module: SealedModule, cached: boolean) => ({
    ...module,
    ...kept,
    cached,
    sha256: sha256(module.bytes),
  })
  const found = readEntry(file)
  if (found !== undefined && found.length >= entryHeader) return compiled(decode(found), true)
  const sealed = seal(await build(recipe))
  await writeEntry(file, encode(sealed))
  return compiled(sealed, false)
}

/** A hash of everything that decides what the module will be. */
function keyOf({ source, headersHash, compiler, tools, flags, linkFlags }: BuildRecipe): string {
  const programs = [compiler.identity, compiler.libraries ?? '', tools?.identity ?? '']
  return hashOf(cacheFormat, source.hash, headersHash, ...programs, ...flags, ...linkFlags)
}

function recipeOf(
  source: Source,
  options: CompileOptions & { variant: WasmVariant },
  headersHash: string,
): BuildRecipe {
  const { compiler, variant, includeDir, optimize = '-O2', cacheDir = defaultCacheDir() } = options
  const tools = isRelaxed(variant) ? compiler.relaxed : compiler.baseline
  if (isRelaxed(variant) && !canRelax(compiler)) throw relaxedUnavailable()
  if (isThreaded(variant) && tools === undefined) throw threadsUnavailable()
  const language = languageFlags(variant, optimize)
  const flags = tools === undefined ? language : [...targetFlags(compiler.sysroot ?? ''), ...language]
  return {
    source,
    compiler,
    tools,
    flags,
    linkFlags: linkFlags(variant),
    includeDir,
    headersHash,
    cacheDir,
  }
}

function canRelax(compiler: Compiler): boolean {
  return compiler.relaxed !== undefined && compiler.sysroot !== undefined
}

/** Compiles in parallel those variants, each of a source of its own, that this compiler can make. */
export async function compileVariants(
  sources: Readonly<Partial<Record<WasmVariant, string | Source>>>,
  options: CompileOptions,
): Promise<CompiledVariants> {
  const headersHash = hashOfFolder(options.includeDir)
  const relaxed = canRelax(options.compiler)
  const variants = (Object.keys(sources) as WasmVariant[]).filter(variant => relaxed || !isRelaxed(variant))
  const compiled = variants.map(
    async variant => [variant, await compileModule(sources[variant]!, { ...options, variant }, headersHash)] as const,
  )
  const modules = Object.fromEntries(await Promise.all(compiled)) as CompiledVariants['modules']
  return relaxed ? { modules } : { modules, missing: relaxedUnavailable().message }
}

function encode({ bytes, memory }: SealedModule): Uint8Array {
  const header = Uint32Array.of(memory.dataBytes, memory.dataAlign, memory.tableSize)
  return concat([new Uint8Array(header.buffer), bytes])
}

function decode(entry: Uint8Array<ArrayBuffer>): SealedModule {
  const [dataBytes = 0, dataAlign = 1, tableSize = 0] = new Uint32Array(entry.buffer, 0, entryHeader / 4)
  const memory: ModuleMemory = { dataBytes, dataAlign, tableSize }
  return { bytes: entry.slice(entryHeader), memory }
}

/** A hash of the names and contents of all files in a folder and below. */
function hashOfFolder(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter(name => firstOf([join(folder, name)]) !== undefined)
  return hashOf(...files.flatMap(name => [name, readFileSync(join(folder, name))]))
}
