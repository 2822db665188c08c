/** Diagonals read and written: two movements, each the transpose of the other. */
import { expectTensors, optionsOf, type Placed } from '../arguments.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimEqual, dimMax, dimMin, dimSub } from '../dims.ts'
import { cast, strengthen } from '../elementwise.ts'
import { argumentWrong, axesWrong, dimsDiffer, rankRefused, rankTooHigh } from '../errors.ts'
import { highestRank, type Minus, type Next, type Previous, type Rank } from '../rank.ts'
import type { Summed } from '../reduced.ts'
import type { Needs } from '../refused.ts'
import { type Operand, Tensor } from '../tensor.ts'
import type { DType } from '../type.ts'
import { eq, logicalAnd, where } from './comparison.ts'
import { position } from './create.ts'
import type { DiagRank, NeedsMatrix, NeedsVector } from './linalg/known.ts'
import { movement, permute } from './move.ts'
import { sum } from './reduce.ts'
import { normalAxis } from './shape.ts'

/** The diagonal `offset` places above the main one of the last two axes (below where negative). */
interface DiagonalAttrs {
  offset: number
}

const placeOf = (x: Tensor) => (x.attrs as DiagonalAttrs).offset

/** Row and column of element `at` of a diagonal. */
const place = (at: DimExpr, offset: number): [DimExpr, DimExpr] => [
  dimAdd(at, Math.max(-offset, 0)),
  dimAdd(at, Math.max(offset, 0)),
]

const diagonalOp = movement({
  name: 'diagonal',
  doc: 'The elements on a diagonal of the last two axes.',
  examples: input => [
    take(input(['n', 'n']), 0),
    take(input(['n', 3, 5]), 2),
    take(input(['m', 'n']), 2),
    take(input([2, 3]), -4),
  ],
  sources(result, index) {
    const last = index[index.length - 1]!
    return [{ input: 0, index: [...index.slice(0, -1), ...place(last, placeOf(result))], when: [] }]
  },
  pullback: (result, g) => [layOut(g, placeOf(result), result.inputs[0]!.shape.slice(-2))],
  again: (result, [x]) => take(x!, placeOf(result)),
  batched: (result, [x]) => take(x!, placeOf(result)),
})

const diagOp = movement({
  name: 'diag',
  doc: 'Vectors laid on a diagonal of new last axes, zeros elsewhere: the transpose of diagonal.',
  examples: input => [layOut(input(['n']), 0, ['n', 'n']), layOut(input(['n', 3]), 2, [3, 5])],
  theano: 'AllocDiag',
  sources(result, index) {
    const [row, column] = index.slice(-2) as [DimExpr, DimExpr]
    const offset = placeOf(result)
    const at = dimSub(row, Math.max(-offset, 0))
    const size = result.inputs[0]!.shape.at(-1)!
    return [
      {
        input: 0,
        index: [...index.slice(0, -2), at],
        when: [
          { relation: '==', left: column, right: dimAdd(row, offset) },
          { relation: '<=', left: 0, right: at },
          { relation: '<', left: at, right: size },
        ],
      },
    ]
  },
  pullback: (result, g) => [take(g, placeOf(result))],
  again: (result, [x]) => layOut(x!, placeOf(result), result.shape.slice(-2)),
  batched: (result, [x]) => layOut(x!, placeOf(result), result.shape.slice(-2)),
})

/** The diagonal of the last two axes. */
function take(x: Tensor, offset: number): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [DimExpr, DimExpr]
  const size = dimMin(dimSub(rows, Math.max(-offset, 0)), dimSub(columns, Math.max(offset, 0)))
  const shape = [...x.shape.slice(0, -2), dimAtLeast(size, 0) ? size : dimMax(size, 0)]
  return new Tensor(diagonalOp, [x], { offset } satisfies DiagonalAttrs, { dtype: x.dtype, shape })
}

/** x on a diagonal of zeros whose last two axes have the given sizes. */
function layOut(x: Tensor, offset: number, matrix: readonly DimExpr[]): Tensor {
  const shape = [...x.shape.slice(0, -1), ...matrix]
  return new Tensor(diagOp, [x], { offset } satisfies DiagonalAttrs, { dtype: x.dtype, shape })
}

/** Which diagonal: `offset` places above the main one (below where negative), of the axes `axis1` (0) and `axis2` (1). */
export interface DiagonalOptions {
  offset?: number
  axis1?: number
  axis2?: number
}

/**
 * The elements on a diagonal of two axes, as a new last axis in their place: none where `offset` lies outside the matrix.
 * Gradients flow back to the diagonal.
 */
export function diagonal<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  which?: Placed<DiagonalOptions>,
): Tensor<D, Previous<R>>
export function diagonal(x: Tensor, which: Placed<DiagonalOptions> = {}): Tensor {
  return diagonalOf('diagonal', x, which)
}

