import { describe, expect, test } from 'vitest'
import { type ArrayValue, array, NDArray } from '../../runtime/array.ts'
import type { Binding } from '../../runtime/binding.ts'
import { load } from '../../runtime/load.ts'
import type { Manifest } from '../../runtime/manifest.ts'
import { createProgram, type Executor, type Program } from '../../runtime/program.ts'
import { Store } from '../../runtime/store.ts'
import { assemble, counting, countingManifest, variantOf } from './programs.ts'

/** y = x * w + 10, w += 1 of `counting`, in JavaScript; asynchronous on request. */
function javascript(store: Store, wait?: () => Promise<void>): Executor {
  const run = ({ offsets, inputs, outputs }: Binding): number => {
    const w = store.view('float32', offsets[2]!, 1)
    for (const [i, value] of inputs[0]!.entries()) outputs[0]![i] = (value as number) * w[0]! + 10
    w[0]! += 1
    return 0
  }
  return { sync: !wait, run: wait ? binding => wait().then(() => run(binding)) : run }
}

const initial = new Map([['w', array(1)]])

/** A program whose executor copies input i to output i, for inputs of these types. */
function echo(inputs: Manifest['inputs'], dims: Manifest['dims'] = {}): Program {
  const outputs = inputs.map(({ binds, ...port }, i) => ({ ...port, buffer: inputs.length + i }))
  const bytes = 8000
  const buffers = [...inputs, ...outputs].map((_, i): Manifest['buffers'][number] => {
    const isInput = i < inputs.length
    return { role: isInput ? 'input' : 'output', bytes, from: isInput ? -1 : 0, to: isInput ? 0 : 1 }
  })
  const store = new Store()
  const executor: Executor = {
    sync: true,
    run: ({ inputs: from, outputs: to }) => {
      for (const [i, data] of from.entries()) (to[i] as Float32Array).set(data as Float32Array)
      return 0
    },
  }
  const manifest = { ...countingManifest, dims, inputs, outputs, state: [], buffers }
  return createProgram({ manifest, store, executor, weights: new Map() })
}

