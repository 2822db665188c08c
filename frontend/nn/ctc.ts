/** Connectionist temporal classification: labels of sequences whose places in time are not known. */
import { expectTensorOptions, expectTensors, namedOptions } from '../arguments.ts'
import { type DimExpr, dimAdd, dimMul, dimSub } from '../dims.ts'
import { cast } from '../elementwise.ts'
import { dtypeRefused, rankRefused, shapesDiffer } from '../errors.ts'
import { constant } from '../leaf.ts'
import { add, maximum, mul, neg, sub } from '../ops/arithmetic.ts'
import { eq, ge, gt, logicalAnd, lt, ne, where } from '../ops/comparison.ts'
import { position } from '../ops/create.ts'
import { logaddexp } from '../ops/exponential.ts'
import { gather } from '../ops/gather.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import { broadcastShape, reshapeTo, sliceAxis, spread } from '../ops/move.ts'
import { sum } from '../ops/reduce.ts'
import { scan } from '../ops/scan.ts'
import { stack } from '../ops/shape.ts'
import { logSoftmax, logsumexp } from '../ops/softmax.ts'
import { takeAlongAxis } from '../ops/take.ts'
import { slide } from '../ops/window.ts'
import type { Needs, NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, type Equality, integers, isInteger, type Rank, unify } from '../type.ts'

export interface CtcOptions<E extends DType = DType, R extends Rank = Rank> {
  /** How many steps of each sequence count, as integers [batch]: all when absent. More than there are fail the call. */
  lengths?: Tensor<E, R>
  /** The class that stands for no label: 0 when absent. */
  blank?: number
}

/** The logarithm of what cannot be: finite, so that differences of two are no NaN. */
const impossible = -1e30

const accepts: readonly DType[] = ['float32', 'float64']

/**
 * The negative logarithm of the probability of each sequence's labels, in nats, [batch]: over all ways to place them in
 * time with blanks between. `activations` [steps, batch, classes] are logits; `labels` [batch, labels] are integers,
 * shorter lists filled up with negative numbers; a label that is no class fails the call. Infinite where the steps are too
 * few for the labels. Graves and others, ICML 2006, equations 6 to 8, in logarithms.
 */
export function ctc<
  D extends DType,
  R extends Rank,
  E extends DType,
  S extends Rank,
  F extends DType = 'int32',
  T extends Rank = 1,
>(
  activations: Tensor<D, R> & Needs<D, 'float32' | 'float64', `float32 or float64, not ${D}`> & NeedsRank<R, 3>,
  labels: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, 2>,
  options?: CtcOptions<F, T> & { lengths?: NeedsInteger<F> & NeedsRank<T, 1> },
): Tensor<D, 1>
export function ctc(activations: Tensor, labels: Tensor, options: CtcOptions = {}): Tensor {
  expectTensors('ctc', activations, labels)
  const { lengths, blank = 0 } = namedOptions('ctc', options, ['lengths', 'blank'])
  expectTensorOptions('ctc', { lengths })
  requireOperands(activations, labels, lengths)
  return losses(activations, labels, lengths, blank)
}

function losses(activations: Tensor, labels: Tensor, lengths: Tensor | undefined, blank: number): Tensor {
  const [steps, batch] = activations.shape as [DimExpr, DimExpr]
  const places = dimAdd(dimMul(2, labels.shape[1]!), 1)
  const place = position('$0', [places], 'int32')
  const targets = withBlanks(labels, blank, places)
  const index = reshapeTo(targets, [1, batch, places], agree(activations, labels, lengths))
  // Looked up among 0 to steps: what is none of these fails the call.
  const upTo = position('$0', [dimAdd(steps, 1)], 'int32')
  const counted = lengths && gather(upTo, [lengths], { axes: [null], indices: [[0]], fromStart: true })
  const emitted = takeAlongAxis(logSoftmax(activations), broadcastShape(index, [steps, batch, places]), { axis: 2 })
  const nothing = constant(impossible, activations.dtype)
  const from = (alpha: Tensor, back: number) => where(ge(place, back), earlier(alpha, back), nothing)
  // A label may follow the one before without a blank between, unless they are the same.
  const skips = logicalAnd(ne(targets, blank), logicalAnd(ge(place, 2), ne(targets, earlier(targets, 2))))
  const first = where(lt(place, 2), reshapeTo(sliceAxis(emitted, 0, 0, 1), [batch, places]), nothing)
  const rest = dimSub(steps, 1)
  const { carry: alpha } = scan(
    (before: Tensor, [log, time]: readonly Tensor[]) => {
      const ways = [before, from(before, 1), where(skips, from(before, 2), nothing)]
      const after = add(log!, logsumexp(stack(ways), { axis: 0 }))
      const counts = counted && lt(time!, reshapeTo(counted, [batch, 1]))
      return { carry: counts ? where(counts, after, before) : after }
    },
    { initial: first, sequences: [sliceAxis(emitted, 0, 1, rest), position(dimAdd('$0', 1), [rest], 'int32')] },
  )
  const count = sum(cast(ge(labels, 0), 'int32'), { axis: 1, keepdims: true })
  const last = cast(mul(count, 2), 'int32')
  const ending = (at: Tensor) => reshapeTo(takeAlongAxis(alpha, at, { axis: 1 }), [batch])
  const label = where(reshapeTo(gt(count, 0), [batch]), ending(maximum(sub(last, 1), 0)), nothing)
  const loss = neg(logaddexp(ending(last), label))
  return where(lt(loss, -impossible / 2), loss, Number.POSITIVE_INFINITY)
}

/** Labels with a blank before, between and after: [batch, 2 labels + 1], and blanks in place of what fills up. */
function withBlanks(labels: Tensor, blank: number, places: DimExpr): Tensor {
  const whole = cast(labels, 'int32')
  const real = spread(where(ge(whole, 0), whole, blank), 1, 1, 2, places)
  if (blank === 0) return real
  return where(eq(position(['%', '$0', 2], [places], 'int32'), 1), real, blank)
}

/** Elements moved `back` places on along the second axis. */
function earlier(x: Tensor, back: number): Tensor {
  const sliding = { axis: 2, window: 0, stride: 1, dilation: 1, before: back }
  return reshapeTo(slide(broadcastShape(x, [1, ...x.shape]), sliding, x.shape[1]!), x.shape)
}

function requireOperands(activations: Tensor, labels: Tensor, lengths: Tensor | undefined): void {
  if (!accepts.includes(activations.dtype)) throw dtypeRefused('ctc', [activations], accepts)
  for (const x of [labels, ...(lengths ? [lengths] : [])])
    if (!isInteger(x.dtype)) throw dtypeRefused('ctc', [x], integers)
  if (activations.ndim !== 3 || labels.ndim !== 2)
    throw rankRefused('ctc', [activations, labels], 'activations [steps, batch, classes] and labels [batch, labels]')
  if (lengths && lengths.ndim !== 1) throw rankRefused('ctc', [lengths], 'lengths [batch]')
}

/** What a call must hold batches to. Throws where they cannot be of one size. */
function agree(activations: Tensor, labels: Tensor, lengths: Tensor | undefined): Equality[] {
  return [labels, ...(lengths ? [lengths] : [])].flatMap(x => {
    const unified = unify(activations.shape[1]!, x.shape[0]!)
    if (unified === 'differ') throw shapesDiffer('ctc', [activations], x, 2)
    return unified.check ? [unified.check] : []
  })
}
