import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompiledModule } from '../../wasm/emcc/index.ts'
import { type Compiler, compileModule, compileVariants, findCompiler, tableBase } from '../../wasm/emcc/index.ts'
import { compilerMissing } from '../../wasm/errors.ts'
import { exportNames, functions, imports, instructions } from './inspect.ts'

const folder = mkdtempSync(join(tmpdir(), 'damo-test-'))
const includeDir = join(folder, 'include')
const cacheDir = join(folder, 'cache')
let compiler: Compiler

beforeAll(async () => {
  mkdirSync(includeDir)
  writeFileSync(join(includeDir, 'damo.hpp'), header)
  compiler = await findCompiler({ cacheDir })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const header = `#pragma once
#include <math.h>
#include <stdint.h>
#include <wasm_simd128.h>
#define EXPORT extern "C" __attribute__((visibility("default")))
typedef float f32x4 __attribute__((vector_size(16)));
`

/** Doubles n floats in place and fuses where it may. Frame: offset of x, n. */
const scale = `#include "damo.hpp"
EXPORT int32_t run(int32_t frame) {
  const int32_t* f = (const int32_t*)frame;
  float* x = (float*)f[0];
  for (int32_t i = 0; i + 4 <= f[1]; i += 4) {
    v128_t v = wasm_v128_load(x + i);
#ifdef __wasm_relaxed_simd__
    v = wasm_f32x4_relaxed_madd(v, v, v);
#else
    v = wasm_f32x4_add(wasm_f32x4_mul(v, v), v);
#endif
    wasm_v128_store(x + i, v);
  }
  return 0;
}
`

/**
 * Uses everything that two modules could fight over: constant and changing static data, pointers in static data,
 * functions by pointer, a stack frame, and tables of the C library. Frame: offset of one float64, its argument.
 */
const hungry = (seed: number) => `#include "damo.hpp"
static const double table[] = {${seed}, ${seed + 1}, ${seed + 2}, ${seed + 3}, ${seed + 4}};
static const double* const rows[] = {table, table + 1};
static double calls = ${seed};
static int32_t zeros[100];
static double up(double x) { return x + ${seed}; }
static double down(double x) { return x - ${seed}; }
static double (*const steps[])(double) = {up, down};
EXPORT int32_t run(int32_t frame) {
  double* out = (double*)*(int32_t*)frame;
  int32_t n = ((int32_t*)frame)[1];
  volatile double stack[100];
  for (int i = 0; i < 100; i++) stack[i] = rows[i & 1][i % 4] + n;
  double sum = 0;
  for (int i = 0; i < 100; i++) sum += stack[i];
  calls += 1;
  *out = steps[n & 1](sum) + pow(${seed} + 1.5, n % 50 / 8.0) + sin(n * 1e6) + calls;
  for (int i = 0; i < 100; i++) *out += zeros[i];
  zeros[n % 100] += n;
  zeros[n % 100] -= n;
  return 0;
}
`

/** What `hungry` computes, given how often it was called before. */
function hungryValue(seed: number, n: number, earlier: number): number {
  const table = [0, 1, 2, 3, 4].map(i => i + seed)
  let sum = 0
  for (let i = 0; i < 100; i++) sum += table[(i & 1) + (i % 4)]! + n
  return (n & 1 ? sum - seed : sum + seed) + (seed + 1.5) ** ((n % 50) / 8) + Math.sin(n * 1e6) + seed + earlier + 1
}

const stackTop = 65536

/** Instantiates as docs/abi.md says; static data goes to the first aligned place at or after `base`. */
function instantiate(module: CompiledModule, memory: WebAssembly.Memory, base: number) {
  const { dataBytes, dataAlign } = module.memory
  const memoryBase = Math.ceil(base / dataAlign) * dataAlign
  const stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, stackTop)
  const env = { memory, __stack_pointer: stackPointer, __memory_base: memoryBase, __table_base: tableBase }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env })
  return { run: instance.exports.run as (frame: number) => number, end: memoryBase + dataBytes, stackPointer }
}

const simd128 = (source: string) => compileModule(source, { compiler, includeDir, cacheDir, variant: 'simd128' })

