/** The benchmark's own judgement: figures and checks that a reader relies on. */
import { describe, expect, test } from 'vitest'
import { deviation } from './check.ts'
import { alone, type Contender, type Order, type Reply } from './contender.ts'
import { readOptions } from './options.ts'
import { rows } from './rows/index.ts'
import { runRow } from './run.ts'
import { comparisonOf, entryOf, markdown, verdict } from './table.ts'
import { dataOf, oneHot } from './tasks.ts'

const row = (name: string) => rows.find(each => each.name === name)!

/** Answers every task with the same numbers, every round with the next time. */
function fake(name: string, result: readonly number[], seconds: readonly number[], native = false): Contender {
  let round = 0
  const ask = async (order: Order): Promise<Reply> =>
    order.do === 'time' ? { seconds: seconds[round++ % seconds.length]! } : { result: Float64Array.from(result) }
  return { name, native, ask, end: () => {} }
}

describe('a difference of results', () => {
  test('is relative to the largest magnitude', () => expect(deviation([1, -3], [1, -4])).toBe(0.25))
  test('of equal ones is none, of zeros too', () => expect(deviation([0, 0], [0, 0])).toBe(0))
  test.each([
    ['NaN for a number', [Number.NaN, 2], [1, 2]],
    ['a number for NaN', [1, 2], [Number.NaN, 2]],
    ['NaN before a larger difference', [Number.NaN, 9], [1, 2]],
    ['another length', [1], [1, 2]],
  ])('is no small number with %s', (_, result, reference) => {
    expect(deviation(result, reference) <= 1e300).toBe(false)
  })
})

describe('a row', () => {
  const add = row('add 1M')

  test('takes medians, and the ratio to the fastest peer, which native code is not', async () => {
    const all = [
      fake('damo', [1, 2], [2e-3, 9e-3, 1e-3]),
      fake('slower', [1, 2], [5e-3]),
      fake('faster', [1, 2], [3e-3]),
      fake('native', [1, 2], [1e-9], true),
    ]
    const entry = entryOf(await runRow(add, all, 3), name => name === 'native')
    expect(entry).toMatchObject({ row: 'add 1M', unit: 'ns/element', ratio: 1.5, ours: 1.91, best: 2.86 })
    expect(Object.keys(entry.peers)).toEqual(['slower', 'faster'])
    expect(Object.keys(entry.anchors)).toEqual(['native'])
    expect(comparisonOf(entry)).toEqual({
      ...{ row: 'add 1M', unit: 'ns/element', ours: 1.91, best: 2.86, ratio: 1.5 },
      peers: { slower: 4.77, faster: 2.86 },
    })
    expect(verdict(entry)).toBe('meets 1x (1.5x)')
  })

  test('of damo with several threads has the ratio to damo with one, which is no peer and has no say', async () => {
    const single = fake(alone, [1, 2], [3e-3])
    const all = [fake('damo', [1, 2], [2e-3]), single, fake('peer', [1, 2], [4e-3])]
    expect(entryOf(await runRow(add, all, 1), () => false)).toMatchObject({ ofOne: 1.5, ratio: 2, best: 3.81 })
    const wrong = [fake('damo', [9, 9], [1]), fake(alone, [9, 9], [1]), fake('peer', [1, 2], [1])]
    expect([...(await runRow(add, wrong, 1)).times.keys()]).toEqual(['peer'])
  })

  test('times who takes long in three rounds, and what is between two is their mean', async () => {
    const all = [
      fake(
        'damo',
        [1, 2],
        [1, 4, 2, 3].map(ms => ms * 1e-3),
      ),
      fake('slow', [1, 2], [9, 2, 4, 1, 1, 1]),
    ]
    const { times } = await runRow(add, all, 4)
    expect([...times.values()]).toEqual([
      { median: 2.5e-3, best: 1e-3 },
      { median: 4, best: 2 },
    ])
  })

  test('leaves out a peer with another result, and tells of it', async () => {
    const all = [fake('damo', [1, 2], [1]), fake('native', [1, 2], [1], true), fake('wrong', [1, 3], [0.1])]
    const result = await runRow(add, all, 1)
    expect([...result.times.keys()]).toEqual(['damo', 'native'])
    expect(result.notes).toEqual(['add 1M: wrong is off by 5.0e-1'])
    expect(entryOf(result, name => name === 'native')).toMatchObject({ best: null, ratio: null, peers: {} })
  })

  test('leaves out damo where the others agree on something else', async () => {
    const others = ['a', 'b'].map(name => fake(name, [1, 2], [1]))
    const result = await runRow(add, [fake('damo', [9, 9], [0.1]), ...others], 1)
    expect(entryOf(result, () => false)).toMatchObject({ ours: null, notes: ['add 1M: damo is off by 4.0e+0'] })
    // Of two that differ, neither is known to be right: damo does not vouch for itself.
    const pair = await runRow(add, [fake('damo', [9, 9], [0.1]), others[0]!], 1)
    expect([...pair.times.keys()]).toEqual(['a'])
  })

  test('holds everybody to an exact result where there is one', async () => {
    const squares = row('sum of squared deviations 1M')
    const [exact] = squares.exact!(dataOf(squares.task))
    const result = await runRow(squares, [fake('damo', [exact! * (1 + 3e-7)], [1])], 1)
    expect(result.notes).toEqual(['sum of squared deviations 1M: damo is off by 3.0e-7'])
  })
})

