/**
 * Sums that follow from those of earlier passes over the same elements. What is the same at every step is a factor of a sum as
 * well as of its terms, and a sum of sums is the sums of each: `sum(d c + (x - m) k)`, where `c`, `k` and `m` come from an
 * earlier sum, is `c sum(d) + k (sum(x) - n m)`. The gradients of batch normalization have such a sum beside those of `d` and
 * of `x`, and a pass over what does not stay in cache less without it. Sums of float32 are float64 until they are multiplied: so
 * they do not overflow, and are rounded less than term by term. Where a sum would have to be added to an earlier pass, as for
 * layer normalization, nothing is won: that of 1024x768 took 1.02 ms and so 1.09, of 64x32768 4.2 and 5.1.
 * EPYC of Zen 4, Node 24, best ms by four passes and by three: [32, 64, 28, 28] 2.11 and 1.90, 256x512 0.167 and 0.139.
 */
import { dimEqual, dimNames, type Index } from '../frontend/dims.ts'
import { castOp, opOf } from '../frontend/elementwise.ts'
import { Builder } from '../frontend/kernel/build.ts'
import { extentsOf } from '../frontend/kernel/collapse.ts'
import type { Expr, Fold, Kernel, Stage } from '../frontend/kernel/ir.ts'
import {
  children,
  expressions,
  indicesOf,
  mapStage,
  stageRoots,
  transformExpressions,
} from '../frontend/kernel/walk.ts'
import { add, div, mul, neg, sub } from '../frontend/ops/arithmetic.ts'
import type { DType } from '../runtime/manifest.ts'
import { product } from './cut.ts'

/** Terms of a sum, at most. */
const mostTerms = 4

/** Sums and products that are looked into, one within the other, at most. */
const mostNested = 8

/** A term of a sum: what differs from step to step (1 where nothing does), and what it is multiplied and divided by. */
interface Term {
  varying: Expr | undefined
  times: readonly Expr[]
  over: readonly Expr[]
  negative: boolean
}

/** The kernel without the passes of which every sum follows from earlier ones. */
export function addedEarlier(kernel: Kernel): Kernel {
  if (kernel.stages.some(({ within, contraction }) => within || contraction)) return kernel
  let fewer = kernel
  for (let s = 1; s < fewer.stages.length; s++) {
    const without = withoutStage(fewer, s)
    if (without) [fewer, s] = [without, s - 1]
  }
  return fewer
}

/** The kernel without a stage of sums, or undefined where not all of these follow from earlier ones. */
function withoutStage(given: Kernel, at: number): Kernel | undefined {
  const { folds, loops, stores } = given.stages[at]!
  const alike = (stage: Stage) => stage.folds.length > 0 && sameLoops(stage, given.stages[at]!)
  if (folds.length === 0 || loops.length === 0 || stores.length > 0 || !folds.every(isWide)) return undefined
  if (!given.stages.slice(0, at).some(alike)) return undefined
  const builder = new Builder(extentsOf(given))
  const stages = rebuilt(given.stages, expr => builder.adopt(expr))
  const sums = new Map<Expr, string>()
  for (const stage of stages.slice(0, at).filter(alike))
    for (const fold of stage.folds) if (isWide(fold)) sums.set(fold.body, fold.name)
  const used = new Set<string>()
  const results = new Map<string, Expr>()
  for (const { name, body } of stages[at]!.folds) {
    const terms = termsOf(body, stages[at]!, builder)
    if (terms.length > mostTerms) return undefined
    for (const { varying } of terms) {
      const sum = varying && sums.get(varying)
      if (varying && !sum) return undefined
      if (sum) used.add(sum)
    }
    results.set(name, total(terms, sums, product(loops), builder))
  }
  const widened = stages.map(
    (stage): Stage => ({
      ...stage,
      folds: stage.folds.map((fold): Fold => (used.has(fold.name) ? { ...fold, dtype: 'float64' } : fold)),
    }),
  )
  const as = (dtype: DType, value: Expr) => builder.apply(castOp, dtype, [value])
  const reread = (expr: Expr) =>
    expr.kind === 'fold' && used.has(expr.fold)
      ? as(expr.dtype, builder.fold('float64', expr.fold))
      : builder.adopt(expr)
  for (const [name, result] of results) results.set(name, transformExpressions([result], reread)[0]!)
  const left = rebuilt(widened.toSpliced(at, 1), expr => {
    const result = expr.kind === 'fold' && results.get(expr.fold)
    return result ? as(expr.dtype, result) : reread(expr)
  })
  return { ...given, stages: left }
}

