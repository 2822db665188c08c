/** Elements moved around: along an axis, or by quarter turns. */
import { axisList, expectList, expectTensors, toNumber } from '../arguments.ts'
import { type DimExpr, dimMax, dimMod, dimSub } from '../dims.ts'
import { argumentWrong, axesWrong } from '../errors.ts'
import type { NeedsAxis } from '../reduced.ts'
import type { Tensor } from '../tensor.ts'
import type { DType, Rank } from '../type.ts'
import { join, reshapeTo, sliceAxis } from './move.ts'
import { flatten, flip, normalAxis, swapaxes } from './shape.ts'

/**
 * Elements moved on by `shift` along an axis, those that fall off coming in at the start; without axis, of the flattened
 * tensor. Lists of shifts and of axes belong together pair by pair.
 */
export function roll<
  D extends DType,
  R extends Rank,
  const A extends number | readonly number[] | undefined = undefined,
>(x: Tensor<D, R>, shift: number | readonly number[], axis?: A & NeedsAxis<R, A>): Tensor<D, R>
export function roll(x: Tensor, shift: number | readonly number[], axis?: number | readonly number[]): Tensor {
  expectTensors('roll', x)
  if (axis === undefined)
    return reshapeTo(
      rollAxis(
        flatten(x),
        axisList('roll', shift).reduce((sum, by) => sum + toNumber('roll', by), 0),
        0,
      ),
      x.shape,
    )
  const [shifts, axes] = [axisList('roll', shift), axisList('roll', axis)]
  if (shifts.length !== 1 && axes.length !== 1 && shifts.length !== axes.length)
    throw axesWrong('roll', x, axes, `as many axes as shifts, ${shifts.length}, or one`)
  const count = Math.max(shifts.length, axes.length)
  const pairs = Array.from({ length: count }, (_, i) => [shifts[i] ?? shifts[0]!, axes[i] ?? axes[0]!] as const)
  return pairs.reduce((y, [by, a]) => rollAxis(y, by, normalAxis('roll', x, a)), x)
}

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  if (!Number.isSafeInteger(shift)) throw argumentWrong('roll', 'a shift, a whole number', shift)
  const size = x.shape[axis]!
  const by: DimExpr = size === 0 ? 0 : dimMod(shift, dimMax(size, 1))
  if (by === 0) return x
  return join([sliceAxis(x, axis, dimSub(size, by), by), sliceAxis(x, axis, 0, dimSub(size, by))], axis)
}

/** `times` quarter turns (1) in the plane of two axes (the first two), from the first of them towards the second. */
export function rot90<D extends DType, R extends Rank, const A extends readonly [number, number] = [0, 1]>(
  x: Tensor<D, R> & NeedsAxis<R, A>,
  times?: number,
  axes?: A,
): Tensor<D, R>
export function rot90(x: Tensor, times = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  expectTensors('rot90', x)
  if (!Number.isSafeInteger(times)) throw argumentWrong('rot90', 'a whole number of quarter turns', times)
  expectList('rot90', 'two axes', axes)
  const [a, b] = axes.map(axis => normalAxis('rot90', x, axis)) as [number, number]
  if (a === b || axes.length !== 2) throw axesWrong('rot90', x, axes, 'two different axes')
  const turns = ((times % 4) + 4) % 4
  if (turns === 0) return x
  if (turns === 2) return flip(x, [a, b])
  return turns === 1 ? swapaxes(flip(x, b), a, b) : flip(swapaxes(x, a, b), b)
}
