/**
 * Runs scheduled kernels in this JavaScript engine, bit for bit as simd128 code does: every operation rounds, lanes are
 * computed one after the other, and fused multiply-adds round twice. Statements become closures once, then run.
 */
import { dataOf, type TypedArray } from '../../runtime/array.ts'
import type { DType } from '../../runtime/manifest.ts'
import type { Condition, Index } from '../dims.ts'
import { folds } from '../folds.ts'
import { scalarOperation } from './functions.ts'
import { DotWay, type LoopProgram, type Operation, type Register, type Statement } from './ir.ts'
import { conversion, dotOfBytes, dotOfHalves, fromMemory, rounding, type Scalar, toMemory } from './scalar.ts'
import { laneInTurn } from './stores.ts'
import type { Watch } from './watch.ts'

/** A check that failed: its number among the program's checks, and the index that was not below size. */
export interface Failure {
  check: number
  index: number
  size: number
}

/** A kernel ready to run: memory in the order of its buffers, dims by name. Undefined when it succeeded. */
export type RunnableKernel = (buffers: readonly TypedArray[], dims: ReadonlyMap<string, number>) => Failure | undefined

type Action = () => void
type Evaluate = () => number

/** Where a register's lanes are. */
interface Slot {
  file: Scalar[]
  at: number
  lanes: number
  dtype: DType
}

/** Thrown through the closures of a kernel by a check that fails. */
class CheckFailed {
  readonly failure: Failure

  constructor(failure: Failure) {
    this.failure = failure
  }
}

/** Prepares a kernel. */
export function interpretKernel(program: LoopProgram, watch?: Watch): RunnableKernel {
  const machine = new Machine(program, watch)
  const run = machine.block(program.body)
  return (buffers, dims) => {
    watch?.begin(buffers)
    machine.enter(buffers, dims)
    try {
      run()
    } catch (thrown) {
      if (thrown instanceof CheckFailed) return thrown.failure
      throw thrown
    }
    return undefined
  }
}

class Machine {
  readonly #program: LoopProgram
  /** Registers of all dtypes but int64, and those of int64. */
  readonly #numbers: Scalar[] = []
  readonly #bigints: Scalar[] = []
  readonly #slots = new Map<string, Slot>()
  readonly #indices: number[] = []
  readonly #indexSlots = new Map<string, number>()
  /** Buffers by number, then local arrays. */
  readonly #memory: TypedArray[]
  readonly #arrays = new Map<string, number>()
  readonly #watch: Watch | undefined

  constructor(program: LoopProgram, watch: Watch | undefined) {
    this.#program = program
    this.#watch = watch
    this.#memory = new Array(program.kernel.buffers.length)
    for (const { name } of program.scratch) this.#arrays.set(name, this.#memory.push(new Uint8Array(0)) - 1)
  }

  /** Takes the memory and dims of one run. */
  enter(buffers: readonly TypedArray[], dims: ReadonlyMap<string, number>): void {
    buffers.forEach((buffer, i) => {
      this.#memory[i] = buffer
    })
    for (const [name, value] of dims) this.#indices[this.#indexSlot(name)] = value
    for (const { name, dtype, size } of this.#program.scratch) {
      this.#memory[this.#arrays.get(name)!] = new dataOf[dtype](this.index(size)())
    }
  }

  block(statements: readonly Statement[]): Action {
    const actions = statements.map(statement => this.#statement(statement))
    if (actions.length === 1) return actions[0]!
    return () => {
      for (let i = 0; i < actions.length; i++) actions[i]!()
    }
  }

  #statement(s: Statement): Action {
    switch (s.kind) {
      case 'let':
      case 'var':
        return this.#compute(this.#define(s.register), s.operation)
      case 'assign':
        return this.#compute(this.#slot(s.register.name), s.operation)
      case 'store':
        return this.#store(s)
      case 'for':
        return this.#for(s)
      case 'if':
        return this.#if(s)
      case 'name':
        return this.#name(s)
      case 'check':
        return this.#check(s)
      case 'array':
        return this.#array(s)
      case 'barrier':
        throw new Error('a barrier has no meaning here')
    }
  }