describe('a call', () => {
  test('takes typed arrays, nested arrays, numbers and NDArrays', async () => {
    const step = await load(await counting())
    for (const x of [Float32Array.of(1, 2), [1, 2], array([1, 2]), Int8Array.of(1, 2)]) {
      step.state.set('w', 3)
      expect((await step({ x })).y).toEqual(array([13, 16]))
      expect(step.state.get('w')).toEqual(array(4))
    }
  })
  test('serves any size with one program', async () => {
    const step = await load(await counting())
    for (const n of [1, 7, 0, 256, 7, 100_000, 1]) {
      step.state.set('w', 2)
      const { y } = step.runSync({ x: new Float32Array(n).fill(3) })
      expect([y!.shape, y!.data]).toEqual([[n], new Float32Array(n).fill(16)])
    }
  })
  test('gives fresh outputs, or fills the given ones', async () => {
    const step = await load(await counting())
    const x = Float32Array.of(1)
    const first = step.runSync({ x })
    step.runSync({ x })
    expect(first.y!.data).toEqual(Float32Array.of(11))
    const y = new Float32Array(1)
    expect(step.runSync({ x }, { out: { y } }).y!.data).toBe(y)
    expect(y).toEqual(Float32Array.of(13))
    const given = array([0])
    expect((await step({ x }, { out: { y: given } })).y).toBe(given)
    expect(given.data).toEqual(Float32Array.of(14))
    for (const out of [
      { y: new Float32Array(2) },
      { y: new Float64Array(1) },
      { z: y },
      { y: array([0], { dtype: 'int32' }) },
    ]) {
      expect(() => step.runSync({ x }, { out })).toThrow('R021')
    }
    expect(step.state.get('w').item()).toBe(5)
  })
  test('keeps the arrays of each dtype, and casts where nothing is lost', () => {
    const f64 = echo([{ name: 'x', dtype: 'float64', shape: [2], buffer: 0 }])
    for (const x of [Int32Array.of(1, -2), Float32Array.of(1, -2), array([1, -2], { dtype: 'float16' }), [1, -2]]) {
      expect(f64.runSync({ x }).x!.data).toEqual(Float64Array.of(1, -2))
    }
    expect(() => f64.runSync({ x: BigInt64Array.of(1n, 2n) })).toThrow('R012')
    const f32 = echo([{ name: 'x', dtype: 'float32', shape: [2], buffer: 0 }])
    expect(() => f32.runSync({ x: new Float64Array(2) })).toThrow('R012')
    expect(() => f32.runSync({ x: new Int32Array(2) })).toThrow('R012')
    const i64 = echo([{ name: 'x', dtype: 'int64', shape: [2], buffer: 0 }])
    for (const x of [Int32Array.of(3, -4), [3, -4], [3n, -4n], BigInt64Array.of(3n, -4n)]) {
      expect(i64.runSync({ x }).x!.data).toEqual(BigInt64Array.of(3n, -4n))
    }
    expect(() => i64.runSync({ x: [0.5, 1] })).toThrow("input 'x': 0.5 is not one of int64's values")
    const f16 = echo([{ name: 'x', dtype: 'float16', shape: [1], buffer: 0 }])
    expect(f16.runSync({ x: Uint16Array.of(0x3c00) }).x!.tolist()).toEqual([1])
    expect(f16.runSync({ x: [1] }).x!.tolist()).toEqual([1])
    expect(() => f16.runSync({ x: array(Uint16Array.of(1)) })).toThrow('R012')
  })
  test('makes every bool 0 or 1', () => {
    const bool = echo([{ name: 'x', dtype: 'bool', shape: [3], buffer: 0 }])
    const values: ArrayValue[] = [Uint8Array.of(0, 1, 255), [false, true, true], [0, 1, 2]]
    // Twice: the first call of a signature and its repetition are different paths.
    for (const x of [...values, ...values]) expect(bool.runSync({ x }).x!.data).toEqual(Uint8Array.of(0, 1, 1))
  })
  test('scalars are numbers, booleans, bigints or arrays of rank 0', () => {
    const f32 = echo([{ name: 'x', dtype: 'float32', shape: [], buffer: 0 }])
    for (const x of [2, 2.5, 2n, true, array(3), 2])
      expect(f32.runSync({ x }).x).toEqual(array(x, { dtype: 'float32' }))
    const i32 = echo([{ name: 'x', dtype: 'int32', shape: [], buffer: 0 }])
    for (const x of [2, -7, 2 ** 31 - 1]) expect(i32.runSync({ x }).x!.item()).toBe(x)
    expect(() => i32.runSync({ x: 2.5 })).toThrow('R004')
    expect(() => i32.runSync({ x: 2 ** 31 })).toThrow('R004')
    expect(() => i32.runSync({ x: [2] })).toThrow('R013')
  })
  test('a repeated signature is checked as the first was', () => {
    const two = echo(
      [
        { name: 'a', dtype: 'float32', shape: ['n', 'm'], buffer: 0 },
        { name: 'b', dtype: 'float32', shape: ['m'], buffer: 1 },
      ],
      { n: {}, m: {} },
    )
    const b = new Float32Array(3)
    expect(two.runSync({ a: new Float32Array(6), b }).a!.shape).toEqual([2, 3])
    expect(two.runSync({ a: new Float32Array(6), b: new Float32Array(2) }).a!.shape).toEqual([3, 2])
    expect(two.runSync({ a: new Float32Array(6), b }).a!.shape).toEqual([2, 3])
    expect(two.runSync({ a: array(new Float32Array(6), { shape: [2, 3] }), b }).a!.shape).toEqual([2, 3])
    expect(() => two.runSync({ a: array(new Float32Array(6), { shape: [3, 2] }), b })).toThrow('R014')
    expect(() => two.runSync({ a: array(new Float32Array(6)), b })).toThrow('R013')
    expect(() => two.runSync({ a: new Float32Array(6), b, c: b })).toThrow('R011')
    expect(() => two.runSync({ a: new Float32Array(6) })).toThrow('R010')
    expect(() => two.runSync({ a: new Int32Array(6), b })).toThrow('R012')
    expect(() => two.runSync({ a: new Float32Array(7), b })).toThrow('R014')
    const empty: ArrayValue = array(new Float32Array(0), { shape: [0, 3] })
    expect(two.runSync({ a: empty, b }).a!.shape).toEqual([0, 3])
  })
  test('a length that was told apart by a shape before is not guessed later', () => {
    const one = echo([{ name: 'a', dtype: 'float32', shape: ['n', 'm'], buffer: 0 }], { n: {}, m: {} })
    expect(one.runSync({ a: array(new Float32Array(6), { shape: [2, 3] }) }).a!.shape).toEqual([2, 3])
    expect(() => one.runSync({ a: new Float32Array(6) })).toThrow('R015')
  })
  test('more signatures than are remembered', () => {
    const one = echo([{ name: 'a', dtype: 'float32', shape: ['n'], buffer: 0 }], { n: {} })
    for (let i = 0; i < 100; i++) {
      const a = new Float32Array((i * 7) % 20).fill(i)
      expect(one.runSync({ a }).a!.data).toEqual(a)
    }
  })
  test('an integer scalar can bind a dim', () => {
    const range = echo(
      [
        { name: 'n', dtype: 'int32', shape: [], buffer: 0, binds: 'n' },
        { name: 'x', dtype: 'float32', shape: ['n'], buffer: 1 },
      ],
      { n: {} },
    )
    for (const n of [3, 2, 3]) expect(range.runSync({ n, x: new Float32Array(n) }).n!.item()).toBe(n)
    expect(() => range.runSync({ n: 4, x: new Float32Array(3) })).toThrow("n is 4 by input 'n'")
    for (const n of [-1, 2 ** 31]) expect(() => range.runSync({ n, x: [] })).toThrow(/R020|R004/)
  })
  test('names inherited from Object are no inputs', () => {
    const odd = echo([{ name: 'toString', dtype: 'float32', shape: [1], buffer: 0 }])
    expect(() => odd.runSync({})).toThrow("missing input 'toString'")
    expect(odd.runSync({ toString: [1] } as never).toString).toEqual(array([1]))
  })
  test('a failed check throws its text and leaves state alone', async () => {
    const step = await load(await counting())
    await expect(step({ x: [1, Number.NaN, 3] })).rejects.toThrow('counting: x[1] of 3 is NaN [R022]')
    expect(step.state.get('w').item()).toBe(1)
    expect((await step({ x: [1] })).y!.data).toEqual(Float32Array.of(11))
  })
  test('a trap is reported, and the stack is whole again', async () => {
    const wasm = await assemble(`(module
      (import "env" "memory" (memory 1))
      (import "env" "__stack_pointer" (global $sp (mut i32)))
      (func (export "run") (param i32) (result i32)
        (global.set $sp (i32.sub (global.get $sp) (i32.const 4096)))
        unreachable))`)
    const store = new Store()
    const step = await load(
      {
        manifest: { ...countingManifest, state: [], code: { wasm: { simd128: variantOf(wasm) } }, buffers: scratch() },
        wasm,
      },
      { store },
    )
    const top = store.stackPointer.value
    expect(() => step.runSync({ x: [1] })).toThrow('R023')
    expect(store.stackPointer.value).toBe(top)
  })
  test('a call that needs more than 4 GiB is refused before anything is touched; a smaller one is not', async () => {
    const large = { role: 'temporary', bytes: ['*', 'n', 2 ** 21], from: 0, to: 0 } as const
    const step = await load(await counting({ buffers: [...countingManifest.buffers, large, large, large] }))
    const { byteLength } = step.store.memory.buffer
    const state = step.state.get('w').tolist()
    expect(() => step.runSync({ x: new Float32Array(1000) })).toThrow('R031')
    expect(step.store.memory.buffer.byteLength).toBe(byteLength)
    expect(step.state.get('w').tolist()).toEqual(state)
    expect(step.runSync({ x: [1] }).y!.shape).toEqual([1])
  })
  test('an array of more than 2 GiB is refused by its name', async () => {
    const buffers = countingManifest.buffers.map((b, i) =>
      i === 1 ? { ...b, bytes: ['*', 'n', 2 ** 21] as const } : b,
    )
    const step = await load(await counting({ buffers: buffers as typeof countingManifest.buffers }))
    expect(() => step.runSync({ x: new Float32Array(1024) })).toThrow("output 'y' takes 2147483648 bytes")
    expect(step.runSync({ x: [1] }).y!.shape).toEqual([1])
  })
  test('a port never leaves its buffer', () => {
    const small = { ...countingManifest, buffers: countingManifest.buffers.map(b => ({ ...b, bytes: 4 })) }
    const store = new Store()
    const step = createProgram({ manifest: small, store, executor: javascript(store), weights: initial })
    expect(() => step.runSync({ x: [1, 2] })).toThrow("buffer of 'x': expected 8 bytes, got 4")
  })
})

