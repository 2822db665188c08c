/**
 * Sums of products over windows that only few products share, as those of gradients of filters: of each channel by itself, or
 * of few channels. Lanes run along channels, of which both operands, or the one that has them, are copied with a few side by
 * side: each row of results is then whole vectors, whatever its length and the windows' stride. Results of all taps, or of
 * several channels, are summed at once, so that what they share is read for all of them.
 *
 * Each turn of what is outside of the windows, as an image is, has a sum of its own, which is added to those before; and as
 * many turns as there are parts of them have theirs apart.
 *
 * Measured on an EPYC of Zen 4 (Node 24, one thread, best of rounds, a busy machine) in GFLOP/s of gradients of filters as
 * folds or in tiles, and so: of channels apart, 3x3 of four images of 28x28 7 and 33, of 14x14 4 and 30, of 7x7 2 and 21, of
 * one of 56x56 11 and 33; with a stride of 2 from 28x28 6 and 12, from 56x56 8 and 22; 5x5 4 and 27; 7x7 6 and 43; groups of 4
 * 13 and 45. 64 to 3 channels 10 and 50, 3 to 3 8 and 35, LeNet's 1 to 20 27 and 33, 1 to 6 13 and 32.
 */
import { dimAdd, dimCeilDiv, dimMin, dimMul, dimNames, dimSub, type Index } from '../../frontend/dims.ts'
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
  openDecided,
  openLoop,
  openLoops,
  openRanges,
  type Range,
  splitRange,
  sweep,
  unrolled,
} from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { expressions, namesOf } from '../../frontend/kernel/walk.ts'
import { Accumulator, factorsOf, positionIn } from '../accumulate.ts'
import { product } from '../cut.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import { exchange, liesAlong, loadsIn } from '../turn.ts'
import { copyWindow } from '../windows.ts'
import { finish } from './folded.ts'
import { type Slide, slidesIn, substituted } from './slides.ts'
import { epilogueBlocks } from './tile.ts'

/** Sums in registers at once, at most, and vectors of channels beside each other. */
const mostSums = 10
const mostVectors = 3

/** Parts that turns of what is outside of windows are in: sums of each are apart, so that threads may share them. */
const mostParts = 8

/** Channels of results that have all channels in common, at most: of more, tiles share what is packed for them. */
const mostChannels = 24

/** Channels in lanes, at least. */
const fewestLanes = 3

/** Elements of the copies for a turn of what is outside of windows, at most. */
const mostCopied = 2 ** 19

/** A copy of an operand: its `value` over the copy's loops, the last of which is through channels if they are `inLanes`. */
interface Copied {
  value: Expr
  loops: readonly Loop[]
  array: Scratch
  position: Index
  inLanes: boolean
}

/** An operand over the kernel's loops, as it is read from its copy if it has one. */
interface Operand {
  read: Expr
  copy?: Copied
}

