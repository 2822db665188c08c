/** Images made larger, and taken apart in blocks. */
import { expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimCeilDiv, dimFloorDiv, dimMul, dimProduct } from '../dims.ts'
import { dtypeRefused, rankRefused, sizeText } from '../errors.ts'
import { constant, type DimLike, toDims } from '../leaf.ts'
import { convolve } from '../ops/conv.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import { broadcastShape, join, permute, reshapeTo, sliceAxis } from '../ops/move.ts'
import { slide } from '../ops/window.ts'
import type { NeedsFloat } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, divides, type Equality, floats, isFloat, type Rank, type Shape, unify } from '../type.ts'
import { windowOption } from './errors.ts'
import { countWindows, type PerAxis, perAxis } from './windows.ts'

/** Images [batch, channels, height, width] with each element repeated `ratio` times along both axes of space. */
export function nearestUpsampling<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4>,
  ratio: PerAxis<number>,
): Tensor<D, 4> {
  expectTensors('nearestUpsampling', x)
  const op = 'nearestUpsampling'
  const [down, across] = ratiosFor(op, x, ratio)
  const [b, c, h, w] = x.shape as [DimExpr, DimExpr, DimExpr, DimExpr]
  const repeated = broadcastShape(reshapeTo(x, [b, c, h, 1, w, 1]), [b, c, h, down, w, across])
  return reshapeTo(repeated, [b, c, dimMul(h, down), dimMul(w, across)]) as Tensor<D, 4>
}

/**
 * Images [batch, channels, height, width] made `ratio` times as large along both axes, linearly between neighbours: as
 * Theano's bilinear_upsampling, where element i comes to place i ratio + (ratio - 1) // 2 and the border repeats.
 */
export function bilinearUpsampling<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4> & NeedsFloat<D>,
  ratio: PerAxis<number>,
): Tensor<D, 4> {
  expectTensors('bilinearUpsampling', x)
  return linearly('bilinearUpsampling', x, ratiosFor('bilinearUpsampling', x, ratio)) as Tensor<D, 4>
}

/** A ratio of whole numbers, as [3, 2]. */
export type Fraction = readonly [numerator: number, denominator: number]

/**
 * `bilinearUpsampling` by ratios of whole numbers, one for both axes or one for each: Theano's frac_bilinear_upsampling.
 * Images are made larger by the numerator, of which every denominator-th place is left, from the first on.
 */
