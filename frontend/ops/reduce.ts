/** Reductions: folds over axes. */
import { axisList, expectNoMore, expectTensors, optionsOf } from '../arguments.ts'
import { type DerivedOp, type FoldOp, type ReductionOp, register, type SizeBound } from '../define.ts'
import { type DimExpr, dimAtLeast, dimMin, dimMul, dimProduct, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { axesWrong, axisOutOfRange, dtypeRefused, nothingToReduce } from '../errors.ts'
import { folds } from '../folds.ts'
import { constant } from '../leaf.ts'
import type { Asked, Everything, NeedsAxes, Over, ReducedRank, ReduceOptions, Summed, SumOptions } from '../reduced.ts'
import { Tensor } from '../tensor.ts'
import { allTypes, type DType, floats, isFloat, type Rank, type Shape } from '../type.ts'
import { div, mul } from './arithmetic.ts'
import { eq, where } from './comparison.ts'
import { position } from './create.ts'
import { broadcastShape, permute, reshapeTo } from './move.ts'

/** The axes that disappear, ascending. */
export interface ReduceAttrs {
  axes: readonly number[]
  /** An extreme that is its fold's identity over nothing, inside derived ops that mean something there. */
  total?: true
}

type Derivative = Pick<ReductionOp, 'pullback' | 'pushforward'>

function reduction(
  name: string,
  doc: string,
  fold: FoldOp,
  typing: ReductionOp['typing'],
  accepts: readonly DType[],
  derivative: Derivative = {},
): ReductionOp {
  const bounds = folds[fold].needsElements && { bounds: hasElements }
  return register({ kind: 'reduction', name, doc, fold, typing, accepts, ...derivative, ...bounds })
}

/** Where there is a result, there has to be an element to choose. */
function hasElements(result: Tensor): SizeBound[] {
  const { axes, total } = result.attrs as ReduceAttrs
  if (total) return []
  const { shape } = result.inputs[0]!
  const right = dimProduct(axes.map(axis => shape[axis]!))
  return [{ left: dimMin(dimProduct(result.shape), 1), right, why: 'has no value over nothing' }]
}

/** Sums and products: integers and bool in int64; float32 accumulates in float64. */
const summed: ReductionOp['typing'] = dtype => {
  if (dtype === 'float64') return { operand: dtype, accumulate: dtype, result: dtype }
  if (isFloat(dtype)) return { operand: dtype, accumulate: 'float64', result: dtype }
  return { operand: 'int64', accumulate: 'int64', result: 'int64' }
}

const same: ReductionOp['typing'] = dtype => ({ operand: dtype, accumulate: dtype, result: dtype })
const located: ReductionOp['typing'] = dtype => ({ operand: dtype, accumulate: dtype, result: 'int32' })
const asBool: ReductionOp['typing'] = () => ({ operand: 'bool', accumulate: 'bool', result: 'bool' })

const axesOf = (x: Tensor) => (x.attrs as ReduceAttrs).axes

/** A reduced tensor with its lost axes back as 1, so that it broadcasts against the operand. */
export function restoreAxes(reduced: Tensor, axes: readonly number[]): Tensor {
  const rank = reduced.ndim + axes.length
  const shape: DimExpr[] = []
  for (let axis = 0, next = 0; axis < rank; axis++) shape.push(axes.includes(axis) ? 1 : reduced.shape[next++]!)
  return reshapeTo(reduced, shape)
}

/** A reduced tensor repeated along its lost axes to the operand's shape. */
const spreadBack = (reduced: Tensor, operand: Tensor, axes: readonly number[]) =>
  broadcastShape(restoreAxes(reduced, axes), operand.shape)

export const sumOp = reduction('sum', 'The sum over axes.', 'add', summed, allTypes, {
  pullback: (result, g) => [isFloat(result.dtype) ? spreadBack(g, result.inputs[0]!, axesOf(result)) : undefined],
  pushforward: (result, [t]) => t && reduce(sumOp, t, axesOf(result)),
})

/** The product of the other elements of each row of a matrix, right also where elements are 0. */
function expandOthers(x: Tensor): Tensor {
  const isZero = eq(x, 0)
  const [zero, one] = [constant(0, x.dtype), constant(1, x.dtype)]
  const zeroCount = restoreAxes(reduce(sumOp, cast(isZero, 'int64'), [1]), [1])
  const rest = where(isZero, one, x)
  const restProduct = restoreAxes(reduce(prodOp, rest, [1]), [1])
  const noZero = where(eq(zeroCount, 0), div(restProduct, rest), zero)
  return where(eq(zeroCount, 1), where(isZero, restProduct, zero), noZero)
}

/** The sum over j of v[j] times the product of all elements but i and j: the derivative of the products of others. */
function overPairs(x: Tensor, v: Tensor): Tensor {
  const [rows, size] = x.shape as [DimExpr, DimExpr]
  const isSame = eq(position(dimSub('$1', '$0'), [size, size], 'int32'), 0)
  const without = where(isSame, constant(1, x.dtype), reshapeTo(x, [rows, 1, size]))
  const pairs = reshapeTo(others(reshapeTo(without, [dimMul(rows, size), size])), [rows, size, size])
  const weighed = where(isSame, constant(0, x.dtype), mul(pairs, reshapeTo(v, [rows, 1, size])))
  return reduce(sumOp, weighed, [2])
}

const othersOp: DerivedOp = register({
  kind: 'derived',
  name: 'productOfOthers',
  doc: 'The product of the other elements of each row of a matrix: the derivative of prod.',
  accepts: floats,
  examples: input => [others(input(['m', 'n'], undefined, [0.5, 1.5]))],
  expand: result => expandOthers(result.inputs[0]!),
  pullback: (result, g) => [overPairs(result.inputs[0]!, g)],
  pushforward: (result, [t]) => t && overPairs(result.inputs[0]!, t),
})

const others = (x: Tensor): Tensor => new Tensor(othersOp, [x], undefined, x)

/** The derivative of a product over axes, in the shape of x. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, axis) => axis).filter(axis => !axes.includes(axis))
  const order = [...kept, ...axes]
  const moved = permute(x, order)
  const rows = reshapeTo(
    moved,
    [kept, axes].map(some => dimProduct(some.map(axis => x.shape[axis]!))),
  )
  return permute(
    reshapeTo(others(rows), moved.shape),
    order.map((_, axis) => order.indexOf(axis)),
  )
}

export const prodOp: ReductionOp = reduction('prod', 'The product over axes.', 'mul', summed, allTypes, {
  pullback: (result, g) => {
    if (!isFloat(result.dtype)) return [undefined]
    const x = result.inputs[0]!
    return [mul(restoreAxes(g, axesOf(result)), productOfOthers(x, axesOf(result)))]
  },
  pushforward: (result, [t]) =>
    t && reduce(sumOp, mul(productOfOthers(result.inputs[0]!, axesOf(result)), t), axesOf(result)),
})

/** 1 at every element that equals the extreme: ties all take part. */
const atExtreme = (result: Tensor) => {
  const x = result.inputs[0]!
  return eq(x, restoreAxes(result, axesOf(result)))
}

const extremeDerivative: Derivative = {
  pullback: (result, g) => {
    const back = restoreAxes(g, axesOf(result))
    return [where(atExtreme(result), back, constant(0, g.dtype))]
  },
  pushforward: (result, [t]) => t && reduce(sumOp, where(atExtreme(result), t, constant(0, t.dtype)), axesOf(result)),
}

export const maxOp = reduction(
  'max',
  'The largest element over axes, NaN if any is; ties all take the gradient.',
  'max',
  same,
  allTypes,
  extremeDerivative,
)
export const minOp = reduction(
  'min',
  'The least element over axes, NaN if any is; ties all take the gradient.',
  'min',
  same,
  allTypes,
  extremeDerivative,
)
/** For derived ops that see a NaN elsewhere: one instruction of the machine, where `max` takes eight. */
export const peakOp = reduction(
  'peak',
  'The largest element over axes that is a number, -inf where none is.',
  'peak',
  same,
  floats,
  extremeDerivative,
)
const argmaxOp = reduction(
  'argmax',
  'The int32 position of the largest element; the first among equals, the first NaN wins.',
  'argmax',
  located,
  allTypes,
)
const argminOp = reduction(
  'argmin',
  'The int32 position of the least element; the first among equals, the first NaN wins.',
  'argmin',
  located,
  allTypes,
)
export const allOp = reduction('all', 'True where no element is 0.', 'and', asBool, allTypes)
export const anyOp = reduction('any', 'True where some element is not 0.', 'or', asBool, allTypes)

/** The axes of a reduction as ascending numbers from 0; all when none are given. */
export function normalizeAxes(op: string, x: Tensor, axis: ReduceOptions['axis']): number[] {
  const given = axis === undefined || axis === null ? x.shape.map((_, i) => i) : axisList(op, axis)
  const axes = given.map(a => {
    if (!Number.isInteger(a) || a < -x.ndim || a >= x.ndim) throw axisOutOfRange(op, x, a)
    return a < 0 ? a + x.ndim : a
  })
  if (new Set(axes).size !== axes.length) throw axesWrong(op, x, given)
  return axes.sort((a, b) => a - b)
}

/** Applies a reduction over axes that are already normal; over none it is the cast alone. */
export function reduce(op: ReductionOp, x: Tensor, axes: readonly number[], how: { total?: true } = {}): Tensor {
  const typing = op.typing(x.dtype)
  if (!typing || !op.accepts.includes(x.dtype)) throw dtypeRefused(op.name, [x], op.accepts)
  const inPlace = x.op.kind === 'derived' ? x.op.reduced?.(x, op, axes) : undefined
  if (inPlace) return inPlace
  const operand = cast(x, typing.operand)
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  return new Tensor(op, [operand], { axes, ...how } satisfies ReduceAttrs, { dtype: typing.result, shape })
}

/** The same where the user asked for it: refused where sizes are known for which it has no value. */
function reduceChecked(op: ReductionOp, x: Tensor, axes: readonly number[]): Tensor {
  const result = reduce(op, x, axes)
  const isRefused = ({ left, right }: SizeBound) => dimAtLeast(dimSub(left, right), 1)
  if (result.op === op && op.bounds?.(result).some(isRefused)) throw nothingToReduce(op.name, x)
  return result
}

/** The options of a reduction, given as such or as the axes alone; `more` are options besides those of all reductions. */
export function readOptions<O extends ReduceOptions>(
  op: string,
  over: O | number | readonly number[],
  more: readonly string[] = [],
): O {
  const options = optionsOf<ReduceOptions>(op, over, ['axis', 'keepdims', ...(more as 'axis'[])]) as O
  return options.axis === null ? { ...options, axis: undefined } : options
}

const reducer = (op: ReductionOp) => (x: Tensor, over: Over | SumOptions, more: readonly unknown[]) => {
  expectTensors(op.name, x)
  expectNoMore(op.name, more)
  const { axis, keepdims, dtype } = readOptions<SumOptions>(
    op.name,
    over,
    op.fold === 'add' || op.fold === 'mul' ? ['dtype'] : [],
  )
  const axes = normalizeAxes(op.name, x, axis)
  const result = reduceChecked(op, dtype ? cast(x, dtype) : x, axes)
  const whole = keepdims ? restoreAxes(result, axes) : result
  return dtype ? cast(whole, dtype) : whole
}

type Summing = <D extends DType, R extends Rank, const O extends Over<SumOptions> = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<Asked<O, Summed<D>>, ReducedRank<R, O>>

type Choosing = <D extends DType, R extends Rank, const O extends Over = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<D, ReducedRank<R, O>>

type Judging = <R extends Rank, const O extends Over = Everything>(
  x: Tensor<DType, R>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<'bool', ReducedRank<R, O>>

/** The sum over axes; integers and bool give int64 unless `dtype` says otherwise. float32 accumulates in float64. */
export const sum: Summing = (x, over, ...more: readonly unknown[]) => reducer(sumOp)(x, over ?? {}, more) as never
/** The product over axes; integers and bool give int64 unless `dtype` says otherwise. float32 accumulates in float64. */
export const prod: Summing = (x, over, ...more: readonly unknown[]) => reducer(prodOp)(x, over ?? {}, more) as never
/**
 * The largest element over axes; NaN if any is. Over no elements it is refused, but of what a mask chooses (`x.at(mask)`),
 * which is counted when it runs: there it is -Infinity, or the least integer. All elements that equal it take its gradient:
 * none where it is NaN, but along an axis that is known to have one element that one always.
 */
export const max: Choosing = (x, over, ...more: readonly unknown[]) => reducer(maxOp)(x, over ?? {}, more) as never
/** The least element over axes; NaN if any is. Of nothing that a mask chooses it is Infinity, or the largest integer. */
export const min: Choosing = (x, over, ...more: readonly unknown[]) => reducer(minOp)(x, over ?? {}, more) as never
/** The logical and over axes. */
export const all: Judging = (x, over, ...more: readonly unknown[]) => reducer(allOp)(x, over ?? {}, more) as never
/** The logical or over axes. */
export const any: Judging = (x, over, ...more: readonly unknown[]) => reducer(anyOp)(x, over ?? {}, more) as never

/** Position options: one axis, or the flat position when absent or null. */
export interface PositionOptions {
  axis?: number | null | undefined
  keepdims?: boolean | undefined
}

type Locating = <R extends Rank, const O extends PositionOptions | number = Everything>(
  x: Tensor<DType, R>,
  options?: O & NeedsAxes<R, O>,
) => Tensor<'int32', ReducedRank<R, O>>

const locator = (op: ReductionOp) => (x: Tensor, given: PositionOptions | number, more: readonly unknown[]) => {
  expectTensors(op.name, x)
  expectNoMore(op.name, more)
  const options = readOptions<PositionOptions>(op.name, given)
  const flat = options.axis === undefined && x.ndim !== 1 ? reshapeTo(x, [dimProduct(x.shape)]) : x
  const axes = normalizeAxes(op.name, flat, options.axis ?? 0)
  const result = reduceChecked(op, flat, axes)
  if (!options.keepdims) return result
  return options.axis === undefined
    ? reshapeTo(
        result,
        x.shape.map(() => 1),
      )
    : restoreAxes(result, axes)
}

/** The int32 position of the largest element along an axis, or in the flattened tensor; the first of several. */
export const argmax: Locating = (x, options, ...more: readonly unknown[]) =>
  locator(argmaxOp)(x, options ?? {}, more) as never
/** The int32 position of the least element along an axis, or in the flattened tensor; the first of several. */
export const argmin: Locating = (x, options, ...more: readonly unknown[]) =>
  locator(argminOp)(x, options ?? {}, more) as never

/** The largest element along an axis, or of all, and its position: Theano's max_and_argmax. */
export function maxAndArgmax<D extends DType, R extends Rank, const O extends PositionOptions | number = Everything>(
  x: Tensor<D, R>,
  options?: O & NeedsAxes<R, O>,
): [max: Tensor<D, ReducedRank<R, O>>, argmax: Tensor<'int32', ReducedRank<R, O>>]
export function maxAndArgmax(
  x: Tensor,
  options: PositionOptions | number = {},
  ...more: readonly unknown[]
): [max: Tensor, argmax: Tensor<'int32'>] {
  expectTensors('maxAndArgmax', x)
  expectNoMore('maxAndArgmax', more)
  const { axis, keepdims = false } = readOptions<PositionOptions>('maxAndArgmax', options)
  normalizeAxes('maxAndArgmax', x, axis)
  return [max(x, { axis, keepdims }), argmax(x, { axis, keepdims })]
}

/** The sum over the axes along which `shape` was broadcast to x's shape, under that shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.ndim - shape.length
  const axes = x.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []))
  if (axes.length === 0) return x
  return reshapeTo(reduce(sumOp, x, axes), shape)
}
