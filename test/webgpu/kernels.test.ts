import { describe, expect, test } from 'vitest'
import { dimMul } from '../../frontend/dims.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import type { KernelProgram, ProgramBuffer } from '../../frontend/kernel/program.ts'
import { verifyKernel, verifyLoops } from '../../frontend/kernel/verify.ts'
import { NDArray } from '../../runtime/array.ts'
import { Gpu } from '../../runtime/gpu.ts'
import { byteWidth, type DType, type InputPort, type Port } from '../../runtime/manifest.ts'
import { Store } from '../../runtime/store.ts'
import { instantiateWgsl } from '../../runtime/webgpu.ts'
import { schedule } from '../../webgpu/schedule.ts'
import { translate } from '../../webgpu/translate.ts'
import { pooledConvolution } from '../kernel/convolutions.ts'
import * as k from '../kernel/kernels.ts'
import { referenceOf } from '../kernel/reference.ts'
import { buffersFor, type Dims } from '../wasm/pack.ts'
import { gpuOrSkip } from './device.ts'

/** Kernels as one program: what they read are its inputs, what they write its outputs, dims are inputs too. */
function programOf(kernels: readonly Kernel[]): KernelProgram {
  const dims = [...new Set(kernels.flatMap(kernel => kernel.dims))]
  const buffers: ProgramBuffer[] = dims.map(() => ({ role: 'input', dtype: 'int32', bytes: 4, from: -1, to: 0 }))
  const inputs: InputPort[] = dims.map((name, buffer) => ({ name, dtype: 'int32', shape: [], buffer, binds: name }))
  const outputs: Port[] = []
  const steps = kernels.map((run, step) => ({
    run,
    buffers: run.buffers.map(({ dtype, size, access }, b) => {
      const role = access === 'read' ? ('input' as const) : ('output' as const)
      const life = role === 'input' ? { from: -1, to: step } : { from: step, to: kernels.length }
      const buffer = buffers.push({ role, dtype, bytes: dimMul(size, byteWidth[dtype]), ...life }) - 1
      const ports: Port[] = role === 'input' ? inputs : outputs
      ports.push({ name: `k${step}b${b}`, dtype, shape: [size], buffer })
      return buffer
    }),
  }))
  const facts = Object.fromEntries(dims.map(dim => [dim, {}]))
  const rest = { constraints: [], state: [], checks: [], weights: new Map() }
  return { name: 'pack', dims: facts, inputs, outputs, buffers, steps, ...rest }
}

const tame = (i: number) => ((i * 7919) % 1000) / 100 - 5

/** Runs all kernels on the device at each binding, and holds them to what they mean. */
async function check(gpu: GPU, kernels: readonly Kernel[], bindings: readonly Dims[], fill = tame): Promise<void> {
  for (const kernel of kernels) {
    verifyKernel(kernel)
    verifyLoops(schedule(kernel))
  }
  const program = programOf(kernels)
  const { manifest, code } = await translate(program)
  const run = await instantiateWgsl(manifest, code, new Map(), new Store(), await Gpu.open({ gpu }))
  for (const dims of bindings) {
    const memory = kernels.map(kernel => buffersFor(kernel, dims, (_, i) => fill(i)))
    const given: Record<string, number | NDArray> = {}
    for (const { name, dtype, binds } of manifest.inputs) {
      const [, step, b] = /^k(\d+)b(\d+)$/.exec(name) ?? []
      const data = binds === undefined ? memory[Number(step)]![Number(b)]! : undefined
      given[name] = data ? new NDArray(dtype, [data.length], data as never) : dims[binds!]!
    }
    const results = await run(given)
    for (const [step, kernel] of kernels.entries()) {
      const expected = referenceOf(kernel, dims, memory[step]!)
      for (const [b, { access }] of kernel.buffers.entries()) {
        if (access === 'read') continue
        const what = `${kernel.label} ${JSON.stringify(dims)} b${b}`
        expect(distance(results[`k${step}b${b}`]!.data, expected[b]!), what).toBeLessThan(4e-6)
      }
    }
  }
}

/** The greatest difference of elements, relative to those above 1. */
function distance(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])]
    if (!Object.is(x, y)) worst = Math.max(worst, Math.abs(x - y) / (1 + Math.abs(y)) || 0)
    if (Number.isNaN(x) !== Number.isNaN(y)) worst = Number.POSITIVE_INFINITY
  }
  return worst
}

