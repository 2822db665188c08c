/** Looking on while a kernel is interpreted. */
import type { TypedArray } from '../../runtime/array.ts'
import type { Statement } from './ir.ts'

/** Sees what a run does with memory; tests prove with it that turns of a loop do not meet. */
export interface Watch {
  /** A run begins, with this memory. */
  begin(buffers: readonly TypedArray[]): void
  /** An element of a buffer or an array is read or written. */
  read(of: number | string, at: number): void
  write(of: number | string, at: number): void
  /** What is told of the turns of a loop, where somebody wants to know. */
  loop(statement: Extract<Statement, { kind: 'for' }>): { turn(): void; end(): void } | undefined
}
