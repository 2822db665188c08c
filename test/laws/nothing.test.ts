/** Reductions of nothing, and of nothing to nothing: extremes have no value there, as in NumPy; everything else has. */
import { argmax, argmin, array, compile, dim, interpreter, max, min, type Tensor, tensor } from 'damo'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ReductionOp, registry } from '../../frontend/define.ts'
import { folds } from '../../frontend/folds.ts'
import { reduce } from '../../frontend/ops/reduce.ts'
import { executors, oracle, type Runner } from './executors.ts'
import { foldedAxes } from './programs.ts'

const reductions = [...registry.values()].filter((op): op is ReductionOp => op.kind === 'reduction')
const extremes = reductions.filter(op => folds[op.fold].needsElements)
const others = reductions.filter(op => !extremes.includes(op))

const x = tensor('x', { shape: [dim('m'), 3, dim('n')] })
const sizes = [0, 2].flatMap(m => [0, 2].map(n => ({ m, n })))
const given = ({ m, n }: { m: number; n: number }) => ({ x: array(new Float32Array(m * 3 * n), { shape: [m, 3, n] }) })

/** NumPy's rule: nothing is chosen from nothing, unless nothing is to be chosen. */
function isRefused(axes: readonly number[], { m, n }: { m: number; n: number }): boolean {
  const product = (list: readonly number[]) => list.reduce((total, size) => total * size, 1)
  const shape = [m, 3, n]
  const [reduced, kept] = [true, false].map(is => product(shape.filter((_, axis) => axes.includes(axis) === is)))
  return reduced === 0 && kept !== 0
}

test('there are extremes, and others', () => {
  expect(extremes.map(({ name }) => name).sort()).toEqual(['argmax', 'argmin', 'max', 'min'])
  expect(others.length).toBeGreaterThan(3)
})

describe.each(executors)('on $name', executor => {
  const runners = new Map<string, Runner>()
  let absent: string | undefined

  /** All ops of a kind over the same axes together: they are refused together. */
  const outputsOf = (ops: readonly ReductionOp[], axes: readonly number[]) =>
    Object.fromEntries(ops.map(op => [op.name, reduce(op, x, axes)]))

  beforeAll(async () => {
    absent = await executor.unavailable()
    if (absent !== undefined) return
    for (const axes of foldedAxes)
      runners.set(axes.join(), await executor.compile({ inputs: { x }, outputs: outputsOf(extremes, axes) }))
    const all = Object.fromEntries(
      foldedAxes.flatMap(axes => others.map(op => [`${op.name}${axes.join('')}`, reduce(op, x, axes)])),
    )
    runners.set('others', await executor.compile({ inputs: { x }, outputs: all }))
  }, 600_000)

  test.for(foldedAxes)('extremes over %j', async (axes, context) => {
    if (absent) context.skip(absent)
    const runner = runners.get(axes.join())!
    for (const size of sizes) {
      const result = runner.run(given(size))
      // By the function that was called: here the one that takes records.
      if (isRefused(axes, size)) await expect(result).rejects.toThrow(/^reduce.* has no value over nothing/)
      else for (const array of Object.values(await result)) expect(array.data.every(value => !value)).toBe(true)
    }
    // A refused call leaves the program as it was.
    expect((await runner.run(given({ m: 2, n: 2 }))).argmax!.dtype).toBe('int32')
  })

  test('everything else', async context => {
    if (absent) context.skip(absent)
    const reference = await oracle.compile({
      inputs: { x },
      outputs: Object.fromEntries(
        foldedAxes.flatMap(axes => others.map(op => [`${op.name}${axes.join('')}`, reduce(op, x, axes)])),
      ),
    })
    for (const size of sizes)
      expect(await runners.get('others')!.run(given(size))).toEqual(await reference.run(given(size)))
  })
})

describe('where sizes are known when it is built', () => {
  const shaped = (...shape: number[]) => tensor('x', { shape })
  const builds: Readonly<Record<string, (x: Tensor, axis?: number) => Tensor>> = {
    max: (x, axis) => max(x, { axis }),
    min: (x, axis) => min(x, { axis }),
    argmax: (x, axis) => argmax(x, axis === undefined ? {} : { axis }),
    argmin: (x, axis) => argmin(x, axis === undefined ? {} : { axis }),
  }

  test.each(Object.entries(builds))('%s is refused there and then', (name, build) => {
    const message = `${name}: has no value over nothing`
    for (const refused of [() => build(shaped(0)), () => build(shaped(3, 0)), () => build(shaped(3, 0), 1)])
      expect(refused).toThrow(message)
    expect(build(shaped(3, 0), 0).eval({ x: array(new Float32Array(0), { shape: [3, 0] }) }).shape).toEqual([0])
  })

  test('a call names the op, its line and the size', async () => {
    const v = tensor('v', { shape: [dim('n')] })
    const f = await compile({ inputs: { v }, outputs: max(v) }, { target: interpreter() })
    expect(() => f.runSync({ v: [] })).toThrow(
      /^max at nothing\.test\.ts:\d+ has no value over nothing: wants n = 0 to be at least 1/,
    )
    expect(f.runSync({ v: [1] }).item()).toBe(1)
  })
})
