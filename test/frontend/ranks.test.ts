/** Tensors of the highest ranks: declared, moved, folded, multiplied and differentiated like any other. */
import {
  array,
  compile,
  dim,
  einsum,
  expandDims,
  grad,
  interpreter,
  matrices,
  square,
  sum,
  tensor7,
  transpose,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const x = tensor7('x', { dtype: 'float64', shape: [dim('n'), 1, 2, 1, 3, 1, 2] })
const values = Float64Array.from({ length: 24 }, (_, i) => i - 7)
const given = array(values, { dtype: 'float64', shape: [2, 1, 2, 1, 3, 1, 2] })

describe.each([interpreter(), loopInterpreter(), wasm()])('on the $name', target => {
  test('a function and its gradient at ranks 7 and 8', async () => {
    const turned = transpose(expandDims(x, 0), [5, 7, 6, 4, 3, 2, 1, 0])
    const outputs = {
      turned,
      slope: grad(sum(square(turned)), x),
      rows: sum(turned, { axis: [1, 2, 3, 4, 5, 6, 7] }),
      gram: einsum('abcdefg,abcdhfg->eh', x, x),
    }
    const f = await compile({ inputs: { x }, outputs }, { target })
    const found = await f({ x: given })
    // Axis 4 of x, in front: element k of the third of 3 stands after 2 k of 6.
    const row = (k: number) => Array.from(values).filter((_, i) => Math.floor(i / 2) % 3 === k)
    const total = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
    expect(found.turned.shape).toEqual([3, 2, 1, 1, 2, 1, 2, 1])
    expect(found.slope.data).toEqual(values.map(value => 2 * value))
    expect(found.rows.tolist()).toEqual([0, 1, 2].map(k => total(row(k))))
    expect(found.gram.tolist()).toEqual(
      [0, 1, 2].map(k => [0, 1, 2].map(l => total(row(k).map((v, i) => v * row(l)[i]!)))),
    )
  })
})

test('several inputs are declared at once', () => {
  const [a, b] = matrices('a', 'b', { dtype: 'float64' })
  expect([a, b].map(String)).toEqual(['a float64[?, ?]', 'b float64[?, ?]'])
})
