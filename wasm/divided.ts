/**
 * Folds over the windows that hold an element, as gradients of pooling are: element `n` is at place `k` of window
 * `(n + c - k) / step`, where that is a whole number and there is such a window. These are conditions around all that is
 * folded. What they leave out is told here in terms of the window, and the bounds put around what is read by windows alone.
 */
import {
  type Condition,
  dimAtLeast,
  dimLinear,
  dimMul,
  dimNames,
  dimSub,
  type Extents,
  type Index,
} from '../frontend/dims.ts'
import { extentsOf } from '../frontend/kernel/collapse.ts'
import type { Expr, Kernel, Stage } from '../frontend/kernel/ir.ts'
import {
  mapStage,
  stageRoots,
  substituteCondition,
  substituteIn,
  transformExpressions,
} from '../frontend/kernel/walk.ts'
import { whereOp } from '../frontend/ops/comparison.ts'

type Guard = Extract<Expr, { kind: 'guard' }>
type Load = Extract<Expr, { kind: 'load' }>

/** That `of` is a multiple of `by`. */
export interface Division {
  of: Index
  by: number
}

/** What a condition says, if it is that one index divides another. */
export function divisionOf({ relation, left, right }: Condition): Division | undefined {
  if (relation !== '==' || right !== 0 || typeof left !== 'object' || left[0] !== '%') return undefined
  const [, of, by] = left
  return typeof by === 'number' ? { of: of as Index, by } : undefined
}

/** A loop of which the multiple of a division is made, and what it is where that is `by` times the name. */
export function solved({ of, by }: Division, loops: Iterable<string>, multiple: Index): [string, Index] | undefined {
  for (const name of loops) {
    const linear = dimLinear(of, name)
    const coefficient = linear?.coefficient
    if (coefficient === 1 || coefficient === -1)
      return [name, dimMul(coefficient, dimSub(dimMul(by, multiple), linear!.rest))]
  }
  return undefined
}

/** Expressions without the conditions that hold at every step. */
export function withoutTrue(roots: readonly Expr[], extents: Extents): Expr[] {
  return transformExpressions(roots, expr => {
    if (expr.kind !== 'guard') return expr
    const when = expr.when.filter(condition => !holds(condition, extents))
    if (when.length === expr.when.length) return expr
    return when.length === 0 ? expr.then : { ...expr, when }
  })
}

function holds({ relation, left, right }: Condition, extents: Extents): boolean {
  const more = dimSub(right, left)
  if (relation === '==') return more === 0
  return dimAtLeast(more, relation === '<' ? 1 : 0, extents)
}

/** The kernel with the indices in its folds as they are where the divisions around them hold. */
export function knowingDivisions(kernel: Kernel): Kernel {
  const extents = extentsOf(kernel)
  return changingFolds(kernel, stage => expr => {
    if (expr.kind !== 'guard') return expr
    const value = new Map<string, Index>()
    const multiples = new Set<string>()
    for (const [i, division] of expr.when.flatMap(condition => divisionOf(condition) ?? []).entries()) {
      const names = stage.loops.map(({ name }) => name).filter(name => !value.has(name))
      const multiple = `multiple ${i}`
      const found = solved(division, names, multiple)
      if (!found) continue
      value.set(...found)
      multiples.add(multiple)
    }
    if (value.size === 0) return expr
    const isFree = (...indices: readonly Index[]) =>
      indices.every(index => ![...dimNames(index)].some(name => multiples.has(name)))
    const put = (name: string) => value.get(name)
    const [then] = transformExpressions([expr.then], inside => {
      if (inside.kind === 'guard') {
        const when = inside.when.map(condition => {
          const known = substituteCondition(condition, put, extents)
          return isFree(known.left, known.right) ? known : condition
        })
        return { ...inside, when }
      }
      if (inside.kind !== 'load' || inside.lookups) return inside
      const known = substituteIn(inside, put, extents) as Load
      return isFree(known.at) ? known : inside
    }) as [Expr]
    return { ...expr, then: withoutTrue([then], extents)[0]! }
  })
}

/** The kernel with the bounds of what it folds around what is read by windows alone, and not around what is compared with it. */
export function withBoundsInside(kernel: Kernel): Kernel {
  const extents = extentsOf(kernel)
  const stores = kernel.stages.flatMap(stage => stage.stores)
  const sizeOf = (buffer: number) => kernel.buffers[buffer]!.size
  const isInside = ({ at, buffer, lookups }: Load) =>
    !lookups &&
    (stores.some(store => !store.lookups && same(store.at, at) && same(sizeOf(store.buffer), sizeOf(buffer))) ||
      (dimAtLeast(at, 0, extents) && dimAtLeast(dimSub(sizeOf(buffer), at), 1, extents)))
  return changingFolds(kernel, () => expr => {
    if (expr.kind !== 'guard') return expr
    const isBound = (condition: Condition) => divisionOf(condition) === undefined
    const [bounds, divisions] = [expr.when.filter(isBound), expr.when.filter(condition => !isBound(condition))]
    const inside = bounds.length > 0 ? withBounds(expr, bounds, isInside) : undefined
    if (!inside) return expr
    return divisions.length > 0 ? { ...expr, when: divisions, then: inside } : inside
  })
}

const same = (a: Index, b: Index) => dimSub(a, b) === 0

/** What a guard chooses, chosen by bounds that are around its parts: undefined where they cannot be. */
function withBounds(
  { then, otherwise }: Guard,
  bounds: readonly Condition[],
  isInside: (load: Load) => boolean,
): Expr | undefined {
  if (then.kind !== 'apply' || then.op !== whereOp) return undefined
  const [condition, yes, no] = then.args as [Expr, Expr, Expr]
  if (no.kind !== 'const' || otherwise.kind !== 'const' || !Object.is(no.value, otherwise.value)) return undefined
  const guarded = (value: Expr, outside: Expr): Expr => ({
    kind: 'guard',
    dtype: value.dtype,
    when: bounds,
    then: value,
    otherwise: outside,
  })
  // Beyond the bounds both sides are `no`: what the condition then reads does not matter, if it may be read.
  const [free] = transformExpressions([condition], expr => {
    if (expr.kind !== 'load' || isInside(expr)) return expr
    return guarded(expr, { kind: 'const', dtype: expr.dtype, value: expr.dtype === 'int64' ? 0n : 0 })
  }) as [Expr]
  return { ...then, args: [free, guarded(yes, otherwise), no] }
}

function changingFolds(kernel: Kernel, change: (stage: Stage) => (expr: Expr) => Expr): Kernel {
  const stages = kernel.stages.map(stage => {
    if (stage.folds.length === 0 || stage.contraction) return stage
    const roots = stageRoots(stage)
    const changed = transformExpressions(roots, change(stage))
    const map = new Map(roots.map((root, i) => [root, changed[i]!]))
    return mapStage(stage, expr => map.get(expr)!)
  })
  return { ...kernel, stages }
}
