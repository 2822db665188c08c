/** Long bodies in strips: the same bits whatever the strips leave over, in place, in folds and among threads. */
import {
  array,
  compile,
  div,
  exp,
  log,
  matrix,
  max,
  mul,
  pow,
  type Spec,
  shared,
  sigmoid,
  sin,
  softmax,
  sum,
  type Tensor,
  tanh,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { opOf } from '../../frontend/elementwise.ts'
import { interpretKernel } from '../../frontend/kernel/interpret.ts'
import { isCall, type Kernel, type Statement } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { verifyLoops } from '../../frontend/kernel/verify.ts'
import { cutBody } from '../../wasm/halves.ts'
import { sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { buffersFor } from './pack.ts'
import { raceWatch } from './races.ts'

const sizes = [0, 1, 5, 63, 64, 255, 256, 257, 1000]

const numbers = (n: number) =>
  Float32Array.from({ length: n }, (_, i) => (i % 17 === 16 ? NaN : ((i * 37) % 101) / 9 - 5))

const target = wasm({ numerics: 'reproducible' })

const kernelsOf = (spec: Spec): Kernel[] =>
  lowered(spec as never).steps.flatMap(step => ('run' in step && !isCall(step.run) ? [step.run] : []))

const chain = (x: Tensor) => mul(tanh(mul(x, 0.7)), sigmoid(x)).add(exp(mul(x, x).neg()))

describe.each(['float32', 'float64'] as const)('%s', dtype => {
  const x = vector('x', { dtype, shape: ['n'] })
  const functions: Record<string, Tensor> = { chain: chain(x), log: log(x), pow: pow(x, 1.7), sin: sin(x) }
  test.each(Object.entries(functions))('%s', async (_, y) => {
    const f = await compile({ inputs: { x }, outputs: { y } }, { target })
    // One element alone is computed by scalar code, which is not in strips.
    const one = (value: number) => f({ x: array([value], { dtype }) } as never)
    const single = await Promise.all(Array.from(numbers(1000), one))
    const expected = single.flatMap(each => [...each.y.data])
    for (const n of sizes) {
      const { y } = await f({ x: array(numbers(n), { dtype }) } as never)
      expect([...y.data], `${n}`).toEqual(expected.slice(0, n))
    }
  })
})

test('what follows a tile of a product is too short for strips, also where the last tile is narrower', () => {
  for (const columns of [64, 83]) {
    const [a, b] = [matrix('a', { shape: [64, 64] }), matrix('b', { shape: [64, columns] })]
    const [kernel] = kernelsOf({ inputs: { a, b }, outputs: { y: tanh(a.matmul(b)) } })
    expect(loopText(schedule(kernel!))).toContain('tile')
    expect(loopText(schedule(kernel!)), `${columns}`).not.toContain('.strip')
  }
})

test('loops are in strips, which threads share', () => {
  const x = vector('x', { shape: ['n'] })
  const [kernel] = kernelsOf({ inputs: { x }, outputs: { y: chain(x as Tensor) } })
  const program = schedule(kernel!)
  verifyLoops(program)
  expect(loopText(program)).toMatch(/\.strip to [\s\S]*\.strip to/)
  expect(sharedPieces(program)!.some(piece => piece.kind === 'shared' && piece.loop.name.endsWith('.strip'))).toBe(true)
  const dims = { n: 1000 }
  const buffers = buffersFor(kernel!, dims, (_, i) => i / 100)
  interpretKernel(program, raceWatch(program))(buffers, new Map(Object.entries(dims)))
})

test('in place', async () => {
  const state = shared(array(numbers(1000)), 'state')
  const x = vector('x', { shape: ['n'] })
  const f = await compile({ inputs: { x }, outputs: { y: chain(x as Tensor) } }, { target })
  const { y } = await f({ x: numbers(1000) })
  const step = await compile({ updates: [[state, chain(state as Tensor)]] }, { target })
  await step()
  expect(step.state.get('state').data).toEqual(y.data)
})

test('folds of long and of short bodies in one loop', async () => {
  const x = matrix('x', { shape: [3, 'n'] })
  const outputs = { most: max(x, 1), total: sum(exp(tanh(x)), 1), p: softmax(x) }
  const f = await compile({ inputs: { x }, outputs }, { target })
  for (const n of [1, 300, 1000]) {
    const given = array(
      Float32Array.from({ length: 3 * n }, (_, i) => ((i * 37) % 101) / 9 - 5),
      { shape: [3, n] },
    )
    const result = await f({ x: given } as never)
    for (const [name, output] of Object.entries(outputs)) {
      const expected = [...(output as Tensor).eval(new Map([[x as Tensor, given]])).data] as number[]
      const found = [...result[name as 'most'].data]
      for (const [i, each] of expected.entries())
        expect(Math.abs(found[i]! / each - 1), `${name} ${n}`).toBeLessThan(1e-6)
    }
  }
})

test('what the turn before has left stays in one half', () => {
  const register = (name: string) => ({ name, dtype: 'float32', lanes: 4 }) as const
  const kernelOp = opOf(div)
  const root = (name: string, arg: string): Statement => ({
    kind: 'let',
    register: register(name),
    operation: { kind: 'apply', op: kernelOp, args: [arg, arg] },
  })
  const body: Statement[] = [
    { kind: 'let', register: register('t0'), operation: { kind: 'load', from: 0, at: 'i', stride: 1 } },
    {
      kind: 'let',
      register: register('t1'),
      operation: { kind: 'combine', op: 'max', args: ['a', 't0'] },
    },
    { kind: 'assign', register: register('a'), operation: { kind: 'copy', arg: 't1' } },
    ...[0, 1, 2, 3, 4, 5].map(i => root(`r${i + 1}`, i === 0 ? 't0' : `r${i}`)),
    { kind: 'store', to: 1, at: 'i', stride: 1, value: register('r6') },
  ]
  const { first, second, crossing } = cutBody(body, 1, 4)!
  const defined = (half: readonly Statement[]) => half.flatMap(s => (s.kind === 'let' ? [s.register.name] : []))
  expect(defined(first)).toEqual(['t0', 'r1', 'r2', 'r3'])
  expect(defined(second)).toEqual(['t0', 't1', 'r4', 'r5', 'r6'])
  expect(crossing.map(({ name }) => name)).toEqual(['r3'])
  expect(cutBody(body, 1, 100)).toBeUndefined()
})
