/**
 * The arguments of clang, wasm-ld and em++.
 *
 * Why position-independent code: two modules linked plainly overwrite each other's static data on one memory. Measured
 * on Node 20 (Zen 3, a shared machine, 25 interleaved rounds) against the same kernels linked at a fixed address, and
 * against constants passed in by the frame: the best rounds of packed 4x8 and 2x16 matrix kernels and of a vector exp,
 * its constants in a table or in the instructions, differ by at most 2.2 % and in no constant direction (LLVM 14, 4x8:
 * 41.6, 41.4 and 40.9 GFLOP/s; exp: 1.13, 1.12 and 1.13 ns an element). The module of all four grows from 1,623 to 1,672
 * bytes, before sealing takes some away. The C library's functions bring tables of their own, so a module without static
 * data was never to be had.
 */

import type { WasmVariant } from '../../runtime/manifest.ts'
import { frameBytes } from '../stack.ts'

/** How hard clang tries; -O3 is never worth its time for generated loops. */
export type Optimize = '-O1' | '-O2'

/**
 * What every compilation of C++ is given. Arithmetic is the program's: no contraction into fused operations unless
 * written so, wrapping integers, no fast math. Memory is reused between arrays of different types, so accesses of
 * different types may meet (`-fno-strict-aliasing`). Nothing is thrown and nothing is constructed before `run`.
 */
export function languageFlags(variant: WasmVariant, optimize: Optimize): string[] {
  return [
    '-std=c++20',
    optimize,
    '-msimd128',
    ...(isRelaxed(variant) ? ['-mrelaxed-simd'] : []),
    ...(isThreaded(variant) ? ['-matomics'] : []),
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
    `-Wframe-larger-than=${frameBytes}`,
    '-Werror=frame-larger-than',
    '-ferror-limit=5',
    '-fno-color-diagnostics',
  ]
}

/**
 * What the driver adds for clang, when clang is called without it. Without loop strength reduction LLVM 14's packed
 * matrix kernels are 5 to 10 % faster, LLVM 19's the same.
 */
export function targetFlags(sysroot: string): string[] {
  return ['--target=wasm32-unknown-emscripten', `--sysroot=${sysroot}`, '-mllvm', '-disable-lsr']
}

export const isRelaxed = (variant: WasmVariant): boolean => variant.startsWith('relaxed')
export const isThreaded = (variant: WasmVariant): boolean => variant.endsWith('threads')

/**
 * wasm-ld: a position-independent program (not a `-shared` library, whose symbols others may replace) without an entry
 * point, of which `run` alone is exported, and with threads `work`. The C library's objects were made without atomic
 * instructions, but what is taken of them is mathematics.
 */
export const linkFlags = (variant: WasmVariant): string[] =>
  isThreaded(variant)
    ? [...commonLinkFlags, '--export=work', '--shared-memory', '--max-memory=4294967296', '--no-check-features']
    : commonLinkFlags

const commonLinkFlags = [
  '-pie',
  '--experimental-pic',
  '--no-entry',
  '--export=run',
  '--no-export-dynamic',
  '--import-memory',
  '--gc-sections',
  '--strip-all',
]

/** em++ in one shot: a side module, the nearest thing that the driver makes. */
export const oneShotFlags: readonly string[] = ['-sSIDE_MODULE=2', '-sEXPORTED_FUNCTIONS=_run']
