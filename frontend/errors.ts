/** Every message of the frontend, one function each, with a code that stays. */
import { DamoError } from '../runtime/errors.ts'
import { byteWidth } from '../runtime/manifest.ts'
import { brokenConstraint, notAMultiple } from '../runtime/messages.ts'
import type { SizeBound } from './define.ts'
import { dimNames, dimText } from './dims.ts'
import { calledAs, callOfOrigins, captureOrigin, type Origin, userLine, userPlace } from './origin.ts'
import { highestRank } from './rank.ts'
import type { Tensor } from './tensor.ts'
import { type DimExpr, type DType, dimLabel, inputOfDim, isValueDim, type Shape, unknownMark } from './type.ts'

export { DamoError } from '../runtime/errors.ts'

/** `float32[batch, 784]`, as types appear in messages and printed graphs. */
export function typeText(type: { dtype: DType; shape: Shape }): string {
  return `${type.dtype}[${type.shape.map(sizeText).join(', ')}]`
}

/** A size, or an expression of sizes, as messages show it. */
export function sizeText(dim: DimExpr): string {
  const text = dimLabel(dimText(dim))
  if (text.length <= longestSize) return text
  const names = [...dimNames(dim)].filter(name => !name.startsWith(unknownMark)).map(inputOfDim)
  return `${unknownMark}(${[...new Set(names)].join(', ')})`
}

/** Characters of a size as people read it; of a longer one they are told what it is made of. */
const longestSize = 80

const dtypes = Object.keys(byteWidth)

/** Where a tensor was built, or nothing when every frame is damo's own. */
export function lineOf(origins: readonly Origin[]): string | undefined {
  for (const origin of origins) {
    const line = userLine(origin)
    if (line) return line
  }
  return undefined
}

/** The function whose call made a node, as messages about it begin. */
export const callOf = ({ op, origins }: Tensor): string => callOfOrigins(origins) ?? op.name

/** What the user calls a tensor: its name, or the function that made it. */
export const nameOf = (tensor: Tensor): string =>
  tensor.name ?? callOf(tensor.op.kind === 'item' ? tensor.inputs[0]! : tensor)

/**
 * A line for each operand: its label, name, type and where it was built. An operand that the call which failed made itself,
 * of one tensor alone, is unknown to the user: `v float32[4] as float32[4, 1]`.
 */
function operandRows(operands: readonly (readonly [string, Tensor])[], failed: readonly Origin[]): string[] {
  const place = failed.map(userPlace).find(place => place !== undefined)
  const rows = operands.map(([label, tensor]) => {
    const known = place === undefined ? tensor : knownAs(tensor, place)
    const built = lineOf(known.origins)
    const types = [...new Set([known, tensor].map(typeText))].join(' as ')
    return [label, operandName(known), types, built ? `built at ${built}` : '']
  })
  const width = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row => `  ${row.map((cell, column) => cell.padEnd(width[column] ?? 0)).join('   ')}`.trimEnd())
}

/** What a call was given where it made this tensor, out of one tensor alone; otherwise the tensor itself. */
export function knownAs(tensor: Tensor, place: string): Tensor {
  let known = tensor
  while (known.origins.some(origin => userPlace(origin) === place)) {
    const [source, ...others] = known.inputs.filter(({ op }) => op.name !== 'constant')
    if (source === undefined || others.length > 0) return tensor
    known = source
  }
  return known
}

/** What a row calls an operand: a number by its value. */
function operandName(tensor: Tensor): string {
  const isNumber = tensor.op.name === 'constant' && tensor.ndim === 0
  return isNumber ? `${(tensor.attrs as { value: { item(): unknown } }).value.item()}` : nameOf(tensor)
}

/** The lines below a message: the operands, then the line of the call itself. */
export function operandLines(operands: readonly (readonly [string, Tensor])[]): string {
  const origin = captureOrigin()
  const here = userLine(origin)
  return [...operandRows(operands, [origin]), ...(here ? [`  at ${here}`] : [])].map(line => `\n${line}`).join('')
}

/** The operands of a node that failed, then the line that built it. */
export function resultLines(node: Tensor): string {
  const built = lineOf(node.origins)
  const rows = operandRows(labelled(node.inputs), node.origins)
  return [...rows, ...(built ? [`  at ${built}`] : [])].map(line => `\n${line}`).join('')
}

/** An error of the runtime with the user's line below. */
export const located = (error: DamoError): DamoError => new DamoError(error.code, wordsOf(error) + operandLines([]))

/** The message of an error without its code. */
const wordsOf = ({ code, message }: DamoError): string => message.slice(0, -` [${code}]`.length)

