/** Rules at work in what people write: what becomes of the graph, and what it gives where the written form does not. */
import * as d from 'damo'
import { describe, expect, it } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { topological } from '../../frontend/graph.ts'

const { add, concatenate, div, erf, erfc, exp, grad, gt, lt, max, mul, neg, rewriteGraph, sqrt, square, stack } = d
const { log, sub, sum, tensor, where } = d

const opsOf = (x: d.Tensor) => topological([rewriteGraph(x)]).flatMap(({ op }) => (op.kind === 'leaf' ? [] : [op.name]))

/** What the rewritten graph gives for one input. */
const given = (y: d.Tensor, x: d.Tensor, value: number) =>
  d.evaluate([rewriteGraph(y)], new Map([[x, value]]))[0]!.item()

const x = tensor('x', { shape: [] })

describe('likelihoods keep their digits', () => {
  it('of a complementary log-log model: log(1 - e^-e^x)', () => {
    const y = log(sub(1, exp(neg(exp(x)))))
    expect(opsOf(y)).toEqual(['exp', 'neg', 'log1mexp'])
    expect(given(y, x, -50)).toBeCloseTo(-50, 4)
  })

  it('of normal tails: (1 + erf(x / √2)) / 2', () => {
    const y = mul(0.5, add(1, erf(div(x, Math.SQRT2))))
    expect(opsOf(y)).toContain('erfc')
    // Φ(-8).
    expect(given(y, x, -8)).toBeCloseTo(6.22096e-16, 20)
  })

  it('of their hazard: e^-x² / erfc x', () => {
    const y = div(exp(neg(square(x))), erfc(x))
    expect(opsOf(y)).toEqual(['erfcx', 'reciprocal'])
    // x √π for large x.
    expect(given(y, x, 1e4)).toBeCloseTo(1e4 * Math.sqrt(Math.PI), 1)
  })

  it('and inverse links are undone where they are defined', () => {
    const y = d.tanh(d.arctanh(x))
    expect(opsOf(y)).not.toContain('tanh')
    expect(given(y, x, 1)).toBe(1)
    expect(given(y, x, 1.5)).toBeNaN()
  })
})

describe('selections', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(name => tensor(name, { shape: [4, 5] })) as [d.Tensor, d.Tensor, d.Tensor]

  it('of one condition become one', () => {
    const inside = gt(a, 0)
    expect(opsOf(add(where(inside, b, 0), where(inside, 0, c)))).toEqual(['gt', 'where'])
    expect(opsOf(mul(where(inside, b, 0), where(inside, c, 0)))).toEqual(['gt', 'mul', 'where'])
  })

  it('leave one in the gradient of a loss with two branches', () => {
    const loss = where(lt(d.abs(a), 1), mul(0.5, square(a)), sub(d.abs(a), 0.5))
    expect(opsOf(grad(sum(loss), a)).filter(name => name === 'where')).toHaveLength(1)
  })

  it('by comparisons that unsigned integers decide disappear', () => {
    const pixels = tensor('pixels', { dtype: 'uint8', shape: [4, 5] })
    expect(opsOf(where(d.ge(pixels, 0), a, b))).toEqual([])
  })
})

describe('what is put together', () => {
  const parts = ['a', 'b', 'c'].map(name => tensor(name, { shape: [4, 5] }))

  it('and reduced again never is: the greatest of three', () => {
    const y = max(stack(parts), { axis: 0 })
    expect(opsOf(y)).not.toContain('concatenate')
    const inputs = Object.fromEntries(parts.map(part => [part.name!, part]))
    expect(lowered({ inputs, outputs: { y } }).steps).toHaveLength(1)
  })

  it('is without what is empty', () => {
    const [a] = parts
    expect(opsOf(concatenate([d.at(a!, d.slice(0, 0)), a!]))).toEqual([])
  })
})

describe('arithmetic', () => {
  it('of integers cancels', () => {
    const [i, n] = ['i', 'n'].map(name => tensor(name, { dtype: 'int32', shape: [4] })) as [d.Tensor, d.Tensor]
    expect(opsOf(sub(add(i, n), n))).toEqual([])
    expect(opsOf(add(mul(i, n), mul(i, 3)))).toEqual(['add', 'mul'])
  })

  it('of floats keeps what rounding takes away on purpose', () => {
    const [s, y] = [tensor('s', { shape: [4] }), tensor('y', { shape: [4] })]
    // The error of a sum, as compensated summation carries it along.
    expect(opsOf(sub(sub(add(s, y), s), y))).toEqual(['add', 'sub', 'sub'])
  })

  it('of floats undoes a scaling by what is neither 0 nor infinite', () => {
    const scale = sqrt(add(square(x), 1))
    expect(opsOf(mul(div(x, scale), scale))).not.toContain('div')
    expect(opsOf(sub(mul(2, x), mul(2, scale))).filter(name => name === 'mul')).toHaveLength(1)
  })
})