export function fracBilinearUpsampling<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4> & NeedsFloat<D>,
  ratio: Fraction | readonly [down: Fraction, across: Fraction],
): Tensor<D, 4> {
  const op = 'fracBilinearUpsampling'
  expectTensors(op, x)
  requireImages(op, x)
  const pair = Array.isArray(ratio) && ratio.every(each => typeof each === 'number') ? [ratio, ratio] : ratio
  const isFraction = (each: unknown) =>
    Array.isArray(each) && each.length === 2 && each.every(n => Number.isSafeInteger(n) && n > 0)
  if (!(Array.isArray(pair) && pair.length === 2 && pair.every(isFraction)))
    throw windowOption(op, 'ratio', ratio, 'two whole numbers from 1 on, or two pairs of them')
  const lowest = (pair as readonly Fraction[]).map(([p, q]): Fraction => [p / gcd(p, q), q / gcd(p, q)])
  const larger = linearly(op, x, lowest.map(([p]) => p) as [number, number])
  return lowest.reduce<Tensor>((y, [, q], i) => {
    return sliceAxis(y, 2 + i, 0, dimCeilDiv(y.shape[2 + i]!, q), q)
  }, larger) as Tensor<D, 4>
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

function linearly(op: string, x: Tensor, ratios: readonly [number, number]): Tensor {
  if (!isFloat(x.dtype)) throw dtypeRefused(op, [x], floats)
  const [b, c, h, w] = x.shape as [DimExpr, DimExpr, DimExpr, DimExpr]
  const bordered = [2, 3].reduce<Tensor>((y, axis) => {
    const last = sliceAxis(y, axis, dimAdd(y.shape[axis]!, -1), 1)
    return join([sliceAxis(y, axis, 0, 1), y, last], axis)
  }, x)
  const images = reshapeTo(bordered, [dimMul(b, c), 1, ...bordered.shape.slice(2)])
  const axes = ratios.map(each => {
    const before = 2 * each - Math.floor((each - 1) / 2) - 1
    return { stride: each, dilation: 1, before, after: 3 * each - 1 - before }
  })
  const shape = [dimMul(b, c), 1, dimMul(h, ratios[0]), dimMul(w, ratios[1])]
  const larger = convolve('x', { y: images, w: tents(ratios, x.dtype) }, shape, { axes, groups: 1, flip: false })
  return reshapeTo(larger, [b, c, ...shape.slice(2)])
}

/** A filter that is 1 in the middle and falls to 0 at `ratio` places from there, along both axes. */
function tents(ratios: readonly [number, number], dtype: DType): Tensor {
  const [down, across] = ratios.map(ratio =>
    Array.from({ length: 2 * ratio - 1 }, (_, i) => 1 - Math.abs(i - ratio + 1) / ratio),
  ) as [number[], number[]]
  return constant([[down.map(a => across.map(b => a * b))]], dtype)
}

/**
 * Blocks of images [batch, channels, height, width] as rows [blocks, elements of a block], `step` apart (side by side when
 * absent): Theano's images2neibs.
 */
export function images2neibs<D extends DType, R extends Rank>(
  x: Tensor<D, R> & NeedsRank<R, 4>,
  shape: PerAxis<number>,
  options: { step?: PerAxis<number> } = {},
): Tensor<D, 2> {
  expectTensors('images2neibs', x)
  const op = 'images2neibs'
  const { step = shape } = namedOptions(op, options, ['step'])
  requireImages(op, x)
  const window = perAxis(op, 'shape', shape, 2, 1)
  const stride = perAxis(op, 'step', step, 2, 1)
  const along = window.map((_, i) => ({ stride: stride[i]!, dilation: 1, before: 0, after: 0 }))
  const counts = along.map((axis, i) => countWindows(op, x, 2 + i, window[i]!, axis, [['operand', x]]))
  const windows = along.reduce<Tensor>(
    (y, axis, i) => slide(y, { axis: 4 + i, window: i, ...axis }, counts[i]!),
    broadcastShape(x, [...window, ...x.shape]),
  )
  const rows: Shape = [dimProduct([x.shape[0]!, x.shape[1]!, ...counts]), dimProduct(window)]
  return reshapeTo(permute(windows, [2, 3, 4, 5, 0, 1]), rows) as Tensor<D, 2>
}

/**
 * Images of `shape` [batch, channels, height, width] from their blocks side by side, as rows: `images2neibs` undone; Theano's
 * neibs2images. The blocks have to make up the images.
 */
export function neibs2images<D extends DType, R extends Rank>(
  neibs: Tensor<D, R> & NeedsRank<R, 2>,
  block: PerAxis<number>,
  shape: readonly [DimLike, DimLike, DimLike, DimLike],
): Tensor<D, 4> {
  const op = 'neibs2images'
  expectTensors(op, neibs)
  const [down, across] = perAxis(op, 'block', block, 2, 1) as [number, number]
  const sizes = toDims(op, shape) as [DimExpr, DimExpr, DimExpr, DimExpr]
  if (sizes.length !== 4) throw windowOption(op, 'shape', shape, 'sizes of images [batch, channels, height, width]')
  const [batch, channels, height, width] = sizes
  if (neibs.ndim !== 2 || unify(neibs.shape[1]!, down * across) === 'differ')
    throw rankRefused(op, [neibs], `blocks as rows of ${down * across} elements`)
  const checks = [divides(down, height), divides(across, width)]
  if (checks.includes('differ')) throw windowOption(op, 'shape', shape, `whole blocks of ${down} by ${across}`)
  const blocks = [dimFloorDiv(height, down), dimFloorDiv(width, across)] as const
  const rows = dimProduct([batch, channels, ...blocks])
  const count = unify(neibs.shape[0]!, rows)
  if (count === 'differ') throw rankRefused(op, [neibs], `${sizeText(rows)} rows, a block each`)
  const fits = [
    ...(checks as Equality[][]).flat(),
    { left: neibs.shape[0]!, right: rows },
    { left: neibs.shape[1]!, right: down * across },
  ]
  const apart = reshapeTo(neibs, [batch, channels, ...blocks, down, across], fits)
  return reshapeTo(permute(apart, [0, 1, 2, 4, 3, 5]), sizes) as Tensor<D, 4>
}

function ratiosFor(op: string, x: Tensor, ratio: PerAxis<number>): [number, number] {
  requireImages(op, x)
  return perAxis(op, 'ratio', ratio, 2, 1) as [number, number]
}

function requireImages(op: string, x: Tensor): void {
  if (x.ndim !== 4) throw rankRefused(op, [x], 'images [batch, channels, height, width]')
}