describe('finding the compiler', () => {
  test('the option decides, then EMCC, then EMSDK, then PATH', async () => {
    const [a, b, c, d] = [1, 2, 3, 4].map(n => fakeEmscripten(`4.0.${n}`))
    const found = async (emcc: string | undefined, env: Record<string, string>) => {
      const { version } = await findCompiler({ ...(emcc ? { emcc } : {}), env, cacheDir })
      return version
    }
    const everything = { EMCC: b!.driver, EMSDK: c!.sdk, PATH: d!.folder }
    expect(await found(a!.driver, everything)).toBe('4.0.1')
    expect(await found(undefined, everything)).toBe('4.0.2')
    expect(await found(undefined, { EMSDK: c!.sdk, PATH: d!.folder })).toBe('4.0.3')
    expect(await found(undefined, { PATH: d!.folder })).toBe('4.0.4')
    expect(await found(a!.sdk, {})).toBe('4.0.1')
    expect(await found('em++', { PATH: b!.folder })).toBe('4.0.2')
  })

  test('without any, the message says how to install one', async () => {
    await expect(findCompiler({ env: { PATH: folder }, cacheDir })).rejects.toMatchObject({ code: 'W001' })
    const messages = (['linux', 'darwin', 'win32'] as const).map(
      system => `${system}\n${compilerMissing(system).message}\n`,
    )
    await expect(messages.join('\n')).toMatchFileSnapshot('../golden/wasm/missing-compiler.txt')
  })

  test('a place that was named and holds nothing is an error', async () => {
    const nowhere = join(folder, 'nowhere')
    const inEnvironment = findCompiler({ env: { EMSDK: nowhere, PATH: process.env.PATH }, cacheDir })
    await expect(inEnvironment).rejects.toMatchObject({
      code: 'W002',
      message: expect.stringContaining(`EMSDK is ${nowhere}`),
    })
    await expect(findCompiler({ emcc: nowhere, cacheDir })).rejects.toMatchObject({ code: 'W002' })
  })

  test('one that is too old is refused', async () => {
    const old = fakeEmscripten('3.1.5')
    await expect(findCompiler({ emcc: old.driver, env: {}, cacheDir })).rejects.toMatchObject({
      code: 'W003',
      message: expect.stringContaining('it is version 3.1.5'),
    })
  })

  test('a second look starts no process', async context => {
    if (process.platform === 'win32') return context.skip('needs a shell script as a program')
    const { driver, calls } = fakeEmscripten('4.1.0')
    const first = await findCompiler({ emcc: driver, env: {}, cacheDir })
    expect(first.baseline?.major).toBe(21)
    const started = calls()
    expect(started).toBeGreaterThan(0)
    expect(await findCompiler({ emcc: driver, env: {}, cacheDir })).toEqual(first)
    expect(calls()).toBe(started)
  })
})

/** The layout of an emsdk, with a clang that counts its calls and says that it is of release 21. */
function fakeEmscripten(version: string) {
  const sdk = join(folder, `sdk-${version}`)
  const root = join(sdk, 'upstream', 'emscripten')
  const bin = join(sdk, 'upstream', 'bin')
  const log = join(sdk, 'calls')
  mkdirSync(join(root, 'cache', 'sysroot', 'include'), { recursive: true })
  mkdirSync(bin)
  writeFileSync(join(root, 'em++'), '')
  writeFileSync(join(root, 'emscripten-version.txt'), `"${version}"\n`)
  writeFileSync(join(root, 'cache', 'sysroot', 'include', 'math.h'), '')
  writeFileSync(join(bin, 'wasm-ld'), '')
  writeFileSync(join(bin, 'clang++'), `#!/bin/sh\necho >> ${log}\necho clang version 21.1.0\n`, { mode: 0o755 })
  return { sdk, driver: join(root, 'em++'), folder: root, calls: () => readFileSync(log).length }
}

