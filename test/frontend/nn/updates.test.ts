import { constant, evaluate, type NDArray, scalar, shared, square, sub, sum, type Tensor } from 'damo'
import * as nn from 'damo/nn'
import { beforeAll, describe, expect, test } from 'vitest'
import { executors } from '../../laws/executors.ts'

const start = [1, -2, 0.5]
const target = [0.25, 1, -3]
const curvature = [1, 0.3, 4]

/** The cost sum(c (p - target)^2) / 2, and its gradient as the tests compute it. */
const cost = (p: Tensor) => sum(square(sub(p, constant(target, p.dtype))).mul(constant(curvature, p.dtype))).mul(0.5)
const gradient = (p: number[]) => p.map((x, i) => curvature[i]! * (x - target[i]!))

type Formula = (p: number[], g: (at: number[]) => number[], t: number, memory: Record<string, number[]>) => number[]

const zip = (f: (...xs: number[]) => number, ...lists: number[][]) =>
  lists[0]!.map((_, i) => f(...lists.map(l => l[i]!)))
const keep = (memory: Record<string, number[]>, name: string, f: (old: number, i: number) => number) => {
  memory[name] = (memory[name] ?? start.map(() => 0)).map(f)
  return memory[name]
}

const adamFormula =
  (decay: number): Formula =>
  (p, gradientAt, t, memory) => {
    const g = gradientAt(p)
    const m = keep(memory, 'm', (old, i) => 0.9 * old + (1 - 0.9) * g[i]!).map(x => x / (1 - 0.9 ** t))
    const v = keep(memory, 'v', (old, i) => 0.999 * old + (1 - 0.999) * g[i]! ** 2).map(x => x / (1 - 0.999 ** t))
    return zip((x, mean, squares) => x - 0.1 * decay * x - (0.1 * mean) / (Math.sqrt(squares) + 1e-8), p, m, v)
  }

/** Each rule, and its published formula on plain numbers. */
const rules: Record<string, { make: (cost: nn.Cost, p: Tensor[], name: string) => nn.Update[]; formula: Formula }> = {
  sgd: {
    make: (c, p) => nn.sgd(c, p, { learningRate: 0.1 }),
    formula: (p, g) => zip((x, dx) => x - 0.1 * dx, p, g(p)),
  },
  momentum: {
    make: (c, p, name) => nn.momentum(c, p, { learningRate: 0.1, name }),
    formula: (p, g, _, memory) => {
      const v = keep(memory, 'v', (old, i) => 0.9 * old - 0.1 * g(p)[i]!)
      return zip((x, dx) => x + dx, p, v)
    },
  },
  nesterov: {
    make: (c, p, name) => nn.nesterov(c, p, { learningRate: 0.1, momentum: 0.8, name }),
    // Sutskever's own variables q and v; the parameter is where the next gradient is taken, q + momentum v.
    formula: (_, g, __, memory) => {
      const q = memory.q ?? start
      const ahead = zip((x, dx) => x + 0.8 * dx, q, memory.v ?? start.map(() => 0))
      const v = keep(memory, 'v', (old, i) => 0.8 * old - 0.1 * g(ahead)[i]!)
      memory.q = zip((x, dx) => x + dx, q, v)
      return zip((x, dx) => x + 0.8 * dx, memory.q, v)
    },
  },
  adagrad: {
    make: (c, p, name) => nn.adagrad(c, p, { learningRate: 0.1, name }),
    formula: (p, g, _, memory) => {
      const a = keep(memory, 'a', (old, i) => old + g(p)[i]! ** 2)
      return zip((x, dx, squares) => x - (0.1 * dx) / Math.sqrt(squares + 1e-6), p, g(p), a)
    },
  },
  rmsprop: {
    make: (c, p, name) => nn.rmsprop(c, p, { learningRate: 0.1, name }),
    formula: (p, g, _, memory) => {
      const a = keep(memory, 'a', (old, i) => 0.9 * old + 0.1 * g(p)[i]! ** 2)
      return zip((x, dx, squares) => x - (0.1 * dx) / Math.sqrt(squares + 1e-6), p, g(p), a)
    },
  },
  adadelta: {
    make: (c, p, name) => nn.adadelta(c, p, { name }),
    formula: (p, g, _, memory) => {
      const a = keep(memory, 'a', (old, i) => 0.95 * old + 0.05 * g(p)[i]! ** 2)
      const d = memory.d ?? start.map(() => 0)
      const step = zip((dx, squares, steps) => (dx * Math.sqrt(steps + 1e-6)) / Math.sqrt(squares + 1e-6), g(p), a, d)
      keep(memory, 'd', (old, i) => 0.95 * old + 0.05 * step[i]! ** 2)
      return zip((x, dx) => x - dx, p, step)
    },
  },
  adam: { make: (c, p, name) => nn.adam(c, p, { learningRate: 0.1, name }), formula: adamFormula(0) },
  adamw: {
    make: (c, p, name) => nn.adamw(c, p, { learningRate: 0.1, weightDecay: 0.2, name }),
    formula: adamFormula(0.2),
  },
}

