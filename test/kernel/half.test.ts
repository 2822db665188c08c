/** float16 constants in kernels are numbers, as everywhere: not the bits that they are stored as. */
import { array, clip, compile, evaluate, grad, gt, interpreter, matrix, mean, square, sum, where } from 'damo'
import { expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

test('of rank 0, written by a user or by a derivative', async () => {
  const x = matrix('x', { dtype: 'float16', shape: [2, 2] })
  const outputs = {
    doubled: x.mul(2),
    raised: x.add(3),
    chosen: where(gt(x, 1), x, 0.5),
    mean: mean(x),
    clipped: clip(x, 1.5, 3),
    gradient: grad(sum(square(x)), x),
  }
  const value = array([1, 2, 3, 4], { shape: [2, 2], dtype: 'float16' })
  const expected = evaluate(Object.values(outputs), new Map([[x, value]])).map(each => each.tolist())
  expect(expected[0]).toEqual([
    [2, 4],
    [6, 8],
  ])
  for (const target of [interpreter(), loopInterpreter()]) {
    const results = (await compile({ inputs: { x }, outputs }, { target })).runSync({ x: value })
    expect(Object.values(results).map(each => each.tolist())).toEqual(expected)
  }
})