const shapes = [
  [0, 0],
  [0, 3],
  [3, 0],
  [1, 1],
  [2, 3],
  [5, 7],
  [17, 33],
  [9, 65],
].map(([n, m]) => ({ n: n!, m: m! }))

describe('kernels on WebGPU compute what they mean', () => {
  test('elementwise, broadcast, transposed loads, rows of several stages along both axes', async context => {
    const gpu = await gpuOrSkip(context)
    await check(gpu, [k.chain(), k.addRow(), k.transposed(), k.softmax(0), k.softmax(1)], shapes)
  })

  test('folds within folds', async context => {
    const gpu = await gpuOrSkip(context)
    const pooled = pooledConvolution({ sizes: ['n', 2, 5, 7, 8], taps: 3, pad: 1 }, [2, 2], 'max')
    await check(gpu, [pooled], shapes)
  })

  test.for(['float32', 'int32', 'uint8', 'bool'] as DType[])('folds of %s', async (dtype, context) => {
    const gpu = await gpuOrSkip(context)
    const logical = dtype === 'bool'
    const ops = logical
      ? (['and', 'or', 'argmax'] as const)
      : (['add', 'mul', 'max', 'min', 'argmax', 'argmin'] as const)
    const accumulate = dtype === 'float32' ? 'float64' : dtype
    const kernels = ops.flatMap(op =>
      ([[0], [1], [0, 1]] as const).map(axes => {
        const [located, sums] = [op.startsWith('arg'), op === 'add' || op === 'mul']
        return k.reduced(op, dtype, axes, sums ? accumulate : dtype, located ? 'int32' : dtype)
      }),
    )
    const fill = (i: number) =>
      logical ? (i % 7 === 3 ? 1 : 0) : dtype === 'uint8' ? i % 11 : (((i * 7919) % 23) - 11) / 4
    await check(gpu, kernels, shapes, fill)
  })

  test('contractions: tiles, their edges, batches, transposes, and what is done to each element', async context => {
    const gpu = await gpuOrSkip(context)
    const kernels = [
      k.matmul('float32', { left: true, right: true }),
      k.matmul('float32', { out: true, batch: true, bias: true }),
      k.matmul('int32', { extents: ['n', 10, 'p'] }),
      k.matmul('float32', { extents: [7, 'm', 3], bias: true }),
    ]
    // A software adapter takes seconds to compile a kernel with barriers: few of them, and few sizes.
    const bindings = [0, 5, 16, 33].map((n, i, all) => ({
      n,
      m: all[(i + 3) % 4]!,
      p: all[(i + 2) % 4]!,
      q: 1 + (i % 2),
    }))
    await check(gpu, kernels, bindings)
  })
})

test('loops around steps count in the frame, and state is stored in place', async context => {
  const draft = new k.Draft()
  const buffers = [{ dtype: 'float32' as const, size: 3, access: 'readwrite' as const }]
  const counted = draft.index('float32', 't')
  const stores = [{ buffer: 0, at: 'i', value: counted, accumulate: true }]
  const run = k.kernel({ dims: ['t'], buffers, loops: [k.loop('i', 3)], stages: [k.stage({ stores })] })
  const inner = { repeat: 't', count: 'n', steps: [{ run, buffers: [1] }] }
  const program: KernelProgram = {
    name: 'counting',
    dims: { n: {} },
    constraints: [],
    inputs: [{ name: 'n', dtype: 'int32', shape: [], buffer: 0, binds: 'n' }],
    outputs: [],
    state: [{ name: 'total', dtype: 'float32', shape: [3], buffer: 1, updated: true }],
    buffers: [
      { role: 'input', dtype: 'int32', bytes: 4, from: -1, to: 0 },
      { role: 'state', dtype: 'float32', bytes: 12, from: 0, to: 0 },
    ],
    steps: [{ repeat: 's', count: 2, steps: [inner] }],
    checks: [],
    weights: new Map([['total', new NDArray('float32', [3], Float32Array.of(0, 1, 2))]]),
  }
  const { manifest, code } = await translate(program)
  const gpu = await Gpu.open({ gpu: await gpuOrSkip(context) })
  const counting = await instantiateWgsl(manifest, code, program.weights, new Store(), gpu)
  await counting({ n: 4 })
  expect(counting.state.get('total').tolist()).toEqual([12, 13, 14])
  await counting({ n: 0 })
  await counting({ n: 3 })
  expect(counting.state.get('total').tolist()).toEqual([18, 19, 20])
})
