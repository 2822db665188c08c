/** Arrays that kernels work in. */
import type { Index } from '../frontend/dims.ts'
import type { Writer } from '../frontend/kernel/flatten.ts'

/** An array of scratch memory, under the number that expressions load from it by. */
export interface Scratch {
  name: string
  number: number
  size: Index
}

/** Names an array of `size` elements that the kernel being written works in. */
export function scratchArray(writer: Writer, prefix: string, size: Index): Scratch {
  const name = writer.name(prefix)
  return { name, number: writer.numberOf(name), size }
}
