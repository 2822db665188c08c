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
  offset: number
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
 * Places buffers of these sizes first fit, in the order in which their lives begin: a gap between the blocks that
 * still live, or past them. Buffers whose lives overlap never share a byte, unless one aliases the other.
 * The arena begins with `header` bytes that are not touched.
 */
export function layout(buffers: readonly BufferPlan[], sizes: readonly number[], header: number): Layout {
  const roots = aliasRoots(buffers)
  const blocks = new Map<number, Block>()
  for (const [i, root] of roots.entries()) {
    if (isPersistent(buffers[root]!)) continue
    const { from, to } = buffers[i]!
    const block = blocks.get(root)
    if (!block) blocks.set(root, { bytes: sizes[i]!, from, to, offset: 0 })
    else {
      block.bytes = Math.max(block.bytes, sizes[i]!)
      block.from = Math.min(block.from, from)
      block.to = Math.max(block.to, to)
    }
  }
  const bytes = place([...blocks.values()], alignUp(header, alignment))
  return { offsets: roots.map(root => blocks.get(root)?.offset ?? -1), bytes }
}

/** Whether a buffer outlives calls. */
export const isPersistent = ({ role }: BufferPlan): boolean => role === 'state' || role === 'constant'

/** Gives each block its offset, from `start` on; returns the end of the last. */
function place(blocks: Block[], start: number): number {
  let end = start
  /** Blocks alive where the sweep is, by offset. */
  let live: Block[] = []
  for (const block of blocks.sort((a, b) => a.from - b.from || b.bytes - a.bytes)) {
    live = live.filter(other => other.to >= block.from)
    block.offset = start
    let at = 0
    for (; at < live.length; at++) {
      const other = live[at]!
      if (block.offset + block.bytes <= other.offset) break
      block.offset = Math.max(block.offset, alignUp(other.offset + other.bytes, alignment))
    }
    live.splice(at, 0, block)
    end = Math.max(end, block.offset + block.bytes)
  }
  return end
}
