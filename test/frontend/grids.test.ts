/** Functions made of ops that no law speaks of by name: triangles, grids and spreads, as NumPy computes them. */
import { array, compile, dim, eye, grad, interpreter, matrix, meshgrid, ptp, sum, type Tensor, tri, vector } from 'damo'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

describe.each([interpreter(), loopInterpreter()])('on the $name', target => {
  const evaluated = async (outputs: Tensor) => (await compile({ outputs }, { target }))().then(x => x.tolist())

  test('eye', async () => {
    expect(await evaluated(eye(3))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    expect(await evaluated(eye(2, { columns: 3, offset: 1, dtype: 'int32' }))).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ])
    expect(await evaluated(eye(3, { columns: 2, offset: -2 }))).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
    ])
    expect(await evaluated(eye(2, { offset: 5 }))).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('eye and tri of a dim', async () => {
    const x = vector('x', { shape: [dim('n')] })
    const n = x.shape[0]!
    const f = await compile({ inputs: { x }, outputs: [x, eye(n), tri(n, { columns: 2 })] }, { target })
    for (const size of [0, 1, 3]) {
      const [, identity, lower] = await f({ x: new Float32Array(size) })
      expect(identity!.shape).toEqual([size, size])
      expect(Array.from(identity!.data, Number)).toEqual(
        Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0)),
      )
      expect(lower!.tolist()).toEqual(Array.from({ length: size }, (_, i) => [1, Number(i >= 1)]))
    }
  })

  test('tri', async () => {
    expect(await evaluated(tri(3))).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ])
    expect(await evaluated(tri(2, { columns: 3, offset: 1 }))).toEqual([
      [1, 1, 0],
      [1, 1, 1],
    ])
    expect(await evaluated(tri(3, { columns: 2, offset: -1, dtype: 'bool' }))).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ])
  })

  test('ptp, and its gradient to the extremes', async () => {
    const x = matrix('x', { shape: [2, 3] })
    const outputs = { all: ptp(x), rows: ptp(x, { axis: 1, keepdims: true }), slope: grad(sum(ptp(x, { axis: 0 })), x) }
    const f = await compile({ inputs: { x }, outputs }, { target })
    const { all, rows, slope } = await f({
      x: [
        [1, 5, -2],
        [4, 5, 0],
      ],
    })
    expect(all.item()).toBe(7)
    expect(rows.tolist()).toEqual([[7], [5]])
    // Where all are equal both extremes take part, and their gradients cancel.
    expect(slope.tolist()).toEqual([
      [-1, 0, -1],
      [1, 0, 1],
    ])
    expect(() => ptp(array([]) as never)).toThrow('expected a tensor')
    expect(() => ptp(vector('v', { shape: [0] }))).toThrow('no value over nothing')
  })

  test('meshgrid, as in NumPy with the first two axes exchanged, or not', async () => {
    const [a, b, c] = [vector('a', { shape: [2] }), vector('b', { shape: [3] }), vector('c', { shape: [1] })]
    const [x, y] = meshgrid([a, b])
    const [p, q, r] = meshgrid([a, b, c], { indexing: 'ij' })
    const outputs = { x: x!, y: y!, p: p!, q: q!, r: r! }
    const f = await compile({ inputs: { a, b, c }, outputs }, { target })
    const values = await f({ a: [1, 2], b: [3, 4, 5], c: [6] })
    expect(values.x.tolist()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
    expect(values.y.tolist()).toEqual([
      [3, 3],
      [4, 4],
      [5, 5],
    ])
    expect(values.p.shape).toEqual([2, 3, 1])
    expect(values.q.tolist()).toEqual([
      [[3], [4], [5]],
      [[3], [4], [5]],
    ])
    expect(new Set(values.r.data as Float32Array)).toEqual(new Set([6]))
    // @ts-expect-error: vectors
    expect(() => meshgrid([matrix('m')])).toThrow('vectors')
  })
})
