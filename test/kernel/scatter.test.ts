/** Writing to places that are data: in memory that is taken over where nothing else needs it, and after every check. */
import { add, compile, explain, grad, incSubtensor, matrix, mul, shared, square, sum, take, tensor } from 'damo'
import { expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const target = loopInterpreter()
const table = () => shared([[1, 2], [3, 4], [5, 6]], 'table') // biome-ignore format: rows
const ids = tensor('ids', { dtype: 'int32', shape: ['n'] })

test('an update of the rows that were read touches those rows of the state alone', async () => {
  const W = table()
  const loss = sum(square(take(W, ids, { axis: 0 })))
  const spec = { inputs: { ids }, outputs: { loss }, updates: [[W, W.sub(mul(grad(loss, W), 0.25))]] as const }
  const step = await compile(spec, { target })
  step.runSync({ ids: [0, -1, 0] })
  // Twice row 0: 1 - 2 * 0.5 * 1.
  expect(step.state.get('table').tolist()).toEqual([[0, 0], [3, 4], [2.5, 3]]) // biome-ignore format: rows
  expect(() => step.runSync({ ids: [1, 3] })).toThrow(
    /index 3 is out of range for size 3 \(axis 0 of table float32\[3, 2\]\) at scatter.test.ts:\d+/,
  )
  expect(() => step.runSync({ ids: [1, -4] })).toThrow('index -4 is out of range for size 3')
  expect(step.state.get('table').tolist()).toEqual([[0, 0], [3, 4], [2.5, 3]]) // biome-ignore format: rows
  // One kernel writes to the table, and nothing else is as large.
  expect(explain(spec).match(/write float32\[6\]/g)).toEqual(['write float32[6]'])
})

test('what is written into and what others read of it stay apart', async () => {
  const [x, y] = [matrix('x', { shape: [3, 2] }), matrix('y', { shape: ['n', 2] })]
  const doubled = mul(x, 2)
  const g = grad(sum(mul(take(doubled, ids, { axis: 0 }), y)), doubled)
  const f = await compile({ inputs: { x, y, ids }, outputs: [add(doubled, g), mul(g, doubled), g] }, { target })
  const [a, b, c] = f.runSync({ x: [[1, 1], [2, 2], [3, 3]], y: [[1, 10], [2, 20], [3, 30]], ids: [2, 0, 2] }) // biome-ignore format: rows
  expect(c!.tolist()).toEqual([[2, 20], [0, 0], [4, 40]]) // biome-ignore format: rows
  expect(a!.tolist()).toEqual([[4, 22], [4, 4], [10, 46]]) // biome-ignore format: rows
  expect(b!.tolist()).toEqual([[4, 40], [0, 0], [24, 240]]) // biome-ignore format: rows
})

test('values that are computed from what they are written into see it as it was', async () => {
  const [x, v] = [tensor('x', { shape: [1] }), tensor('v', { shape: ['n', 2] })]
  const one = mul(x, 2)
  const rows = sum(v, { axis: 1, keepdims: true })
  const f = await compile(
    {
      inputs: { x, v, ids },
      outputs: [incSubtensor(one.at(ids), take(one, ids)), incSubtensor(rows.at(ids), take(rows, ids, { axis: 0 }))],
    },
    { target },
  )
  const [a, b] = f.runSync({ x: [3], v: [[1, 1], [2, 3], [4, 5]], ids: [0, 0, 0] }) // biome-ignore format: rows
  expect(a!.tolist()).toEqual([24])
  expect(b!.tolist()).toEqual([[8], [5], [9]])
})
