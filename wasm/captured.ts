/** What a piece of a kernel takes from around it, and what it costs: for putting it into a function of its own. */
import { type Condition, dimNames, dimSubstitute, type Index } from '../frontend/dims.ts'
import type { Operation, Register, Statement } from '../frontend/kernel/ir.ts'
import { operationOf, statementsIn } from './parallel.ts'

/** What statements mention: registers, names of indices, and arrays. */
export interface Mentioned {
  registers: Set<string>
  names: Set<string>
  arrays: Set<string>
}

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
  const {
    args = [],
    arg,
    when,
    otherwise,
  } = operation as {
    args?: readonly string[]
    arg?: string
    when?: string
    otherwise?: string
  }
  return [...args, ...[arg, when, otherwise].filter(name => name !== undefined)]
}

/** Nanoseconds that an operation takes, roughly: what decides whether threads are worth calling. */
function costOf({ kind, op }: { kind: string; op?: unknown }): number {
  if (kind === 'const' || kind === 'copy') return 0
  return kind === 'apply' || kind === 'rare' ? 0.2 * (op as { cost: number }).cost : 0.2
}

/**
 * The estimated nanoseconds of statements as C++ text. `text` prints an index, `known` tells which names it may use where
 * the estimate is made; loops whose ends are not known there count as ten turns.
 */
export function workText(
  statements: readonly Statement[],
  text: (index: Index) => string,
  known: (name: string) => boolean,
  values: ReadonlyMap<string, Index> = new Map(),
): string {
  const names = new Map(values)
  let own = 0
  const terms: string[] = []
  for (const s of statements) {
    const operation = operationOf(s)
    if (operation) own += costOf(operation)
    else if (s.kind === 'store') own += 0.2
    else if (s.kind === 'name' && !(typeof s.value === 'object' && 'register' in s.value)) {
      names.set(
        s.name,
        dimSubstitute(s.value, name => names.get(name)),
      )
    } else if (s.kind === 'if') {
      const [then, otherwise] = [s.then, s.otherwise].map(each => workText(each, text, known, names))
      terms.push(`max(${then}, ${otherwise})`)
    } else if (s.kind === 'for') {
      const [from, to] = [s.from, s.to].map(each => dimSubstitute(each, name => names.get(name)))
      const counted = [...dimNames(to!, dimNames(from!))].every(known)
      const turns = counted ? `f64(max(${text(to!)} - ${text(from!)}, 0)) / ${text(s.step)}` : '10'
      terms.push(`(${turns}) * (${workText(s.body, text, known, names)})`)
    }
  }
  return [`${own.toFixed(2)}`, ...terms].join(' + ')
}

/** Registers by name, as statements define them. */
export function definedIn(statements: readonly Statement[]): Map<string, Register> {
  return new Map(
    statementsIn(statements).flatMap(s =>
      s.kind === 'let' || s.kind === 'var' ? [[s.register.name, s.register] as const] : [],
    ),
  )
}
