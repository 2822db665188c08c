/** Kernels and loop programs as text for people: goldens, `explain`, traces. Equal texts compute the same. */
import type { DType } from '../../runtime/manifest.ts'
import { type Condition, dimText, type Index } from '../dims.ts'
import type {
  Expr,
  Fold,
  Kernel,
  KernelBuffer,
  Looked,
  Lookup,
  LoopProgram,
  Operation,
  Stage,
  Statement,
  Store,
} from './ir.ts'
import type { Scalar } from './scalar.ts'
import { children, expressions, lookupsOf, stageRoots } from './walk.ts'

/** Longest text that is put in place of a value that is used once. */
const inlineLimit = 60

/** A constant with its dtype: `1.0` float32, `1.0d` float64, `1` int32, `1n` int64, `true`, otherwise `uint8(1)`. */
export function constantText(dtype: DType, value: Scalar): string {
  if (dtype === 'bool') return value ? 'true' : 'false'
  if (dtype === 'int64') return `${value}n`
  const text = Object.is(value, -0) ? '-0' : String(value)
  if (dtype === 'int32') return text
  const float = /^-?\d+$/.test(text) ? `${text}.0` : text
  if (dtype === 'float32') return float
  return dtype === 'float64' ? `${float}d` : `${dtype}(${text})`
}

export function conditionText({ relation, left, right }: Condition): string {
  return `${dimText(left)} ${relation} ${dimText(right)}`
}

/** A whole kernel: buffers, loops, stages. */
export function kernelText(kernel: Kernel): string {
  const head = `kernel ${kernel.name}(${kernel.dims.join(', ')})`
  const lines = [kernel.label ? `${head}  // ${kernel.label}` : head, ...kernel.buffers.map(bufferText)]
  let depth = 1
  for (const loop of kernel.loops) lines.push(`${indent(depth++)}for ${loop.name} < ${dimText(loop.extent)}`)
  for (const stage of kernel.stages) lines.push(...stageLines(stage, depth))
  return `${lines.join('\n')}\n`
}

const indent = (depth: number) => '  '.repeat(depth)

const bufferText = ({ dtype, size, access }: KernelBuffer, i: number) => `  b${i}: ${access} ${dtype}[${dimText(size)}]`

function stageLines(stage: Stage, depth: number): string[] {
  const within = stage.within?.map(({ name, extent }) => `${name} < ${dimText(extent)}`)
  const lines = [`${indent(depth)}stage${within ? ` within ${within.join(', ')}` : ''}`]
  let inner = depth + 1
  for (const loop of stage.loops) lines.push(`${indent(inner++)}for ${loop.name} < ${dimText(loop.extent)}`)
  if (stage.contraction) {
    const { rows, columns } = stage.contraction
    lines.push(`${indent(inner)}contraction of rows ${rows.join(', ') || '-'} and columns ${columns.join(', ') || '-'}`)
  }
  const { texts, lets } = valueTexts(stage)
  for (const line of lets) lines.push(indent(inner) + line)
  for (const fold of stage.folds) lines.push(indent(inner) + foldText(fold, texts))
  for (const store of stage.stores) lines.push(...storeLines(store, texts).map(line => indent(inner) + line))
  return lines
}

/** The text of every value of a stage; those used more than once, or long, have a line of their own. */
function valueTexts(stage: Stage): { texts: Map<Expr, string>; lets: string[] } {
  const order = expressions(stageRoots(stage))
  const uses = new Map<Expr, number>()
  for (const expr of order) for (const child of children(expr)) uses.set(child, (uses.get(child) ?? 0) + 1)
  const texts = new Map<Expr, string>()
  const lets: string[] = []
  for (const expr of order) {
    for (const lookup of lookupsOf(expr)) lets.push(lookupText(lookup, texts))
    const text = exprText(expr, texts)
    const leaf = expr.kind !== 'apply' && expr.kind !== 'guard'
    if (leaf || ((uses.get(expr) ?? 0) < 2 && text.length <= inlineLimit)) texts.set(expr, text)
    else {
      const name = `v${texts.size}`
      lets.push(`${name} = ${text}`)
      texts.set(expr, name)
    }
  }
  return { texts, lets }
}

function lookupText({ name, value, size, check, fromEnd }: Lookup, texts: Map<Expr, string>): string {
  const range = fromEnd ? `in -${dimText(size)}..${dimText(size)}` : `below ${dimText(size)}`
  return `${name} = ${texts.get(value)} ${range}${check === undefined ? '' : ` or fail ${check}`}`
}

function exprText(expr: Expr, texts: Map<Expr, string>): string {
  const text = (child: Expr) => texts.get(child)!
  if (expr.kind === 'const') return constantText(expr.dtype, expr.value)
  if (expr.kind === 'load') return `b${expr.buffer}[${dimText(expr.at)}]`
  if (expr.kind === 'index') return `${expr.dtype}(${dimText(expr.value)})`
  if (expr.kind === 'fold') return expr.fold
  if (expr.kind === 'guard') {
    return `if ${expr.when.map(conditionText).join(' and ')} then ${text(expr.then)} else ${text(expr.otherwise)}`
  }
  const args = expr.args.map(text).join(', ')
  if (expr.op.converts)
    return expr.op.converts === 'bits' ? `${expr.op.name}<${expr.dtype}>(${args})` : `${expr.dtype}(${args})`
  return `${expr.op.name}(${args})`
}

function foldText({ name, op, accumulate, dtype, body }: Fold, texts: Map<Expr, string>): string {
  return `${name}: ${dtype} = ${op} in ${accumulate} of ${texts.get(body)}`
}

