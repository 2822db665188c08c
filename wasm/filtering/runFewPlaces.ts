/**
 * Long windows at few places by minimal filtering (fewPlaces.ts). For each block of tiles of taps both operands are copied
 * with channels last, and become factors, those of rows whole, those of columns a panel at a time; products are summed over
 * all tiles, each of its own, and give results when all blocks are through. Where there are few tiles the depth is cut into
 * parts with sums of their own, which threads share; they are added up in order.
 *
 * As of other filtering (runWinograd.ts), results of a panel that are not finite are summed again in the order of the depth.
 */
import { dimAdd, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type LoopProgram, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, openLoop, openLoops, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { Accumulator } from '../accumulate.ts'
import { type DepthBlock, eachBlock, turnsInBlock } from '../contraction/depth.ts'
import { finish } from '../contraction/folded.ts'
import { at } from '../contraction/pack.ts'
import { substituted } from '../contraction/slides.ts'
import { indexOf, sumOf } from '../contraction/survey.ts'
import { accumulate, epilogueBlocks } from '../contraction/tile.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import { copyWindow } from '../windows.ts'
import { type Channels, type FewPlaces, steps } from './fewPlaces.ts'
import { gap, numbersOf, rowMajor } from './shares.ts'
import { add, alongAxes, placesAlong, type Spread, scaled, upTo } from './transforms.ts'

const vector: Block = { lanes: vectorLanes, copies: 1 }

/** Writes the contraction into a scope; gives the scratch memory that it takes. */
export function runFewPlaces(writer: Writer, root: Scope, way: FewPlaces): LoopProgram['scratch'] {
  return new TiledTaps(writer, way).run(root)
}

/** An operand with its copy for a block, and its factors in panels. */
interface Operand extends Channels {
  copy: Scratch
  /** Neighbouring places of the copy along each axis, and channels in whole tiles. */
  sizes: readonly number[]
  channels: number
  panel: Scratch
  /** How far apart factors are in a panel. */
  apart: number
  count: number
  /** Values of a tile to factors, along each axis. */
  lines: readonly Spread['ofTaps'][]
}

class TiledTaps {
  readonly #writer: Writer
  readonly #way: FewPlaces
  readonly #by: readonly Spread[]
  readonly #left: Operand
  readonly #right: Operand
  /** Sums of all products, by product, panel of columns and row; results of a panel, by row and place. */
  readonly #products: Scratch
  readonly #sums: Scratch
  readonly #perProduct: number
  readonly #perPart: number
  /** The name of the loop over parts. */
  readonly #part: string
  /** Turns of the depth in a block. */
  readonly #turns: readonly number[]

  constructor(writer: Writer, way: FewPlaces) {
    this.#writer = writer
    this.#way = way
    this.#by = way.axes.map(({ by }) => by)
    this.#turns = turnsInBlock(way.plan.depth, steps).map(({ extent }) => extent as number)
    this.#left = this.#operand('left', way.elements === 'left')
    this.#right = this.#operand('right', way.elements === 'right')
    const [rows, columns] = [this.#left.channels, this.#right.channels]
    this.#perProduct = rows * columns + gap
    this.#perPart = along(this.#by, by => by.products) * this.#perProduct
    this.#part = writer.name('part')
    this.#products = scratchArray(writer, 'products', way.parts * this.#perPart)
    this.#sums = scratchArray(writer, 'sums', along(this.#by, by => by.places) * rows * way.right.width)
  }

  #operand(side: 'left' | 'right', moved: boolean): Operand {
    const { axes, rest } = this.#way
    const given = this.#way[side]
    const { channel, width, places } = given
    const channels = Math.ceil((channel.extent as number) / width) * width
    const deep = this.#turns.reduce((all, turns) => all * turns, 1)
    const sizes = places.map((near, axis) => 2 * this.#turns[rest.length + axis]! + near - 2)
    const copied = [...this.#turns.slice(0, rest.length), ...sizes].reduce((all, size) => all * size, channels)
    const apart = deep * width + gap
    const count = along(this.#by, by => (moved ? by.products : by.factors))
    const panels = side === 'left' ? channels / width : 1
    return {
      ...{ ...given, sizes, channels, apart, count },
      copy: scratchArray(this.#writer, moved ? 'elements' : 'taps', copied),
      panel: scratchArray(this.#writer, side, panels * count * apart),
      lines: axes.map(({ by }) => (moved ? by.ofElements : by.ofTaps)),
    }
  }

  run(root: Scope): LoopProgram['scratch'] {
    const { plan, parts } = this.#way
    const [left, right] = [this.#left, this.#right]
    openLoops([root], plan.batch, ([scope]) => {
      this.#eachPart(scope!, part =>
        eachBlock(
          part,
          plan.depth,
          (inside, block) => {
            for (const operand of [left, right]) this.#copy(inside, operand, block)
            this.#eachPanel(inside, left, (panel, x) => {
              this.#transform(panel, left, block, x, dimMul(x, (left.count * left.apart) / left.width))
            })
            this.#eachPanel(inside, right, (panel, x) => {
              this.#transform(panel, right, block, x, 0)
              this.#multiply(panel, block, x)
            })
          },
          steps,
        ),
      )
      if (parts > 1) this.#addParts(scope!)
      this.#eachPanel(scope!, right, (panel, x) => this.#finish(panel, x))
    })
    const dtype = plan.fold.accumulate
    const arrays = [left.copy, right.copy, left.panel, right.panel, this.#products, this.#sums]
    return arrays.map(({ name, size }) => ({ name, dtype, size }))
  }

  #eachPart(scope: Scope, body: (part: Scope) => void): void {
    const { parts } = this.#way
    if (parts === 1) body(scope)
    else openLoop([scope], { name: this.#part, from: 0, to: parts, mode: 'parallel' }, ([part]) => body(part!))
  }

  /** Adds the products of later parts to those of the first, in their order. */
  #addParts(scope: Scope): void {
    const { plan, parts } = this.#way
    const { name: to, number: buffer } = this.#products
    const product = this.#writer.name('product')
    const range = { name: product, from: 0, to: along(this.#by, by => by.products), mode: 'parallel' } as const
    openLoop([scope], range, ([inner]) => {
      sweep(inner!, `${product}.lane`, { from: 0, to: this.#perProduct - gap }, [vector], ([each]) => {
        const at = dimAdd(dimMul(each!.resolve(product), this.#perProduct), each!.resolve(`${product}.lane`))
        const products = upTo(parts).map((part): Expr => {
          return { kind: 'load', dtype: plan.fold.accumulate, buffer, at: dimAdd(at, part * this.#perPart) }
        })
        const value = this.#writer.lanes(products.reduce(add), each!, vectorLanes)
        each!.statements.push({ kind: 'store', to, at, stride: 1, value })
      })
    })
  }

  #eachPanel(scope: Scope, { channel, channels, width }: Operand, body: (panel: Scope, x: Index) => void): void {
    const name = `${channel.name}.tile`
    openLoop([scope], { name, from: 0, to: channels, step: width }, ([panel]) => body(panel!, panel!.resolve(name)))
  }

  /** Copies what tiles of a block see, channels last: beyond the last of them, it again. */
  #copy(scope: Scope, operand: Operand, block: DepthBlock): void {
    const { axes, rest, parts, kernel } = this.#way
    const { value, channel, channels, copy, places } = operand
    const opened = (name: string) => block.loops.find(loop => loop.name === name)
    const last = { name: `${channel.name}.copy`, extent: channels }
    const chosen = new Map<string, Index>([
      [channel.name, channels === channel.extent ? last.name : dimMin(last.name, dimSub(channel.extent, 1))],
    ])
    const restLoops = rest.flatMap(({ name, extent }, i) => {
      const bounds = opened(name)
      const first = i === 0 && parts > 1 ? dimMul(this.#part, extent) : 0
      const loop = { name: `${name}.copy`, extent: bounds ? dimSub(bounds.to, bounds.from) : 1 }
      chosen.set(name, dimAdd(first, bounds ? dimAdd(bounds.from, loop.name) : name))
      return bounds ? [loop] : []
    })
    const placeLoops = axes.map(({ tiles, place }, axis) => {
      const { from, to } = opened(tiles.name) ?? { from: tiles.name, to: dimAdd(tiles.name, 1) }
      const loop = { name: `${place}.copy`, extent: dimAdd(dimMul(2, dimSub(to, from)), places[axis]! - 2) }
      chosen.set(place, dimAdd(dimMul(2, from), loop.name))
      return loop
    })
    const local = rest.map(({ name }) => (opened(name) ? `${name}.copy` : 0))
    const position = this.#placeIn(
      operand,
      local,
      placeLoops.map(({ name }) => name),
      last.name,
    )
    const loops = [...restLoops, ...placeLoops, last]
    copyWindow(this.#writer, scope, { value: substituted(kernel, value, chosen), loops, array: copy.name, position })
  }

  #placeIn({ sizes, channels }: Operand, rest: readonly Index[], places: readonly Index[], channel: Index): Index {
    const turns = [...this.#turns.slice(0, rest.length), ...sizes]
    const place = [...rest, ...places].reduce<Index>((sum, along, i) => dimAdd(dimMul(sum, turns[i]!), along), 0)
    return dimAdd(dimMul(place, channels), channel)
  }

  /** Writes the factors of a panel of channels from x on. */
  #transform(scope: Scope, operand: Operand, block: DepthBlock, x: Index, from: Index): void {
    const { rest, axes, plan } = this.#way
    const { places, panel, apart, width, lines, channel } = operand
    const dtype = plan.fold.accumulate
    const lane = `${channel.name}.lane`
    const local = (name: string): Index => {
      const bounds = block.loops.find(loop => loop.name === name)
      return bounds ? dimSub(name, bounds.from) : 0
    }
    openRanges([scope], block.loops, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: width }, [vector], ([each]) => {
        const l = each!.resolve(lane)
        const tiles = axes.map(({ tiles }) => dimMul(2, local(tiles.name)))
        const loads = placesAlong(places).map((near): Expr => {
          const within = near.map((offset, axis) => dimAdd(tiles[axis]!, offset))
          const place = this.#placeIn(
            operand,
            rest.map(({ name }) => local(name)),
            within,
            dimAdd(x, l),
          )
          return { kind: 'load', dtype, buffer: operand.copy.number, at: place }
        })
        const step = dimAdd(from, dimAdd(dimMul(each!.resolve(block.position), width), l))
        alongAxes(loads, places, lines).forEach((factor, number) => {
          const value = this.#writer.lanes(factor, each!, vectorLanes)
          const to = dimAdd(step, number * apart)
          each!.statements.push({ kind: 'store', to: panel.name, at: to, stride: 1, value })
        })
      })
    })
  }

  /** Adds the products of a block with a panel of columns to their sums. */
  #multiply(scope: Scope, block: DepthBlock, x: Index): void {
    const { plan, elements } = this.#way
    const [left, right] = [this.#left, this.#right]
    const ranges = this.#by.map(({ products }, axis) => {
      return { name: `${left.channel.name}.product${axis}`, from: 0, to: products }
    })
    openRanges([scope], ranges, ([each]) => {
      const product = ranges.map(({ name }) => each!.resolve(name))
      const part = this.#way.parts > 1 ? each!.resolve(this.#part) : 0
      const { number, factor } = numbersOf(product, this.#by)
      const numberOf = (side: 'left' | 'right') => (elements === side ? number : factor)
      this.#eachPanel(each!, left, (inner, y) => {
        const panel = dimMul(y, (left.count * left.apart) / left.width)
        const operands = {
          ...{ x, y },
          left: { array: left.panel.name, at: dimAdd(panel, dimMul(numberOf('left'), left.apart)) },
          right: { array: right.panel.name, at: dimMul(numberOf('right'), right.apart) },
          sums: { array: this.#products.name, at: dimAdd(dimMul(part, this.#perPart), this.#productAt(number, x, y)) },
        }
        accumulate(this.#writer, inner, plan, operands, block)
      })
    })
  }

  #productAt(number: Index, x: Index, row: Index): Index {
    return dimAdd(
      dimMul(number, this.#perProduct),
      dimAdd(dimMul(x, this.#left.channels), dimMul(row, this.#right.width)),
    )
  }

  /** Results of a panel of columns, from their products or in the order of the depth, through the kernel's later stages. */
  #finish(scope: Scope, x: Index): void {
    const finite = this.#transformProducts(scope, x)
    const again = new Scope(scope, { conditional: true })
    this.#eachResult(again, x, this.#right.width, [vector], (each, place) => this.#sumInOrder(each, place))
    scope.statements.push({
      kind: 'if',
      when: [{ relation: '==', left: finite, right: 1 }],
      then: [],
      otherwise: again.statements,
    })
    const { plan, right } = this.#way
    const there = dimMin(right.width, dimSub(right.channel.extent, x))
    const upTo = (right.channel.extent as number) % right.width === 0 ? right.width : there
    const [array, dtype] = [this.#sums.name, plan.fold.accumulate]
    this.#eachResult(scope, x, upTo, epilogueBlocks(plan), (each, place) => {
      finish(this.#writer, each, plan, () => ({ array, at: place, dtype }))
    })
  }

  /** Gives an index that is 1 where all results of a panel are finite. */
  #transformProducts(scope: Scope, x: Index): Index {
    const writer = this.#writer
    const { left, right, plan } = this.#way
    const dtype = plan.fold.accumulate
    const counts = this.#by.map(({ products }) => products)
    const lines = this.#by.map(({ ofProducts }) => ofProducts)
    const chains = Array.from({ length: 4 }, () =>
      writer.variable(scope, dtype, vectorLanes, { kind: 'const', value: 0 }),
    )
    const zero = writer.constant(scope, dtype, vectorLanes, 0)
    const [row, lane] = [`${left.channel.name}.row`, `${right.channel.name}.lane`]
    openLoop([scope], { name: row, from: 0, to: left.channel.extent }, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: right.width }, [vector], ([each]) => {
        const [r, l] = [each!.resolve(row), each!.resolve(lane)]
        const loads = placesAlong(counts).map((product): Expr => {
          const place = dimAdd(this.#productAt(rowMajor(product, counts), x, r), l)
          return { kind: 'load', dtype, buffer: this.#products.number, at: place }
        })
        alongAxes(loads, counts, lines).forEach((value, i) => {
          const result = writer.lanes(scaled(value, 2 ** -counts.length), each!, vectorLanes)
          each!.statements.push({
            kind: 'store',
            to: this.#sums.name,
            at: this.#sumAt(r, i, l),
            stride: 1,
            value: result,
          })
          const register = chains[i % chains.length]!
          const args = [result.name, zero.name, register.name] as const
          each!.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
        })
      })
    })
    return indexOf(writer, scope, 'finite', { wide: chains, narrow: writer.constant(scope, dtype, 1, 1) }, sumOf)
  }

  /** Where the result of a row is, by the number of its place. */
  #sumAt(row: Index, place: Index, lane: Index): Index {
    const places = along(this.#by, by => by.places)
    return dimAdd(dimMul(dimAdd(dimMul(row, places), place), this.#right.width), lane)
  }

  /** The results of a panel from x on, in scopes where the kernel's loops are at each; lanes run along its columns. */
  #eachResult(
    scope: Scope,
    x: Index,
    upTo: Index,
    blocks: readonly Block[],
    body: (scope: Scope, at: Index) => void,
  ): void {
    const { axes, left, right } = this.#way
    const [row, lane] = [`${left.channel.name}.row`, `${right.channel.name}.lane`]
    const loops = [{ name: row, extent: left.channel.extent }, ...axes.map(({ column }) => column)]
    openLoops([scope], loops, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: upTo }, blocks, copies => {
        for (const each of copies) {
          const [r, l] = [each.resolve(row), each.resolve(lane)]
          const places = axes.map(({ column, backwards, by }) => {
            return backwards ? dimSub(by.places - 1, each.resolve(column.name)) : each.resolve(column.name)
          })
          const rename = new Map<string, Index>([
            [left.channel.name, r],
            [right.channel.name, dimAdd(x, l)],
          ])
          const named = new Scope(each, { defines: [...rename.keys()], rename, into: each.statements })
          body(
            named,
            this.#sumAt(
              r,
              rowMajor(
                places,
                this.#by.map(by => by.places),
              ),
              l,
            ),
          )
        }
      })
    })
  }

  /** Results term by term, in the order of the depth. */
  #sumInOrder(scope: Scope, place: Index): void {
    const { kernel, plan, right } = this.#way
    const [first] = kernel.stages
    const { name, extent } = right.channel
    const within = dimMin(scope.resolve(name), dimSub(extent, 1))
    const inside = extent === this.#right.channels ? scope : at(plan.right, within, scope)
    const contraction = { ...first!.contraction!, left: plan.left.source, right: plan.right.source }
    const stage = { ...first!, contraction }
    const sum = new Accumulator(this.#writer, inside, plan.fold, vectorLanes)
    openLoops([inside], stage.loops, ([inner]) => sum.step(inner!, stage))
    sum.store(inside, this.#sums.name, place)
  }
}

const along = (by: readonly Spread[], count: (by: Spread) => number): number =>
  by.reduce((all, each) => all * count(each), 1)
