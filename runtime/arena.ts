/** Where the buffers of one call lie: byte offsets from the planned lifetimes at known sizes. */
import type { BufferPlan } from './manifest.ts'

/** Every buffer begins at a multiple of this, in bytes; WebGPU asks as much of bindings. */
export const alignment = 256

/** The least multiple of `align` that is not below `bytes`; exact, so safe beyond 2^32. */
export const alignUp = (bytes: number, align: number): number => Math.ceil(bytes / align) * align

/** Offsets in the arena by buffer, -1 for state and constants; and the arena's size in bytes. */
export interface Layout {
  offsets: number[]
  bytes: number
}

/** Buffers that share memory: placed as one, alive as long as any of them. */
interface Block {
  bytes: number
  from: number
  to: number
}

/** For each buffer the one whose memory it uses: itself, or the end of its chain of aliases. */
export function aliasRoots(buffers: readonly BufferPlan[]): number[] {
  return buffers.map((_, i) => {
    let root = i
    for (let next = buffers[root]!.aliases; next !== undefined; next = buffers[root]!.aliases) root = next
    return root
  })
}

/**
 * Places buffers of these sizes. Those whose lives overlap never share a byte, unless one aliases the other.
 * The arena begins with `header` bytes that are not touched.
 */
export function layout(buffers: readonly BufferPlan[], sizes: readonly number[], header: number): Layout {
  const roots = aliasRoots(buffers)
  const blocks = new Map<number, Block>()
  for (const [i, root] of roots.entries()) {
    if (isPersistent(buffers[root]!)) continue
    const { from, to } = buffers[i]!
    const block = blocks.get(root)
    if (!block) blocks.set(root, { bytes: sizes[i]!, from, to })
    else {
      block.bytes = Math.max(block.bytes, sizes[i]!)
      block.from = Math.min(block.from, from)
      block.to = Math.max(block.to, to)
    }
  }
  const { offsets, end } = place([...blocks.values()], alignUp(header, alignment))
  return { offsets: roots.map(root => offsets.get(blocks.get(root)!) ?? -1), bytes: end }
}

/** Whether a buffer outlives calls. */
export const isPersistent = ({ role }: BufferPlan): boolean => role === 'state' || role === 'constant'

/** Offsets of blocks, and where the last of them ends. */
interface Placement {
  offsets: ReadonlyMap<Block, number>
  end: number
}

/** More blocks than these are placed in one order only: placing takes as many steps as they have pairs. */
const fewBlocks = 1000

/**
 * The better of two placements from `start` on: as lives begin, and the largest first, which leaves less between blocks
 * of which a few are most of the memory.
 */
function place(blocks: readonly Block[], start: number): Placement {
  const byLife = arrange(
    [...blocks].sort((a, b) => a.from - b.from || b.bytes - a.bytes),
    start,
    true,
  )
  if (blocks.length > fewBlocks) return byLife
  const bySize = arrange(
    [...blocks].sort((a, b) => b.bytes - a.bytes || a.from - b.from),
    start,
  )
  return bySize.end < byLife.end ? bySize : byLife
}

/** Places each block at the first gap between those placed before it that are alive when it is; `byLife`: as lives begin. */
function arrange(blocks: readonly Block[], start: number, byLife = false): Placement {
  const offsets = new Map<Block, number>()
  let end = start
  /** By offset. Where lives begin in order, those that have ended meet no other. */
  let placed: Block[] = []
  for (const block of blocks) {
    if (byLife) placed = placed.filter(other => other.to >= block.from)
    let offset = start
    let at = 0
    for (; at < placed.length; at++) {
      const other = placed[at]!
      if (other.from > block.to || other.to < block.from) continue
      const place = offsets.get(other)!
      if (offset + block.bytes <= place) break
      offset = Math.max(offset, alignUp(place + other.bytes, alignment))
    }
    while (at > 0 && offsets.get(placed[at - 1]!)! > offset) at--
    placed.splice(at, 0, block)
    offsets.set(block, offset)
    end = Math.max(end, offset + block.bytes)
  }
  return { offsets, end }
}
