/** The depth of a contraction: what is summed over, whole or in blocks whose panels stay in the first cache. */
import { type Condition, dimAdd, dimFloorDiv, dimMax, dimMin, dimMul, dimSub, type Index } from '../../frontend/dims.ts'
import type { Loop } from '../../frontend/kernel/ir.ts'
import { openLoop, openLoops } from '../../frontend/kernel/schedule.ts'
import type { Scope } from '../../frontend/kernel/scope.ts'
import { positionIn } from '../accumulate.ts'
import { cutLoop, product, stepOf } from '../cut.ts'

/** A depth of `most` steps or fewer is one block; longer ones are cut into blocks of about so many. */
export interface Cut {
  most: number
  about: number
}

const panels: Cut = { most: 1024, about: 512 }

/** The steps of a depth of one loop that a contraction sums where others sum the rest (deep.ts): always in blocks. */
export interface Part {
  from: Index
  to: Index
  by: Cut & { most: 0 }
}

/** A part of the depth. */
export interface DepthBlock {
  /** Loops of the kernel to open, with their bounds. */
  loops: readonly { name: string; from: Index; to: Index }[]
  /** The position in the block, from 0 on, by those loops. */
  position: Index
  /** Steps in the block, and before it. */
  length: Index
  start: Index
  /** Conditions on which it is the first and the last of all. */
  first: readonly Condition[]
  last: readonly Condition[]
}

/** Whether the depth may be more than one block. */
export const isCut = (depth: readonly Loop[], { most }: Cut = panels): boolean => {
  const length = product(depth)
  return !(typeof length === 'number' && length <= most)
}

/** The whole depth. */
export function wholeDepth(depth: readonly Loop[]): DepthBlock {
  const loops = depth.map(({ name, extent }) => ({ name, from: 0, to: extent }))
  return { loops, position: positionIn(depth), length: product(depth), start: 0, first: [], last: [] }
}

/** Opens the blocks of the depth, or of a part, in order. */
export function eachBlock(
  scope: Scope,
  depth: readonly Loop[],
  body: (scope: Scope, block: DepthBlock) => void,
  by = panels,
  part?: Part,
): void {
  if (!isCut(depth, by)) {
    body(scope, wholeDepth(depth))
    return
  }
  const at = cutLoop(depth, by.about)
  const [outer, cut, inner] = [depth.slice(0, at), depth[at]!, depth.slice(at + 1)]
  const size = product(inner)
  const step = stepOf(cut.extent, size, by.about)
  const name = `${cut.name}.block`
  const [begin, end] = part ? [part.from, part.to] : [0, cut.extent]
  openLoops([scope], outer, ([around]) => {
    // A depth of nothing is one empty block, so that its sums are stored all the same.
    openLoop([around!], { name, from: begin, to: part ? end : dimMax(1, end), step }, ([inside]) => {
      const from = inside!.resolve(name)
      const to = dimMin(end, dimAdd(from, step))
      const before = dimAdd(dimMul(positionIn(outer), cut.extent), name)
      const ends = (loop: Loop): Condition => ({ relation: '==', left: dimAdd(loop.name, 1), right: loop.extent })
      body(inside!, {
        loops: [{ name: cut.name, from, to }, ...inner.map(loop => ({ name: loop.name, from: 0, to: loop.extent }))],
        position: dimAdd(dimMul(dimSub(cut.name, from), size), positionIn(inner)),
        length: dimMul(dimSub(to, from), size),
        start: inside!.resolve(dimMul(before, size)),
        first: [...outer.map(loop => ({ of: loop.name, right: 0 })), { of: name, right: begin }].map(
          ({ of, right }): Condition => ({ relation: '==', left: inside!.resolve(of), right }),
        ),
        last: [...outer.map(ends), { relation: '<=', left: end, right: dimAdd(from, step) } as const].map(condition =>
          inside!.resolveCondition(condition),
        ),
      })
    })
  })
}

/** Steps that there is to be room for: those of a block, where a number says how many; otherwise all. */
export function roomForBlock(depth: readonly Loop[], by = panels): Index {
  const length = product(turnsInBlock(depth, by))
  return typeof length === 'number' ? length : product(depth)
}

/** The loops of the depth with as many turns as a block has of each at most. */
export function turnsInBlock(depth: readonly Loop[], by = panels): Loop[] {
  if (!isCut(depth, by)) return [...depth]
  const at = cutLoop(depth, by.about)
  return depth.map((loop, i) => {
    if (i > at) return loop
    const step = stepOf(loop.extent, product(depth.slice(at + 1)), by.about)
    return { ...loop, extent: i < at ? 1 : step }
  })
}

/** 1 where the depth is more than one block, otherwise 0. */
export function isLong(depth: readonly Loop[], by = panels): Index {
  if (!isCut(depth, by)) return 0
  const at = cutLoop(depth, by.about)
  if (at > 0) return 1
  const { extent } = depth[0]!
  return dimMax(0, dimMin(1, dimFloorDiv(dimSub(extent, 1), stepOf(extent, product(depth.slice(1)), by.about))))
}
