/** Two ways to do the same, of which conditions choose when it is called. */
import { type Condition, dimMax } from '../frontend/dims.ts'
import type { LoopProgram } from '../frontend/kernel/ir.ts'
import { Scope } from '../frontend/kernel/scope.ts'

/** Writes statements; gives the scratch memory that they take. */
export type Way = (scope: Scope) => LoopProgram['scratch']

/** The first of two ways where the conditions hold, the second elsewhere. */
export function either(root: Scope, when: readonly Condition[], yes: Way, no: Way): LoopProgram['scratch'] {
  const [then, otherwise] = [new Scope(root, { conditional: true }), new Scope(root, { conditional: true })]
  const scratch = together(yes(then), no(otherwise))
  root.statements.push({ kind: 'if', when, then: then.statements, otherwise: otherwise.statements })
  return scratch
}

/** The scratch memory of both: an array that both have, such as the places of an axis that they share, is one. */
function together(one: LoopProgram['scratch'], other: LoopProgram['scratch']): LoopProgram['scratch'] {
  const sizes = new Map(other.map(({ name, size }) => [name, size]))
  const names = new Set(one.map(({ name }) => name))
  return [
    ...one.map(each => ({ ...each, size: dimMax(each.size, sizes.get(each.name) ?? 0) })),
    ...other.filter(({ name }) => !names.has(name)),
  ]
}
