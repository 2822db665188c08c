import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { load } from '../../runtime/load.ts'
import type { Program } from '../../runtime/program.ts'
import { hasRelaxed, relaxedProbe } from '../../runtime/relaxed.ts'
import { Store } from '../../runtime/store.ts'
import { assemble, counting, countingManifest, countingText, variantOf } from './programs.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'damo-load-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const files = ['counting.json', 'counting.wasm', 'counting.safetensors']

async function save(): Promise<URL> {
  const { manifest, wasm, weights } = await counting()
  await writeFile(join(folder, 'counting.json'), JSON.stringify(manifest, null, 2))
  await writeFile(join(folder, 'counting.wasm'), wasm as Uint8Array)
  await writeFile(join(folder, 'counting.safetensors'), weights as Uint8Array)
  return pathToFileURL(join(folder, 'counting.json'))
}

describe('load', () => {
  test('finds the files beside the manifest, by URL, by its text and by path', async () => {
    const url = await save()
    for (const source of [url, url.href, join(folder, 'counting.json')]) {
      const step = await load(source)
      expect((await step({ x: [1, 2] })).y!.tolist()).toEqual([11, 12])
      expect(step.manifest.name).toBe('counting')
    }
  })
  test('fetches over http, the query staying in place', async () => {
    const { manifest, wasm, weights } = await counting()
    const served = new Map<string, BodyInit>([
      ['https://models.example/v1/counting.json?key=1', JSON.stringify(manifest)],
      ['https://models.example/v1/counting.wasm?key=1', wasm as Uint8Array<ArrayBuffer>],
      ['https://models.example/v1/counting.safetensors?key=1', weights as Uint8Array<ArrayBuffer>],
    ])
    vi.spyOn(globalThis, 'fetch').mockImplementation(async input => {
      const body = served.get(String(input))
      return body === undefined ? new Response('', { status: 404, statusText: 'Not Found' }) : new Response(body)
    })
    const step = await load('https://models.example/v1/counting.json?key=1')
    expect(step.runSync({ x: [1] }).y!.tolist()).toEqual([11])
    await expect(load('https://models.example/v2/counting.json')).rejects.toThrow(
      'cannot read https://models.example/v2/counting.json: 404 Not Found [R044]',
    )
  })
  test('takes the parts: bytes, a compiled module, or URLs', async () => {
    const url = await save()
    const { manifest, wasm, weights } = await counting()
    const module = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>)
    const beside = (name: string): URL => new URL(name, url)
    for (const parts of [
      { wasm: wasm!, weights: weights! },
      { wasm: module, weights: weights! },
      { wasm: (wasm as Uint8Array<ArrayBuffer>).buffer, weights: weights! },
      { wasm: beside('counting.wasm'), weights: beside('counting.safetensors') },
    ]) {
      const step = await load({ manifest, ...parts })
      expect(step.runSync({ x: [1] }).y!.tolist()).toEqual([11])
    }
  })
  test('opens no name that stands inside a file', async () => {
    const { manifest, wasm, weights } = await counting({ name: '../../etc/passwd' })
    const opened: string[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async input => {
      opened.push(String(input))
      const parts = { json: JSON.stringify(manifest), wasm, safetensors: weights }
      return new Response(parts[String(input).split('.').at(-1) as keyof typeof parts] as BodyInit)
    })
    await load('https://models.example/a/b.json')
    expect(opened.sort()).toEqual(files.map(file => `https://models.example/a/${file.replace('counting', 'b')}`).sort())
  })
  test.each(files)('names %s when it is missing', async file => {
    const url = await save()
    await rm(join(folder, file))
    await expect(load(url)).rejects.toThrow(/R044/)
    await expect(load(url)).rejects.toThrow(new URL(file, url).href)
  })
  test.each(files)('refuses %s cut in half', async file => {
    const url = await save()
    const { readFile } = await import('node:fs/promises')
    const bytes = await readFile(join(folder, file))
    await writeFile(join(folder, file), bytes.subarray(0, bytes.length / 2))
    const codes: Record<string, string> = { json: 'R040', wasm: 'R043', safetensors: 'R042' }
    await expect(load(url)).rejects.toThrow(codes[file.split('.')[1]!]!)
  })
  test('refuses a module of another manifest', async () => {
    const { manifest, weights } = await counting()
    const foreign = await assemble(countingText.replace('f32.const 1', 'f32.const 2'))
    await expect(load({ manifest, wasm: foreign, weights: weights! })).rejects.toThrow(
      /the simd128 module of 'counting': expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}; it is damaged or belongs/,
    )
  })
  test('refuses a module that asks for more than the interface, or has no run', async () => {
    const asks = await assemble(
      '(module (import "env" "system" (func)) (func (export "run") (param i32) (result i32) i32.const 0))',
    )
    const mute = await assemble('(module)')
    const parts = (wasm: Uint8Array) => ({
      manifest: {
        ...countingManifest,
        state: [],
        buffers: [],
        inputs: [],
        outputs: [],
        dims: {},
        steps: [],
        code: { wasm: { simd128: variantOf(wasm) } },
      },
      wasm: wasm as Uint8Array<ArrayBuffer>,
    })
    await expect(load(parts(asks))).rejects.toThrow('imports env.system, which is not part')
    await expect(load(parts(mute))).rejects.toThrow("expected an export 'run'")
  })
  test('refuses what is no source, with what it wants', async () => {
    await expect(load('https://models.example/counting.wasm')).rejects.toThrow('R045')
    await expect(load({} as never)).rejects.toThrow('R045')
    await expect(load(undefined as never)).rejects.toThrow('R045')
    await expect(load({ manifest: { format: 2 } })).rejects.toThrow('format 2, but this runtime reads format 1')
    await expect(load({ manifest: countingManifest, weights: (await counting()).weights! })).rejects.toThrow('R047')
    const { manifest, wasm } = await counting()
    await expect(load({ manifest, wasm: wasm! })).rejects.toThrow("'w' has no value in the weights")
  })
  test('each load has its own store unless given one', async () => {
    const artifact = await counting()
    const store = new Store()
    const [own, other] = [await load(artifact), await load(artifact)]
    const [a, b] = await Promise.all([load(artifact, { store }), load(artifact, { store })])
    own.state.set('w', 5)
    a.state.set('w', 6)
    expect([other.state.get('w').item(), b.state.get('w').item()]).toEqual([1, 6])
  })
})

