/**
 * Contractions by loop transformations. Both operands are packed into panels as wide as a register tile, from the
 * kernel's own expressions: a block of rows whole, and of the columns one panel at a time, which stays in the first
 * cache while all rows of the block pass it. The kernel's later stages run over each tile when its sums are complete.
 *
 * Whatever the blocks, a sum takes the terms of its depth in order: of contractions in tiles, sizes choose speed, never bits.
 * Not so where few results have a long depth: it is summed in parts (deep.ts), which shapes alone tell.
 * Those of few rows or columns are ordinary folds, whose lanes add up apart (schedule.ts): a batch of 1 may differ from a
 * row of 8 in the last bit. Convolutions with windows of few taps and their gradients, where shapes make it pay, sum other
 * and fewer products (filtering/).
 */
import { dimAdd, dimCeilDiv, dimMax, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Writer } from '../../frontend/kernel/flatten.ts'
import type { Loop, LoopProgram } from '../../frontend/kernel/ir.ts'
import { openLoop, openLoops } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { positionIn } from '../accumulate.ts'
import { product } from '../cut.ts'
import { copyWindow, scratchOf } from '../windows.ts'
import { fillTable, tableSize } from './axis.ts'
import { type Cut, type DepthBlock, eachBlock, isCut, isLong, roomForBlock, wholeDepth } from './depth.ts'
import { finishDirect, isDirect } from './direct.ts'
import { branch, packPanel } from './pack.ts'
import type { Plan, Side } from './plan.ts'
import { epilogue, keep, sumsOf } from './tile.ts'

export { planBytes, testBytes } from './bytes.ts'
export { planChannels, runChannels } from './channels.ts'
export { runMargins } from './margins.ts'
export { type Engine, fullerOf, type Plan, planContraction } from './plan.ts'
export { type Margins, planMargins } from './spans.ts'
export { allFinite } from './survey.ts'

/** Rows of the left operand that are packed at a time, up to whole tiles: a block of them stays in the second cache. */
const mostRows = 256

/** Up to as many rows, of a number that a call tells, packing costs more than it saves. */
export const fewRows = 3

type Scratch = LoopProgram['scratch'][number]

/** Steps of loops through windows, whose sizes are known. */
const stepsOf = (loops: readonly Loop[]): number => product(loops) as number

/** Writes the tiled form of a contraction into a scope; gives the scratch memory that it takes. */
export function runContraction(writer: Writer, root: Scope, plan: Plan): LoopProgram['scratch'] {
  return new Contraction(writer, plan).run(root)
}

/** What is done where a block of the depth is the last, and otherwise. */
function whenLast(
  scope: Scope,
  { last }: DepthBlock,
  then: (scope: Scope) => void,
  otherwise: (scope: Scope) => void = () => undefined,
): void {
  if (last.length === 0) then(scope)
  else branch(scope, last, then, otherwise)
}

class Contraction {
  readonly #writer: Writer
  readonly #plan: Plan
  readonly #scratch: Scratch[] = []
  readonly #left: string
  readonly #right: string
  readonly #sums: string
  /** The left operand is packed whole, before loops that it does not see, rather than block by block. */
  readonly #whole: boolean
  readonly #cut: boolean
  /** Results are stored from registers. */
  readonly #direct: boolean
  readonly #by: Cut | undefined
  /** Whether the depth is several blocks (0 or 1), and the rows of sums that a panel of columns keeps. */
  #long: Index = 0
  #rows: Index = 0

  /** Steps of the depth that panels of the left operand have room for. */
  readonly #deep: Index
  readonly #blockRows: number
  /** Steps through windows: each has tiles of sums of its own. */
  readonly #steps: number

  constructor(writer: Writer, plan: Plan) {
    this.#writer = writer
    this.#plan = plan
    this.#left = writer.name('left')
    this.#right = writer.name('right')
    this.#sums = writer.name('sums')
    this.#whole = plan.left.axis.outer.length === 0 && plan.right.axis.outer.length > 0
    this.#by = plan.part?.by
    this.#direct = isDirect(plan)
    this.#cut = isCut(plan.depth, this.#by)
    this.#blockRows = Math.ceil(mostRows / plan.left.width) * plan.left.width
    this.#deep = this.#whole ? product(plan.depth) : roomForBlock(plan.depth, this.#by)
    this.#steps = stepsOf(plan.windows?.loops ?? [])
  }

