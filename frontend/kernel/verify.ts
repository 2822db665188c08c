/** Verifiers: each level states what must be true of it, and every pass is checked against that in tests. */
import type { DType } from '../../runtime/manifest.ts'
import { dimNames, type Index } from '../dims.ts'
import { operandNames } from './interpret.ts'
import {
  type Kernel,
  type Lookup,
  type Loop,
  type LoopProgram,
  type Operation,
  type Register,
  type Stage,
  type Statement,
  vectorLanes,
} from './ir.ts'
import { expressions, indicesOf, lookupsOf, stageRoots } from './walk.ts'

/** What is wrong, at which place of which kernel. */
export class InvalidKernel extends Error {}

/** Throws `InvalidKernel` unless names, dtypes and buffers of a kernel fit together. */
export function verifyKernel(kernel: Kernel): void {
  const must = (condition: boolean, message: string) => {
    if (!condition) throw new InvalidKernel(`kernel ${kernel.name}: ${message}`)
  }
  const known = new Set(kernel.dims)
  must(known.size === kernel.dims.length, 'two dims of one name')
  const folds = new Map<string, KnownFold>()
  const declare = (loops: readonly { name: string; extent: Index }[], names: Set<string>) => {
    for (const { name, extent } of loops) {
      for (const used of dimNames(extent)) must(kernel.dims.includes(used), `the extent of ${name} uses ${used}`)
      must(!names.has(name), `two loops are called ${name}`)
      names.add(name)
    }
  }
  for (const { size } of kernel.buffers)
    for (const name of dimNames(size)) must(known.has(name), `a buffer's size uses ${name}`)
  declare(kernel.loops, known)
  for (const [at, stage] of kernel.stages.entries()) {
    const { within = [] } = stage
    const names = new Set(known)
    declare(within, names)
    declare(stage.loops, names)
    const isAround = ({ loops }: Stage) =>
      loops.length === within.length && loops.every(({ name }, i) => name === within[i]!.name)
    must(within.length === 0 || kernel.stages.slice(at + 1).some(isAround), 'a stage within loops of no later stage')
    verifyStage(kernel, stage, names, folds, must)
    for (const fold of stage.folds) {
      must(!folds.has(fold.name), `two folds are called ${fold.name}`)
      folds.set(fold.name, { dtype: fold.dtype, within })
    }
  }
}

interface KnownFold {
  dtype: DType
  within: readonly Loop[]
}

type Must = (condition: boolean, message: string) => void

function verifyStage(
  kernel: Kernel,
  stage: Stage,
  names: ReadonlySet<string>,
  folds: ReadonlyMap<string, KnownFold>,
  must: Must,
): void {
  const usable = (index: Index, lookups: readonly Lookup[] = []) => {
    for (const name of dimNames(index))
      must(names.has(name) || lookups.some(l => l.name === name), `unknown name ${name} in an index`)
  }
  const place = (buffer: number, dtype: DType, what: string) => {
    const declared = kernel.buffers[buffer]
    must(declared !== undefined, `${what} of buffer ${buffer}, which it has not`)
    must(declared!.dtype === dtype, `${what} of ${dtype} in buffer ${buffer} of ${declared!.dtype}`)
    must(
      declared!.access === 'readwrite' || (declared!.access === 'read') === (what === 'a load'),
      `${what} in a buffer to ${declared!.access}`,
    )
  }
  for (const expr of expressions(stageRoots(stage))) {
    const lookups = lookupsOf(expr)
    for (const index of indicesOf(expr)) usable(index, lookups)
    if (expr.kind === 'load') place(expr.buffer, expr.dtype, 'a load')
    verifyLookups(lookups, must)
    if (expr.kind === 'fold') {
      const { dtype, within = [] } = folds.get(expr.fold) ?? {}
      must(dtype === expr.dtype, `fold ${expr.fold} of ${expr.dtype} is not known before`)
      must(
        within.every(({ name }) => names.has(name)),
        `fold ${expr.fold} is known within its loops alone`,
      )
    }
    if (expr.kind === 'guard')
      must(expr.then.dtype === expr.dtype && expr.otherwise.dtype === expr.dtype, 'a guard of several dtypes')
    if (expr.kind === 'apply')
      must(expr.args.length === expr.op.arity, `${expr.op.name} of ${expr.args.length} operands`)
  }
  for (const store of stage.stores) {
    usable(store.at, store.lookups)
    verifyLookups(store.lookups ?? [], must)
    place(store.buffer, store.value.dtype, 'a store')
  }
  for (const fold of stage.folds) {
    const located = fold.op === 'argmax' || fold.op === 'argmin'
    must(!located || fold.dtype === 'int32', `${fold.op} gives ${fold.dtype}`)
  }
}

function verifyLookups(lookups: readonly Lookup[], must: Must): void {
  for (const { name, value } of lookups) must(/^u?int/.test(value.dtype), `lookup ${name} is of ${value.dtype}`)
}

/** What is known at a point of loop code. Inner blocks see what outer ones know. */
interface Known {
  registers: Map<string, Register & { assignable: boolean }>
  names: Set<string>
}

