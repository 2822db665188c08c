/** The kernel interpreter runs the same bodies in JavaScript: simd128 must give its bits, on rare paths too. */
import { beforeAll, describe, expect, test } from 'vitest'
import { type ElementwiseOp, registry } from '../../frontend/define.ts'
import { scalarOperation } from '../../frontend/kernel/functions.ts'
import { findCompiler } from '../../wasm/emcc/index.ts'
import { Bench } from './bench.ts'
import { breakpoints } from './claims.ts'

const missing = await findCompiler().then(
  () => undefined,
  (error: Error) => error.message,
)

/** Ops on floats whose bodies differ by dtype: the approximations. */
const approximations = [...registry.values()].filter(
  (op): op is ElementwiseOp =>
    op.kind === 'elementwise' &&
    typeof op.body === 'object' &&
    op.body.float64 !== undefined &&
    op.typing(new Array(op.arity).fill('float64'), undefined)?.result === 'float64',
)

const size = 6000

/** Any bits, then numbers of ordinary size, then places where bodies change. */
function fill(array: Float32Array | Float64Array, seed: number): void {
  const words = new Uint32Array(array.buffer, array.byteOffset, array.byteLength / 4)
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
  for (let i = 0; i < words.length; i++) words[i] = next() ^ (next() >>> 16)
  for (let i = size / 3; i < (2 * size) / 3; i++) array[i] = (next() / 2 ** 32 - 0.5) * 2 ** (i % 9)
  const places = [...breakpoints()]
  const edges = [0, -0, Infinity, -Infinity, NaN, 1, -1, 2 ** -126, 2 ** -149, 2 ** -1022, 5e-324]
  for (let i = (2 * size) / 3; i < size; i++)
    array[i] = edges[i] ?? places[next() % places.length]! * (i % 2 === 0 ? 1 : -1)
  array.set(edges)
}

describe.skipIf(missing).each(['float32', 'float64'] as const)('%s', dtype => {
  let benches: ReadonlyMap<string, Bench>

  beforeAll(async () => {
    const names = approximations.map(op => op.name)
    benches = await Bench.createAll(names, dtype, size)
  })

  test.each(approximations)('$name', op => {
    const bench = benches.get(op.name)!
    const inputs = bench.inputs as (Float32Array | Float64Array)[]
    for (const [i, input] of inputs.entries()) fill(input, 12345 + i)
    inputs[1]?.reverse()
    bench.run()
    const f = scalarOperation(
      op,
      inputs.map(() => dtype),
      dtype,
    )
    for (let i = 0; i < size; i++) {
      const args = inputs.map(input => input[i]!)
      const [got, want] = [bench.output[i], f(...args)]
      if (!Object.is(got, want)) expect(got, `${op.name}(${args.join()})`).toBe(want)
    }
  })
})