const steps = 12

function trajectory(formula: Formula): number[][] {
  const memory: Record<string, number[]> = {}
  const points = [start]
  for (let t = 1; t <= steps; t++) points.push(formula(points[t - 1]!, gradient, t, memory))
  return points.slice(1)
}

const tolerances = { float64: 1e-12, float32: 3e-6 } as const

/** Every rule in every dtype, each on a parameter of its own, as one program. */
const cases = Object.entries(rules).flatMap(([rule, { make, formula }]) =>
  (['float64', 'float32'] as const).map(dtype => {
    const p = shared(start, `${rule}.${dtype}`, { dtype })
    return { rule, dtype, p, updates: make(cost(p), [p], `${rule}.${dtype}`), expected: trajectory(formula) }
  }),
)

describe.each(executors)('on $name', executor => {
  const actual = new Map<Tensor, number[][]>()
  let absent: string | undefined

  beforeAll(async () => {
    absent = await executor.unavailable()
    if (absent !== undefined) return
    const updates = cases.flatMap(each => each.updates)
    const runner = await executor.compile({ inputs: {}, outputs: {}, updates })
    for (const { p } of cases) actual.set(p, [])
    for (let t = 1; t <= steps; t++) {
      await runner.run({})
      for (const { p } of cases) actual.get(p)!.push(runner.state(p).tolist() as number[])
    }
  })

  test.for(cases)('$rule follows its formula in $dtype', ({ p, dtype, expected }, context) => {
    if (absent !== undefined) context.skip(absent)
    for (const [t, point] of expected.entries()) {
      for (const [i, x] of point.entries()) {
        const error = Math.abs(actual.get(p)![t]![i]! - x)
        expect(error, `step ${t + 1}, element ${i}`).toBeLessThanOrEqual(tolerances[dtype] * Math.max(1, Math.abs(x)))
      }
    }
  })
})

/** What the updates make of their variables, all at once. */
function apply(updates: readonly nn.Update[], values: Map<Tensor, NDArray> = new Map()): Map<Tensor, NDArray> {
  const next = evaluate(
    updates.map(([, value]) => value),
    values,
  )
  return new Map(updates.map(([variable], i) => [variable, next[i]!]))
}

test('the first step of adam has full accuracy in float32', () => {
  const p = shared(0, 'p')
  const next = apply(nn.adam([constant(0.001)], [p]))
    .get(p)!
    .item()
  expect(Math.abs(next / (-0.001 / (1 + 1e-5)) - 1)).toBeLessThan(2 ** -22)
})

test('state is named after rule and parameter', () => {
  const [W, nameless] = [shared([1], 'W'), shared([1])]
  const names = (updates: nn.Update[]) => updates.map(([variable]) => variable.name)
  expect(names(nn.adam([W, nameless], [W, nameless]))).toEqual([
    'adam.t',
    'adam.m.W',
    'adam.v.W',
    'W',
    'adam.m.1',
    'adam.v.1',
    undefined,
  ])
  expect(names(nn.momentum([W], [W], { learningRate: 1, name: 'critic' }))).toEqual(['critic.v.W', 'W'])
})

test('a rate can be an input, of another dtype than the parameter', () => {
  const [p, rate] = [shared([1, 2], 'p', { dtype: 'float64' }), scalar('rate')]
  for (const rule of [nn.sgd, nn.momentum, nn.nesterov, nn.adagrad, nn.rmsprop, nn.adadelta, nn.adam, nn.adamw]) {
    const updates = rule([constant([1, 1], 'float64')], [p], { learningRate: rate })
    const next = updates.at(-1)![1]
    expect([next.dtype, next.eval({ rate: 0 }).tolist()]).toEqual(['float64', [1, 2]])
  }
})

test('parameters must be shared floats, with a gradient each', () => {
  const p = shared([1], 'p')
  expect(() => nn.sgd([], [p], { learningRate: 1 })).toThrow(
    /^sgd: 0 gradients for 1 parameters\n {2}at updates\.test\.ts:\d+ \[D602\]$/,
  )
  expect(() => nn.adam([scalar('x')], [scalar('x')])).toThrow(
    /^adam: parameters are shared variables of floats, not x float32\[\]\n {2}at updates\.test\.ts:\d+ \[D601\]$/,
  )
  const count = shared(1, 'count', { dtype: 'int32' })
  expect(() => nn.adam([count], [count])).toThrow('[D601]')
})

test('adam counts past where float32 stops counting', () => {
  const p = shared(0, 'p')
  const updates = nn.adam([constant(1)], [p])
  const late = new Map<Tensor, NDArray>([[updates[0]![0], constant(2 ** 24).eval()]])
  const after = apply(updates, late)
  expect(after.get(updates[0]![0])!.item()).toBe(2 ** 24)
  expect(after.get(p)!.item()).toBeLessThan(0)
})
