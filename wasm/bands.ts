/**
 * A matrix times a vector, and what is like it: rows with lanes along them that have a factor in common. Some rows side by
 * side read it once; one after the other they would load as much of it as of the matrix. They are far apart, for what reads
 * memory ahead (rows.ts), each the next of a band of its own. EPYC of Zen 4, Node 24, microseconds row by row, by 4
 * neighbours, and by 4 bands: float32 of 1000x1000 75, 56 and 50, which is 80 GB/s; of 4096x1024 386, 416 and 344; of
 * 100000x30 335, 262 and 260; of 512x784, which stay in the second cache, 30, 23 and 20.
 */
import { dimAdd, dimFloorDiv, dimLinear, dimMul, type Index } from '../frontend/dims.ts'
import type { Kernel, Loop } from '../frontend/kernel/ir.ts'
import { type Copies, conditionsOn, openLoop, sweep } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { expressions, stageRoots } from '../frontend/kernel/walk.ts'
import { factorsOf, registersOf } from './accumulate.ts'
import { scalarBlock, shortFold, workOf } from './folds.ts'
import type { VectorChoice } from './vector.ts'

/** Rows side by side: of 8 the sums would take all registers. */
export const bands = 4

/** Accumulators of a row's fold, of one alone too: its bits are the same wherever it stands. */
export const bandChains = 2

/** Elements of a band, about: of less, memory is not read ahead for long. And of a row whose length only a call knows. */
const bandSize = 32768
const usualLength = 256

/** Whether the rows along a kernel's last loop have a factor in common, and fold no more than a sum of products. */
export function shareFactors({ loops, stages }: Kernel, { outer, inner }: VectorChoice): boolean {
  const [first, ...later] = stages
  const [rows, [fold], vector] = [loops.at(-1), first!.folds, inner[0]]
  if (!rows || outer || !fold || !vector || first!.folds.length > 1 || first!.stores.length > 0) return false
  if (later.some(stage => stage.loops.length > 0 || stage.folds.length > 0 || stage.within)) return false
  if (!factorsOf(fold, first!) || registersOf(fold.accumulate) > 1 || workOf([fold.body]) > shortFold) return false
  if (conditionsOn(rows.name, stages.flatMap(stageRoots)).length > 0) return false
  return expressions([fold.body]).some(
    expr => expr.kind === 'load' && stepOf(expr.at, rows) === 0 && stepOf(expr.at, vector) !== 0,
  )
}

const stepOf = (at: Index, { name }: Loop) => dimLinear(at, name)?.coefficient

/**
 * Opens a loop over rows of so many elements in bands, those side by side in copies; what blocks of them leave over in
 * neighbours, then one by one. Threads share the blocks.
 */
export function inBands(scope: Scope, { name, extent }: Loop, length: Index, body: (copies: Copies) => void): void {
  const rows = bandOf(extent, length)
  const size = bands * rows
  const [block, row] = [`${name}.block`, `${name}.row`]
  const blocks = dimFloorDiv(extent, size)
  openLoop([scope], { name: block, from: 0, to: blocks }, ([each]) =>
    openLoop([each!], { name: row, from: 0, to: rows }, ([inside]) => {
      const first = dimAdd(dimMul(size, each!.resolve(block)), inside!.resolve(row))
      body(
        Array.from({ length: bands }, (_, band) => {
          const rename = new Map([[name, dimAdd(first, band * rows)]])
          return new Scope(inside, { defines: [name], rename, into: inside!.statements })
        }),
      )
    }),
  )
  const rest = { from: dimMul(size, blocks), to: extent }
  sweep(scope, name, rest, [{ lanes: 1, copies: bands }, scalarBlock], body)
}

/** Rows of a band, equal ones where it is known how many there are. */
function bandOf(rows: Index, length: Index): number {
  const most = Math.ceil(bandSize / (typeof length === 'number' ? Math.max(1, length) : usualLength))
  if (typeof rows !== 'number') return most
  const blocks = Math.max(1, Math.round(rows / (bands * most)))
  return Math.max(1, Math.floor(rows / (bands * blocks)))
}
