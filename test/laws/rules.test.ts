import { describe, expect, it } from 'vitest'
import { proveRule } from '../../frontend/prove/prove.ts'
import { rules } from '../../frontend/rules/index.ts'

const seed = Number(process.env['DAMO_SEED'] ?? Math.floor(Math.random() * 2 ** 32))

describe(`rules, seed ${seed}`, () => {
  it.each(rules.map(rule => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(proveRule(rule, { seed })).toEqual([])
  })
})
