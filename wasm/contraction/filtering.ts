/**
 * Convolutions by minimal filtering (transforms.ts). Filters, the left operand, are transformed whole; of what windows move
 * on a panel of tiles at a time, which stays in cache while its products with the filters are summed over the channels, for
 * every element of a tile apart. Sums are transformed to results, which the kernel's later stages take.
 *
 * A result is made of the elements of its own window alone, so a NaN spreads no further than it has to. But an infinity
 * becomes NaN on the way, and large numbers may become infinities. So where results are not finite, those of the panel are
 * computed again as sums in the order of the depth.
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
  type Index,
} from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type Kernel, type Loop, type LoopProgram, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, openLoop, openLoops, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { Accumulator, positionIn } from '../accumulate.ts'
import { copyWindow } from '../windows.ts'
import { wholeDepth } from './depth.ts'
import { finiteIndex } from './finite.ts'
import { at } from './pack.ts'
import { product } from './plan.ts'
import { accumulate, epilogueBlocks } from './tile.ts'
import { alongAxes, placesAlong, results, scaled, type Transform } from './transforms.ts'
import { groupOf, groupsAlong, groupWidth, substituted, type Winograd } from './winograd.ts'

const vector: Block = { lanes: vectorLanes, copies: 1 }

/** Elements that keep what would be powers of two apart from falling into the same few lines of the first cache. */
const gap = 16

/** Writes the contraction into a scope; gives the scratch memory that it takes. */
export function runWinograd(writer: Writer, root: Scope, kernel: Kernel, way: Winograd): LoopProgram['scratch'] {
  return new Filtering(writer, kernel, way).run(root)
}

/** A group of tiles: where it is in its panel, and where its results begin along each axis. */
interface Group {
  lane: Index
  starts: readonly Index[]
}

class Filtering {
  readonly #writer: Writer
  readonly #kernel: Kernel
  readonly #way: Winograd
  readonly #by: readonly Transform[]
  readonly #axes: number
  readonly #filters: Scratch
  readonly #copy: Scratch
  readonly #tiles: Scratch
  readonly #products: Scratch
  readonly #sums: Scratch
  /** Products of a tile, steps of the depth, and rows in whole tiles. */
  readonly #count: number
  readonly #deep: number
  readonly #rows: number
  /** Groups of a panel, and in all along each axis. */
  readonly #abreast: number
  readonly #groups: readonly Index[]
  /** Results of a group along each axis. */
  readonly #group: readonly number[]
  /** Places along each axis of the copy. */
  readonly #sizes: readonly Index[]

  constructor(writer: Writer, kernel: Kernel, way: Winograd) {
    this.#writer = writer
    this.#kernel = kernel
    this.#way = way
    const { left, right } = way.plan
    this.#by = way.slides.map(({ by }) => by)
    this.#axes = way.slides.length
    this.#count = this.#by.reduce((all, { products }) => all * products, 1)
    this.#deep = product(way.rest) as number
    this.#rows = Math.ceil((left.axis.extent as number) / left.width) * left.width
    this.#abreast = right.width / vectorLanes
    this.#groups = groupsAlong(way.slides)
    this.#group = groupOf(this.#axes)
    this.#sizes = this.#groups.map((count, i) => dimAdd(dimMul(count, this.#group[i]!), this.#by[i]!.taps - 1))
    const plane = this.#sizes.reduce<Index>((size, along) => dimMul(size, along), 1)
    this.#filters = this.#array('filters', this.#rows * this.#perRow)
    this.#copy = this.#array('window', dimMul(this.#deep, plane))
    this.#tiles = this.#array('tiles', this.#count * this.#perElement)
    this.#products = this.#array('products', this.#count * this.#perProduct)
    this.#sums = this.#array('sums', this.#rows * this.#abreast * this.#perGroup)
  }

