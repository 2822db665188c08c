/**
 * Constants among vectors keep their scalars (`Splat` in value.hpp): every op and every fold takes them in any place, and
 * gives what it gives of an array of the same numbers.
 */
import { array, compile, type DType, dim, full, type NDArray, type Tensor, tensor } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { type ElementwiseOp, type ReductionOp, registry } from '../../frontend/define.ts'
import { applyElementwise } from '../../frontend/elementwise.ts'
import { reduce } from '../../frontend/ops/reduce.ts'
import { allTypes } from '../../frontend/type.ts'

const ops = [...registry.values()]
const elementwise = ops.filter((op): op is ElementwiseOp => op.kind === 'elementwise')
const reductions = ops.filter((op): op is ReductionOp => op.kind === 'reduction')
const x = Object.fromEntries(allTypes.map(dtype => [dtype, tensor(`x_${dtype}`, { dtype, shape: [dim('n')] })]))
const given = Object.fromEntries(allTypes.map(dtype => [`x_${dtype}`, array(Array(9).fill(1), { dtype })]))

/** By op, its results where operands are constants in all ways, first where none is. */
type Ways = Map<string, Tensor[]>

function elementwiseOf(dtype: DType): Ways {
  const operands = [x[dtype]!, full([dim('n')], 1, dtype)]
  const operandsOf = (arity: number, way: number) => Array.from({ length: arity }, (_, i) => operands[(way >> i) & 1]!)
  return new Map(
    elementwise.flatMap(op =>
      (op.sampleAttrs ?? [undefined])
        .filter(attrs => op.typing(Array(op.arity).fill(dtype), attrs)?.operands.every(operand => operand === dtype))
        .map(attrs => [
          `${op.name}${JSON.stringify(attrs ?? '')}`,
          Array.from({ length: 2 ** op.arity }, (_, way) => applyElementwise(op, operandsOf(op.arity, way), attrs)),
        ]),
    ),
  )
}

/** Beside folds of another array, which share their loop. */
function foldsOf(dtype: DType): Ways {
  const operands = [x[dtype]!, full([dim('n')], 1, dtype), x.float32!]
  return new Map(
    reductions
      .filter(op => op.accepts.includes(dtype))
      .map(op => [op.name, operands.filter(a => op.accepts.includes(a.dtype)).map(a => reduce(op, a, [0]))]),
  )
}

test.each(allTypes)(
  'of %s',
  async dtype => {
    for (const ways of [elementwiseOf(dtype), foldsOf(dtype)]) {
      const outputs = Object.fromEntries(
        [...ways].flatMap(([name, results]) => results.map((result, way) => [`${name} ${way}`, result])),
      )
      const inputs = Object.fromEntries(Object.values(x).map(input => [input.name!, input]))
      const program = await compile(
        { inputs, outputs, onUnusedInput: 'ignore' },
        { target: wasm({ numerics: 'reproducible' }), rules: { include: [] } },
      )
      const results = program.runSync(given) as Record<string, NDArray>
      for (const [name, { length }] of ways)
        for (let way = 1; way < length; way++)
          if (results[`${name} ${way}`]!.dtype === results[`${name} 0`]!.dtype)
            expect(numbers(results[`${name} ${way}`]!), `${name} ${way}`).toEqual(numbers(results[`${name} 0`]!))
      program.close()
    }
  },
  120_000,
)

/** Those of float16 are read, since NaN has several bits. */
function numbers(result: NDArray): unknown[] {
  return result.dtype === 'float16' ? [result.tolist()].flat() : Array.from<unknown>(result.data)
}
