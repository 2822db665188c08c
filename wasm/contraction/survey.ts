/** Looking through an operand before it is used: whether it is free of infinities and NaN, or of large values. */
import type { Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type Loop, type Operation, type Register, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openLoops, sweep } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import type { DType } from '../../runtime/manifest.ts'

/** Vectors side by side: they hide the latency of an addition. */
const chains = 4

/** Registers that all values of an operand have gone into: vectors that took turns, and one scalar. */
export interface Surveyed {
  wide: readonly Register[]
  narrow: Register
}

/** What registers are before the first value, the scalar `first`, and what one becomes by a value. */
interface Survey {
  start: number
  first: number
  step(scope: Scope, value: Register, register: Register): Operation
}

/** Takes all values of an expression over some loops, in registers of a dtype. */
export function survey(
  writer: Writer,
  scope: Scope,
  expr: Expr,
  loops: readonly Loop[],
  dtype: DType,
  { start, first, step }: Survey,
): Surveyed {
  const last = loops[loops.length - 1]
  const scalar: Block = { lanes: 1, copies: 1 }
  const vectors = [chains, 1].map(copies => ({ lanes: vectorLanes, copies }))
  const started = (lanes: number, value: number) => writer.variable(scope, dtype, lanes, { kind: 'const', value })
  const wide = Array.from({ length: chains }, () => started(vectorLanes, start))
  const narrow = started(1, first)
  const take = (copies: Copies, { lanes }: Block) => {
    copies.forEach((each, copy) => {
      const register = lanes > 1 ? wide[copy]! : narrow
      const operation = step(each, writer.lanes(expr, each, lanes), register)
      each.statements.push({ kind: 'assign', register, operation })
    })
  }
  openLoops([scope], loops.slice(0, -1), inner => {
    if (!last) return take(inner, scalar)
    const blocks = conditionsOn(last.name, [expr]).length > 0 ? [scalar] : [...vectors, scalar]
    sweep(inner[0]!, last.name, { from: 0, to: last.extent }, blocks, take)
  })
  return { wide, narrow }
}

/**
 * An index that is 1 where all values of an expression over some loops are finite, and 0 elsewhere: 1 plus the sum of all
 * values times 0, which an infinity or a NaN turns into NaN, and that is 0 as an integer.
 */
export function allFinite(writer: Writer, scope: Scope, expr: Expr, loops: readonly Loop[]): Index {
  const zero = (each: Scope, { dtype, lanes }: Register) => writer.constant(each, dtype, lanes, 0).name
  const registers = survey(writer, scope, expr, loops, expr.dtype, {
    start: 0,
    first: 1,
    step: (each, value, sum) => ({ kind: 'fma', args: [value.name, zero(each, sum), sum.name] }),
  })
  return indexOf(writer, scope, 'finite', registers, sumOf)
}

/** The sum of two registers by name. */
export const sumOf = (...args: readonly [string, string]): Operation => ({ kind: 'combine', op: 'add', args })

/** What a scalar and all lanes of some vectors are together, as an index of a new name. */
export function indexOf(
  writer: Writer,
  scope: Scope,
  prefix: string,
  { wide, narrow }: Surveyed,
  together: (a: string, b: string) => Operation,
): Index {
  const { dtype } = narrow
  const parts = wide.flatMap(({ name }) =>
    Array.from({ length: vectorLanes }, (_, lane) => writer.let(scope, dtype, 1, { kind: 'lane', arg: name, lane })),
  )
  const total = parts.reduce((all, part) => writer.let(scope, dtype, 1, together(all.name, part.name)), narrow)
  const name = writer.name(prefix)
  scope.statements.push({ kind: 'name', name, value: { register: writer.convert(scope, total, 'int32').name } })
  return name
}
