/** Calls: what inputs may be, what comes out, and what is refused. */
import { describe, expect, test } from 'vitest'
import { type ArrayValue, array } from '../../runtime/array.ts'
import { load } from '../../runtime/load.ts'
import type { Manifest } from '../../runtime/manifest.ts'
import { createProgram, type Executor, type Program } from '../../runtime/program.ts'
import { Store } from '../../runtime/store.ts'
import { assemble, counting, countingManifest, initial, javascript, variantOf } from './programs.ts'

const scratch = (): Manifest['buffers'] =>
  countingManifest.buffers.map(buffer => (buffer.role === 'state' ? { ...buffer, role: 'temporary' } : buffer))

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
  test('state of more than 2 GiB is refused when it is loaded, before there is memory for it', async () => {
    const { state } = countingManifest
    const buffers = countingManifest.buffers.map((b, i) => (i === state[0]!.buffer ? { ...b, bytes: 2 ** 32 } : b))
    const store = new Store()
    const { byteLength } = store.memory.buffer
    const artifact = await counting({ buffers, state: [{ ...state[0]!, shape: [2 ** 30] }] })
    await expect(load({ ...artifact, weights: undefined as never }, { store })).rejects.toThrow(
      "state 'w' takes 4294967296 bytes, and an array has at most 2146435072",
    )
    expect(store.memory.buffer.byteLength).toBe(byteLength)
    expect(store.names).toEqual([])
  })
  test('a port never leaves its buffer', () => {
    const small = { ...countingManifest, buffers: countingManifest.buffers.map(b => ({ ...b, bytes: 4 })) }
    const store = new Store()
    const step = createProgram({ manifest: small, store, executor: javascript(store), weights: initial })
    expect(() => step.runSync({ x: [1, 2] })).toThrow("buffer of 'x': expected 8 bytes, got 4")
  })
})
