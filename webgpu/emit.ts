/** Scheduled kernels as one WGSL module. Everything has been decided; this prints. */
import type { Index } from '../frontend/dims.ts'
import type { FoldOp } from '../frontend/folds.ts'
import type { LoopProgram, Operation, Statement } from '../frontend/kernel/ir.ts'
import type { DType } from '../runtime/manifest.ts'
import { Functions, rareText } from './functions.ts'
import { preludeFor, resolveOverloads } from './prelude.ts'
import {
  conditionText,
  convertText,
  indexText,
  literal,
  loadText,
  storedTypeOf,
  storeText,
  typeOf,
  wrapped,
} from './wgsl.ts'

/** A scheduled kernel under the name of its entry point. */
export interface Entry {
  name: string
  program: LoopProgram
  /** The binding of each of the kernel's buffers; buffers that share memory share one. */
  bindings: readonly number[]
  /** Whether each binding is written. */
  writes: readonly boolean[]
}

/** Groups along x when there are more than fit: group w is x + groupRow * y. The least that WebGPU guarantees. */
export const groupRow = 65535

/**
 * The module of a program. Group 0 has the buffers of each step, group 1 the frame (0, then the dims and counters named
 * in `frame`) and, where `checks` says that kernels can fail, the status.
 */
export function emitModule(entries: readonly Entry[], frame: readonly string[], checks: boolean): string {
  const module = new Module(frame)
  const bodies = entries.map(entry => new EntryPrinter(module, entry).print())
  const code = [...(module.functions.text ? [module.functions.text] : []), ...bodies].join('\n')
  return [frameText(frame), ...(checks ? [statusText] : []), module.declarations, preludeFor(code), code]
    .filter(text => text !== '')
    .join('\n')
}

function frameText(frame: readonly string[]): string {
  const fields = frame.map((name, i) => `  d${i}: i32, // ${name.replaceAll(/[^\w ]/g, '?')}\n`)
  return `struct Frame {\n  zero: u32,\n${fields.join('')}}\n\n@group(1) @binding(0) var<uniform> frame: Frame;\n`
}

const statusText = `struct Status {
  check: atomic<i32>,
  index: i32,
  size: i32,
  spare: i32,
}

@group(1) @binding(1) var<storage, read_write> status: Status;
`

/** What the entry points of a module share. */
class Module {
  readonly functions = new Functions()
  readonly #frame: ReadonlyMap<string, string>
  readonly #declarations = new Map<string, string>()

  constructor(frame: readonly string[]) {
    this.#frame = new Map(frame.map((name, i) => [name, `frame.d${i}`]))
  }

  get declarations(): string {
    return [...this.#declarations.values()].sort().join('')
  }

  /** The name of a storage buffer: entry points that bind the same type at the same place share it. */
  storage(binding: number, dtype: DType, writes: boolean): string {
    const type = storedTypeOf(dtype)
    const name = `b${binding}_${type}${writes ? '_out' : ''}`
    const access = writes ? 'read_write' : 'read'
    const declaration = `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${type}>;\n`
    this.#declarations.set(name, declaration)
    return name
  }

  /** An array that a workgroup shares. */
  shared(name: string, dtype: DType, size: Index): void {
    this.#declarations.set(name, `var<workgroup> ${name}: array<${storedTypeOf(dtype)}, ${size}>;\n`)
  }

  /** How a dim or counter is read; loops and lookups keep their names. */
  name(name: string): string {
    return this.#frame.get(name) ?? name
  }
}

/** What a loop over workgroups or their invocations is called in WGSL. */
const builtins = '@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32'

class EntryPrinter {
  readonly #module: Module
  readonly #entry: Entry
  readonly #types = new Map<string, DType>()
  /** Constants stand where they are used. */
  readonly #constants = new Map<string, string>()
  readonly #arrays = new Map<string, { name: string; dtype: DType }>()
  readonly #lines: string[] = []
  #invocations = 1

  constructor(module: Module, entry: Entry) {
    this.#module = module
    this.#entry = entry
  }

  print(): string {
    this.#block(this.#entry.program.body, 1)
    const { name, program } = this.#entry
    const label = program.kernel.label.replaceAll(/[^\w ]/g, '?')
    const head = `@compute @workgroup_size(${this.#invocations})\nfn ${name}(${builtins}) {\n`
    return `${label ? `// ${label}\n` : ''}${head}${this.#lines.join('')}}\n`
  }

