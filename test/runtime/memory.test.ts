import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { load } from '../../runtime/load.ts'
import { Store } from '../../runtime/store.ts'
import { counting } from './programs.ts'

/** Bytes on the heap after a collection. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 4; i++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('memory', () => {
  test('10,000 calls leave heap and memory where the 100th left them', async () => {
    const step = await load(await counting())
    const x = new Float32Array(50_000)
    const run = async (calls: number) => {
      for (let i = 0; i < calls; i++) {
        step.runSync({ x: i % 2 ? x : x.subarray(0, 1000 + (i % 5)) })
        if (i % 10 === 0) await step({ x: [1, 2, 3] })
      }
    }
    await run(100)
    const [before, { byteLength }] = [heap(), step.store.memory.buffer]
    await run(10_000)
    expect(step.store.memory.buffer.byteLength).toBe(byteLength)
    expect(heap() - before).toBeLessThan(200_000)
  })
  test('grows by what a call needs, and only then', async () => {
    const step = await load(await counting())
    const { memory } = step.store
    const small = memory.buffer.byteLength
    step.runSync({ x: new Float32Array(1000) })
    expect(memory.buffer.byteLength).toBe(small)
    step.runSync({ x: new Float32Array(1 << 20) })
    const large = memory.buffer.byteLength
    expect(large).toBeGreaterThanOrEqual(8 << 20)
    expect(large).toBeLessThan((8 << 20) + 3 * 65536)
    step.runSync({ x: new Float32Array(1000) })
    step.runSync({ x: new Float32Array(1 << 20) })
    expect(memory.buffer.byteLength).toBe(large)
  })
  test('growth by another program on the store is noticed', async () => {
    const store = new Store()
    const artifact = await counting()
    const [a, b] = [await load(artifact, { store }), await load(artifact, { store })]
    const x = Float32Array.of(1, 2)
    a.runSync({ x })
    b.runSync({ x: new Float32Array(1 << 20) })
    store.allocate(1 << 20)
    expect(a.runSync({ x }).y!.tolist()).toEqual([13, 16])
    expect(a.state.get('w').item()).toBe(4)
  })

  test('that the host does not have is asked for again by the next call, and nothing else has changed', async () => {
    const step = await load(await counting())
    const { store } = step
    const x = new Float32Array(100_000)
    step.runSync({ x })
    // What the call asked for has room no longer where the arena begins then.
    store.allocate(400_000)
    const { grow } = store.memory
    store.memory.grow = () => {
      throw new RangeError('none left')
    }
    const told = /^cannot grow the memory to \d{7} bytes: RangeError: none left \[R031\]$/
    for (let call = 0; call < 2; call++) {
      expect(() => step.runSync({ x })).toThrow(told)
      await expect(step({ x: new Float32Array(150_000) })).rejects.toThrow(told)
    }
    expect(step.state.get('w').item()).toBe(2)
    expect(step.runSync({ x: [1] }).y!.tolist()).toEqual([12])
    store.memory.grow = grow
    expect(step.runSync({ x }).y!.data[99_999]).toBe(10)
    expect(step.state.get('w').item()).toBe(4)
  })
})

describe('Store', () => {
  test('allocates zeroed, aligned and apart, also where the arena was', async () => {
    const store = new Store()
    const step = await load(await counting(), { store })
    step.runSync({ x: new Float32Array(1000).fill(7) })
    const places = [store.allocate(100), store.allocate(0), store.allocate(5000, 4096), store.allocate(1)]
    for (const [i, place] of places.entries()) {
      expect(place % (i === 2 ? 4096 : 256)).toBe(0)
      if (i > 0) expect(place).toBeGreaterThanOrEqual(places[i - 1]! + [100, 0, 5000][i - 1]!)
    }
    const sizes = [100, 0, 5000, 1]
    for (const [i, place] of places.entries())
      expect(store.view('uint8', place, sizes[i]!)).toEqual(new Uint8Array(sizes[i]!))
    expect(step.runSync({ x: [1] }).y!.tolist()).toEqual([12])
  })
  test('keeps the lowest 64 KiB for the stack', () => {
    const store = new Store()
    expect(store.stackPointer.value).toBe(65536)
    expect(store.allocate(1)).toBeGreaterThanOrEqual(65536)
  })
  test.each([false, true])('refuses to grow beyond 4 GiB, and stays as it was; threads: %s', threads => {
    const store = new Store({ threads })
    const arena = store.arena
    expect(() => store.allocate(2 ** 32)).toThrow('cannot grow the memory to')
    expect(store.arena).toBe(arena)
    expect(store.memory.buffer.byteLength).toBe(1 << 20)
  })
})