/** A kernel to be run so. */
export interface ChannelLanes {
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
export function planChannels(writer: Writer, kernel: Kernel): ChannelLanes | undefined {
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
function sliding(writer: Writer, kernel: Kernel, { fold, later, moved, fixed }: Sums): ChannelLanes | undefined {
  const depth = kernel.stages[0]!.loops
  const slides = slidesIn(kernel, moved, kernel.loops, depth).filter(overlaps)
  const taps = slides.map(({ tap }) => tap)
  const sees = (expr: Expr, { name }: Loop) => namesOf([expr]).has(name)
  if (slides.length === 0 || new Set(taps).size < slides.length || taps.some(tap => sees(fixed, tap))) return undefined
  const columns = slides.map(({ column }) => column)
  const rest = depth.filter(loop => !columns.includes(loop))
  const known = [...kernel.loops, ...columns].every(({ extent }) => typeof extent === 'number' && extent > 0)
  if (!known || (product(columns) as number) <= (product(taps) as number)) return undefined
  const seenBy = (loop: Loop) => [moved, fixed].map(each => sees(each, loop))
  const channels = kernel.loops.filter(loop => !taps.includes(loop))
  const both = channels.filter(loop => !seenBy(loop).includes(false))
  if (both.length === 0 && (product(channels.filter(loop => seenBy(loop)[1])) as number) > mostChannels)
    return undefined
  const tile = (both.length > 0 ? [largest(both)] : channels)
    .filter(loop => (loop.extent as number) >= fewestLanes && ![moved, fixed].some(each => isAsked(each, loop)))
    .map(lanes => tileOf(kernel.loops, lanes, seenBy))
    .reduce<Tile | undefined>((a, b) => (a && a.cost <= b.cost ? a : b), undefined)
  if (!tile) return undefined
  const { lanes, together, vectors } = tile
  const lane = `${lanes.name}.lane`
  const operand = (expr: Expr, along: readonly Slide[]) =>
    layOut(writer, kernel, { expr, along, rest, columns, lanes, lane, width: vectors * vectorLanes })
  const operands = [operand(moved, slides), operand(fixed, [])] as const
  const copied = operands.reduce((all, { copy }) => all + (copy ? (copy.array.size as number) : 0), 0)
  if (copied > mostCopied) return undefined
  const serial = kernel.loops.filter(loop => loop !== lanes && !together.includes(loop))
  return { kernel, fold, later, lanes, vectors, lane, serial, together, rest, columns, operands }
}

/** Whether conditions ask for the turn of a loop: they would differ between lanes. */
const isAsked = (expr: Expr, { name }: Loop): boolean =>
  expressions([expr]).some(
    each => each.kind === 'guard' && each.when.some(({ left, right }) => dimNames(left, dimNames(right)).has(name)),
  )

const largest = (loops: readonly Loop[]): Loop =>
  loops.reduce((a, b) => ((b.extent as number) > (a.extent as number) ? b : a))

/** Sums in registers together: of so many vectors of channels, for each turn of some loops; with what takes a product. */
interface Tile {
  lanes: Loop
  together: readonly Loop[]
  vectors: number
  cost: number
}

/** The tile with lanes along a loop that takes least for a product. */
function tileOf(all: readonly Loop[], lanes: Loop, seenBy: (loop: Loop) => readonly boolean[]): Tile {
  const extent = lanes.extent as number
  const loops = all.filter(loop => loop !== lanes)
  const tiles = Array.from({ length: 2 ** loops.length }, (_, chosen) => {
    const together = loops.filter((_, i) => (chosen >> i) % 2 === 1)
    return Array.from({ length: mostVectors }, (_, more): Tile => {
      const vectors = more + 1
      const sums = vectors * (product(together) as number)
      const loads = [0, 1].reduce((all, side) => {
        const values = product(together.filter(loop => seenBy(loop)[side])) as number
        return all + (seenBy(lanes)[side] ? vectors : 1) * values
      }, 0)
      const width = vectors * vectorLanes
      const filled = extent / (Math.ceil(extent / width) * width)
      // Two of each a cycle; a sum waits four for the one before.
      const cost = sums > mostSums ? Infinity : Math.max(sums, loads, 8) / (sums * filled)
      return { lanes, together, vectors, cost }
    })
  })
  return tiles.flat().reduce((a, b) => (b.cost < a.cost ? b : a))
}

/** An operand that windows move `along`, with what it is laid out by. */
interface Layout extends Pick<ChannelLanes, 'rest' | 'columns' | 'lanes' | 'lane'> {
  expr: Expr
  along: readonly Slide[]
  width: number
}

/** An operand by its places, channels last where it has them in lanes; as it is where it has neither these nor conditions. */
function layOut(writer: Writer, kernel: Kernel, { expr, along, rest, columns, lanes, lane, width }: Layout): Operand {
  const used = namesOf([expr])
  const moves = along.map(({ column, tap, stride, backwards }) => {
    const [places, taps] = [column.extent as number, tap.extent as number]
    const loop = { name: `${tap.name}.place`, extent: stride * (places - 1) + taps }
    const fromFirst = (name: string) => (backwards ? dimSub(taps - 1, name) : name)
    const at = dimAdd(dimMul(stride, column.name), fromFirst(tap.name))
    return { loop, at, tap, column, start: fromFirst(loop.name) }
  })
  const apart = [lanes, ...rest, ...moves.flatMap(({ tap, column }) => [tap, column])]
  const fixed = [...kernel.loops, ...columns].filter(loop => used.has(loop.name) && !apart.includes(loop))
  const inLanes = used.has(lanes.name)
  if (!inLanes && expressions([expr]).every(({ kind }) => kind !== 'guard')) return { read: expr }
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
  const loops = [...fixed, ...moves.map(({ loop }) => loop), ...(inLanes ? [inBlock] : [])]
  if (loops.length === 0) return { read: expr }
  const array = scratchArray(writer, 'channels', product(loops))
  const at = [...fixed.map(({ name }) => name), ...moves.map(({ at }) => at), ...(inLanes ? [lane] : [])].reduce<Index>(
    (sum, place, i) => dimAdd(dimMul(sum, loops[i]!.extent), place),
    0,
  )
  const value = substituted(kernel, expr, names)
  return {
    read: { kind: 'load', dtype: expr.dtype, buffer: array.number, at },
    copy: { value, loops, array, position: positionIn(loops), inLanes },
  }
}

/** Copies what runs along places in memory with channels side by side: as many places as a vector has lanes at a time. */
function copyTurned(writer: Writer, scope: Scope, { value, loops, array, position }: Copied): void {
  const [places, channel] = [loops.slice(0, -1), loops.at(-1)!]
  const blocks = [vectorLanes, 1].map(copies => ({ lanes: 1, copies }))
  const vector = { name: channel.name, lanes: vectorLanes }
  const put = (copies: Copies, along?: Loop) => {
    const lanes = { name: channel.name, from: 0, to: channel.extent, step: vectorLanes, mode: 'vector' } as const
    openLoop(copies, lanes, inner => {
      const each = inner.map(one => new Scope(one, { defines: [channel.name], vector, into: one.statements }))
      const loads = each.length > 1 ? loadsIn(each[0]!, [value]) : []
      const turned = along ? loads.filter(load => liesAlong(load, along.name, channel.name)) : []
      exchange(writer, each, { columns: channel, turned })
      for (const one of each) {
        const stored = writer.lanes(value, one, vectorLanes)
        one.statements.push({ kind: 'store', to: array.name, at: one.resolve(position), stride: 1, value: stored })
      }
    })
  }
  openDecided(scope, places.slice(0, -1), [value], places.slice(-1), inner => {
    const place = places.at(-1)
    if (!place) return put([inner])
    const ranges: Range[] = splitRange(place.name, place.extent, [value]) ?? [{ from: 0, to: place.extent }]
    for (const range of ranges) sweep(inner, place.name, range, blocks, copies => put(copies, place))
  })
}

/** Writes the kernel into a scope; gives the scratch memory that it takes. */
export function runChannels(writer: Writer, root: Scope, plan: ChannelLanes): LoopProgram['scratch'] {
  const { kernel, fold, later, lanes, vectors, lane, serial, together, rest, columns, operands } = plan
  const { accumulate: dtype } = fold
  const width = vectors * vectorLanes
  const [count, results] = [lanes.extent as number, [...serial, ...together]]
  const size = (product(results) as number) * width
  const [sums, total] = [scratchArray(writer, 'sums', mostParts * size), writer.name('total')]
  const [block, part] = [`${lanes.name}.block`, `${lanes.name}.part`]
  const place = dimAdd(dimMul(positionIn(results), width), lane)
  const sumAt = dimAdd(dimMul(part, size), place)
  const [left, right] = operands.map(({ read }) => read) as [Expr, Expr]
  const stage = { ...kernel.stages[0]!, contraction: { rows: [], columns: [], left, right } }
  const inVectors = (scope: Scope, body: (copies: Copies) => void) =>
    sweep(scope, lane, { from: 0, to: width }, [{ lanes: vectorLanes, copies: vectors }], body)
  openLoop([root], { name: block, from: 0, to: count, step: width, mode: 'parallel' }, ([inside]) => {
    eachPart(inside!, part, rest, (own, turns) => {
      openLoops([own], results, ([result]) => {
        inVectors(result!, copies => {
          for (const each of copies) {
            new Accumulator(writer, each, fold, vectorLanes).store(each, sums.name, each.resolve(sumAt))
          }
        })
      })
      openRanges([own], turns, ([turn]) => {
        for (const { copy } of operands) {
          if (copy?.inLanes) copyTurned(writer, turn!, copy)
          else if (copy) copyWindow(writer, turn!, { ...copy, array: copy.array.name })
        }
        openLoops([turn!], serial, ([each]) => {
          inVectors(each!, copies => {
            const registers: Accumulator[] = []
            const eachSum = (scopes: Copies, body: (scope: Scope, sum: Accumulator) => void) => {
              let next = 0
              unrolled(scopes, together, inner => {
                for (const scope of inner) body(scope, registers[next++]!)
              })
            }
            unrolled(copies, together, inner => {
              for (const scope of inner) registers.push(new Accumulator(writer, scope, fold, vectorLanes))
            })
            openLoops(copies, columns, step => eachSum(step, (scope, sum) => sum.step(scope, stage)))
            eachSum(copies, (scope, sum) => sum.addTo(scope, sums.name, scope.resolve(sumAt)))
          })
        })
      })
    })
    const upTo = count % width === 0 ? width : dimMin(width, dimSub(count, inside!.resolve(block)))
    const blocks = epilogueBlocks({ right: { axis: { name: lanes.name }, width }, windows: undefined, later })
    openLoops([inside!], results, ([each]) => {
      inVectors(each!, copies => {
        for (const copy of copies) {
          const sum = new Accumulator(writer, copy, fold, vectorLanes)
          openLoop([copy], { name: part, from: 0, to: partsOf(rest) }, ([inner]) => {
            sum.takeFrom(inner!, { value: sums.name, position: undefined }, inner!.resolve(sumAt))
          })
          sum.store(copy, total, copy.resolve(place))
        }
      })
      sweep(each!, lane, { from: 0, to: upTo }, blocks, copies => {
        for (const copy of copies) {
          const rename = new Map([[lanes.name, dimAdd(inside!.resolve(block), copy.resolve(lane))]])
          const named = new Scope(copy, { defines: [lanes.name], rename, into: copy.statements })
          const source = { array: total, at: copy.resolve(place), dtype }
          finish(writer, named, { fold, windows: undefined, later }, () => source)
        }
      })
    })
  })
  const copies = operands.flatMap(({ copy }) => copy?.array ?? [])
  return [...copies, sums, { name: total, size }].map(({ name, size }) => ({ name, dtype, size }))
}

/** How many parts the turns outside of windows are in. */
const partsOf = ([first]: readonly Loop[]): number => (first && first.extent !== 1 ? mostParts : 1)

/** Opens the parts of the turns outside of windows, which threads may share, with the loops through each. */
function eachPart(
  scope: Scope,
  name: string,
  rest: readonly Loop[],
  body: (own: Scope, turns: readonly { name: string; from: Index; to: Index }[]) => void,
): void {
  const [first, ...others] = rest
  openLoop([scope], { name, from: 0, to: partsOf(rest), mode: 'parallel' }, ([own]) => {
    const whole = others.map(loop => ({ name: loop.name, from: 0, to: loop.extent }))
    if (!first) return body(own!, whole)
    const turns = dimCeilDiv(first.extent, partsOf(rest))
    const from = dimMul(own!.resolve(name), turns)
    body(own!, [{ name: first.name, from, to: dimMin(first.extent, dimAdd(from, turns)) }, ...whole])
  })
}

/** Whether neighbouring windows share elements: what only lies one after the other in memory does not. */
const overlaps = ({ tap, stride }: Slide) => typeof tap.extent === 'number' && stride < tap.extent
