/**
 * Patterns: graphs built with the public functions, matched against nodes. Operands match whatever their dtype and
 * shape, as elementwise ops broadcast them; a literal matches every tensor whose elements all have its value; operands of
 * commuting ops match in both orders; a name used twice must be one node.
 */
import { decode } from '../runtime/array.ts'
import type { Op } from './define.ts'
import { type DimExpr, dimEqual } from './dims.ts'
import { rounding } from './host.ts'
import { constant, constantValue, isConstant } from './leaf.ts'
import { broadcastToOp, reshapeOp, transposeOp } from './ops/move.ts'
import type { ReduceAttrs } from './ops/reduce.ts'
import type { Tensor } from './tensor.ts'
import { type DType, isFloat, type Shape } from './type.ts'

/** What a parameter of a rule stands for: any tensor, a condition, or a tensor whose elements are one known number. */
export type Parameter = 'value' | 'bool' | 'constant'

export type Pattern =
  | { kind: 'hole'; index: number }
  | { kind: 'constant'; index: number }
  | { kind: 'literal'; value: number | bigint }
  | { kind: 'keepdims'; of: Pattern }
  | { kind: 'apply'; op: Op; axes: boolean; args: readonly Pattern[] }

/** What the names of a pattern stand for, and the nodes that the pattern covers. */
export interface Match {
  values: (Tensor | undefined)[]
  /** The axes of the reductions in the pattern, all the same, and the shape they reduce. */
  axes?: readonly number[]
  reduced?: Shape
  covered: Tensor[]
}

/** The patterns of a graph over holes: one for each order of the operands of its commuting ops. */
export function patternsOf(left: Tensor, holes: readonly Tensor[], parameters: readonly Parameter[]): Pattern[] {
  const index = holes.indexOf(left)
  if (index >= 0) return [{ kind: parameters[index] === 'constant' ? 'constant' : 'hole', index }]
  if (isConstant(left)) return [{ kind: 'literal', value: elementOf(left) }]
  const inputs = left.inputs.map(input => patternsOf(input, holes, parameters))
  if (left.op === reshapeOp) return inputs[0]!.map(of => ({ kind: 'keepdims', of }))
  const axes = hasAxes(left)
  const orders = product(inputs).map((args): Pattern => ({ kind: 'apply', op: left.op, axes, args }))
  return left.op.kind === 'elementwise' && left.op.commutes ? orders.flatMap(bothOrders) : orders
}

const hasAxes = (node: Tensor) => Array.isArray((node.attrs as Partial<ReduceAttrs> | undefined)?.axes)

function bothOrders(pattern: Pattern): Pattern[] {
  if (pattern.kind !== 'apply') return [pattern]
  const [a, b] = pattern.args
  return a?.kind === 'hole' && b?.kind === 'hole' && a.index === b.index
    ? [pattern]
    : [pattern, { ...pattern, args: [b!, a!] }]
}

function product<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>((lists, next) => lists.flatMap(list => next.map(item => [...list, item])), [[]])
}

/** Matches a node against a pattern, writing what it finds into `match`; false where it differs. */
export function matches(pattern: Pattern, node: Tensor, match: Match): boolean {
  switch (pattern.kind) {
    case 'hole':
      return bind(match, pattern.index, node)
    case 'constant': {
      const scalar = uniformScalar(node)
      return scalar !== undefined && bindConstant(match, pattern.index, scalar)
    }
    case 'literal':
      return isLiteral(node, pattern.value)
    case 'keepdims':
      return matchesKept(pattern.of, node, match)
    case 'apply':
      return matchesOp(pattern, node, match)
  }
}

function matchesOp(pattern: Pattern & { kind: 'apply' }, node: Tensor, match: Match): boolean {
  if (node.op !== pattern.op) return false
  match.covered.push(node)
  if (pattern.axes && !bindAxes(match, node)) return false
  return pattern.args.every((arg, i) => matches(arg, node.inputs[i]!, match))
}

function bind(match: Match, index: number, node: Tensor): boolean {
  const known = match.values[index]
  if (known) return known === node
  match.values[index] = node
  return true
}

function bindConstant(match: Match, index: number, scalar: Tensor): boolean {
  const known = match.values[index]
  if (known) return Object.is(elementOf(known), elementOf(scalar))
  match.values[index] = scalar
  return true
}

function bindAxes(match: Match, node: Tensor): boolean {
  const { axes } = node.attrs as ReduceAttrs
  const operand = node.inputs[0]!
  if (match.axes) return sameList(match.axes, axes) && sameShape(match.reduced!, operand.shape)
  match.axes = axes
  match.reduced = operand.shape
  return true
}

/** A reduced tensor whose lost axes are back as 1, or are leading ones and left to broadcasting. */
function matchesKept(pattern: Pattern, node: Tensor, match: Match): boolean {
  const inner = node.op === reshapeOp ? node.inputs[0]! : node
  if (inner !== node) match.covered.push(node)
  if (!matches(pattern, inner, match) || !match.axes) return false
  const { axes, reduced } = match
  const kept = reduced!.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
  return sameShape(kept, padded(node.shape, kept.length))
}

/** The shape with leading ones up to a rank. */
export const padded = (shape: Shape, rank: number): DimExpr[] => [
  ...new Array<DimExpr>(Math.max(rank - shape.length, 0)).fill(1),
  ...shape,
]

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dimEqual(dim, b[i]!))

const sameList = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i])

/** The scalar constant that all elements of a tensor equal, where that can be seen. */
export function uniformScalar(x: Tensor): Tensor | undefined {
  let node = x
  while (node.op === broadcastToOp || node.op === reshapeOp || node.op === transposeOp) node = node.inputs[0]!
  if (!isConstant(node)) return undefined
  if (node.ndim === 0) return node
  const { dtype, data } = constantValue(node)
  if (data.length === 0 || data.length > 1) return undefined
  return constant(decode(dtype, data[0]!), dtype)
}

/** The number that all elements of a tensor equal, where that can be seen; bigint for int64, bool as 0 or 1. */
export function uniformValue(x: Tensor): number | bigint | undefined {
  const scalar = uniformScalar(x)
  return scalar && elementOf(scalar)
}

/** The value of a constant of one element. */
function elementOf(x: Tensor): number | bigint {
  const { dtype, data } = constantValue(x)
  return decode(dtype, data[0]!)
}

function isLiteral(node: Tensor, value: number | bigint): boolean {
  const found = uniformValue(node)
  return found !== undefined && Object.is(found, literalIn(node.dtype, value))
}

/** A literal as a constant of the dtype would hold it, or undefined where that cannot hold it. */
function literalIn(dtype: DType, value: number | bigint): number | bigint | undefined {
  if (isFloat(dtype)) return rounding(dtype)(Number(value))
  if (dtype !== 'int64') return Number(value)
  return typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : undefined
}
