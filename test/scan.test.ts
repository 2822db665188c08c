/** Scans on every target: values and gradients as the interpreter has them, memory that does not grow with the steps. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  add,
  arange,
  array,
  at,
  cast,
  compile,
  constant,
  dim,
  exp,
  flip,
  grad,
  interpreter,
  log,
  map,
  matrix,
  type NDArray,
  pick,
  Rop,
  scalar,
  scan,
  shared,
  slice,
  sub,
  sum,
  type Target,
  type Tensor,
  tanh,
  tensor3,
  vector,
  zeros,
} from 'damo'
import { load, Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../frontend/compile.ts'
import type { KernelStep } from '../frontend/kernel/program.ts'
import { rnn } from './frontend/rnn.ts'
import { loopInterpreter } from './targets.ts'

const targets: [string, () => Target][] = [
  ['interpreter', interpreter],
  ['loop interpreter', loopInterpreter],
  ['wasm', wasm],
]

type Results = Readonly<Record<string, NDArray>>
type Tensors = Readonly<Record<string, Tensor>>

const near = (value: unknown): unknown => (Array.isArray(value) ? value.map(near) : expect.closeTo(Number(value), 5))

const lists = (results: Results) => Object.fromEntries(Object.entries(results).map(([name, x]) => [name, x.tolist()]))

/** Numbers between -1 and 1 without a pattern. */
const wave = (...shape: number[]): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1)
  return array(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1 + i * 1.7)),
    { shape },
  )
}

/** Expects that a function gives on the target what the interpreter says, for each list of arguments. */
async function expectAgreement(target: Target, inputs: Tensors, outputs: Tensors, calls: readonly Results[]) {
  const spec = { inputs, outputs }
  const [f, oracle] = [await compile(spec, { target }), await compile(spec, { target: interpreter() })]
  for (const values of calls) {
    const expected = lists((await oracle(values)) as Results)
    expect(lists((await f(values)) as Results)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, near(value)])),
    )
  }
}

const sequenceOf = (length: number) => ({ x: wave(length) })

