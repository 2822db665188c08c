/** The arguments of clang, wasm-ld and em++. */

/** The wasm variants of a program. */
export type { WasmVariant } from '../../runtime/manifest.ts'

import type { WasmVariant } from '../../runtime/manifest.ts'
import type { Compiler } from './find.ts'

/** How hard clang tries; -O3 is never worth its time for generated loops. */
export type Optimize = '-O1' | '-O2'

/**
 * What every compilation of C++ is given. Arithmetic is the program's: no contraction into fused operations unless
 * written so, wrapping integers, no fast math. Memory is reused between arrays of different types, so accesses of
 * different types may meet (`-fno-strict-aliasing`). Nothing is thrown and nothing is constructed before `run`.
 */
export function languageFlags(variant: WasmVariant, optimize: Optimize): string[] {
  return [
    '-std=c++17',
    optimize,
    '-msimd128',
    ...(variant === 'relaxed' ? ['-mrelaxed-simd'] : []),
    '-mbulk-memory',
    '-mnontrapping-fptoint',
    '-msign-ext',
    '-fPIC',
    '-ffp-contract=off',
    '-fwrapv',
    '-fno-math-errno',
    '-fno-exceptions',
    '-fno-rtti',
    '-fno-threadsafe-statics',
    '-fno-strict-aliasing',
    '-fvisibility=hidden',
    '-ffunction-sections',
    '-fdata-sections',
    '-Werror=global-constructors',
    '-Werror=return-type',
    '-ferror-limit=5',
    '-fno-color-diagnostics',
  ]
}

/** What clang needs besides when it is called without Emscripten's driver. */
export function targetFlags(sysroot: string): string[] {
  return ['--target=wasm32-unknown-emscripten', `--sysroot=${sysroot}`]
}

/**
 * wasm-ld: a position-independent program with no entry point. `-pie` rather than `-shared`: an undefined symbol is
 * then an error here and not an import, and nothing of the libraries is exported.
 */
export function linkFlags(compiler: Compiler): string[] {
  return [
    '-pie',
    '--experimental-pic',
    '--no-entry',
    '--export=run',
    '--no-export-dynamic',
    '--import-memory',
    '--gc-sections',
    '--strip-all',
    ...(compiler.libraries === undefined ? [] : [`-L${compiler.libraries}`, '-lc', '-lcompiler_rt']),
  ]
}

/** em++ in one shot: a side module, the nearest thing that the driver makes; only C's own library is linked in. */
export const oneShotFlags: readonly string[] = ['-sSIDE_MODULE=2', '-sEXPORTED_FUNCTIONS=_run', '-lc']
