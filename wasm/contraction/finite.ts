/** Whether an operand is free of infinities and NaN: only then may its products with zeros be left out. */
import type { Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type Loop, type Register, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openLoops, sweep } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'

/** Vectors side by side: they hide the latency of an addition. */
const chains = 4

/**
 * An index that is 1 where all values of an expression over some loops are finite, and 0 elsewhere: 1 plus the sum of all
 * values times 0, which an infinity or a NaN turns into NaN, and that is 0 as an integer.
 */
export function allFinite(writer: Writer, scope: Scope, expr: Expr, loops: readonly Loop[]): Index {
  const last = loops[loops.length - 1]
  const scalar: Block = { lanes: 1, copies: 1 }
  const vectors = [chains, 1].map(copies => ({ lanes: vectorLanes, copies }))
  const sumOf = (lanes: number, value: number) => writer.variable(scope, expr.dtype, lanes, { kind: 'const', value })
  const wide = Array.from({ length: chains }, () => sumOf(vectorLanes, 0))
  const narrow = sumOf(1, 1)
  const take = (copies: Copies, { lanes }: Block) => {
    copies.forEach((each, copy) => {
      const register = lanes > 1 ? wide[copy]! : narrow
      const args = [writer.lanes(expr, each, lanes).name, zero(writer, each, register).name, register.name] as const
      each.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
    })
  }
  openLoops([scope], loops.slice(0, -1), inner => {
    if (!last) return take(inner, scalar)
    const blocks = conditionsOn(last.name, [expr]).length > 0 ? [scalar] : [...vectors, scalar]
    sweep(inner[0]!, last.name, { from: 0, to: last.extent }, blocks, take)
  })
  return finiteIndex(writer, scope, wide, narrow)
}

/** An index that is 1 where the sum of a scalar, which is 1 or NaN, and of all lanes of some vectors of zeros or NaN is 1. */
export function finiteIndex(writer: Writer, scope: Scope, wide: readonly Register[], narrow: Register): Index {
  const { dtype } = narrow
  const parts = wide.flatMap(({ name }) =>
    Array.from({ length: vectorLanes }, (_, lane) => writer.let(scope, dtype, 1, { kind: 'lane', arg: name, lane })),
  )
  const total = parts.reduce(
    (sum, part) => writer.let(scope, dtype, 1, { kind: 'combine', op: 'add', args: [sum.name, part.name] }),
    narrow,
  )
  const name = writer.name('finite')
  scope.statements.push({ kind: 'name', name, value: { register: writer.convert(scope, total, 'int32').name } })
  return name
}

const zero = (writer: Writer, scope: Scope, { dtype, lanes }: Register) => writer.constant(scope, dtype, lanes, 0)
