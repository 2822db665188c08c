/** What the arguments of a function say that no result can have: refused when it is written, or by the call that knows. */
import {
  arange,
  at,
  col,
  compile,
  compress,
  constant,
  eq,
  gather,
  ge,
  gt,
  interpreter,
  le,
  lt,
  matrix,
  maximum,
  ne,
  row,
  scatter,
  setSubtensor,
  sum,
  type Tensor,
  take,
  takeAlongAxis,
  tensor3,
  unravelIndex,
  vector,
} from 'damo'
import { ctc } from 'damo/nn'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const targets = [interpreter(), loopInterpreter()]

describe('setSubtensor of what lies outside', () => {
  const v = vector('v')
  const parts = { '5': [at(v, 5), 6, 3], '-5': [at(v, -5), 0, -2], '2:5': [at(v, '2:5'), 5, 3] } as const
  test.each(Object.entries(parts))('%s', async (_, [part, least, most]) => {
    const set = setSubtensor(part, 7)
    expect(() => set.eval({ v: [1, 2, 3] })).toThrow(
      `setSubtensor reaches outside axis 0: wants ${most} to be at least ${least}`,
    )
    for (const target of targets) {
      const f = await compile({ inputs: [v], outputs: set }, { target })
      expect(() => f.runSync({ v: [1, 2, 3] })).toThrow(
        /^setSubtensor at checked\.test\.ts:\d+ reaches outside axis 0: wants v_0 = 3 to be at least/,
      )
    }
  })

  test('inside', () => {
    expect(
      setSubtensor(at(v, '2:5'), 7)
        .eval({ v: [1, 2, 3, 4, 5, 6] })
        .tolist(),
    ).toEqual([1, 2, 7, 7, 7, 6])
    expect(
      setSubtensor(at(v, -1), 7)
        .eval({ v: [1, 2] })
        .tolist(),
    ).toEqual([1, 7])
  })
})

test('items of an index are what they are for', () => {
  const v: Tensor<'float32'> = vector('v')
  expect(() => at(v, undefined as never)).toThrow('at: ')
  expect(() => at(v, {})).toThrow('at: ')
  expect(() => at(v, { from: 1 } as never)).toThrow("'from'")
  expect(
    at(v, { start: 1 })
      .eval({ v: [1, 2, 3] })
      .tolist(),
  ).toEqual([2, 3])
})

test('a mask may be longer than its axis where nothing is chosen behind it', () => {
  const x = vector('x', { shape: [3] })
  const taken = (...mask: boolean[]) =>
    compress(constant(mask, 'bool'), x, { size: 2 })
      .eval({ x: [1, 2, 3] })
      .tolist()
  expect(taken(true, false, true, false, false)).toEqual([1, 3])
  expect(() => taken(true, false, false, false, true)).toThrow('index 4 is out of range for size 3')
})

test('positions that are known lie in their shape', () => {
  const two = (flat: number) => unravelIndex(constant([flat], 'int32'), [2, 2])
  for (const flat of [7, 4, -1]) expect(() => two(flat)).toThrow(`index ${flat} is out of range for size 4`)
  expect(two(3).map(i => i.eval().tolist())).toEqual([[1], [1]])
})

describe('lengths of ctc', () => {
  const [logits, labels, lengths] = [
    tensor3('logits'),
    constant([[1], [1]], 'int32'),
    vector('lengths', { dtype: 'int32' }),
  ]
  const loss = ctc(logits, labels, { lengths })
  const step = [
    [0, 0],
    [0, 0],
  ]
  const given = (counts: number[]) => ({ logits: [step, step, step], lengths: counts })

  test.each([interpreter(), loopInterpreter()])('on the $name', async target => {
    const f = await compile({ inputs: [logits, lengths], outputs: loss }, { target })
    expect(f.runSync(given([3, 1])).tolist()).toEqual(loss.eval(given([3, 1])).tolist())
    expect(() => f.runSync(given([3, 4]))).toThrow(/ctc.*index 4.* size 4/)
    expect(() => f.runSync(given([3, -1]))).toThrow(/ctc.*index -1.* size 4/)
    expect(() => f.runSync(given([3]))).toThrow(/ctc at checked/)
    expect(() => f.runSync(given([3, 3, 3]))).toThrow(/ctc at checked/)
  })

  test('evaluated', () => {
    expect(() => loss.eval(given([3, 4]))).toThrow('ctc: index 4 is out of range for size 4')
    expect(() => loss.eval(given([3]))).toThrow('ctc: sizes differ')
  })
})

