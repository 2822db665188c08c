import {
  type ArrayValue,
  compile,
  dim,
  grad,
  interpreter,
  matrix,
  mul,
  scan,
  type Tensor,
  tanh,
  tensor3,
  vector,
  zeros,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { topological } from '../../frontend/graph.ts'
import { rewrite } from '../../frontend/rewrite.ts'
import { scanAttrs } from '../../frontend/scan/node.ts'
import { pruneScans } from '../../frontend/scan/prune.ts'
import { Tensor as Node } from '../../frontend/tensor.ts'
import { InvalidGraph, verifyGraph } from '../../frontend/verify.ts'
import { rnn } from './rnn.ts'

const regions = (roots: readonly Tensor[]) => topological(roots).filter(node => node.op.kind === 'region')

/** How many sequences, carries, inputs and results a scan has. */
const counts = (node: Tensor) => {
  const { sequences, carries, results } = scanAttrs(node)
  return { sequences, carries, inputs: node.inputs.length, results: results.length }
}

describe('pruning', () => {
  const [x, y, k] = [vector('x', { shape: [3] }), vector('y', { shape: [3] }), vector('k', { shape: [2] })]
  const { carry, outputs } = scan(
    ({ a, b, c }, [e, f, g]) => ({
      carry: { a: a.add(b), b: b.mul(e), c: c.add(f).add(k) },
      output: [c.mul(g), e.add(g), a.mul(k)],
    }),
    { initial: { a: 1, b: 2, c: zeros([2]) }, sequences: [x, y, x] },
  )

  test('keeps what is asked for and what that is computed from', () => {
    expect(counts(regions([carry.a])[0]!)).toEqual({ sequences: 3, carries: 3, inputs: 7, results: 6 })
    expect(counts(regions(pruneScans([carry.b]))[0]!)).toEqual({ sequences: 1, carries: 1, inputs: 2, results: 1 })
    expect(counts(regions(pruneScans([carry.a]))[0]!)).toEqual({ sequences: 1, carries: 2, inputs: 3, results: 2 })
    // x is given twice, and read once for both.
    expect(counts(regions(pruneScans([outputs[1]!]))[0]!)).toEqual({ sequences: 1, carries: 0, inputs: 1, results: 1 })
    expect(counts(regions(pruneScans([outputs[0]!, carry.c]))[0]!)).toEqual({
      sequences: 2,
      carries: 1,
      inputs: 4,
      results: 2,
    })
  })

  test('changes no value', () => {
    const all = [carry.a, carry.b, carry.c, ...outputs]
    const values = new Map<Tensor, ArrayValue>([
      [x, [1, 2, 3]],
      [y, [4, 5, 6]],
      [k, [7, 8]],
    ])
    for (const wanted of all) {
      const [pruned] = pruneScans([wanted])
      verifyGraph([pruned!])
      expect(pruned!.eval(values).tolist()).toEqual(wanted.eval(values).tolist())
    }
    expect(regions(pruneScans(all))).toHaveLength(1)
  })

  test('goes into loops inside of loops', () => {
    const rows = matrix('rows', { shape: [2, 3] })
    const outer = scan(
      (total, row) => {
        const inner = scan(({ c, d }, e) => ({ carry: { c: c.add(e), d: d.mul(e) } }), {
          initial: { c: total, d: 1 },
          sequences: row,
        })
        return { carry: inner.carry.c, output: inner.carry.d }
      },
      { initial: 0, sequences: rows },
    )
    const [pruned] = pruneScans([outer.carry])
    const [inner] = regions(scanAttrs(regions([pruned!])[0]!).results)
    expect(counts(inner!)).toEqual({ sequences: 1, carries: 1, inputs: 2, results: 1 })
    expect(
      pruned!
        .eval({
          rows: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        })
        .tolist(),
    ).toBe(21)
  })

  test('leaves of a gradient what leads to it: one loop forwards, one back', () => {
    const [xs, h0] = [tensor3('xs', { shape: [4, 1, 3] }), matrix('h0', { shape: [1, 2] })]
    const [W, U] = [matrix('W', { shape: [3, 2] }), matrix('U', { shape: [2, 2] })]
    const { carry: last } = rnn(xs, h0, W, U)
    const loops = regions(pruneScans(rewrite([grad(last.sum(), U)]).roots))
    expect(loops.map(counts)).toEqual([
      { sequences: 1, carries: 1, inputs: 4, results: 1 },
      { sequences: 2, carries: 2, inputs: 6, results: 2 },
    ])
    expect(loops.map(node => scanAttrs(node).reverse)).toEqual([false, true])
  })
})

test('gradients go back through as many steps as they are allowed to', async () => {
  const n = dim('n')
  const [x, k] = [vector('x', { shape: [n], dtype: 'float64' }), vector('k', { shape: [1], dtype: 'float64' })]
  const values = { x: [0.3, -0.5, 0.8, 0.1, -0.2], k: [0.9] }
  const run = async (reverse: boolean, truncateGradient?: number) => {
    const limit = truncateGradient === undefined ? {} : { truncateGradient }
    const { carry } = scan((c, e) => ({ carry: tanh(mul(c, k).add(e)) }), {
      initial: k,
      sequences: x,
      reverse,
      ...limit,
    })
    const [gx, gk] = grad(carry.sum(), [x, k])
    const f = await compile({ inputs: { x, k }, outputs: { gx: gx!, gk: gk! } }, { target: interpreter() })
    const { gx: ofX, gk: ofK } = await f(values)
    return { gx: Array.from(ofX.data as Float64Array), gk: ofK.data[0] as number }
  }
  const whole = await run(false)
  expect(await run(false, 5)).toEqual(whole)
  expect(await run(false, 9)).toEqual(whole)
  const cut = await run(false, 2)
  expect(cut.gx).toEqual([0, 0, 0, ...whole.gx.slice(3)])
  expect(cut.gk).not.toBeCloseTo(whole.gk, 4)
  expect((await run(true, 2)).gx).toEqual([...(await run(true)).gx.slice(0, 2), 0, 0, 0])
})

test('the verifier sees into loops', () => {
  const x = vector('x', { shape: [3] })
  const { carry } = scan((c, e) => ({ carry: c.mul(e) }), { initial: 1, sequences: x })
  verifyGraph([carry])
  const [node] = regions([carry])
  const broken =
    (attrs: object, inputs = node!.inputs) =>
    () =>
      verifyGraph([new Node(node!.op, inputs, { ...scanAttrs(node!), ...attrs }, node!)])
  expect(broken({ results: [x] })).toThrow(new InvalidGraph('scan: reads input that is outside'))
  expect(broken({ steps: 4 })).toThrow(new InvalidGraph('scan: sequence 0 has another length'))
  expect(broken({}, [x, x])).toThrow(new InvalidGraph('scan: parameter 1 has another type'))
  expect(broken({ results: [] })).toThrow(new InvalidGraph('scan: inputs or results are missing'))
})
