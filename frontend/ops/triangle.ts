/** Identities and triangles: matrices told by which side of a diagonal an element lies on. */

import { expectTensors, namedOptions } from '../arguments.ts'
import { dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { rankRefused, sizeText } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank, Shape } from '../type.ts'
import { eq, le, where } from './comparison.ts'
import { position } from './create.ts'
import { type Offset, offsetOf, wholeOffset } from './diagonal.ts'
import { rangeWrong } from './errors.ts'
import type { NeedsMatrix, NeedsRank } from './linalg/known.ts'

/** Columns (as many as rows when absent), which diagonal (0 is the main one, 1 the next above), and dtype (float32). */
export interface TriangleOptions<D extends DType = DType> {
  columns?: DimLike
  offset?: number
  dtype?: D
}

/** Column less row at every element of a matrix. */
const height = (shape: Shape) => position(dimSub('$1', '$0'), shape, 'int32')

function matrixShape(op: string, rows: DimLike, columns: DimLike = rows): Shape {
  const first = toDim(op, rows)
  return [first, columns === rows ? first : toDim(op, columns)]
}

/** Ones on a diagonal, zeros elsewhere. */
export function eye<D extends DType = 'float32'>(rows: DimLike, options?: TriangleOptions<D>): Tensor<NoInfer<D>, 2>
export function eye(rows: DimLike, options: TriangleOptions = {}): Tensor {
  namedOptions('eye', options, ['columns', 'offset', 'dtype'])
  const shape = matrixShape('eye', rows, options.columns)
  return cast(eq(height(shape), wholeOffset('eye', options.offset)), options.dtype ?? 'float32')
}

/** The square identity matrix; float32 when no dtype is given. */
export const identity = <D extends DType = 'float32'>(rows: DimLike, dtype?: D): Tensor<NoInfer<D>, 2> =>
  eye(rows, dtype ? { dtype } : {})

/** The identity matrix of the shape and dtype of a matrix. */
export function identityLike<D extends DType, R extends Rank>(x: Tensor<D, R> & NeedsRank<R, 2>): Tensor<D, 2>
export function identityLike(x: Tensor): Tensor {
  expectTensors('identityLike', x)
  if (x.ndim !== 2) throw rankRefused('identityLike', [x], 'a matrix')
  return cast(eq(height(x.shape), 0), x.dtype)
}

/** Ones on and below a diagonal, zeros above. */
export function tri<D extends DType = 'float32'>(rows: DimLike, options?: TriangleOptions<D>): Tensor<NoInfer<D>, 2>
export function tri(rows: DimLike, options: TriangleOptions = {}): Tensor {
  namedOptions('tri', options, ['columns', 'offset', 'dtype'])
  const shape = matrixShape('tri', rows, options.columns)
  return cast(le(height(shape), wholeOffset('tri', options.offset)), options.dtype ?? 'float32')
}

/** x with zeros above a diagonal of its last two axes. */
export function tril<D extends DType, R extends Rank>(x: Tensor<D, R> & NeedsMatrix<R>, which?: Offset): Tensor<D, R>
export function tril(x: Tensor, which: Offset = {}): Tensor {
  expectTensors('tril', x)
  return where(isBelow('tril', x, offsetOf('tril', which)), x, constant(0, x.dtype))
}

/** x with zeros below a diagonal of its last two axes. */
export function triu<D extends DType, R extends Rank>(x: Tensor<D, R> & NeedsMatrix<R>, which?: Offset): Tensor<D, R>
export function triu(x: Tensor, which: Offset = {}): Tensor {
  expectTensors('triu', x)
  return where(isBelow('triu', x, offsetOf('triu', which) - 1), constant(0, x.dtype), x)
}

/** Where `tril` leaves what it finds: int32 rows and columns of a matrix of known size, in row-major order. */
export const trilIndices = (rows: number, options: Omit<TriangleOptions, 'dtype'> & { columns?: number } = {}) =>
  indicesWhere('trilIndices', rows, options, (height, offset) => height <= offset)

/** Where `triu` leaves what it finds: int32 rows and columns of a matrix of known size, in row-major order. */
export const triuIndices = (rows: number, options: Omit<TriangleOptions, 'dtype'> & { columns?: number } = {}) =>
  indicesWhere('triuIndices', rows, options, (height, offset) => height >= offset)

function indicesWhere(
  op: string,
  rows: number,
  options: { columns?: number; offset?: number },
  holds: (height: number, offset: number) => boolean,
): [rows: Tensor<'int32', 1>, columns: Tensor<'int32', 1>] {
  const { columns = rows, offset: given } = namedOptions(op, options, ['offset', 'columns'])
  const offset = wholeOffset(op, given)
  const sizes = [rows, columns].map(size => toDim(op, size))
  const wrong = sizes.find(size => typeof size !== 'number')
  if (wrong !== undefined) throw rangeWrong(op, `${sizeText(wrong)} is not a known size`)
  const places = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => [row, column] as const).filter(([i, j]) => holds(j - i, offset)),
  ).flat()
  return [0, 1].map(k =>
    constant(
      Int32Array.from(places, place => place[k]!),
      'int32',
    ),
  ) as never
}

function isBelow(op: string, x: Tensor, offset: number): Tensor {
  if (x.ndim < 2) throw rankRefused(op, [x], 'at least two axes')
  return le(height(x.shape.slice(-2)), offset)
}
