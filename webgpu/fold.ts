/** One fold while it runs in one invocation: its accumulator and its steps. */
import type { ElementwiseOp } from '../frontend/define.ts'
import { dimAdd, dimMul, type Index } from '../frontend/dims.ts'
import { folds } from '../frontend/folds.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import type { Fold, Operation, Register, Stage } from '../frontend/kernel/ir.ts'
import type { Scope } from '../frontend/kernel/scope.ts'

/** A fold that has begun: `step` takes the body at one point of the stage's loops, `finish` gives the result. */
export interface RunningFold {
  step(scope: Scope): void
  finish(scope: Scope): Register
}

/** Begins a fold in a scope. Sums of float32 keep their rounding errors, since there is no float64 to add in. */
export function beginFold(writer: Writer, scope: Scope, fold: Fold, stage: Stage): RunningFold {
  if (fold.op === 'argmax' || fold.op === 'argmin') return located(writer, scope, fold, stage)
  if (fold.op === 'add' && fold.accumulate === 'float64') return compensated(writer, scope, fold)
  return plain(writer, scope, fold)
}

const assign = (scope: Scope, register: Register, operation: Operation): void => {
  scope.statements.push({ kind: 'assign', register, operation })
}

const copy = (scope: Scope, register: Register, from: Register): void =>
  assign(scope, register, { kind: 'copy', arg: from.name })

function plain(writer: Writer, scope: Scope, fold: Fold): RunningFold {
  const dtype = fold.accumulate === 'float64' ? 'float32' : fold.accumulate
  const sum = writer.variable(scope, dtype, 1, { kind: 'const', value: folds[fold.op].identity(dtype) })
  return {
    step: inner => {
      const value = writer.convert(inner, writer.value(fold.body, inner), dtype)
      assign(inner, sum, { kind: 'combine', op: fold.op, args: [sum.name, value.name] })
    },
    finish: outer => writer.convert(outer, sum, fold.dtype),
  }
}

/** What rounding took from s = a + b. */
const sumError: ElementwiseOp = {
  kind: 'elementwise',
  name: 'sumError',
  doc: 'What rounding took from the float32 s = a + b.',
  arity: 3,
  typing: () => ({ operands: ['float32', 'float32', 'float32'], result: 'float32' }),
  accepts: ['float32'],
  js: (a: number, b: number, s: number) => (Number.isFinite(s) ? a + b - s : 0),
  code: (a, b, s) => `sum_error(${a}, ${b}, ${s})`,
  cost: 6,
  domain: [
    [-3, 3],
    [-3, 3],
    [-6, 6],
  ],
}

/**
 * The sum of the values and, apart, the sum of what rounding took from each step: as accurate as a sum in twice the
 * precision (T. Ogita, S. M. Rump and S. Oishi, Accurate sum and dot product, 2005, algorithm Sum2).
 */
function compensated(writer: Writer, scope: Scope, fold: Fold): RunningFold {
  const zero: Operation = { kind: 'const', value: 0 }
  const sum = writer.variable(scope, 'float32', 1, zero)
  const errors = writer.variable(scope, 'float32', 1, zero)
  const add = (inner: Scope, a: Register, b: Register) =>
    writer.let(inner, 'float32', 1, { kind: 'combine', op: 'add', args: [a.name, b.name] })
  return {
    step: inner => {
      const value = writer.value(fold.body, inner)
      const next = add(inner, sum, value)
      const args = [sum.name, value.name, next.name]
      const error = writer.let(inner, 'float32', 1, { kind: 'apply', op: sumError, args })
      assign(inner, errors, { kind: 'combine', op: 'add', args: [errors.name, error.name] })
      copy(inner, sum, next)
    },
    finish: outer => writer.convert(outer, add(outer, sum, errors), fold.dtype),
  }
}

/** The position of the largest or least value; the value travels along. */
function located(writer: Writer, scope: Scope, fold: Fold, stage: Stage): RunningFold {
  const { dtype } = fold.body
  const best = writer.variable(scope, dtype, 1, { kind: 'const', value: folds[fold.op].identity(dtype) })
  const place = writer.variable(scope, 'int32', 1, { kind: 'const', value: 0 })
  return {
    step: inner => {
      const value = writer.value(fold.body, inner)
      const at = writer.value({ kind: 'index', dtype: 'int32', value: positionIn(stage) }, inner)
      const args = [best.name, place.name, value.name, at.name] as const
      const wins = writer.let(inner, 'bool', 1, { kind: 'better', op: fold.op, args })
      for (const [register, from] of [
        [best, value],
        [place, at],
      ] as const) {
        assign(inner, register, { kind: 'select', args: [register.name, from.name, wins.name] })
      }
    },
    finish: () => place,
  }
}

/** The row-major position in a stage's loops. */
function positionIn(stage: Stage): Index {
  return stage.loops.reduce<Index>((position, { name, extent }) => dimAdd(dimMul(position, extent), name), 0)
}