describe.each(targets)('scan on %s', (_, target) => {
  test('a recurrence as a loop in JavaScript computes it', async () => {
    const x = vector('x', { dtype: 'float64' })
    const step = (h: Tensor, e: Tensor) => h.mul(0.5).add(e.mul(e)).sub(0.25)
    const { carry, outputs } = scan((h, e) => ({ carry: step(h, e), output: { h, double: step(h, e).mul(2) } }), {
      initial: constant(1, 'float64'),
      sequences: x,
    })
    const f = await compile({ inputs: { x }, outputs: { carry, ...outputs } }, { target: target() })
    for (const length of [0, 1, 2, 17]) {
      const values = Float64Array.from({ length }, (_, i) => Math.cos(i))
      let h = 1
      const [before, double]: [number[], number[]] = [[], []]
      for (const e of values) {
        before.push(h)
        h = h * 0.5 + e * e - 0.25
        double.push(h * 2)
      }
      const expected = { carry: h, h: before, double }
      expect(lists(await f({ x: values }))).toEqual(
        Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, near(value)])),
      )
    }
  })

  test('all that a recurrent net gives, and its gradients, at any length', async () => {
    const [n, batch] = [dim('n'), dim('batch')]
    const [xs, h0] = [tensor3('xs', { shape: [n, batch, 3] }), matrix('h0', { shape: [batch, 2] })]
    const [W, U] = [shared(wave(3, 2), 'W'), shared(wave(2, 2), 'U')]
    const { carry, outputs } = rnn(xs, h0, W, U)
    const loss = outputs.mul(outputs).sum().add(carry.sum())
    const [gx, gh, gW, gU] = grad(loss, [xs, h0, W, U])
    const tangent = Rop(outputs, [U, h0], [U.mul(0.5), h0])
    await expectAgreement(
      target(),
      { xs, h0 },
      { carry, outputs, loss, gx: gx!, gh: gh!, gW: gW!, gU: gU!, tangent },
      [
        [4, 1],
        [1, 3],
        [0, 2],
        [5, 5],
      ].map(([steps, rows]) => ({ xs: wave(steps!, rows!, 3), h0: wave(rows!, 2) })),
    )
  })

  test('carries that change places, stay, or count', async () => {
    const x = vector('x')
    const { carry, outputs } = scan(
      ({ a, b, still, n }, e) => ({
        carry: { a: b, b: a.add(e), still, n: n.add(1) },
        output: [add(a, still), n, e, constant(7)],
      }),
      { initial: { a: 1, b: x.sum(), still: exp(x).sum(), n: constant(3, 'int64') }, sequences: x },
    )
    const named = Object.fromEntries(outputs.map((output, i) => [`out${i}`, output]))
    await expectAgreement(target(), { x }, { ...carry, ...named }, [0, 1, 2, 5].map(sequenceOf))
  })

  test('carries that are replaced in place, and those that some kernel needs before and after', async () => {
    const [x, U] = [matrix('x', { shape: [null, 3] }), matrix('U', { shape: [3, 3] })]
    const { carry } = scan(
      ({ sum, outer, h, turned }, e) => ({
        carry: {
          sum: sum.add(e),
          outer: outer.add(e.reshape([3, 1]).mul(h)),
          h: tanh(h.matmul(U).add(e)),
          turned: flip(turned).add(sum),
        },
      }),
      {
        initial: { sum: zeros([3]), outer: zeros([3, 3]), h: constant([1, 2, 3]), turned: constant([1, 2, 3]) },
        sequences: x,
      },
    )
    const calls = [0, 1, 2, 5].map(length => ({ x: wave(length, 3), U: wave(3, 3) }))
    await expectAgreement(target(), { x, U }, carry, calls)
  })

  test('sequences that are movements, positions or computed, in reverse', async () => {
    const [x, y] = [vector('x', { shape: [7] }), matrix('y', { shape: [5, 7] })]
    const taps = [0, 1, 2].map(i => at(x, slice(i, 5 + i)))
    const { carry, outputs } = scan(
      (h, [before, now, after, column, i]) => ({
        carry: h.mul(0.5).add(column.sum()).add(i),
        output: before.mul(after).sub(now).add(h),
      }),
      {
        initial: 0,
        sequences: [taps[0]!, taps[1]!, taps[2]!, flip(exp(y), 0), cast(arange(5), 'float32')],
        reverse: true,
      },
    )
    const total = map(row => row.mul(row).sum(), y.transpose())
    await expectAgreement(target(), { x, y }, { carry, outputs, total }, [{ x: wave(7), y: wave(5, 7) }])
  })

  test('a computed sequence whose axes change places and are joined', async () => {
    const x = tensor3('x', { shape: [dim('n'), 2, 4] })
    const rows = tanh(x).transpose([1, 0, 2]).reshape([-1, 4])
    const { carry } = scan((sum, row) => ({ carry: sum.mul(0.5).add(row), output: [] }), {
      initial: zeros([4]),
      sequences: rows,
    })
    await expectAgreement(target(), { x }, { carry }, [{ x: wave(3, 2, 4) }, { x: wave(1, 2, 4) }])
  })

  test('loops inside of loops, with a gradient', async () => {
    const [x, k] = [matrix('x'), scalar('k')]
    const { carry, outputs } = scan(
      (total, row) => {
        const inner = scan((c, e) => ({ carry: tanh(c.mul(k).add(e).add(total)), output: c }), {
          initial: total,
          sequences: row,
        })
        return { carry: inner.carry.mul(0.9), output: inner.outputs }
      },
      { initial: k, sequences: x },
    )
    const [gx, gk] = grad(carry.add(sum(outputs.mul(outputs))), [x, k])
    await expectAgreement(
      target(),
      { x, k },
      { carry, outputs, gx: gx!, gk: gk! },
      [
        [3, 4],
        [2, 0],
        [1, 1],
      ].map(([m, n]) => ({ x: wave(m!, n!), k: array(0.7) })),
    )
  })

  test('a gradient of a gradient', async () => {
    const [x, U] = [matrix('x'), matrix('U', { shape: [2, 2] })]
    const { carry } = scan((h, e) => ({ carry: tanh(h.matmul(U).add(e)) }), { initial: zeros([2]), sequences: x })
    const g = grad(carry.sum(), U)
    await expectAgreement(target(), { x, U }, { gg: grad(g.mul(g).sum(), x) }, [
      { x: wave(4, 2), U: wave(2, 2) },
      { x: wave(1, 2), U: wave(2, 2) },
    ])
  })

  test('an index out of range in a loop fails before any state changes', async () => {
    const x = vector('x', { dtype: 'int32' })
    const [table, count] = [shared([10, 20, 30], 'table'), shared(0, 'count')]
    const { carry } = scan((total, i) => ({ carry: total.add(pick(table, i)) }), { initial: 0, sequences: x })
    const spec = { inputs: { x }, outputs: { carry }, updates: [[count, count.add(1)]] as const }
    const f = await compile(spec, { target: target() })
    expect((await f({ x: [0, 2, 2] })).carry.item()).toBe(70)
    await expect(f({ x: [0, 1, 3, 0] })).rejects.toThrow(/index (3 is )?out of range|3 .*size 3/)
    expect(f.state.get('count').item()).toBe(1)
  })

  test('a recurrent net learns', async () => {
    const [xs, h0, goal] = [tensor3('xs'), matrix('h0'), matrix('goal')]
    const [W, U] = [shared(wave(3, 4), 'W'), shared(wave(4, 4), 'U')]
    const error = sub(rnn(xs, h0, W, U).carry, goal)
    const loss = error.mul(error).mean()
    const [gW, gU] = grad(loss, [W, U])
    const learn = await compile(
      {
        inputs: { xs, h0, goal },
        outputs: { loss },
        updates: [
          [W, W.sub(gW!.mul(0.2))],
          [U, U.sub(gU!.mul(0.2))],
        ],
      },
      { target: target() },
    )
    const values = { xs: wave(6, 2, 3), h0: wave(2, 4), goal: [new Array(4).fill(0.3), new Array(4).fill(-0.3)] }
    const losses: number[] = []
    for (let i = 0; i < 30; i++) losses.push(Number((await learn(values)).loss.item()))
    expect(losses[29]).toBeLessThan(losses[0]! / 4)
  })
})

