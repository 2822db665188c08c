/**
 * Convolutions by minimal filtering (transforms.ts). Filters, the left operand, are transformed whole; of what windows move
 * on a panel of tiles at a time, which stays in cache while its products with the filters are summed over the channels and
 * blocks of taps, for every product of a tile apart. Sums are transformed to results, which the kernel's later stages take.
 *
 * A result is made of the elements of its own window alone, so a NaN spreads no further than it has to. But an infinity
 * becomes NaN on the way, and large numbers may become infinities. So where results are not finite, those of the panel are
 * computed again as sums in the order of the depth.
 */
import { type Condition, dimAdd, dimFloorDiv, dimMin, dimMod, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Kernel, type LoopProgram, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, openLoop, openLoops, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { Accumulator } from '../accumulate.ts'
import { finish } from '../contraction/folded.ts'
import { indexOf, sumOf } from '../contraction/survey.ts'
import { epilogueBlocks } from '../contraction/tile.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import { Factors, type Group } from './factors.ts'
import { alongAxes, placesAlong, results, scaled, type Transform } from './transforms.ts'
import { groupOf, groupsAlong, groupWidth, type Winograd } from './winograd.ts'

const vector: Block = { lanes: vectorLanes, copies: 1 }

/** Writes the contraction into a scope; gives the scratch memory that it takes. */
export function runWinograd(writer: Writer, root: Scope, way: Winograd): LoopProgram['scratch'] {
  return new Filtering(writer, way).run(root)
}

/** A loop that results are at, `upTo` of them from `start` on; each is `size` places wide, of which a loop goes `through` those. */
interface Along {
  loop: string
  start: Index
  upTo: Index
  size: number
  through: Index
}

class Filtering {
  readonly #writer: Writer
  readonly #kernel: Kernel
  readonly #way: Winograd
  readonly #factors: Factors
  readonly #by: readonly Transform[]
  readonly #axes: number
  readonly #sums: Scratch
  /** Groups of a panel, and in all along each axis. */
  readonly #abreast: number
  readonly #groups: readonly Index[]
  /** Results of a group along each axis. */
  readonly #group: readonly number[]

  constructor(writer: Writer, way: Winograd) {
    this.#writer = writer
    this.#kernel = way.kernel
    this.#way = way
    this.#factors = new Factors(writer, way)
    this.#by = way.slides.map(({ by }) => by)
    this.#axes = way.slides.length
    this.#abreast = way.plan.right.width / vectorLanes
    this.#groups = groupsAlong(way.slides)
    this.#group = groupOf(this.#axes)
    this.#sums = scratchArray(writer, 'sums', this.#factors.rows * this.#abreast * this.#perGroup)
  }

  run(root: Scope): LoopProgram['scratch'] {
    const { plan, outer } = this.#way
    openLoops([root], plan.batch, ([scope]) => {
      this.#factors.transformFilters(scope!)
      openLoops([scope!], outer, ([inner]) => {
        this.#factors.copyWindow(inner!)
        this.#panels(inner!)
      })
    })
    const dtype = plan.fold.accumulate
    return [...this.#factors.scratch, this.#sums].map(({ name, size }) => ({ name, dtype, size }))
  }

  get #perGroup(): number {
    return this.#group.reduce((size, along) => size * along, 1)
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
      groups(panel!, this.#abreast, (inner, group) => this.#factors.transformElements(inner, group))
      this.#factors.multiply(panel!)
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
      return this.#named(scope, dimMul(place, this.#group[axis]!))
    })
  }

  #named(scope: Scope, value: Index): Index {
    const name = this.#writer.name('start')
    scope.statements.push({ kind: 'name', name, value })
    return name
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
        const loads = this.#factors.products(r, dimAdd(dimMul(g, vectorLanes), l))
        const [counts, lines] = [this.#by.map(by => by.products), this.#by.map(by => by.results)]
        alongAxes(loads, counts, lines).forEach((value, i) => {
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
    return indexOf(writer, scope, 'finite', { wide: zeros, narrow: writer.constant(scope, dtype, 1, 1) }, sumOf)
  }

  /** Where a result of a row is, in a group and at its place along each axis. */
  #sumAt(row: Index, group: Index, within: readonly Index[]): Index {
    const place = within.reduce((sum, along, axis) => dimAdd(dimMul(sum, this.#group[axis]!), along))
    return dimAdd(dimMul(dimAdd(dimMul(row, this.#abreast), group), this.#perGroup), place)
  }

  /** Results of a group, of all rows, in a scope where the kernel's loops are at each; lanes run along the last of `along`. */
  #eachResult(
    scope: Scope,
    { lane }: Group,
    along: readonly Along[],
    blocks: readonly Block[],
    body: (scope: Scope, at: (step: Scope) => Index) => void,
  ): void {
    const row = `${this.#way.plan.left.axis.name}.row`
    const ranges = along.map(({ loop, upTo }) => ({ name: `${loop}.result`, from: 0, to: upTo }))
    const last = ranges.at(-1)!
    const rows = { name: row, from: 0, to: this.#way.plan.left.axis.extent }
    openRanges([scope], [rows, ...ranges.slice(0, -1)], ([inner]) => {
      sweep(inner!, last.name, last, blocks, copies => {
        for (const each of copies) {
          const [r, ...within] = [row, ...ranges.map(({ name }) => name)].map(name => each.resolve(name)) as [
            Index,
            ...Index[],
          ]
          const places = along.map(({ loop, start }, i) => [loop, dimAdd(start, within[i]!)] as const)
          const rename = new Map<string, Index>([[this.#way.plan.left.axis.name, r], ...places])
          const named = new Scope(each, { defines: [...rename.keys()], rename, into: each.statements })
          const resultsIn = (step: Scope) =>
            along.map(({ size, through }, i) => dimAdd(dimMul(size, within[i]!), step.resolve(through)))
          body(named, step => this.#sumAt(r, dimFloorDiv(lane, vectorLanes), resultsIn(step)))
        }
      })
    })
  }

  /** The results of a group term by term, in the order of the depth. */
  #sumInOrder(scope: Scope, group: Group): void {
    const { plan, slides } = this.#way
    const [first] = this.#kernel.stages
    const right = this.#factors.elementOfLoops()
    const stage = { ...first!, contraction: { ...first!.contraction!, left: plan.left.source, right } }
    const along = slides.map(({ column }, i): Along => {
      return { loop: column.name, start: group.starts[i]!, upTo: this.#group[i]!, size: 1, through: 0 }
    })
    this.#eachResult(scope, group, along, [vector], (each, place) => {
      const sum = new Accumulator(this.#writer, each, plan.fold, vectorLanes)
      openLoops([each], stage.loops, ([inner]) => sum.step(inner!, stage))
      sum.store(each, this.#sums.name, place(each))
    })
  }

  #epilogue(scope: Scope, group: Group): void {
    const { plan, slides, windows } = this.#way
    const along = slides.map(({ column }, i): Along => {
      const { windows: { name, extent } = column, size = 1, through } = windows[i] ?? {}
      const most = this.#group[i]! / size
      const start = size === 1 ? group.starts[i]! : this.#named(scope, dimFloorDiv(group.starts[i]!, size))
      const upTo = typeof extent === 'number' && extent % most === 0 ? most : dimMin(most, dimSub(extent, start))
      return { loop: name, start, upTo, size, through: through?.name ?? 0 }
    })
    const { loop: name, size: stride } = along.at(-1)!
    const right = { ...plan.right, axis: { ...plan.right.axis, name }, width: groupWidth / stride }
    const [array, dtype] = [this.#sums.name, plan.fold.accumulate]
    this.#eachResult(scope, group, along, epilogueBlocks({ ...plan, right }), (each, place) => {
      finish(this.#writer, each, plan, step => ({ array, at: place(step), dtype, stride }))
    })
  }
}
