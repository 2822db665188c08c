/** Stores as statements: of lanes that lie side by side or apart, and of a few vectors whose lanes take turns. */
import { dimAdd, dimDifference, dimLinear, type Index } from '../dims.ts'
import type { Writer } from './flatten.ts'
import type { Operation, Register, Statement, Store } from './ir.ts'
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

/** Stores in copies of a body: where these overlap, none reads what another has stored in place of it. */
export function storeInCopies(writer: Writer, stores: readonly Store[], copies: readonly Scope[]): void {
  for (const scope of copies)
    if (scope.vector?.overlaps) for (const { value } of stores) writer.lanes(value, scope, scope.vector.lanes)
  for (const scope of copies) writer.stores(stores, scope)
}

/** A store with the value that goes there. */
export interface Ready {
  store: Store
  value: Register
}

/** Vectors whose lanes can be brought in turn. */
export const mostInTurn = 4

/** In a vector loop, from a first store on, those whose lanes fill up the places between its own; undefined where not all are. */
export function inTurnWith<R extends Ready>(first: R, all: readonly R[], { vector }: Scope): readonly R[] | undefined {
  const { store } = first
  const stride = vector && dimLinear(store.at, vector.name)?.coefficient
  if (typeof stride !== 'number' || stride < 2 || stride > mostInTurn) return undefined
  const free = all.filter(
    ({ store: { buffer, lookups, accumulate } }) => buffer === store.buffer && !lookups && !accumulate,
  )
  const found = Array.from({ length: stride }, (_, i) =>
    free.find(other => dimDifference(other.store.at, store.at) === i),
  ).filter(each => each !== undefined)
  return found.length === stride ? found : undefined
}

/** Stores vectors, of which the lanes take turns, as as many that lie side by side. */
export function storeInTurns(writer: Writer, scope: Scope, store: Store, at: Index, values: readonly Register[]): void {
  const [{ dtype, lanes }] = values as [Register]
  const write = (operation: Operation) => writer.let(scope, dtype, lanes, operation)
  for (const [i, value] of sideBySide(values, write).entries())
    scope.statements.push(storeTo(writer, store, dimAdd(at, i * lanes), 1, value))
}

/** What a lane of `zip` or `zip3` is, of vectors that lie in files of registers. */
export function laneInTurn<T>(
  operation: Extract<Operation, { kind: 'zip' | 'zip3' }>,
  vectors: readonly { file: ArrayLike<T>; at: number }[],
  lane: number,
  lanes: number,
): T {
  const part = operation.kind === 'zip3' ? operation.third : Number(operation.half === 'high')
  const turn = part * lanes + lane
  const { file, at } = vectors[turn % vectors.length]!
  return file[at + Math.floor(turn / vectors.length)]!
}

/** Two to four vectors as those of the elements that their lanes are in turn. */
function sideBySide(values: readonly Register[], write: (operation: Operation) => Register): readonly Register[] {
  const [a, b, c, d] = values.map(({ name }) => name) as [string, string, string, string]
  const zip = (x: string, y: string) =>
    (['low', 'high'] as const).map(half => write({ kind: 'zip', half, args: [x, y] }))
  if (values.length === 2) return zip(a, b)
  if (values.length === 3) return ([0, 1, 2] as const).map(third => write({ kind: 'zip3', third, args: [a, b, c] }))
  const [even, odd] = [zip(a, c), zip(b, d)]
  return even.flatMap((x, half) => zip(x.name, odd[half]!.name))
}
