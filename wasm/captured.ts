/** What a piece of a kernel takes from around it: for putting it into a function of its own. */
import { type Condition, dimNames, type Index } from '../frontend/dims.ts'
import type { Operation, Register, Statement } from '../frontend/kernel/ir.ts'
import { operationOf, statementsIn } from './statements.ts'

/** What statements mention: registers, names of indices, and arrays. */
export interface Mentioned {
  registers: Set<string>
  names: Set<string>
  arrays: Set<string>
}

/** All that statements mention, inside of loops and conditions too. */
export function mentioned(statements: readonly Statement[]): Mentioned {
  const found: Mentioned = { registers: new Set(), names: new Set(), arrays: new Set() }
  const index = (...all: Index[]) => {
    for (const each of all) dimNames(each, found.names)
  }
  const conditions = (all: readonly Condition[]) => {
    for (const { left, right } of all) index(left, right)
  }
  const array = (of: number | string) => {
    if (typeof of === 'string') found.arrays.add(of)
  }
  for (const s of statementsIn(statements)) {
    const operation = operationOf(s)
    if (operation) {
      for (const name of operands(operation)) found.registers.add(name)
      if (operation.kind === 'load') array(operation.from)
      if (operation.kind === 'load') index(operation.at, operation.stride)
      if (operation.kind === 'index') index(operation.value, operation.step)
    }
    if (s.kind === 'assign') found.registers.add(s.register.name)
    if (s.kind === 'store') {
      found.registers.add(s.value.name)
      index(s.at, s.stride)
      array(s.to)
    }
    if (s.kind === 'for') index(s.from, s.to, s.step)
    if (s.kind === 'if') conditions(s.when)
    if (s.kind === 'name') {
      if (typeof s.value === 'object' && 'register' in s.value) {
        found.registers.add(s.value.register)
        if (s.value.fromEnd !== undefined) index(s.value.fromEnd)
      } else index(s.value)
    }
  }
  return found
}

function operands(operation: Operation): readonly string[] {
  const { args = [], arg, when, otherwise } = operation as Partial<Named>
  return [...args, ...[arg, when, otherwise].filter(name => name !== undefined)]
}

/** Registers by name, as statements define them. */
export function definedIn(statements: readonly Statement[]): Map<string, Register> {
  return new Map(
    statementsIn(statements).flatMap(s =>
      s.kind === 'let' || s.kind === 'var' ? [[s.register.name, s.register] as const] : [],
    ),
  )
}

/** Statements without others inside, that refer to registers by other names. */
export function renamed(statements: readonly Statement[], names: ReadonlyMap<string, string>): Statement[] {
  const name = (old: string) => names.get(old) ?? old
  const register = (old: Register): Register => ({ ...old, name: name(old.name) })
  return statements.map(s => {
    if (s.kind === 'store') return { ...s, value: register(s.value) }
    if (s.kind !== 'let' && s.kind !== 'var' && s.kind !== 'assign') return s
    return { ...s, register: register(s.register), operation: withOperands(s.operation, name) }
  })
}

function withOperands(operation: Operation, name: (old: string) => string): Operation {
  const { args, arg, when, otherwise } = operation as Partial<Named>
  return {
    ...operation,
    ...(args && { args: args.map(name) }),
    ...(arg !== undefined && { arg: name(arg) }),
    ...(when !== undefined && { when: name(when), otherwise: name(otherwise!) }),
  } as Operation
}

/** Where operations name registers. */
interface Named {
  args: readonly string[]
  arg: string
  when: string
  otherwise: string
}
