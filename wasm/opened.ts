/** Calls of derived ops as the steps of their functions, so that code can be cut between those. */
import { functionOf, isDerived } from '../frontend/kernel/functions.ts'
import type { Operation, Register, Statement } from '../frontend/kernel/ir.ts'

type Let = Extract<Statement, { kind: 'let' }>

/**
 * Statements with the calls of derived ops in them opened; `registers` knows what they refer to, and `constants` which of
 * those are constants. Names of new registers begin with that of the call's result.
 */
export function opened(
  body: readonly Statement[],
  registers: ReadonlyMap<string, Register>,
  constants: ReadonlySet<string>,
): Statement[] {
  const opener = new Opener(registers, constants)
  return body.flatMap((s): Statement[] => (s.kind === 'let' ? opener.open(s) : [s]))
}

class Opener {
  readonly #registers: Map<string, Register>
  readonly #constants: Set<string>
  #count = 0

  constructor(registers: ReadonlyMap<string, Register>, constants: ReadonlySet<string>) {
    this.#registers = new Map(registers)
    this.#constants = new Set(constants)
  }

  /** Bodies nest as deep as derived ops are made of others, a handful. */
  open(s: Let): Let[] {
    const { register, operation } = s
    if (operation.kind !== 'apply') return [s]
    const operands = operation.args.map(arg => this.#registers.get(arg)!.dtype)
    if (!isDerived(operation.op, operands) || [register.dtype, ...operands].includes('float16')) return [s]
    const f = functionOf(operation.op, operands)
    if (f.result < f.params.length) return [s]
    const { lanes } = register
    const named = () => `${register.name}_${this.#count++}`
    const copies: Let[] = []
    // A function does not know that an operand is a constant, and does not compute with it as if it were one.
    const values = operation.args.map((arg, i) => {
      if (!this.#constants.has(arg)) return arg
      const copy = this.#known({ name: named(), dtype: operands[i]!, lanes })
      copies.push({ kind: 'let', register: copy, operation: { kind: 'copy', arg } })
      return copy.name
    })
    const steps = f.steps.flatMap((step, i): Let[] => {
      const name = f.params.length + i === f.result ? register.name : named()
      values.push(name)
      const result = this.#known({ name, dtype: step.dtype, lanes })
      if (step.kind === 'const') {
        this.#constants.add(name)
        return [{ kind: 'let', register: result, operation: { kind: 'const', value: step.value as number } }]
      }
      const args = step.args.map(arg => values[arg]!)
      const made: Operation =
        step.kind === 'apply'
          ? { kind: 'apply', op: step.op, args }
          : { kind: 'rare', op: step.op, args, when: values[step.when]!, otherwise: values[step.otherwise]! }
      return this.open({ kind: 'let', register: result, operation: made })
    })
    return [...copies, ...steps]
  }

  #known(register: Register): Register {
    this.#registers.set(register.name, register)
    return register
  }
}
