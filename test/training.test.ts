/** Whole training steps: their kernels, their state, their memory. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compile, compileAll, interpreter } from 'damo'
import { adam } from 'damo/nn'
import { load, Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../frontend/compile.ts'
import type { KernelProgram } from '../frontend/kernel/program.ts'
import { network, noise } from './bench/models.ts'
import { loopInterpreter } from './targets.ts'

/** Bytes on the heap after a collection. */
function collectedHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 4; i++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const batchOf = (rows: number, columns: number, seed = 7) => ({
  x: noise(rows * columns, 1, seed),
  y: Int32Array.from({ length: rows }, (_, i) => (i * 7 + seed) % 3),
})

describe('structure', () => {
  /** Bytes of every temporary of a program at a batch of 64. */
  const temporaries = ({ buffers }: KernelProgram) =>
    buffers.filter(({ role }) => role === 'temporary').map(({ bytes }) => bytes)

  test('softmax regression trains in at most 5 kernels, without a temporary of the size of the weights', () => {
    const program = lowered(network([784, 10]).train)
    expect(program.steps.length).toBeLessThanOrEqual(5)
    expect(temporaries(program)).not.toContain(784 * 10 * 4)
  })

  test('a perceptron of three layers trains in at most 12 kernels', () => {
    const program = lowered(network([784, 512, 512, 10]).train)
    expect(program.steps.length).toBeLessThanOrEqual(12)
    expect(temporaries(program)).not.toContain(784 * 512 * 4)
    expect(temporaries(program)).not.toContain(512 * 512 * 4)
  })

  test('adam updates weights and moments in the kernels that compute their gradients, in place', () => {
    const { train } = network([784, 512, 512, 10])
    const parameters = train.updates.map(([parameter]) => parameter)
    const program = lowered({ ...train, updates: adam(train.outputs.loss, parameters) })
    expect(program.steps.length).toBeLessThanOrEqual(13)
    expect(program.steps.map(step => 'run' in step && step.run.label)).not.toContain('copy')
    expect(temporaries(program)).not.toContain(784 * 512 * 4)
  })

  test('no kernel walks memory in several nests of loops: stages share the outer loops', () => {
    for (const sizes of [
      [784, 10],
      [784, 512, 512, 10],
    ]) {
      for (const step of lowered(network(sizes).train).steps) {
        if (!('run' in step) || !('stages' in step.run)) continue
        const { stages, loops } = step.run
        const walks = stages.filter(stage => stage.loops.length > 0)
        expect(walks.length <= 1 || loops.length > 0).toBe(true)
      }
    }
  })
})

test.each([1, 7, 256])('one program serves batch %i', async rows => {
  const specs = network([20, 8, 3])
  const ours = await compileAll(specs, { target: wasm() })
  const exact = await compileAll(network([20, 8, 3]), { target: interpreter() })
  const inputs = batchOf(rows, 20)
  for (let i = 0; i < 3; i++) {
    const [a, b] = [await ours.train(inputs), await exact.train(inputs)]
    expect(a.loss.item()).toBeCloseTo(b.loss.item(), 4)
  }
  const [p, q] = [await ours.predict({ x: inputs.x }), await exact.predict({ x: inputs.x })]
  expect(p.p.shape).toEqual([rows, 3])
  for (const [i, value] of p.p.data.entries()) expect(value).toBeCloseTo(q.p.data[i] as number, 4)
})

describe('training and prediction see the same weights', () => {
  const { x, y } = batchOf(5, 20)

  /** Alternates training and prediction; each prediction must be what one from the current weights is, to the bit. */
  async function alternate(
    train: (inputs: { x: Float32Array; y: Int32Array }) => unknown,
    predict: (inputs: { x: Float32Array }) => { p: { data: ArrayLike<unknown> } },
    weights: () => ArrayLike<unknown>[],
    fresh: (weights: ArrayLike<unknown>[]) => ArrayLike<unknown>,
  ) {
    let last: ArrayLike<unknown> = []
    for (let i = 0; i < 1000; i++) {
      train({ x, y })
      const { data } = predict({ x }).p
      expect(Array.from(data)).toEqual(Array.from(fresh(weights())))
      expect(Array.from(data)).not.toEqual(Array.from(last))
      last = data
    }
  }

  const names = ['W0', 'b0', 'W1', 'b1']

  async function reference() {
    const alone = await compile({ ...network([20, 8, 3]).predict }, { target: wasm() })
    return (weights: ArrayLike<unknown>[]) => {
      for (const [i, name] of names.entries()) alone.state.set(name, weights[i] as Float32Array)
      return alone.runSync({ x }).p.data
    }
  }

  test('compiled together', async () => {
    const { train, predict } = await compileAll(network([20, 8, 3]), { target: wasm() })
    await alternate(
      train.runSync,
      predict.runSync,
      () => names.map(name => train.state.get(name).data),
      await reference(),
    )
  })

  test('compiled apart, on one store', async () => {
    const specs = network([20, 8, 3])
    const store = new Store()
    const train = await compile(specs.train, { target: wasm(), store })
    const predict = await compile(specs.predict, { target: wasm(), store })
    await alternate(
      train.runSync,
      predict.runSync,
      () => names.map(name => predict.state.get(name).data),
      await reference(),
    )
  })

  test('loaded from two artifacts into one store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'damo-training-'))
    const specs = network([20, 8, 3])
    const programs = await compileAll(specs, { target: wasm() })
    await programs.train.save(join(folder, 'train'))
    await programs.predict.save(join(folder, 'predict'))
    const store = new Store()
    const train = await load(join(folder, 'train.json'), { store })
    const predict = await load<{ x: Float32Array }, { p: { data: ArrayLike<unknown> } }>(join(folder, 'predict.json'), {
      store,
    })
    await alternate(
      train.runSync,
      predict.runSync,
      () => names.map(name => train.state.get(name).data),
      await reference(),
    )
  })
})

test('the loops that are interpreted train to the same bits as simd128', async () => {
  const [a, b] = await Promise.all(
    [loopInterpreter(), wasm({ numerics: 'reproducible' })].map(target =>
      compile(network([13, 9, 3]).train, { target }),
    ),
  )
  const inputs = batchOf(6, 13)
  for (let i = 0; i < 5; i++) {
    expect((await a!(inputs)).loss.item()).toBe((await b!(inputs)).loss.item())
    for (const name of a!.state.names) expect(a!.state.get(name).data).toEqual(b!.state.get(name).data)
  }
})

test('10,000 training steps leave the heap and the memory where the 100th left them', async () => {
  const { train } = await compileAll({ train: network([20, 8, 3]).train }, { target: wasm() })
  const inputs = batchOf(16, 20)
  for (let i = 0; i < 100; i++) train.runSync(inputs)
  const [heap, bytes] = [collectedHeap(), train.store.memory.buffer.byteLength]
  for (let i = 0; i < 9900; i++) train.runSync(inputs)
  expect(train.store.memory.buffer.byteLength).toBe(bytes)
  expect(collectedHeap() - heap).toBeLessThan(300_000)
})
