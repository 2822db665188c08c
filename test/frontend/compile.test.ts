/** What compile means: simultaneous updates, outputs of every kind, givens, names. */
import {
  at,
  compile,
  constant,
  dim,
  exp,
  interpreter,
  matrix,
  pick,
  roll,
  scalar,
  shared,
  slice,
  type Target,
  tensor,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test, vi } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const targets: [string, () => Target][] = [
  ['interpreter', interpreter],
  ['loop interpreter', loopInterpreter],
  ['wasm', wasm],
]

describe.each(targets)('on %s', (_, makeTarget) => {
  const target = makeTarget()

  test('updates are simultaneous, and outputs are of before them', async () => {
    const [a, b] = [shared([1, 2], 'a'), shared([10, 20], 'b')]
    const swap = await compile(
      {
        outputs: { a, b, sum: a.add(b) },
        updates: [
          [a, b],
          [b, a.add(b)],
        ],
      },
      { target },
    )
    const first = await swap()
    expect([first.a.tolist(), first.b.tolist(), first.sum.tolist()]).toEqual([
      [1, 2],
      [10, 20],
      [11, 22],
    ])
    expect(swap.state.get('a').tolist()).toEqual([10, 20])
    expect(swap.state.get('b').tolist()).toEqual([11, 22])
    expect((await swap()).sum.tolist()).toEqual([21, 42])
  })

  test('a matrix that its own update multiplies', async () => {
    const m = shared(
      [
        [1, 1],
        [1, 0],
      ],
      'm',
    )
    const f = await compile({ updates: [[m, m.matmul(m)]] }, { target })
    for (let i = 0; i < 3; i++) await f()
    expect(f.state.get('m').tolist()).toEqual([
      [34, 21],
      [21, 13],
    ])
  })

  test('states whose own updates move their elements', async () => {
    const [m, v] = [
      shared(
        [
          [1, 2],
          [3, 4],
        ],
        'm',
      ),
      shared([1, 2, 3, 4, 5, 6, 7], 'v'),
    ]
    const f = await compile(
      {
        updates: [
          [m, m.transpose()],
          [v, roll(v, 1).add(v)],
        ],
      },
      { target },
    )
    await f()
    expect(f.state.get('m').tolist()).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(f.state.get('v').tolist()).toEqual([8, 3, 5, 7, 9, 11, 13])
  })

  test('outputs may be inputs, constants, states, or one tensor twice', async () => {
    const x = vector('x')
    const s = shared(5, 's')
    const y = exp(x)
    const outputs = { x, c: constant([1, 2, 3]), s, y, again: y, moved: x.reshape([-1, 1]) }
    const f = await compile({ inputs: { x }, outputs, updates: [[s, s.add(1)]] }, { target })
    const r = await f({ x: [0, 0] })
    expect(r.x.tolist()).toEqual([0, 0])
    expect(r.c.tolist()).toEqual([1, 2, 3])
    expect(r.s.item()).toBe(5)
    expect([r.y.tolist(), r.again.tolist(), r.moved.tolist()]).toEqual([
      [1, 1],
      [1, 1],
      [[0], [0]],
    ])
  })

  test('outputs come back as they were asked for: alone, in a list, by name', async () => {
    const x = scalar('x')
    const alone = await compile({ inputs: { x }, outputs: x.add(1) }, { target })
    expect((await alone({ x: 1 })).item()).toBe(2)
    expect(alone.runSync({ x: 1 }).item()).toBe(2)
    const list = await compile({ inputs: [x], outputs: [x.add(1), x.mul(2)] }, { target })
    expect((await list({ x: 3 })).map(y => y.item())).toEqual([4, 6])
  })

  test('givens replace tensors by others, by values and by states', async () => {
    const [x, y] = [vector('x', { shape: [3] }), vector('y', { shape: [3] })]
    const data = shared([1, 2, 3], 'data')
    const z = x.mul(y)
    const f = await compile(
      {
        outputs: { z },
        givens: [
          [x, data],
          [y, [2, 2, 2]],
        ],
      },
      { target },
    )
    expect((await f()).z.tolist()).toEqual([2, 4, 6])
    const w = z.add(1)
    const g = await compile({ inputs: { x }, outputs: { w }, givens: [[z, x.mul(10)]] }, { target })
    expect((await g({ x: [1, 2, 3] })).w.tolist()).toEqual([11, 21, 31])
  })

  test('givens tell the open dims of what they replace', async () => {
    const x = matrix('x')
    const data = shared(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'data',
    )
    const outputs = { y: x.mul(2), total: x.sum() }
    const f = await compile({ outputs, givens: [[x, at(data, slice(0, 2))]] }, { target })
    const { y, total } = await f()
    expect([y.tolist(), total.item()]).toEqual([
      [
        [2, 4],
        [6, 8],
      ],
      10,
    ])
    const z = matrix('z')
    const g = await compile({ inputs: { z }, outputs, givens: [[x, z.mul(10)]] }, { target })
    expect((await g({ z: [[1], [2]] })).y.tolist()).toEqual([[20], [40]])
  })

  test('givens size the declared dims of what they replace', async () => {
    const x = matrix('x', { shape: [dim('batch'), 2] })
    const y = vector('y', { shape: [dim('batch')] })
    const data = shared(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'data',
    )
    const outputs = { mean: x.mean({ axis: 0 }), sum: y.add(x.sum({ axis: 1 })) }
    const f = await compile({ inputs: { y }, outputs, givens: [[x, data]] }, { target })
    const r = await f({ y: [1, 1, 1] })
    expect([r.mean.tolist(), r.sum.tolist()]).toEqual([
      [3, 4],
      [4, 8, 12],
    ])
    await expect(f({ y: [1, 1] })).rejects.toThrow(/'y': expected float32\[3\], got \[2\]/)
  })

  test('a failed call changes nothing', async () => {
    const index = vector('index', { dtype: 'int32' })
    const table = matrix('table')
    const [count, total] = [shared(0, 'count'), shared(0, 'total')]
    const y = pick(table, index)
    const updates = [
      [count, count.add(1)],
      [total, total.add(y.sum())],
    ] as const
    const f = await compile({ inputs: { table, index }, outputs: { y }, updates }, { target })
    await f({ table: [[1, 2]], index: [1] })
    await expect(f({ table: [[1, 2]], index: [2] })).rejects.toThrow(/index.*2.*size 2/)
    await expect(f({ table: [[1, 2]], index: [-1] })).rejects.toThrow(/index.*-1/)
    expect(f.state.get('count').item()).toBe(1)
    expect(f.state.get('total').item()).toBe(2)
  })

  test('a program of nothing runs', async () => {
    const f = await compile({}, { target })
    expect(await f()).toEqual({})
  })
})

