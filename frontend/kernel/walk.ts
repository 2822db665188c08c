/** Walks over the expressions of a kernel. Expressions are graphs, often long chains, so nothing here recurses. */
import { type Condition, dimEqual, dimNames, dimSubstitute, type Extents, type Index } from '../dims.ts'
import { type Expr, isCall, type Kernel, type Lookup, type Stage, type Store, type Work } from './ir.ts'

/** The expressions that an expression is made of, those of its lookups first. */
export function children(expr: Expr): readonly Expr[] {
  if (expr.kind === 'apply') return expr.args
  if (expr.kind === 'guard') return [expr.then, expr.otherwise]
  return lookupsOf(expr).map(lookup => lookup.value)
}

const none: readonly Lookup[] = []

/** The lookups that an expression's own index refers to. */
export function lookupsOf(expr: Expr): readonly Lookup[] {
  return expr.kind === 'load' || expr.kind === 'index' ? (expr.lookups ?? none) : none
}

/** All expressions that the roots depend on, operands before users, each once. */
export function expressions(roots: readonly Expr[]): Expr[] {
  const order: Expr[] = []
  const done = new Set<Expr>()
  const stack: Expr[] = [...roots].reverse()
  while (stack.length > 0) {
    const expr = stack[stack.length - 1]!
    if (done.has(expr)) {
      stack.pop()
      continue
    }
    const open = children(expr).filter(child => !done.has(child))
    if (open.length > 0) {
      for (let i = open.length - 1; i >= 0; i--) stack.push(open[i]!)
      continue
    }
    stack.pop()
    done.add(expr)
    order.push(expr)
  }
  return order
}

/** The values that stores compute, and those that place them. */
export function storeRoots(store: Store): Expr[] {
  return [...(store.lookups ?? []).map(lookup => lookup.value), store.value]
}

/** The stages of a kernel that run at each step of the loops of another one. */
export const stagesWithin = ({ stages }: Pick<Kernel, 'stages'>, { loops }: Stage): readonly Stage[] =>
  stages.filter(
    ({ within }) => within?.length === loops.length && within.every(({ name }, i) => name === loops[i]!.name),
  )

/** Every expression that a stage evaluates itself. */
export function stageRoots(stage: Stage): Expr[] {
  return [...stage.folds.map(fold => fold.body), ...stage.stores.flatMap(storeRoots)]
}

/** True when running it may end in a failed check. */
export function canFail(work: Work): boolean {
  if (isCall(work)) return work.check !== undefined
  const { stages } = work
  const checked = (lookups: readonly Lookup[] | undefined) => lookups?.some(({ check }) => check !== undefined) ?? false
  return (
    stages.some(({ stores }) => stores.some(({ lookups }) => checked(lookups))) ||
    expressions(stages.flatMap(stageRoots)).some(expr => checked(lookupsOf(expr)))
  )
}

/** The index expressions in one expression, not in its operands. */
export function indicesOf(expr: Expr): Index[] {
  if (expr.kind === 'load') return [expr.at, ...lookupsOf(expr).map(lookup => lookup.size)]
  if (expr.kind === 'index') return [expr.value, ...lookupsOf(expr).map(lookup => lookup.size)]
  if (expr.kind === 'guard') return expr.when.flatMap(({ left, right }) => [left, right])
  return []
}

/** The roots with every expression replaced by what `change` makes of it, once its operands have been replaced. */
export function transformExpressions(roots: readonly Expr[], change: (expr: Expr, original: Expr) => Expr): Expr[] {
  const changed = new Map<Expr, Expr>()
  const get = (expr: Expr) => changed.get(expr)!
  for (const expr of expressions(roots)) changed.set(expr, change(withChildren(expr, get), expr))
  return roots.map(get)
}

/** The expression with other operands: the same object when nothing changed. */
export function withChildren(expr: Expr, get: (child: Expr) => Expr): Expr {
  if (children(expr).every(child => get(child) === child)) return expr
  if (expr.kind === 'apply') return { ...expr, args: expr.args.map(get) }
  if (expr.kind === 'guard') return { ...expr, then: get(expr.then), otherwise: get(expr.otherwise) }
  if (expr.kind !== 'load' && expr.kind !== 'index') return expr
  return { ...expr, lookups: expr.lookups!.map(lookup => ({ ...lookup, value: get(lookup.value) })) }
}

/** How names in indices are replaced. */
export type Renaming = (name: string) => Index | undefined

/** A condition with names replaced. */
export function substituteCondition(condition: Condition, value: Renaming, extents?: Extents): Condition {
  const left = dimSubstitute(condition.left, value, extents)
  const right = dimSubstitute(condition.right, value, extents)
  return dimEqual(left, condition.left) && dimEqual(right, condition.right) ? condition : { ...condition, left, right }
}

const substituteLookups = (lookups: readonly Lookup[] | undefined, value: Renaming, extents?: Extents) =>
  lookups?.map(lookup => ({ ...lookup, size: dimSubstitute(lookup.size, value, extents) }))

/** An expression whose own indices have names replaced; its operands stay. */
export function substituteIn(expr: Expr, value: Renaming, extents?: Extents): Expr {
  if (expr.kind === 'load' || expr.kind === 'index') {
    const lookups = substituteLookups(expr.lookups, value, extents)
    const own = { ...expr, ...(lookups && { lookups }) }
    if (own.kind === 'load') return { ...own, at: dimSubstitute(own.at, value, extents) }
    return { ...own, value: dimSubstitute(own.value, value, extents) }
  }
  if (expr.kind === 'guard') return { ...expr, when: expr.when.map(c => substituteCondition(c, value, extents)) }
  return expr
}

/** A kernel's stages with names in all indices replaced, sharing kept. */
export function substituteStages(kernel: Kernel, value: Renaming, extents?: Extents): Stage[] {
  const roots = kernel.stages.flatMap(stage => [...stageRoots(stage), ...contractionRoots(stage)])
  const changed = transformExpressions(roots, expr => substituteIn(expr, value, extents))
  const map = new Map(roots.map((root, i) => [root, changed[i]!]))
  return kernel.stages.map(stage => mapStage(stage, expr => map.get(expr)!, value, extents))
}

/** The operands of a stage's contraction. */
export const contractionRoots = ({ contraction }: Stage): Expr[] =>
  contraction ? [contraction.left, contraction.right] : []

/** A stage with each root expression, and the names in each index, replaced. */
export function mapStage(
  stage: Stage,
  get: (expr: Expr) => Expr,
  value: Renaming = () => undefined,
  extents?: Extents,
): Stage {
  const { contraction } = stage
  return {
    ...stage,
    folds: stage.folds.map(fold => ({ ...fold, body: get(fold.body) })),
    stores: stage.stores.map(store => {
      const lookups = substituteLookups(store.lookups, value, extents)?.map(lookup => ({
        ...lookup,
        value: get(lookup.value),
      }))
      return {
        ...store,
        at: dimSubstitute(store.at, value, extents),
        value: get(store.value),
        ...(lookups && { lookups }),
      }
    }),
    ...(contraction && { contraction: { ...contraction, left: get(contraction.left), right: get(contraction.right) } }),
  }
}

/** All names of dims, loops and lookups in the indices of expressions. */
export function namesOf(roots: readonly Expr[]): Set<string> {
  const names = new Set<string>()
  for (const expr of expressions(roots)) for (const index of indicesOf(expr)) dimNames(index, names)
  return names
}
