/** Loops cut where conditions change. */
import { compile, concatenate, interpreter, reshape, square, sum, vector } from 'damo'
import { expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

test('a condition that ties an outer loop to an inner one does not cut the outer loop', async () => {
  const [x, y] = [vector('x', { shape: [7] }), vector('y', { shape: [13] })]
  const spec = { inputs: { x, y }, outputs: sum(reshape(concatenate([x, square(y)]), [5, 4]), { axis: 0 }) }
  const arrays = { x: [0, 1, 2, 3, 4, 5, 6], y: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
  const [loops, exact] = [
    await compile(spec, { target: loopInterpreter() }),
    await compile(spec, { target: interpreter() }),
  ]
  expect(loops.runSync(arrays).tolist()).toEqual(exact.runSync(arrays).tolist())
})
