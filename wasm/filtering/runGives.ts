/**
 * Contractions by what each place gives to the results around it (gives.ts). For each panel of columns, pairs of places become
 * factors, which are multiplied with those of the taps, summed over the rest of the depth, and added to the results that
 * they reach.
 *
 * As of other filtering (runWinograd.ts), results of a panel that are not all finite are summed again in the order of the depth,
 * with the zeros around windows. So they are wherever a tap is no finite number: some result is made of every product.
 */
import { dimAdd, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import { opOf } from '../../frontend/elementwise.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import { type Expr, type LoopProgram, vectorLanes } from '../../frontend/kernel/ir.ts'
import { type Block, openLoop, openLoops, openRanges, sweep } from '../../frontend/kernel/schedule.ts'
import { Scope } from '../../frontend/kernel/scope.ts'
import { add } from '../../frontend/ops/arithmetic.ts'
import { Accumulator, positionIn } from '../accumulate.ts'
import { wholeDepth } from '../contraction/depth.ts'
import { at, packPanel } from '../contraction/pack.ts'
import { substituted } from '../contraction/slides.ts'
import { indexOf, sumOf } from '../contraction/survey.ts'
import { accumulate, epilogue } from '../contraction/tile.ts'
import { product } from '../cut.ts'
import { type Scratch, scratchArray } from '../scratch.ts'
import type { Axis, Gives } from './gives.ts'
import { gap, numbersOf, rowMajor } from './shares.ts'
import { alongAxes, type Given, placesAlong, scaled, upTo } from './transforms.ts'

const vector: Block = { lanes: vectorLanes, copies: 1 }

/** Writes the contraction into a scope; gives the scratch memory that it takes. */
export function runGives(writer: Writer, root: Scope, way: Gives): LoopProgram['scratch'] {
  return new Giving(writer, way).run(root)
}

class Giving {
  readonly #writer: Writer
  readonly #way: Gives
  readonly #by: readonly Given[]
  readonly #deep: number
  /** Rows in whole tiles. */
  readonly #rows: number
  /** Factors of taps by panels of rows, each so far from the next. */
  readonly #taps: Scratch
  readonly #tapsApart: number
  /** Places of a panel of images, and the factors of a pair of them along each axis. */
  readonly #places: Scratch
  readonly #pair: Scratch
  readonly #pairApart: number
  /** Products of a pair, each of all rows, and results of a panel by tiles of rows and places. */
  readonly #products: Scratch
  readonly #perProduct: number
  readonly #sums: Scratch

  constructor(writer: Writer, way: Gives) {
    this.#writer = writer
    this.#way = way
    this.#by = way.axes.map(({ by }) => by)
    const { plan, rest } = way.margins
    const { left, right } = plan
    this.#deep = product(rest) as number
    this.#rows = Math.ceil((left.axis.extent as number) / left.width) * left.width
    this.#tapsApart = this.#deep * left.width + gap
    this.#pairApart = this.#deep * right.width + gap
    this.#perProduct = this.#rows * right.width + gap
    const products = this.#count(({ by }) => by.products)
    this.#taps = scratchArray(writer, 'taps', (this.#rows / left.width) * products * this.#tapsApart)
    this.#places = scratchArray(writer, 'places', this.#count(({ pairs }) => 2 * pairs) * this.#deep * right.width)
    this.#pair = scratchArray(writer, 'pair', this.#count(({ by }) => by.factors) * this.#pairApart)
    this.#products = scratchArray(writer, 'products', products * this.#perProduct)
    this.#sums = scratchArray(writer, 'sums', this.#count(({ reached }) => reached) * this.#rows * right.width)
  }

  #count(of: (axis: Axis) => number): number {
    return this.#way.axes.reduce((all, axis) => all * of(axis), 1)
  }

  run(root: Scope): LoopProgram['scratch'] {
    const { plan } = this.#way.margins
    const { axis, width } = plan.right
    const tile = `${axis.name}.tile`
    openLoops([root], plan.batch, ([scope]) => {
      this.#transformTaps(scope!)
      openLoops([scope!], axis.outer, ([outer]) => {
        openLoop([outer!], { name: tile, from: 0, to: axis.extent, step: width }, ([panel]) => {
          this.#panel(panel!, panel!.resolve(tile))
        })
      })
    })
    const dtype = plan.fold.accumulate
    const arrays = [this.#taps, this.#places, this.#pair, this.#products, this.#sums]
    return arrays.map(({ name, size }) => ({ name, dtype, size }))
  }

  /** Writes the factors of all taps, in panels of as many rows as a tile has. */
  #transformTaps(scope: Scope): void {
    const { plan, rest } = this.#way.margins
    const { axis, width } = plan.left
    const lane = `${axis.name}.lane`
    this.#eachRows(scope, (outer, first) => {
      openLoops([outer], rest, ([inner]) => {
        sweep(inner!, lane, { from: 0, to: width }, [vector], ([each]) => {
          const row = dimAdd(first, each!.resolve(lane))
          const there = axis.extent === this.#rows ? row : dimMin(row, dimSub(axis.extent, 1))
          const place = dimAdd(this.#tapsAt(first, 0), dimMul(each!.resolve(positionIn(rest)), width))
          this.#transformVector(at(plan.left, there, each!), each!.resolve(lane), place)
        })
      })
    })
  }

  /** Writes the factors of the taps of a vector of rows: along one axis after the other, in loops, which is little code. */
  #transformVector(scope: Scope, lane: Index, to: Index): void {
    const { kernel, margins, axes } = this.#way
    const { source, width } = margins.plan.left
    const dtype = margins.plan.fold.accumulate
    const products = this.#by.map(by => by.products)
    const tapAt = (place: readonly Index[]): Expr => {
      const chosen = place.map((tap, i): [string, Index] => {
        const { span, by, turned } = axes[i]!
        return [span.tap.name, turned ? dimSub(by.taps - 1, tap) : tap]
      })
      return substituted(kernel, source, new Map(chosen))
    }
    let valueAt = tapAt
    for (let i = axes.length - 1; i >= 0; i--) {
      // Along this axis after those behind it.
      const counts = this.#by.map(({ taps, products }, other) => (other > i ? products : taps))
      const others = counts.map((extent, other) => ({ name: `${axes[other]!.span.tap.name}.line`, extent }))
      const { taps, ofTaps } = this.#by[i]!
      const value = valueAt
      const sizes = counts.with(i, products[i]!)
      const number = (place: readonly Index[], apart: number) => dimAdd(dimMul(rowMajor(place, sizes), apart), lane)
      const lines = scratchArray(this.#writer, 'lines', width * sizes.reduce((all, size) => all * size, 1))
      if (i > 0) {
        scope.statements.push({ kind: 'array', name: lines.name, dtype, size: lines.size, scope: 'local' })
        valueAt = place => this.#load(lines, number(place, width))
      }
      openLoops([scope], others.toSpliced(i, 1), ([inner]) => {
        const placeOf = (along: Index) => others.map(({ name }, other) => (other === i ? along : inner!.resolve(name)))
        const factors = ofTaps(upTo(taps).map(tap => value(placeOf(tap))))
        factors.forEach((factor, m) => {
          if (i > 0) this.#store(inner!, lines, number(placeOf(m), width), factor)
          else this.#store(inner!, this.#taps, dimAdd(to, number(placeOf(m), this.#tapsApart)), factor)
        })
      })
    }
  }

  #store(scope: Scope, { name: to }: Scratch, at: Index, expr: Expr): void {
    const value = this.#writer.lanes(expr, scope, vectorLanes)
    scope.statements.push({ kind: 'store', to, at, stride: 1, value })
  }

  #load({ number: buffer }: Scratch, at: Index): Expr {
    return { kind: 'load', dtype: this.#way.margins.plan.fold.accumulate, buffer, at }
  }

  #tapsAt(row: Index, product: Index): Index {
    const { width } = this.#way.margins.plan.left
    const perPanel = this.#count(({ by }) => by.products) * this.#tapsApart
    return dimAdd(dimMul(row, perPanel / width), dimMul(product, this.#tapsApart))
  }

  /** Where the results of a row are, by the place among all that are reached. */
  #sumAt(tile: Index, place: Index, row: Index): Index {
    const { left, right } = this.#way.margins.plan
    const reached = this.#count(({ reached }) => reached)
    return dimMul(right.width, dimAdd(dimAdd(dimMul(tile, reached), dimMul(place, left.width)), row))
  }

  /** Opens the loop over the tiles of rows. */
  #eachRows(scope: Scope, body: (inner: Scope, first: Index) => void): void {
    const { axis, width } = this.#way.margins.plan.left
    const name = `${axis.name}.panel`
    openLoop([scope], { name, from: 0, to: this.#rows, step: width }, ([inner]) => body(inner!, inner!.resolve(name)))
  }

  /** Lanes along a panel, in vectors. */
  #lanes(scope: Scope, body: (each: Scope, lane: Index) => void): void {
    const { axis, width } = this.#way.margins.plan.right
    const name = `${axis.name}.lane`
    sweep(scope, name, { from: 0, to: width }, [vector], ([each]) => body(each!, each!.resolve(name)))
  }

  /** The results of a panel of images from x on. */
  #panel(scope: Scope, x: Index): void {
    const { margins, axes } = this.#way
    const { plan } = margins
    this.#pack(scope, x)
    this.#sweepSums(scope, (each, place) => {
      this.#store(each, this.#sums, place, { kind: 'const', dtype: plan.fold.accumulate, value: 0 })
    })
    const ranges = axes.map(({ span, pairs }) => ({ name: `${span.axis}.pair`, from: 0, to: pairs }))
    openRanges([scope], ranges, ([inner]) => {
      const firsts = ranges.map(({ name }) => dimMul(2, inner!.resolve(name)))
      this.#transformPair(inner!, firsts)
      this.#multiply(inner!)
      this.#give(inner!, firsts)
    })
    const finite = this.#halve(scope)
    const again = new Scope(scope, { conditional: true })
    this.#eachResult(again, (inner, y, from) => this.#sumInOrder(inner, x, y, from))
    scope.statements.push({
      kind: 'if',
      when: [{ relation: '==', left: finite, right: 1 }],
      then: [],
      otherwise: again.statements,
    })
    this.#eachResult(scope, (inner, y, from) => {
      epilogue(this.#writer, inner, plan, { x, y, sums: { array: this.#sums.name, at: from } })
    })
  }

  /** Copies the places of a panel, lanes last: pairs that have but one are filled with zeros. */
  #pack(scope: Scope, x: Index): void {
    const { margins, axes } = this.#way
    const { plan, rest, spans } = margins
    const { right, fold } = plan
    const place = rowMajor(
      spans.map(({ axis, from }) => dimSub(axis, from)),
      axes.map(({ pairs }) => 2 * pairs),
    )
    const ranges = axes.map(({ span, pairs }) => ({ name: span.axis, from: span.from, to: span.from + 2 * pairs }))
    const when = spans.flatMap(({ axis, from, to }) =>
      (to - from) % 2 === 0 ? [] : [{ relation: '<', left: axis, right: to } as const],
    )
    // Lanes may be read before the condition is looked at: at a place that there is.
    const last = new Map(spans.map(({ axis, to }): [string, Index] => [axis, dimMin(axis, to - 1)]))
    const then = substituted(this.#way.kernel, right.expr, last)
    const zero: Expr = { kind: 'const', dtype: then.dtype, value: 0 }
    const guarded: Expr = { kind: 'guard', dtype: then.dtype, when, then, otherwise: zero }
    const side = when.length > 0 ? { ...right, expr: guarded } : right
    packPanel(
      this.#writer,
      scope,
      side,
      { x, array: this.#places.name, at: 0, dtype: fold.accumulate },
      {
        ...wholeDepth(rest),
        loops: [...rest.map(({ name, extent }) => ({ name, from: 0, to: extent })), ...ranges],
        position: dimAdd(dimMul(place, this.#deep), positionIn(rest)),
      },
    )
  }

  #sweepSums(scope: Scope, body: (each: Scope, place: Index) => void): void {
    const name = `${this.#way.margins.plan.right.axis.name}.sum`
    sweep(scope, name, { from: 0, to: this.#sums.size }, [vector], ([each]) => body(each!, each!.resolve(name)))
  }

  /** Writes the factors of the pairs that begin at some places. */
  #transformPair(scope: Scope, firsts: readonly Index[]): void {
    const { rest, plan } = this.#way.margins
    const { width } = plan.right
    const sizes = this.#way.axes.map(({ pairs }) => 2 * pairs)
    const two = sizes.map(() => 2)
    openLoops([scope], rest, ([inner]) => {
      const step = inner!.resolve(positionIn(rest))
      this.#lanes(inner!, (each, lane) => {
        const loads = placesAlong(two).map(near => {
          const place = rowMajor(
            near.map((offset, i) => dimAdd(firsts[i]!, offset)),
            sizes,
          )
          return this.#load(this.#places, dimAdd(dimMul(dimAdd(dimMul(place, this.#deep), step), width), lane))
        })
        const lines = this.#by.map(({ ofPlaces }) => ofPlaces)
        alongAxes(loads, two, lines).forEach((factor, number) => {
          this.#store(each, this.#pair, dimAdd(number * this.#pairApart, dimAdd(dimMul(step, width), lane)), factor)
        })
      })
    })
  }

  /** The products of a pair, summed over the depth. */
  #multiply(scope: Scope): void {
    const { plan } = this.#way.margins
    const { axis, width } = plan.right
    const ranges = this.#by.map(({ products }, i) => ({ name: `${axis.name}.product${i}`, from: 0, to: products }))
    const depth = [{ name: `${axis.name}.depth`, extent: this.#deep }]
    openRanges([scope], ranges, ([each]) => {
      const product = ranges.map(({ name }) => each!.resolve(name))
      const { number, factor } = numbersOf(product, this.#by)
      this.#eachRows(each!, (inner, y) => {
        const operands = {
          ...{ x: 0, y },
          left: { array: this.#taps.name, at: this.#tapsAt(y, number) },
          right: { array: this.#pair.name, at: dimMul(factor, this.#pairApart) },
          sums: { array: this.#products.name, at: dimAdd(dimMul(number, this.#perProduct), dimMul(y, width)) },
        }
        accumulate(this.#writer, inner, { ...plan, depth }, operands, wholeDepth(depth))
      })
    })
  }

  /** Adds the products of a pair to the results that it reaches. */
  #give(scope: Scope, firsts: readonly Index[]): void {
    const { left, right } = this.#way.margins.plan
    const row = `${left.axis.name}.row`
    const counts = this.#by.map(({ products }) => products)
    const lines = this.#by.map(({ ofProducts }) => ofProducts)
    const sizes = this.#way.axes.map(({ reached }) => reached)
    const reached = placesAlong(this.#by.map(({ taps }) => taps + 1))
    this.#eachRows(scope, (tile, y) => {
      openLoop([tile], { name: row, from: 0, to: left.width }, ([inner]) => {
        const r = inner!.resolve(row)
        this.#lanes(inner!, (each, lane) => {
          const within = dimAdd(dimMul(dimAdd(y, r), right.width), lane)
          const loads = placesAlong(counts).map((_, i) =>
            this.#load(this.#products, dimAdd(i * this.#perProduct, within)),
          )
          alongAxes(loads, counts, lines).forEach((value, i) => {
            const place = rowMajor(
              reached[i]!.map((offset, axis) => dimAdd(firsts[axis]!, offset)),
              sizes,
            )
            const to = dimAdd(this.#sumAt(y, place, r), lane)
            const sum: Expr = {
              kind: 'apply',
              dtype: value.dtype,
              op: opOf(add),
              args: [this.#load(this.#sums, to), value],
            }
            this.#store(each, this.#sums, to, sum)
          })
        })
      })
    })
  }

  /** Results from twice as much along each axis; gives an index that is 1 where all are finite. */
  #halve(scope: Scope): Index {
    const writer = this.#writer
    const dtype = this.#way.margins.plan.fold.accumulate
    const chain = writer.variable(scope, dtype, vectorLanes, { kind: 'const', value: 0 })
    const zero = writer.constant(scope, dtype, vectorLanes, 0)
    this.#sweepSums(scope, (each, to) => {
      const value = writer.lanes(scaled(this.#load(this.#sums, to), 2 ** -this.#by.length), each, vectorLanes)
      each.statements.push({ kind: 'store', to: this.#sums.name, at: to, stride: 1, value })
      const args = [value.name, zero.name, chain.name] as const
      each.statements.push({ kind: 'assign', register: chain, operation: { kind: 'fma', args } })
    })
    return indexOf(writer, scope, 'finite', { wide: [chain], narrow: writer.constant(scope, dtype, 1, 1) }, sumOf)
  }

  /** Tiles of results, in scopes where the kernel's columns are at each; `from` is where the sums of one are. */
  #eachResult(scope: Scope, body: (inner: Scope, y: Index, from: Index) => void): void {
    const { axes } = this.#way
    const columns = axes.map(({ span }) => span.column)
    this.#eachRows(scope, (tile, y) => {
      openLoops([tile], columns, ([inner]) => {
        const place = rowMajor(
          axes.map(({ span, before }) => dimAdd(inner!.resolve(span.column.name), before)),
          axes.map(({ reached }) => reached),
        )
        body(inner!, y, this.#sumAt(y, place, 0))
      })
    })
  }

  /** The results of a tile term by term, in the order of the depth. */
  #sumInOrder(scope: Scope, x: Index, y: Index, from: Index): void {
    const { kernel, margins } = this.#way
    const { left, right, fold } = margins.plan
    const [first] = kernel.stages
    const contraction = { ...first!.contraction!, left: left.source, right: right.source }
    const stage = { ...first!, contraction }
    const row = `${left.axis.name}.row`
    openLoop([scope], { name: row, from: 0, to: left.width }, ([inner]) => {
      this.#lanes(inner!, (each, lane) => {
        const [r, l] = [dimAdd(y, each.resolve(row)), dimAdd(x, lane)]
        const down = this.#rows === left.axis.extent ? r : dimMin(r, dimSub(left.axis.extent, 1))
        const named = at(right, dimMin(l, dimSub(right.axis.extent, 1)), at(left, down, each))
        const sum = new Accumulator(this.#writer, named, fold, vectorLanes)
        openLoops([named], stage.loops, ([step]) => sum.step(step!, stage))
        sum.store(named, this.#sums.name, dimAdd(from, dimAdd(dimMul(right.width, each.resolve(row)), lane)))
      })
    })
  }
}
