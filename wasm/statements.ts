/** Questions about the statements of a scheduled kernel. */
import type { Operation, Statement } from '../frontend/kernel/ir.ts'

export type ForLoop = Extract<Statement, { kind: 'for' }>

/** All statements, those inside of others too. Blocks nest as deep as loops do. */
export function statementsIn(statements: readonly Statement[], found: Statement[] = []): Statement[] {
  for (const s of statements) {
    found.push(s)
    if (s.kind === 'for') statementsIn(s.body, found)
    if (s.kind === 'if') statementsIn(s.otherwise, statementsIn(s.then, found))
  }
  return found
}

/** The arrays (not the kernel's buffers) that statements load from and store to, each time. */
export function arraysIn(statements: readonly Statement[]): string[] {
  return statementsIn(statements).flatMap(s => {
    const array = s.kind === 'store' ? s.to : operationOf(s)?.kind === 'load' ? loadedFrom(operationOf(s)!) : undefined
    return typeof array === 'string' ? [array] : []
  })
}

const loadedFrom = (operation: Operation) => (operation.kind === 'load' ? operation.from : undefined)

/** What a statement computes, where it computes a register. */
export const operationOf = (s: Statement): Operation | undefined =>
  s.kind === 'let' || s.kind === 'var' || s.kind === 'assign' ? s.operation : undefined
