/** Workers: an end in order when one dies, patience with those that are slow, and nobody woken for nothing. */
import { syncBuiltinESMExports } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import threads from 'node:worker_threads'
import { Store } from 'damo/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { createProgram } from '../../runtime/program.ts'
import { wasmExecutor } from '../../runtime/wasm.ts'
import { compiledByHand, job, silence, turns } from './byhand.ts'

/** Starts a program of `job` with some threads, of which all are there unless they are not to be waited for. */
async function starter(text: string, { always = true } = {}) {
  const { bytes, manifest } = await compiledByHand(text)
  const module = await WebAssembly.compile(bytes)
  return async (count: number, { store = new Store({ threads: true }), expected = count - 1 } = {}) => {
    const executor = wasmExecutor(manifest, 'threads', module, store, { threads: count, always })
    while ((executor.pool?.here ?? 0) < expected) await pause(5)
    const program = createProgram({ manifest, store, executor, weights: new Map() })
    const words = () => new Int32Array(store.memory.buffer, executor.pool!.offset, 32)
    return { program, words, store }
  }
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

/** The host's own. */
const { Worker } = threads

/** Has `node:worker_threads` give another class. */
function replaceWorker(other: typeof Worker): void {
  threads.Worker = other
  syncBuiltinESMExports()
}
afterEach(() => replaceWorker(Worker))

test('who is slow is waited for, asleep', async () => {
  const start = await starter(job(turns(1_000_000), turns(20_000_000)))
  const { program } = await start(2)
  for (let call = 0; call < 10; call++) expect(program.runSync()).toEqual({})
  program.close()
})

describe('a call fails, says why, and the program can be loaded again', () => {
  const told = "'made' has lost a thread"

  test('when a worker fails', async () => {
    const start = await starter(job(turns(100_000_000), '__builtin_trap();'))
    const { program } = await start(2)
    const before = performance.now()
    expect(() => program.runSync()).toThrow(told)
    // Who fails says so: others are waited for longer.
    expect(performance.now() - before).toBeLessThan(4000)
    expect(() => program.runSync()).toThrow('load or compile it again')
    program.close()
    expect(() => program.runSync()).toThrow('load or compile it again')
    expect((await start(1)).program.runSync()).toEqual({})
  })

  test('when the host has ended a worker', async () => {
    const made: threads.Worker[] = []
    replaceWorker(
      class extends Worker {
        constructor(...given: ConstructorParameters<typeof Worker>) {
          super(...given)
          made.push(this)
        }
      },
    )
    const start = await starter(job('', ''))
    const { program } = await start(3)
    expect(program.runSync()).toEqual({})
    expect(made.length).toBe(2)
    await made[1]!.terminate()
    expect(() => program.runSync()).toThrow(told)
    await expect(program()).rejects.toThrow('load or compile it again')
    const again = (await start(3)).program
    expect(again.runSync()).toEqual({})
    again.close()
  })

  test('some seconds after a worker went silent in the middle of it', async () => {
    const start = await starter(job(turns(200_000_000), silence))
    const { program } = await start(2)
    const before = performance.now()
    expect(() => program.runSync()).toThrow(told)
    const seconds = (performance.now() - before) / 1e3
    expect(seconds).toBeGreaterThan(4)
    expect(seconds).toBeLessThan(30)
    expect((await start(1)).program.runSync()).toEqual({})
  }, 60_000)
})

test('a program closed behind a call that nobody has awaited gives its result, runs on alone and starts again', async () => {
  const start = await starter(job(turns(1_000_000), turns(1_000_000)))
  const { program, store } = await start(3)
  const calls = [program(), program()]
  program.close()
  calls.push(program())
  expect(await Promise.all(calls)).toEqual([{}, {}, {}])
  const again = (await start(3, { store })).program
  expect(await again()).toEqual({})
  again.close()
})

test('without memory for its threads a program is not started, and says how much was asked for', async () => {
  const start = await starter(job('', ''))
  const store = new Store({ threads: true })
  const { grow } = store.memory
  const before = store.arena
  store.memory.grow = () => {
    throw new RangeError('none left')
  }
  // 100 stacks are more than a new store has.
  await expect(start(100, { store })).rejects.toThrow(/^cannot grow the memory to \d+ bytes: RangeError: none left/)
  store.memory.grow = grow
  expect(store.arena - before).toBeLessThan(4096)
  const { program } = await start(2, { store })
  expect(program.runSync()).toEqual({})
  program.close()
})

test('a host that starts no workers leaves the calling thread its work', async () => {
  replaceWorker(
    class extends Worker {
      constructor(code: string, options: ConstructorParameters<typeof Worker>[1]) {
        super(`throw new Error('no thread to be had')\n${code}`, options)
      }
    },
  )
  const start = await starter(job('', ''))
  const { program } = await start(3, { expected: 0 })
  for (let call = 0; call < 5; call++) {
    expect(program.runSync()).toEqual({})
    await pause(50)
  }
  program.close()
})

test('a program that is the faster for it runs alone', async () => {
  // Alone it does nothing.
  const { program } = await (await starter(job(turns(200_000), turns(200_000)), { always: false }))(2)
  const meanOf = (calls: number) => {
    const start = performance.now()
    for (let call = 0; call < calls; call++) program.runSync()
    return (performance.now() - start) / calls
  }
  const together = meanOf(5)
  meanOf(2000)
  expect(meanOf(20_000)).toBeLessThan(together / 5)
  program.close()
})

test('sleepers that never come in time are woken less and less', async () => {
  replaceWorker(
    class {
      constructor() {
        throw new Error('none')
      }
    } as never,
  )
  const wakesOf = async (nanoseconds: number) => {
    const { program, words } = await (await starter(job('', '', nanoseconds)))(2, { expected: 0 })
    const wakes = (calls: number) => {
      const [before] = words().subarray(7)
      for (let call = 0; call < calls; call++) program.runSync()
      return words()[7]! - before!
    }
    expect(wakes(10)).toBe(0)
    // As if a worker slept.
    words()[6] = 1
    return wakes
  }
  const wakes = await wakesOf(1e5)
  expect(wakes(1)).toBe(1)
  expect(wakes(1)).toBe(0)
  expect(wakes(1)).toBe(1)
  expect(wakes(508)).toBe(7)
  expect(wakes(2560)).toBe(10)
  // But for long jobs always.
  expect(await wakesOf(2e5).then(wakes => wakes(100))).toBe(100)
})

/** The workers that have started and not ended. */
function countWorkers(): { alive: number } {
  const count = { alive: 0 }
  replaceWorker(
    class extends Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given)
        count.alive++
        this.on('exit', () => count.alive--)
      }
    },
  )
  return count
}

