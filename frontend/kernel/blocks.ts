/**
 * Concatenations in memory: whatever computes a part stores it where it stands in the whole, so that nothing has to be
 * brought together afterwards. A concatenation is then an anchor without a kernel of its own, and each part of it a block:
 * a value that only the concatenation reads, so that storing it waits for nothing that reads the whole.
 */
import { dimAdd, type Index } from '../dims.ts'
import { type ConcatenateAttrs, concatenateOp, flatIndex, join } from '../ops/move.ts'
import type { Tensor } from '../tensor.ts'
import type { Shape } from '../type.ts'
import type { Cluster } from './fuse.ts'
import { type Place, type Places, placeOf } from './place.ts'

/** A part of a concatenation, under a name of its own, and the index of its first element in the whole. */
export interface Block {
  value: Tensor
  start: readonly Index[]
}

/** The blocks of concatenations. */
export type Blocks = ReadonlyMap<Tensor, readonly Block[]>

/** The blocks of each concatenation among the anchors. */
export function blocksAmong(anchors: ReadonlyMap<Tensor, number>): Blocks {
  const joined = [...anchors.keys()].filter(({ op }) => op === concatenateOp)
  const from = ({ shape }: Tensor) => shape.map(() => 0)
  return new Map(joined.map(node => [node, blocksOf(node, from(node), anchors)]))
}

/** Concatenations along other axes within one are blocks of the whole too; they nest in one expression, a few deep. */
function blocksOf(node: Tensor, from: readonly Index[], anchors: { has(node: Tensor): boolean }): Block[] {
  const { axis } = node.attrs as ConcatenateAttrs
  let next = from[axis]!
  return node.inputs.flatMap(part => {
    const start = from.with(axis, next)
    next = dimAdd(next, part.shape[axis]!)
    const nested = part.op === concatenateOp && !anchors.has(part)
    return nested ? blocksOf(part, start, anchors) : [{ value: join([part], axis), start }]
  })
}

/** The anchors with blocks before the concatenations that they are of. */
export function withBlocks(anchors: ReadonlyMap<Tensor, number>, blocks: Blocks): ReadonlyMap<Tensor, number> {
  if (blocks.size === 0) return anchors
  return new Map(
    [...anchors].flatMap(([node, size]) => [
      ...(blocks.get(node) ?? []).map(({ value }) => [value, size] as const),
      [node, size] as const,
    ]),
  )
}

/** Those concatenations of which some block is computed in the kernel that computes what it reads: others are one pass. */
export function savingPasses(blocks: Blocks, clusters: readonly Cluster[]): Blocks {
  if (blocks.size === 0) return blocks
  const within = new Set(
    clusters.flatMap(({ members }) => {
      const own = new Set(members.map(({ node }) => node))
      return members.flatMap(({ node, reads }) => (reads.some(read => own.has(read.node)) ? [node] : []))
    }),
  )
  return new Map([...blocks].filter(([, parts]) => parts.some(({ value }) => within.has(value))))
}

/** The shape by which each block lies in memory: that of the whole. */
export const shapesOf = (blocks: Blocks): ReadonlyMap<Tensor, Shape> =>
  new Map([...blocks].flatMap(([{ shape }, parts]) => parts.map(({ value }) => [value, shape] as const)))

/** The places of the blocks in the memory of their concatenations. */
export function placesOf(blocks: Blocks, places: Places): [Tensor, Place][] {
  return [...blocks].flatMap(([node, parts]) => {
    const { of, size, offset } = placeOf(node, places)
    return parts.map(({ value, start }): [Tensor, Place] => [
      value,
      { of, size, offset: dimAdd(offset, flatIndex(node.shape, start)), shape: node.shape },
    ])
  })
}
