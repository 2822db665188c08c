/** Coordinates of grids. */
import { expectRecord, expectTensorList, namedOptions } from '../arguments.ts'
import { rankRefused } from '../errors.ts'
import type { DimLike } from '../leaf.ts'
import type { Length } from '../rank.ts'
import type { Unless } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import type { SameRank } from '../together.ts'
import type { DType } from '../type.ts'
import { arange, type Stepped } from './range.ts'
import { broadcastArrays, expandDims, swapaxes } from './shape.ts'
import type { Slice } from './slice.ts'

/** Vectors as the axes of a grid: vector i along axis i, size 1 along the others. */
function open(vectors: readonly Tensor[]): Tensor[] {
  const axes = vectors.map((_, i) => i)
  return vectors.map((vector, i) =>
    expandDims(
      vector,
      axes.filter(axis => axis !== i),
    ),
  )
}

const ranges = (slices: readonly Slice<DimLike>[], dtype?: DType): Tensor[] =>
  slices.map(given => {
    expectRecord('ogrid', 'a slice', given)
    const { start, stop, step } = given
    return arange(start ?? 0, stop ?? 0, step ?? 1, dtype)
  })

/** A tensor of as many axes as there are vectors for each of them. */
type Grid<L extends readonly unknown[]> = {
  -readonly [I in keyof L]: Tensor<L[I] extends Tensor<infer D> ? D : Stepped<L[I][keyof L[I]]>, Length<L>>
}

/** Nothing where all may be vectors. */
type NeedsVectors<L extends readonly Tensor[]> = Unless<1 extends SameRank<L> ? false : true, 'vectors'>

/** The coordinates along each axis of a grid of slices, ready to broadcast: NumPy's `ogrid[0:3, 1:5:2]`. int32. */
export function ogrid<const L extends readonly Slice<DimLike>[]>(...slices: L): Grid<L>
export function ogrid(...slices: readonly Slice<DimLike>[]): Tensor[] {
  return open(ranges(slices))
}

/** The coordinates along each axis at every point of a grid of slices: NumPy's `mgrid[0:3, 1:5:2]`. int32. */
export function mgrid<const L extends readonly Slice<DimLike>[]>(...slices: L): Grid<L>
export function mgrid(...slices: readonly Slice<DimLike>[]): Tensor[] {
  return broadcastArrays(...ogrid(...slices))
}

/** Vectors of positions as the axes of a grid, so that an indexing with them takes a block: NumPy's `ix_`. */
export function ix<const L extends readonly Tensor[]>(...vectors: L & NeedsVectors<L>): Grid<L>
export function ix(...vectors: readonly Tensor[]): Tensor[] {
  expectTensorList('ix', vectors)
  const wrong = vectors.filter(vector => vector.ndim !== 1)
  if (wrong.length > 0) throw rankRefused('ix', wrong, 'vectors')
  return open(vectors)
}

/** The coordinates of every point of the grid of vectors. As in NumPy, the first two axes change places unless `indexing` is 'ij'. */
export function meshgrid<const L extends readonly Tensor[]>(
  vectors: L & NeedsVectors<L>,
  options?: { indexing?: 'xy' | 'ij' },
): Grid<L>
export function meshgrid(vectors: readonly Tensor[], options: { indexing?: 'xy' | 'ij' } = {}): Tensor[] {
  expectTensorList('meshgrid', vectors)
  const wrong = vectors.filter(vector => vector.ndim !== 1)
  if (wrong.length > 0) throw rankRefused('meshgrid', wrong, 'vectors')
  const grid = broadcastArrays(...open(vectors))
  const { indexing } = namedOptions('meshgrid', options, ['indexing'])
  return indexing === 'ij' || vectors.length < 2 ? grid : grid.map(x => swapaxes(x, 0, 1))
}
