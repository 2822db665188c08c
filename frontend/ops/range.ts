/** Vectors of numbers at equal or proportional distances. */
import { namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimAtLeast, dimCeilDiv, dimMax, dimMul, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { argumentWrong, rankRefused } from '../errors.ts'
import { constant, type DimLike, toDim } from '../leaf.ts'
import type { IsFraction } from '../operand.ts'
import { Tensor } from '../tensor.ts'
import { allTypes, type DType, type Float, isFloat, type Promote, promote } from '../type.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { eq, where } from './comparison.ts'
import { type NeedsScalar, position } from './create.ts'
import { rangeWrong } from './errors.ts'
import { exp, log, pow } from './exponential.ts'

/** The dtype of what is made, in a record or alone. */
export type MadeAs<D extends DType = DType> = { dtype?: D | undefined } | D | undefined

/** The dtype of steps between bounds: float32 where one of them is a fraction. */
export type Stepped<X> =
  true extends Fractions<X> ? (false extends Written<X> ? 'int32' | 'float32' : 'float32') : 'int32'

/** Whether some number is, or may be, a fraction. */
type Fractions<X> = X extends number ? IsFraction<X> : false

/** Whether a number is written down. */
type Written<X> = X extends number ? (number extends X ? false : true) : true

/**
 * Whole numbers from `start` (0) up to but without `stop`, `step` (1) apart: `arange(n)`, `arange(2, n)`,
 * `arange(0, 10, 3)`. Bounds and step may be dims. Last may stand a dtype, as in `arange(n, { dtype: 'float64' })` or
 * `arange(n, 'float64')`; int32 without. Fractions need known numbers and give float32 unless told otherwise.
 */
export function arange<const A extends DimLike, D extends DType = Stepped<A>>(
  stop: A,
  type?: MadeAs<D>,
): Tensor<NoInfer<D>, 1>
export function arange<const A extends DimLike, const B extends DimLike, D extends DType = Stepped<A | B>>(
  start: A,
  stop: B,
  type?: MadeAs<D>,
): Tensor<NoInfer<D>, 1>
export function arange<
  const A extends DimLike,
  const B extends DimLike,
  const C extends DimLike,
  D extends DType = Stepped<A | B | C>,
>(start: A, stop: B, step: C, type?: MadeAs<D>): Tensor<NoInfer<D>, 1>
export function arange(...given: readonly (DimLike | MadeAs)[]): Tensor {
  const [bounds, dtype] = withDtype(given)
  const [from, to] = bounds.length === 1 ? [0, bounds[0]!] : bounds
  const step = bounds[2] ?? 1
  if (step === 0) throw rangeWrong('arange', 'a step of 0 never arrives')
  const numbers = [from, to, step]
  if (numbers.every(x => typeof x === 'number') && (isFloat(dtype ?? 'int32') || !numbers.every(Number.isInteger)))
    return constant(fractions(numbers as [number, number, number]), dtype ?? 'float32')
  const [low, high, by] = numbers.map(x => signedDim(x!)) as [DimExpr, DimExpr, DimExpr]
  const falls = typeof by === 'number' && by < 0
  const size = falls ? dimCeilDiv(dimSub(low, high), -by) : dimCeilDiv(dimSub(high, low), by)
  const length = dimAtLeast(size, 0) ? size : dimMax(size, 0)
  return position(dimAdd(low, dimMul(by, '$0')), [length], dtype ?? 'int32')
}

/** The bounds and step of `arange`, and the dtype that may stand last. */
function withDtype(given: readonly (DimLike | MadeAs)[]): [DimLike[], DType | undefined] {
  const list = [...given]
  while (list.at(-1) === undefined && list.length > 1) list.pop()
  const last = list.at(-1)
  const isRecord = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype
  const hasType = list.length > 1 && (isRecord || allTypes.includes(last as DType))
  const bounds = (hasType ? list.slice(0, -1) : list) as DimLike[]
  if (bounds.length > 3) throw argumentWrong('arange', 'a dtype', last)
  if (!hasType) return [bounds, undefined]
  return [bounds, isRecord ? namedOptions('arange', last as { dtype?: DType }, ['dtype']).dtype : (last as DType)]
}

const signedDim = (value: DimLike): DimExpr =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : toDim('arange', value)

function fractions([from, to, step]: readonly [number, number, number]): Float64Array {
  if (![from, to, step].every(Number.isFinite))
    throw rangeWrong('arange', `start, stop and step must be finite, not ${from}, ${to}, ${step}`)
  return Float64Array.from({ length: Math.max(Math.ceil((to - from) / step), 0) }, (_, i) => from + i * step)
}

/** Whether the last number is `stop` itself (true), and the dtype: float32, or the float that `start` and `stop` have. */
export interface SpacingOptions<D extends DType = DType> {
  endpoint?: boolean
  dtype?: D
}

type End = number | Tensor

/** The float that ends have together, float32 where none is one. */
type Between<A, B> = 'bool' extends Promote<FloatOf<A>, FloatOf<B>> ? 'float32' : Promote<FloatOf<A>, FloatOf<B>>
type FloatOf<X> = X extends Tensor<infer D> ? (D extends Float ? D : 'bool') : 'bool'

/**
 * `count` numbers from `start` to `stop` at equal distances. Each of the three may be known only at a call: tensors of no
 * axes, and a dim.
 */
export function linspace<A extends End, B extends End, D extends DType = Between<A, B>>(
  start: A & NeedsScalar<A>,
  stop: B & NeedsScalar<B>,
  count: DimLike,
  options?: SpacingOptions<D> | D,
): Tensor<NoInfer<D>, 1>
export function linspace(start: End, stop: End, count: DimLike, options: SpacingOptions | DType = {}): Tensor {
  return spaced(
    'linspace',
    start,
    stop,
    count,
    options,
    x => x,
    x => x,
  )
}

/** Options of `logspace`: the base is 10 unless another is given. */
export interface LogspaceOptions<D extends DType = DType> extends SpacingOptions<D> {
  base?: number
}

/** `count` numbers from base^start to base^stop, each the same multiple of the one before. */
export function logspace<A extends End, B extends End, D extends DType = Between<A, B>>(
  start: A & NeedsScalar<A>,
  stop: B & NeedsScalar<B>,
  count: DimLike,
  options?: LogspaceOptions<D>,
): Tensor<NoInfer<D>, 1>
export function logspace(start: End, stop: End, count: DimLike, options: LogspaceOptions = {}): Tensor {
  const { base = 10, ...rest } = namedOptions('logspace', options, ['base', 'endpoint', 'dtype'])
  return spaced(
    'logspace',
    start,
    stop,
    count,
    rest,
    x => base ** x,
    x => pow(base, x),
  )
}

/** `count` numbers from `start` to `stop`, each the same multiple of the one before; both above 0, or both numbers below. */
export function geomspace<A extends End, B extends End, D extends DType = Between<A, B>>(
  start: A & NeedsScalar<A>,
  stop: B & NeedsScalar<B>,
  count: DimLike,
  options?: SpacingOptions<D>,
): Tensor<NoInfer<D>, 1>
export function geomspace(start: End, stop: End, count: DimLike, options: SpacingOptions = {}): Tensor {
  const [a, b] = [start, stop]
  if (typeof a === 'number' && typeof b === 'number') {
    if (!(a * b > 0))
      throw rangeWrong('geomspace', `no factor leads from ${a} to ${b}: both must have one sign, and neither be 0`)
    const low = spaced('geomspace', Math.log(Math.abs(a)), Math.log(Math.abs(b)), count, options, hostPower(a, b), exp)
    return a < 0 && typeof count !== 'number' ? mul(low, -1) : low
  }
  const logarithm = (x: number | Tensor) => (typeof x === 'number' ? Math.log(x) : log(x))
  return spaced('geomspace', logarithm(a), logarithm(b), count, options, Math.exp, exp)
}

/** e^x with the sign of both ends, and the ends themselves where their logarithms are asked for. */
function hostPower(a: number, b: number): (x: number) => number {
  const ends = new Map([a, b].map(end => [Math.log(Math.abs(end)), end]))
  return x => ends.get(x) ?? Math.sign(a) * Math.exp(x)
}

/** Equal distances sent through a function: on the host where all is known, as a graph elsewhere. */
function spaced(
  op: string,
  start: number | Tensor,
  stop: number | Tensor,
  count: DimLike,
  options: SpacingOptions | DType,
  host: (x: number) => number,
  graph: (x: Tensor) => Tensor,
): Tensor {
  const { endpoint = true, dtype = dtypeOf(op, start, stop) } =
    typeof options === 'string' ? { dtype: options } : namedOptions(op, options, ['endpoint', 'dtype'])
  const size = toDim(op, count)
  if (typeof start === 'number' && typeof stop === 'number' && typeof size === 'number') {
    const steps = Math.max(endpoint ? size - 1 : size, 1)
    const at = (i: number) => (endpoint && i === size - 1 && i > 0 ? stop : start + (i * (stop - start)) / steps)
    return constant(
      Float64Array.from({ length: size }, (_, i) => host(at(i))),
      dtype,
    )
  }
  const float = isFloat(dtype) ? dtype : 'float64'
  const place = position('$0', [size], float)
  const steps = position(dimMax(endpoint ? dimSub(size, 1) : size, 1), [], float)
  const [low, high] = [start, stop].map(x => (typeof x === 'number' ? constant(x, float) : cast(x, float))) as [
    Tensor,
    Tensor,
  ]
  const even = add(low, div(mul(place, sub(high, low)), steps))
  const last = where(eq(position('$0', [size], 'int32'), position(dimMax(dimSub(size, 1), 1), [], 'int32')), high, even)
  return cast(graph(endpoint ? last : even), dtype)
}

/** The float that the ends have together; of numbers alone float32. */
function dtypeOf(op: string, ...ends: readonly (number | Tensor)[]): DType {
  const tensors = ends.filter(end => end instanceof Tensor)
  for (const end of tensors) if (end.ndim !== 0) throw rankRefused(op, [end], 'numbers or scalars')
  const dtypes = tensors.map((end): DType => end.dtype).filter(isFloat)
  return dtypes.length === 0 ? 'float32' : dtypes.reduce<DType>(promote, dtypes[0]!)
}