function storeLines(store: Store, texts: Map<Expr, string>): string[] {
  const order = store.serial ? ` in order of ${store.serial.join(', ')}` : ''
  const place = `b${store.buffer}[${dimText(store.at)}] ${store.accumulate ? '+=' : '='} ${texts.get(store.value)}${order}`
  return [...(store.lookups ?? []).map(lookup => lookupText(lookup, texts)), place]
}

/** A scheduled kernel: its loop nest with every value. */
export function loopText(program: LoopProgram): string {
  const { kernel, scratch, body } = program
  const lines = [`loops ${kernel.name}(${kernel.dims.join(', ')})${kernel.label ? `  // ${kernel.label}` : ''}`]
  lines.push(...kernel.buffers.map(bufferText))
  for (const { name, dtype, size } of scratch) lines.push(`  ${name}: scratch ${dtype}[${dimText(size)}]`)
  // Bodies nest as deep as loops do, a handful: a stack keeps the order without recursion.
  const open: { statements: readonly Statement[]; next: number; depth: number; close?: string }[] = [
    { statements: body, next: 0, depth: 1 },
  ]
  while (open.length > 0) {
    const block = open[open.length - 1]!
    const statement = block.statements[block.next++]
    if (!statement) {
      open.pop()
      continue
    }
    if (statement.kind === 'if' && statement.otherwise.length > 0) {
      lines.push(`${indent(block.depth)}if ${statement.when.map(conditionText).join(' and ')}`)
      open.push({
        statements: [{ ...statement, kind: 'if', when: [], then: statement.otherwise, otherwise: [] }],
        next: 0,
        depth: block.depth,
      })
      open.push({ statements: statement.then, next: 0, depth: block.depth + 1 })
      continue
    }
    lines.push(indent(block.depth) + statementText(statement))
    const inner = statement.kind === 'for' ? statement.body : statement.kind === 'if' ? statement.then : []
    if (inner.length > 0) open.push({ statements: inner, next: 0, depth: block.depth + 1 })
  }
  return `${lines.join('\n')}\n`
}

const typeText = (dtype: DType, lanes: number) => (lanes === 1 ? dtype : `${dtype}x${lanes}`)
const placeText = (of: number | string) => (typeof of === 'number' ? `b${of}` : of)

/** `[at]`, or `[at, +stride]` where lanes are not neighbours. */
function atText(at: Index, stride: Index, lanes: number): string {
  return lanes === 1 || stride === 1 ? `[${dimText(at)}]` : `[${dimText(at)}, +${dimText(stride)}]`
}

function statementText(s: Statement): string {
  if (s.kind === 'let' || s.kind === 'var') {
    const { name, dtype, lanes } = s.register
    return `${s.kind === 'var' ? 'var ' : ''}${name}: ${typeText(dtype, lanes)} = ${operationText(s.operation, dtype, lanes)}`
  }
  if (s.kind === 'assign')
    return `${s.register.name} = ${operationText(s.operation, s.register.dtype, s.register.lanes)}`
  if (s.kind === 'store') {
    return `${placeText(s.to)}${atText(s.at, s.stride, s.value.lanes)} ${s.accumulate ? '+=' : '='} ${s.value.name}`
  }
  if (s.kind === 'for') {
    const word = s.mode === 'serial' ? 'for' : s.mode
    return `${word} ${s.name} from ${dimText(s.from)} to ${dimText(s.to)}${s.step === 1 ? '' : ` step ${dimText(s.step)}`}`
  }
  if (s.kind === 'if') return s.when.length > 0 ? `if ${s.when.map(conditionText).join(' and ')}` : 'else'
  if (s.kind === 'name') return `index ${s.name} = ${namedText(s.value)}`
  if (s.kind === 'check') return `fail ${s.check} unless ${s.index} in 0..${dimText(s.size)}`
  if (s.kind === 'array') return `${s.scope} ${s.name}: ${s.dtype}[${dimText(s.size)}]`
  return 'barrier'
}

function namedText(value: Index | Looked): string {
  if (typeof value !== 'object' || !('register' in value)) return dimText(value)
  return value.fromEnd === undefined ? value.register : `${value.register} of ${dimText(value.fromEnd)}`
}

function operationText(operation: Operation, dtype: DType, lanes: number): string {
  switch (operation.kind) {
    case 'const':
      return constantText(dtype, operation.value)
    case 'load':
      return `${placeText(operation.from)}${atText(operation.at, operation.stride, lanes)}`
    case 'index':
      return lanes === 1 ? dimText(operation.value) : `${dimText(operation.value)}, +${dimText(operation.step)}`
    case 'apply':
      return `${operation.op.converts === 'bits' ? `${operation.op.name}<${dtype}>` : operation.op.name}(${operation.args.join(', ')})`
    case 'combine':
      return `${operation.op}(${operation.args.join(', ')})`
    case 'rare':
      return `${operation.when} ? ${operation.op.name}(${operation.args.join(', ')}) : ${operation.otherwise}`
    case 'zip':
      return `zip ${operation.half}(${operation.args.join(', ')})`
    case 'zip3':
      return `zip ${operation.third} of 3(${operation.args.join(', ')})`
    case 'lane':
      return `${operation.arg}.${operation.lane}`
    case 'convert':
      return `${dtype}(${operation.arg})`
    case 'copy':
      return operation.arg
    case 'splat':
      return `splat(${operation.arg})`
    case 'dotWay':
      return 'dotWay()'
    case 'dotBytes':
      return `dotBytes ${operation.joined ? 'joined' : 'apart'}(${operation.args.join(', ')})`
    default:
      return `${operation.kind}${'op' in operation ? ` ${operation.op}` : ''}(${operation.args.join(', ')})`
  }
}
