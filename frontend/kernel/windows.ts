/** Reductions over windows of a contraction's result, as of a convolution that is pooled. */
import { dimAdd, dimAtLeast, dimEqual, dimMul, dimSub, type Index } from '../dims.ts'
import { spanOf } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import { foldExtents, loopAxes } from './body.ts'

/** Windows side by side, and what folds them. */
export interface Windows {
  by: Tensor
  /** For each outer loop, which of the reduction's folds runs through the windows along it, if one does. */
  along: readonly (number | undefined)[]
}

/** What is read, at an index over the reader's axes `$0`, `$1`, … and folds `$r0`, …, and which of its axes are loops. */
interface Reading {
  read: { node: Tensor; index: readonly Index[] }
  member: { outerAxes: readonly number[] }
}

/** The size of windows along each of their loops: minimal filtering has whole ones in each of its tiles. */
const side = 2

/** The windows that a reduction folds, if all it reads is in windows that lie side by side; otherwise undefined. */
export function windowsAlong(by: Tensor, readings: readonly Reading[]): Windows | undefined {
  const folds = foldExtents(by)
  if (by.op.kind !== 'reduction' || folds.length === 0 || folds.some(size => size !== side)) return undefined
  const axes = loopAxes(by.shape)
  if (readings.some(({ member }) => member.outerAxes.length !== axes.length)) return undefined
  const choices = [undefined, ...folds.keys()]
  const chosen = axes.map((axis, loop) =>
    choices.findIndex(fold => {
      const size = fold === undefined ? 1 : side
      const at = fold === undefined ? `$${axis}` : dimAdd(dimMul(size, `$${axis}`), `$r${fold}`)
      const last = dimAdd(spanOf(by.shape[axis]!, size), size - 1)
      return readings.every(({ read: { node, index }, member: { outerAxes } }) => {
        const place = outerAxes[loop]!
        return dimEqual(index[place]!, at) && dimAtLeast(dimSub(node.shape[place]!, last), 1)
      })
    }),
  )
  const along = chosen.map(choice => choices[choice])
  const used = new Set(along.filter(fold => fold !== undefined))
  return chosen.includes(-1) || used.size !== folds.length ? undefined : { by, along }
}
