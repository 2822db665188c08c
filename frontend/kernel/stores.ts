/** Stores as statements: of lanes that lie side by side or apart, and of two vectors whose lanes take turns. */
import { dimAdd, dimDifference, dimLinear, type Index } from '../dims.ts'
import type { Writer } from './flatten.ts'
import type { Register, Statement, Store } from './ir.ts'
import type { Scope } from './scope.ts'

/** The statement that stores a value, its lanes so far apart. */
export const storeTo = (
  writer: Writer,
  { buffer, accumulate }: Store,
  at: Index,
  stride: Index,
  value: Register,
): Statement => ({
  kind: 'store',
  to: writer.arrayOf(buffer),
  at,
  stride,
  value,
  ...(accumulate && { accumulate }),
})

/** Whether in a vector loop the lanes of a second store lie between those of a first. */
export function liesBetween(first: Store, second: Store, { vector }: Scope): boolean {
  if (!vector || second.buffer !== first.buffer) return false
  if ([first, second].some(({ lookups, accumulate }) => lookups || accumulate)) return false
  return dimDifference(second.at, first.at) === 1 && dimLinear(first.at, vector.name)?.coefficient === 2
}

/** Stores two vectors, of which the lanes of the second lie between those of the first, as two that lie side by side. */
export function storeInTurns(
  writer: Writer,
  scope: Scope,
  store: Store,
  at: Index,
  [first, second]: readonly [Register, Register],
): void {
  for (const half of ['low', 'high'] as const) {
    const operation = { kind: 'zip', half, args: [first.name, second.name] } as const
    const value = writer.let(scope, first.dtype, first.lanes, operation)
    scope.statements.push(storeTo(writer, store, half === 'low' ? at : dimAdd(at, first.lanes), 1, value))
  }
}
