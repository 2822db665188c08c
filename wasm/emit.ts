/** Loops to C++. This prints; everything has been decided by the schedule. */

import type { ElementwiseOp } from '../frontend/define.ts'
import type { Index } from '../frontend/dims.ts'
import type { Looked, LoopProgram, Operation, Register, Statement } from '../frontend/kernel/ir.ts'
import type { DType } from '../runtime/manifest.ts'
import {
  type ConstantTable,
  conditionText,
  indexText,
  literal,
  splitOffset,
  storedType,
  typeName,
  valueType,
} from './cpp.ts'
import { constantLine, type FunctionTable, rareLines, Tree } from './functions.ts'

/** How a kernel's function is called. */
export interface KernelFunction {
  name: string
  text: string
  /** True when it may fail: then it takes the frame first and returns the status. */
  fails: boolean
  /** The scratch arrays that every thread has for itself, where threads share the work; then it takes the pool first. */
  own?: ReadonlySet<string>
}

/** What kernels of one program share. */
export interface Shared {
  constants: ConstantTable
  functions: FunctionTable
}

/**
 * The C++ function of a kernel: `name([frame,] K, buffers…, scratch…, dims…)`. Buffers in `aliased` may share memory
 * with another one.
 */
export function emitKernel(
  program: LoopProgram,
  name: string,
  aliased: ReadonlySet<number>,
  shared: Shared,
): KernelFunction {
  const printer = new Printer(program, aliased, shared)
  const lines = printer.block(program.body)
  const fails = printer.fails
  const params = parametersOf(program, aliased, printer).map(({ type, identifier }) => `${type} ${identifier}`)
  const head = `DAMO_NOINLINE ${fails ? 'i32' : 'void'} ${name}(${[...(fails ? ['i32* frame'] : []), ...params].join(', ')}) {`
  return { name, fails, text: [head, ...lines, ...(fails ? ['  return 0;'] : []), '}', ''].join('\n') }
}

/** What every function of a kernel takes: constants, buffers, scratch and dims. */
export function parametersOf({ kernel, scratch }: LoopProgram, aliased: ReadonlySet<number>, printer: Printer) {
  return [
    { type: 'const u32* __restrict', identifier: 'K' },
    ...kernel.buffers.map(({ dtype, access }, i) => {
      const type = `${access === 'read' ? 'const ' : ''}${storedType(dtype)}*`
      return { type: `${type}${aliased.has(i) ? '' : ' __restrict'}`, identifier: `b${i}` }
    }),
    ...scratch.map(({ name, dtype }) => ({
      type: `${storedType(dtype)}* __restrict`,
      identifier: printer.identifier(name),
    })),
    ...kernel.dims.map(dim => ({ type: 'i32', identifier: printer.identifier(dim) })),
  ]
}

/** Writes the statements of one kernel as C++. */
export class Printer {
  readonly #shared: Shared
  readonly #aliased: ReadonlySet<number>
  readonly #identifiers = new Map<string, string>()
  readonly #registers = new Map<string, Register>()
  readonly #arrays = new Map<string, DType>()
  /** Where the statement before has loaded a vector from, and its register. */
  #loaded: { register: string; address: string } | undefined
  fails = false
  readonly #tree = new Tree()

  constructor(program: LoopProgram, aliased: ReadonlySet<number>, shared: Shared) {
    this.#shared = shared
    this.#aliased = aliased
    for (const { name, dtype } of program.scratch) this.#arrays.set(name, dtype)
  }

  /** The C++ name of a dim, loop, lookup or array: what people call it never gets into code. */
  identifier(name: string): string {
    const identifier = this.#identifiers.get(name) ?? `n${this.#identifiers.size}`
    this.#identifiers.set(name, identifier)
    return identifier
  }

  /** An index as C++. */
  index(index: Index): string {
    return indexText(index, name => this.identifier(name))
  }

  /** The lines of a block. Blocks nest as deep as loops do. */
  block(statements: readonly Statement[], depth = 1): string[] {
    return statements.flatMap(statement =>
      this.#statement(statement, depth).map(line => (line.startsWith(' ') ? line : '  '.repeat(depth) + line)),
    )
  }