test('rows have names of their own', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length)
})

test('labels as rows have one 1 each', () => {
  const { shape, data } = oneHot({ shape: [2], data: Int32Array.of(3, 0) })
  expect(shape).toEqual([2, 10])
  expect([...data].flatMap((value, i) => (value === 1 ? [i] : []))).toEqual([3, 10])
})

test('a table in Markdown has a column for each peer', () => {
  const entry = { row: 'a * b', unit: 'ms', ours: 1, peers: { p: 2 }, best: 2, ratio: 2, anchors: { n: 0.5 } }
  expect(markdown([entry]).split('\n')).toEqual([
    '| row | unit | damo | ratio | p | *n* | aim |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    '| a \\* b | ms | 1 | **2** | 2 | 0.5 |  |',
  ])
  expect(markdown([{ ...entry, ofOne: 1.5 }, entry]).split('\n')).toEqual([
    '| row | unit | damo | of one thread | ratio | p | *n* | aim |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    '| a \\* b | ms | 1 | 1.5 | **2** | 2 | 0.5 |  |',
    '| a \\* b | ms | 1 |  | **2** | 2 | 0.5 |  |',
  ])
})

test('a row is judged by each aim of its own: rates and times, LiteRT.js apart', () => {
  const entry = { best: null, ratio: null, anchors: {} }
  const rate = { ...entry, row: 'gemm 64', unit: 'GFLOP/s', ours: 60, peers: { tfjs: 20, 'litert.js': 100 } }
  expect(verdict(rate)).toBe('meets 3x (3x), MISSES 1.1x of litert.js (0.6x)')
  const time = {
    ...entry,
    row: 'lenet training step, batch 64',
    unit: 'ms',
    ours: 4,
    peers: {},
    anchors: { pytorch: 2 },
  }
  expect(verdict(time)).toBe('MISSES 1x of pytorch (0.5x)')
  expect(verdict({ ...entry, row: 'call of a 4x4 function', unit: 'us', ours: 4, peers: {} })).toBe(
    'MISSES at most 3 us',
  )
})

test('the command line refuses what is no count', () => {
  expect(() => readOptions(['--threads', 'two'], [])).toThrow('--threads: expected a positive integer, got two')
  expect(readOptions(['--only', 'damo,tfjs'], ['tfjs', 'jax-js']).only).toEqual(['damo', 'tfjs'])
  expect(() => readOptions(['--only', 'tf'], ['tfjs', 'jax-js'])).toThrow(
    "--only: there is no 'tf'; there are tfjs, jax-js",
  )
  expect(readOptions(['--json', 'f', 'gemm', 'mlp'], [])).toMatchObject({
    json: 'f',
    filters: ['gemm', 'mlp'],
    rounds: 7,
  })
})
