/** Movements: each element fetched from where the op's record says it comes from. */
import type { Dims } from '../../runtime/dims.ts'
import type { MovementOp, Source } from '../define.ts'
import type { Condition, Index } from '../dims.ts'
import { outsideShape } from '../errors.ts'
import type { Tensor } from '../tensor.ts'
import { type Block, countOf, emptyBlock } from './block.ts'
import { axesIn, axisName, bound, compileIndex, forEachPosition, tabulate } from './position.ts'
import { rowMajor } from './strides.ts'

/** The elements of the operands at their new places, and where none comes what the op says. */
export function evaluateMovement(node: Tensor, args: readonly Block[], shape: readonly number[], dims: Dims): Block {
  const op = node.op as MovementOp
  if (op.keepsOrder) return { dtype: node.dtype, shape, cells: args[0]!.cells }
  const result = emptyBlock(node.dtype, shape)
  if (countOf(shape) === 0) return result
  const outside = op.outside?.(node) ?? 0
  if (outside !== 0) for (let i = 0; i < result.cells.length; i++) result.cells[i] = outside
  const loops = shape.map((_, axis) => axisName(axis))
  const extents = (name: string) => (name.startsWith('$') ? node.shape[Number(name.slice(1))] : undefined)
  // The first source whose conditions hold comes last, and stays.
  for (const source of [...op.sources(node, loops, extents)].reverse()) {
    const from = args[source.input]!
    const here = boundSource(source, dims)
    if (from.cells.length === 1 && here.when.length === 0) {
      result.cells.fill(from.cells[0]!)
      continue
    }
    const parts = [...here.index, ...here.when.flatMap(({ left, right }) => [left, right])]
    // Nearly every movement maps axis to axis, so that a table per axis does.
    const separable =
      parts.every(expr => axesIn(expr).length <= 1) && here.when.every(c => conditionAxes(c).length <= 1)
    if (separable) copyByTables(node, here, from, result)
    else copyByPosition(node, here, from, result)
  }
  return result
}

function boundSource(source: Source, dims: Dims): Source {
  return {
    input: source.input,
    index: source.index.map(expr => bound(expr, dims)),
    when: source.when.map(c => ({ relation: c.relation, left: bound(c.left, dims), right: bound(c.right, dims) })),
  }
}

const conditionAxes = ({ left, right }: Condition): number[] => [...new Set([...axesIn(left), ...axesIn(right)])]

const relations: Readonly<Record<Condition['relation'], (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
}

/** For each axis of the result, the steps to take in it and in the source. */
interface Table {
  to: number[]
  from: number[]
}

function copyByTables(node: Tensor, source: Source, from: Block, result: Block): void {
  const tables = tablesOf(node, source, from, result)
  if (!tables || tables.some(table => table.to.length === 0)) return
  const last = tables.at(-1) ?? { to: [0], from: [0] }
  const outer = tables.slice(0, -1)
  const base = constantOffset(node, source, from)
  const [x, y] = [from.cells, result.cells]
  forEachPosition(
    outer.map(table => table.to.length),
    at => {
      let [start, target] = [base, 0]
      for (let axis = 0; axis < outer.length; axis++) {
        start += outer[axis]!.from[at[axis]!]!
        target += outer[axis]!.to[at[axis]!]!
      }
      for (let j = 0; j < last.to.length; j++) y[target + last.to[j]!] = x[start + last.from[j]!]!
    },
  )
}

/** The tables of a separable source; undefined when a condition without axes does not hold. */
function tablesOf(node: Tensor, source: Source, from: Block, result: Block): Table[] | undefined {
  const masks = result.shape.map(size => new Uint8Array(size).fill(1))
  for (const condition of source.when) {
    const holds = relations[condition.relation]
    const [axis] = conditionAxes(condition)
    const size = axis === undefined ? 1 : result.shape[axis]!
    const [left, right] = [condition.left, condition.right].map(expr => tabulate(expr, axis ?? 0, size))
    for (let i = 0; i < size; i++) {
      if (holds(left![i]!, right![i]!)) continue
      if (axis === undefined) return undefined
      masks[axis]![i] = 0
    }
  }
  const own = rowMajor(result.shape)
  const strides = rowMajor(from.shape)
  const columns = source.index.map(expr => axesIn(expr)[0])
  return result.shape.map((size, axis) => {
    const kept = Array.from({ length: size }, (_, i) => i).filter(i => masks[axis]![i])
    const table: Table = { to: kept.map(i => i * own[axis]!), from: kept.map(() => 0) }
    columns.forEach((column, k) => {
      if (column !== axis) return
      const values = tabulate(source.index[k]!, axis, size)
      kept.forEach((i, j) => {
        table.from[j]! += inside(node, values[i]!, k, from) * strides[k]!
      })
    })
    return table
  })
}

/** What the indices that speak of no axis add up to. */
function constantOffset(node: Tensor, source: Source, from: Block): number {
  const strides = rowMajor(from.shape)
  return source.index.reduce<number>(
    (sum, expr, k) => (typeof expr === 'number' ? sum + inside(node, expr, k, from) * strides[k]! : sum),
    0,
  )
}

function inside(node: Tensor, index: number, axis: number, from: Block): number {
  if (index < 0 || index >= from.shape[axis]!) throw outsideShape(node, index, axis, from.shape[axis]!)
  return index
}

function copyByPosition(node: Tensor, source: Source, from: Block, result: Block): void {
  const strides = rowMajor(from.shape)
  const index = source.index.map((expr: Index) => compileIndex(expr))
  const when = source.when.map(({ relation, left, right }) => {
    const [a, b, holds] = [compileIndex(left), compileIndex(right), relations[relation]]
    return (at: Int32Array) => holds(a(at), b(at))
  })
  forEachPosition(result.shape, (at, position) => {
    for (const holds of when) if (!holds(at)) return
    let offset = 0
    for (let axis = 0; axis < index.length; axis++)
      offset += inside(node, index[axis]!(at), axis, from) * strides[axis]!
    result.cells[position] = from.cells[offset]!
  })
}
