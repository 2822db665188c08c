/** One fold while it runs: its accumulator, its steps, and how partial results come together. */
import { dimAdd, dimMul, type Index } from '../frontend/dims.ts'
import { opOf } from '../frontend/elementwise.ts'
import { folds } from '../frontend/folds.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import type { Expr, Fold, Loop, LoopProgram, Register, Stage } from '../frontend/kernel/ir.ts'
import type { Scope } from '../frontend/kernel/scope.ts'
import { mul } from '../frontend/ops/arithmetic.ts'
import type { DType } from '../runtime/manifest.ts'

/** How many v128 a vector of a dtype takes. */
export const registersOf = (dtype: DType): number => (dtype === 'float64' || dtype === 'int64' ? 2 : 1)

/** The two factors of what a sum adds up, where it adds products without rounding them in between. */
export function factorsOf({ op, accumulate, body }: Fold, { contraction }: Stage): readonly Expr[] | undefined {
  if (op !== 'add') return undefined
  if (contraction) return [contraction.left, contraction.right]
  const exact = body.dtype === accumulate && (accumulate === 'float32' || accumulate === 'float64')
  return exact && body.kind === 'apply' && body.op === opOf(mul) ? body.args : undefined
}

/**
 * How many vectors of a fold are added to each other before they go to the sums of float64: of float32 that is never negative,
 * where two more roundings are small to the sum. Conversions to float64 are as much work as additions.
 */
export const addedTogether = ({ op, accumulate, body }: Fold): 1 | 4 =>
  op === 'add' && accumulate === 'float64' && body.dtype === 'float32' && isNonNegative(body) ? 4 : 1

/** Whether an expression is seen never to be negative; it may be NaN. */
function isNonNegative(expr: Expr): boolean {
  if (expr.kind !== 'apply') return expr.kind === 'const' && !(expr.value < 0)
  if (expr.op === opOf(mul) && expr.args[0] === expr.args[1]) return true
  return expr.op.nonNegative === true
}

/** Whether a fold gives the place of a value. */
export const locates = ({ op }: Fold) => op === 'argmax' || op === 'argmin'

/** Partial result of a fold: a value, and its position for argmax and argmin. */
export interface Partial {
  value: Register
  position?: Register | undefined
}

/** Scratch arrays for partial results of a fold. */
export interface Slots {
  value: string
  position?: string | undefined
}

/** Names for such arrays. */
export const slotsFor = (writer: Writer, fold: Fold): Slots => ({
  value: writer.name('partial'),
  position: locates(fold) ? writer.name('place') : undefined,
})

/** What they take of scratch memory. */
export const scratchOf = ({ value, position }: Slots, { accumulate }: Fold, size: Index): LoopProgram['scratch'] => [
  { name: value, dtype: accumulate, size },
  ...(position ? [{ name: position, dtype: 'int32' as const, size }] : []),
]

/** Puts a partial result into its arrays, that of every lane where lanes have their own. */
export function storePartial(
  writer: Writer,
  scope: Scope,
  { value, position }: Partial,
  slots: Slots,
  at: Index,
): void {
  const store = (to: string, register: Register) => {
    const wide = writer.widen(scope, register, scope.vector?.lanes ?? 1)
    scope.statements.push({ kind: 'store', to, at, stride: 1, value: wide })
  }
  store(slots.value, value)
  if (position) store(slots.position!, position)
}

/** A fold's value while its loops run, in registers of so many lanes: what it begins with, one step, and what it comes to. */
export class Accumulator {
  readonly #writer: Writer
  readonly #fold: Fold
  readonly #partial: Partial

  /** Declares the accumulator in a scope, at the fold's identity. */
  constructor(writer: Writer, scope: Scope, fold: Fold, lanes: number) {
    this.#writer = writer
    this.#fold = fold
    const value = writer.variable(scope, fold.accumulate, lanes, {
      kind: 'const',
      value: folds[fold.op].identity(fold.accumulate),
    })
    const position = locates(fold) ? writer.variable(scope, 'int32', lanes, { kind: 'const', value: 0 }) : undefined
    this.#partial = { value, position }
  }