const scratch = (): Manifest['buffers'] =>
  countingManifest.buffers.map(buffer => (buffer.role === 'state' ? { ...buffer, role: 'temporary' } : buffer))

describe('programs on one store', () => {
  test('wasm and JavaScript see the same state', async () => {
    const store = new Store()
    const inWasm = await load(await counting(), { store })
    const inScript = createProgram({
      manifest: countingManifest,
      store,
      executor: javascript(store),
      weights: new Map(),
    })
    for (let i = 0; i < 1000; i++) {
      const step = i % 2 ? inWasm : inScript
      const expected = Float32Array.of(5 * (i + 1) + 10)
      expect(step.runSync({ x: [5] }).y!.data).toEqual(expected)
      expect(inWasm.state.get('w')).toEqual(inScript.state.get('w'))
    }
  })
  test('loading another, larger one disturbs nothing', async () => {
    const store = new Store()
    const first = await load(await counting(), { store })
    first.runSync({ x: [1] })
    const state = [{ name: 'v', dtype: 'float32', shape: [1 << 20], buffer: 2, updated: true }] as const
    const buffers = countingManifest.buffers.map(b => (b.role === 'state' ? { ...b, bytes: 4 << 20 } : b))
    const weights = new Map([['v', array(new Float32Array(1 << 20).fill(7))]])
    const manifest = { ...countingManifest, state, buffers }
    const second = createProgram({ manifest, store, executor: javascript(store), weights })
    expect(first.runSync({ x: [1] }).y!.data).toEqual(Float32Array.of(12))
    expect(second.runSync({ x: [1] }).y!.data).toEqual(Float32Array.of(17))
    expect(second.state.get('v').data.subarray(0, 3)).toEqual(Float32Array.of(8, 7, 7))
    expect(first.state.names).toEqual(['w'])
    expect(first.state.get('w').item()).toBe(3)
    expect(store.names).toEqual(['w', 'v'])
  })
  test('initial values never replace what is there', async () => {
    const store = new Store()
    const artifact = await counting()
    const first = await load(artifact, { store })
    first.state.set('w', 42)
    const again = await load(artifact, { store })
    expect(again.state.get('w').item()).toBe(42)
    expect((await load(artifact)).state.get('w').item()).toBe(1)
  })
  test('another type of the same name is refused, and nothing is left behind', async () => {
    const store = new Store()
    await load(await counting(), { store })
    const state = [
      { name: 'u', dtype: 'float32', shape: [], buffer: 3, updated: true },
      { name: 'w', dtype: 'int32', shape: [], buffer: 2, updated: true },
    ] as const
    const buffers = [...countingManifest.buffers, countingManifest.buffers[2]!]
    const parts = {
      manifest: { ...countingManifest, state, buffers },
      store,
      executor: javascript(store),
      weights: new Map([['u', array(1)]]),
    }
    expect(() => createProgram(parts)).toThrow("state 'w': expected int32[], got float32[]")
    expect(store.names).toEqual(['w'])
  })
})