/** Throws `InvalidKernel` unless every name of a loop program is defined before use and dtypes and lanes agree. */
export function verifyLoops(program: LoopProgram): void {
  const { kernel, scratch } = program
  const must = (condition: boolean, message: string) => {
    if (!condition) throw new InvalidKernel(`loops ${kernel.name}: ${message}`)
  }
  const arrays = new Map(scratch.map(({ name, dtype }) => [name, dtype]))
  const seen = new Set<string>()
  const start: Known = { registers: new Map(), names: new Set(kernel.dims) }
  const blocks: { statements: readonly Statement[]; known: Known }[] = [{ statements: program.body, known: start }]
  while (blocks.length > 0) {
    const { statements, known } = blocks.pop()!
    for (const statement of statements) {
      const inner = verifyStatement(statement, known, { kernel, arrays, seen, must })
      for (const body of inner)
        blocks.push({
          statements: body,
          known: { registers: new Map(known.registers), names: namesInside(statement, known) },
        })
    }
  }
}

const namesInside = (statement: Statement, known: Known) =>
  new Set(statement.kind === 'for' ? [...known.names, statement.name] : known.names)

interface Context {
  kernel: Kernel
  arrays: Map<string, DType>
  seen: Set<string>
  must: Must
}

/** Checks one statement, notes what it defines, and returns the blocks inside it. */
function verifyStatement(
  s: Statement,
  known: Known,
  { kernel, arrays, seen, must }: Context,
): (readonly Statement[])[] {
  const usable = (...indices: Index[]) => {
    for (const index of indices)
      for (const name of dimNames(index)) must(known.names.has(name), `unknown name ${name} in an index`)
  }
  const elements = (of: number | string) => (typeof of === 'number' ? kernel.buffers[of]?.dtype : arrays.get(of))
  const compute = (register: Register, operation: Operation) => {
    for (const name of operandNames(operation)) must(known.registers.has(name), `register ${name} is not defined`)
    if (operation.kind === 'load') {
      usable(operation.at, operation.stride)
      must(elements(operation.from) === register.dtype, `a load of ${register.dtype} from ${operation.from}`)
    }
    if (operation.kind === 'index') usable(operation.value, operation.step)
    verifyLanes(register, operation, name => known.registers.get(name)!, must)
  }
  switch (s.kind) {
    case 'let':
    case 'var':
      compute(s.register, s.operation)
      must(!seen.has(s.register.name), `register ${s.register.name} is defined twice`)
      must(s.register.lanes === 1 || s.register.lanes === vectorLanes, `${s.register.lanes} lanes`)
      seen.add(s.register.name)
      known.registers.set(s.register.name, { ...s.register, assignable: s.kind === 'var' })
      return []
    case 'assign':
      must(known.registers.get(s.register.name)?.assignable === true, `${s.register.name} cannot be assigned`)
      compute(s.register, s.operation)
      return []
    case 'store':
      usable(s.at, s.stride)
      must(known.registers.has(s.value.name), `register ${s.value.name} is not defined`)
      must(elements(s.to) === s.value.dtype, `a store of ${s.value.dtype} to ${s.to}`)
      return []
    case 'for':
      usable(s.from, s.to, s.step)
      return [s.body]
    case 'if':
      for (const { left, right } of s.when) usable(left, right)
      return [s.then, s.otherwise]
    case 'name':
      if (typeof s.value === 'object' && 'register' in s.value)
        must(known.registers.has(s.value.register), `register ${s.value.register} is not defined`)
      usable(...(typeof s.value === 'object' && 'register' in s.value ? [s.value.fromEnd ?? 0] : [s.value]))
      known.names.add(s.name)
      return []
    case 'check':
      usable(s.index, s.size)
      return []
    case 'array':
      usable(s.size)
      arrays.set(s.name, s.dtype)
      return []
    case 'barrier':
      return []
  }
}

function verifyLanes(register: Register, operation: Operation, find: (name: string) => Register, must: Must): void {
  const args = operandNames(operation).map(find)
  const all = (dtype: DType, lanes: number) => args.every(arg => arg.dtype === dtype && arg.lanes === lanes)
  const { dtype, lanes } = register
  const fits = {
    const: () => true,
    load: () => true,
    index: () => true,
    apply: () => args.every(arg => arg.lanes === lanes),
    rare: () => args[0]!.dtype === 'bool' && args.every(arg => arg.lanes === lanes),
    fma: () => all(dtype, lanes),
    dot: () => all('int32', lanes) && lanes > 1,
    dotBytes: () => all('int32', lanes) && lanes > 1,
    dotWay: () => dtype === 'int32' && lanes === 1,
    combine: () => all(dtype, lanes),
    copy: () => all(dtype, lanes),
    splat: () => all(dtype, 1) && lanes > 1,
    lane: () => args[0]!.dtype === dtype && args[0]!.lanes > 1 && lanes === 1,
    zip: () => all(dtype, lanes) && lanes === vectorLanes,
    zip3: () => all(dtype, lanes) && lanes === vectorLanes,
    pack: () => all(dtype, 1) && args.length === lanes,
    convert: () => args[0]!.lanes === lanes,
    select: () => args[0]!.dtype === dtype && args[1]!.dtype === dtype && args[2]!.dtype === 'bool',
    better: () => dtype === 'bool' && args.every(arg => arg.lanes === lanes),
  }[operation.kind]()
  must(
    fits,
    `${operation.kind} into ${register.name}: ${dtype}x${lanes} of ${args.map(arg => `${arg.dtype}x${arg.lanes}`).join(', ')}`,
  )
}
