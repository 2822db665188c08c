/** Products of matrices of every few rows and columns: which tiles they take, and that none leaves out a row or takes one twice. */
import { array, compile, type DType, shared, type Tensor, tensor } from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { Writer } from '../../frontend/kernel/flatten.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { planContraction } from '../../wasm/contraction/index.ts'
import { shapeFor } from '../../wasm/contraction/shape.ts'

const layouts = ['a b', 'a bᵀ', 'aᵀ b', 'aᵀ bᵀ'] as const
type Layout = (typeof layouts)[number]

function product(layout: Layout, rows: number, depth: number, columns: number, dtype: DType = 'float32') {
  const [left, right] = layout.split(' ').map(operand => operand.endsWith('ᵀ')) as [boolean, boolean]
  const a = tensor('a', { dtype, shape: left ? [depth, rows] : [rows, depth] }) as Tensor
  const b = tensor('b', { dtype, shape: right ? [columns, depth] : [depth, columns] }) as Tensor
  return { a, b, y: (left ? a.transpose() : a).matmul(right ? b.transpose() : b) }
}

/** How a product is run: its tile, the operand that lanes run along, and what is packed. */
function wayOf(layout: Layout, rows: number, depth: number, columns: number): string {
  const { a, b, y } = product(layout, rows, depth, columns)
  const kernel = (lowered({ inputs: { a, b }, outputs: { y } }).steps[0] as { run: Kernel }).run
  const plan = planContraction(new Writer(kernel), kernel)
  if (!plan || plan.few) return 'folds'
  const { left, right } = plan
  const along = plan.columnCount === columns && plan.rowCount === rows ? 'b' : 'a'
  const packed = [left.packed ? 'left' : '', right.packed ? 'right' : ''].filter(Boolean).join(' and ')
  return `${left.width} by ${right.width} along ${along}, ${packed ? `${packed} packed` : 'in place'}`
}

test('tiles by shape', async () => {
  const sizes = [
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 24, 25, 64].map(rows => [rows, 512, 1000] as const),
    ...[1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 16].map(columns => [512, 64, columns] as const),
    ...[2, 3, 8, 16].map(size => [size, size, size] as const),
    [784, 64, 512] as const,
  ]
  const lines = sizes.flatMap(size => [
    `(${size.join(', ')})`,
    ...layouts.map(layout => `  ${layout.padEnd(6)}  ${wayOf(layout, ...size)}`),
  ])
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/wasm/tiles.txt')
})

test('more rows never cost less, by the count that tiles are chosen by', () => {
  for (const columns of [10, 64, 100, 512, 1000]) {
    for (const inPlace of [0, columns]) {
      const costs = Array.from({ length: 64 }, (_, i) => {
        const sizes = { rows: i + 1, columns, depth: 512 }
        return shapeFor({ dtype: 'float32', ...sizes, inPlace, leftInPlace: 0, dots: false, runsOn: true }).cost
      })
      for (const [i, cost] of costs.entries()) if (i > 0) expect(cost).toBeGreaterThanOrEqual(costs[i - 1]! * 0.999)
    }
  }
})

test('5 and 6 rows of float64 take tiles that are fast with its registers', () => {
  const rowsOf = (dtype: DType, rows: number) => {
    const sizes = { rows, columns: 512, depth: 512, inPlace: 512 }
    return shapeFor({ dtype, ...sizes, leftInPlace: 0, dots: false, runsOn: true }).shape.rows
  }
  expect([5, 6, 10].map(rows => rowsOf('float32', rows))).toEqual([5, 6, 5])
  expect([5, 6, 10].map(rows => rowsOf('float64', rows))).toEqual([2, 2, 2])
})

/** Small whole numbers, the products of which float32 sums exactly. */
const whole = (size: number, seed: number) => Array.from({ length: size }, (_, i) => ((i * 7 + seed) % 11) - 5)

function multiply(a: Tensor, b: Tensor, layout: Layout, [x, z]: readonly [readonly number[], readonly number[]]) {
  const [left, right] = layout.split(' ').map(operand => operand.endsWith('ᵀ'))
  const [n, m] = a.shape as [number, number]
  const [p, q] = b.shape as [number, number]
  const [rows, depth, columns] = [left ? m : n, left ? n : m, right ? p : q]
  return Array.from({ length: rows * columns }, (_, i) => {
    const [r, c] = [Math.floor(i / columns), i % columns]
    let sum = 0
    for (let k = 0; k < depth; k++) sum += x[left ? k * m + r : r * m + k]! * z[right ? c * q + k : k * q + c]!
    return sum
  })
}

/** Sizes at the ends of tiles and blocks: the latter are about 256 rows and 512 steps. */
const edges = [
  [2, 20, 17],
  [3, 40, 13],
  [4, 33, 18],
  [5, 7, 11],
  [6, 1, 9],
  [7, 18, 10],
  [9, 1100, 12],
  [10, 3, 300],
  [300, 5, 10],
  [517, 6, 9],
  [258, 9, 11],
  [11, 17, 521],
  [23, 8, 8],
  [25, 16, 13],
  [66, 50, 68],
  [49, 64, 100],
  [100, 40, 520],
  [517, 1100, 72],
] as const

describe.each(['float32', 'float64'] as const)('%s', dtype => {
  test.each(layouts)('%s gives every element once, also where it is added to an array in place', async layout => {
    const cases = edges.map(([m, k, n], i) => {
      const { a, b, y } = product(layout, m, k, n, dtype)
      const values = [a, b].map((operand, seed) => {
        const [height, width] = operand.shape as [number, number]
        return whole(height * width, seed + i)
      }) as [number[], number[]]
      return { a, b, y, values, start: whole(m * n, 9) }
    })
    const inputs = Object.fromEntries(cases.flatMap(({ a, b }, i) => [[`a${i}`, a] as const, [`b${i}`, b] as const]))
    const sums = cases.map(({ y, start }, i) => shared(array(start, { dtype, shape: y.shape as number[] }), `sum${i}`))
    const outputs = Object.fromEntries(cases.map(({ y }, i) => [`y${i}`, y]))
    const updates = cases.map(({ y }, i) => [sums[i]!, sums[i]!.sub(y)] as const)
    const f = await compile({ inputs, outputs: {}, updates } as never, { target: wasm() })
    const g = await compile({ inputs, outputs } as never, { target: wasm() })
    const given = Object.fromEntries(
      cases.flatMap(({ a, b, values }, i) => [
        [`a${i}`, array(values[0], { dtype, shape: a.shape as number[] })] as const,
        [`b${i}`, array(values[1], { dtype, shape: b.shape as number[] })] as const,
      ]),
    )
    f.runSync(given as never)
    const results = g.runSync(given as never) as unknown as Record<string, { data: Iterable<number> }>
    for (const [i, { a, b, values, start }] of cases.entries()) {
      const expected = multiply(a, b, layout, values)
      expect([...results[`y${i}`]!.data], `${edges[i]}`).toEqual(expected)
      const left = [...(f.state.get(`sum${i}`).data as Iterable<number>)]
      expect(left, `${edges[i]} in place`).toEqual(start.map((value, at) => value - expected[at]!))
    }
  })
})