/** Operands under `left` and `right`, or numbered. */
export const labelled = (tensors: readonly Tensor[]): [string, Tensor][] =>
  tensors.length === 2
    ? [
        ['left', tensors[0]!],
        ['right', tensors[1]!],
      ]
    : tensors.map((tensor, i) => [tensors.length === 1 ? 'operand' : `operand ${i}`, tensor])

/** A dtype that the op has no meaning for. */
export const dtypeRefused = (op: string, tensors: readonly Tensor[], accepts: readonly DType[]) =>
  new DamoError(
    'D001',
    `${calledAs(op)}: takes ${accepts.join(', ')}, not ${tensors.map(t => t.dtype).join(' and ')}${operandLines(labelled(tensors))}`,
  )

/** Shapes that do not broadcast; `axis` counts from the end. Of those on the left the last that decided its size is named. */
export const shapesDiffer = (op: string, lefts: readonly Tensor[], right: Tensor, axis: number) => {
  const decides = ({ ndim, shape }: Tensor) => ndim >= axis && shape[ndim - axis] !== 1
  const left = lefts.filter(decides).at(-1)!
  const [a, b] = [left, right].map(t => sizeText(t.shape[t.shape.length - axis]!))
  return new DamoError(
    'D002',
    `${calledAs(op)}: shapes do not broadcast: ${a} and ${b} at axis -${axis}${operandLines(labelled([left, right]))}`,
  )
}

/** Inner dimensions of a product that differ. */
export const innerDiffers = (op: string, left: Tensor, right: Tensor, a: string, b: string) =>
  new DamoError(
    'D003',
    `${calledAs(op)}: inner dimensions differ: ${a} and ${b}${operandLines(labelled([left, right]))}`,
  )

/** An axis that the tensor does not have. */
export const axisOutOfRange = (op: string, tensor: Tensor, axis: number) =>
  new DamoError(
    'D004',
    `${calledAs(op)}: axis ${axis} ${Number.isInteger(axis) ? `is out of range for rank ${tensor.ndim}` : 'is no whole number'}` +
      operandLines([['operand', tensor]]),
  )

/** A rank that the op has no meaning for. */
export const rankRefused = (op: string, tensors: readonly Tensor[], wanted: string) =>
  new DamoError('D005', `${calledAs(op)}: wants ${wanted}${operandLines(labelled(tensors))}`)

/** A shape to which a tensor does not broadcast. */
export const notBroadcast = (op: string, tensor: Tensor, shape: Shape) =>
  new DamoError(
    'D002',
    `${calledAs(op)}: ${typeText(tensor)} does not broadcast to [${shape.map(sizeText).join(', ')}]${operandLines([['operand', tensor]])}`,
  )

/** A new shape with another number of elements, whatever stands for -1 in it. */
export const sizeDiffers = (op: string, tensor: Tensor, shape: Shape) =>
  new DamoError(
    'D006',
    `${calledAs(op)}: ${typeText(tensor)} does not have as many elements as [${shape.map(sizeText).join(', ')}]` +
      `${shape.includes(-1) ? ', whatever stands for -1' : ''}${operandLines([['operand', tensor]])}`,
  )

/** Dims of several tensors that must be equal and are not. */
export const dimsDiffer = (op: string, tensors: readonly Tensor[], axis: number, ...sizes: [DimExpr, DimExpr]) =>
  new DamoError(
    'D007',
    `${calledAs(op)}: sizes differ at axis ${axis}: ${sizes.map(sizeText).join(' and ')}${operandLines(labelled(tensors))}`,
  )

/** Axes that do not go together: `wanted` says which would. */
export const axesWrong = (op: string, tensor: Tensor, axes: readonly unknown[], wanted = 'each axis once') =>
  new DamoError(
    'D008',
    `${calledAs(op)}: wants ${wanted}, not axes [${axes.join(', ')}]${operandLines([['operand', tensor]])}`,
  )

/** An argument that is not a tensor, number or array. */
export const notATensor = (op: string, value: unknown) =>
  new DamoError(
    'D009',
    `${calledAs(op)}: expected a tensor, number or array, got ${kindText(value)}${operandLines([])}`,
  )

/** More operands than a function of elements has. */
export const surplusOperands = (op: string, arity: number, given: number) =>
  new DamoError(
    'D023',
    `${calledAs(op)}: takes ${arity === 1 ? 'one operand' : `${arity} operands`}, not ${given}${operandLines([])}`,
  )

/** A tensor where JavaScript wants a number or text of its own: an operator of the language. */
export const notAPrimitive = (tensor: Tensor) =>
  new DamoError(
    'D024',
    `operators of JavaScript do not compute with tensors: use add(a, b) or a.add(b), and sub, mul, div, lt, eq likewise` +
      operandLines([['tensor', tensor]]),
  )

