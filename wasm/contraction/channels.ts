/**
 * Sums of products over windows that only few products share, as those of gradients of filters: of each channel by itself, or
 * of few channels. Lanes run along channels, of which both operands, or the one that has them, are copied with a few side by
 * side: each row of results is then whole vectors, whatever its length and the windows' stride. Results of all taps, or of
 * several channels, are summed at once, so that what they share is read for all of them.
 *
 * Each turn of what is outside of the windows, as an image is, has a sum of its own, which is added to those before.
 */
import { dimAdd, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import {
  type Expr,
  type Fold,
  type Kernel,
  type Loop,
  type LoopProgram,
  type Stage,
  vectorLanes,
} from '../../frontend/kernel/ir.ts'
import {
  type Copies,
  openLoop,
  openLoops,
  type Range,
  splitRange,
  sweep,
  unrolled,
} from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { children, namesOf } from '../../frontend/kernel/walk.ts'
import { Accumulator, factorsOf, positionIn } from '../accumulate.ts'
import { product } from '../cut.ts'
import { exchange, liesAlong } from '../turn.ts'
import { type Scratch, scratchArray } from './factors.ts'
import { finish } from './folded.ts'
import { epilogueBlocks } from './tile.ts'
import { type Slide, slidesIn, substituted } from './winograd.ts'

/** Sums in registers at once, at most, and vectors of channels beside each other. */
const mostSums = 10
const mostVectors = 3

/** Elements of the copies for a turn of what is outside of windows, at most. */
const mostCopied = 2 ** 19

/** An operand with its copy, if it has one: `value` over the copy's loops, and `read`, what loads it over the kernel's own. */
type Load = Extract<Expr, { kind: 'load' }>

interface Operand {
  read: Expr
  copy?: { value: Expr; loops: readonly Loop[]; array: Scratch; position: Index }
}

/** A kernel to be run so. */
export interface Channels {
  kernel: Kernel
  fold: Fold
  later: readonly Stage[]
  /** The loop that lanes run along, `vectors` of them side by side, and its name within a block of them. */
  lanes: Loop
  vectors: number
  lane: string
  /** Loops of the kernel whose turns are summed one after the other, and at once. */
  serial: readonly Loop[]
  together: readonly Loop[]
  /** Loops outside of windows, and along them. */
  rest: readonly Loop[]
  columns: readonly Loop[]
  operands: readonly [Operand, Operand]
}

/** How a kernel is to be run so, or undefined where it has no such windows or is better off otherwise. */
export function planChannels(writer: Writer, kernel: Kernel): Channels | undefined {
  const [first, ...later] = kernel.stages
  const [fold, ...more] = first?.folds ?? []
  if (!first || !fold || more.length > 0 || first.within || first.stores.length > 0) return undefined
  if (later.some(({ within, loops, folds }) => within || loops.length > 0 || folds.length > 0)) return undefined
  const factors = factorsOf(fold, first)
  const { accumulate } = fold
  if (!factors || accumulate !== 'float32' || factors.some(({ dtype }) => dtype !== accumulate)) return undefined
  const [a, b] = factors as [Expr, Expr]
  return (
    sliding(writer, kernel, { fold, later, moved: a, fixed: b }) ??
    sliding(writer, kernel, { fold, later, moved: b, fixed: a })
  )
}

interface Sums {
  fold: Fold
  later: readonly Stage[]
  moved: Expr
  fixed: Expr
}

/** With the windows of one operand. */
function sliding(writer: Writer, kernel: Kernel, { fold, later, moved, fixed }: Sums): Channels | undefined {
  const depth = kernel.stages[0]!.loops
  const slides = slidesIn(kernel, moved, kernel.loops, depth)
  const taps = slides.map(({ tap }) => tap)
  const sees = (expr: Expr, { name }: Loop) => namesOf([expr]).has(name)
  if (slides.length === 0 || new Set(taps).size < slides.length || taps.some(tap => sees(fixed, tap))) return undefined
  const columns = slides.map(({ column }) => column)
  const rest = depth.filter(loop => !columns.includes(loop))
  const known = [...kernel.loops, ...columns].every(({ extent }) => typeof extent === 'number' && extent > 0)
  if (!known || (product(columns) as number) <= (product(taps) as number)) return undefined
  const channels = kernel.loops.filter(loop => !taps.includes(loop))
  const both = channels.filter(loop => sees(moved, loop) && sees(fixed, loop))
  if (both.length === 0) return undefined
  const lanes = largest(both)
  if ((lanes.extent as number) < vectorLanes) return undefined
  const tile = tileOf(
    kernel.loops.filter(loop => loop !== lanes),
    lanes,
    loop => [moved, fixed].map(each => sees(each, loop)),
  )
  if (!tile) return undefined
  const { together, vectors } = tile
  const others = kernel.loops.filter(loop => loop !== lanes)
  const lane = `${lanes.name}.lane`
  const operand = (expr: Expr, along: readonly Slide[]) =>
    layOut(writer, kernel, { expr, along, rest, columns, lanes, lane, width: vectors * vectorLanes })
  const operands = [operand(moved, slides), operand(fixed, [])] as const
  const copied = operands.reduce((all, { copy }) => all + (copy ? (copy.array.size as number) : 0), 0)
  if (copied > mostCopied) return undefined
  const serial = others.filter(loop => !together.includes(loop))
  return { kernel, fold, later, lanes, vectors, lane, serial, together, rest, columns, operands }
}

const largest = (loops: readonly Loop[]): Loop =>
  loops.reduce((a, b) => ((b.extent as number) > (a.extent as number) ? b : a))

/** The loops whose sums are in registers together, with so many vectors of channels: those that take least for a product. */
function tileOf(
  loops: readonly Loop[],
  { extent }: Loop,
  seen: (loop: Loop) => readonly boolean[],
): { together: readonly Loop[]; vectors: number } | undefined {
  const least = { cost: Number.POSITIVE_INFINITY, together: [] as readonly Loop[], vectors: 1 }
  for (let chosen = 0; chosen < 2 ** loops.length; chosen++) {
    const together = loops.filter((_, i) => (chosen >> i) % 2 === 1)
    for (let vectors = 1; vectors <= mostVectors; vectors++) {
      const sums = vectors * (product(together) as number)
      if (sums > mostSums) continue
      const loads = [0, 1].reduce(
        (all, side) => all + vectors * (product(together.filter(loop => seen(loop)[side])) as number),
        0,
      )
      const width = vectors * vectorLanes
      const filled = (extent as number) / (Math.ceil((extent as number) / width) * width)
      // Two of each a cycle; a sum waits four for the one before.
      const cost = Math.max(sums, loads, 8) / (sums * filled)
      if (cost < least.cost) Object.assign(least, { cost, together, vectors })
    }
  }
  return least.cost < Number.POSITIVE_INFINITY ? least : undefined
}

/** An operand by its places, channels last. */
function layOut(
  writer: Writer,
  kernel: Kernel,
  {
    expr,
    along,
    rest,
    columns,
    lanes,
    lane,
    width,
  }: {
    expr: Expr
    along: readonly Slide[]
    rest: readonly Loop[]
    columns: readonly Loop[]
    lanes: Loop
    lane: string
    width: number
  },
): Operand {
  const used = namesOf([expr])
  const moves = along.map(({ column, tap, stride, backwards }) => {
    const [places, taps] = [column.extent as number, tap.extent as number]
    const loop = { name: `${tap.name}.place`, extent: stride * (places - 1) + taps }
    const at = dimAdd(dimMul(stride, column.name), backwards ? dimSub(taps - 1, tap.name) : tap.name)
    return { loop, at, tap, column, start: backwards ? dimSub(taps - 1, loop.name) : loop.name }
  })
  const fixed = [...kernel.loops, ...columns].filter(loop => {
    return (
      used.has(loop.name) &&
      loop !== lanes &&
      !rest.includes(loop) &&
      moves.every(({ tap, column }) => tap !== loop && column !== loop)
    )
  })
  const count = lanes.extent as number
  const whole = count % width === 0
  const inBlock = { name: `${lanes.name}.copy`, extent: width }
  const channel = dimAdd(`${lanes.name}.block`, inBlock.name)
  const names = new Map<string, Index>([
    ...moves.flatMap(({ tap, column, start }): [string, Index][] => [
      [tap.name, start],
      [column.name, 0],
    ]),
    [lanes.name, whole ? channel : dimMin(channel, count - 1)],
  ])
  const loops = [...fixed, ...moves.map(({ loop }) => loop), inBlock]
  const array = scratchArray(writer, 'channels', product(loops))
  const at = [...fixed.map(({ name }) => name), ...moves.map(({ at }) => at), lane].reduce<Index>(
    (sum, place, i) => dimAdd(dimMul(sum, loops[i]!.extent), place),
    0,
  )
  const read: Expr = { kind: 'load', dtype: expr.dtype, buffer: array.number, at }
  return { read, copy: { value: substituted(kernel, expr, names), loops, array, position: positionIn(loops) } }
}

/** Copies what runs along places in memory with channels side by side: as many places as a vector has lanes at a time. */
function copyTurned(
  writer: Writer,
  scope: Scope,
  { value, loops, array, position }: NonNullable<Operand['copy']>,
): void {
  const [places, channel] = [loops.slice(0, -1), loops.at(-1)!]
  const blocks = [vectorLanes, 1].map(copies => ({ lanes: 1, copies }))
  const vector = { name: channel.name, lanes: vectorLanes }
  const put = (copies: Copies, along: Loop) => {
    const lanes = { name: channel.name, from: 0, to: channel.extent, step: vectorLanes, mode: 'vector' } as const
    openLoop(copies, lanes, inner => {
      const each = inner.map(one => new Scope(one, { defines: [channel.name], vector, into: one.statements }))
      const loads = each.length > 1 ? loadsIn(each[0]!, value) : []
      exchange(writer, each, {
        columns: channel,
        turned: loads.filter(load => liesAlong(load, along.name, channel.name)),
      })
      for (const one of each) {
        const stored = writer.lanes(value, one, vectorLanes)
        one.statements.push({ kind: 'store', to: array.name, at: one.resolve(position), stride: 1, value: stored })
      }
    })
  }
  const open = (outside: Scope, [loop, ...rest]: readonly Loop[]): void => {
    const { name, extent } = loop!
    for (const range of splitRange(name, extent, [value]) ?? [{ from: 0, to: extent }]) {
      if (rest.length === 0) sweep(outside, name, range, blocks, copies => put(copies, loop!))
      else {
        openLoop([outside], { name, ...range }, ([inner]) => {
          const { decisions } = range as Range
          open(new Scope(inner, { into: inner!.statements, ...(decisions && { decisions }) }), rest)
        })
      }
    }
  }
  open(scope, places)
}

/** What is loaded for a value in a scope, where it is known of all conditions whether they hold; nothing otherwise. */
function loadsIn(scope: Scope, value: Expr): Load[] {
  if (value.kind === 'load') return [value]
  if (value.kind !== 'guard') return children(value).flatMap(each => loadsIn(scope, each))
  const known = value.when.map(condition => scope.decide(condition))
  if (known.includes(false)) return loadsIn(scope, value.otherwise)
  return known.includes(undefined) ? [] : loadsIn(scope, value.then)
}

/** Writes the kernel into a scope; gives the scratch memory that it takes. */
export function runChannels(writer: Writer, root: Scope, plan: Channels): LoopProgram['scratch'] {
  const { kernel, fold, later, lanes, vectors, lane, serial, together, rest, columns, operands } = plan
  const width = vectors * vectorLanes
  const count = lanes.extent as number
  const results = [...serial, ...together]
  const sums = writer.name('sums')
  const sumAt = dimAdd(dimMul(positionIn(results), width), lane)
  const [left, right] = operands.map(({ read }) => read) as [Expr, Expr]
  const stage = { ...kernel.stages[0]!, contraction: { rows: [], columns: [], left, right } }
  const vectorsIn = (scope: Scope, body: (copies: Copies) => void) =>
    sweep(scope, lane, { from: 0, to: width }, [{ lanes: vectorLanes, copies: vectors }], body)
  const block = `${lanes.name}.block`
  openLoop([root], { name: block, from: 0, to: count, step: width, mode: 'parallel' }, ([inside]) => {
    openLoops([inside!], results, ([result]) => {
      vectorsIn(result!, copies => {
        for (const each of copies)
          new Accumulator(writer, each, fold, vectorLanes).store(each, sums, each.resolve(sumAt))
      })
    })
    openLoops([inside!], rest, ([turn]) => {
      for (const { copy } of operands) {
        if (copy) copyTurned(writer, turn!, copy)
      }
      openLoops([turn!], serial, ([each]) => {
        vectorsIn(each!, copies => {
          const registers: Accumulator[] = []
          unrolled(copies, together, inner => {
            for (const scope of inner) registers.push(new Accumulator(writer, scope, fold, vectorLanes))
          })
          openLoops(copies, columns, step => {
            let next = 0
            unrolled(step, together, inner => {
              for (const scope of inner) registers[next++]!.step(scope, stage)
            })
          })
          let next = 0
          unrolled(copies, together, inner => {
            for (const scope of inner) registers[next++]!.addTo(scope, sums, scope.resolve(sumAt))
          })
        })
      })
    })
    const upTo = count % width === 0 ? width : dimMin(width, dimSub(count, inside!.resolve(block)))
    const blocks = epilogueBlocks({ right: { axis: { name: lanes.name }, width }, windows: undefined, later })
    openLoops([inside!], results, ([each]) => {
      sweep(each!, lane, { from: 0, to: upTo }, blocks, copies => {
        for (const copy of copies) {
          const rename = new Map([[lanes.name, dimAdd(inside!.resolve(block), copy.resolve(lane))]])
          const named = new Scope(copy, { defines: [lanes.name], rename, into: copy.statements })
          const source = { array: sums, at: copy.resolve(sumAt), dtype: fold.accumulate }
          finish(writer, named, { fold, windows: undefined, later }, () => source)
        }
      })
    })
  })
  const dtype = fold.accumulate
  return [
    ...operands.flatMap(({ copy }) => (copy ? [{ name: copy.array.name, dtype, size: copy.array.size }] : [])),
    { name: sums, dtype, size: (product(results) as number) * width },
  ]
}
