/** Operands in panels as wide as a tile: element (x, k) of a panel at x is at `k * width + x % width`. */
import { type Condition, dimAdd, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type Register, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, type Copies, conditionsOn, openLoop, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import type { DType } from '../../runtime/manifest.ts'
import { exchange, type Load, liesAlong, loadsIn } from '../turn.ts'
import type { DepthBlock } from './depth.ts'
import type { Side } from './plan.ts'

const scalarBlocks: Block[] = [{ lanes: 1, copies: 1 }]

/**
 * What lies along the depth is turned around in registers where each element is in so few products that packing counts: of 8
 * rows `a bᵀ` takes 0.8 of the time, of 64 0.95, and modules of networks would grow by a fourth.
 */
const fewUses = 48

/** A panel to be packed: its first place along the axis (a multiple of the width), and where it goes. */
export interface Panel {
  x: Index
  array: string
  at: Index
  dtype: DType
}

/** Packs one panel over a block of the depth. What is beyond the end of the axis repeats some place within it. */
export function packPanel(writer: Writer, scope: Scope, side: Side, panel: Panel, depth: DepthBlock): void {
  if (side.axis.table) packJoined(writer, scope, side, panel, depth)
  else packSingle(writer, scope, side, panel, depth)
}

/** Stores the values of several scopes, whose lanes run along the panel, at a place in the depth. */
function copy(writer: Writer, side: Side, panel: Panel, depth: DepthBlock, lane: string, named: Copies): void {
  for (const inner of named) {
    const lanes = inner.vector?.lanes ?? 1
    const value = writer.convert(inner, writer.lanes(side.expr, inner, lanes), panel.dtype)
    inner.statements.push({
      kind: 'store',
      to: panel.array,
      at: placeOf(side, panel, depth, lane, inner),
      stride: 1,
      value,
    })
  }
}

const placeOf = ({ width }: Side, { at }: Panel, { position }: DepthBlock, lane: Index, inner: Scope): Index =>
  dimAdd(at, dimAdd(dimMul(inner.resolve(position), width), inner.resolve(lane)))

/** A scope in which the axis is at a place: its last loop there, the others at their start. */
export function at({ axis }: Side, place: Index, scope: Scope): Scope {
  const names = axis.loops.map(({ name }) => name)
  const rename = new Map<string, Index>(names.map(name => [name, name === axis.name ? place : 0]))
  return new Scope(scope, { defines: names, rename, into: scope.statements })
}

function packSingle(writer: Writer, scope: Scope, side: Side, panel: Panel, depth: DepthBlock): void {
  const { axis, width, expr, uses } = side
  const lane = `${axis.name}.lane`
  const last = dimSub(axis.extent, 1)
  const [around, deepest] = [depth.loops.slice(0, -1), depth.loops[depth.loops.length - 1]!]
  const turned = typeof uses === 'number' && uses <= fewUses ? turnedIn(scope, expr, axis.name, deepest.name) : []
  const put = (copies: Copies, clamp: boolean) =>
    copies.map(each => {
      const place = dimAdd(panel.x, each.resolve(lane))
      return at(side, clamp ? dimMin(place, last) : place, each)
    })
  /** Lanes up to `whole` are there, and packed in vectors; the others one by one. */
  const step = (inner: Scope, whole: number, clamp: boolean) => {
    const vectors = [{ lanes: vectorLanes, copies: whole / vectorLanes }]
    if (whole > 0)
      sweep(inner, lane, { from: 0, to: whole }, vectors, copies =>
        copy(writer, side, panel, depth, lane, put(copies, false)),
      )
    // Where the few after whole vectors are, clamped, is found before the loop over the depth.
    const few = clamp && width - whole < vectorLanes
    const rest = few ? [{ lanes: 1, copies: width - whole }] : scalarBlocks
    sweep(inner, lane, { from: whole, to: width }, rest, copies =>
      copy(writer, side, panel, depth, lane, put(copies, clamp)),
    )
  }
  /** As many steps as a vector has lanes, of what lies along the depth. */
  const turn = (steps: Copies, whole: number, clamp: boolean) => {
    openLoop(steps, { name: lane, from: 0, to: whole, step: vectorLanes, mode: 'vector' }, inner => {
      const vector = { name: lane, lanes: vectorLanes }
      const lanes = inner.map(each => new Scope(each, { defines: [lane], vector, into: each.statements }))
      const named = put(lanes, false)
      exchange(writer, named, { columns: axis, turned })
      copy(writer, side, panel, depth, lane, named)
    })
    openLoop(steps, { name: lane, from: whole, to: width }, inner =>
      copy(writer, side, panel, depth, lane, put(inner, clamp)),
    )
  }
  const write = (into: Scope, whole: number, clamp: boolean) => {
    openRanges([into], around, ([outer]) => {
      const blocks =
        turned.length > 0 && whole > 0 && !clamp ? [{ lanes: 1, copies: vectorLanes }, ...scalarBlocks] : scalarBlocks
      sweep(outer!, deepest.name, deepest, blocks, steps => {
        if (steps.length > 1) turn(steps, whole, clamp)
        else step(steps[0]!, whole, clamp)
      })
    })
  }
  // A condition that differs between lanes keeps the copying scalar.
  const inVectors = (lanes: number) => (conditionsOn(axis.name, [expr]).length > 0 ? 0 : lanes - (lanes % vectorLanes))
  const over = typeof axis.extent === 'number' ? axis.extent % width : undefined
  if (over === 0) {
    write(scope, inVectors(width), false)
    return
  }
  // Where the last panel has as many whole vectors, all are packed as it is.
  if (turned.length === 0 && inVectors(over ?? 0) === inVectors(width)) {
    write(scope, inVectors(width), true)
    return
  }
  const when: Condition[] = [{ relation: '<=', left: dimAdd(panel.x, width), right: axis.extent }]
  branch(
    scope,
    when,
    inside => write(inside, inVectors(width), false),
    rest => write(rest, inVectors(over ?? 0), true),
  )
}

/** What is loaded in a scope along a loop of the depth rather than along the axis; nothing where conditions depend on either. */
function turnedIn(scope: Scope, expr: Expr, axis: string, deepest: string): readonly Load[] {
  if ([axis, deepest].some(name => conditionsOn(name, [expr]).length > 0)) return []
  return loadsIn(scope, [expr]).filter(load => liesAlong(load, deepest, axis))
}

/** Places by the axis's table: whole vectors where they follow each other, otherwise each for itself. */
function packJoined(writer: Writer, scope: Scope, side: Side, panel: Panel, depth: DepthBlock): void {
  const { axis, width } = side
  const lane = `${axis.name}.lane`
  const places = Array.from({ length: width }, (_, l) => {
    const from = { kind: 'load', from: axis.table!.array, at: dimAdd(panel.x, l), stride: 0 } as const
    const register: Register = writer.let(scope, 'int32', 1, from)
    const name = writer.name('place')
    scope.statements.push({ kind: 'name', name, value: { register: register.name } })
    return name
  })
  const each = (into: Scope) =>
    openRanges([into], depth.loops, ([inner]) => {
      places.forEach((place, l) => {
        const named = at(side, place, inner!)
        const value = writer.convert(named, writer.lanes(side.expr, named, 1), panel.dtype)
        const to = placeOf(side, panel, depth, l, named)
        named.statements.push({ kind: 'store', to: panel.array, at: to, stride: 0, value })
      })
    })
  if (width % vectorLanes !== 0) {
    each(scope)
    return
  }
  const follow = places.flatMap((place, l): Condition[] =>
    l % vectorLanes === 0 ? [] : [{ relation: '==', left: place, right: dimAdd(places[l - 1]!, 1) }],
  )
  branch(
    scope,
    follow,
    inside =>
      openRanges([inside], depth.loops, ([inner]) => {
        const blocks = [{ lanes: vectorLanes, copies: width / vectorLanes }]
        sweep(inner!, lane, { from: 0, to: width }, blocks, copies => {
          const named = copies.map((one, c) => {
            const within = dimSub(one.resolve(lane), c * vectorLanes)
            return at(side, dimAdd(places[c * vectorLanes]!, within), one)
          })
          copy(writer, side, panel, depth, lane, named)
        })
      }),
    each,
  )
}

/** Two ways on, the first where conditions hold. */
export function branch(
  scope: Scope,
  when: readonly Condition[],
  yes: (scope: Scope) => void,
  no: (scope: Scope) => void,
): void {
  const [then, otherwise] = [new Scope(scope, { conditional: true }), new Scope(scope, { conditional: true })]
  yes(then)
  no(otherwise)
  scope.statements.push({ kind: 'if', when, then: then.statements, otherwise: otherwise.statements })
}
