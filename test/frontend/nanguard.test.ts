/** A guarded call that would give NaN fails, says where it arose, and leaves the state alone. */
import { compile, exp, interpreter, log, shared, type Target, vector, where } from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { loopInterpreter } from '../targets.ts'

const targets: [string, () => Target][] = [
  ['interpreter', interpreter],
  ['loop interpreter', loopInterpreter],
  ['wasm', wasm],
]

describe.each(targets)('nanGuard on %s', (_, target) => {
  test('names the op and line that made the NaN, and keeps the state', async () => {
    const x = vector('x')
    const weight = shared(1, 'weight')
    const loss = exp(log(x.sub(2)).mul(weight)).sum()
    const updates = [[weight, weight.add(loss)]] as const
    const f = await compile({ inputs: { x }, outputs: { loss }, updates }, { target: target(), nanGuard: true })
    await f({ x: [3, 4] })
    expect(f.state.get('weight').item()).toBeCloseTo(4)
    await expect(f({ x: [1, 4] })).rejects.toThrow(/NaN in output 'loss'.*first made by log at nanguard\.test\.ts:17/s)
    expect(() => f.runSync({ x: [1, 4] })).toThrow(/first made by log/)
    expect(f.state.get('weight').item()).toBeCloseTo(4)
  })

  test('lets NaN pass that is not selected, and infinities', async () => {
    const x = vector('x')
    const y = where(x, log(x), 0)
    const f = await compile({ inputs: { x }, outputs: { y } }, { target: target(), nanGuard: true })
    expect((await f({ x: [0, 1] })).y.tolist()).toEqual([0, 0])
    const g = await compile({ inputs: { x }, outputs: { y: log(x) } }, { target: target(), nanGuard: true })
    expect((await g({ x: [0] })).y.tolist()).toEqual([-Infinity])
  })
})
