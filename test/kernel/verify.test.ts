import { describe, expect, test } from 'vitest'
import type { Kernel, LoopProgram, Statement } from '../../frontend/kernel/ir.ts'
import { verifyKernel, verifyLoops } from '../../frontend/kernel/verify.ts'
import { schedule } from '../../wasm/schedule.ts'
import * as k from './kernels.ts'

describe('a kernel is refused', () => {
  const b = new k.Draft()
  const good = k.chain()
  const withValue = (value: Kernel['stages'][0]['stores'][0]['value']): Kernel => ({
    ...good,
    stages: [k.stage({ stores: [k.store(2, 'i', value)] })],
  })
  const cases: [string, Kernel, string][] = [
    ['for an unknown name', withValue(b.load('float32', 0, 'q')), 'unknown name q in an index'],
    ['for a buffer that it has not', withValue(b.load('float32', 9, 'i')), 'a load of buffer 9'],
    ['for a load of another dtype', withValue(b.load('int32', 0, 'i')), 'a load of int32 in buffer 0 of float32'],
    ['for reading what is only written', withValue(b.load('float32', 2, 'i')), 'a load in a buffer to write'],
    [
      'for a fold that is not computed before',
      withValue(b.fold('float32', 'total')),
      'fold total of float32 is not known',
    ],
    [
      'for a missing operand',
      withValue({ kind: 'apply', dtype: 'float32', op: k.op('add'), args: [b.load('float32', 0, 'i')] }),
      'add of 1 operands',
    ],
    ['for two loops of one name', { ...good, loops: [...good.loops, ...good.loops] }, 'two loops are called i'],
    ['for an extent that is no dim', { ...good, loops: [k.loop('i', 'q')] }, 'the extent of i uses q'],
  ]
  test.each(cases)('%s', (_, kernel, message) => {
    expect(() => verifyKernel(kernel)).toThrow(message)
  })
  test('and otherwise accepted', () => {
    for (const kernel of [good, k.softmax(0), k.gathered('int64', true), k.matmul('float64')])
      expect(() => verifyKernel(kernel)).not.toThrow()
  })
})

describe('loops are refused', () => {
  const good = schedule(k.reduced('add', 'float32', [1], 'float64'))
  /** The program with one statement of a kind, the first found, changed. */
  function changed(kind: Statement['kind'], change: (statement: never) => Statement | Statement[]): LoopProgram {
    let done = false
    const visit = (statements: readonly Statement[]): Statement[] =>
      statements.flatMap((s): Statement[] => {
        const inner = s.kind === 'for' ? { ...s, body: visit(s.body) } : s
        if (done || s.kind !== kind) return [inner]
        done = true
        return [change(inner as never)].flat()
      })
    return { ...good, body: visit(good.body) }
  }
  type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>
  const cases: [string, LoopProgram, string][] = [
    ['for a register that is not defined', changed('var', () => []), 'is not defined'],
    ['for a register that is defined twice', changed('var', (s: Of<'var'>) => [s, s]), 'is defined twice'],
    ['for assigning what is fixed', changed('var', (s: Of<'var'>) => ({ ...s, kind: 'let' })), 'cannot be assigned'],
    [
      'for lanes that differ',
      changed('assign', (s: Of<'assign'>) => ({ ...s, register: { ...s.register, lanes: 1 } })),
      'x1 of',
    ],
    [
      'for a store of another dtype',
      changed('store', (s: Of<'store'>) => ({ ...s, value: { ...s.value, dtype: 'int32' } })),
      'a store of int32',
    ],
    ['for an unknown name', changed('store', (s: Of<'store'>) => ({ ...s, at: 'q' })), 'unknown name q in an index'],
  ]
  test.each(cases)('%s', (_, program, message) => {
    expect(() => verifyLoops(program)).toThrow(message)
  })
  test('and otherwise accepted', () => {
    expect(() => verifyLoops(good)).not.toThrow()
  })
})