describe('state', () => {
  test('is copied in and out', async () => {
    const { state } = await load(await counting())
    const w = state.get('w')
    ;(w.data as Float32Array)[0] = 5
    expect(state.get('w').item()).toBe(1)
    const value = new NDArray('float32', [], Float32Array.of(3))
    state.set('w', value)
    value.data[0] = 9
    expect(state.get('w').item()).toBe(3)
    state.set('w', Float32Array.of(4))
    expect(state.get('w')).toEqual(array(4))
  })
  test('refuses other names and types', async () => {
    const { state } = await load(await counting())
    expect(() => state.get('v')).toThrow("unknown state 'v'; the program has 'w'")
    expect(() => state.set('w', [1])).toThrow('R032')
    expect(() => state.set('w', Float32Array.of(1, 2))).toThrow("state 'w': expected float32[], got 2 elements")
    expect(() => state.set('w', array(1, { dtype: 'float64' }))).toThrow('R012')
  })
  test('is saved and restored whole', async () => {
    const step = await load(await counting())
    step.runSync({ x: [1] })
    const bytes = step.state.save()
    step.runSync({ x: [1] })
    expect(step.state.get('w').item()).toBe(3)
    step.state.restore(bytes)
    expect(step.state.get('w').item()).toBe(2)
    expect(() => step.state.restore(bytes.subarray(0, bytes.length - 1))).toThrow('R042')
    expect(step.state.get('w').item()).toBe(2)
  })
  test('restores all or nothing', () => {
    const store = new Store()
    const port = { dtype: 'float32', shape: [], updated: true } as const
    const state = [
      { ...port, name: 'a', buffer: 2 },
      { ...port, name: 'b', buffer: 3 },
    ]
    const buffers = [...countingManifest.buffers, countingManifest.buffers[2]!]
    const weights = new Map([
      ['a', array(1)],
      ['b', array(2)],
    ])
    const both = createProgram({
      manifest: { ...countingManifest, state, buffers },
      store,
      executor: javascript(store),
      weights,
    })
    const one = createProgram({
      manifest: { ...countingManifest, state: [state[0]!] },
      store,
      executor: javascript(store),
      weights,
    })
    one.state.set('a', 5)
    const onlyA = one.state.save()
    one.state.set('a', 6)
    expect(() => both.state.restore(onlyA)).toThrow("state 'b': expected a tensor of that name, got none")
    expect(both.state.get('a').item()).toBe(6)
    const all = both.state.save()
    one.state.set('a', 7)
    one.state.restore(all)
    expect(one.state.get('a').item()).toBe(6)
  })
})