describe('memory', () => {
  /** Bytes of a store after as many steps, with a sequence of that length. */
  async function bytesAfter(steps: number): Promise<number> {
    const n = dim('n')
    const [x, U] = [vector('x', { shape: [n] }), shared(wave(64, 64), 'U')]
    const { carry } = scan((h, e) => ({ carry: tanh(h.matmul(U).add(e)) }), { initial: zeros([64]), sequences: x })
    const store = new Store()
    const f = await compile({ inputs: { x }, outputs: { carry } }, { target: wasm(), store })
    const { carry: last } = await f({ x: wave(steps) })
    expect(last.shape).toEqual([64])
    return store.memory.buffer.byteLength - steps * 4
  }

  test('of the last value alone does not grow with the steps', async () => {
    const [few, many] = [await bytesAfter(10), await bytesAfter(10_000)]
    // Memory grows by pages of 64 KiB.
    expect(Math.abs(many - few)).toBeLessThanOrEqual(65_536)
  })
})

test('simd128 has the bits of the loop interpreter', async () => {
  const [xs, h0] = [tensor3('xs'), matrix('h0')]
  const [W, U] = [shared(wave(3, 5), 'W'), shared(wave(5, 5), 'U')]
  const { carry, outputs } = rnn(xs, h0, W, U)
  const gradient = grad(carry.sum(), U)
  const spec = { inputs: { xs, h0 }, outputs: { carry, outputs, gradient } }
  const values = { xs: wave(9, 3, 3), h0: wave(3, 5) }
  const [code, loops] = [
    await compile(spec, { target: wasm({ numerics: 'reproducible' }) }),
    await compile(spec, { target: loopInterpreter() }),
  ]
  expect(lists(await code(values))).toEqual(lists(await loops(values)))
})

test('an artifact has its loops: the runtime alone computes them', async () => {
  const [xs, h0] = [tensor3('xs'), matrix('h0')]
  const [W, U] = [shared(wave(3, 2), 'W'), shared(wave(2, 2), 'U')]
  const { carry, outputs } = rnn(xs, h0, W, U)
  const f = await compile({ inputs: { xs, h0 }, outputs: { carry, outputs } }, { target: wasm() })
  const path = join(mkdtempSync(join(tmpdir(), 'damo-scan-')), 'rnn')
  await f.save(path)
  const loaded = await load(`${path}.json`)
  const values = { xs: wave(5, 2, 3), h0: wave(2, 2) }
  expect(lists((await loaded(values)) as Results)).toEqual(lists(await f(values)))
})

test('nanGuard names the loop that made the NaN, or what it was made from', async () => {
  const x = vector('x')
  const { carry } = scan((c, e) => ({ carry: c.add(log(e)) }), { initial: 0, sequences: x })
  const f = await compile({ inputs: { x }, outputs: { carry } }, { target: wasm(), nanGuard: true })
  await expect(f({ x: [1, -1] })).rejects.toThrow(/first made by scan at scan\.test\.ts/)
  expect((await f({ x: [1, 1] })).carry.item()).toBe(0)
})

test('structure: one native loop, whose state is not copied', () => {
  const n = dim('n')
  const [xs, h0, W, U] = [tensor3('xs', { shape: [n, 1, 3] }), matrix('h0'), shared(wave(3, 2)), shared(wave(2, 2))]
  const { steps } = lowered({ inputs: { xs, h0 }, outputs: rnn(xs, h0, W, U) as never })
  const labels = (list: readonly KernelStep[]): unknown[] =>
    list.map(step => ('run' in step ? step.run.label : labels(step.steps)))
  expect(labels(steps)).toMatchInlineSnapshot(`
    [
      "broadcastTo",
      [
        "einsum",
        "einsum tanh",
      ],
      "slice",
      "copy",
    ]
  `)
})

test('structure: a sum has one place, a state that its own product is computed from has two', () => {
  const [x, U] = [matrix('x', { shape: [5, 3] }), matrix('U', { shape: [3, 3] })]
  const { carry } = scan(
    ({ total, h }, e) => ({ carry: { total: total.add(e.reshape([3, 1]).mul(h)), h: tanh(h.matmul(U).add(e)) } }),
    { initial: { total: zeros([3, 3]), h: zeros([3]) }, sequences: x },
  )
  const { buffers } = lowered({ inputs: { x, U }, outputs: carry })
  expect(buffers.flatMap(({ role, bytes }) => (role === 'temporary' ? [bytes] : []))).toEqual([9 * 4, 2 * 3 * 4])
})