  /** Takes the fold's body at one point of the stage's loops, the `first` or any. */
  step(scope: Scope, stage: Stage, first = false): void {
    const { op, accumulate, body } = this.#fold
    const { value: register } = this.#partial
    const factors = factorsOf(this.#fold, stage)
    if (factors) {
      const [left, right] = factors.map(factor => {
        const value = this.#writer.lanes(factor, scope, register.lanes)
        return this.#writer.convert(scope, value, accumulate).name
      })
      const args = [left!, right!, register.name] as const
      scope.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
      return
    }
    const value = this.#writer.lanes(body, scope, register.lanes)
    if (first && folds[op].keepsFirst) {
      const { name } = this.#writer.convert(scope, value, accumulate)
      scope.statements.push({ kind: 'assign', register, operation: { kind: 'copy', arg: name } })
      return
    }
    if (op === 'add' && accumulate === 'float64') {
      this.#add(scope, value)
      return
    }
    const index = { kind: 'index', dtype: 'int32', value: positionIn(stage.loops) } as const
    const position = locates(this.#fold) ? this.#writer.lanes(index, scope, register.lanes) : undefined
    this.take(scope, { value: this.#writer.convert(scope, value, accumulate), position })
  }

  /** Takes the fold's body in several copies of a loop's body: their sum, of a fold that is `addedTogether`. */
  stepTogether(scopes: readonly Scope[]): void {
    const { body } = this.#fold
    const { lanes } = this.#partial.value
    const last = scopes.at(-1)!
    const values = scopes.map(scope => this.#writer.lanes(body, scope, lanes))
    const sum = inPairs(values, (a, b) =>
      this.#writer.let(last, body.dtype, lanes, { kind: 'combine', op: 'add', args: [a.name, b.name] }),
    )
    this.#add(last, sum)
  }

  /**
   * Adds to sums of float64, and to vectors of them by fused products: on x86 conversions and additions share their units, and
   * those of fused products are idle.
   */
  #add(scope: Scope, value: Register): void {
    const { value: register } = this.#partial
    const wide = this.#writer.convert(scope, value, 'float64')
    if (register.lanes === 1) {
      this.take(scope, { value: wide })
      return
    }
    const one = this.#writer.lanes({ kind: 'const', dtype: 'float64', value: 1 }, scope, register.lanes)
    const args = [wide.name, one.name, register.name] as const
    scope.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
  }

  /** Takes another partial result. */
  take(scope: Scope, other: Partial): void {
    const { value, position } = combined(this.#writer, scope, this.#fold, this.#partial, other)
    const assign = (register: Register, from: Register) =>
      scope.statements.push({ kind: 'assign', register, operation: { kind: 'copy', arg: from.name } })
    assign(this.#partial.value, value)
    if (position) assign(this.#partial.position!, position)
  }

  /** Goes on from a partial result in an array. */
  load(scope: Scope, from: string, at: Index): void {
    const { value: register } = this.#partial
    const stride = register.lanes > 1 ? 1 : 0
    scope.statements.push({ kind: 'assign', register, operation: { kind: 'load', from, at, stride } })
  }

  /** Puts the partial result into an array. */
  store(scope: Scope, to: string, at: Index): void {
    scope.statements.push({ kind: 'store', to, at, stride: 1, value: this.#partial.value })
  }

  /** Adds it to a partial result in an array. */
  addTo(scope: Scope, array: string, at: Index): void {
    const { dtype, lanes, name } = this.#partial.value
    const before = this.#writer.let(scope, dtype, lanes, { kind: 'load', from: array, at, stride: lanes > 1 ? 1 : 0 })
    const operation = { kind: 'combine', op: this.#fold.op, args: [before.name, name] } as const
    scope.statements.push({
      kind: 'store',
      to: array,
      at,
      stride: 1,
      value: this.#writer.let(scope, dtype, lanes, operation),
    })
  }

  /** What it has so far. */
  get partial(): Partial {
    return this.#partial
  }

  /** Takes a partial result from its arrays. */
  takeFrom(scope: Scope, slots: Slots, at: Index): void {
    const { value, position } = this.#partial
    const load = (from: string, { dtype, lanes }: Register) =>
      this.#writer.let(scope, dtype, lanes, { kind: 'load', from, at, stride: lanes > 1 ? 1 : 0 })
    this.take(scope, {
      value: load(slots.value, value),
      position: position && load(slots.position!, position),
    })
  }

  /** Ends the fold: its result is known in the scope from here on. */
  finish(scope: Scope): void {
    finish(this.#writer, scope, this.#fold, this.#partial)
  }

  /** Vectors combined in pairs, then their lanes in pairs, then with what was left over. */
  static merge(wide: readonly Accumulator[], narrow: Accumulator, scope: Scope): Partial {
    const writer = narrow.#writer
    const fold = narrow.#fold
    const vector = inPairs(
      wide.map(accumulator => accumulator.#partial),
      (a, b) => combined(writer, scope, fold, a, b),
    )
    const lanes = Array.from({ length: vector.value.lanes }, (_, lane) => laneOf(writer, scope, vector, lane))
    const scalar = inPairs(lanes, (a, b) => combined(writer, scope, fold, a, b))
    return combined(writer, scope, fold, scalar, narrow.#partial)
  }
}

/** Ends a fold with its result. */
export function finish(writer: Writer, scope: Scope, fold: Fold, { value, position }: Partial): void {
  scope.setFold(fold.name, position ?? writer.convert(scope, value, fold.dtype))
}

function combined(writer: Writer, scope: Scope, fold: Fold, a: Partial, b: Partial): Partial {
  const { dtype, lanes } = a.value
  if (!a.position || !b.position) {
    return {
      value: writer.let(scope, dtype, lanes, { kind: 'combine', op: fold.op, args: [a.value.name, b.value.name] }),
    }
  }
  const args = [a.value.name, a.position.name, b.value.name, b.position.name] as const
  const second = writer.let(scope, 'bool', lanes, { kind: 'better', op: fold.op, args })
  const choose = (no: Register, yes: Register) =>
    writer.let(scope, no.dtype, lanes, { kind: 'select', args: [no.name, yes.name, second.name] })
  return { value: choose(a.value, b.value), position: choose(a.position, b.position) }
}

function laneOf(writer: Writer, scope: Scope, { value, position }: Partial, lane: number): Partial {
  const take = (register: Register) => writer.let(scope, register.dtype, 1, { kind: 'lane', arg: register.name, lane })
  return { value: take(value), position: position && take(position) }
}

/** Neighbours combined until one is left: of four, (0 1) (2 3). */
function inPairs<T>(parts: readonly T[], combine: (a: T, b: T) => T): T {
  let level = [...parts]
  while (level.length > 1) {
    const next: T[] = []
    for (let i = 0; i < level.length; i += 2)
      next.push(i + 1 < level.length ? combine(level[i]!, level[i + 1]!) : level[i]!)
    level = next
  }
  return level[0]!
}

/** The row-major position in some loops. */
export function positionIn(loops: readonly Loop[]): Index {
  return loops.reduce<Index>((position, { name, extent }) => dimAdd(dimMul(position, extent), name), 0)
}