describe('variants', () => {
  /** Variants that differ in the constant added, so that the result tells which one ran. */
  async function artifact(variants: ('simd128' | 'relaxed')[]) {
    const added = { simd128: '\\20\\41', relaxed: '\\a0\\41' }
    const modules = {
      simd128: await assemble(countingText),
      relaxed: await assemble(countingText.replace(added.simd128, added.relaxed)),
    }
    const { manifest, weights } = await counting()
    const wasm = Object.fromEntries(variants.map(variant => [variant, variantOf(modules[variant], 4)]))
    return {
      manifest: { ...manifest, code: { wasm } },
      wasm: modules.simd128,
      relaxed: modules.relaxed,
      weights: weights!,
    }
  }
  const result = async (step: Promise<Program>) => (await step).runSync({ x: [0] }).y!.item()

  test('relaxed where the engine has it, simd128 on request or otherwise', async () => {
    const both = await artifact(['simd128', 'relaxed'])
    expect(await result(load(both, { numerics: 'reproducible' }))).toBe(10)
    const validate = vi.spyOn(WebAssembly, 'validate')
    validate.mockReturnValue(true)
    expect(await result(load(both))).toBe(20)
    validate.mockReturnValue(false)
    expect(await result(load(both))).toBe(10)
    expect(await result(load(await artifact(['simd128'])))).toBe(10)
    await expect(load(await artifact(['relaxed']))).rejects.toThrow("'counting' has no simd128 module")
  })
  test('the probe is made of the instructions that it stands for', async () => {
    const lane = (shape: string, op: string, at: number) =>
      `(${shape}.extract_lane ${at} (${op} ${[0, 1, 2].map(i => `(${shape}.splat (local.get ${i}))`).join(' ')}))`
    const f = (name: string, type: string, body: string) =>
      `(func (export "${name}") (param ${type} ${type} ${type}) (result ${type}) ${body})`
    const expected = await assemble(`(module
      ${f('f', 'f32', lane('f32x4', 'f32x4.relaxed_madd', 3))}
      ${f('d', 'f64', lane('f64x2', 'f64x2.relaxed_madd', 1))}
      ${f('s', 'i32', lane('i32x4', 'i32x4.relaxed_laneselect', 2))})`)
    expect(relaxedProbe).toEqual(expected)
  })

  describe('by what the engine makes of the relaxed instructions', () => {
    const once = (a: number, b: number, c: number) => (a === 1 + 2 ** -12 ? 2 ** -24 : twice(a, b, c))
    const twice = (a: number, b: number, c: number) => Math.fround(Math.fround(a * b) + c)
    const double = (a: number, b: number, c: number) => a * b + c
    const select = (a: number, b: number, mask: number) => (a & mask) | (b & ~mask)
    const flushed = (a: number, b: number, c: number) => (Math.abs(a) < 2 ** -126 ? c : once(a, b, c))
    const signless = (a: number, b: number, c: number) => once(a, b, c) + 0
    test.each([
      ['fused', { f: once, d: double, s: select }, true],
      ['not fused', { f: twice, d: double, s: select }, true],
      ['flushing subnormals', { f: flushed, d: double, s: select }, false],
      ['losing the sign of zero', { f: signless, d: double, s: select }, false],
      ['in float64 wrong', { f: once, d: () => 0, s: select }, false],
      ['selecting by another bit', { f: once, d: double, s: (a: number) => a }, false],
    ])('%s', (_, exports, right) => {
      const Instance = class {
        readonly exports = exports
      }
      vi.stubGlobal('WebAssembly', { validate: () => true, Module: class {}, Instance })
      expect(hasRelaxed()).toBe(right)
      vi.unstubAllGlobals()
    })
  })
  test('simd128 where the engine refuses the relaxed module', async () => {
    const { manifest, wasm, weights } = await artifact(['simd128', 'relaxed'])
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(true)
    const relaxed = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 99)
    const code = { wasm: { ...manifest.code.wasm, relaxed: variantOf(relaxed, 4) } }
    expect(await result(load({ manifest: { ...manifest, code }, wasm, relaxed, weights }))).toBe(10)
    await expect(load({ manifest: { ...manifest, code }, relaxed, weights })).rejects.toThrow('R048')
  })
})
