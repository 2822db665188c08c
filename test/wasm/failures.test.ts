/**
 * What goes wrong at compile time, at load time and at a call, on wasm: what is said stands in
 * `test/golden/wasm/failures.txt`, and nothing is left half done.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Compiled, compile, cumsum, DamoError, dim, inv, log, matrix, max, pick, shared, vector } from 'damo'
import { load } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { afterAll, expect, test } from 'vitest'
import { compileModule, findCompiler } from '../../wasm/emcc/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'damo-failures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cacheDir = join(folder, 'cache')
const target = wasm({ cacheDir })
const includeDir = new URL('../../wasm/include', import.meta.url).pathname

/** The message of what a call throws, without what differs from machine to machine. */
async function messageOf(provoke: () => unknown): Promise<string> {
  try {
    await provoke()
  } catch (error) {
    if (!(error instanceof DamoError)) throw error
    return (
      error.message
        .replaceAll(pathToFileURL(folder).href, 'FOLDER')
        .replaceAll(folder, 'FOLDER')
        .replace(/(failures\.test\.ts):\d+/g, '$1:LINE')
        .replace(/[0-9a-f]{64}/g, 'HASH')
        .replace(/kept in .*(?= \[W005\])/, 'kept in FILE')
        // 5.8 GB, and what the module has besides.
        .replace(/(?<=the memory to )5808\d{6}/, 'BYTES')
        .replace(/[^\n ]*module\.cpp/g, 'module.cpp')
        // Engines word it differently.
        .replace(/SyntaxError: .*(?= \[)/, 'SyntaxError: …')
    )
  }
  return 'no error'
}

const texts = new Map<string, string>()
const note = (name: string, message: string) => texts.set(name, message)

/** A program with state that counts its calls, saved beside others under `name`. */
async function saved(name: string, factor: number): Promise<string> {
  const x = vector('x', { shape: [dim('n')] })
  const count = shared(0, 'count')
  const f = await compile(
    { name, inputs: { x }, outputs: { y: x.mul(factor) }, updates: [[count, count.add(1)]] },
    { target },
  )
  await f.save(join(folder, name))
  return join(folder, `${name}.json`)
}

test('a compiler that fails keeps the source, and says where', async () => {
  const compiler = await findCompiler({ cacheDir })
  const source = '#include "damo.hpp"\n\nextern "C" int run(int) { return absent; }\n'
  let kept = ''
  const message = await messageOf(async () => {
    try {
      await compileModule(source, { compiler, includeDir, cacheDir, variant: 'simd128' })
    } catch (error) {
      kept = /kept in (.*) \[W005\]$/.exec((error as Error).message)![1]!
      throw error
    }
  })
  // What stands between the first line and the last is the compiler's, and differs with its version.
  const lines = message.split('\n')
  expect(lines.some(line => line.includes("use of undeclared identifier 'absent'"))).toBe(true)
  note('a compiler that fails', [lines[0], lines.find(line => line.includes('error:')), lines.at(-1)].join('\n'))
  expect(readFileSync(kept, 'utf8')).toBe(source)
  rmSync(join(kept, '..'), { recursive: true })
})

test('a corrupt entry of the cache is rebuilt: the program is the same', async () => {
  const x = vector('x', { shape: [5] })
  const build = () => compile({ inputs: { x }, outputs: { y: x.mul(3).add(1) } }, { target })
  const before = await (await build())({ x: [1, 2, 3, 4, 5] })
  const modules = join(cacheDir, 'modules')
  const whole = new Map(readdirSync(modules).map(name => [name, readFileSync(join(modules, name))]))
  for (const [name, bytes] of whole) writeFileSync(join(modules, name), bytes.subarray(0, bytes.length / 2))
  expect(await (await build())({ x: [1, 2, 3, 4, 5] })).toEqual(before)
  const rebuilt = readdirSync(modules).filter(name => readFileSync(join(modules, name)).equals(whole.get(name)!))
  expect(rebuilt.length).toBeGreaterThan(0)
})

test('an artifact is not written under a name that is none for files', async () => {
  const x = vector('x', { shape: [5] })
  const f = await compile({ inputs: { x }, outputs: { y: x.mul(3).add(1) } }, { target })
  note('a name that is none for files', await messageOf(() => f.save(join(folder, 'my model'))))
})

test('arrays that are known to be too large are refused before anything is compiled', async () => {
  const x = vector('x', { shape: [600_000_000] })
  const modules = () => readdirSync(join(cacheDir, 'modules')).length
  const before = modules()
  const total = { inputs: { x }, outputs: { y: x.sum() } }
  note('an input of more than 2 GiB', await messageOf(() => compile(total, { target })))
  const [a, b] = [vector('a', { shape: [30_000] }), vector('b', { shape: [30_000] })]
  const product = { inputs: { a, b }, outputs: { y: a.reshape([30_000, 1]).mul(b) } }
  note('a result of more than 2 GiB', await messageOf(() => compile(product, { target })))
  const [u, v] = [a.reshape([30_000, 1]), b.reshape([1, 30_000])]
  const cumulated = { inputs: { a, b }, outputs: { y: cumsum(u.mul(v), { axis: 1 }).at(0, 0) } }
  note('an array of more than 2 GiB between steps', await messageOf(() => compile(cumulated, { target })))
  expect(modules()).toBe(before)
})

test('artifacts that are cut short, foreign or damaged are refused', async () => {
  const [mine, other] = [await saved('mine', 2), await saved('other', 3)]
  const damage = async (name: string, file: string, change: (bytes: Buffer) => Buffer | string) => {
    const place = file.startsWith('mine.') ? join(folder, file) : file
    const bytes = readFileSync(place)
    writeFileSync(place, change(bytes))
    note(name, await messageOf(() => load(pathToFileURL(mine), { numerics: 'reproducible' })))
    writeFileSync(place, bytes)
  }
  await damage('a module cut short', 'mine.wasm', bytes => bytes.subarray(0, 100))
  await damage('a module with a bit flipped', 'mine.wasm', bytes =>
    Buffer.from(bytes.map((b, i) => (i === 99 ? b ^ 1 : b))),
  )
  await damage('a module of another program', 'mine.wasm', () => readFileSync(other.replace('.json', '.wasm')))
  await damage('the weights of nothing', 'mine.safetensors', () => '')
  await damage('a manifest cut short', 'mine.json', bytes => bytes.subarray(0, 50))
  await damage('a manifest of another program', 'mine.json', () => '{"format": 1, "name": "x"}')
  await damage('a manifest of another format', 'mine.json', () => '{"format": 99}')
  const f = await load<{ x: number[] }, { y: { tolist(): unknown } }>(pathToFileURL(mine))
  expect((await f({ x: [1, 2] })).y.tolist()).toEqual([2, 4])
  expect(f.state.get('count').item()).toBe(1)
})

/** A program that counts its calls. */
async function counted(spec: object, nanGuard = false): Promise<Compiled<never, never>> {
  const count = shared(0, 'count')
  return (await compile({ ...spec, updates: [[count, count.add(1)]] }, { target, nanGuard })) as Compiled<never, never>
}

/** A call that fails, between two that do not: the state counts these alone. */
async function failing(name: string, f: Compiled<never, never>, right: object, wrong: object): Promise<void> {
  const call = f as unknown as (inputs: object) => Promise<unknown>
  await call(right)
  note(name, await messageOf(() => call(wrong)))
  expect(f.state.get('count').item()).toBe(1)
  await call(right)
  expect(f.state.get('count').item()).toBe(2)
}

test('calls that fail name the op and the line, and leave the state as it was', async () => {
  const [x, i] = [matrix('x', { shape: [dim('n'), 3] }), vector('i', { dtype: 'int32', shape: [dim('n')] })]
  const [v, a, b, m] = [vector('v'), vector('a'), vector('b'), matrix('m')]
  const chosen = await counted({ inputs: { x, i }, outputs: { y: pick(x, i) } })
  await failing('an index out of range', chosen, { x: [[1, 2, 3]], i: [2] }, { x: [[1, 2, 3]], i: [3] })
  const inverse = await counted({ inputs: { m }, outputs: { y: inv(m) } })
  const [regular, singular] = [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 0], [1, 1, 0]]] // biome-ignore format: rows
  await failing('a matrix without an inverse', inverse, { m: regular }, { m: singular })
  const guarded = await counted({ inputs: { v }, outputs: { y: log(v) } }, true)
  await failing('NaN where it is guarded', guarded, { v: [1] }, { v: [-1] })
  const largest = await counted({ inputs: { v }, outputs: { y: max(v) } })
  await failing('an extreme of nothing', largest, { v: [1] }, { v: [] })
  const sums = await counted({ inputs: { a, b }, outputs: { y: a.add(b) } })
  await failing('sizes that differ', sums, { a: [1], b: [2] }, { a: [1], b: [2, 3] })
})

test('calls that ask for too much name what is too large, and leave the state as it was', async () => {
  const n = dim('n')
  const [a, b] = [vector('a', { shape: [n] }), vector('b', { shape: [n] })]
  const column = a.reshape([n, 1])
  const many = (size: number) => ({ a: new Float32Array(size), b: new Float32Array(size) })
  const cumulated = await counted({ inputs: { a, b }, outputs: { y: cumsum(column.mul(b), { axis: 1 }).at(0, -1) } })
  await failing('an array of more than 2 GiB between steps, at a call', cumulated, many(2), many(30_000))
  const tables = { sums: column.add(b), products: column.mul(b), differences: column.sub(b) }
  const large = await counted({ inputs: { a, b }, outputs: tables })
  await failing('arrays of more than 4 GiB in all', large, many(2), many(22_000))
})

test('what is said is golden', async () => {
  const text = [...texts].map(([name, message]) => `# ${name}\n${message}\n`).join('\n')
  expect(text).not.toContain('no error')
  expect(texts.size).toBe(19)
  await expect(text).toMatchFileSnapshot('../golden/wasm/failures.txt')
})
