/**
 * Short rows. What lanes along them leave over is computed one by one, and the end of each fold combines the lanes of a
 * vector: of few elements that is most of the work, and lanes along the loop over rows may be better although they gather
 * what lies apart. EPYC of Zen 4, Node 20, ms for 100000 rows of 10 along the rows and across: softmax 2.7 and 1.9, argmax 2.1 and 0.69, layer norm 1.51 and 1.30; but sums 0.33 and 0.50, and softmax of 12 2.1 and 2.4.
 */
import type { FoldOp } from '../frontend/folds.ts'
import { type Expr, type Kernel, type Loop, type Stage, vectorLanes } from '../frontend/kernel/ir.ts'
import { children, expressions, namesOf, stageRoots } from '../frontend/kernel/walk.ts'
import { workOf } from './folds.ts'
import { dear } from './keep.ts'
import { dependents, exprCost, fullness, splitOuter, storeCost, unitCost, type VectorChoice } from './vector.ts'

/** Rows of more elements are not short: what their ends take does not count. */
const longestRow = 15

/** Fewer rows fill no vectors. */
const fewestRows = 2 * vectorLanes

/** Work of combining the lanes of a fold at the end of a row: scalar maxima branch, and places follow their values. */
const endCost = (op: FoldOp): number => {
  if (op === 'add' || op === 'mul') return 5
  return op === 'argmax' || op === 'argmin' ? 40 : 10
}

/** How much longer what is computed once for a row takes, alone: its steps wait for each other. */
const alone = 2.5

/** Lanes along the loop over short rows, where that is estimated to be less work than along the rows. */
export function acrossShortRows(kernel: Kernel): VectorChoice | undefined {
  const { loops, stages } = kernel
  const rows = loops.at(-1)
  const inner = stages.flatMap(stage => stage.loops)
  const [loop] = inner
  if (!rows || !loop || (typeof rows.extent === 'number' && rows.extent < fewestRows)) return undefined
  const { extent } = loop
  if (typeof extent !== 'number' || extent < vectorLanes || extent > longestRow) return undefined
  const plain = stages.every(
    ({ loops, within, contraction }) =>
      !within && !contraction && loops.length <= 1 && loops.every(each => each.extent === extent),
  )
  if (!plain || stages.every(({ folds }) => folds.length === 0) || !splitOuter(kernel, rows)) return undefined
  const [along, across] = [rowWork(stages, undefined), rowWork(stages, rows)]
  return across < along ? { outer: rows, inner: [], work: across } : undefined
}

/**
 * The work of stages for four elements, with lanes along their own loops, or along `rows`; what does not differ within a
 * row is done once for it, or for as many rows as there are lanes.
 */
function rowWork(stages: readonly Stage[], rows: Loop | undefined): number {
  const seen = new Set<Expr>()
  let work = 0
  for (const stage of stages) {
    const [own] = stage.loops
    if (!own) continue
    const along = rows ?? own
    const varies = dependents(stage, along.name)
    const once = (rows ? 1 : alone * vectorLanes) / Number(own.extent)
    const each = rows ? 1 : 1 / fullness(own)
    for (const expr of stageValues(stage, seen)) {
      const differs = namesOf([expr]).has(own.name)
      const cost = isKept(expr, seen) ? unitCost : exprCost(expr, along.name, varies)
      work += cost * (differs ? each : once)
    }
    for (const store of stage.stores) work += storeCost(store, along.name, varies) * each
    if (!rows) for (const { op } of stage.folds) work += (endCost(op) * vectorLanes) / Number(own.extent)
    for (const expr of expressions(stageRoots(stage))) seen.add(expr)
  }
  return work
}

/** What a stage computes: of what an earlier one has kept for it, nothing further down. */
function stageValues(stage: Stage, seen: ReadonlySet<Expr>): Set<Expr> {
  const found = new Set<Expr>()
  const stack = [...stageRoots(stage)]
  for (let expr = stack.pop(); expr; expr = stack.pop()) {
    if (found.has(expr)) continue
    found.add(expr)
    if (!isKept(expr, seen)) stack.push(...children(expr))
  }
  return found
}

const isKept = (expr: Expr, seen: ReadonlySet<Expr>): boolean => seen.has(expr) && workOf([expr]) >= dear
