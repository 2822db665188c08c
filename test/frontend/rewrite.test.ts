import { describe, expect, it } from 'vitest'
import { evaluate } from '../../frontend/evaluate.ts'
import { topological } from '../../frontend/graph.ts'
import { dim, matrix, scalar, vector } from '../../frontend/leaf.ts'
import * as ops from '../../frontend/ops/index.ts'
import { rewrite, rewriteGraph } from '../../frontend/rewrite.ts'
import { rule } from '../../frontend/rule.ts'
import { rules } from '../../frontend/rules/index.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import type { ArrayValue } from '../../runtime/array.ts'

const { add, div, exp, log, mul, neg, sigmoid, sub, sum } = ops
const names = (x: Tensor) => topological([x]).map(node => node.op.name)

describe('rewrite', () => {
  it('makes one node of equal ones', () => {
    const x = vector('x', { shape: [3] })
    const y = vector('y', { shape: [3] })
    const [a, b] = rewrite([add(exp(x), y), add(y, exp(x))]).roots
    expect(a).toBe(b)
    expect(names(a!)).toEqual(['input', 'exp', 'input', 'add'])
  })

  it('leaves a graph alone where no rule applies', () => {
    const x = vector('x', { shape: [3] })
    const y = add(exp(x), x)
    expect(rewriteGraph(y)).toBe(y)
  })

  it('replaces unstable forms, whatever the shapes and orders', () => {
    const x = matrix('x', { shape: [2, 3] })
    expect(names(rewriteGraph(log(div(1, add(exp(neg(x)), 1)))))).toEqual(['input', 'neg', 'softplus', 'neg'])
    expect(names(rewriteGraph(log(sum(exp(x), { axis: 1 }))))).toEqual(['input', 'logsumexp'])
    for (const axis of [0, 1]) {
      const written = log(div(exp(x), sum(exp(x), { axis, keepdims: true })))
      expect(names(rewriteGraph(written))).toEqual(['input', 'logSoftmax'])
    }
  })

  it('keeps the type where a rule gives a smaller shape', () => {
    const x = vector('x', { shape: [3] })
    const y = rewriteGraph(mul(x, ops.ones([2, 3])))
    expect(y.shape).toEqual([2, 3])
    expect(names(y)).toEqual(['input', 'broadcastTo'])
  })

  it('does not look behind leaves', () => {
    const x = vector('x', { shape: [3] })
    const s = sigmoid(x)
    const y = log(s)
    const [z] = rewrite([y], { leaves: [s] }).roots
    expect(z!.op).toBe(y.op)
    expect(z!.inputs[0]).toBe(s)
  })

  it('keeps the checks of what it removes', () => {
    const x = vector('x')
    const y = vector('y')
    const difference = sub(add(x, y), 0)
    const z = rewriteGraph(mul(difference, 1))
    expect(z.checks).toEqual(add(x, y).checks)
  })

  it('names the line of what it replaced', () => {
    const x = vector('x', { shape: [3] })
    const { roots, trace, hits } = rewrite([log(sigmoid(x))])
    expect(trace.map(firing => firing.rule)).toEqual(['log sigmoid x = -softplus -x'])
    expect(trace[0]!.line).toMatch(/^rewrite\.test\.ts:\d+$/)
    expect(hits.get('log sigmoid x = -softplus -x')).toBe(1)
    expect(roots[0]!.origins).toContain(trace[0]!.before.origins[0])
  })

  it('takes rules in and out by name or tag', () => {
    const x = vector('x', { shape: [3] })
    const y = log(sigmoid(x))
    expect(rewriteGraph(y, { exclude: ['stability'] })).toBe(y)
    expect(rewriteGraph(y, { exclude: ['log sigmoid x = -softplus -x'] })).toBe(y)
    expect(rewriteGraph(y, { include: ['algebra'] })).toBe(y)
    expect(rewriteGraph(y, { phases: ['canonical'] })).toBe(y)
    expect(() => rewriteGraph(y, { exclude: ['no such'] })).toThrow("'no such'")
  })

  it('names rules that lead back, and rules that grow for ever', () => {
    const there = rule({ phase: 'canonical', holds: 'exact' }, 'there', (x, y) => [sub(x, y), add(x, neg(y))])
    const back = rule({ phase: 'canonical', holds: 'exact' }, 'back', (x, y) => [add(x, neg(y)), sub(x, y)])
    const grow = rule({ phase: 'canonical', holds: 'exact' }, 'grow', x => [exp(x), exp(neg(x))])
    const x = scalar('x')
    expect(() => rewriteGraph(sub(x, 2), { rules: [there, back] })).toThrow(/'there'.*'back'/)
    expect(() => rewriteGraph(exp(x), { rules: [...rules, grow] })).toThrow(/'grow'/)
  })

  it('computes the same', () => {
    const n = dim('n')
    const x = matrix('x', { shape: [n, 3] })
    const y = sub(mul(exp(x), 1), sub(1, sigmoid(x)))
    const value = new Map([[x as Tensor, [[1, 2, 3]]]])
    const [before, after] = [y, rewriteGraph(y)].map(root => evaluate([root], value)[0]!.tolist())
    expect(after).toEqual(before)
  })

  /** The value of a graph, and that of what it is rewritten to. */
  const bothWays = (y: Tensor, x: Tensor, value: ArrayValue) =>
    [y, rewriteGraph(y)].map(root => evaluate([root], new Map([[x, value]]))[0]!.tolist())

  it('keeps what folds make of nothing', () => {
    const x = vector('x', { shape: [dim('n')] })
    const [before, after] = bothWays(ops.all(ops.zerosLike(x)), x, [])
    expect(after).toEqual(before)
    for (const extreme of [ops.max, ops.min])
      expect(() => evaluate([rewriteGraph(extreme(ops.onesLike(x)))], new Map([[x, []]]))).toThrow('over nothing')
  })

  it('keeps that floats saturate where integers wrap', () => {
    const x = vector('x', { dtype: 'int32', shape: [2] })
    expect(bothWays(x.astype('float64').astype('int8'), x, [300, -300])).toEqual([
      [127, -128],
      [127, -128],
    ])
    expect(bothWays(x.astype('int64').astype('int8'), x, [300, -300])).toEqual([
      [44, -44],
      [44, -44],
    ])
  })

  it('takes chains of 100,000 nodes', { timeout: 60_000 }, () => {
    const x = scalar('x')
    let y: Tensor = x
    for (let i = 0; i < 25_000; i++) y = log(add(sigmoid(neg(neg(y))), 0))
    const start = performance.now()
    const z = rewriteGraph(y)
    expect(topological([z])).toHaveLength(1 + 25_000 + 2)
    expect(performance.now() - start).toBeLessThan(60_000)
  })
})