describe('asynchronous executors', () => {
  test('run in order, and nothing comes between', async () => {
    const store = new Store()
    const log: string[] = []
    const slow = createProgram({
      manifest: countingManifest,
      store,
      weights: initial,
      executor: javascript(store, async () => {
        log.push('begin')
        await new Promise(resolve => setTimeout(resolve, 5))
        log.push('end')
      }),
    })
    const quick = createProgram({ manifest: countingManifest, store, executor: javascript(store), weights: initial })
    const results = [slow({ x: [1] }), quick({ x: [1] }), slow({ x: [1, 2] })]
    for (const touch of [
      () => quick.runSync({ x: [1] }),
      () => quick.state.get('w'),
      () => slow.state.set('w', 1),
      () => createProgram({ manifest: countingManifest, store, executor: javascript(store), weights: initial }),
    ]) {
      expect(touch).toThrow('R030')
    }
    expect(() => slow.runSync({ x: [1] })).toThrow('R024')
    const values = (await Promise.all(results)).map(({ y }) => y!.tolist())
    expect(values).toEqual([[11], [12], [13, 16]])
    expect(log).toEqual(['begin', 'end', 'begin', 'end'])
    expect(quick.runSync({ x: [1] }).y!.data).toEqual(Float32Array.of(14))
  })
  test("an error is its own caller's, and those behind it go on", async () => {
    const store = new Store()
    let fail = true
    const executor = javascript(store, async () => {
      if (fail) throw new Error('lost')
    })
    const step = createProgram({ manifest: countingManifest, store, executor, weights: initial })
    const first = step({ x: [1] })
    const second = step({ x: [1] }).catch((error: Error) => error.message)
    await expect(first).rejects.toThrow('lost')
    expect(await second).toBe('lost')
    fail = false
    expect((await step({ x: [1] })).y!.data).toEqual(Float32Array.of(11))
    expect(store.busy).toBe(false)
  })
  test('a synchronous call that throws rejects, and does not hold the store', async () => {
    const step = await load(await counting())
    const failed = step({})
    expect(step.store.busy).toBe(false)
    await expect(failed).rejects.toThrow("missing input 'x'; got none")
  })
})