  run(root: Scope): LoopProgram['scratch'] {
    const { batch, left, right, fold } = this.#plan
    if (!this.#cut && !this.#direct) {
      const size = left.width * right.width * this.#steps
      root.statements.push({ kind: 'array', name: this.#sums, dtype: fold.accumulate, size, scope: 'local' })
    } else if (this.#cut) {
      this.#long = this.#named(root, 'long', isLong(this.#plan.depth, this.#by))
      this.#rows = this.#named(root, 'rows', this.#sumRows())
    }
    for (const { axis, width, packed } of [left, right]) if (packed) fillTable(this.#writer, root, axis, width)
    openLoops([root], batch, ([scope]) => {
      this.#around(scope!, left, inside => {
        if (this.#whole && left.packed) this.#packLeft(inside, 0, left.axis.extent, wholeDepth(this.#plan.depth))
        this.#around(inside, right, inner =>
          openLoops([inner], left.axis.outer.slice(left.around.length), ([each]) => this.#blocks(each!)),
        )
      })
    })
    this.#allocate()
    return this.#scratch
  }

  /** Opens the outer loops of an operand's axis, with its copies made where they have to be. */
  #around(scope: Scope, side: Side, body: (inner: Scope) => void): void {
    openLoops([scope], side.around, ([inner]) => {
      for (const window of side.windows) copyWindow(this.#writer, inner!, window)
      if (side === this.#plan.left) body(inner!)
      else openLoops([inner!], side.axis.outer.slice(side.around.length), ([each]) => body(each!))
    })
  }

  /** All blocks of rows and of the depth. */
  #blocks(scope: Scope): void {
    const { left, depth, part } = this.#plan
    const start = `${left.axis.name}.block`
    openLoop([scope], { name: start, from: 0, to: left.axis.extent, step: this.#blockRows }, ([inside]) => {
      const from = inside!.resolve(start)
      const to = dimMin(left.axis.extent, dimAdd(from, this.#blockRows))
      const tiles = (inner: Scope, block: DepthBlock) => {
        if (left.packed && !this.#whole) this.#packLeft(inner, from, to, block)
        this.#tiles(inner, from, to, block)
      }
      eachBlock(inside!, depth, tiles, part?.by, part)
    })
  }

  /** Packs rows over a block of the depth: the panel of row y starts at `(y - from) * deep`. */
  #packLeft(scope: Scope, from: Index, to: Index, block: DepthBlock): void {
    const { left, fold } = this.#plan
    const row = `${left.axis.name}.panel`
    openLoops([scope], left.within, ([step]) => {
      openLoop([step!], { name: row, from, to, step: left.width }, ([inner]) => {
        const x = inner!.resolve(row)
        const at = dimAdd(this.#leftAt(inner!), dimMul(dimSub(x, from), this.#deep))
        packPanel(this.#writer, inner!, left, { x, array: this.#left, at, dtype: fold.accumulate }, block)
      })
    })
  }

  /** Where the panels of a step through windows begin. */
  #leftAt(scope: Scope): Index {
    return dimMul(scope.resolve(positionIn(this.#plan.left.within)), dimMul(this.#leftRows(), this.#deep))
  }
  #rightAt(scope: Scope): Index {
    const { within, width } = this.#plan.right
    return dimMul(scope.resolve(positionIn(within)), dimMul(width, roomForBlock(this.#plan.depth, this.#by)))
  }

  /** All tiles of some rows over a block of the depth. */
  #tiles(scope: Scope, from: Index, to: Index, block: DepthBlock): void {
    const { left, right, fold, windows } = this.#plan
    const [across, down] = [`${right.axis.name}.tile`, `${left.axis.name}.tile`]
    const packedFrom = this.#whole ? 0 : from
    openLoop([scope], { name: across, from: 0, to: right.axis.extent, step: right.width }, ([panel]) => {
      const x = panel!.resolve(across)
      if (right.packed) {
        openLoops([panel!], right.within, ([step]) => {
          const at = this.#rightAt(step!)
          packPanel(this.#writer, step!, right, { x, array: this.#right, at, dtype: fold.accumulate }, block)
        })
      }
      const lanes = this.#lanesFrom(panel!, x)
      openLoop([panel!], { name: down, from, to, step: left.width }, ([inner]) => {
        const y = inner!.resolve(down)
        const first = dimAdd(dimMul(x, this.#rows), dimMul(this.#long, dimMul(dimSub(y, from), right.width)))
        const sums = { array: this.#sums, at: dimMul(this.#steps, first) }
        const panelAt = dimAdd(
          dimMul(dimSub(y, packedFrom), this.#deep),
          this.#whole ? dimMul(block.start, left.width) : 0,
        )
        const tile = { x, y, sums, ...(lanes !== undefined && { lanes }) }
        openLoops([inner!], windows?.loops ?? [], ([step]) => {
          const position = step!.resolve(positionIn(windows?.loops ?? []))
          const operands = {
            ...tile,
            left: { array: this.#left, at: dimAdd(this.#leftAt(step!), panelAt) },
            right: { array: this.#right, at: this.#rightAt(step!) },
            sums: { ...sums, at: dimAdd(sums.at, dimMul(left.width * right.width, position)) },
          }
          const complete = sumsOf(this.#writer, step!, this.#plan, operands, block)
          const put = (last: Scope) => finishDirect(this.#writer, last, this.#plan, tile, complete)
          if (this.#direct) whenLast(step!, block, put, inside => keep(inside, operands, complete))
          else keep(step!, operands, complete)
        })
        if (!this.#direct) whenLast(inner!, block, last => epilogue(this.#writer, last, this.#plan, tile))
      })
    })
  }

  /**
   * Where lanes of a tile at `x` begin, if elsewhere: a right operand that is read where it is ends with a whole tile, some of
   * whose columns the one before has.
   */
  #lanesFrom(scope: Scope, x: Index): Index | undefined {
    const { axis, width, packed } = this.#plan.right
    if (packed || (axis.extent as number) % width === 0) return undefined
    const name = this.#writer.name('lanes')
    scope.statements.push({ kind: 'name', name, value: dimMin(x, dimSub(axis.extent, width)) })
    return name
  }

  /** An index computed once, before all loops. */
  #named(root: Scope, base: string, value: Index): Index {
    if (typeof value === 'number') return value
    const name = this.#writer.name(base)
    root.statements.push({ kind: 'name', name, value })
    return name
  }

  /**
   * Rows of sums that each panel of columns keeps: those of a block where the depth is long, otherwise of a tile. It is
   * never 0, so that panels do not meet and threads can share them.
   */
  #sumRows(): Index {
    const { left, depth } = this.#plan
    return dimMax(left.width, dimMul(isLong(depth, this.#by), this.#panelRows()))
  }

  /** Rows of a block, up to whole tiles. */
  #panelRows(): Index {
    const { axis, width } = this.#plan.left
    return dimMul(dimCeilDiv(dimMin(axis.extent, this.#blockRows), width), width)
  }

  /** Rows that panels of the left operand have room for. */
  #leftRows(): Index {
    const { left } = this.#plan
    return this.#whole ? tableSize(left.axis, left.width) : this.#panelRows()
  }

  #allocate(): void {
    const { left, right, depth, fold } = this.#plan
    const add = (name: string, size: Index, dtype = fold.accumulate) => this.#scratch.push({ name, dtype, size })
    if (left.packed) add(this.#left, dimMul(stepsOf(left.within), dimMul(this.#leftRows(), this.#deep)))
    if (right.packed)
      add(this.#right, dimMul(stepsOf(right.within), dimMul(right.width, roomForBlock(depth, this.#by))))
    if (this.#cut) add(this.#sums, dimMul(this.#steps, dimMul(this.#sumRows(), tableSize(right.axis, right.width))))
    for (const { axis, width, packed, windows } of [left, right]) {
      if (axis.table && packed) add(axis.table.array, tableSize(axis, width), 'int32')
      this.#scratch.push(...windows.map(scratchOf))
    }
  }
}