function diagonalOf(op: string, x: Tensor, which: Placed<DiagonalOptions>): Tensor {
  expectTensors(op, x)
  const options = optionsOf<DiagonalOptions>(op, which, ['offset', 'axis1', 'axis2'])
  if (x.ndim < 2) throw rankRefused(op, [x], 'at least two axes')
  const { offset = 0 } = options
  const [i, j] = [normalAxis(op, x, options.axis1 ?? 0), normalAxis(op, x, options.axis2 ?? 1)]
  if (i === j) throw axesWrong(op, x, [i, j], 'two different axes')
  wholeOffset(op, offset)
  const rest = x.shape.map((_, axis) => axis).filter(axis => axis !== i && axis !== j)
  return take(permute(x, [...rest, i, j]), offset)
}

/** As NumPy's diag: a vector as the diagonal of a square matrix of zeros, or the diagonal of a matrix. */
export function diag<D extends DType, R extends Rank>(
  x: Tensor<D, R> & Needs<R, 1 | 2, 'a vector or a matrix'>,
  which?: Offset,
): Tensor<D, DiagRank<R>>
export function diag(x: Tensor, which: Offset = {}): Tensor {
  expectTensors('diag', x)
  const offset = offsetOf('diag', which)
  if (x.ndim === 2) return diagonalOf('diag', x, { offset })
  if (x.ndim !== 1) throw rankRefused('diag', [x], 'a vector or a matrix')
  const size = dimAdd(x.shape[0]!, Math.abs(offset))
  return layOut(x, offset, [size, size])
}

/** Vectors along the last axis as diagonals of two new last axes: Theano's alloc_diag for any rank. */
export function allocDiag<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsVector<R> & Needs<R, Exclude<Rank, 8>, 'at most 8 axes'>,
  which?: Offset,
): Tensor<D, Next<R>>
export function allocDiag(x: Tensor, which: Offset = {}): Tensor {
  expectTensors('allocDiag', x)
  if (x.ndim === 0) throw rankRefused('allocDiag', [x], 'at least one axis')
  if (x.ndim === highestRank) throw rankTooHigh('allocDiag', x.ndim + 1)
  const offset = offsetOf('allocDiag', which)
  const size = dimAdd(x.shape[x.ndim - 1]!, Math.abs(offset))
  return layOut(x, offset, [size, size])
}

/** Which diagonal, in a record or alone: `tril(x, 1)` is `tril(x, { offset: 1 })`. */
export type Offset = { offset?: number } | number

/** The offset itself. */
export function offsetOf(op: string, which: Offset): number {
  return wholeOffset(op, optionsOf<{ offset?: number }>(op, which, ['offset']).offset)
}

/** The offset of a diagonal. */
export function wholeOffset(op: string, offset: unknown = 0): number {
  if (!Number.isInteger(offset)) throw argumentWrong(op, 'an offset, a whole number', offset)
  return offset as number
}

/** The sum of the elements on a diagonal of two axes. */
export function trace<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  which?: Placed<DiagonalOptions>,
): Tensor<Summed<D>, Minus<R, 2>>
export function trace(x: Tensor, which: Placed<DiagonalOptions> = {}): Tensor {
  return sum(diagonalOf('trace', x, which), { axis: -1 })
}

/**
 * x with a scalar on its diagonal, where all indices are equal; with more than two axes their sizes must be equal. For a
 * matrix, `offset` chooses another diagonal (Theano's fill_diagonal_offset). x keeps its dtype.
 */
export function fillDiagonal<D extends DType, R extends Rank, S extends Rank>(
  x: Tensor<D, R> & NeedsMatrix<R>,
  value: number | bigint | boolean | (Tensor<DType, S> & Needs<S, 0, 'a number or a scalar'>),
  which?: Offset,
): Tensor<D, R>
export function fillDiagonal(x: Tensor, value: Operand, which: Offset = {}): Tensor {
  expectTensors('fillDiagonal', x)
  const offset = offsetOf('fillDiagonal', which)
  if (x.ndim < 2 || (x.ndim > 2 && offset !== 0))
    throw rankRefused('fillDiagonal', [x], x.ndim < 2 ? 'at least two axes' : 'a matrix, for an offset')
  const odd = x.ndim > 2 ? x.shape.findIndex(dim => !dimEqual(dim, x.shape[0]!)) : -1
  if (odd >= 0) throw dimsDiffer('fillDiagonal', [x], odd, x.shape[0]!, x.shape[odd]!)
  const [, scalar] = strengthen('fillDiagonal', [x, value]) as [Tensor, Tensor]
  if (scalar.ndim !== 0) throw rankRefused('fillDiagonal', [x, scalar], 'a scalar to fill with')
  const places = x.shape.slice(1).map((_, i) => position(dimSub(`$${i + 1}`, '$0'), x.shape, 'int32'))
  const mask = places.map((place): Tensor => eq(place, offset)).reduce((a, b) => logicalAnd(a, b))
  return where(mask, cast(scalar, x.dtype), x)
}
