/** Indices that are data: each is held to the size of what it chooses from. */
import {
  add,
  argmax,
  at,
  compile,
  constant,
  diag,
  dim,
  explain,
  grad,
  incSubtensor,
  pick,
  slice,
  square,
  sum,
  tensor,
  vector,
} from 'damo'
import { expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const target = loopInterpreter()
const [x, y] = [vector('x', { shape: [5] }), vector('y', { shape: [3] })]
const i = tensor('i', { dtype: 'int32', shape: [] })
const arrays = { x: [1, 2, 3, 4, 5], y: [10, 20, 30] }

test('one index into two tensors is checked against both', async () => {
  const f = await compile({ inputs: { x, y, i }, outputs: add(pick(x, i), pick(y, i)) }, { target })
  expect(f.runSync({ ...arrays, i: 2 }).item()).toBe(33)
  expect(() => f.runSync({ ...arrays, i: 4 })).toThrow('index 4 is out of range for size 3')
  expect(() => f.runSync({ ...arrays, i: -1 })).toThrow('index -1')
})

test('a constant index is checked where the size does not tell that it fits', async () => {
  const v = vector('v', { shape: [dim('n')] })
  const outside = await compile({ inputs: { y }, outputs: pick(y, constant(3, 'int32')) }, { target })
  expect(() => outside.runSync({ y: arrays.y })).toThrow('index 3 is out of range for size 3')
  const open = await compile({ inputs: { v }, outputs: pick(v, constant(2, 'int32')) }, { target })
  expect(open.runSync({ v: [1, 2, 3] }).item()).toBe(3)
  expect(() => open.runSync({ v: [1, 2] })).toThrow('index 2 is out of range for size 2')
})

test('an index into what is partly zeros', async () => {
  const spread = grad(sum(square(at(x, slice(1, 3)))), x)
  const f = await compile({ inputs: { x, i }, outputs: pick(spread, i) }, { target })
  expect([0, 1, 2, 3, 4].map(at => f.runSync({ x: arrays.x, i: at }).item())).toEqual([0, 4, 6, 0, 0])
})

test('an index into what its own kernel could compute again', async () => {
  const v = tensor('v', { dtype: 'int32', shape: [3] })
  const m = diag(v, { offset: 1 })
  const f = await compile({ inputs: { v }, outputs: pick(m, argmax(m, { axis: 1 })) }, { target })
  expect(f.runSync({ v: [4, 5, 6] }).tolist()).toEqual([4, 5, 6, 0])
})

test('without checks nothing fails, and nothing outside is touched', async () => {
  const v = tensor('v', { dtype: 'int32', shape: ['n'] })
  const spec = { inputs: { x, v }, outputs: [x.at(v), incSubtensor(x.at(v), 1)] }
  const f = await compile(spec, { target, indexChecks: false })
  const [read, written] = f.runSync({ x: arrays.x, v: [0, -1, 7, -9, 2147483647] })
  expect(read!.tolist()).toEqual([1, 5, 5, 1, 5])
  expect(written!.tolist()).toEqual([3, 2, 3, 4, 8])
  const checked = await compile(spec, { target })
  expect(() => checked.runSync({ x: arrays.x, v: [0, 7] })).toThrow('index 7 is out of range for size 5')
  expect(explain(spec)).toContain('or fail')
})
