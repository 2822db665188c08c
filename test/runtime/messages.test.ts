import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { array, NDArray } from '../../runtime/array.ts'
import { evaluate } from '../../runtime/dims.ts'
import { DamoError } from '../../runtime/errors.ts'
import { Gpu } from '../../runtime/gpu.ts'
import { load } from '../../runtime/load.ts'
import type { InputPort, Manifest } from '../../runtime/manifest.ts'
import { createProgram, type Executor } from '../../runtime/program.ts'
import { readTensors } from '../../runtime/safetensors.ts'
import { Store } from '../../runtime/store.ts'
import { threadCount } from '../../runtime/threads.ts'
import { instantiateWgsl } from '../../runtime/webgpu.ts'
import { assemble, counting, countingManifest, variantOf } from './programs.ts'

const inputs: InputPort[] = [
  { name: 'x', dtype: 'float32', shape: ['batch', 784], buffer: 0 },
  { name: 'y', dtype: 'int32', shape: ['batch'], buffer: 0 },
]
const buffers: Manifest['buffers'] = [{ role: 'input', bytes: 2 ** 20, from: -1, to: 0 }]
const train: Manifest = {
  ...countingManifest,
  name: 'train',
  dims: { batch: { atLeast: 1 } },
  inputs,
  outputs: [],
  state: [],
  steps: [],
  buffers,
}

/** Runs `train`, changed so, on these inputs. */
function call(
  given: object,
  changes: Partial<Manifest> = {},
  executor: Executor = { sync: true, run: () => 0 },
): unknown {
  const parts = { manifest: { ...train, ...changes }, store: new Store(), executor, weights: new Map() }
  return createProgram(parts).runSync(given as never)
}

const scalar = (name: string, dtype: InputPort['dtype'], binds?: string): InputPort => ({
  name,
  dtype,
  shape: [],
  buffer: 0,
  ...(binds === undefined ? {} : { binds }),
})

const x = new Float32Array(2 * 784)
const y = new Int32Array(2)

/** A device that answers as told: `error` is what its error scopes find, `lost` why it is gone. */
function device({ error = '', lost = '' }): GPUDevice {
  const fake = {
    lost: lost === '' ? new Promise(() => {}) : Promise.resolve({ reason: 'unknown', message: lost }),
    pushErrorScope: () => {},
    popErrorScope: async () => (error === '' ? null : { message: error }),
    createBindGroupLayout: () => ({}),
    createShaderModule: () => ({}),
  }
  return fake as unknown as GPUDevice
}