  #statement(s: Statement, depth: number): string[] {
    const loaded = this.#loaded
    this.#loaded = undefined
    switch (s.kind) {
      case 'let':
      case 'var':
        this.#registers.set(s.register.name, s.register)
        if (loaded && this.#widens(s.operation, s.register, loaded.register))
          return [`const ${valueType('float64', s.register.lanes)} ${s.register.name} = loadWide(${loaded.address});`]
        this.#loaded = this.#whereLoaded(s.operation, s.register)
        if (this.#endsTree(s.operation)) return [this.#declare(s.register, s.operation, ''), `cut(${s.register.name});`]
        return [this.#declare(s.register, s.operation, s.kind === 'let' ? 'const ' : '')]
      case 'assign':
        return [`${s.register.name} = ${this.#operation(s.operation, s.register)};`]
      case 'store':
        return [this.#store(s)]
      case 'for': {
        const name = this.identifier(s.name)
        const head = `for (i32 ${name} = ${this.index(s.from)}; ${name} < ${this.index(s.to)}; ${name} += ${this.index(s.step)}) {`
        return ['DAMO_LOOP', head, ...this.block(s.body, depth + 1), '}']
      }
      case 'if': {
        const when = s.when.map(condition => conditionText(condition, index => this.index(index))).join(' && ')
        const otherwise = s.otherwise.length > 0 ? ['} else {', ...this.block(s.otherwise, depth + 1)] : []
        return [`if (${when}) {`, ...this.block(s.then, depth + 1), ...otherwise, '}']
      }
      case 'name':
        if (s.opaque) return [`const i32 ${this.identifier(s.name)} = opaque(${this.#nameValue(s.value)});`]
        return [`const i32 ${this.identifier(s.name)} = ${this.#nameValue(s.value)};`]
      case 'check': {
        this.fails = true
        const [index, size] = [this.identifier(s.index), this.index(s.size)]
        const given = s.fromEnd ? `beforeEnd(${index}, ${size})` : index
        return [`if (u32(${index}) >= u32(${size})) return fail(frame, ${s.check + 1}, ${given}, ${size});`]
      }
      case 'array':
        if (s.scope !== 'local') throw new Error(`wasm has no ${s.scope} arrays`)
        this.#arrays.set(s.name, s.dtype)
        return [`alignas(16) ${storedType(s.dtype)} ${this.identifier(s.name)}[${this.index(s.size)}];`]
      case 'barrier':
        throw new Error('wasm has no barriers')
    }
  }

  #whereLoaded(operation: Operation, { name, lanes }: Register) {
    if (operation.kind !== 'load' || lanes === 1 || operation.stride !== 1) return undefined
    return { register: name, address: this.#address(operation.from, operation.at) }
  }

  /** Whether float32 that have just been loaded become float64: memory is converted in fewer instructions than registers are. */
  #widens(operation: Operation, { dtype }: Register, loaded: string): boolean {
    if (operation.kind !== 'convert' || operation.arg !== loaded) return false
    return dtype === 'float64' && this.#registers.get(loaded)!.dtype === 'float32'
  }

  #nameValue(value: Index | Looked): string {
    if (typeof value !== 'object' || !('register' in value)) return this.index(value)
    const index = this.#looked(value.register)
    return value.fromEnd === undefined ? index : `fromEnd(${index}, ${this.index(value.fromEnd)})`
  }

  #looked(register: string): string {
    const { dtype } = this.#registers.get(register)!
    // Beyond int32 nothing is a valid index: what does not fit saturates, so that checks still see it.
    if (dtype === 'int64') return `i32(max(-2147483648LL, min(2147483647LL, ${register})))`
    return dtype === 'uint32' ? `i32(min(2147483647u, ${register}))` : `i32(${register})`
  }

  /** True where the expression that clang sees has to end. */
  #endsTree(operation: Operation): boolean {
    if (operation.kind !== 'apply') return false
    const operands = operation.args.map(arg => this.#registers.get(arg)!.dtype)
    return this.#tree.grow(this.#shared.functions.sizeOf(operation.op, operands))
  }

  #declare(register: Register, operation: Operation, qualifier: string): string {
    const { name, dtype, lanes } = register
    if (operation.kind === 'const' && qualifier !== '') {
      return constantLine(this.#shared.constants, name, dtype, operation.value, lanes)
    }
    if (operation.kind === 'rare') {
      return rareLines(
        valueType(dtype, lanes),
        name,
        this.#call(operation.op, operation.args, register, true),
        operation.when,
        operation.otherwise,
      )
    }
    return `${qualifier}${valueType(dtype, lanes)} ${name} = ${this.#operation(operation, register)};`
  }

  #call(op: ElementwiseOp, args: readonly string[], { dtype, lanes }: Register, rare = false): string {
    const { functions } = this.#shared
    const operands = args.map(arg => this.#registers.get(arg)!.dtype)
    return rare
      ? functions.rareCall(op, operands, dtype, args, lanes)
      : functions.call(op, operands, dtype, args, lanes)
  }

