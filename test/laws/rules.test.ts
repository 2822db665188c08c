import { describe, expect, it } from 'vitest'
import { add, mul, neg, square, sub } from '../../frontend/ops/arithmetic.ts'
import { exp, log, log1p } from '../../frontend/ops/exponential.ts'
import { proveRule } from '../../frontend/prove/prove.ts'
import { rule } from '../../frontend/rule.ts'
import { rules } from '../../frontend/rules/index.ts'

const seed = Number(process.env.DAMO_SEED ?? Math.floor(Math.random() * 2 ** 32))

describe(`rules, seed ${seed}`, () => {
  it.each(rules.map(rule => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(proveRule(rule, { seed })).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
  })

  it('are pairs of graphs for the most part', () => {
    expect(rules.filter(({ proof }) => proof.kind === 'samples').length).toBeLessThan(rules.length / 4)
  })
})

describe('the proof', () => {
  const flaws = (planted: Parameters<typeof proveRule>[0]) => proveRule(planted, { seed, rules: [] }).join('\n')

  it('finds a wrong function', () => {
    expect(flaws(rule({ phase: 'stable', holds: 'stable' }, 'wrong', x => [log(add(1, x)), log1p(neg(x))]))).toMatch(
      'becomes',
    )
  })

  it('finds what is right but not bit for bit', () => {
    expect(flaws(rule({ phase: 'special', holds: 'exact' }, 'zero', x => [add(x, 0), x]))).toMatch('0 becomes -0')
    expect(flaws(rule({ phase: 'special', holds: 'exact' }, 'nan', x => [mul(x, 0), sub(x, x)]))).not.toBe('')
  })

  it('finds points that were undefined', () => {
    expect(flaws(rule({ phase: 'stable', holds: 'stable' }, 'domain', x => [exp(log(x)), x]))).toMatch('NaN')
  })

  it('finds what is no better than before', () => {
    expect(flaws(rule({ phase: 'stable', holds: 'stable' }, 'unstable', x => [log1p(x), log(add(1, x))]))).toMatch(
      'becomes',
    )
  })

  it('finds rules that make more work, and those that never fire', () => {
    expect(flaws(rule({ phase: 'special', holds: 'exact' }, 'more', x => [square(x), mul(x, x)]))).toMatch('measure')
    expect(
      flaws(rule({ phase: 'special', holds: 'exact', when: () => false }, 'never', x => [neg(neg(x)), x])),
    ).toMatch('has no instance')
    const known = rules.find(({ name }) => name === '--x = x')!
    const again = rule({ phase: 'canonical', holds: 'exact' }, 'shadowed', x => [neg(neg(x)), x])
    expect(proveRule(again, { seed, rules: [known] })).toEqual(['shadowed: is never reached among the other rules'])
  })
})
