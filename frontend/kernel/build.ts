/**
 * How kernels are made. One `Builder` per kernel interns its expressions, so that equal ones are one object, and folds
 * while building: constants, identities of indices, conditions that ranges decide, ops that mean nothing to a back end.
 */
import type { DType } from '../../runtime/manifest.ts'
import type { ElementwiseOp } from '../define.ts'
import { type Condition, dimAtLeast, dimDifference, dimKey, dimSub, type Extents, type Index } from '../dims.ts'
import { foreignText } from './foreign.ts'
import { scalarOperation } from './functions.ts'
import type { Expr, Kernel, Lookup } from './ir.ts'
import { kernelText } from './print.ts'
import { rounding, type Scalar } from './scalar.ts'

/** Makes expressions. `extents` gives the extent of each loop name, for folding conditions. */
export class Builder {
  readonly extents: Extents
  readonly #known = new Map<string, Expr>()
  readonly #numbers = new Map<Expr, number>()
  readonly #ops = new Map<ElementwiseOp, number>()

  constructor(extents: Extents = () => undefined) {
    this.extents = extents
  }

  constant(dtype: DType, value: Scalar | boolean): Expr {
    const rounded = rounding(dtype)(value)
    const text = Object.is(rounded, -0) ? '-0' : String(rounded)
    return this.#intern(`c ${dtype} ${text}`, { kind: 'const', dtype, value: rounded })
  }

  load(dtype: DType, buffer: number, at: Index, lookups: readonly Lookup[] = []): Expr {
    const key = ['l', dtype, buffer, dimKey(at), ...this.#lookupKeys(lookups)].join(' ')
    return this.#intern(key, { kind: 'load', dtype, buffer, at, ...(lookups.length > 0 && { lookups }) })
  }

  /** An index or dim as a number of `dtype`. */
  index(dtype: DType, value: Index, lookups: readonly Lookup[] = []): Expr {
    if (typeof value === 'number') return this.constant(dtype, dtype === 'int64' ? BigInt(value) : value)
    const key = ['i', dtype, dimKey(value), ...this.#lookupKeys(lookups)].join(' ')
    return this.#intern(key, { kind: 'index', dtype, value, ...(lookups.length > 0 && { lookups }) })
  }

  #lookupKeys(lookups: readonly Lookup[]): string[] {
    return lookups.map(
      ({ name, value, size, check, fromEnd }) =>
        `${name} ${this.#number(value)} ${dimKey(size)} ${check ?? ''} ${fromEnd ?? ''}`,
    )
  }

  /** An op on values; `dtype` is that of the result. Constants fold, transparent ops and casts that change nothing vanish. */
  apply(op: ElementwiseOp, dtype: DType, args: readonly Expr[]): Expr {
    if (op.transparent || (op.converts && args[0]!.dtype === dtype)) return args[0]!
    if (args.every(arg => arg.kind === 'const')) {
      const values = args.map(arg => (arg as { value: Scalar }).value)
      return this.constant(
        dtype,
        scalarOperation(
          op,
          args.map(arg => arg.dtype),
          dtype,
        )(...values),
      )
    }
    if (!this.#ops.has(op)) this.#ops.set(op, this.#ops.size)
    const key = ['a', this.#ops.get(op), dtype, ...args.map(arg => this.#number(arg))].join(' ')
    return this.#intern(key, { kind: 'apply', dtype, op, args })
  }

  fold(dtype: DType, fold: string): Expr {
    return this.#intern(`f ${dtype} ${fold}`, { kind: 'fold', dtype, fold })
  }

  /** `then` where all conditions hold, `otherwise` elsewhere. Conditions that ranges decide are dropped. */
  guard(when: readonly Condition[], then: Expr, otherwise: Expr): Expr {
    const open: Condition[] = []
    for (const condition of when) {
      const known = decide(condition, this.extents)
      if (known === false) return otherwise
      if (known === undefined) open.push(condition)
    }
    if (open.length === 0 || then === otherwise) return then
    if (then.kind === 'guard' && then.otherwise === otherwise)
      return this.guard([...open, ...then.when], then.then, otherwise)
    const texts = open.map(({ relation, left, right }) => `${relation} ${dimKey(left)} ${dimKey(right)}`)
    const key = ['g', this.#number(then), this.#number(otherwise), ...texts].join(' ')
    return this.#intern(key, { kind: 'guard', dtype: then.dtype, when: open, then, otherwise })
  }

  /** An expression built elsewhere, as this builder's own: its operands must be this builder's already. */
  adopt(expr: Expr): Expr {
    if (expr.kind === 'const') return this.constant(expr.dtype, expr.value)
    if (expr.kind === 'load') return this.load(expr.dtype, expr.buffer, expr.at, expr.lookups)
    if (expr.kind === 'index') return this.index(expr.dtype, expr.value, expr.lookups)
    if (expr.kind === 'apply') return this.apply(expr.op, expr.dtype, expr.args)
    return expr.kind === 'fold' ? this.fold(expr.dtype, expr.fold) : this.guard(expr.when, expr.then, expr.otherwise)
  }

  #intern(key: string, expr: Expr): Expr {
    const known = this.#known.get(key)
    if (known) return known
    this.#known.set(key, expr)
    this.#numbers.set(expr, this.#numbers.size)
    return expr
  }

  #number(expr: Expr): number {
    const number = this.#numbers.get(expr)
    if (number === undefined) throw new Error('an expression of another builder')
    return number
  }
}

/** Whether a condition holds for all values of its names, for none, or (undefined) for some. */
export function decide({ relation, left, right }: Condition, extents: Extents): boolean | undefined {
  const difference = dimDifference(right, left)
  if (difference !== undefined) return relation === '==' ? difference === 0 : difference >= (relation === '<' ? 1 : 0)
  const [above, below] = [dimSub(right, left), dimSub(left, right)]
  if (relation === '==') return dimAtLeast(above, 1, extents) || dimAtLeast(below, 1, extents) ? false : undefined
  const gap = relation === '<' ? 1 : 0
  if (dimAtLeast(above, gap, extents)) return true
  return dimAtLeast(below, 1 - gap, extents) ? false : undefined
}

/** The texts that kernels were named by. */
const texts = new WeakMap<Kernel, string>()

/** A kernel under the name that its content gives it: equal text, equal name. */
export function nameKernel(parts: Omit<Kernel, 'name'>): Kernel {
  const text = contentOf(parts)
  const kernel = { ...parts, name: `k${hashText(text)}` }
  texts.set(kernel, text)
  return kernel
}

/** What a kernel computes, as text: equal for no two that differ, where 64 bits of a name may be. */
export const identityOf = (kernel: Kernel): string => texts.get(kernel) ?? contentOf(kernel)

const contentOf = (parts: Omit<Kernel, 'name'>): string => kernelText({ ...parts, name: '' }) + foreignText(parts)

/** 64 bits of FNV-1a, as two interleaved 32-bit halves: http://www.isthe.com/chongo/tech/comp/fnv/. */
export function hashText(text: string): string {
  let [a, b] = [0x811c9dc5, 0xcbf29ce4]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ (code + i), 0x01000193)
  }
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0')
  return hex(a) + hex(b)
}