/** Ways to provoke each message, as users do. */
const provocations: Record<string, () => unknown> = {
  'ragged rows': () => array([[1, 2], [3]]),
  'a shape of another size': () => array([1, 2, 3], { shape: [2, 2] }),
  'an option that there is not': () => array([1], { type: 'int32' } as never),
  'a dtype where options belong': () => array([1], 'int32' as never),
  'a string': () => array('12' as never),
  'a fraction for an integer': () => call({ x, y: [0.5, 1] }),
  'a negative size': () => array([1], { shape: [-1] }),
  'a dtype that there is not': () => array([1], { dtype: 'float' as 'float32' }),
  'item of many': () => array([1, 2]).item(),
  'data of another class': () => new NDArray('int32', [1], Float32Array.of(1) as never),
  'a large int64': () => array(2n ** 60n).item(),
  'a missing input': () => call({ x, z: 1 }),
  'an unknown input': () => call({ x, y, z: 1 }),
  'inputs without names': () => call([x, y]),
  'doubles for floats': () => call({ x: new Float64Array(2 * 784), y }),
  'unsigned for signed': () => call({ x, y: new Uint32Array(2) }),
  'another inner size': () => call({ x: array(new Float32Array(100), { shape: [1, 100] }), y }),
  'another batch': () => call({ x: array(x, { shape: [2, 784] }), y: array(new Int32Array(3)) }),
  'another rank': () => call({ x: array(x), y }),
  'another length': () => call({ x, y: new Int32Array(3) }),
  'a length without a batch': () =>
    call({ x: new Float32Array(1000) }, { inputs: inputs.slice(0, 1), dims: { batch: {} } }),
  'a length of two dims': () => call({ x }, { inputs: [{ ...inputs[0]!, shape: ['h', 'w'] }], dims: { h: {}, w: {} } }),
  'too small a dim': () => call({ x: new Float32Array(0), y: [] }),
  'a broken constraint': () =>
    call({ x, y }, { constraints: [{ left: ['+', 'batch', 1], right: 4, reason: 'add: p and q' }] }),
  'a dim without input': () => call({}, { inputs: [] }),
  'a size beyond 2^53': () => evaluate(['*', 'n', 'n'], new Map([['n', 2 ** 40]])),
  'a negative count': () => call({ n: -1 }, { inputs: [scalar('n', 'int32', 'batch')] }),
  'out of another type': async () => (await load(await counting()))({ x: [1] }, { out: { y: new Float64Array(1) } }),
  'out of another name': async () => (await load(await counting()))({ x: [1] }, { out: { z: new Float64Array(1) } }),
  'an option that a call does not have': async () =>
    (await load(await counting()))({ x: [1] }, { output: 'y' } as never),
  'a failed check': async () => (await load(await counting()))({ x: [1, Number.NaN] }),
  'a failed check without places': async () =>
    (await load(await counting({ checks: ['take: index out of range'] })))({ x: [1, Number.NaN] }),
  'a trap': async () => {
    const wasm = await assemble('(module (func (export "run") (param i32) (result i32) unreachable))')
    return (await load({ manifest: { ...train, code: { wasm: { simd128: variantOf(wasm) } } }, wasm }))({ x, y })
  },
  'runSync on an asynchronous target': () => call({ x, y }, {}, { sync: false, run: async () => 0 }),
  'loading under a call': () => {
    const store = new Store()
    store.enqueue(() => new Promise(resolve => setTimeout(resolve)))
    const parts = {
      manifest: { ...train, dims: {}, inputs: [] },
      executor: { sync: true, run: () => 0 },
      weights: new Map(),
    }
    return createProgram({ ...parts, store })
  },
  'beyond 4 GiB': () => new Store().allocate(2 ** 32),
  'an array beyond 2 GiB': () => call({ x, y }, { buffers: [{ ...buffers[0]!, bytes: ['*', 2 ** 30, 'batch'] }] }),
  'state of another type': async () => (await load(await counting())).state.set('w', [1, 2]),
  'unknown state': async () => (await load(await counting())).state.get('W'),
  'no initial value': async () =>
    load({ ...(await counting()), weights: new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]) }),
  'a damaged manifest': async () => load(await counting({ steps: [{ run: 'k0', buffers: [9] }] })),
  'a newer manifest': () => load({ manifest: { format: 2 } }),
  'a cut weights file': () => readTensors(new Uint8Array(5)),
  'a cut module': async () => {
    const artifact = await counting()
    return load({ ...artifact, wasm: (artifact.wasm as Uint8Array<ArrayBuffer>).slice(0, 100) })
  },
  'an unreadable file': () => load(new URL('file:///nonexistent/model.json')),
  'a wasm file as source': () => load('https://models.example/model.wasm'),
  'a foreign module': async () => {
    const wasm = await assemble('(module (import "wasi" "exit" (func)))')
    return load({ manifest: { ...train, code: { wasm: { simd128: variantOf(wasm) } } }, wasm })
  },
  'no module': () => load({ manifest: train }),
  'bytes that are no module': async () => {
    const wasm = new Uint8Array(100)
    return load({ manifest: { ...train, code: { wasm: { simd128: variantOf(wasm) } } }, wasm })
  },
  'a fraction of a thread': () => threadCount(1.5),
  'numerics that are none': async () => load(await counting(), { numerics: 'reproducable' as 'reproducible' }),
  'a thread that died': async () => {
    const wasm = await assemble(
      `(module (import "env" "memory" (memory 1 65536 shared))
        (func (export "work") (param i32) (result i32) (i32.const 0))
        (func (export "run") (param i32) (result i32)
          (i32.store offset=36 (i32.load offset=12 (local.get 0)) (i32.const 1)) unreachable))`,
    )
    const code = { wasm: { threads: variantOf(wasm) } }
    return (await load({ manifest: { ...train, code }, threads: wasm }, { threads: 2, numerics: 'reproducible' }))({
      x,
      y,
    })
  },
  'no WebGPU': () => Gpu.open({}),
  'no adapter': () => Gpu.open({ gpu: { requestAdapter: async () => null } as unknown as GPU }),
  'a lost device': async () => {
    const gpu = new Gpu(device({ lost: 'the driver was reset' }))
    await gpu.device.lost
    gpu.refuseLost('train')
  },
  'a shader that is none': () => {
    const manifest = { ...train, code: { wgsl: { sha256: '', bytes: 3, kernels: {} } } }
    const gpu = new Gpu(device({ error: "expected '(' at 1:4" }))
    return instantiateWgsl(manifest, 'fn ', new Map(), new Store(), gpu)
  },
  'too large a buffer': () => new Gpu(device({ error: 'size is above the limit' })).watch('train', () => {}),
}

async function messageOf(provoke: () => unknown): Promise<string> {
  try {
    await provoke()
  } catch (error) {
    expect(error).toBeInstanceOf(DamoError)
    // What the host says in its own words differs from host to host.
    return (error as DamoError).message.replace(
      /(ENOENT|CompileError|RangeError|RuntimeError).*?(?=( \[R|; its))/,
      '...',
    )
  }
  return 'nothing was thrown'
}

describe('messages of the runtime', () => {
  test('are as agreed, and all are provoked here', async () => {
    const lines: string[] = []
    for (const [what, provoke] of Object.entries(provocations)) lines.push(`${what}\n  ${await messageOf(provoke)}`)
    const codes = (text: string) => [...new Set(text.match(/\bR\d{3}\b/g))].sort()
    const source = readFileSync(new URL('../../runtime/messages.ts', import.meta.url), 'utf8')
    expect(codes(lines.join('\n'))).toEqual(codes(source))
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/runtime/messages.txt')
  })
})