/** Whether a fold adds up float32 in float64. */
const isWide = ({ op, accumulate, body }: Fold): boolean =>
  op === 'add' && accumulate === 'float64' && body.dtype === 'float32'

const sameLoops = (a: Stage, b: Stage): boolean =>
  a.loops.length === b.loops.length &&
  a.loops.every(({ name, extent }, i) => name === b.loops[i]!.name && dimEqual(extent, b.loops[i]!.extent))

function rebuilt(stages: readonly Stage[], change: (expr: Expr) => Expr): Stage[] {
  const roots = stages.flatMap(stageRoots)
  const changed = transformExpressions(roots, change)
  const map = new Map(roots.map((root, i) => [root, changed[i]!]))
  return stages.map(stage => mapStage(stage, expr => map.get(expr)!))
}

/** The terms of a stage's sum. */
function termsOf(body: Expr, { loops }: Stage, builder: Builder): Term[] {
  const varying = new Set<Expr>()
  const varies = (expr: Expr) => varying.has(expr)
  for (const expr of expressions([body])) {
    const names = new Set(indicesOf(expr).flatMap(index => [...dimNames(index)]))
    if (children(expr).some(varies) || loops.some(({ name }) => names.has(name))) varying.add(expr)
  }
  const one = { times: [], over: [], negative: false }
  const inverted = (terms: readonly Term[]) => terms.map(term => ({ ...term, negative: !term.negative }))
  const open = (expr: Expr, depth: number): Term[] => {
    if (!varies(expr)) return [{ ...one, varying: undefined, times: [expr] }]
    const whole = [{ ...one, varying: expr }]
    if (expr.kind !== 'apply' || depth === 0) return whole
    const { op, args } = expr
    const each = (arg: Expr) => open(arg, depth - 1)
    const [a, b] = args as [Expr, Expr]
    if (op === opOf(add)) return [...each(a), ...each(b)]
    if (op === opOf(sub)) return [...each(a), ...inverted(each(b))]
    if (op === opOf(neg)) return inverted(each(a))
    if (op === opOf(div) && !varies(b)) return each(a).map(term => ({ ...term, over: [...term.over, b] }))
    if (op !== opOf(mul)) return whole
    const factors = factorsOf(expr, depth)
    const [differing, times] = [factors.filter(varies), factors.filter(factor => !varies(factor))]
    if (times.length === 0) return whole
    const rest = differing.reduce((x, y) => builder.apply(op, expr.dtype, [x, y]))
    const terms = differing.length > 1 ? [{ ...one, varying: rest }] : each(rest)
    return terms.map(term => ({ ...term, times: [...term.times, ...times] }))
  }
  return open(body, mostNested)
}

/** What a product multiplies, from the left. */
function factorsOf(expr: Expr, depth: number): Expr[] {
  if (expr.kind !== 'apply' || expr.op !== opOf(mul) || depth === 0) return [expr]
  return expr.args.flatMap(arg => factorsOf(arg, depth - 1))
}

/** The sum of terms, of so many steps, by the sums of what varies in them. */
function total(terms: readonly Term[], sums: ReadonlyMap<Expr, string>, steps: Index, builder: Builder): Expr {
  const wide = (x: Expr) => builder.apply(castOp, 'float64', [x])
  const combine = (op: typeof add | typeof mul | typeof sub | typeof div, x: Expr, y: Expr) =>
    builder.apply(opOf(op), 'float64', [x, y])
  const productOf = (factors: readonly Expr[]) => factors.map(wide).reduce((x, y) => combine(mul, x, y))
  let result: Expr | undefined
  for (const { varying, times, over, negative } of terms) {
    const sum = varying ? builder.fold('float64', sums.get(varying)!) : builder.index('float64', steps)
    const scaled = times.length > 0 ? combine(mul, sum, productOf(times)) : sum
    const term = over.length > 0 ? combine(div, scaled, productOf(over)) : scaled
    if (result) result = combine(negative ? sub : add, result, term)
    else result = negative ? builder.apply(opOf(neg), 'float64', [term]) : term
  }
  // Of no steps at all there is no term to be infinite.
  return builder.guard([{ relation: '<=', left: 1, right: steps }], result!, builder.constant('float64', 0))
}
