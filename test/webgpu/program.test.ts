import {
  abs,
  all,
  argmax,
  array,
  cast,
  compile,
  compileAll,
  dim,
  eq,
  exp,
  grad,
  gt,
  interpreter,
  isnan,
  log,
  matrix,
  maximum,
  minimum,
  ne,
  pick,
  shared,
  square,
  type Target,
  tensor,
  vector,
  where,
} from 'damo'
import { Store } from 'damo/runtime'
import { webgpu } from 'damo/webgpu'
import { expect, test } from 'vitest'
import { Gpu } from '../../runtime/gpu.ts'
import { gpuOrSkip } from './device.ts'

const n = dim('n')

/** Least squares on two weights: a training step and a prediction. */
function regression() {
  const x = matrix('x', { shape: [n, 2] })
  const y = vector('y', { shape: [n] })
  const w = shared([0, 0], 'w')
  const guess = x.matmul(w)
  const loss = square(guess.sub(y)).mean()
  const train = { inputs: { x, y }, outputs: { loss }, updates: [[w, w.sub(grad(loss, w).mul(0.1))]] as const }
  return { train, predict: { inputs: { x }, outputs: { guess } } }
}

const batches = [1, 5, 70].map(size => {
  const x = Float32Array.from({ length: 2 * size }, (_, i) => ((i * 7) % 11) / 11 - 0.4)
  const y = Float32Array.from({ length: size }, (_, i) => 3 * x[2 * i]! - x[2 * i + 1]!)
  return { x: array(x, { shape: [size, 2] }), y: array(y) }
})

const close = (actual: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): void => {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) expect(Number(actual[i])).toBeCloseTo(Number(expected[i]), 5)
}

test('state lives on the device, and reads, writes and programs on one store agree about it', async context => {
  const target = webgpu({ gpu: await gpuOrSkip(context) })
  const [ours, oracle] = [
    await compileAll(regression(), { target }),
    await compileAll(regression(), { target: interpreter() }),
  ]
  for (let round = 0; round < 3; round++) {
    for (const batch of batches) {
      const [actual, expected] = [await ours.train(batch), await oracle.train(batch)]
      close(actual.loss.data, expected.loss.data)
      const { x } = batch
      close((await ours.predict({ x })).guess.data, (await oracle.predict({ x })).guess.data)
    }
    close(ours.train.state.get('w').data, oracle.train.state.get('w').data)
    for (const { predict } of [ours, oracle]) predict.state.set('w', [round, -round])
  }
})

test('another target on the same store takes over where WebGPU left, and back', async context => {
  const store = new Store()
  const options = [webgpu({ gpu: await gpuOrSkip(context) }), interpreter()].map(target => ({ target, store }))
  const { train } = regression()
  const mixed = await Promise.all(options.map(option => compile(train, option)))
  const alone = await compile(train, { target: interpreter() })
  for (let step = 0; step < 6; step++) {
    await mixed[step % 2]!(batches[1]!)
    await alone(batches[1]!)
  }
  close(store.read(store.find('w')!).data, alone.state.get('w').data)
})

test('a failed call changes nothing, on the device either', async context => {
  const x = matrix('x', { shape: [n, 3] })
  const index = tensor('index', { dtype: 'int32', shape: [n] })
  const total = shared(1, 'total')
  const picked = pick(x, index)
  const options = { target: webgpu({ gpu: await gpuOrSkip(context) }) }
  const f = await compile(
    { inputs: { x, index }, outputs: { picked }, updates: [[total, total.add(picked.sum())]] },
    options,
  )
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  expect((await f({ x: rows, index: [2, 0] })).picked.tolist()).toEqual([3, 4])
  await expect(f({ x: rows, index: [0, 3] })).rejects.toThrow(
    /pick: index 3 is out of range for size 3 \(axis 1 of x float32\[n, 3\]\) at program.test.ts:\d+/,
  )
  await expect(f({ x: rows, index: [-1, 0] })).rejects.toThrow(/index -1 is out of range for size 3/)
  expect(f.state.get('total').item()).toBe(8)
  expect((await f({ x: rows, index: [0, 0] })).picked.tolist()).toEqual([1, 4])
  expect(f.state.get('total').item()).toBe(13)
})

test('NaN guards look at bits', async context => {
  const x = vector('x')
  const options = { target: webgpu({ gpu: await gpuOrSkip(context) }), nanGuard: true }
  const f = await compile({ inputs: { x }, outputs: { y: where(gt(x, -9), log(x), 0) } }, options)
  expect((await f({ x: [1] })).y.tolist()).toEqual([0])
  await expect(f({ x: [1, -1] })).rejects.toThrow(/first made by log at program\.test\.ts/)
})