  #define({ name, dtype, lanes }: Register): Slot {
    const file = dtype === 'int64' ? this.#bigints : this.#numbers
    const slot = { file, at: file.length, lanes, dtype }
    for (let lane = 0; lane < lanes; lane++) file.push(dtype === 'int64' ? 0n : 0)
    this.#slots.set(name, slot)
    return slot
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name)
    if (!slot) throw new Error(`register ${name} is not defined`)
    return slot
  }

  #indexSlot(name: string): number {
    const slot = this.#indexSlots.get(name) ?? this.#indices.push(0) - 1
    this.#indexSlots.set(name, slot)
    return slot
  }

  /** An index as a closure. */
  index(index: Index): Evaluate {
    if (typeof index === 'number') return () => index
    const indices = this.#indices
    if (typeof index === 'string') {
      const slot = this.#indexSlot(index)
      return () => indices[slot]!
    }
    const [op, ...args] = index
    const [a, b, ...more] = args.map(arg => this.index(arg)) as [Evaluate, Evaluate, ...Evaluate[]]
    const pair = operators[op]
    let value: Evaluate = () => pair(a(), b())
    for (const next of more) {
      const before = value
      value = () => pair(before(), next())
    }
    return value
  }

  #condition({ relation, left, right }: Condition): () => boolean {
    const [a, b] = [this.index(left), this.index(right)]
    return relation === '<' ? () => a() < b() : relation === '<=' ? () => a() <= b() : () => a() === b()
  }

  #for(s: Extract<Statement, { kind: 'for' }>): Action {
    const [from, to, step] = [this.index(s.from), this.index(s.to), this.index(s.step)]
    const slot = this.#indexSlot(s.name)
    const indices = this.#indices
    const run = this.block(s.body)
    const watched = this.#watch?.loop(s)
    return () => {
      const [end, by] = [to(), step()]
      for (let i = from(); i < end; i += by) {
        indices[slot] = i
        watched?.turn()
        run()
      }
      watched?.end()
    }
  }

  #if(s: Extract<Statement, { kind: 'if' }>): Action {
    const conditions = s.when.map(condition => this.#condition(condition))
    const [then, otherwise] = [this.block(s.then), this.block(s.otherwise)]
    return () => (conditions.every(holds => holds()) ? then() : otherwise())
  }

  #name(s: Extract<Statement, { kind: 'name' }>): Action {
    const slot = this.#indexSlot(s.name)
    const indices = this.#indices
    if (typeof s.value !== 'object' || !('register' in s.value)) {
      const value = this.index(s.value)
      return () => {
        indices[slot] = value()
      }
    }
    const { file, at } = this.#slot(s.value.register)
    const size = this.index(s.value.fromEnd ?? 0)
    // Beyond int32 nothing is a valid index, so saturating keeps every check right.
    return () => {
      const index = Math.min(Math.max(Number(file[at]), -2147483648), 2147483647)
      indices[slot] = index < 0 ? index + size() : index
    }
  }

  #check(s: Extract<Statement, { kind: 'check' }>): Action {
    const [index, size] = [this.index(s.index), this.index(s.size)]
    return () => {
      const [i, n] = [index(), size()]
      if (i < 0 || i >= n) throw new CheckFailed({ check: s.check, index: s.fromEnd && i < 0 ? i - n : i, size: n })
    }
  }

  #array(s: Extract<Statement, { kind: 'array' }>): Action {
    const size = this.index(s.size)
    const at = this.#memory.push(new dataOf[s.dtype](0)) - 1
    this.#arrays.set(s.name, at)
    return () => {
      this.#memory[at] = new dataOf[s.dtype](size())
    }
  }

  #place(of: number | string): number {
    const place = typeof of === 'number' ? of : this.#arrays.get(of)
    if (place === undefined) throw new Error(`array ${of} is not declared`)
    return place
  }

  #store(s: Extract<Statement, { kind: 'store' }>): Action {
    const memory = this.#memory
    const place = this.#place(s.to)
    const [at, stride] = [this.index(s.at), this.index(s.stride)]
    const { file, at: from, lanes, dtype } = this.#slot(s.value.name)
    const [write, read] = [toMemory(dtype), fromMemory(dtype)]
    const add = combining('add', dtype)
    const watch = this.#watch
    return () => {
      const target = memory[place] as unknown as Scalar[]
      const [start, step] = [at(), stride()]
      for (let lane = 0; lane < lanes; lane++) {
        const i = start + lane * step
        if (!(i in target)) throw outside(this.#program, s.to, i, target.length)
        if (s.accumulate) watch?.read(s.to, i)
        watch?.write(s.to, i)
        const value = file[from + lane]!
        target[i] = write(s.accumulate ? add(read(target[i]!), value) : value)
      }
    }
  }

  #compute({ file, at, lanes, dtype }: Slot, operation: Operation): Action {
    const args = operandNames(operation).map(name => this.#slot(name))
    const each = (value: (lane: number) => Scalar): Action =>
      lanes === 1
        ? () => {
            file[at] = value(0)
          }
        : () => {
            for (let lane = 0; lane < lanes; lane++) file[at + lane] = value(lane)
          }
    switch (operation.kind) {
      case 'const':
      case 'dotWay':
        return each(() => (operation.kind === 'const' ? operation.value : DotWay.joined))
      case 'load':
        return this.#load(operation, each, dtype)
      case 'index': {
        const [value, step] = [this.index(operation.value), this.index(operation.step)]
        const convert = conversion('int32', dtype)
        return each(lane => convert((value() + lane * step()) | 0))
      }
      case 'lane': {
        const [{ file: from, at: start }] = args as [Slot]
        return each(() => from[start + operation.lane]!)
      }
      case 'splat': {
        const [{ file: from, at: start }] = args as [Slot]
        return each(() => from[start]!)
      }
      case 'zip':
      case 'zip3':
        return each(lane => laneInTurn(operation, args, lane, lanes))
      case 'pack':
        return each(lane => args[lane]!.file[args[lane]!.at]!)
      default:
        return each(lanewise(operation, args, dtype))
    }
  }

  #load(
    operation: Extract<Operation, { kind: 'load' }>,
    each: (value: (lane: number) => Scalar) => Action,
    dtype: DType,
  ): Action {
    const memory = this.#memory
    const place = this.#place(operation.from)
    const [at, stride] = [this.index(operation.at), this.index(operation.stride)]
    const read = fromMemory(dtype)
    const watch = this.#watch
    let start = 0
    let step = 0
    return each(lane => {
      if (lane === 0) [start, step] = [at(), stride()]
      watch?.read(operation.from, start + lane * step)
      const source = memory[place] as unknown as Scalar[]
      const value = source[start + lane * step]
      if (value === undefined) throw outside(this.#program, operation.from, start + lane * step, source.length)
      return read(value)
    })
  }
}

