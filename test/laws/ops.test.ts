import { DamoError, type DType, type NDArray, type Tensor, tensor } from 'damo'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ElementwiseOp } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { hostFunction, rounding } from '../../frontend/host.ts'
import { allTypes, promote } from '../../frontend/type.ts'
import { elements } from './agree.ts'
import { type Arrays, type Executor, executors, oracle } from './executors.ts'
import { agreement, execute, fail, problem, type Results, wordsOf } from './keep.ts'
import { broadcastLaws, type Law, lawsOf, ops, withoutLaws } from './programs.ts'
import { toArray } from './values.ts'

const elementwise = ops.filter((op): op is ElementwiseOp => op.kind === 'elementwise')

test('every op has laws', () => {
  expect(withoutLaws()).toEqual([])
})

describe('dtypes', () => {
  test.each(elementwise)('$name refuses what it does not accept', op => {
    for (const attrs of op.sampleAttrs ?? [undefined]) {
      for (const dtypes of pairs(op.arity)) {
        const tensors = dtypes.map((dtype, i) => tensor(`operand${i}`, { dtype, shape: [2] }))
        const accepted = op.typing(dtypes, attrs) !== undefined
        // One dtype that is not declared is never taken; pairs may be by what they promote to.
        if (new Set(dtypes).size === 1 && !op.accepts.includes(dtypes[0]!)) expect(accepted, dtypes.join()).toBe(false)
        if (!accepted) expect(() => applyElementwise(op, tensors, attrs)).toThrow(refusal(op.name))
        else expect(allTypes).toContain(applyElementwise(op, tensors, attrs).dtype)
      }
    }
  })

  test.each(elementwise.filter(op => op.arity === 2))('$name promotes its operands to one dtype', op => {
    for (const [a, b] of pairs(2) as [DType, DType][]) {
      const typing = op.typing([a, b], undefined)
      if (!typing) continue
      const operands = new Set(typing.operands)
      expect(operands.size, `${a} and ${b}`).toBe(1)
      expect([promote(a, b), 'float32', 'bool']).toContain(typing.operands[0])
      expect(op.typing([b, a], undefined)).toEqual(typing)
    }
  })
})

describe('values', () => {
  const laws = new Map(ops.map(op => [op.name, allTypes.flatMap(dtype => lawsOf(op, dtype))]))
  const shapes = new Map(elementwise.map(op => [op.name, broadcastLaws(op)]))
  const all = [...laws.values(), ...shapes.values()].flat()
  const results = new Map<Executor, Results>()
  const absent = new Map<Executor, string>()

  const prepare = async (executor: Executor, asked: ReadonlySet<string>) => {
    const reason = await executor.unavailable()
    const needed = all.filter(law => asked.has(law.op))
    if (reason === undefined) results.set(executor, await execute(executor, needed))
    else absent.set(executor, reason)
  }

  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what is needed
  beforeAll(({}, suite) => prepare(oracle, wordsOf(suite)))

  test.for(elementwise)('the oracle computes $name as its record says', op => {
    fail(laws.get(op.name)!.flatMap(law => problem(results.get(oracle)!, law, [exact(op, law)]) ?? []))
  })

  describe.each(executors.filter(executor => executor !== oracle))('$name', executor => {
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what is needed
    beforeAll(({}, suite) => prepare(executor, wordsOf(suite)), 600_000)

    test.for(ops)('$name', (op, context) => {
      if (absent.has(executor)) context.skip(absent.get(executor)!)
      const own = results.get(executor)!
      const twin = executors.find(other => other.bits && other.bits === executor.bits && results.has(other))
      const problems = [...laws.get(op.name)!, ...(shapes.get(op.name) ?? [])].flatMap(law => {
        const far = agreement(own, results.get(oracle)!, law, law.ulps)
        const other = twin && twin !== executor ? agreement(own, results.get(twin)!, law, 0) : undefined
        return [far ?? [], other === undefined ? [] : `unlike ${twin!.name}: ${other}`].flat()
      })
      fail(problems)
    })
  })
})

const refusal = (name: string) =>
  expect.objectContaining({ code: 'D001', message: expect.stringContaining(`${name}: `), constructor: DamoError })

/** Every list of so many dtypes, for one and two; for more, the same dtype throughout. */
function pairs(arity: number): DType[][] {
  if (arity === 2) return allTypes.flatMap(a => allTypes.map(b => [a, b]))
  return allTypes.map(dtype => new Array<DType>(arity).fill(dtype))
}

/** What the record's own function gives for the first call of a law. */
function exact(op: ElementwiseOp, law: Law): Arrays {
  const [name, output] = Object.entries(law.program.outputs)[0] as [string, Tensor]
  const symbols = Object.values(law.program.inputs)
  const f = hostFunction(
    op,
    symbols.map(x => x.dtype),
    output.dtype,
  )
  const round = rounding(output.dtype)
  const lists = symbols.map(x => elements(law.calls[0]![x.name!] as NDArray))
  const values = Array.from({ length: lists[0]!.length }, (_, i) => {
    const value = f(...lists.map(list => list[i]!))
    return round(typeof value === 'boolean' ? Number(value) : value)
  })
  return { [name]: toArray(output.dtype, values) }
}
