/** Exponentials normalized along axes, without overflow whatever the arguments. */
import { expectNoMore, expectTensors, optionsOf, type Placed } from '../arguments.ts'
import { type DerivedOp, type Maybe, register } from '../define.ts'
import { cast } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { Everything, NeedsAxes, NeedsAxis, Over, ReducedRank } from '../reduced.ts'
import { Tensor } from '../tensor.ts'
import { type DType, floats, type Rank, type ToFloat } from '../type.ts'
import { expScale, scaledExp } from './approx/exp.ts'
import { add, mul, reciprocal, sub } from './arithmetic.ts'
import { isfinite, where } from './comparison.ts'
import { exp, log } from './exponential.ts'
import { reshapeTo } from './move.ts'
import { normalizeAxes, peakOp, type ReduceAttrs, readOptions, reduce, restoreAxes, sum } from './reduce.ts'
import { floatOf, wide, widely } from './wide.ts'

const axesOf = (x: Tensor) => (x.attrs as ReduceAttrs).axes

type Spec = Pick<DerivedOp, 'name' | 'doc' | 'theano' | 'pullback' | 'pushforward'> & {
  expand(x: Tensor, axes: readonly number[]): Tensor
}

function normalized({ expand, ...spec }: Spec): DerivedOp {
  const op: DerivedOp = register({
    ...spec,
    kind: 'derived',
    accepts: floats,
    examples: input => [
      along(op, input(['n', 5]), [1]),
      along(op, input([4, 'n']), [0]),
      along(op, input([2, 3, 'n']), [0, 1]),
    ],
    expand: result => widely(result.inputs[0]!, x => expand(x, axesOf(result))),
  })
  return op
}

const total = (x: Tensor, axes: readonly number[]) => sum(x, { axis: axes, keepdims: true })

/** The largest element along the axes; a NaN shows in what is made of it. */
const peak = (x: Tensor, axes: readonly number[]) => restoreAxes(reduce(peakOp, x, axes), axes)

/** x less its largest element along the axes, so that no exponential overflows: NaN along axes where that is infinite. */
const belowPeak = (x: Tensor, axes: readonly number[]) => sub(x, peak(x, axes))

const logsumexpOp = normalized({
  name: 'logsumexp',
  doc: 'log(sum(e^x)) over axes without overflow.',
  expand: (x, axes) => {
    // Infinite elements, and the peak of nothing, are not shifted.
    const top = peak(x, axes)
    const finite = where(isfinite(top), top, constant(0, x.dtype))
    const value = add(log(total(exp(sub(x, finite)), axes)), finite)
    return reshapeTo(
      value,
      x.shape.filter((_, axis) => !axes.includes(axis)),
    )
  },
  pullback: (result, g) => {
    const [x, axes] = [result.inputs[0]!, axesOf(result)]
    return [mul(restoreAxes(g, axes), along(softmaxOp, x, axes))]
  },
  pushforward: (result, [t]) => {
    const [x, axes] = [result.inputs[0]!, axesOf(result)]
    return t && sum(mul(along(softmaxOp, x, axes), t), { axis: axes })
  },
})

export const softmaxOp: DerivedOp = normalized({
  name: 'softmax',
  doc: 'e^x over its sum along an axis.',
  expand: (x, axes) => {
    // As logSoftmax does it, so that the two share their work where both are needed.
    const e = scaledExp(belowPeak(x, axes))
    // The sum is at least 2^64, and its reciprocal a normal number; a division for each element takes much longer.
    return mul(e, reciprocal(total(e, axes)))
  },
  pullback: (p, g) => [softmaxDerivative(p, g)],
  pushforward: (p, [t]) => t && softmaxDerivative(p, t),
})

/** The softmax's Jacobian is symmetric, so both modes apply it alike. */
const softmaxDerivative = (p: Tensor, t: Tensor): Tensor =>
  widely(p, y => mul(y, sub(wide(t), total(mul(wide(t), y), axesOf(p)))))

const logSoftmaxOp = normalized({
  name: 'logSoftmax',
  doc: 'x less its logsumexp along an axis: the logarithm of softmax.',
  theano: 'logsoftmax',
  expand: (x, axes) => {
    const rest = belowPeak(x, axes)
    return sub(rest, log(mul(total(scaledExp(rest), axes), 1 / expScale)))
  },
  pullback: (result, g) => {
    const [x, axes] = [result.inputs[0]!, axesOf(result)]
    return [widely(g, t => sub(t, mul(wide(along(softmaxOp, x, axes)), total(t, axes))))]
  },
  pushforward: (result, [t]): Maybe<Tensor> => {
    const [x, axes] = [result.inputs[0]!, axesOf(result)]
    return t && sub(t, total(mul(along(softmaxOp, x, axes), t), axes))
  },
})

/** The op along normal axes: of x's type, or of the reduced type for logsumexp. */
function along(op: DerivedOp, x: Tensor, axes: readonly number[]): Tensor {
  // What a mask chooses has no size: its expansion is made of what is reduced.
  if (x.op.kind === 'derived' && x.op.chosen) return op.expand(new Tensor(op, [x], { axes } satisfies ReduceAttrs, x))
  const shape = op === logsumexpOp ? x.shape.filter((_, axis) => !axes.includes(axis)) : x.shape
  return new Tensor(op, [x], { axes } satisfies ReduceAttrs, { dtype: x.dtype, shape })
}

const asFloat = (x: Tensor) => cast(x, floatOf(x))

/** log(sum(e^x)) over axes without overflow. Its gradient is the softmax: NaN along axes where the largest is infinite. */
export function logsumexp<D extends DType, R extends Rank, const O extends Over = Everything>(
  x: Tensor<D, R>,
  over?: O & NeedsAxes<R, O>,
): Tensor<ToFloat<D>, ReducedRank<R, O>>
export function logsumexp(x: Tensor, over: Over = {}, ...more: readonly unknown[]): Tensor {
  expectTensors('logsumexp', x)
  expectNoMore('logsumexp', more)
  const options = readOptions('logsumexp', over)
  const axes = normalizeAxes('logsumexp', x, options.axis)
  const result = along(logsumexpOp, asFloat(x), axes)
  return options.keepdims ? restoreAxes(result, axes) : result
}

/** The axes to normalize along, in a record or alone. */
type OverAxes = Placed<{ axis?: number | readonly number[] }>

type Normalizing = <D extends DType, R extends Rank, const O extends OverAxes = Everything>(
  x: Tensor<D, R> & NeedsAxis<R, -1>,
  over?: O & NeedsAxes<R, O>,
) => Tensor<ToFloat<D>, R>

function normalizedAlong(op: DerivedOp, x: Tensor, over: OverAxes, more: readonly unknown[]): Tensor {
  expectTensors(op.name, x)
  expectNoMore(op.name, more)
  const { axis = -1 } = optionsOf<{ axis?: number | readonly number[] }>(op.name, over, ['axis'])
  return along(op, asFloat(x), normalizeAxes(op.name, x, axis))
}

/** e^x over its sum along an axis (the last), without overflow. */
export const softmax: Normalizing = (x, over, ...more: readonly unknown[]) =>
  normalizedAlong(softmaxOp, x, over ?? {}, more) as never

/** The logarithm of softmax along an axis (the last), right also where softmax rounds to 0. */
export const logSoftmax: Normalizing = (x, over, ...more: readonly unknown[]) =>
  normalizedAlong(logSoftmaxOp, x, over ?? {}, more) as never
