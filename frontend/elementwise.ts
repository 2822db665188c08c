/** Constructors of elementwise ops: each takes one record and gives the function that users call. */
import type { ArrayValue } from '../runtime/array.ts'
import { type Body, type ElementwiseOp, register, type Typing } from './define.ts'
import { argumentWrong, dtypeRefused, notATensor, shapesDiffer, surplusOperands } from './errors.ts'
import { castFunction } from './host.ts'
import { asTensor, constant } from './leaf.ts'
import type { Binary, Comparison, FloatBinary, FloatUnary, Predicate, Ternary, Unary } from './operand.ts'
import { named } from './origin.ts'
import { type Operand, Tensor } from './tensor.ts'
import {
  allTypes,
  broadcastShapes,
  type DimExpr,
  type DType,
  type Equality,
  isFloat,
  isInteger,
  type Numeric,
  promote,
  type Rank,
} from './type.ts'

/** What the author of an elementwise op writes down; the rest of the record has defaults. */
export type ElementwiseSpec = Pick<ElementwiseOp, 'name' | 'doc' | 'js'> &
  Partial<Omit<ElementwiseOp, 'kind' | 'arity' | 'accepts' | 'domain'>> & {
    /** dtypes that operands may have. By default they are promoted to one dtype, which the result has too. */
    types: readonly DType[]
    /** Ordinary arguments: one range for all operands, or one for each. */
    domain?: readonly [number, number] | readonly (readonly [number, number])[]
  }

/** All operands promoted to one dtype, which is the result's too. */
export const sameType =
  (types: readonly DType[]): Typing =>
  dtypes => {
    const common = dtypes.reduce(promote)
    return types.includes(common) ? { operands: dtypes.map(() => common), result: common } : undefined
  }

/** Operands promoted to one float dtype: integers become float32. */
export const floatType =
  (types: readonly DType[]): Typing =>
  dtypes => {
    const common = dtypes.reduce(promote)
    if (!types.includes(common)) return undefined
    const float = isFloat(common) ? common : 'float32'
    return { operands: dtypes.map(() => float), result: float }
  }

/** A body by dtype: one for floats (none where `code` spells it), another for integers and bool. */
export const bodies = (ofFloats: Body | undefined, ofOthers: Body): Partial<Record<DType, Body>> =>
  Object.fromEntries(
    allTypes.flatMap(dtype => {
      const body = isFloat(dtype) ? ofFloats : ofOthers
      return body ? [[dtype, body]] : []
    }),
  )

/** Operands promoted to one dtype, compared to a bool. */
export const comparison =
  (types: readonly DType[]): Typing =>
  dtypes => {
    const common = dtypes.reduce(promote)
    return types.includes(common) ? { operands: dtypes.map(() => common), result: 'bool' } : undefined
  }

/** A function of one tensor of numbers, which keeps its dtype; a function of other dtypes is given its own type. */
export function unary(spec: ElementwiseSpec): Unary<Numeric> {
  return userFunction(elementwiseOp(spec, 1)) as never
}

/** A unary function whose result is always a float. */
export function floatUnary(spec: Omit<ElementwiseSpec, 'typing'>): FloatUnary<Numeric> {
  return unary({ typing: floatType(spec.types), ...spec }) as never
}

/** A unary function whose result is bool. */
export function predicate(spec: ElementwiseSpec): Predicate {
  return unary({ typing: comparison(spec.types), ...spec }) as never
}

export function binary(spec: ElementwiseSpec): Binary<Numeric> {
  return userFunction(elementwiseOp(spec, 2)) as never
}

export function floatBinary(spec: Omit<ElementwiseSpec, 'typing'>): FloatBinary<Numeric> {
  return binary({ typing: floatType(spec.types), ...spec }) as never
}

export function compare(spec: Omit<ElementwiseSpec, 'typing'>): Comparison {
  return binary({ typing: comparison(spec.types), cost: 1, ...spec }) as never
}

/** A function of three tensors or numbers. */
export function ternary(spec: ElementwiseSpec): Ternary<Numeric> {
  return userFunction(elementwiseOp(spec, 3)) as never
}

/** The record behind a function made here. */
export function opOf(f: unknown): ElementwiseOp {
  return (f as { op: ElementwiseOp }).op
}

/** A function that users call, with the record behind it. */
export function tag<F extends object>(f: F, op: ElementwiseOp): F & { op: ElementwiseOp } {
  return Object.assign(named(op.name, f), { op })
}

/** The function of an op that is called by its name; `attrs` are those of an op that needs some. */
export function userFunction(op: ElementwiseOp, attrs?: unknown): (...operands: Operand[]) => Tensor {
  return tag((...operands: Operand[]) => {
    if (operands.length > op.arity && !isVisit(operands, op.arity))
      throw surplusOperands(op.name, op.arity, operands.length)
    return applyElementwise(
      op,
      Array.from({ length: op.arity }, (_, i) => operands[i]!),
      attrs,
    )
  }, op)
}