  #operation(operation: Operation, register: Register): string {
    const { dtype, lanes } = register
    const type = typeName[dtype]
    switch (operation.kind) {
      case 'const': {
        const text = literal(dtype, operation.value)
        return lanes === 1
          ? text
          : `constant<${type}, ${lanes}>(K + ${this.#shared.constants.place(dtype, operation.value)}, ${text})`
      }
      case 'load':
        return this.#load(operation, register)
      case 'index':
        return this.#indexValue(operation, register)
      case 'apply':
        return this.#call(operation.op, operation.args, register)
      case 'rare':
        throw new Error('a rare value is declared, not assigned')
      case 'fma':
        return `fma(${operation.args.join(', ')})`
      case 'dot':
        return `dot(${operation.args.join(', ')})`
      case 'dotBytes':
        return `${operation.joined ? 'dotBytesJoined' : 'dotBytesApart'}(${operation.args.join(', ')})`
      case 'dotWay':
        return 'dotWay()'
      case 'splat':
        return `splat(${operation.arg})`
      case 'lane':
        return `lane<${operation.lane}>(${operation.arg})`
      case 'zip':
        return `zip<${operation.half === 'low' ? 0 : 1}>(${operation.args.join(', ')})`
      case 'zip3':
        return `zip3<${operation.third}>(${operation.args.join(', ')})`
      case 'pack':
        return `pack(${operation.args.join(', ')})`
      case 'combine':
        return combineText[operation.op]!(...operation.args)
      case 'better':
        return `${operation.op === 'argmax' ? 'above' : 'below'}(${operation.args.join(', ')})`
      case 'select':
        return `select(${operation.args.join(', ')})`
      case 'convert':
        return `convert<${type}>(${operation.arg})`
      case 'copy':
        return operation.arg
    }
  }

  /** The address of an element: known offsets stand apart, where the instruction can take them. */
  #address(of: number | string, at: Index): string {
    const { varying, offset } = splitOffset(at)
    const base = typeof of === 'number' ? `b${of}` : this.identifier(of)
    const moved = varying === 0 ? base : `${base} + ${this.index(varying)}`
    if (offset > 0) return `offset<${offset}>(${moved})`
    return offset === 0 ? moved : `(${moved}) - ${-offset}`
  }

  #load({ from, at, stride }: Extract<Operation, { kind: 'load' }>, { dtype, lanes }: Register): string {
    const type = typeName[dtype]
    const address = this.#address(from, at)
    const inOrder = typeof from === 'number' && this.#aliased.has(from)
    const one = inOrder ? `loadInOrder<${type}>` : `load<${type}, 1>`
    if (lanes === 1) return `${one}(${address})`
    if (stride === 1) return `load<${type}, ${lanes}>(${address})`
    if (stride === 0) return `splat(${one}(${address}))`
    return `loadStrided${inOrder ? 'InOrder' : ''}<${type}>(${address}, ${this.index(stride)})`
  }

  #store(s: Extract<Statement, { kind: 'store' }>): string {
    const { name, dtype, lanes } = s.value
    const type = typeName[dtype]
    const address = this.#address(s.to, s.at)
    const strided = lanes > 1 && s.stride !== 1
    const stride = strided ? `, ${this.index(s.stride)}` : ''
    const before = strided ? `loadStrided<${type}>(${address}${stride})` : `load<${type}, ${lanes}>(${address})`
    const value = s.accumulate ? `${valueType(dtype, lanes)}(${before} + ${name})` : name
    return `${strided ? 'storeStrided' : 'store'}<${type}>(${address}${stride}, ${value});`
  }

  #indexValue({ value, step }: Extract<Operation, { kind: 'index' }>, { dtype, lanes }: Register): string {
    const convert = (text: string) => (dtype === 'int32' ? text : `convert<${typeName[dtype]}>(${text})`)
    if (lanes === 1) return convert(`i32(${this.index(value)})`)
    const by = this.index(step)
    return convert(`(splat(i32(${this.index(value)})) + pack(i32(0), i32(${by}), i32(2 * ${by}), i32(3 * ${by})))`)
  }
}

const combineText: Record<string, (a: string, b: string) => string> = {
  add: (a, b) => `(${a} + ${b})`,
  mul: (a, b) => `(${a} * ${b})`,
  max: (a, b) => `max(${a}, ${b})`,
  min: (a, b) => `min(${a}, ${b})`,
  peak: (a, b) => `peak(${a}, ${b})`,
  and: (a, b) => `(${a} & ${b})`,
  or: (a, b) => `(${a} | ${b})`,
}