/** What must never happen: loops are made so that nothing outside a buffer is touched. */
const outside = ({ kernel }: LoopProgram, of: number | string, at: number, size: number): Error =>
  new Error(`kernel ${kernel.name} (${kernel.label}) touches element ${at} of ${of}, which has ${size}`)

/** An operation that treats lanes alike, as a function of the lane. */
function lanewise(operation: Operation, args: readonly Slot[], dtype: DType): (lane: number) => Scalar {
  const [a, b, c, d] = args as [Slot, Slot, Slot, Slot]
  const call = laneFunction(
    operation,
    args.map(arg => arg.dtype),
    dtype,
  )
  if (args.length === 1) return lane => call(a.file[a.at + lane]!)
  if (args.length === 2) return lane => call(a.file[a.at + lane]!, b.file[b.at + lane]!)
  if (args.length === 3) return lane => call(a.file[a.at + lane]!, b.file[b.at + lane]!, c.file[c.at + lane]!)
  if (args.length === 4) {
    return lane => call(a.file[a.at + lane]!, b.file[b.at + lane]!, c.file[c.at + lane]!, d.file[d.at + lane]!)
  }
  return lane => call(...args.map(arg => arg.file[arg.at + lane]!))
}

type LaneFunction = (...values: Scalar[]) => Scalar

function laneFunction(operation: Operation, dtypes: readonly DType[], dtype: DType): LaneFunction {
  switch (operation.kind) {
    case 'apply':
      return scalarOperation(operation.op, dtypes, dtype)
    case 'rare': {
      const call = scalarOperation(operation.op, dtypes.slice(2), dtype)
      return (when, otherwise, ...args) => (when ? call(...args) : otherwise!)
    }
    case 'fma': {
      const [multiply, add] = [combining('mul', dtype), combining('add', dtype)]
      return (a, b, c) => add(multiply(a!, b!), c!)
    }
    case 'dot':
      return dotOfHalves as LaneFunction
    case 'dotBytes':
      return dotOfBytes as LaneFunction
    case 'combine':
      return combining(operation.op, dtype) as LaneFunction
    case 'better':
      return better(operation.op === 'argmax') as LaneFunction
    case 'select':
      return (no, yes, mask) => (mask ? yes! : no!)
    case 'convert':
      return conversion(dtypes[0]!, dtype) as LaneFunction
    case 'copy':
      return value => value!
    default:
      throw new Error(`${operation.kind} is not lane by lane`)
  }
}

/** The registers that an operation reads, in the order that `laneFunction` takes them. */
export function operandNames(operation: Operation): readonly string[] {
  if (operation.kind === 'rare') return [operation.when, operation.otherwise, ...operation.args]
  if ('args' in operation) return operation.args
  return 'arg' in operation ? [operation.arg] : []
}

function combining(op: keyof typeof folds, dtype: DType): (a: Scalar, b: Scalar) => Scalar {
  const round = rounding(dtype)
  const wraps = op === 'mul' && dtype !== 'int64' && !dtype.startsWith('float')
  const combine = wraps ? (Math.imul as (a: Scalar, b: Scalar) => Scalar) : folds[op].combine
  return (a, b) => round(combine(a, b))
}

function better(greater: boolean): (a: Scalar, i: Scalar, b: Scalar, j: Scalar) => number {
  return (a, i, b, j) => {
    if (b !== b) return a === a || j < i ? 1 : 0
    if (a !== a) return 0
    return (greater ? b > a : b < a) || (a === b && j < i) ? 1 : 0
  }
}

const operators: Readonly<Record<Exclude<Index, number | string>[0], (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '*': (a, b) => a * b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  min: Math.min,
  max: Math.max,
}