test('an input that nothing needs warns or is ignored when asked to', async () => {
  const [x, y] = [scalar('x'), scalar('y')]
  const spec = { inputs: { x, y }, outputs: { x } }
  await expect(compile(spec, { target: interpreter() })).rejects.toThrow(/nothing depends on y/)
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  await compile({ ...spec, onUnusedInput: 'warn' }, { target: interpreter() })
  expect(warn.mock.calls[0]?.[0]).toMatch(/nothing depends on y/)
  warn.mockRestore()
  const f = await compile({ ...spec, onUnusedInput: 'ignore' }, { target: wasm() })
  expect((await f({ x: 1, y: 2 })).x.item()).toBe(1)
})

test('open dims take the size of what they are used with', async () => {
  const x = tensor('x', { shape: [null, 3] })
  const y = tensor('y', { shape: [null, 3] })
  const f = await compile({ inputs: { x, y }, outputs: { z: x.add(y) } }, { target: wasm() })
  expect((await f({ x: [[1, 2, 3]], y: [[1, 1, 1]] })).z.tolist()).toEqual([[2, 3, 4]])
  await expect(
    f({
      x: [[1, 2, 3]],
      y: [
        [1, 1, 1],
        [2, 2, 2],
      ],
    }),
  ).rejects.toThrow(/'y'/)
})

test('updates and givens may be Maps', async () => {
  const [s, x] = [shared(1, 's'), scalar('x')]
  const spec = { outputs: { y: x.add(s) }, updates: new Map([[s, s.add(1)]]), givens: new Map([[x, 5]]) }
  const f = await compile(spec, { target: interpreter() })
  expect(f.runSync().y.item()).toBe(6)
  expect(f.runSync().y.item()).toBe(7)
})
