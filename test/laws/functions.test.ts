/** The public functions that are made of ops: the same on every target, with the derivatives that differences give. */
import { type DType, type NDArray, type Tensor, tensor } from 'damo'
import { beforeAll, describe, expect, test } from 'vitest'
import { topological } from '../../frontend/graph.ts'
import { verifyGradOf } from '../../frontend/testing.ts'
import { isFloat } from '../../frontend/type.ts'
import { evaluateShape } from '../../runtime/dims.ts'
import { type Executor, executors, oracle } from './executors.ts'
import { functions } from './functions.ts'
import { agreement, execute, fail, type Results, wordsOf } from './keep.ts'
import { functionLaws } from './programs.ts'
import { ordinary, toArray } from './values.ts'

const dtypes = ['float32', 'int32', 'bool'] as const satisfies readonly DType[]
const names = Object.keys(functions)
const laws = new Map(names.map(name => [name, dtypes.flatMap(dtype => functionLaws(name, functions[name]!, dtype))]))

test('every function takes some dtype', () => {
  expect(names.filter(name => laws.get(name)!.length === 0)).toEqual([])
})

describe('values', () => {
  const asked = (names: ReadonlySet<string>) => [...laws].flatMap(([name, own]) => (names.has(name) ? own : []))
  let expected: Results

  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what is needed
  beforeAll(async ({}, suite) => {
    expected = await execute(oracle, asked(wordsOf(suite)))
  })

  describe.each(executors.filter(executor => executor !== oracle))('$name', (executor: Executor) => {
    let own: Results
    let absent: string | undefined

    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what is needed
    beforeAll(async ({}, suite) => {
      absent = await executor.unavailable()
      if (absent === undefined) own = await execute(executor, asked(wordsOf(suite)))
    }, 600_000)

    test.for(names)('%s', (name, context) => {
      if (absent !== undefined) context.skip(absent)
      fail(laws.get(name)!.flatMap(law => agreement(own, expected, law, law.ulps) ?? []))
    })
  })
})

describe('derivatives', () => {
  const dims = new Map([
    ['m', 2],
    ['n', 3],
  ])

  // Their derivative is not that of their values: that is what they are for.
  const pretending = ['considerConstant']

  test.each(names.filter(name => !pretending.includes(name)))('%s', name => {
    const values = new Map<Tensor, NDArray>()
    const examples = functions[name]!((shape, dtype = 'float64', range = [0.3, 2.3]) => {
      const x = tensor(`x${values.size}`, { dtype, shape })
      const sizes = evaluateShape(x.shape, dims)
      const count = sizes.reduce((a, b) => a * b, 1)
      values.set(x, toArray(dtype, ordinary(dtype, range, count, values.size + 1), sizes))
      return x
    })
    for (const example of examples.filter(({ dtype }) => isFloat(dtype))) {
      // Inputs that it does not depend on may tell dims.
      if (topological([example]).some(x => values.has(x))) verifyGradOf(example, values, { rtol: 1e-6, atol: 1e-7 })
    }
  })
})
