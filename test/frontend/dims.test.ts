/** The algebra of dims: whatever it makes of an expression has the same value, and what was taken apart comes together. */
import { expect, test } from 'vitest'
import {
  type DimExpr,
  dimAdd,
  dimFloorDiv,
  dimLimit,
  dimMax,
  dimMin,
  dimMod,
  dimMul,
  dimSub,
  dimText,
} from '../../frontend/dims.ts'
import { evaluate } from '../../runtime/dims.ts'
import { uniform } from '../laws/values.ts'

/** A random expression as the algebra makes it, and its value for i, j and n by plain arithmetic. */
interface Pair {
  expr: DimExpr
  value: number
}

const values = { i: 13, j: 7, n: 5 }
const floor = (a: number, b: number) => Math.floor(a / b)

function randomPairs(count: number, seed: number): Pair[] {
  const random = uniform(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const pairs: Pair[] = [
    ...Object.entries(values).map(([expr, value]) => ({ expr, value })),
    ...[1, 2, 3, -1].map(value => ({ expr: value, value })),
  ]
  const divisors: Pair[] = [2, 3, 5].map(value => ({ expr: value, value }))
  divisors.push({ expr: 'n', value: values.n }, { expr: dimMul(2, 'n'), value: 2 * values.n })
  const makers: ((a: Pair, b: Pair, by: Pair) => Pair)[] = [
    (a, b) => ({ expr: dimAdd(a.expr, b.expr), value: a.value + b.value }),
    (a, b) => ({ expr: dimSub(a.expr, b.expr), value: a.value - b.value }),
    (a, _, by) => ({ expr: dimMul(a.expr, by.expr), value: a.value * by.value }),
    (a, _, by) => ({ expr: dimFloorDiv(a.expr, by.expr), value: floor(a.value, by.value) }),
    (a, _, by) => ({ expr: dimMod(a.expr, by.expr), value: a.value - by.value * floor(a.value, by.value) }),
    (a, b) => ({ expr: dimMin(a.expr, b.expr), value: Math.min(a.value, b.value) }),
    (a, b) => ({ expr: dimMax(a.expr, b.expr), value: Math.max(a.value, b.value) }),
    (a, _, by) => ({
      expr: dimAdd(dimMod(a.expr, by.expr), dimMul(by.expr, dimFloorDiv(a.expr, by.expr))),
      value: a.value,
    }),
  ]
  while (pairs.length < count) {
    const recent = () => pairs[pairs.length - 1 - Math.floor(random() ** 2 * Math.min(pairs.length, 12))]!
    pairs.push(pick(makers)(recent(), recent(), pick(divisors)))
  }
  return pairs
}

test('expressions keep their value', () => {
  const dims = new Map(Object.entries(values))
  for (let seed = 1; seed <= 200; seed++) {
    for (const { expr, value } of randomPairs(30, seed)) {
      if (Math.abs(value) > 2 ** 40) break
      expect(evaluate(expr, dims) + 0, `${dimText(expr)} of seed ${seed}`).toBe(value + 0)
    }
  }
})

test.each<[string, DimExpr, DimExpr]>([
  ['by a number', dimAdd(dimMod('i', 5), dimMul(5, dimFloorDiv('i', 5))), 'i'],
  ['by a dim', dimAdd(dimMod('i', 'n'), dimMul('n', dimFloorDiv('i', 'n'))), 'i'],
  [
    'with a factor',
    dimMul(['*', 3, 'n'], dimAdd(dimMod('i', 5), dimMul(5, dimFloorDiv('i', 5)))),
    dimMul(['*', 3, 'n'], 'i'),
  ],
  [
    'in three parts',
    dimAdd(
      dimAdd(dimMod('i', 5), dimMul(5, dimMod(dimFloorDiv('i', 5), 4))),
      dimMul(20, dimFloorDiv(dimFloorDiv('i', 5), 4)),
    ),
    'i',
  ],
  ['in two of three parts', dimAdd(dimMod('i', 5), dimMul(5, dimMod(dimFloorDiv('i', 5), 4))), dimMod('i', 20)],
  ['a sum', dimAdd(dimMod(dimAdd('i', 'j'), 3), dimMul(3, dimFloorDiv(dimAdd('i', 'j'), 3))), dimAdd('i', 'j')],
])('what a divisor took apart comes together: %s', (_, joined, whole) => {
  expect(joined).toEqual(whole)
})

test('a limit is no less than any value, and is seen where minima and remainders set it', () => {
  for (let seed = 1; seed <= 100; seed++) {
    for (const { expr, value } of randomPairs(25, seed)) {
      if (Math.abs(value) > 2 ** 40) break
      expect(dimLimit(expr) ?? Infinity, `${dimText(expr)} of seed ${seed}`).toBeGreaterThanOrEqual(value)
    }
  }
  const tile = dimMin(8, dimSub(83, 'i'))
  expect(dimLimit(dimMul(8, dimFloorDiv(tile, 8)))).toBe(8)
  expect(dimLimit(dimAdd(dimMod('n', 5), dimSub(3, 'i')))).toBe(7)
  expect(dimLimit(dimMax(3, tile))).toBe(8)
  expect(dimLimit(dimMul('n', dimMod('i', 2)))).toBeUndefined()
  expect(dimLimit(dimSub('n', 'i'))).toBeUndefined()
})
