/** Products of bytes by relaxed SIMD: exact whether operands keep below 128 or do not, in whole tiles and in what is left. */
import { array, compile, type DType, einsum, matmul, type Spec, type Tensor, tensor } from 'damo'
import { conv2d } from 'damo/nn'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { dataOf } from '../../runtime/array.ts'
import type { WasmVariant } from '../../runtime/manifest.ts'
import { createProgram, type Program } from '../../runtime/program.ts'
import { hasRelaxed } from '../../runtime/relaxed.ts'
import { Store } from '../../runtime/store.ts'
import { wasmExecutor } from '../../runtime/wasm.ts'
import { buildArtifact } from '../../wasm/index.ts'
import { loopInterpreter } from '../targets.ts'
import { instructions } from './inspect.ts'
import '../relaxed.ts'

type Filling = (i: number, size: number) => number

const scattered =
  (least: number, most: number): Filling =>
  i =>
    ((i * 7919 + (i >> 5) * 13) % (most - least + 1)) + least
const butOne =
  (value: number, other: number, at: (size: number) => number): Filling =>
  (i, size) =>
    i === at(size) ? other : value

/** Extremes, what is just inside of 7 bits and just outside, and all sorts. */
const fillings: Record<'bool' | 'int8' | 'uint8', readonly Filling[]> = {
  bool: [() => 1, scattered(0, 1)],
  uint8: [
    () => 127,
    () => 255,
    scattered(0, 127),
    scattered(0, 255),
    butOne(127, 128, size => size - 1),
    butOne(127, 255, () => 0),
    butOne(0, 128, size => size >> 1),
  ],
  int8: [
    () => 127,
    () => -128,
    scattered(0, 127),
    scattered(-128, 127),
    i => (i % 2 ? -128 : 127),
    butOne(127, -1, size => size - 1),
    butOne(127, -128, () => 0),
  ],
}

const filled = (dtype: DType, shape: readonly number[], value: Filling) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return array((new dataOf[dtype](size) as Int8Array).map((_, i) => value(i, size)) as never, { dtype, shape })
}

/** The product of matrices, wrapped to int32. */
function expected(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [m, k, n]: readonly [number, number, number],
): Int32Array {
  const result = new Int32Array(m * n)
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++)
      for (let j = 0; j < n; j++) result[i * n + j] = result[i * n + j]! + a[i * k + l]! * b[l * n + j]!
  return result
}

/** The first place where results differ, with both values; undefined where they are the same. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): string | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return `${i}: ${a[i]}, not ${b[i]}`
  return undefined
}

async function variantsOf(spec: Spec): Promise<{ name: string; program: Program; bytes: Uint8Array }[]> {
  const { manifest, modules, weights } = await buildArtifact(lowered(spec), { threads: 'auto' }, { least: 0 })
  const ways = (['simd128', 'threads', 'relaxed', 'relaxed-threads'] as const).filter(
    variant => modules[variant] && (hasRelaxed() || !variant.startsWith('relaxed')),
  )
  return Promise.all(
    ways.map(async variant => {
      const threads = variant.endsWith('threads') ? 2 : 1
      const bytes = modules[variant]!
      const store = new Store({ threads: threads > 1 })
      const module = await WebAssembly.compile(bytes as BufferSource)
      const executor = wasmExecutor(manifest, variant as WasmVariant, module, store, {
        threads,
        grain: 0,
        always: true,
      })
      while ((executor.pool?.here ?? threads - 1) < threads - 1) await new Promise(done => setTimeout(done, 5))
      return { name: variant, program: createProgram({ manifest, store, executor, weights }), bytes }
    }),
  )
}

const pairs = [
  ['uint8', 'int8'],
  ['int8', 'uint8'],
  ['int8', 'int8'],
  ['uint8', 'uint8'],
  ['bool', 'int8'],
  ['int8', 'bool'],
] as const

/** Rows, depth and columns: of whole tiles and of tails, and of fewer columns or rows than are worth looking through. */
const shapes = [
  [128, 16, 128],
  [131, 1, 133],
  [129, 2, 135],
  [130, 3, 129],
  [133, 7, 134],
  [150, 33, 128],
  [128, 2101, 131],
  [300, 65, 128],
  [7, 9, 200],
  [200, 9, 7],
] as const