describe('a module', () => {
  test('imports and exports what the ABI says and no more', async () => {
    for (const module of [await simd128(scale), await simd128(hungry(1))]) {
      expect(await imports(module.bytes)).toEqual(expect.arrayContaining(['env.memory', 'env.__memory_base']))
      const allowed = ['env.memory', 'env.__memory_base', 'env.__stack_pointer', 'env.__table_base']
      expect((await imports(module.bytes)).filter(name => !allowed.includes(name))).toEqual([])
      expect(await exportNames(module.bytes)).toEqual(['run'])
    }
  })

  test('has vector instructions where vectors were written', async () => {
    const run = (await functions((await simd128(scale)).bytes)).get('run')
    expect(run).toEqual(expect.arrayContaining(['v128.load', 'f32x4.mul', 'f32x4.add', 'v128.store']))
  })

  test('has relaxed instructions in the relaxed variant alone', async context => {
    if (compiler.relaxed === undefined) return context.skip('no clang 17 or later here')
    const variants = await compileVariants({ simd128: scale, relaxed: scale }, { compiler, includeDir, cacheDir })
    const relaxed = [...(await instructions(variants.modules.relaxed!.bytes))].filter(name => name.includes('relaxed'))
    expect(relaxed).toEqual(['f32x4.relaxed_madd'])
    expect([...(await instructions(variants.modules.simd128!.bytes))].filter(name => name.includes('relaxed'))).toEqual(
      [],
    )
  })
})

describe('two modules on one memory', () => {
  const ways = {
    'clang and wasm-ld': () => compiler,
    'em++': () => ({ ...compiler, baseline: undefined }),
    'with mathematics compiled from source': () => ({ ...compiler, libraries: undefined }),
  }
  for (const [way, compilerOf] of Object.entries(ways)) {
    test(`leave each other's data and stack alone (${way})`, { timeout: 120_000 }, async () => {
      const by = compilerOf()
      const options = { compiler: by, includeDir, cacheDir, variant: 'simd128' } as const
      const memory = new WebAssembly.Memory({ initial: 4 })
      new Uint8Array(memory.buffer).fill(0xff)
      const seeds = [3, 1000]
      const programs = []
      let end = stackTop
      for (const seed of seeds) {
        const program = instantiate(await compileModule(hungry(seed), options), memory, end)
        programs.push(program)
        end = program.end
      }
      const frame = Math.ceil(end / 16) * 16
      const out = frame + 16
      for (let n = 0; n < 1000; n++) {
        programs.forEach(({ run, stackPointer }, which) => {
          new Int32Array(memory.buffer, frame, 2).set([out, n])
          expect(run(frame)).toBe(0)
          const expected = hungryValue(seeds[which]!, n, n)
          expect(Math.abs(new Float64Array(memory.buffer, out, 1)[0]! / expected - 1)).toBeLessThan(1e-13)
          expect(stackPointer.value).toBe(stackTop)
        })
      }
    })
  }
})

describe('failures', () => {
  test('a program that does not compile shows why and stays on disk', async () => {
    const source = '#include "damo.hpp"\n\nEXPORT int32_t run(int32_t) { return absent; }\n'
    const error = await simd128(source).catch(e => e)
    expect(error).toMatchObject({ code: 'W005' })
    expect(error.message).toContain("module.cpp:3:38: error: use of undeclared identifier 'absent'")
    const file = /kept in (.*) \[W005\]$/.exec(error.message)![1]!
    expect(readFileSync(file, 'utf8')).toBe(source)
    rmSync(join(file, '..'), { recursive: true })
  })

  test('a program that calls what nothing defines does not link', async () => {
    const source = '#include "damo.hpp"\nextern "C" int32_t other();\nEXPORT int32_t run(int32_t) { return other(); }\n'
    const error = await simd128(source).catch(e => e)
    expect(error.message).toMatch(/linking failed\n.*undefined symbols: env\.other/)
    rmSync(join(/kept in (.*) \[W005\]$/.exec(error.message)![1]!, '..'), { recursive: true })
  })

  test('a program that would need a static constructor is refused', async () => {
    const source =
      '#include "damo.hpp"\nextern double f(); double x = sin(f()); EXPORT int32_t run(int32_t) { return 0; }\n'
    const error = await simd128(source).catch(e => e)
    expect(error.message).toContain('global constructor')
    rmSync(join(/kept in (.*) \[W005\]$/.exec(error.message)![1]!, '..'), { recursive: true })
  })

  test.each(['simd128', 'relaxed'] as const)(
    'a function that wants too much of the stack is refused, %s',
    async variant => {
      const source = `#include "damo.hpp"
      EXPORT int32_t run(int32_t frame) { volatile char a[20000]; a[frame] = 1; return a[frame + 1]; }`
      const error = await compileModule(source, { compiler, includeDir, cacheDir, variant }).catch(e => e)
      expect(error.message).toMatch(/too much of the stack: stack frame size .* exceeds limit \(?16384\)? .*'run'/)
      expect(error.code).toBe('W009')
      rmSync(join(/kept in (.*) \[W009\]$/.exec(error.message)![1]!, '..'), { recursive: true })
    },
  )

  test('modules for threads want a clang of their own', async () => {
    const old: Compiler = { ...compiler, baseline: undefined }
    const threads = compileModule(scale, { compiler: old, includeDir, cacheDir, variant: 'threads' })
    await expect(threads).rejects.toMatchObject({ code: 'W008' })
  })

  test('relaxed without a clang for it is missing, and says why', async () => {
    const old: Compiler = { ...compiler, relaxed: undefined }
    const variants = await compileVariants({ simd128: scale, relaxed: scale }, { compiler: old, includeDir, cacheDir })
    expect(variants.modules.relaxed).toBeUndefined()
    expect(variants.missing).toContain('[W004]')
    const alone = compileModule(scale, { compiler: old, includeDir, cacheDir, variant: 'relaxed' })
    await expect(alone).rejects.toMatchObject({ code: 'W004' })
  })
})