/** True for what `map` and `reduce` of arrays pass behind the operands: the place, and the array itself. */
const isVisit = (args: readonly unknown[], arity: number): boolean =>
  args.length === arity + 2 && Array.isArray(args[arity + 1]) && typeof args[arity] === 'number'

/** The record of an elementwise op. */
export function elementwiseRecord(spec: ElementwiseSpec, arity: number): ElementwiseOp {
  const { types, domain = [-3, 3], ...rest } = spec
  const domains = (typeof domain[0] === 'number' ? Array.from({ length: arity }, () => domain) : domain) as [
    number,
    number,
  ][]
  return { typing: sameType(types), cost: 1, ...rest, kind: 'elementwise', arity, accepts: types, domain: domains }
}

/** The record of a built-in elementwise op, registered. */
export function elementwiseOp(spec: ElementwiseSpec, arity: number): ElementwiseOp {
  return register(elementwiseRecord(spec, arity))
}

/**
 * x in another dtype: integers wrap, float to integer truncates and saturates (NaN gives 0), anything to bool is
 * `x != 0`. Gradients flow between floats alone.
 */
export const castOp = elementwiseOp(
  {
    name: 'cast',
    doc: 'x in another dtype: integers wrap, float to integer truncates and saturates.',
    numpy: 'astype',
    types: allTypes,
    typing: ([dtype], attrs) => ({ operands: [dtype!], result: (attrs as { dtype: DType }).dtype }),
    js: x => x,
    whole: x => x,
    jsFor: ([from], to) => castFunction(from!, to),
    converts: 'value',
    sampleAttrs: allTypes.map(dtype => ({ dtype })),
    pullback: (_, cotangent, x) => [isFloat(x!.dtype) ? cast(cotangent, x!.dtype) : undefined],
    pushforward: (result, [tangent]) => (isFloat(result.dtype) ? tangent && cast(tangent, result.dtype) : undefined),
    domain: [-100, 100],
  },
  1,
)

/** x in another dtype: integers wrap (300 to uint8 is 44), float to integer truncates and saturates (300.7 to uint8 is 255, NaN is 0), to bool is `x != 0`. */
export function cast<D extends DType, R extends Rank>(x: Tensor<DType, R>, dtype: D): Tensor<D, R> {
  if (!(x instanceof Tensor)) throw argumentWrong('cast', 'a tensor', x)
  return (x.dtype === dtype ? x : applyElementwise(castOp, [x], { dtype })) as Tensor<D, R>
}

/** Applies an elementwise op: weak numbers take the tensors' dtype, operands are cast as its typing says, shapes broadcast. */
export function applyElementwise(op: ElementwiseOp, operands: readonly Operand[], attrs?: unknown): Tensor {
  const tensors = strengthen(op.name, operands)
  for (const { op: own } of tensors)
    if (own.kind === 'derived' && own.mapped) return own.mapped(tensors, inner => applyElementwise(op, inner, attrs))
  const typing = op.typing(
    tensors.map(t => t.dtype),
    attrs,
  )
  if (!typing) throw dtypeRefused(op.name, tensors, op.accepts)
  const args = tensors.map((t, i) => (t.dtype === typing.operands[i] ? t : cast(t, typing.operands[i]!)))
  let shape: readonly DimExpr[] = args[0]!.shape
  const checks: Equality[] = []
  for (let i = 1; i < args.length; i++) {
    const together = broadcastShapes(shape, args[i]!.shape)
    if ('axis' in together) throw shapesDiffer(op.name, tensors.slice(0, i), tensors[i]!, together.axis)
    shape = together.shape
    checks.push(...together.checks)
  }
  return new Tensor(op, args, attrs, { dtype: typing.result, shape }, checks)
}

/** Operands as tensors; a plain number takes the dtype that the tensors promote to (a fraction among integers: float32). */
export function strengthen(name: string, operands: readonly Operand[]): Tensor[] {
  const given = operands.map(x => (typeof x === 'object' && x !== null ? asTensor(x as Tensor | ArrayValue, name) : x))
  const dtypes = given.flatMap(x => (x instanceof Tensor ? [x.dtype] : []))
  return given.map(x => (x instanceof Tensor ? x : constant(x, weakType(name, x, dtypes))))
}

function weakType(name: string, value: Operand, dtypes: readonly DType[]): DType {
  const common = dtypes
    .filter(d => d !== 'bool')
    .reduce<DType | undefined>((a, b) => (a ? promote(a, b) : b), undefined)
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return common && (isInteger(common) || isFloat(common)) ? common : 'int64'
  if (typeof value !== 'number') throw notATensor(name, value)
  if (!common) return dtypes.length > 0 && Number.isInteger(value) ? 'int32' : 'float32'
  return isInteger(common) && !Number.isInteger(value) ? 'float32' : common
}
