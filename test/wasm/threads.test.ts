/** Programs whose loops are shared by threads: the same bits at any number of them, and nothing shared where that is no use. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  array,
  compile,
  compileAll,
  dim,
  matrix,
  mean,
  type NDArray,
  pick,
  relu,
  softmax,
  square,
  type Tensor,
  tanh,
  tensor3,
  vector,
} from 'damo'
import { load, Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import type { KernelStep } from '../../frontend/kernel/program.ts'
import { leastShared } from '../../runtime/threads.ts'
import { type Piece, sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { network, noise } from '../bench/models.ts'
import { type Executor, executors, fromTarget } from '../laws/executors.ts'
import { agreement, execute, fail } from '../laws/keep.ts'
import { lawsOf, ops } from '../laws/programs.ts'
import { sharedLoops } from '../targets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'damo-threads-'))

describe('the bits of one thread', () => {
  const alone = executors.find(({ name }) => name === 'simd128')!

  test('for every op on float32, its loops shared by three however short they are', async context => {
    const reason = await alone.unavailable()
    if (reason !== undefined) return context.skip(reason)
    const laws = ops.flatMap(op => lawsOf(op, 'float32'))
    const target = sharedLoops(3)
    const together: Executor = fromTarget(target)
    const [one, three] = [await execute(alone, laws), await execute(together, laws)]
    fail(laws.flatMap(law => agreement(three, one, law, 0) ?? []))
    // Of the 64 KiB of each thread's stack none came near the end.
    expect(target.deepestStack()).toBeGreaterThan(64)
    expect(target.deepestStack()).toBeLessThan(24 * 1024)
  }, 600_000)

  /** Sizes at which tiles, blocks and vectors end early, and enough of everything to be shared. */
  const [rows, inner] = [dim('rows'), dim('inner')]
  const x = matrix('x', { shape: [rows, inner] })
  const w = matrix('w', { shape: [inner, 83] })
  const heads = tensor3('heads', { shape: [3, rows, inner] })
  // One tile in both directions: no loop over tiles is left, and the tile's sums lie on the stack.
  const few = matrix('few', { shape: [8, 100] })
  const outputs = {
    tile: few.matmul(few.at(':3').transpose()),
    dense: relu(x.matmul(w).add(1)),
    rightT: x.matmul(x.transpose()),
    leftT: x.transpose().matmul(x),
    batched: heads.matmul(heads.transpose([0, 2, 1])),
    softmax: softmax(x),
    normal: x.sub(mean(x, { axis: 1, keepdims: true })).div(mean(square(x), { axis: 1, keepdims: true }).add(1)),
    columns: tanh(x).sum({ axis: 0 }),
    total: square(x).sum(),
  }
  const inputs = { x, w, heads, few }

  test.each([2, 3, 9])('for products, rows and sums on %i', async threads => {
    const one = await compile({ inputs, outputs }, { target: wasm({ numerics: 'reproducible' }) })
    const more = await compile({ inputs, outputs }, { target: sharedLoops(threads) })
    for (const [r, k] of [
      [0, 5],
      [1, 1],
      [67, 131],
      [130, 70],
    ] as const) {
      const numbers = (shape: number[], seed: number) =>
        array(
          noise(
            shape.reduce((a, b) => a * b, 1),
            1,
            seed,
          ) as never,
          { shape },
        ) as NDArray<'float32'>
      const given = {
        x: numbers([r, k], 1),
        w: numbers([k, 83], 2),
        heads: numbers([3, r, k], 3),
        few: numbers([8, 100], 4),
      }
      const [expected, actual] = [one.runSync(given), more.runSync(given)]
      for (const name of Object.keys(outputs) as (keyof typeof outputs)[]) {
        expect(bits(actual[name].data), `${name} of ${r} by ${k}`).toEqual(bits(expected[name].data))
      }
    }
    more.close()
  })

  test.each(['reproducible', 'fast'] as const)('for ten steps of training, %s', async numerics => {
    const steps = async (threads: number) => {
      const { train } = network([200, 96, 10])
      const step = await compile(train, { target: wasm({ numerics, threads }) })
      const [x, y] = [noise(64 * 200, 1, 3), Int32Array.from({ length: 64 }, (_, i) => i % 10)]
      const losses = Array.from({ length: 10 }, () => step.runSync({ x, y }).loss.item())
      const weights = step.state.names.map(name => bits(step.state.get(name).data))
      step.close()
      // Without its threads it goes on alone, from the same state.
      losses.push(step.runSync({ x, y }).loss.item())
      return { losses, weights }
    }
    const one = await steps(1)
    for (const threads of [2, 3]) expect(await steps(threads)).toEqual(one)
  })
})

const kernelOf = (step: KernelStep) => ('run' in step ? step.run : undefined) as Kernel

const bits = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

