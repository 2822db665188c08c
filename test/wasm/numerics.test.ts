/** What docs/numerics.md promises of each variant, by the names that the page gives. */
import { dim, exp, matmul, matrix, max, mean, NDArray, softmax, sum, tanh, tensor4, vector } from 'damo'
import { layerNorm, pool2d } from 'damo/nn'
import { beforeAll, describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { WasmVariant } from '../../runtime/manifest.ts'
import { createProgram, type Program } from '../../runtime/program.ts'
import { hasRelaxed } from '../../runtime/relaxed.ts'
import { Store } from '../../runtime/store.ts'
import { wasmExecutor } from '../../runtime/wasm.ts'
import { buildArtifact, type WasmArtifact } from '../../wasm/index.ts'
import { noise } from '../bench/noise.ts'
import '../relaxed.ts'

const [n, m] = [dim('n'), dim('m')]

function spec() {
  const x = vector('x', { shape: [n] })
  const a = matrix('a', { shape: [n, m] })
  const b = matrix('b', { shape: [m, 6] })
  const images = tensor4('images', { shape: [n, 2, 6, 6] })
  const outputs = {
    copy: x.mul(1),
    half: x.mul(0.5),
    exp: exp(x),
    tanh: tanh(x),
    product: matmul(a, b),
    rows: softmax(a),
    normal: layerNorm(a),
    largest: max(pool2d(images, 2), { axis: [1, 2, 3] }),
    total: sum(x),
    means: mean(b, 0),
  }
  return { name: 'numerics', inputs: { x, a, b, images }, outputs }
}

/** What arithmetic trips over, and ordinary numbers between. */
const specials = [1e-40, -1e-45, 2 ** -126, 0, -0, 3.4e38, -3.4e38, 88.8, -104, 1, 0.3]
const nonFinite = [...specials, Number.NaN, Infinity, -Infinity]

function inputs(n: number, m: number, values: readonly number[]) {
  const filled = (count: number, seed: number) =>
    noise(count, 2, seed).map((y, i) => (i % 3 === 1 ? values[(i * 7) % values.length]! : y))
  const images = { shape: [n, 2, 6, 6], data: filled(n * 72, 4) }
  return { x: filled(n, 1), a: filled(n * m, 2), b: filled(m * 6, 3), images: images.data }
}

const shapes = (n: number, m: number) => ({ x: [n], a: [n, m], b: [m, 6], images: [n, 2, 6, 6] })

let artifact: WasmArtifact
beforeAll(async () => {
  artifact = await buildArtifact(lowered(spec()), { threads: 'auto' }, { least: 0 })
})

/** The program as a variant on so many threads, all of which are there. */
async function start(variant: WasmVariant, threads = 1): Promise<Program> {
  const { manifest, modules, weights } = artifact
  const module = await WebAssembly.compile(modules[variant] as BufferSource)
  const store = new Store({ threads: variant.endsWith('threads') })
  const executor = wasmExecutor(manifest, variant, module, store, { threads, grain: 0, always: true })
  while ((executor.pool?.here ?? 0) < threads - 1) await new Promise(resolve => setTimeout(resolve, 5))
  return createProgram({ manifest, store, executor, weights })
}

/** The bits of results, all NaN alike. */
const bits = (result: Readonly<Record<string, NDArray>>) =>
  Object.fromEntries(
    Object.entries(result).map(([name, { data }]) => {
      const numbers = Float32Array.from(data as Float32Array, x => (Number.isNaN(x) ? Number.NaN : x))
      return [name, Array.from(new Uint32Array(numbers.buffer))]
    }),
  )

/** Sizes without elements, of one, around the lanes of a vector, and of several tiles. */
const sizes = [
  [0, 3],
  [3, 0],
  [0, 0],
  [1, 1],
  [2, 9],
  [3, 4],
  [5, 17],
  [8, 8],
  [67, 33],
] as const

/** Calls the program with such numbers at such sizes. */
function call(program: Program, n: number, m: number, values: readonly number[]) {
  const given = Object.entries(inputs(n, m, values)).map(([name, data]) => {
    return [name, new NDArray('float32', shapes(n, m)[name as 'x'], data)] as const
  })
  return program.runSync(Object.fromEntries(given))
}

describe.each([
  ['simd128', 'threads'],
  ['relaxed', 'relaxed-threads'],
] as const)('%s', (alone, together) => {
  test('the same bits at every number of threads, whatever the numbers and sizes', async context => {
    if (alone === 'relaxed' && !hasRelaxed()) return context.skip('this engine has no relaxed SIMD')
    if (!artifact.modules[alone]) return context.skip(`this compiler makes no ${alone} module`)
    const one = await start(alone)
    for (const threads of [1, 2, 3, 4]) {
      const several = await start(together, threads)
      for (const [n, m] of sizes)
        for (const values of [specials, nonFinite])
          expect(bits(call(several, n, m, values)), `${n} by ${m} on ${threads}`).toEqual(bits(call(one, n, m, values)))
      several.close()
    }
  })
})

describe('relaxed', () => {
  test('is finite, infinite and NaN where simd128 is, and rounds nothing but products that are added', async context => {
    if (!hasRelaxed()) return context.skip('this engine has no relaxed SIMD')
    if (!artifact.modules.relaxed) return context.skip('this compiler makes no relaxed module')
    const [plain, relaxed] = [await start('simd128'), await start('relaxed')]
    const kind = (x: number) => (Number.isFinite(x) ? 'finite' : String(x))
    for (const [n, m] of sizes) {
      const [expected, got] = [call(plain, n, m, nonFinite), call(relaxed, n, m, nonFinite)]
      for (const name of ['exp', 'tanh', 'rows', 'largest', 'total'])
        expect(Array.from(got[name]!.data as Float32Array, kind), name).toEqual(
          Array.from(expected[name]!.data as Float32Array, kind),
        )
      const [exact, same] = [bits(expected), bits(got)]
      for (const name of ['copy', 'half', 'largest', 'total', 'means']) expect(same[name], name).toEqual(exact[name])
    }
  })
})

test.for(['simd128', 'relaxed'] as const)('subnormals are numbers like others, %s', async (variant, context) => {
  if (variant === 'relaxed' && !hasRelaxed()) return context.skip('this engine has no relaxed SIMD')
  const program = await start(variant)
  const { copy, half } = call(program, 9, 1, [1e-40])
  expect((copy!.data as Float32Array)[1]).toBe(Math.fround(1e-40))
  expect((half!.data as Float32Array)[1]).toBe(Math.fround(Math.fround(1e-40) / 2))
})

test.each([1, 3])('what is not finite shows in maxima and rows, on %d threads', async threads => {
  const program = await start('threads', threads)
  const { rows, largest } = call(program, 8, 8, [Number.NaN])
  expect(Array.from(largest!.data as Float32Array)).toEqual(new Array(8).fill(Number.NaN))
  expect(Array.from(rows!.data as Float32Array)).toEqual(new Array(64).fill(Number.NaN))
  const infinite = call(program, 8, 8, [-Infinity])
  for (const x of infinite.rows!.data as Float32Array) expect(x).toBeGreaterThanOrEqual(0)
  for (const x of infinite.largest!.data as Float32Array) expect(Number.isFinite(x)).toBe(true)
  program.close()
})
