import {
  add,
  arange,
  compile,
  debugprint,
  dim,
  exp,
  foldl,
  foldr,
  grad,
  interpreter,
  map,
  matrix,
  scalar,
  scan,
  shared,
  sum,
  type Tensor,
  tensor3,
  vector,
  zeros,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { topological } from '../../frontend/graph.ts'
import { rewrite } from '../../frontend/rewrite.ts'
import { scanAttrs } from '../../frontend/scan/node.ts'
import { rnn } from './rnn.ts'

const regionOf = (x: Tensor) => topological([x]).find(node => node.op.kind === 'region')!

describe('values', () => {
  test('a carry, an output and a sequence', () => {
    const x = vector('x')
    const { carry, outputs } = scan((total, e) => ({ carry: total.add(e), output: total.mul(e) }), {
      initial: 1,
      sequences: x,
    })
    expect(carry.eval({ x: [1, 2, 3] }).tolist()).toBe(7)
    expect(outputs.eval({ x: [1, 2, 3] }).tolist()).toEqual([1, 4, 12])
    expect(carry.eval({ x: [] }).tolist()).toBe(1)
    expect(outputs.eval({ x: [] }).tolist()).toEqual([])
  })

  test('several of each, arranged as the caller likes', () => {
    const [x, y] = [vector('x'), matrix('y', { shape: [null, 2] })]
    const { carry, outputs } = scan(
      ({ a, b }, [p, q]) => ({ carry: { a: a.add(p), b: b.add(q).mul(a) }, output: [q.mul(p), a] }),
      { initial: { a: 0, b: zeros([2]) }, sequences: [x, y] },
    )
    const values = {
      x: [1, 2, 3],
      y: [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    }
    expect(carry.a.eval(values).tolist()).toBe(6)
    expect(carry.b.eval(values).tolist()).toEqual([(2 + 3) * 3, (20 + 30) * 3])
    expect(outputs[0]!.eval(values).tolist()).toEqual([
      [1, 10],
      [4, 40],
      [9, 90],
    ])
    expect(outputs[1]!.eval(values).tolist()).toEqual([0, 1, 3])
  })

  test('steps without sequences, known or symbolic', () => {
    const A = vector('A')
    const power = (steps: number) =>
      scan(h => ({ carry: h.mul(A) }), { initial: A, steps })
        .carry.eval({ A: [2, 3] })
        .tolist()
    expect([power(0), power(1), power(3)]).toEqual([
      [2, 3],
      [4, 9],
      [16, 81],
    ])
    const n = dim('n')
    const x = vector('x', { shape: [n] })
    const less = scan(h => ({ carry: h.add(1), output: h }), { initial: 0, steps: ['+', 'n', -2] })
    const value = (x0: number[]) => sum(x).mul(0).add(less.carry).eval({ x: x0 }).tolist()
    expect([value([1, 1, 1, 1, 1]), value([1, 1]), value([1])]).toEqual([3, 0, 0])
  })

  test('in reverse, outputs in the order of the sequence', () => {
    const x = vector('x')
    const back = scan((c, e) => ({ carry: c.mul(2).add(e), output: [c, c.mul(2).add(e), e.mul(c)] }), {
      initial: 1,
      sequences: x,
      reverse: true,
    })
    expect(back.carry.eval({ x: [1, 2, 3] }).tolist()).toBe(25)
    expect(back.outputs.map(o => o.eval({ x: [1, 2, 3] }).tolist())).toEqual([
      [12, 5, 1],
      [25, 12, 5],
      [12, 10, 3],
    ])
  })

  test('captures what the step uses, and computes once what depends on no step', () => {
    const [x, W] = [vector('x'), matrix('W', { shape: [2, 2] })]
    const { outputs } = scan(
      (h, e) => {
        const next = h.add(exp(W).sum().mul(e))
        return { carry: next, output: next }
      },
      { initial: 0, sequences: x },
    )
    const region = regionOf(outputs)
    expect(topological(scanAttrs(region).results).map(node => node.op.name)).not.toContain('exp')
    expect(region.inputs.map(input => input.op.name)).toEqual(['input', 'constant', 'sum'])
    const values = {
      x: [1, 2],
      W: [
        [0, 0],
        [0, 0],
      ],
    }
    expect(outputs.eval(values).tolist()).toEqual([4, 12])
  })

  test('inside of one another', () => {
    const x = matrix('x')
    const { carry, outputs } = scan(
      (total, row) => {
        const inner = scan((c, e) => ({ carry: c.mul(2).add(e).add(total), output: c.mul(row.sum()) }), {
          initial: 0,
          sequences: row,
        })
        return { carry: inner.carry, output: inner.outputs }
      },
      { initial: 0, sequences: x },
    )
    const values = {
      x: [
        [1, 2],
        [3, 4],
      ],
    }
    expect(carry.eval(values).tolist()).toBe((3 + 4) * 2 + 4 + 4)
    expect(outputs.eval(values).tolist()).toEqual([
      [0, 3],
      [0, 49],
    ])
  })

  test('map and folds', () => {
    const [c, x] = [vector('c'), scalar('x')]
    const polynomial = map(([k, i]) => k.mul(x.pow(i)), [c, arange(0, ['max', 3, 3] as never)])
    expect(polynomial.eval({ c: [1, 2, 3], x: 2 }).tolist()).toEqual([1, 4, 12])
    const v = vector('v')
    expect(
      foldl((a, e) => a.mul(2).add(e), v, 0)
        .eval({ v: [1, 2, 3] })
        .tolist(),
    ).toBe(11)
    expect(
      foldr((a, e) => a.mul(2).add(e), v, 0)
        .eval({ v: [1, 2, 3] })
        .tolist(),
    ).toBe(17)
  })
})

describe('types', () => {
  test('a carry that changes its type is refused, with both types', () => {
    const x = vector('x', { dtype: 'float64' })
    const wider = () => scan((c, e) => ({ carry: c.add(e) }), { initial: 0, sequences: x })
    expect(wider).toThrow(/D401|carry changes its type: float32\[\] at first, float64\[\] after a step/)
    const rows = matrix('rows', { shape: [null, dim('n')] })
    const broadcast = () =>
      scan(({ h }, e) => ({ carry: { h: h.add(e) } }), { initial: { h: zeros([1]) }, sequences: rows })
    expect(broadcast).toThrow('carry h changes its type: float32[1] at first, float32[n] after a step')
  })

  test('other mistakes', () => {
    const x = vector('x', { shape: [3] })
    expect(() => scan(c => ({ carry: c }), { initial: 0 })).toThrow('give sequences or steps')
    expect(() => scan(c => ({ carry: c }), { initial: 0, sequences: scalar('s') })).toThrow('sequence is a scalar')
    expect(() => scan(c => ({ carry: c }), { initial: 0, sequences: [x, vector('y', { shape: [4] })] })).toThrow(
      '3 steps, but sequence 1 has 4 elements',
    )
    expect(() => scan(() => ({}), { initial: 0, sequences: x })).toThrow('takes one tensor and has to return the same')
    expect(() => scan(c => ({ carry: c }), { initial: 0, steps: -1 })).toThrow('a size is a whole number from 0 on')
  })

  test('lengths and shapes that only a call knows are checked', () => {
    const [x, y] = [vector('x'), vector('y')]
    const { outputs } = scan((_, [a, b]) => ({ output: a.mul(b) }), { sequences: [x, y] })
    expect(outputs.eval({ x: [1, 2], y: [3, 4] }).tolist()).toEqual([3, 8])
    expect(() => outputs.eval({ x: [1, 2], y: [3] })).toThrow('sizes differ')
    const h = vector('h')
    const { carry } = scan((c, e) => ({ carry: c.add(x).mul(e) }), { initial: h, sequences: y })
    expect(() => carry.eval({ h: [1], x: [1, 2], y: [1] })).toThrow('sizes differ')
  })
})

describe('rewriting', () => {
  test('goes into the body, and the trace shows it', () => {
    const x = vector('x', { shape: [3] })
    const { carry } = scan((c, e) => ({ carry: add(c, 0).mul(1).sub(e.neg()) }), { initial: 0, sequences: x })
    const { roots, trace } = rewrite([carry])
    expect(trace.map(({ rule }) => rule)).toEqual(['x + 0 = x', 'x 1 = x', 'x - -y = x + y'])
    expect(topological(scanAttrs(regionOf(roots[0]!)).results).map(node => node.op.name)).toEqual([
      'parameter',
      'parameter',
      'add',
    ])
    expect(trace[0]!.line).toMatch(/^scan.test.ts:/)
  })

  test('makes one of equal scans, whatever their parameters were called', () => {
    const [x, y] = [vector('x', { shape: [3] }), scalar('y')]
    const one = scan((c, [e]) => ({ carry: { a: c.a.mul(e).add(y) } }), { initial: { a: 1 }, sequences: [x] })
    const other = scan((c, e) => ({ carry: c.mul(e).add(y) }), { initial: 1, sequences: x })
    const [a, b] = rewrite([one.carry.a, other.carry]).roots
    expect(a).toBe(b)
  })
})

test('printing shows the graph inside', () => {
  const x = vector('x', { shape: [3] })
  const { carry } = scan((c, e) => ({ carry: c.mul(e) }), { initial: 1, sequences: x })
  expect(debugprint(carry)).toBe(`item{index: 0} [0] float32[]
└─ scan{steps: 3, sequences: 1, carries: 1, reverse: false} [1]
   ├─ input 'x' [2] float32[3]
   ├─ constant(1) [3] float32[]
   └─ result 0: mul [4] float32[]
      ├─ parameter 1 [5] float32[]
      └─ parameter 0 [6] float32[]`)
})

describe('compiled for the interpreter', () => {
  test('open dims are settled inside too, and a recurrent net learns', async () => {
    const [xs, target] = [tensor3('xs'), matrix('target')]
    const f32 = (value: readonly (readonly number[])[], name: string) => shared(value, name)
    const [W, U] = [
      f32(
        [
          [0.5, -0.4],
          [0.2, 0.7],
          [-0.6, 0.3],
        ],
        'W',
      ),
      f32(
        [
          [0.8, -0.5],
          [0.4, 0.9],
        ],
        'U',
      ),
    ]
    const { carry } = rnn(xs, matrix('h0'), W, U)
    const h0 = topological([carry]).find(node => node.name === 'h0')!
    const error = carry.sub(target)
    const loss = error.mul(error).mean()
    const [gW, gU] = grad(loss, [W, U])
    const step = await compile(
      {
        inputs: { xs, h0, target },
        outputs: { loss },
        updates: [
          [W, W.sub(gW!.mul(0.2))],
          [U, U.sub(gU!.mul(0.2))],
        ],
      },
      { target: interpreter() },
    )
    const values = {
      xs: [[[0.3, -0.2, 0.5]], [[-0.7, 0.1, 0.4]], [[0.6, 0.8, -0.9]]],
      h0: [[0, 0]],
      target: [[0.5, -0.5]],
    }
    const losses: number[] = []
    for (let i = 0; i < 20; i++) losses.push(Number((await step(values)).loss.item()))
    expect(losses.every((loss, i) => i === 0 || loss < losses[i - 1]!)).toBe(true)
    expect(losses[19]).toBeLessThan(losses[0]! / 3)
  })
})