test('all of it needs relaxed SIMD', context => {
  if (!hasRelaxed()) context.skip('no relaxed SIMD here')
})

describe.each(pairs)('%s by %s', (left, right) => {
  const a = tensor('a', { dtype: left, shape: ['m', 'k'] })
  const b = tensor('b', { dtype: right, shape: ['k', 'n'] })
  const spec = { inputs: { a, b }, outputs: { product: matmul(a as Tensor, b as Tensor, { dtype: 'int32' }) } } as Spec

  test('is exact', async () => {
    const variants = await variantsOf(spec)
    for (const { name, bytes } of variants) {
      const relaxed = [...(await instructions(bytes))].filter(each => each.includes('relaxed_dot'))
      expect(relaxed.length, name).toBe(name.startsWith('relaxed') ? 2 : 0)
    }
    for (const shape of shapes) {
      const [m, k, n] = shape
      for (const [i, one] of fillings[left].entries()) {
        for (const [j, other] of fillings[right].entries()) {
          // Every pair of fillings with some shapes, of the deepest few.
          if (k > 100 ? i !== j : (i + j) % 3 !== m % 3) continue
          const given = { a: filled(left, [m, k], one), b: filled(right, [k, n], other) }
          const truth = expected(given.a.data as never, given.b.data as never, shape)
          for (const { name, program } of variants)
            expect(
              difference(program.runSync(given as never).product!.data as Int32Array, truth),
              `${name} ${shape} ${i} ${j}`,
            ).toBeUndefined()
        }
      }
    }
    for (const { program } of variants) program.close()
  })
})

type Results = Record<string, { data: ArrayLike<number> }>

test('known sizes, transposes, batches, convolutions, and what follows', async () => {
  const a = tensor('a', { dtype: 'uint8', shape: [2, 130, 33] })
  const b = tensor('b', { dtype: 'int8', shape: [2, 129, 33] })
  const images = tensor('images', { dtype: 'uint8', shape: [2, 8, 13, 13] })
  const filters = tensor('filters', { dtype: 'int8', shape: [128, 8, 3, 3] })
  const [x, y, p, q] = [a, b, images, filters].map(each => each.astype('int32')) as Tensor<'int32'>[]
  const outputs = {
    batched: matmul(a as never, b.transpose([0, 2, 1]) as never, { dtype: 'int32' }),
    rescaled: einsum('bik,bjk->bij', x as never, y as never)
      .astype('float32')
      .mul(0.5),
    turned: einsum('bjk,bik->ji', y as never, x as never),
    maps: conv2d(p as never, q as never, { padding: 1 }),
  }
  const spec = { inputs: { a, b, images, filters }, outputs } as unknown as Spec
  const variants = await variantsOf(spec)
  const truth = await compile(spec, { target: loopInterpreter() })
  for (const most of [127, 128, 255]) {
    const given = {
      a: filled('uint8', [2, 130, 33], scattered(0, most)),
      b: filled('int8', [2, 129, 33], scattered(-128, 127)),
      images: filled('uint8', [2, 8, 13, 13], scattered(0, most)),
      filters: filled('int8', [128, 8, 3, 3], scattered(-128, 127)),
    }
    const right = truth.runSync(given as never) as unknown as Results
    for (const { name: variant, program } of variants) {
      const results = program.runSync(given as never) as unknown as Results
      for (const name of Object.keys(outputs))
        expect(difference(results[name]!.data, right[name]!.data), `${variant} ${name} ${most}`).toBeUndefined()
    }
  }
  for (const { program } of variants) program.close()
})