  run(root: Scope): LoopProgram['scratch'] {
    const { plan, outer } = this.#way
    openLoops([root], plan.batch, ([scope]) => {
      this.#transformFilters(scope!)
      openLoops([scope!], outer, ([inner]) => {
        this.#copyWindow(inner!)
        this.#panels(inner!)
      })
    })
    const dtype = plan.fold.accumulate
    const all = [this.#filters, this.#copy, this.#tiles, this.#products, this.#sums]
    return all.map(({ name, size }) => ({ name, dtype, size }))
  }

  #array(prefix: string, size: Index): Scratch {
    const name = this.#writer.name(prefix)
    return { name, number: this.#writer.numberOf(name), size }
  }

  /** Transformed filters of a row, one after the other by panels of a tile's rows, and of each of their elements. */
  get #perRow(): number {
    return (this.#count * this.#perFilter) / this.#way.plan.left.width
  }
  get #perFilter(): number {
    return this.#deep * this.#way.plan.left.width + gap
  }
  /** A panel of tiles, for each of their elements. */
  get #perElement(): number {
    return this.#deep * this.#way.plan.right.width + gap
  }
  get #perProduct(): number {
    return this.#rows * this.#way.plan.right.width + gap
  }
  get #perGroup(): number {
    return this.#group.reduce((size, along) => size * along, 1)
  }

  #transformFilters(scope: Scope): void {
    const { plan, slides, rest } = this.#way
    const { axis, width, source } = plan.left
    const values = placesAlong(this.#by.map(({ taps }) => taps)).map(place => {
      const chosen = slides.map(
        ({ tap, backwards, by }, i) => [tap.name, backwards ? by.taps - 1 - place[i]! : place[i]!] as const,
      )
      return substituted(this.#kernel, source, new Map(chosen))
    })
    const transformed = alongAxes(values, this.#by, 'taps')
    const [panel, lane] = [`${axis.name}.panel`, `${axis.name}.lane`]
    openLoop([scope], { name: panel, from: 0, to: axis.extent, step: width }, ([outer]) => {
      const first = outer!.resolve(panel)
      openLoops([outer!], rest, ([inner]) => {
        sweep(inner!, lane, { from: 0, to: width }, [vector], ([each]) => {
          const row = dimAdd(first, each!.resolve(lane))
          const there = axis.extent === this.#rows ? row : dimMin(row, dimSub(axis.extent, 1))
          const step = dimAdd(dimMul(each!.resolve(positionIn(rest)), width), each!.resolve(lane))
          const place = dimAdd(dimMul(first, this.#perRow), step)
          this.#storeAll(at(plan.left, there, each!), transformed, this.#filters, place, this.#perFilter)
        })
      })
    })
  }

  /** What windows move on, with zeros for what tiles read beyond. */
  #copyWindow(scope: Scope): void {
    const { slides, rest, value } = this.#way
    const when = slides.flatMap(({ column: { name, extent }, by }, i): Condition[] => {
      const there = dimAdd(extent, by.taps - 1)
      return dimEqual(there, this.#sizes[i]!) ? [] : [{ relation: '<', left: name, right: there }]
    })
    const zero: Expr = { kind: 'const', dtype: value.dtype, value: 0 }
    const axes = slides.map(({ column }, i) => ({ name: column.name, extent: this.#sizes[i]! }))
    const guarded: Expr = { kind: 'guard', dtype: value.dtype, when, then: value, otherwise: zero }
    const copied = when.length > 0 ? guarded : value
    copyWindow(this.#writer, scope, { value: copied, loops: [...rest, ...axes], array: this.#copy.name })
  }

  /** Where in the copy a place along each axis is. */
  #copyAt(rest: readonly Loop[], places: readonly Index[]): Index {
    return [positionIn(rest), ...places].reduce((sum, along, i) => dimAdd(dimMul(sum, this.#sizes[i - 1]!), along))
  }

  #panels(scope: Scope): void {
    const { name } = this.#way.plan.right.axis
    const tile = `${name}.tile`
    const count = this.#groups.reduce<Index>((all, along) => dimMul(all, along), 1)
    openLoop([scope], { name: tile, from: 0, to: count, step: this.#abreast }, ([panel]) => {
      const first = panel!.resolve(tile)
      const full = typeof count === 'number' && count % this.#abreast === 0
      const there = full ? this.#abreast : dimMin(this.#abreast, dimSub(count, first))
      const groups = (inside: Scope, upTo: Index, body: (inner: Scope, group: Group) => void) => {
        const group = `${name}.group`
        openLoop([inside], { name: group, from: 0, to: upTo }, ([inner]) => {
          const g = inner!.resolve(group)
          // A panel that is not full has its last group twice.
          const number = dimAdd(first, upTo === there ? g : dimMin(g, dimSub(there, 1)))
          body(inner!, { lane: dimMul(g, vectorLanes), starts: this.#startsOf(inner!, number) })
        })
      }
      groups(panel!, this.#abreast, (inner, group) => this.#transformElements(inner, group))
      this.#multiply(panel!)
      const finite = this.#transformProducts(panel!)
      const again = new Scope(panel, { conditional: true })
      groups(again, there, (inner, group) => this.#sumInOrder(inner, group))
      const when: Condition[] = [{ relation: '==', left: finite, right: 1 }]
      panel!.statements.push({ kind: 'if', when, then: [], otherwise: again.statements })
      groups(panel!, there, (inner, group) => this.#epilogue(inner, group))
    })
  }

  /** Where the results of a group begin, of which there are so many before. */
  #startsOf(scope: Scope, number: Index): Index[] {
    let before = number
    const places = [...this.#groups].reverse().map((along, i) => {
      const place = i === this.#axes - 1 ? before : dimMod(before, along)
      before = dimFloorDiv(before, along)
      return place
    })
    return places.reverse().map((place, axis) => {
      const name = this.#writer.name('start')
      scope.statements.push({ kind: 'name', name, value: dimMul(place, this.#group[axis]!) })
      return name
    })
  }

  #transformElements(scope: Scope, { lane: first, starts }: Group): void {
    const { plan, rest, value } = this.#way
    const lane = `${plan.right.axis.name}.lane`
    openLoops([scope], rest, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: vectorLanes }, [vector], ([each]) => {
        const l = each!.resolve(lane)
        const loads = placesAlong(this.#by.map(({ elements }) => elements)).map((place): Expr => {
          const within = place.map((offset, i) => {
            return dimAdd(dimAdd(starts[i]!, offset), i === this.#axes - 1 ? dimMul(results, l) : 0)
          })
          return { kind: 'load', dtype: value.dtype, buffer: this.#copy.number, at: this.#copyAt(rest, within) }
        })
        const transformed = alongAxes(loads, this.#by, 'elements')
        const step = dimMul(each!.resolve(positionIn(rest)), plan.right.width)
        this.#storeAll(each!, transformed, this.#tiles, dimAdd(step, dimAdd(first, l)), this.#perElement)
      })
    })
  }

  /** Stores vectors so far apart. */
  #storeAll(scope: Scope, values: readonly Expr[], { name }: Scratch, first: Index, apart: number): void {
    values.forEach((value, i) => {
      const place = dimAdd(first, i * apart)
      const register = this.#writer.lanes(value, scope, vectorLanes)
      scope.statements.push({ kind: 'store', to: name, at: place, stride: 1, value: register })
    })
  }

  /** The sums of products of a panel with all filters. */
  #multiply(scope: Scope): void {
    const { plan, rest } = this.#way
    const { left, right } = plan
    const [element, tile] = [`${left.axis.name}.element`, `${left.axis.name}.tile`]
    openLoop([scope], { name: element, from: 0, to: this.#count }, ([each]) => {
      openLoop([each!], { name: tile, from: 0, to: this.#rows, step: left.width }, ([inner]) => {
        const [e, y] = [inner!.resolve(element), inner!.resolve(tile)]
        const operands = {
          ...{ x: 0, y },
          left: { array: this.#filters.name, at: dimAdd(dimMul(y, this.#perRow), dimMul(e, this.#perFilter)) },
          right: { array: this.#tiles.name, at: dimMul(e, this.#perElement) },
          sums: { array: this.#products.name, at: dimAdd(dimMul(e, this.#perProduct), dimMul(y, right.width)) },
        }
        accumulate(this.#writer, inner!, plan, operands, wholeDepth(rest))
      })
    })
  }

  /** Results of all groups of a panel; gives an index that is 1 where they are finite. */
  #transformProducts(scope: Scope): Index {
    const { left, right, fold } = this.#way.plan
    const writer = this.#writer
    const dtype = fold.accumulate
    const places = placesAlong(this.#by.map(() => results))
    const zeros = places.map(() => writer.variable(scope, dtype, vectorLanes, { kind: 'const', value: 0 }))
    const zero = writer.constant(scope, dtype, vectorLanes, 0)
    const [row, group, lane] = [`${left.axis.name}.row`, `${right.axis.name}.group`, `${right.axis.name}.lane`]
    const loops = [
      { name: row, extent: left.axis.extent },
      { name: group, extent: this.#abreast },
    ]
    openLoops([scope], loops, ([inner]) => {
      sweep(inner!, lane, { from: 0, to: vectorLanes }, [vector], ([each]) => {
        const [r, g, l] = [row, group, lane].map(name => each!.resolve(name)) as [Index, Index, Index]
        const from = dimAdd(dimMul(r, right.width), dimAdd(dimMul(g, vectorLanes), l))
        const loads = Array.from({ length: this.#count }, (_, e): Expr => {
          return { kind: 'load', dtype, buffer: this.#products.number, at: dimAdd(from, e * this.#perProduct) }
        })
        alongAxes(loads, this.#by, 'products').forEach((value, i) => {
          const result = writer.lanes(scaled(value, results ** -this.#axes), each!, vectorLanes)
          const within = [...places[i]!.slice(0, -1), dimAdd(places[i]!.at(-1)!, dimMul(results, l))]
          const to = { to: this.#sums.name, at: this.#sumAt(r, g, within), stride: results }
          each!.statements.push({ kind: 'store', ...to, value: result })
          const register = zeros[i]!
          const args = [result.name, zero.name, register.name] as const
          each!.statements.push({ kind: 'assign', register, operation: { kind: 'fma', args } })
        })
      })
    })
    return finiteIndex(writer, scope, zeros, writer.constant(scope, dtype, 1, 1))
  }

  /** Where a result of a row is, in a group and at its place along each axis. */
  #sumAt(row: Index, group: Index, within: readonly Index[]): Index {
    const place = within.reduce((sum, along, axis) => dimAdd(dimMul(sum, this.#group[axis]!), along))
    return dimAdd(dimMul(dimAdd(dimMul(row, this.#abreast), group), this.#perGroup), place)
  }

  /** Results of a group, of all rows, in a scope where the kernel's loops are at each; `upTo` are there along each axis. */
  #eachResult(
    scope: Scope,
    { lane, starts }: Group,
    upTo: readonly Index[],
    blocks: readonly Block[],
    body: (scope: Scope, at: Index) => void,
  ): void {
    const { plan, slides } = this.#way
    const row = `${plan.left.axis.name}.row`
    const ranges = slides.map(({ column }, i) => ({ name: `${column.name}.result`, from: 0, to: upTo[i]! }))
    const last = ranges.at(-1)!
    openRanges([scope], [{ name: row, from: 0, to: plan.left.axis.extent }, ...ranges.slice(0, -1)], ([inner]) => {
      sweep(inner!, last.name, last, blocks, copies => {
        for (const each of copies) {
          const [r, ...within] = [row, ...ranges.map(({ name }) => name)].map(name => each.resolve(name)) as [
            Index,
            ...Index[],
          ]
          const columns = slides.map(({ column }, i) => [column.name, dimAdd(starts[i]!, within[i]!)] as const)
          const rename = new Map<string, Index>([[plan.left.axis.name, r], ...columns])
          const named = new Scope(each, { defines: [...rename.keys()], rename, into: each.statements })
          body(named, this.#sumAt(r, dimFloorDiv(lane, vectorLanes), within))
        }
      })
    })
  }

  /** The results of a group term by term, in the order of the depth. */
  #sumInOrder(scope: Scope, group: Group): void {
    const { plan, slides, rest } = this.#way
    const [first] = this.#kernel.stages
    const places = slides.map(({ column, tap, backwards, by }) =>
      dimAdd(column.name, backwards ? dimSub(by.taps - 1, tap.name) : tap.name),
    )
    const right: Expr = {
      kind: 'load',
      dtype: plan.right.source.dtype,
      buffer: this.#copy.number,
      at: this.#copyAt(rest, places),
    }
    const stage = { ...first!, contraction: { ...first!.contraction!, left: plan.left.source, right } }
    this.#eachResult(scope, group, this.#group, [vector], (each, place) => {
      const sum = new Accumulator(this.#writer, each, plan.fold, vectorLanes)
      openLoops([each], stage.loops, ([inner]) => sum.step(inner!, stage))
      sum.store(each, this.#sums.name, place)
    })
  }

  #epilogue(scope: Scope, group: Group): void {
    const { plan, slides } = this.#way
    const { fold, later, right } = plan
    const wide = { ...plan, right: { ...right, width: groupWidth } }
    const there = slides.map(({ column: { extent } }, i) => {
      const most = this.#group[i]!
      return typeof extent === 'number' && extent % most === 0 ? most : dimMin(most, dimSub(extent, group.starts[i]!))
    })
    this.#eachResult(scope, group, there, epilogueBlocks(wide), (each, place) => {
      each.setFold(fold.name, { array: this.#sums.name, at: place, dtype: fold.accumulate })
      this.#writer.stores(
        later.flatMap(stage => stage.stores),
        each,
      )
    })
  }
}

/** An array of scratch memory, under the number that expressions load from it by. */
interface Scratch {
  name: string
  number: number
  size: Index
}
