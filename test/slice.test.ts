/** One thin thread through every level: graph, gradient, rules, kernels, loops, C++, WebAssembly, artifact, runtime. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, dim, exp, grad, interpreter, matrix, shared, softmax, type Target, vector } from 'damo'
import { load, Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { lowered } from '../frontend/compile.ts'
import { loopInterpreter } from './targets.ts'

const folder = mkdtempSync(join(tmpdir(), 'damo-slice-'))
const near = (a: unknown, b: unknown) => expect(a).toEqual(closeTo(b))
const closeTo = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(closeTo) : expect.closeTo(value as number, 4)

/** exp(x).sum(), its gradient, and a shared variable that counts calls and gathers the gradient's total. */
function sumOfExponentials() {
  const n = dim('n')
  const x = vector('x', { shape: [n] })
  const count = shared(0, 'count')
  const total = exp(x).sum()
  const gradient = grad(total, x)
  return { inputs: { x }, outputs: { total, gradient }, updates: [[count, count.add(gradient.sum())]] as const }
}

const targets: [string, () => Target][] = [
  ['interpreter', interpreter],
  ['loop interpreter', loopInterpreter],
  ['wasm', wasm],
]

describe.each(targets)('the first slice on %s', (_, target) => {
  test('a sum of exponentials, its gradient and a state, at any length', async () => {
    const f = await compile(sumOfExponentials(), { target: target() })
    let count = 0
    for (const length of [3, 0, 1, 7]) {
      const x = Float32Array.from({ length }, (_, i) => (i - 1) / 2)
      const expected = Array.from(x, Math.exp)
      const sum = expected.reduce((a, b) => a + b, 0)
      const { total, gradient } = await f({ x })
      near(total.item(), sum)
      near(gradient.tolist(), expected)
      count += sum
      near(f.state.get('count').item(), count)
    }
  })

  test('two programs on one store share the state', async () => {
    const count = shared(1, 'count')
    const store = new Store()
    const grow = await compile({ updates: [[count, count.mul(2)]] }, { target: target(), store })
    const read = await compile({ outputs: { count } }, { target: target(), store })
    for (const expected of [1, 2, 4]) {
      near((await read()).count.item(), expected)
      await grow()
    }
  })

  test('a kernel of several stages: row softmax', async () => {
    const x = matrix('x')
    const f = await compile({ inputs: { x }, outputs: { p: softmax(x) } }, { target: target() })
    const { p } = await f({
      x: [
        [0, 1, 2, 3, 4],
        [100, 100, 100, 100, 100],
      ],
    })
    const weights = [0, 1, 2, 3, 4].map(Math.exp)
    const whole = weights.reduce((a, b) => a + b)
    near(p.tolist(), [weights.map(w => w / whole), [0.2, 0.2, 0.2, 0.2, 0.2]])
  })
})

describe('an artifact', () => {
  const path = join(folder, 'slice')

  beforeAll(async () => {
    const program = await compile(sumOfExponentials(), { target: wasm() })
    await program({ x: [0] })
    await program.save(path)
  })

  test('runs by the runtime alone, from the state that was saved', async () => {
    const loaded = await load(`${path}.json`)
    near(loaded.state.get('count').item(), 1)
    near((await loaded({ x: [0, 0] })).total!.item(), 2)
    near(loaded.state.get('count').item(), 3)
  })

  test('shares a store with another load of it', async () => {
    const store = new Store()
    const [a, b] = [await load(`${path}.json`, { store }), await load(`${path}.json`, { store })]
    a.runSync({ x: [0, 0] })
    b.runSync({ x: [0] })
    near(a.state.get('count').item(), 4)
  })
})

test('structure: row softmax is one kernel of three stages', () => {
  const x = matrix('x')
  const { steps } = lowered({ inputs: { x }, outputs: { p: softmax(x) } })
  expect(steps.map(step => 'run' in step && 'stages' in step.run && step.run.stages.length)).toEqual([3])
})
