/** Derived ops as C++ function templates on the number of lanes, printed once for each op and dtypes of a program. */

import type { ElementwiseOp } from '../frontend/define.ts'
import {
  type FunctionStep,
  functionOf,
  isDerived,
  type ScalarFunction,
  valueType as typeOf,
} from '../frontend/kernel/functions.ts'
import type { DType } from '../runtime/manifest.ts'
import { type ConstantTable, literal, safe, typeName, valueType } from './cpp.ts'

/** Functions of more steps than this, callees included, are called rather than inlined. */
const inlineLimit = 200

/** The C++ text of an op on atoms. */
export function codeOf(op: ElementwiseOp): (...args: string[]) => string {
  const { code } = op
  if (!code) throw new Error(`${op.name} has neither code nor a body`)
  return typeof code === 'function' ? code : code.cpp
}

interface Known {
  name: string
  /** Steps with those of callees. */
  size: number
}

/** The functions of one program, in the order in which they have to be defined. */
export class FunctionTable {
  readonly texts: string[] = []
  /** Headers of what functions and steps call, besides the one that all programs have. */
  readonly headers = new Set<string>()
  readonly #constants: ConstantTable
  readonly #known = new Map<ScalarFunction, Known>()
  /** Functions that also exist out of line. */
  readonly #apart = new Set<ScalarFunction>()

  constructor(constants: ConstantTable) {
    this.#constants = constants
  }

  /** An op applied to atoms with `lanes` lanes (a number, or the template's `N`). */
  call(
    op: ElementwiseOp,
    operands: readonly DType[],
    result: DType,
    args: readonly string[],
    lanes: number | string,
  ): string {
    if (op.converts) return `${op.converts === 'bits' ? 'bitcast' : 'convert'}<${typeName[result]}>(${args.join(', ')})`
    if (!isDerived(op, operands)) {
      if (typeof op.code === 'object' && op.code.header) this.headers.add(op.code.header)
      return codeOf(op)(...args)
    }
    return `${this.#define(functionOf(op, operands)).name}<${lanes}>(K, ${args.join(', ')})`
  }

  /** Like `call`, for a call that is seldom made: the function stays out of line. */
  rareCall(
    op: ElementwiseOp,
    operands: readonly DType[],
    result: DType,
    args: readonly string[],
    lanes: number | string,
  ): string {
    if (!isDerived(op, operands)) return this.call(op, operands, result, args, lanes)
    const f = functionOf(op, operands)
    const { name, size } = this.#define(f)
    if (size > inlineLimit) return this.call(op, operands, result, args, lanes)
    const apart = `${name}_rare`
    if (!this.#apart.has(f)) {
      this.#apart.add(f)
      const passed = f.params.map((_, i) => `v${i}`).join(', ')
      this.texts.push(`${header('DAMO_NOINLINE', apart, f)}\n  return ${name}<N>(K, ${passed});\n}\n`)
    }
    return `${apart}<${lanes}>(K, ${args.join(', ')})`
  }

  /** The number of steps that an op becomes: 1 for a primitive, those of callees included. */
  sizeOf(op: ElementwiseOp, operands: readonly DType[]): number {
    return isDerived(op, operands) ? this.#define(functionOf(op, operands)).size : 1
  }

  /** Defines a function after all that it calls. */
  #define(root: ScalarFunction): Known {
    const stack = [root]
    while (stack.length > 0) {
      const f = stack[stack.length - 1]!
      const open = this.#known.has(f) ? [] : callees(f).filter(callee => !this.#known.has(callee))
      stack.push(...open)
      if (open.length > 0) continue
      stack.pop()
      if (!this.#known.has(f)) this.#known.set(f, this.#print(f))
    }
    return this.#known.get(root)!
  }

  #print(f: ScalarFunction): Known {
    const name = `f${this.#known.size}_${safe(f.op.name)}`
    const size = callees(f).reduce((sum, callee) => sum + this.#known.get(callee)!.size, f.steps.length)
    const tree = new Tree()
    const lines = f.steps.map((step, i) => `  ${this.#step(f, step, `v${f.params.length + i}`, tree)}`)
    const kind = size <= inlineLimit ? 'DAMO_INLINE' : 'DAMO_NOINLINE'
    this.texts.push([header(kind, name, f), ...lines, `  return v${f.result};`, '}', ''].join('\n'))
    return { name, size }
  }

  #step(f: ScalarFunction, step: FunctionStep, name: string, tree: Tree): string {
    if (step.kind === 'const') return constantLine(this.#constants, name, step.dtype, step.value, 'N')
    const operands = step.args.map(arg => typeOf(f, arg))
    const args = step.args.map(arg => `v${arg}`)
    const type = valueType(step.dtype, 'N')
    if (step.kind === 'rare') {
      const call = this.rareCall(step.op, operands, step.dtype, args, 'N')
      return rareLines(type, name, call, `v${step.when}`, `v${step.otherwise}`)
    }
    const call = this.call(step.op, operands, step.dtype, args, 'N')
    const ends = tree.grow(this.sizeOf(step.op, operands))
    return ends ? `${type} ${name} = ${call}; cut(${name});` : `const ${type} ${name} = ${call};`
  }
}

/** The head of a function. What is inlined takes operands of any type, so that constants stay known as such. */
function header(kind: 'DAMO_INLINE' | 'DAMO_NOINLINE', name: string, f: ScalarFunction): string {
  const types = f.params.map((dtype, i) => (kind === 'DAMO_INLINE' ? `T${i}` : valueType(dtype, 'N')))
  const free = kind === 'DAMO_INLINE' ? types.map(type => `, class ${type}`).join('') : ''
  const params = types.map((type, i) => `${type} v${i}`).join(', ')
  return `template <int N${free}> ${kind} ${valueType(f.dtype, 'N')} ${name}(const u32* __restrict K, ${params}) {`
}

/**
 * Operations in one expression as clang sees it; see `cut` in `damo.hpp`. Clang takes no longer than with half as many, and
 * a cut in the middle of a loop of 100 instructions costs a tenth of its time.
 */
const treeLimit = 200

/** Counts arithmetic, so that no expression that clang sees grows without bound. */
export class Tree {
  #size = 0

  /** Adds an operation of so many steps; true when the expression has to end with it. */
  grow(steps: number): boolean {
    this.#size += steps
    if (this.#size < treeLimit) return false
    this.#size = 0
    return true
  }
}

/** A constant's declaration; `auto` keeps the type that knows its scalar. */
export function constantLine(
  table: ConstantTable,
  name: string,
  dtype: DType,
  value: number | bigint,
  lanes: number | string,
): string {
  return `const auto ${name} = constant<${typeName[dtype]}, ${lanes}>(K + ${table.place(dtype, value)}, ${literal(dtype, value)});`
}

/** A value that is computed only when some lane needs it. */
export function rareLines(type: string, name: string, call: string, when: string, otherwise: string): string {
  return `${type} ${name} = ${otherwise}; if (__builtin_expect(any(${when}), 0)) ${name} = select(${name}, ${type}(${call}), ${when});`
}

function callees(f: ScalarFunction): ScalarFunction[] {
  return f.steps.flatMap(step => {
    if (step.kind === 'const') return []
    const operands = step.args.map(arg => typeOf(f, arg))
    return isDerived(step.op, operands) ? [functionOf(step.op, operands)] : []
  })
}