  #line(depth: number, text: string): void {
    this.#lines.push(`${'  '.repeat(depth)}${text}\n`)
  }

  #block(statements: readonly Statement[], depth: number): void {
    for (const statement of statements) this.#statement(statement, depth)
  }

  #index(index: Index): string {
    return indexText(index, name => this.#module.name(name))
  }

  #conditions(when: Extract<Statement, { kind: 'if' }>['when']): string {
    return when.map(condition => conditionText(condition, name => this.#module.name(name))).join(' && ')
  }

  #statement(s: Statement, depth: number): void {
    switch (s.kind) {
      case 'let':
      case 'var':
        return this.#define(s, depth)
      case 'assign':
        return this.#line(depth, `${s.register.name} = ${this.#operation(s.operation, s.register.dtype)};`)
      case 'store':
        return this.#line(depth, this.#store(s))
      case 'for':
        return this.#for(s, depth)
      case 'if':
        return this.#if(s, depth)
      case 'name':
        return this.#line(depth, `let ${s.name} = ${this.#named(s.value)};`)
      case 'check':
        return this.#check(s, depth)
      case 'array':
        return this.#array(s, depth)
      case 'barrier':
        return this.#line(depth, 'workgroupBarrier();')
    }
  }

  #define({ kind, register, operation }: Extract<Statement, { kind: 'let' | 'var' }>, depth: number): void {
    const { name, dtype } = register
    this.#types.set(name, dtype)
    if (kind === 'let' && operation.kind === 'const') this.#constants.set(name, literal(dtype, operation.value))
    else if (operation.kind === 'rare') {
      const { op, args, when, otherwise } = operation
      this.#line(depth, rareText(name, this.#value(when), this.#apply(op, args, dtype), this.#value(otherwise)))
    } else this.#line(depth, `${kind} ${name}: ${typeOf(dtype)} = ${this.#operation(operation, dtype)};`)
  }

  /** A register as an operand. */
  #value(register: string): string {
    return this.#constants.get(register) ?? register
  }

  #apply(op: Extract<Operation, { kind: 'apply' }>['op'], args: readonly string[], dtype: DType): string {
    const dtypes = args.map(arg => this.#types.get(arg)!)
    return this.#module.functions.apply(
      op,
      args.map(arg => this.#value(arg)),
      dtypes,
      dtype,
    )
  }

  #operation(operation: Operation, dtype: DType): string {
    switch (operation.kind) {
      case 'const':
        return literal(dtype, operation.value)
      case 'load':
        return this.#load(operation)
      case 'index':
        return convertText('int32', dtype, this.#index(operation.value))
      case 'apply':
        return this.#apply(operation.op, operation.args, dtype)
      case 'fma': {
        const [a, b, c] = operation.args.map(arg => this.#value(arg))
        return `(${a} * ${b} + ${c})`
      }
      case 'combine':
        return combineText(operation.op, operation.args.map(arg => this.#value(arg)) as [string, string], dtype)
      case 'better':
        return this.#better(operation)
      case 'select':
        return `select(${operation.args.map(arg => this.#value(arg)).join(', ')})`
      case 'convert':
        return convertText(this.#types.get(operation.arg)!, dtype, this.#value(operation.arg))
      case 'copy':
        return this.#value(operation.arg)
      default:
        throw new Error(`${operation.kind} has no meaning for single values`)
    }
  }

  #place(of: number | string): { name: string; dtype: DType } {
    if (typeof of === 'string') return this.#arrays.get(of)!
    const { program, bindings, writes } = this.#entry
    const { dtype } = program.kernel.buffers[of]!
    const binding = bindings[of]!
    return { name: this.#module.storage(binding, dtype, writes[binding]!), dtype }
  }

  #load({ from, at }: Extract<Operation, { kind: 'load' }>): string {
    const { name, dtype } = this.#place(from)
    return loadText(dtype, `${name}[${this.#index(at)}]`)
  }

  #store({ to, at, value, accumulate }: Extract<Statement, { kind: 'store' }>): string {
    const { name, dtype } = this.#place(to)
    const element = `${name}[${this.#index(at)}]`
    const text = this.#value(value.name)
    const stored = accumulate ? wrapped(dtype, `(${element} + ${text})`) : storeText(dtype, text)
    return `${element} = ${stored};`
  }

  /** Whether the second of two values with positions comes first: `a` at `i` is the best so far, then `b` at `j`. */
  #better({ op, args }: Extract<Operation, { kind: 'better' }>): string {
    const [a, i, b, j] = args.map(arg => this.#value(arg))
    const type = typeOf(this.#types.get(args[0])!)
    const wins = resolveOverloads(`(${b} ${op === 'argmax' ? '>' : '<'} ${a})`, type)
    const plain = `(${wins} || (${b} == ${a} && ${j} < ${i}))`
    return type === 'f32' ? `select(!is_nan(${a}) && ${plain}, !is_nan(${a}) || ${j} < ${i}, is_nan(${b}))` : plain
  }

  #for(s: Extract<Statement, { kind: 'for' }>, depth: number): void {
    if (s.mode === 'parallel') {
      this.#line(depth, `let ${s.name} = i32(group.x + ${groupRow}u * group.y);`)
      this.#line(
        depth,
        `if (${s.name} >= ${this.#index(s.to)}) {\n${'  '.repeat(depth + 1)}return;\n${'  '.repeat(depth)}}`,
      )
      return this.#block(s.body, depth)
    }
    if (s.mode === 'workgroup') {
      this.#invocations = s.to as number
      this.#line(depth, `let ${s.name} = i32(invocation);`)
      return this.#block(s.body, depth)
    }
    const [from, to, step] = [s.from, s.to, s.step].map(index => this.#index(index))
    this.#line(depth, `for (var ${s.name} = ${from}; ${s.name} < ${to}; ${s.name} += ${step}) {`)
    this.#block(s.body, depth + 1)
    this.#line(depth, '}')
  }

  #if(s: Extract<Statement, { kind: 'if' }>, depth: number): void {
    this.#line(depth, `if (${this.#conditions(s.when)}) {`)
    this.#block(s.then, depth + 1)
    if (s.otherwise.length > 0) {
      this.#line(depth, '} else {')
      this.#block(s.otherwise, depth + 1)
    }
    this.#line(depth, '}')
  }

  #named(value: Extract<Statement, { kind: 'name' }>['value']): string {
    if (typeof value !== 'object' || !('register' in value)) return this.#index(value)
    const register = this.#value(value.register)
    // Beyond int32 nothing is a valid index, so saturating keeps every check right.
    const index =
      this.#types.get(value.register) === 'uint32' ? `i32(min(${register}, 2147483647u))` : `i32(${register})`
    return value.fromEnd === undefined
      ? index
      : `select(${index}, ${index} + ${this.#index(value.fromEnd)}, ${index} < 0)`
  }

  /** Where an index is out of range, the status keeps it and the invocation reads on at a place that exists. */
  #check({ index, size, check, fromEnd }: Extract<Statement, { kind: 'check' }>, depth: number): void {
    const [at, limit] = [this.#index(index), this.#index(size)]
    this.#line(depth, `if (${at} < 0 || ${at} >= ${limit}) {`)
    const given = fromEnd ? `select(${at}, ${at} - ${limit}, ${at} < 0)` : at
    this.#line(depth + 1, `fail(${check + 1}, ${given}, ${limit});`)
    this.#line(depth, '}')
  }

  #array({ name, dtype, size, scope }: Extract<Statement, { kind: 'array' }>, depth: number): void {
    if (scope === 'scratch') throw new Error('schedules for WebGPU use no scratch memory')
    const own = scope === 'shared' ? `${this.#entry.name}_${name}` : name
    this.#arrays.set(name, { name: own, dtype })
    if (scope === 'shared') this.#module.shared(own, dtype, size)
    else this.#line(depth, `var ${own}: array<${storedTypeOf(dtype)}, ${size}>;`)
  }
}

/** One step of a fold. */
function combineText(op: FoldOp, [a, b]: readonly [string, string], dtype: DType): string {
  const texts: Partial<Record<FoldOp, string>> = {
    add: `(${a} + ${b})`,
    mul: `(${a} * ${b})`,
    peak: `select(${a}, ${b}, ${b} > ${a})`,
    and: `(${a} & ${b})`,
    or: `(${a} | ${b})`,
  }
  return wrapped(dtype, texts[op] ?? resolveOverloads(`${op}(${a}, ${b})`, typeOf(dtype)))
}
