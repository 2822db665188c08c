import { describe, expect, test } from 'vitest'
import { bindDims, dimText, evaluate, type Given } from '../../runtime/dims.ts'
import type { DimConstraint, DimExpr, DimFacts, InputPort, Manifest } from '../../runtime/manifest.ts'
import { countingManifest } from './programs.ts'

const n7 = new Map([['n', 7]])

describe('evaluate', () => {
  test.each<[DimExpr, number]>([
    [5, 5],
    ['n', 7],
    [['+', 'n', 1, 2], 10],
    [['*', 'n', 'n', -1], -49],
    [['//', 'n', 2], 3],
    [['//', ['*', 'n', -1], 2], -4],
    [['%', ['*', 'n', -1], 4], 1],
    [['min', 'n', 3, 9], 3],
    [['max', 'n', 3, 9], 9],
    [['//', 2 ** 53 - 1, 3], 3002399751580330],
  ])('%j is %j', (expr, value) => expect(evaluate(expr, n7)).toBe(value))

  test('refuses a divisor of 0, sizes beyond 2^53 and unknown names', () => {
    expect(() => evaluate(['//', 'n', 0], n7)).toThrow('R019')
    expect(() => evaluate(['min', ['*', 'n', 2 ** 52], 4], n7)).toThrow(
      'n*4503599627370496 has no exact value with n = 7',
    )
    expect(() => evaluate('m', n7)).toThrow("dim 'm'")
    expect(() => evaluate('constructor', n7)).toThrow("dim 'constructor'")
  })
  test('floor division and modulo fit together, on both signs', () => {
    for (let a = -20; a <= 20; a++) {
      for (let b = 1; b < 7; b++) {
        const dims = new Map([['a', a]])
        expect(evaluate(['//', 'a', b], dims)).toBe(Math.floor(a / b))
        expect(evaluate(['+', ['*', ['//', 'a', b], b], ['%', 'a', b]], dims)).toBe(a)
      }
    }
  })
  test('is written as people do', () => {
    expect(dimText(['+', ['*', 2, ['+', 'n', 1]], ['//', 'm', 3], ['max', 'n', 1]])).toBe(
      '2*(n + 1) + m // 3 + max(n, 1)',
    )
  })
})

/** Binds inputs of these shapes to these sizes: a list is a shape, a number the length of a flat typed array. */
function bind(
  shapes: DimExpr[][],
  sizes: (number[] | number)[],
  facts: Record<string, DimFacts> = {},
  constraints: DimConstraint[] = [],
): Record<string, number> {
  const names = new Set(shapes.flat().flatMap(expr => JSON.stringify(expr).match(/[a-z]+(?=")/g) ?? []))
  for (const op of ['min', 'max']) names.delete(op)
  const dims = Object.fromEntries([...names].map(name => [name, facts[name] ?? {}]))
  const inputs: InputPort[] = shapes.map((shape, i) => ({ name: `x${i}`, dtype: 'float32', shape, buffer: i }))
  const manifest: Manifest = { ...countingManifest, dims, inputs, constraints }
  const given: Given[] = sizes.map(size =>
    typeof size === 'number'
      ? { shape: undefined, length: size, value: undefined }
      : { shape: size, length: size.reduce((a, b) => a * b, 1), value: undefined },
  )
  return Object.fromEntries(bindDims(manifest, given))
}

describe('bindDims', () => {
  test('reads bare names first, then linear forms', () => {
    expect(bind([['n', 784]], [[3, 784]])).toEqual({ n: 3 })
    expect(bind([[['+', ['*', 2, 'n'], 1]], ['n']], [[7], [3]])).toEqual({ n: 3 })
    expect(bind([[['+', ['*', 2, 'n'], 1]]], [[7]])).toEqual({ n: 3 })
    expect(bind([[['*', 'n', 'm']], ['m']], [[12], [4]])).toEqual({ n: 3, m: 4 })
    expect(bind([[['+', 'a', 'b']], [['+', 'b', 'c']], ['c']], [[5], [4], [1]])).toEqual({ a: 2, b: 3, c: 1 })
  })
  test('solves the length of a flat array where one dim is open', () => {
    expect(bind([['n', 4]], [12])).toEqual({ n: 3 })
    expect(bind([['n', 'm'], ['m']], [12, 4])).toEqual({ n: 3, m: 4 })
    expect(bind([['n', 'm'], ['m']], [12, [4]])).toEqual({ n: 3, m: 4 })
    expect(bind([['n']], [0])).toEqual({ n: 0 })
  })
  test('asks for a shape where a length leaves more open', () => {
    expect(() => bind([['n', 'm']], [12])).toThrow(/R015/)
    expect(() => bind([['n', 'n']], [9])).toThrow(/R015/)
    expect(() => bind([['n', 'm'], ['m']], [0, 0])).toThrow(/R015/)
  })
  test.each([
    [[['n', 4]], [[3, 5]], "input 'x0': expected float32[n, 4] = [3, 4], got [3, 5]"],
    [[['n'], ['n']], [[3], [4]], "input 'x1': expected float32[n] = [3], got [4]; n is 3 by input 'x0'"],
    [[['n', 4]], [[3]], "input 'x0': expected float32[n, 4], got [3]"],
    [[[2, 2]], [[3, 2]], "input 'x0': expected float32[2, 2], got [3, 2]"],
    [[[2, 2]], [5], "input 'x0': expected float32[2, 2], got 5 elements"],
    [[['n', 4]], [10], "input 'x0': expected float32[n, 4], got 10 elements"],
    [[['n', 4], ['n']], [8, 3], "input 'x1': expected float32[n] = [2], got 3 elements; n is 2 by input 'x0'"],
    [[[['*', 2, 'n']]], [[3]], "input 'x0': expected float32[2*n], got [3]"],
    [[[['+', 'n', 5]]], [[3]], "input 'x0': expected float32[n + 5], got [3]"],
  ] as [DimExpr[][], (number[] | number)[], string][])('%j of %j is refused', (shapes, sizes, message) => {
    expect(() => bind(shapes, sizes)).toThrow(message)
  })
  test('checks facts and constraints', () => {
    expect(() => bind([['n']], [[7]], { n: { multipleOf: 4 } })).toThrow(
      "dim 'n' is 7 by input 'x0', but must be a multiple of 4",
    )
    expect(() => bind([['n']], [[0]], { n: { atLeast: 1 } })).toThrow('at least 1')
    const reason = 'add: a and b'
    const equal: DimConstraint = { left: ['+', 'n', 1], right: 'm', reason }
    expect(bind([['n'], ['m']], [[3], [4]], {}, [equal])).toEqual({ n: 3, m: 4 })
    expect(() => bind([['n'], ['m']], [[3], [5]], {}, [equal])).toThrow(
      'add: a and b: sizes differ: n + 1 = 4 and m = 5',
    )
  })
})
