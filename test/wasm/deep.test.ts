/** Products of matrices of few results and a long depth, which is summed in parts: all of them, and the same bits by any number of threads. */
import { array, compile, maximum, type Tensor, tensor } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { Writer } from '../../frontend/kernel/flatten.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { planDeep } from '../../wasm/contraction/deep.ts'
import { planContraction } from '../../wasm/contraction/index.ts'
import { noise } from '../bench/models.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

/** A product with the transposes that `layout` says, and more to do when it is summed. */
function graph(layout: string, rows: number, depth: number, columns: number) {
  const [left, right] = [layout[0] === 't', layout[1] === 't']
  const a = tensor('a', { shape: left ? [depth, rows] : [rows, depth] }) as Tensor
  const b = tensor('b', { shape: right ? [columns, depth] : [depth, columns] }) as Tensor
  const c = tensor('c', { shape: [columns] })
  return { a, b, c, y: maximum((left ? a.transpose() : a).matmul(right ? b.transpose() : b).add(c), 0) }
}

function deepOf(layout: string, rows: number, depth: number, columns: number) {
  const { y, ...inputs } = graph(layout, rows, depth, columns)
  const kernel = (lowered({ inputs, outputs: { y } }).steps[0] as { run: Kernel }).run
  const writer = new Writer(kernel)
  const plan = planContraction(writer, kernel)
  return plan && planDeep(writer, kernel, plan)
}

test('parts are many where there is much to sum, and none where there is little, or enough for threads besides', () => {
  const parts = (...shape: [number, number, number]) => deepOf('tn', ...shape)?.part.extent
  expect(parts(30, 100000, 30)).toBe(63)
  expect(parts(64, 20000, 64)).toBe(19)
  expect(parts(16, 20000, 16)).toBe(9)
  expect(parts(30, 2000, 30)).toBeUndefined()
  expect(parts(512, 20000, 64)).toBeUndefined()
})

/** Depths of whole blocks, and of a few steps more or less. */
const shapes = ['tn', 'nn', 'nt', 'tt'].flatMap(layout =>
  [
    [24, 4096, 32],
    [30, 5003, 29],
    [9, 9001, 17],
  ].map(([rows, depth, columns]) => [layout, rows!, depth!, columns!] as const),
)

test.each(shapes)('all terms of %s %i %i %i, exactly', async (layout, rows, depth, columns) => {
  expect(deepOf(layout, rows, depth, columns)).toBeDefined()
  const { y, ...inputs } = graph(layout, rows, depth, columns)
  // Small whole numbers, the products of which float32 sums exactly.
  const whole = (size: number, seed: number) => Float32Array.from({ length: size }, (_, i) => ((i * 7 + seed) % 11) - 5)
  const [x, z, bias] = [whole(rows * depth, 1), whole(depth * columns, 4), whole(columns, 2)]
  const wanted = Array.from({ length: rows * columns }, (_, i) => {
    const [r, c] = [Math.floor(i / columns), i % columns]
    let sum = bias[c]!
    for (let k = 0; k < depth; k++) {
      const left = x[layout[0] === 't' ? k * rows + r : r * depth + k]!
      sum += left * z[layout[1] === 't' ? c * depth + k : k * columns + c]!
    }
    return Math.max(sum, 0)
  })
  const given = {
    a: array(x, { shape: inputs.a.shape as number[] }),
    b: array(z, { shape: inputs.b.shape as number[] }),
    c: bias,
  }
  const f = await compile({ inputs, outputs: { y } }, { target: wasm() })
  const result = f.runSync(given as never) as unknown as { y: { data: Float32Array } }
  expect([...result.y.data]).toEqual(wanted)
})

test('parts do not meet in what they pack', async () => {
  const [rows, depth, columns] = [13, 5130, 40]
  const { y, ...inputs } = graph('tn', rows, depth, columns)
  const { part, plan } = deepOf('tn', rows, depth, columns)!
  // Loops of fewer turns are rather shared inside.
  expect(part.extent).toBeGreaterThan(4)
  expect(plan.left.packed).toBe(true)
  const f = await compile({ inputs, outputs: { y } }, { target: loopInterpreter() })
  const given = {
    a: array(noise(rows * depth, 1, 1), { shape: [depth, rows] }),
    b: array(noise(depth * columns, 1, 2), { shape: [depth, columns] }),
    c: noise(columns, 1, 3),
  }
  const { data } = (await f(given as never)).y as unknown as { data: Float32Array }
  expect(data.every(Number.isFinite)).toBe(true)
}, 60_000)

test('bits do not depend on the number of threads', async () => {
  const [rows, depth, columns] = [34, 20003, 40]
  const { y, ...inputs } = graph('tn', rows, depth, columns)
  const given = {
    a: array(noise(rows * depth, 1, 1), { shape: [depth, rows] }),
    b: array(noise(depth * columns, 1, 2), { shape: [depth, columns] }),
    c: noise(columns, 1, 3),
  }
  const bits = async (threads: number) => {
    const f = await compile({ inputs, outputs: { y } }, { target: sharedLoops(threads) })
    const calls = Array.from({ length: 10 }, () => {
      const result = f.runSync(given as never) as unknown as { y: { data: Float32Array } }
      return Buffer.from(result.y.data.buffer).toString('hex')
    })
    f.close()
    return new Set(calls)
  }
  const one = await bits(1)
  for (const threads of [2, 3, 8]) expect(await bits(threads), `${threads}`).toEqual(one)
})
