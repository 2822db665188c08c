/**
 * Contractions by tiles: a workgroup of 16 x 16 invocations computes as many elements of the result, and reads each
 * operand 16 columns (rows) at a time into memory that it shares, so that every element is fetched once per tile
 * instead of once per product.
 */
import { type Condition, dimAdd, dimCeilDiv, dimMul, dimProduct, type Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'
import type { Expr, Fold, Kernel, Loop, Register, Stage } from '../frontend/kernel/ir.ts'
import { openLoop } from '../frontend/kernel/schedule.ts'
import { Scope } from '../frontend/kernel/scope.ts'
import type { DType } from '../runtime/manifest.ts'
import { nameIndex, nameLoops, overGroups } from './groups.ts'

/** Rows and columns of a tile, and products between two barriers. */
const side = 16

/** A known extent below this leaves too many invocations idle. */
const leastExtent = 8

/** A kernel that is one contraction and what is stored of it, element by element. */
export interface TiledKernel {
  row: Loop
  column: Loop
  /** Loops that both operands have. */
  batch: readonly Loop[]
  inner: Loop
  fold: Fold
  left: Expr
  right: Expr
  /** Stages after the contraction: stores without loops of their own. */
  rest: readonly Stage[]
}

/** The kernel as one contraction of rows and columns, or undefined when it is none, or too small. */
export function asTiled({ loops, stages }: Kernel): TiledKernel | undefined {
  const [first, ...rest] = stages
  const { contraction, folds = [], loops: inner = [] } = first ?? {}
  if (!contraction || folds.length !== 1 || inner.length !== 1) return undefined
  if (rest.some(stage => stage.loops.length > 0 || stage.folds.length > 0)) return undefined
  const { rows, columns, left, right } = contraction
  if (rows.length !== 1 || columns.length !== 1) return undefined
  const [row, column] = [rows[0], columns[0]].map(name => loops.find(loop => loop.name === name)!) as [Loop, Loop]
  const small = ({ extent }: Loop) => typeof extent === 'number' && extent < leastExtent
  if ([row, column, inner[0]!].some(small)) return undefined
  const batch = loops.filter(loop => loop !== row && loop !== column)
  return { row, column, batch, inner: inner[0]!, fold: folds[0]!, left, right, rest }
}

/** Writes the loops of a tiled kernel; `finish` writes the later stages once the fold is known. */
export function runTiles(
  writer: Writer,
  root: Scope,
  kernel: TiledKernel,
  finish: (scope: Scope, stages: readonly Stage[]) => void,
): void {
  const { row, column, batch, rest } = kernel
  const [tileRow, tileColumn] = [row, column].map(({ extent }) => ({ name: writer.name('g'), extent: tiles(extent) }))
  const all = [...batch, tileRow!, tileColumn!]
  overGroups(writer, root, dimProduct(all.map(({ extent }) => extent)), side * side, (outer, group, invocation) => {
    const [y, x] = [writer.name('y'), writer.name('x')]
    const scope = new Scope(outer, {
      defines: [...all.map(({ name }) => name), y, x, row.name, column.name],
      into: outer.statements,
    })
    nameLoops(scope, all, group)
    nameLoops(
      scope,
      [
        { name: y, extent: side },
        { name: x, extent: side },
      ],
      invocation,
    )
    nameIndex(scope, row.name, dimAdd(dimMul(side, tileRow!.name), y))
    nameIndex(scope, column.name, dimAdd(dimMul(side, tileColumn!.name), x))
    const sum = new Tile(writer, scope, kernel, { y, x, invocation }).sum()
    const inside = new Scope(scope, { conditional: true })
    inside.setFold(kernel.fold.name, writer.convert(inside, sum, kernel.fold.dtype))
    finish(inside, rest)
    scope.statements.push({ kind: 'if', when: [below(row), below(column)], then: inside.statements, otherwise: [] })
  })
}

const tiles = (extent: Index): Index => dimCeilDiv(extent, side)

/** That a loop's name, which tiles may carry past the end, is in its extent. */
const below = ({ name, extent }: Loop): Condition => ({ relation: '<', left: name, right: extent })

/** One workgroup's tile, as one of its invocations sees it: at row `y` and column `x`. */
class Tile {
  readonly #writer: Writer
  readonly #scope: Scope
  readonly #kernel: TiledKernel
  readonly #place: { y: string; x: string; invocation: string }
  readonly #dtype: DType

  constructor(writer: Writer, scope: Scope, kernel: TiledKernel, place: { y: string; x: string; invocation: string }) {
    this.#writer = writer
    this.#scope = scope
    this.#kernel = kernel
    this.#place = place
    this.#dtype = kernel.fold.accumulate === 'float64' ? 'float32' : kernel.fold.accumulate
  }

  /** The sum of products for this invocation's element. */
  sum(): Register {
    const { inner, left, right, row, column } = this.#kernel
    const { y, x } = this.#place
    const sum = this.#writer.variable(this.#scope, this.#dtype, 1, { kind: 'const', value: 0 })
    const [a, b] = [this.#sharedArray('rows'), this.#sharedArray('columns')]
    const step = { name: this.#writer.name('k'), from: 0, to: tiles(inner.extent) }
    openLoop([this.#scope], step, ([scope]) => {
      const start = dimMul(side, scope!.resolve(step.name))
      this.#fetch(scope!, a, left, row, dimAdd(start, x))
      this.#fetch(scope!, b, right, column, dimAdd(start, y))
      scope!.statements.push({ kind: 'barrier' })
      this.#multiply(scope!, sum, a, b)
      scope!.statements.push({ kind: 'barrier' })
    })
    return sum
  }

  #sharedArray(name: string): string {
    this.#scope.statements.push({ kind: 'array', name, dtype: this.#dtype, size: side * side, scope: 'shared' })
    return name
  }

  /** Copies this invocation's element of an operand's tile; past the end of the operand that is 0. */
  #fetch(scope: Scope, to: string, operand: Expr, outer: Loop, at: Index): void {
    const { inner } = this.#kernel
    const name = this.#writer.name('j')
    const value = this.#writer.variable(scope, this.#dtype, 1, { kind: 'const', value: 0 })
    nameIndex(scope, name, at)
    const rename = new Map([[inner.name, name]])
    const inside = new Scope(scope, { defines: [inner.name], rename, conditional: true })
    const fetched = this.#writer.convert(inside, this.#writer.value(operand, inside), this.#dtype)
    inside.statements.push({ kind: 'assign', register: value, operation: { kind: 'copy', arg: fetched.name } })
    const when = [below(outer), below({ ...inner, name })]
    scope.statements.push({ kind: 'if', when, then: inside.statements, otherwise: [] })
    scope.statements.push({ kind: 'store', to, at: this.#place.invocation, stride: 0, value })
  }

  /** Adds the products of a row and a column of the tiles. */
  #multiply(scope: Scope, sum: Register, rows: string, columns: string): void {
    const { y, x } = this.#place
    const product = { name: this.#writer.name('q'), from: 0, to: side }
    openLoop([scope], product, ([inside]) => {
      const load = (from: string, at: Index) =>
        this.#writer.let(inside!, this.#dtype, 1, { kind: 'load', from, at, stride: 0 }).name
      const a = load(rows, dimAdd(dimMul(side, y), product.name))
      const b = load(columns, dimAdd(dimMul(side, product.name), x))
      const operation = { kind: 'fma', args: [a, b, sum.name] } as const
      inside!.statements.push({ kind: 'assign', register: sum, operation })
    })
  }
}