describe('workers end', () => {
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 1000 && !isSo(); turn++) await pause(10)
    return isSo()
  }

  test('each time when a program is closed', async () => {
    const count = countWorkers()
    const start = await starter(job('', ''))
    let most = 0
    for (let turn = 0; turn < 50; turn++) {
      const { program } = await start(3)
      program.runSync()
      program.close()
      program.runSync()
      most = Math.max(most, count.alive)
      expect(await until(() => count.alive <= 4)).toBe(true)
    }
    expect(most).toBeGreaterThanOrEqual(2)
    expect(await until(() => count.alive === 0)).toBe(true)
  }, 60_000)

  test('when nothing refers to a program any more', async () => {
    const count = countWorkers()
    const start = await starter(job('', ''))
    const kept = await start(2)
    await start(3).then(({ program }) => program.runSync())
    expect(count.alive).toBe(3)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    expect(
      await until(() => {
        collect()
        return count.alive === 1
      }),
    ).toBe(true)
    expect(kept.program.runSync()).toEqual({})
    kept.program.close()
    expect(await until(() => count.alive === 0)).toBe(true)
  }, 60_000)
})

test('what workers had of a store is given back once they have left', async () => {
  const start = await starter(job('', ''))
  const store = new Store({ threads: true })
  const first = await start(3, { store })
  const before = store.arena
  first.program.close()
  first.program.close()
  while (first.words()[16]! < 2) await pause(5)
  for (let turn = 0; turn < 5; turn++) {
    const { program, words } = await start(3, { store })
    expect(program.runSync()).toEqual({})
    program.close()
    while (words()[16]! < 2) await pause(5)
  }
  // Static data of five modules at most, no stacks.
  expect(store.arena - before).toBeLessThan(5 * 4096)
  const both = [await start(3, { store }), await start(3, { store })]
  expect(both[0]!.words().byteOffset).not.toBe(both[1]!.words().byteOffset)
  for (const { program } of both) program.close()
})
