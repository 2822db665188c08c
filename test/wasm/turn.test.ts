/** What turns memory around is exchanged in registers: the same values, whatever is left over of a block. */
import { add, array, compile, type DType, matmul, matrix, mul, pad, roll, type Tensor, tensor, transpose } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { topological } from '../../frontend/graph.ts'
import { isCall } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { isInput } from '../../frontend/leaf.ts'
import { dataOf } from '../../runtime/array.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { loopInterpreter } from '../targets.ts'

const dtypes: readonly DType[] = ['float32', 'float64', 'float16', 'int8', 'uint16', 'int32', 'int64', 'bool']
const sizes = [0, 1, 3, 4, 5, 8, 9, 13, 16, 31]

const filled = (dtype: DType, shape: readonly number[]) => {
  const data = new dataOf[dtype](shape.reduce((size, dim) => size * dim, 1)) as unknown as (number | bigint)[]
  for (let i = 0; i < data.length; i++) {
    const value = dtype === 'bool' ? (i * 7) % 3 === 0 : (i * 37) % 101
    data[i] = dtype === 'int64' ? BigInt(value) : Number(value)
  }
  return array(data as never, { dtype, shape })
}

test.each(dtypes)('%s', async dtype => {
  const x = matrix('x', { dtype, shape: ['m', 'n'] })
  const y = tensor('y', { dtype, shape: [2, 'm', 3, 'n'] })
  const outputs = { x: transpose(x), y: transpose(y, [0, 3, 2, 1]), z: transpose(y, [2, 0, 3, 1]) }
  const f = await compile({ inputs: { x, y }, outputs }, { target: wasm() })
  for (const [i, m] of sizes.entries()) {
    const n = sizes[(i * 3 + 4) % sizes.length]!
    const given = { x: filled(dtype, [m, n]), y: filled(dtype, [2, m, 3, n]) }
    const result = await f(given as never)
    const values = new Map<Tensor, typeof given.x>([
      [x, given.x],
      [y, given.y],
    ])
    for (const [name, output] of Object.entries(outputs))
      expect(result[name as 'x'].data, `${name} ${m} ${n}`).toEqual(output.eval(values).data)
  }
})

test('what is read along either loop, and what is computed from it', async () => {
  const a = matrix('a', { shape: ['m', 'm'] })
  const b = matrix('b', { shape: ['m', 1] })
  const symmetric = mul(add(a, transpose(a)), b)
  const program = { inputs: { a, b }, outputs: { symmetric } }
  const f = await compile(program, { target: wasm() })
  for (const m of sizes) {
    const given = { a: filled('float32', [m, m]), b: filled('float32', [m, 1]) }
    expect((await f(given as never)).symmetric.data, `${m}`).toEqual(symmetric.eval(given as never).data)
  }
  const [step] = lowered(program as never).steps
  if (!step || !('run' in step) || isCall(step.run)) throw new Error('one kernel')
  const loops = schedule(step.run)
  expect(loopText(loops)).toContain('zip low')
  expect(sharedPieces(loops), 'threads share it').toBeDefined()
})

/** What is put together along an outer axis, or padded there, is read within its bounds alone. */
test.each<[string, Tensor, readonly string[]]>([
  ['what is rolled', transpose(roll(tensor('x', { shape: [6, 4, 4, 4] }), -1, 0), [0, 2, 3, 1]), ['zip low']],
  [
    'what is padded',
    transpose(
      pad(tensor('x', { shape: [2, 8, 8] }), [
        [1, 2],
        [0, 0],
        [0, 0],
      ]),
      [0, 2, 1],
    ),
    ['zip low'],
  ],
  [
    'what is padded and multiplied',
    matmul(
      pad(tensor('x', { shape: [2, 8, 8] }), [
        [1, 2],
        [0, 0],
        [0, 0],
      ]),
      tensor('w', { shape: [5, 8, 4] }),
    ),
    [],
  ],
  [
    'what is padded at sizes of a call',
    transpose(
      pad(tensor('x', { shape: ['n', 8, 8] }), [
        [1, 2],
        [0, 0],
        [0, 0],
      ]),
      [0, 2, 1],
    ),
    ['zip low'],
  ],
])('%s', async (_, y, texts) => {
  const inputs = Object.fromEntries(
    topological([y])
      .filter(isInput)
      .map(x => [x.name!, x]),
  )
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [
      name,
      filled(
        'float32',
        shape.map(dim => (typeof dim === 'number' ? dim : 3)),
      ),
    ]),
  )
  const program = { inputs, outputs: { y } }
  const [step] = lowered(program as never).steps
  if (!step || !('run' in step) || isCall(step.run)) throw new Error('one kernel')
  for (const text of texts) expect(loopText(schedule(step.run))).toContain(text)
  const f = await compile(program, { target: loopInterpreter() })
  expect((await f(given as never)).y.data).toEqual(y.eval(given as never).data)
})
