/** Scalar ops as text: primitives in place, derived ops as calls of functions that are printed once for a module. */
import type { ElementwiseOp } from '../frontend/define.ts'
import { opOf } from '../frontend/elementwise.ts'
import {
  type FunctionStep,
  functionOf,
  isDerived,
  type ScalarFunction,
  valueType,
} from '../frontend/kernel/functions.ts'
import { mulAdd } from '../frontend/ops/approx/format.ts'
import { add, mul, neg, sub } from '../frontend/ops/arithmetic.ts'
import type { DType } from '../runtime/manifest.ts'
import { isPrelude, resolveOverloads } from './prelude.ts'
import { convertText, literal, typeOf, wrapped } from './wgsl.ts'

/** Ops whose rounding others rely on. */
const rounding: readonly ElementwiseOp[] = [add, sub, mul, mulAdd].map(opOf)

/**
 * The values of a function that differences are taken of, and those that `mulAdd` adds a product to, which may be one.
 * Approximations rely on their rounding: adding a large number and taking it off again leaves whole numbers, what a
 * product or sum lost is found by subtracting, and a multiple of a constant is taken off in two parts. WGSL lets
 * compilers reassociate, and some do (spirv-opt simplifies `(x + c) - c`), so these values are made opaque.
 */
function subtracted(f: ScalarFunction): Set<number> {
  const found = new Set<number>()
  for (const [i, step] of [...f.steps.entries()].reverse()) {
    const passesOn = step.kind === 'apply' && step.op === opOf(neg) && found.has(f.params.length + i)
    if (step.kind === 'apply' && (step.op === opOf(sub) || passesOn)) for (const arg of step.args) found.add(arg)
    if (step.kind === 'apply' && step.op === opOf(mulAdd)) found.add(step.args[2]!)
  }
  return found
}

/** The functions of one module. */
export class Functions {
  readonly #names = new Map<ScalarFunction, string>()
  readonly #texts: string[] = []

  /** The text of all functions asked for, callees first. */
  get text(): string {
    return this.#texts.join('\n')
  }

  /** An op on values of these dtypes (`args` are names) as an expression. */
  apply(op: ElementwiseOp, args: readonly string[], dtypes: readonly DType[], result: DType): string {
    if (isDerived(op, dtypes)) return `${this.#nameOf(functionOf(op, dtypes))}(${args.join(', ')})`
    if (op.converts === 'value') return convertText(dtypes[0]!, result, args[0]!)
    if (op.converts === 'bits') return `bitcast<${typeOf(result)}>(${args[0]})`
    const code = typeof op.code === 'function' ? op.code : op.code?.wgsl
    if (!code) throw new Error(`${op.name} has no text for WGSL`)
    return wrapped(result, resolveOverloads(code(...args), typeOf(dtypes.at(-1)!)))
  }

  /** The name of a function; prints it when it is new. Derived ops call derived ops a few levels deep. */
  #nameOf(f: ScalarFunction): string {
    const known = this.#names.get(f)
    if (known !== undefined) return known
    const taken = new Set(this.#names.values())
    const base = [f.op.name.replaceAll(/\W/g, '_'), ...new Set(f.params.map(typeOf))].join('_')
    let name = base
    for (let i = 2; taken.has(name) || isPrelude(name) || !/^[A-Za-z]/.test(name); i++) name = `f_${base}_${i}`
    this.#names.set(f, name)
    this.#texts.push(this.#print(f, name))
    return name
  }

  #print(f: ScalarFunction, name: string): string {
    const params = f.params.map((dtype, i) => `x${i}: ${typeOf(dtype)}`)
    const valueName = (value: number) => {
      const step = f.steps[value - f.params.length]
      if (!step) return `x${value}`
      return step.kind === 'const' ? literal(step.dtype, step.value) : `v${value - f.params.length}`
    }
    const exact = subtracted(f)
    const lines = f.steps.flatMap((step, i) => {
      if (step.kind === 'const') return []
      return `  ${this.#step(f, step, valueName, exact.has(f.params.length + i), `v${i}`)}\n`
    })
    const result = `  return ${valueName(f.result)};\n`
    return `fn ${name}(${params.join(', ')}) -> ${typeOf(f.dtype)} {\n${lines.join('')}${result}}\n`
  }

  #step(
    f: ScalarFunction,
    step: Exclude<FunctionStep, { kind: 'const' }>,
    valueName: (value: number) => string,
    keepsRounding: boolean,
    name: string,
  ): string {
    const dtypes = step.args.map(arg => valueType(f, arg))
    const value = this.apply(step.op, step.args.map(valueName), dtypes, step.dtype)
    const opaque = keepsRounding && step.dtype === 'float32' && rounding.includes(step.op)
    if (step.kind === 'apply') return `let ${name} = ${opaque ? `opaque(${value})` : value};`
    return rareText(name, valueName(step.when), value, valueName(step.otherwise))
  }
}

/** A variable that is `otherwise`, unless `when` holds, which is seldom. */
export const rareText = (name: string, when: string, value: string, otherwise: string): string =>
  `var ${name} = ${otherwise}; if (${when}) { ${name} = ${value}; }`