test('NaN is seen where ops speak of it', async context => {
  const [x, y] = [vector('x', { shape: [n] }), vector('y', { shape: [n] })]
  const outputs = {
    differs: ne(x, y),
    equals: eq(x, y),
    truth: cast(x, 'bool'),
    unordered: isnan(x),
    most: maximum(x, y),
    least: minimum(x, y),
    every: all(x),
    top: x.max(),
    whole: cast(x, 'int32'),
  }
  const given = { x: [Number.NaN, 1, Number.NaN, 0, 3e9, -Infinity], y: [1, Number.NaN, Number.NaN, 2, 5, 6] }
  const run = async (target: Target) => (await compile({ inputs: { x, y }, outputs }, { target }))(given)
  expect(await run(webgpu({ gpu: await gpuOrSkip(context) }))).toEqual(await run(interpreter()))
})

test('integers, bool and narrow types come and go as they are', async context => {
  const bytes = tensor('bytes', { dtype: 'uint8', shape: [n] })
  const signed = tensor('signed', { dtype: 'int16', shape: [n] })
  const flags = tensor('flags', { dtype: 'bool', shape: [n] })
  const outputs = {
    sum: bytes.add(bytes),
    product: signed.mul(signed),
    chosen: where(flags, cast(bytes, 'int32'), cast(signed, 'int32')),
    positive: gt(signed, 0),
    floats: cast(bytes, 'float32').mul(0.25),
    truncated: cast(cast(signed, 'float32').mul(1.5), 'int8'),
  }
  const given = {
    bytes: Uint8Array.of(0, 1, 200, 255, 9),
    signed: Int16Array.of(-300, -1, 0, 2, 32767),
    flags: Uint8Array.of(1, 0, 1, 0, 1),
  }
  const inputs = { bytes, signed, flags }
  const run = async (target: Target) => (await compile({ inputs, outputs }, { target }))(given)
  const [actual, expected] = [await run(webgpu({ gpu: await gpuOrSkip(context) })), await run(interpreter())]
  expect(actual).toEqual(expected)
})

test('sums keep what float32 loses, and argmax finds the first NaN', async context => {
  const x = vector('x', { shape: [n] })
  const options = { target: webgpu({ gpu: await gpuOrSkip(context) }) }
  const f = await compile({ inputs: { x }, outputs: { sum: x.sum(), mean: x.mean(), place: argmax(abs(x)) } }, options)
  const values = new Float32Array(1001).fill(0.1)
  values[0] = 1e8
  values[1000] = -1e8
  const { sum, mean, place } = await f({ x: values })
  expect(sum.item()).toBeCloseTo(99.9, 2)
  expect(mean.item()).toBeCloseTo(99.9 / 1001, 5)
  expect(place.item()).toBe(0)
  expect((await f({ x: [1, Number.NaN, 5, Number.NaN] })).place.item()).toBe(1)
  expect((await f({ x: [1, Infinity] })).sum.item()).toBe(Infinity)
  await expect(f({ x: [] })).rejects.toThrow('argmax at program.test.ts')
  const total = await compile({ inputs: { x }, outputs: { sum: x.sum() } }, options)
  expect((await total({ x: [] })).sum.item()).toBe(0)
})

test('several sizes in turn, more than are remembered', async context => {
  const x = vector('x', { shape: [n] })
  const f = await compile(
    { inputs: { x }, outputs: { y: exp(x).sum() } },
    { target: webgpu({ gpu: await gpuOrSkip(context) }) },
  )
  for (let round = 0; round < 2; round++) {
    for (let size = 0; size < 12; size++) expect((await f({ x: new Float32Array(size) })).y.item()).toBe(size)
  }
})

test('runSync refuses, and calls queue', async context => {
  const x = vector('x')
  const count = shared(0, 'count')
  const f = await compile(
    { inputs: { x }, outputs: { y: x.add(count) }, updates: [[count, count.add(1)]] },
    { target: webgpu({ gpu: await gpuOrSkip(context) }) },
  )
  expect(() => f.runSync({ x: [1] })).toThrow('cannot run synchronously')
  const results = await Promise.all([f({ x: [0] }), f({ x: [0] }), f({ x: [0] })])
  expect(results.map(({ y }) => y.item())).toEqual([0, 1, 2])
})

test("the caller's own device is used, and its loss is reported", async context => {
  const gpu = await gpuOrSkip(context)
  const device = await (await gpu.requestAdapter())!.requestDevice()
  const x = vector('x')
  const count = shared(5, 'count')
  const f = await compile(
    { inputs: { x }, outputs: { y: x.mul(2) }, updates: [[count, count.add(1)]] },
    { target: webgpu({ device }) },
  )
  expect((await f({ x: [4] })).y.tolist()).toEqual([8])
  device.destroy()
  await device.lost
  await expect(f({ x: [4] })).rejects.toThrow("'program' has lost its WebGPU device")
  expect(f.state.get('count').item()).toBe(6)
})

test('a device takes what its adapter allows', async context => {
  const gpu = await gpuOrSkip(context)
  const adapter = (await gpu.requestAdapter())!
  const { device } = await Gpu.open({ gpu })
  expect(device.limits.maxStorageBuffersPerShaderStage).toBe(adapter.limits.maxStorageBuffersPerShaderStage)
})
