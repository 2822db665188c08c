/**
 * damo/op: ops of one's own, declared with one record each and used like the built-in ones. A `body` of damo's functions is
 * all that a back end needs; `partials` give both modes of derivatives; `js` is the exact function that the interpreter
 * computes and tests compare with.
 */
import { expectRecord } from './arguments.ts'
import type { ElementwiseOp, Maybe } from './define.ts'
import { applyElementwise, comparison, type ElementwiseSpec, elementwiseRecord, floatType } from './elementwise.ts'
import type { Binary, Comparison, FloatBinary, FloatUnary, Predicate, Ternary, Unary } from './operand.ts'
import { named } from './origin.ts'
import type { Operand, Tensor } from './tensor.ts'
import type { DType } from './type.ts'

export type { Code, ElementwiseOp, Typing } from './define.ts'
export { comparison, floatType, sameType } from './elementwise.ts'
export { allTypes, floats, integers, numbers } from './type.ts'

/** What the author of an op of these operands writes down. */
export type OpSpec<Args extends readonly Tensor[]> = Omit<
  ElementwiseSpec,
  'body' | 'partials' | 'pullback' | 'pushforward'
> & {
  /** The op as a graph of others, which back ends print; without it `code` says how they spell the op. */
  body?: ((...args: Args) => Tensor) | Partial<Record<DType, (...args: Args) => Tensor>>
  /** The derivative with respect to each operand, from the result and the operands; undefined where nothing flows. */
  partials?(result: Tensor, ...args: Args): readonly Maybe<Tensor>[]
  /** In place of `partials`: the cotangent of each operand from that of the result. */
  pullback?(result: Tensor, cotangent: Tensor, ...args: Args): readonly Maybe<Tensor>[]
  /** Beside `pullback`: the tangent of the result from those of the operands. */
  pushforward?(result: Tensor, tangents: readonly Maybe<Tensor>[], ...args: Args): Maybe<Tensor>
}

type One = readonly [Tensor]
type Two = readonly [Tensor, Tensor]
type Three = readonly [Tensor, Tensor, Tensor]

/** A function of each element of a tensor. */
export const unary = (spec: OpSpec<One>) => declared(spec, 1) as Unary

/** A function of each element whose result is a float: of integers, float32. */
export const floatUnary = (spec: OpSpec<One>) => declared({ typing: floatType(spec?.types), ...spec }, 1) as FloatUnary

/** A function of each element whose result is bool. */
export const predicate = (spec: OpSpec<One>) => declared({ typing: comparison(spec?.types), ...spec }, 1) as Predicate

/** A function of two tensors or numbers, which broadcast and promote. */
export const binary = (spec: OpSpec<Two>) => declared(spec, 2) as Binary

/** A function of two tensors or numbers whose result is a float: of integers, float32. */
export const floatBinary = (spec: OpSpec<Two>) =>
  declared({ typing: floatType(spec?.types), ...spec }, 2) as FloatBinary

/** A function of two tensors or numbers whose result is bool. */
export const compare = (spec: OpSpec<Two>) => declared({ typing: comparison(spec?.types), ...spec }, 2) as Comparison

/** A function of three tensors or numbers, which broadcast and promote. */
export const ternary = (spec: OpSpec<Three>) => declared(spec, 3) as Ternary

/** The function of an op; it is not registered, for the registry lists the built-in ones and names are nobody's own. */
function declared<Args extends readonly Tensor[]>(spec: OpSpec<Args>, arity: number): unknown {
  expectRecord('op', 'the record of an op', spec)
  const op: ElementwiseOp = elementwiseRecord(spec as unknown as ElementwiseSpec, arity)
  return named(op.name, (...operands: readonly Operand[]) => applyElementwise(op, operands))
}
