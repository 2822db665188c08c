/**
 * Copies that turn memory around: stored along one loop and read along another. Blocks of both loops are read in vectors
 * along the one, exchanged in registers, and stored in vectors along the other.
 */
import { dimAdd, dimFloorDiv, dimLinear, dimMul, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import {
  type Expr,
  type Kernel,
  type Loop,
  type LoopProgram,
  type Register,
  vectorLanes,
} from '../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openDecided, openLoop, sweep } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import { children, expressions, lookupsOf, stageRoots } from '../frontend/kernel/walk.ts'

export type Load = Extract<Expr, { kind: 'load' }>

/** Rows of a block: as many lines of what is stored stay in the first cache even where all of them meet in one set of it. */
const blockRows = 8

/** Values of a body, at most: it is written once for each row of a block, and where there is much to compute, reading matters little. */
const largestBody = 60

/** A kernel that turns memory around: what it stores runs along `columns`, and some of what it reads along `rows`. */
export interface Turn {
  rows: Loop
  columns: Loop
}

/** How a kernel turns memory around, or undefined where it does not, or does more than that. */
export function turnOf({ loops, stages: [stage, ...more] }: Kernel): Turn | undefined {
  if (!stage || more.length > 0 || stage.folds.length > 0 || stage.loops.length > 0) return undefined
  if (stage.stores.some(({ lookups, accumulate, serial }) => lookups || accumulate || serial)) return undefined
  const roots = stageRoots(stage)
  const values = expressions(roots)
  const along = (at: Index, { name }: Loop) => dimLinear(at, name)?.coefficient
  const long = loops.filter(({ extent }) => !(typeof extent === 'number' && extent < vectorLanes))
  const columns = long.find(loop => stage.stores.every(({ at }) => along(at, loop) === 1))
  if (!columns || values.length > largestBody || values.some(value => lookupsOf(value).length > 0)) return undefined
  for (const rows of long.filter(loop => loop !== columns)) {
    if ([rows, columns].some(({ name }) => conditionsOn(name, roots).length > 0)) continue
    if (values.some(value => value.kind === 'load' && liesAlong(value, rows.name, columns.name)))
      return { rows, columns }
  }
  return undefined
}

/** What is loaded for values in a scope, but for what is loaded only where conditions hold that are not known there. */
export function loadsIn(scope: Scope, values: readonly Expr[]): Load[] {
  const reached = new Set(values)
  // What is added on the way is visited too.
  for (const value of reached) for (const operand of operandsIn(scope, value)) reached.add(operand)
  return [...reached].filter(value => value.kind === 'load')
}

function operandsIn(scope: Scope, value: Expr): readonly Expr[] {
  if (value.kind !== 'guard') return children(value)
  const known = value.when.map(condition => scope.decide(condition))
  if (known.includes(false)) return [value.otherwise]
  return known.includes(undefined) ? [] : [value.then]
}

/** Whether memory that a load reads runs along one loop, and another steps over more of it. */
export function liesAlong({ at, lookups }: Load, one: string, other: string): boolean {
  const stride = dimLinear(at, other)?.coefficient
  return !lookups && dimLinear(at, one)?.coefficient === 1 && stride !== undefined && stride !== 0 && stride !== 1
}

/** Writes such a kernel. */
export function turnAround(writer: Writer, root: Scope, kernel: Kernel, turn: Turn): LoopProgram['scratch'] {
  const { rows, columns } = turn
  const [stage] = kernel.stages as [Kernel['stages'][number]]
  const { stores } = stage
  const roots = stageRoots(stage)
  const storeIn = (copies: Copies) => {
    for (const scope of copies) writer.stores(stores, scope)
  }
  const blocks: Block[] = [blockRows, vectorLanes, 1].map(copies => ({ lanes: 1, copies }))
  const whole = dimMul(vectorLanes, dimFloorDiv(columns.extent, vectorLanes))
  const outer = kernel.loops.filter(loop => loop !== rows && loop !== columns)
  openDecided(root, outer, roots, [], scope => {
    sweep(scope, rows.name, { from: 0, to: rows.extent }, blocks, copies => {
      if (copies.length === 1) {
        const single: Block[] = [vectorLanes, 1].map(lanes => ({ lanes, copies: 1 }))
        sweep(copies[0]!, columns.name, { from: 0, to: columns.extent }, single, storeIn)
        return
      }
      openLoop(copies, { name: columns.name, from: 0, to: whole, step: vectorLanes, mode: 'vector' }, inner => {
        const vector = { name: columns.name, lanes: vectorLanes }
        const lanes = inner.map(each => new Scope(each, { defines: [columns.name], vector, into: each.statements }))
        const turned = loadsIn(lanes[0]!, roots).filter(load => liesAlong(load, rows.name, columns.name))
        for (let at = 0; at < lanes.length; at += vectorLanes)
          exchange(writer, lanes.slice(at, at + vectorLanes), { columns, turned })
        storeIn(lanes)
      })
      openLoop(copies, { name: columns.name, from: whole, to: columns.extent }, storeIn)
    })
  })
  return []
}

/**
 * Makes what is turned known in the scopes of as many rows as a vector has lanes, which run along the columns: read along the
 * rows, then exchanged.
 */
export function exchange(
  writer: Writer,
  rows: Copies,
  { columns, turned }: { columns: { name: string }; turned: readonly Load[] },
): void {
  const [first] = rows as [Scope]
  for (const load of turned) {
    const along = Array.from({ length: vectorLanes }, (_, lane) => {
      const rename = new Map([[columns.name, dimAdd(first.resolve(columns.name), lane)]])
      const at = new Scope(first, { defines: [], rename, into: first.statements }).resolve(load.at)
      const from = writer.arrayOf(load.buffer)
      return writer.let(first, load.dtype, vectorLanes, { kind: 'load', from, at, stride: 1 })
    }) as [Register, Register, Register, Register]
    const zip = (half: 'low' | 'high', a: Register, b: Register) =>
      writer.let(first, load.dtype, vectorLanes, { kind: 'zip', half, args: [a.name, b.name] })
    const [a, b, c, d] = along
    const [even, odd] = [[a, c] as const, [b, d] as const]
    const pairs = (['low', 'high'] as const).map(half => [zip(half, ...even), zip(half, ...odd)] as const)
    const turnedBack = pairs.flatMap(([left, right]) => [zip('low', left, right), zip('high', left, right)])
    rows.forEach((scope, i) => {
      scope.setValue(load, turnedBack[i]!)
    })
  }
}
