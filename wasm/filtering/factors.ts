/**
 * Minimal filtering up to its products: filters and the elements of tiles become factors (transforms.ts), which are
 * multiplied and summed over the depth and the blocks of taps, for every product of a tile apart.
 */
import {
  type Condition,
  dimAdd,
  dimEqual,
  dimFloorDiv,
  dimMin,
  dimMod,
  dimMul,
  dimSub,
  dimSubstitute,
  type Index,
} from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type Kernel, vectorLanes } from '../../frontend/kernel/ir.ts'
import { openLoop, openLoops, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { positionIn } from '../accumulate.ts'
import { wholeDepth } from '../contraction/depth.ts'
import { at } from '../contraction/pack.ts'
import { substituted } from '../contraction/slides.ts'
import { accumulate } from '../contraction/tile.ts'
import { product } from '../cut.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import { copyWindow } from '../windows.ts'
import { gap, has, numberIn, rowMajor, type Share, sharesOf } from './shares.ts'
import { alongAxes, type Block, placesAlong, results, type Transform, upTo } from './transforms.ts'
import { groupOf, groupsAlong, type Winograd } from './winograd.ts'

const vector = { lanes: vectorLanes, copies: 1 }

/** A group of tiles: where it is in its panel, and where its results begin along each axis. */
export interface Group {
  lane: Index
  starts: readonly Index[]
}

/** What is multiplied by minimal filtering, and its products: transformed filters and elements, and their sums by panels. */
export class Factors {
  readonly #writer: Writer
  readonly #kernel: Kernel
  readonly #way: Winograd
  readonly #by: readonly Transform[]
  readonly #filters: Scratch
  readonly #copy: Scratch
  readonly #tiles: Scratch
  readonly #products: Scratch
  readonly #shares: readonly Share[]
  /** Steps of the depth besides blocks, and elements of transformed filters for each panel of rows. */
  readonly #deep: number
  readonly #perPanel: number
  /** Phases along each axis of the copy, and places of each. */
  readonly #phases: readonly number[]
  readonly #sizes: readonly Index[]
  /** Products of a tile, and rows in whole tiles. */
  readonly count: number
  readonly rows: number

  constructor(writer: Writer, way: Winograd) {
    this.#writer = writer
    this.#kernel = way.kernel
    this.#way = way
    const { left } = way.plan
    this.#by = way.slides.map(({ by }) => by)
    this.count = this.#by.reduce((all, { products }) => all * products, 1)
    this.rows = Math.ceil((left.axis.extent as number) / left.width) * left.width
    this.#deep = product(way.rest) as number
    this.#phases = this.#by.map(({ taps, stride }) => Math.min(taps, stride))
    const group = groupOf(this.#by.length)
    this.#sizes = groupsAlong(way.slides).map((groups, i) =>
      dimAdd(dimMul(groups, group[i]!), longestPhase(this.#by[i]!) - 1),
    )
    const plane = [...this.#phases, ...this.#sizes].reduce<Index>((size, along) => dimMul(size, along), 1)
    const { shares, filters, tiles } = sharesOf(this.#by, this.#deep, way.plan)
    this.#shares = shares
    this.#perPanel = filters
    this.#filters = scratchArray(writer, 'filters', (this.rows / left.width) * filters)
    this.#copy = scratchArray(writer, 'window', dimMul(this.#deep, plane))
    this.#tiles = scratchArray(writer, 'tiles', tiles)
    this.#products = scratchArray(writer, 'products', this.count * this.#perProduct)
  }

  get scratch(): readonly Scratch[] {
    return [this.#filters, this.#copy, this.#tiles, this.#products]
  }

  get #perProduct(): number {
    return this.rows * this.#way.plan.right.width + gap
  }

  /** Writes the transform of all filters, in panels of as many rows as a tile has. */
  transformFilters(scope: Scope): void {
    const { plan, slides, rest } = this.#way
    const { axis, width, source } = plan.left
    const [panel, lane] = [`${axis.name}.panel`, `${axis.name}.lane`]
    const taps = slides.map(({ by }) => by.taps)
    const loops = slides.map(({ tap }) => tap)
    openLoop([scope], { name: panel, from: 0, to: axis.extent, step: width }, ([outer]) => {
      const first = outer!.resolve(panel)
      openLoops([outer!], rest, ([inner]) => {
        sweep(inner!, lane, { from: 0, to: width }, [vector], ([each]) => {
          const row = dimAdd(first, each!.resolve(lane))
          const there = axis.extent === this.rows ? row : dimMin(row, dimSub(axis.extent, 1))
          const step = dimAdd(dimMul(each!.resolve(positionIn(rest)), width), each!.resolve(lane))
          const place = dimAdd(dimMul(first, this.#perPanel / width), step)
          const named = at(plan.left, there, each!)
          // Lanes that lie apart are put together in a loop, which is less code than for each tap.
          const copy = scratchArray(this.#writer, 'taps', width * taps.reduce((all, count) => all * count, 1))
          const tapAt = (place: readonly Index[]) => dimAdd(dimMul(rowMajor(place, taps), width), each!.resolve(lane))
          named.statements.push({
            kind: 'array',
            name: copy.name,
            dtype: source.dtype,
            size: copy.size,
            scope: 'local',
          })
          openLoops([named], loops, ([tap]) => {
            const value = this.#writer.lanes(source, tap!, vectorLanes)
            const to = tapAt(loops.map(({ name }) => tap!.resolve(name)))
            tap!.statements.push({ kind: 'store', to: copy.name, at: to, stride: 1, value })
          })
          this.#eachBlock((blocks, numbers) => {
            const counts = blocks.map(({ count }) => count)
            const values = placesAlong(counts).map((within): Expr => {
              const place = slides.map(({ backwards, by }, i) => {
                const { phase, first } = blocks[i]!
                const number = by.stride * (first + within[i]!) + phase
                return backwards ? by.taps - 1 - number : number
              })
              return { kind: 'load', dtype: source.dtype, buffer: copy.number, at: tapAt(place) }
            })
            const lines = blocks.map(({ taps }) => taps)
            this.#store(
              named,
              numbers,
              counts,
              alongAxes(values, counts, lines),
              this.#filters,
              (share, number, before) =>
                dimAdd(place, share.filters.at + number * share.filters.apart + before * this.#deep * width),
            )
          })
        })
      })
    })
  }

  /** What windows move on by phases, with zeros for what tiles read beyond. */
  copyWindow(scope: Scope): void {
    const { slides, rest, value } = this.#way
    const when = slides.flatMap(({ column: { extent }, by, place, phase }, i): Condition[] => {
      const there = dimAdd(extent, longestPhase(by) - 1)
      if (dimEqual(there, this.#sizes[i]!) && by.taps % by.stride === 0) return []
      const left = dimAdd(dimMul(by.stride, place), phase)
      return [{ relation: '<', left, right: dimAdd(dimMul(by.stride, dimSub(extent, 1)), by.taps) }]
    })
    const zero: Expr = { kind: 'const', dtype: value.dtype, value: 0 }
    const guarded: Expr = { kind: 'guard', dtype: value.dtype, when, then: value, otherwise: zero }
    const phases = slides.map(({ phase }, i) => ({ name: phase, extent: this.#phases[i]! }))
    const places = slides.map(({ place }, i) => ({ name: place, extent: this.#sizes[i]! }))
    const [last] = phases.slice(-1) as [{ name: string; extent: number }]
    // Conditions along the last axis have bounds that are known where its phase is a number.
    for (const phase of upTo(last.extent)) {
      const chosen = new Map([[last.name, phase]])
      copyWindow(this.#writer, scope, {
        value: substituted(this.#kernel, when.length > 0 ? guarded : value, chosen),
        loops: [...rest, ...phases.slice(0, -1), ...places],
        position: dimSubstitute(positionIn([...rest, ...phases, ...places]), name => chosen.get(name)),
        array: this.#copy.name,
      })
    }
  }

  /** The element that the kernel's columns and taps meet, from the copy. */
  elementOfLoops(): Expr {
    const taps = this.#way.slides.map(({ tap, backwards, by }) =>
      backwards ? dimSub(by.taps - 1, tap.name) : tap.name,
    )
    return this.#element(
      taps.map((tap, i) => dimMod(tap, this.#by[i]!.stride)),
      taps.map((tap, i) => dimAdd(this.#way.slides[i]!.column.name, dimFloorDiv(tap, this.#by[i]!.stride))),
    )
  }

  /** The element of a phase at a place along each axis, from the copy. */
  #element(phases: readonly Index[], places: readonly Index[]): Expr {
    const { rest, value } = this.#way
    const sizes = [...this.#phases, ...this.#sizes]
    const place = [...phases, ...places].reduce<Index>(
      (sum, along, i) => dimAdd(dimMul(sum, sizes[i]!), along),
      positionIn(rest),
    )
    return { kind: 'load', dtype: value.dtype, buffer: this.#copy.number, at: place }
  }

  /** Writes the transform of what the windows of one group of tiles see, into the group's lanes of its panel. */
  transformElements(scope: Scope, { lane: first, starts }: Group): void {
    const { plan, rest } = this.#way
    const { axis, width } = plan.right
    const lane = `${axis.name}.lane`
    openLoops([scope], rest, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: vectorLanes }, [vector], ([each]) => {
        const l = each!.resolve(lane)
        const step = dimAdd(dimMul(each!.resolve(positionIn(rest)), width), dimAdd(first, l))
        this.#eachBlock((blocks, numbers) => {
          const counts = blocks.map(({ count }) => count + 1)
          const phases = blocks.map(({ phase }) => phase)
          const loads = placesAlong(counts).map(place => {
            const within = place.map((offset, i) => dimAdd(starts[i]!, blocks[i]!.first + offset))
            const last = dimAdd(within.pop()!, dimMul(results, l))
            return this.#element(phases, [...within, last])
          })
          const lines = blocks.map(({ elements }) => elements)
          const taps = blocks.map(({ count }) => count)
          this.#store(each!, numbers, taps, alongAxes(loads, counts, lines), this.#tiles, (share, number, before) =>
            dimAdd(step, share.tiles.at + number * share.tiles.apart + before * this.#deep * width),
          )
        })
      })
    })
  }

  /** The body for a block along each axis, in all ways, and what numbers they have. */
  #eachBlock(body: (blocks: readonly Block[], numbers: readonly number[]) => void): void {
    for (const numbers of placesAlong(this.#by.map(({ blocks }) => blocks.length))) {
      body(
        numbers.map((number, i) => this.#by[i]!.blocks[number]!),
        numbers,
      )
    }
  }

  /** Stores the factors that blocks of so many taps have; `to` says where: of which product, after so many other blocks. */
  #store(
    scope: Scope,
    numbers: readonly number[],
    taps: readonly number[],
    values: readonly Expr[],
    { name }: Scratch,
    to: (share: Share, number: number, before: number) => Index,
  ): void {
    for (const [i, factor] of placesAlong(taps.map(count => count + 1)).entries()) {
      const share = this.#shares.find(each => has(each, factor))!
      const before = numbers.reduce((sum, number, axis) => sum * share.blocks[axis]! + number, 0)
      const place = to(share, numberIn(share, factor) as number, before)
      const value = this.#writer.lanes(values[i]!, scope, vectorLanes)
      scope.statements.push({ kind: 'store', to: name, at: place, stride: 1, value })
    }
  }

  /** The products of a panel with all filters, summed. */
  multiply(scope: Scope): void {
    const { plan } = this.#way
    const { axis, width } = plan.left
    const tile = `${axis.name}.tile`
    for (const share of this.#shares) {
      const ranges = share.from.map((from, i) => ({ name: `${axis.name}.product${i}`, from, to: share.to[i]! }))
      const depth = [{ name: `${axis.name}.depth`, extent: share.deep }]
      openRanges([scope], ranges, ([each]) => {
        const factor = ranges.map(({ name }) => each!.resolve(name))
        const number = numberIn(share, factor)
        const place = factor.reduce<Index>((sum, m, i) => dimAdd(dimMul(sum, this.#by[i]!.products), m), 0)
        openLoop([each!], { name: tile, from: 0, to: this.rows, step: width }, ([inner]) => {
          const y = inner!.resolve(tile)
          const panel = dimAdd(dimMul(y, this.#perPanel / width), share.filters.at)
          const operands = {
            ...{ x: 0, y },
            left: { array: this.#filters.name, at: dimAdd(panel, dimMul(number, share.filters.apart)) },
            right: { array: this.#tiles.name, at: dimAdd(share.tiles.at, dimMul(number, share.tiles.apart)) },
            sums: { array: this.#products.name, at: this.#productAt(place, y) },
          }
          accumulate(this.#writer, inner!, { ...plan, depth }, operands, wholeDepth(depth))
        })
      })
    }
  }

  #productAt(number: Index, row: Index): Index {
    return dimAdd(dimMul(number, this.#perProduct), dimMul(row, this.#way.plan.right.width))
  }

  /** All products of a row, summed, from a lane of the panel on. */
  products(row: Index, lane: Index): Expr[] {
    const { accumulate: dtype } = this.#way.plan.fold
    return upTo(this.count).map(number => {
      const place = dimAdd(this.#productAt(number, row), lane)
      return { kind: 'load', dtype, buffer: this.#products.number, at: place }
    })
  }
}

/** Taps of the phase that has most. */
const longestPhase = ({ taps, stride }: Transform): number => Math.ceil(taps / stride)