describe('the cache', () => {
  const options = () => ({ compiler, includeDir, cacheDir: join(folder, 'fresh'), variant: 'simd128' }) as const

  test('gives the same module again without starting anything', async () => {
    const first = await compileModule(scale, options())
    const broken: Compiler = {
      ...compiler,
      emcc: '/none',
      baseline: { ...compiler.baseline!, clang: '/none', wasmLd: '/none' },
    }
    const again = await compileModule(scale, { ...options(), compiler: broken })
    expect([first.cached, again.cached]).toEqual([false, true])
    expect(again.bytes).toEqual(first.bytes)
    expect(again.memory).toEqual(first.memory)
  })

  test('misses when source, headers, flags or variant differ', async () => {
    await compileModule(scale, options())
    expect((await compileModule(`${scale}\n`, options())).cached).toBe(false)
    expect((await compileModule(scale, { ...options(), optimize: '-O1' })).cached).toBe(false)
    const other = join(folder, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'damo.hpp'), `${header}\n`)
    expect((await compileModule(scale, { ...options(), includeDir: other })).cached).toBe(false)
  })

  test('rebuilds an entry that is damaged or cut short', async () => {
    const first = await compileModule(scale, options())
    const modules = join(options().cacheDir, 'modules')
    for (const damage of [truncate, flip, empty]) {
      for (const entry of readdirSync(modules)) damage(join(modules, entry))
      const again = await compileModule(scale, options())
      expect(again.cached).toBe(false)
      expect(again.bytes).toEqual(first.bytes)
      expect((await compileModule(scale, options())).cached).toBe(true)
    }
  })

  test('survives a damaged precompiled header', async () => {
    const first = await compileModule(scale, options())
    const headers = join(options().cacheDir, 'headers')
    const precompiled = readdirSync(headers).filter(name => name.endsWith('.pch'))
    expect(precompiled).not.toEqual([])
    for (const file of precompiled) truncate(join(headers, file))
    const again = await compileModule(`${scale}// again\n`, options())
    expect(again.bytes).toEqual(first.bytes)
  })

  test('keeps the C++ text when asked', async () => {
    const module = await compileModule(scale, { ...options(), keepSource: true })
    expect(readFileSync(module.sourceFile!, 'utf8')).toBe(scale)
  })

  test('is not needed: a folder that cannot be written is no error', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const module = await compileModule(scale, { ...options(), cacheDir: join(file, 'below') })
    expect(await exportNames(module.bytes)).toEqual(['run'])
  })
})

const truncate = (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -1))
const empty = (file: string) => writeFileSync(file, '')
const flip = (file: string) => {
  const bytes = readFileSync(file)
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(file, bytes)
}