/** A whole number to a power below 0, which is none; NumPy refuses it too. */
export const powerNegative = (base: Tensor, exponent: Tensor) =>
  new DamoError(
    'D025',
    `pow: an integer to a negative integer power is no integer: cast the base to a float first` +
      operandLines([
        ['base', base],
        ['exponent', exponent],
      ]),
  )

/** An argument of the wrong kind: `wanted` says what belongs there. */
export const argumentWrong = (caller: string, wanted: string, got: unknown) =>
  new DamoError('D019', `${calledAs(caller)}: expected ${wanted}, got ${kindText(got)}${operandLines([])}`)

/** A value as it is written: `[2, 0.5]`, `'n'`, `10n`, `x float32[3]`; nothing where there is none. */
export function valueText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  return typeof value === 'number' ? `${value}` : kindText(value)
}

/** What a value that has no place here is: `nothing`, `a Map`, `'text'`. */
function kindText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Object && 'op' in value && 'shape' in value) return `${value}`
  if (value instanceof Object && 'expr' in value && 'facts' in value)
    return `the dim ${sizeText(value.expr as DimExpr)}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (value instanceof Promise) return 'a Promise, which has to be awaited first'
  if (value instanceof Object) return value.constructor === Object ? 'a record' : `a ${value.constructor?.name}`
  return String(value)
}

/** A rank above what the types and kernels go to. */
export const rankTooHigh = (op: string, rank: number) =>
  new DamoError('D010', `${calledAs(op)}: rank ${rank} is above the limit of ${highestRank}${operandLines([])}`)

/** A slice or split outside its axis. */
export const sliceWrong = (op: string, tensor: Tensor, text: string) =>
  new DamoError('D011', `${calledAs(op)}: ${text}${operandLines([['operand', tensor]])}`)

/** A size that is not a whole number, a name or an expression. */
export const dimWrong = (op: string, value: unknown, wanted = 'a size is a whole number from 0 on, or a dim') =>
  new DamoError('D012', `${calledAs(op)}: ${wanted}, not ${valueText(value)}${operandLines([])}`)

/** A tensor where a dim is asked for that is no input, or not of integers, or no scalar. */
export const dimComputed = (op: string, value: Tensor) =>
  new DamoError(
    'D012',
    `${calledAs(op)}: a size is known before anything is computed: of tensors, an integer scalar input or a dim as data can be one (dims.add(n, 1) where n + 1 is meant)${operandLines([['operand', value]])}`,
  )

/** A dtype that there is not. */
export const unknownDtype = (dtype: unknown) =>
  new DamoError(
    'D016',
    `${calledAs('tensor')}: '${String(dtype)}' is not a dtype; there are ${dtypes.join(', ')}${operandLines([])}`,
  )

/** An option that a function does not have. */
export const unknownOption = (op: string, name: string, known: readonly string[]) =>
  new DamoError(
    'D017',
    `${calledAs(op)}: there is no option '${name}'; there ${known.length === 1 ? 'is only' : 'are'} ${known.join(', ')}${operandLines([])}`,
  )

/** A value that an integer or bool dtype cannot hold. */
export const valueRefused = (op: string, value: unknown, dtype: DType) =>
  new DamoError('D013', `${calledAs(op)}: ${String(value)} is not a value of ${dtype}${operandLines([])}`)

/** A shape for a constructor of another rank. */
export const rankDiffers = (caller: string, tensor: Tensor, rank: number) =>
  new DamoError(
    'D014',
    `${calledAs(caller)}: the shape of '${tensor.name}' has ${tensor.ndim} dims, not ${rank}${operandLines([['input', tensor]])}`,
  )

/** An extreme of no elements, which NumPy refuses too. */
export const nothingToReduce = (op: string, tensor: Tensor) =>
  new DamoError('D018', `${calledAs(op)}: has no value over nothing${operandLines([['operand', tensor]])}`)

// Evaluation

/** A value that the interpreter was not given. */
export const valueMissing = (tensor: Tensor) =>
  new DamoError(
    'D101',
    `${calledAs('evaluate')}: no value for input '${tensor.name ?? ''}'${operandLines([['input', tensor]])}`,
  )

/** An input whose value is a size, without a value. */
export const sizeMissing = (name: string, output: Tensor) =>
  new DamoError(
    'D101',
    `${calledAs('evaluate')}: no value for input '${name}', which is a size${operandLines([['used by', output]])}`,
  )

/** A dim that no input has. */
export const dimUnbound = (caller: string, name: string, node: Tensor) =>
  new DamoError('D312', `${caller}: ${unboundText(name)}${operandLines([['used by', node]])}`)

function unboundText(name: string): string {
  if (isValueDim(name)) return `'${inputOfDim(name)}' is a size by its value, and not among the inputs`
  if (!name.startsWith(unknownMark)) return `no input tells the size of dim '${name}'`
  const [, input, axis] = name.split('.')
  return input === undefined
    ? 'no input tells the size of an open dim'
    : `axis ${axis} of '${input}' is a size, and '${input}' not among the inputs`
}

/** A name in the values of `eval` that is none of the expression's inputs. */
export const inputUnknown = (name: string, known: readonly string[]) =>
  new DamoError(
    'D102',
    `eval: '${name}' is no input of the expression, which has ${known.map(k => `'${k}'`).join(', ') || 'none'}; ` +
      `values by tensor, in a Map, may be more than are needed${operandLines([])}`,
  )

/** Two inputs of one name, of which `eval` cannot tell which is meant. */
export const inputAmbiguous = (name: string, inputs: readonly Tensor[]) =>
  new DamoError('D103', `eval: ${inputs.length} inputs are called '${name}'${operandLines(labelled(inputs))}`)

/** What a call refuses with the same code: an error of the runtime, with the operands of the node below. */
const refusedAt = (node: Tensor, error: DamoError) => new DamoError(error.code, wordsOf(error) + resultLines(node))

/** Dims that had to be equal and are not, or one that had to be a multiple, found when they became known. */
export function sizesDiffer(node: Tensor, left: DimExpr, right: DimExpr, value: (dim: DimExpr) => number): DamoError {
  const text = (dim: DimExpr) => (typeof dim === 'number' ? `${dim}` : `${sizeText(dim)} = ${value(dim)}`)
  const [reason, rest] = [callOf(node), typeof left === 'object' && left[0] === '%' && right === 0 ? left : undefined]
  const error = rest
    ? notAMultiple(reason, text(rest[1]!), text(rest[2]!))
    : brokenConstraint({ reason }, text(left), text(right))
  return refusedAt(node, error)
}

/** An index that is data and lies outside its axis. */
export const indexOutOfRange = (node: Tensor, index: number, size: number, axis: string) =>
  new DamoError(
    'D105',
    `${callOf(node)}: index ${index} is out of range for size ${size}${axis && ` (${axis})`}${resultLines(node)}`,
  )

/** A slice, with bounds that only became known now, that reaches outside its axis. */
export function outsideShape(node: Tensor, index: number, axis: number, size: number): DamoError {
  const reason = `${callOf(node)}: reaches index ${index} of axis ${axis}, which has size ${size}`
  return refusedAt(node, brokenConstraint({ reason, complete: true }, '', ''))
}

/** Sizes, now known, for which an op means nothing. */
export function sizeUnfit(node: Tensor, { why, complete }: Words, needed: number, found: number): DamoError {
  const reason = `${callOf(node)}${why === undefined ? '' : ` ${why}`}`
  return refusedAt(
    node,
    brokenConstraint({ reason, relation: '<=', ...(complete && { complete }) }, `${needed}`, `${found}`),
  )
}

/** What a bound says of sizes that do not keep it. */
type Words = Pick<SizeBound, 'why' | 'complete'>

/** A dim that became negative. */
export const sizeNegative = (node: Tensor, shape: readonly number[]) =>
  new DamoError('D107', `${callOf(node)}: the shape becomes [${shape.join(', ')}]${resultLines(node)}`)

/** An extreme of no elements, found when sizes became known. */
export const nothingReduced = (node: Tensor) => sizeUnfit(node, { why: 'has no value over nothing' }, 1, 0)

/** An op that the interpreter has no way to compute. */
export const notEvaluated = (node: Tensor) =>
  new DamoError('D108', `${node.op.name}: cannot be evaluated${resultLines(node)}`)

/** A value for a shared variable that depends on inputs. */
export const sharedNeedsValue = (value: Tensor, inputs: readonly Tensor[]) =>
  new DamoError(
    'D109',
    `shared: the value depends on inputs${operandLines([['value', value], ...inputs.map(x => ['input', x] as const)])}`,
  )

// Rewriting

/** Rewrite rules that lead back to where they started, or that take more steps than a graph of this size may need. */
export const rulesCycle = (rules: readonly string[]) =>
  new DamoError('D201', `rewrite: rules do not come to an end: ${rules.map(name => `'${name}'`).join(', ')}`)

/** A name to include or exclude that is neither a rule's nor a tag. */
export const unknownRule = (name: unknown) =>
  new DamoError('D202', `${calledAs('rewriteGraph')}: no rule or tag is called ${valueText(name)}${operandLines([])}`)