describe('which loops are shared', () => {
  const kinds = (pieces: readonly Piece[] = []): unknown[] =>
    pieces.flatMap((piece): unknown[] => {
      if (piece.kind === 'shared') return [piece.own.length > 0 ? 'shared with scratch' : 'shared']
      if (piece.kind === 'for') return [['for', ...kinds(piece.pieces)]]
      return piece.kind === 'if' ? [['if', ...kinds(piece.then), 'else', ...kinds(piece.otherwise)]] : []
    })
  const piecesOf = (output: Tensor) => {
    const [step] = lowered({ outputs: { output }, inputs: [x], onUnusedInput: 'ignore' }).steps
    return kinds(sharedPieces(schedule(kernelOf(step!))))
  }
  const x = matrix('x', { shape: [200, 300] })

  test('all of an elementwise kernel', () => expect(piecesOf(tanh(x))).toContain('shared'))
  test('the rows of a softmax', () =>
    expect(piecesOf(softmax(x)).flat()).toContainEqual(expect.stringMatching(/^shared/)))
  test('the blocks of what adds up to one value, and nothing of what is one block', () => {
    expect(piecesOf(x.sum())).toEqual(['shared'])
    expect(piecesOf(x.at(':50').sum())).toEqual([])
  })
  test('no loop that is known to be short, and from where on threads are called', () => {
    // A third of a nanosecond an element and more: a sum of two arrays.
    const at = (n: number) => {
      const [a, b] = [vector('a', { shape: [n] }), vector('b', { shape: [n] })]
      const [step] = lowered({ inputs: [a, b], outputs: { c: a.add(b) } }).steps
      return kinds(sharedPieces(schedule(kernelOf(step!)), leastShared))
    }
    expect(at(100_000)).toEqual([])
    expect(at(199_996)).toEqual([])
    expect(at(200_004)).toEqual(['shared'])
  })
  test('no kernel that may fail', () => {
    const index = vector('i', { dtype: 'int32', shape: [200] })
    const [step] = lowered({ inputs: [x, index], outputs: { y: pick(x, index) } }).steps
    expect(sharedPieces(schedule(kernelOf(step!)))).toBeUndefined()
  })
})

describe('threads that cannot be had', () => {
  const twice = () => {
    const x = vector('x', { shape: [dim('n')] })
    return { name: 'twice', inputs: { x }, outputs: { y: x.mul(2) } }
  }
  afterEach(() => vi.unstubAllGlobals())

  test.each([0, 1.5, -1, Number.NaN])('%d is no count', async threads => {
    await expect(compile(twice(), { target: wasm({ threads }) })).rejects.toThrow("threads: expected 'auto' or a count")
  })

  test('on a page without isolation auto is one, a number is refused', async () => {
    vi.stubGlobal('crossOriginIsolated', false)
    const f = await compile(twice(), { target: wasm({ threads: 'auto' }) })
    expect(f.store.threads).toBe(false)
    expect(f.runSync({ x: [1, 2] }).y.tolist()).toEqual([2, 4])
    await expect(compile(twice(), { target: wasm({ threads: 2 }) })).rejects.toThrow('a page: cross-origin isolated')
  })

  test('in a store whose memory is not shared, or of an artifact for one thread', async () => {
    const options = { target: wasm({ threads: 2 }), store: new Store() }
    await expect(compile(twice(), options)).rejects.toThrow('a store made, for threads, got 2')
    await (await compile(twice(), { target: wasm() })).save(join(folder, 'alone'))
    await expect(load(join(folder, 'alone.json'), { threads: 2 })).rejects.toThrow('a program compiled')
    const auto = await load(join(folder, 'alone.json'), { threads: 'auto' })
    expect((await auto({ x: [1] })).y!.tolist()).toEqual([2])
  })

  test('what is saved with threads is loaded with them or without', async () => {
    await (await compile(twice(), { target: wasm({ threads: 2 }) })).save(join(folder, 'both'))
    for (const threads of [1, 2] as const) {
      const f = await load(join(folder, 'both.json'), { threads })
      expect(f.store.threads).toBe(threads > 1)
      expect((await f({ x: [1, 2] })).y!.tolist()).toEqual([2, 4])
      f.close()
    }
  })

  test("a program with nothing worth sharing is one thread's, wherever it is loaded", async () => {
    const [x, y] = [matrix('x', { shape: [4, 4] }), matrix('y', { shape: [4, 4] })]
    const f = await compile(
      { name: 'small', inputs: { x, y }, outputs: { z: x.mul(y) } },
      { target: wasm({ threads: 2 }) },
    )
    await f.save(join(folder, 'small'))
    const given = { x: new Float32Array(16).fill(3), y: new Float32Array(16).fill(2) }
    const store = new Store({ threads: true })
    const others = [f, await load(join(folder, 'small.json'), { threads: 2 })]
    expect(others.map(each => each.store.threads)).toEqual([false, false])
    for (const each of [...others, await load(join(folder, 'small.json'), { threads: 2, store })])
      expect((await each(given)).z!.data).toEqual(new Float32Array(16).fill(6))
  })

  test('programs compiled together share their store', async () => {
    const { train, predict } = network([20, 10])
    const { step, guess } = await compileAll({ step: train, guess: predict }, { target: wasm({ threads: 2 }) })
    expect(step.store).toBe(guess.store)
    const [x, y] = [noise(80, 1, 3), Int32Array.of(1, 2, 3, 4)]
    step.runSync({ x, y })
    expect(guess.runSync({ x }).p.shape).toEqual([4, 10])
    step.close()
    guess.close()
  })
})

test('a process ends though its threads sleep', () => {
  const program = `
    import { compile, dim, vector } from 'damo'
    import { wasm } from 'damo/wasm'
    const x = vector('x', { shape: [dim('n')] })
    const f = await compile({ inputs: { x }, outputs: { y: x.mul(2) } }, { target: wasm({ threads: 3 }) })
    await new Promise(resolve => setTimeout(resolve, 300))
    console.log(f.runSync({ x: [1, 2, 3, 4] }).y.tolist().join())`
  const args = ['--import', 'tsx', '--conditions=damo-source', '--input-type=module', '--eval', program]
  expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 }).trim()).toBe('2,4,6,8')
})