test('the dtype of arange stands last, alone or in a record', () => {
  for (const x of [arange(3, 'float64'), arange(3, { dtype: 'float64' }), arange(0, 3, { dtype: 'float64' })]) {
    expect(x.dtype).toBe('float64')
    expect(x.eval().tolist()).toEqual([0, 1, 2])
  }
  expect(arange(0, 4, 2, 'int64').eval().tolist()).toEqual([0, 2])
  expect(arange('n', 'int64').dtype).toBe('int64')
  expect(arange(2, 'n').shape).toEqual(arange(2, 'n', 1).shape)
  expect(() => arange(3, { type: 'float64' } as never)).toThrow("'type'")
  expect(() => arange(0, 3, 1, 'float' as never)).toThrow('arange: ')
})

test('a number that the dtype of what it meets cannot hold is refused by the name of the function', () => {
  const x = vector('x', { dtype: 'int8' })
  expect(() => maximum(x, 300)).toThrow('maximum: 300 is not a value of int8')
  expect(() => x.add(-129)).toThrow('add: -129 is not a value of int8')
})

test('a comparison with a number that the dtype cannot hold is by value', () => {
  const x = vector('x', { dtype: 'int8' })
  const of = (y: Tensor) => y.eval({ x: [-128, 127] }).tolist()
  const wanted = [0, 1, 1, 1, 0, 0].map(value => [value, value])
  expect([eq, ne, lt, le, gt, ge].map(f => of(f(x, 300)))).toEqual(wanted)
  expect([eq, ne, lt, le, gt, ge].map(f => of(f(-300, x)))).toEqual(wanted)
  expect([of(lt(x, 128)), of(lt(x, 127)), of(ge(x, -129)), of(gt(x, 2n ** 70n))]).toEqual([
    [1, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ])
  const large = vector('large', { dtype: 'int64' })
  expect(
    lt(large, 2 ** 63)
      .eval({ large: [2n ** 63n - 1n] })
      .tolist(),
  ).toEqual([1])
  expect(
    eq(vector('y', { dtype: 'uint32' }), -1)
      .eval({ y: [4294967295] })
      .tolist(),
  ).toEqual([0])
  expect(
    sum(x.at(lt(x, 300)))
      .eval({ x: [1, 2] })
      .item(),
  ).toBe(3)
})

test('indices are nested lists too', () => {
  const x = matrix('x', { shape: [2, 3] })
  const of = (y: Tensor) => y.eval({ x: [[1, 2, 3], [4, 5, 6]] }).tolist() // biome-ignore format: rows
  expect(of(take(x, [2, -1, 0], 1))).toEqual([[3, 3, 1], [6, 6, 4]]) // biome-ignore format: rows
  expect(of(take(x, [[0, 5]]))).toEqual([[1, 6]])
  expect(of(takeAlongAxis(x, [[0], [2]], 1))).toEqual([[1], [6]])
  expect(of(gather(x, [[0, 1], [2, 2]], 1))).toEqual([[1, 2], [6, 6]]) // biome-ignore format: rows
  expect(of(scatter(x, [[0], [2]], 9, 1))).toEqual([[9, 2, 3], [4, 5, 9]]) // biome-ignore format: rows
  expect(() => take(x, [3], 1).eval({ x: [[1, 2, 3], [4, 5, 6]] })).toThrow(/index 3/) // biome-ignore format: rows
})

test('a row and a column repeat', () => {
  const [r, c] = [row('r'), col('c', { dtype: 'float64' })]
  const sum = r.add(c)
  expect(sum.eval({ r: [[1, 2]], c: [[10], [20]] }).tolist()).toEqual([
    [11, 12],
    [21, 22],
  ])
  expect(() => sum.eval({ r: [[1], [2]], c: [[10], [20]] })).toThrow("'r'")
})
