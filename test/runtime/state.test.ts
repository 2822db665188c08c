/** Programs that share a store, their state, and calls that wait for each other. */
import { describe, expect, test } from 'vitest'
import { array, NDArray } from '../../runtime/array.ts'
import { load } from '../../runtime/load.ts'
import { createProgram } from '../../runtime/program.ts'
import { Store } from '../../runtime/store.ts'
import { counting, countingManifest, initial, javascript } from './programs.ts'

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
