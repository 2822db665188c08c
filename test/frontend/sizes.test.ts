/** Sizes that only a call knows: whatever a graph needs of them is checked before anything runs. */
import {
  type ArrayValue,
  add,
  array,
  at,
  compile,
  dim,
  full,
  grad,
  hessian,
  identityLike,
  interpreter,
  matmul,
  matrix,
  mean,
  pick,
  shapeOf,
  shared,
  slice,
  split,
  sum,
  type Tensor,
  tensor,
  transpose,
  vector,
  where,
  zerosLike,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

describe('an input of which only the size is used', () => {
  const [v, m] = [vector('v'), matrix('m')]
  const square = [
    [5, 6],
    [7, 8],
  ]
  const results: [Tensor, Tensor, ArrayValue, unknown][] = [
    [zerosLike(v), v, [5, 6], [0, 0]],
    [grad(sum(v), v), v, [5, 6], [1, 1]],
    [
      hessian(sum(v), v),
      v,
      [5, 6],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [shapeOf(v), v, [5, 6], [2]],
    [
      identityLike(m),
      m,
      square,
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ]

  test.each(results)('%s', async (result, input, value, expected) => {
    const given = { [input.name!]: value }
    expect(result.eval(given).tolist()).toEqual(expected)
    expect(result.eval(new Map([[input, value]])).tolist()).toEqual(expected)
    for (const target of [interpreter(), loopInterpreter()]) {
      const f = await compile({ inputs: [input], outputs: result }, { target })
      expect(f.runSync(given).tolist()).toEqual(expected)
    }
  })

  test('is missed by its name, and one that nothing depends on is refused still', async () => {
    expect(() => zerosLike(v).eval()).toThrow("axis 0 of 'v' is a size, and 'v' not among the inputs")
    expect(() => zerosLike(v).eval({ w: [1] })).toThrow("'w' is no input of the expression")
    const [x, y] = [vector('x', { shape: [dim('n')] }), vector('y', { shape: [dim('n')] })]
    const target = interpreter()
    await expect(compile({ inputs: { x, y }, outputs: x.mul(2) }, { target })).rejects.toThrow('nothing depends on y')
  })
})

describe.each([interpreter(), loopInterpreter()])('on the $name', target => {
  test('a new value has the size of the state that it is for', async () => {
    const [s, x] = [shared([1, 2, 3], 's'), vector('x')]
    const f = await compile({ inputs: { x }, updates: [[s, x.mul(2)]] }, { target })
    expect(() => f.runSync({ x: [1, 2, 3, 4] })).toThrow("input 'x': expected float32[3], got [4]")
    f.runSync({ x: [4, 5, 6] })
    expect(f.state.get('s').tolist()).toEqual([8, 10, 12])
  })

  test('a given has the size of what it replaces', async () => {
    const [x, y] = [vector('x'), vector('y', { shape: [3] })]
    const f = await compile({ inputs: { x }, outputs: sum(y), givens: [[y, x]] }, { target })
    expect(() => f.runSync({ x: [1, 2, 3, 4] })).toThrow("input 'x': expected float32[3], got [4]")
    expect(f.runSync({ x: [1, 2, 3] }).item()).toBe(6)
  })

  test('the parts of a split make up its axis', async () => {
    const x = vector('x')
    for (const parts of [3, [2, 2, 2]]) {
      const f = await compile({ inputs: { x }, outputs: split(x, parts) }, { target })
      expect(f.runSync({ x: [1, 2, 3, 4, 5, 6] }).map(part => part.tolist())).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ])
      expect(() => f.runSync({ x: [1, 2, 3, 4, 5, 6, 7] })).toThrow(/\[R01[37]\]/)
    }
  })

  test('slices stay inside their axis', async () => {
    const x = vector('x', { shape: [dim('n')] })
    const built: [Tensor, number][] = [
      [at(x, slice(0, 3)), 3],
      [at(x, 4), 5],
      [at(x, -2), 2],
      [at(x, slice(2, null)), 2],
      [at(x, slice(5, null, -2)), 6],
      [at(x, slice(1, dim('n'), 3)), 0],
      [at(x, slice(null, null, -2)), 0],
    ]
    for (const [output, least] of built) {
      const f = await compile({ inputs: { x }, outputs: output }, { target })
      for (let n = 0; n < 9; n++) {
        const given = { x: Float32Array.from({ length: n }, (_, i) => i) }
        if (n < least) expect(() => f.runSync(given)).toThrow('wants')
        else expect(f.runSync(given).data.every(value => (value as number) < n)).toBe(true)
      }
    }
  })

  test('open dims that are compared in a circle are one', async () => {
    const [x, y, z] = [vector('x'), vector('y'), vector('z')]
    const f = await compile({ inputs: { x, y, z }, outputs: [add(x, y), add(y, z), add(z, x)] }, { target })
    expect(f.runSync({ x: [1, 2], y: [3, 4], z: [5, 6] }).map(sum => sum.tolist())).toEqual([
      [4, 6],
      [8, 10],
      [6, 8],
    ])
    expect(() => f.runSync({ x: [1, 2], y: [3, 4], z: [5] })).toThrow(
      /^input 'z': .*; x_0 is 2 by input 'x', as add at sizes\.test\.ts:\d+ wants/,
    )
  })

  test('what was refused is refused still when rules have removed what asked for it', async () => {
    const x = vector('x', { shape: [dim('n')] })
    const half = at(x, slice(null, null, 2))
    const f = await compile({ inputs: { x }, outputs: where(full([dim('n')], false), half, x) }, { target })
    expect(f.runSync({ x: [5] }).tolist()).toEqual([5])
    expect(() => f.runSync({ x: [5, 6] })).toThrow('sizes differ')
  })

  test('dims may be called as loops are', async () => {
    const names = ['i0', 'j0', 'l0', 'f0', 'x1', 't0', 'step', 'tile2', 'right0']
    for (const name of names) {
      const [x, i] = [tensor('x', { shape: [4, dim(name), 3] }), tensor('i', { dtype: 'int32', shape: [dim(name)] })]
      const y = add(sum(matmul(transpose(x, [0, 2, 1]), x), { axis: 0 }), mean(pick(at(x, 0), i)))
      const f = await compile({ inputs: { x, i }, outputs: y }, { target })
      const ones = array(new Float32Array(24).fill(1), { shape: [4, 2, 3] })
      expect(f.runSync({ x: ones, i: [2, 0] }).tolist()).toEqual(new Array(3).fill([9, 9, 9]))
    }
    expect(() => vector('x', { shape: ['$0'] })).toThrow('a size is a whole number')
  })
})
