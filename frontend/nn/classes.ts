/** What classifiers need besides losses: confusion matrices, and a softmax over very many classes. */
import { expectTensors, namedOptions, toCount } from '../arguments.ts'
import { dimMul } from '../dims.ts'
import { dimsDiffer, dtypeRefused, rankRefused } from '../errors.ts'
import { add, floorDiv, mod, mul } from '../ops/arithmetic.ts'
import { matmul } from '../ops/contract.ts'
import { dimValue, full } from '../ops/create.ts'
import { scatter } from '../ops/gather.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import { vecmat } from '../ops/linalg/vectors.ts'
import { permute, reshapeTo, sizeOf } from '../ops/move.ts'
import { expandDims } from '../ops/shape.ts'
import { softmax } from '../ops/softmax.ts'
import { pick, take } from '../ops/take.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, integers, isInteger, type MaxRank, type Promote, type Rank, type ToFloat, unify } from '../type.ts'
import type { HierarchyRank, HierarchyType, NeedsClasses } from './known.ts'

/** `softmax(add(x, bias))`, of the last axis: Theano's softmax_with_bias. It stays as stable as the two together. */
export function softmaxWithBias<D extends DType, E extends DType, R extends Rank, S extends Rank>(
  x: Tensor<D, R>,
  bias: Tensor<E, S>,
): Tensor<ToFloat<Promote<D, E>>, MaxRank<R, S>>
export function softmaxWithBias(x: Tensor, bias: Tensor): Tensor {
  expectTensors('softmaxWithBias', x, bias)
  return softmax(add(x, bias)) as Tensor
}

/**
 * How often class i was taken for class j, int64 [classes, classes]: of integers of one shape, the actual classes and the
 * predicted ones. One that is no class fails the call.
 */
export function confusionMatrix<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  actual: Tensor<D, R> & NeedsInteger<D>,
  predicted: Tensor<E, S> & NeedsInteger<E> & NeedsRank<S, R>,
  classes: number,
): Tensor<'int64', 2>
export function confusionMatrix(actual: Tensor, predicted: Tensor, classes: number): Tensor<'int64', 2> {
  expectTensors('confusionMatrix', actual, predicted)
  const wrong = [actual, predicted].find(x => !isInteger(x.dtype))
  if (wrong) throw dtypeRefused('confusionMatrix', [wrong], integers)
  if (actual.ndim !== predicted.ndim) throw rankRefused('confusionMatrix', [actual, predicted], 'classes of one shape')
  const differs = actual.shape.findIndex((dim, axis) => unify(dim, predicted.shape[axis]!) === 'differ')
  if (differs >= 0)
    throw dimsDiffer('confusionMatrix', [actual, predicted], differs, actual.shape[differs]!, predicted.shape[differs]!)
  const size = toCount('confusionMatrix', classes)
  const [rows, columns] = [actual, predicted].map(x => reshapeTo(x, [sizeOf(x)])) as [Tensor, Tensor]
  const places = { axes: [null, null], indices: [[0], [0]], mode: 'add', fromStart: true } as const
  const counts = scatter(full([size, size], 0, 'int64'), full(rows.shape, 1, 'int64'), [rows, columns], places)
  return counts as Tensor<'int64', 2>
}

/** The weights of `hSoftmax`: which group, [features, groups] and [groups]; and which of a group. */
export interface HierarchyWeights {
  groups: Tensor
  groupBias: Tensor
  /** [groups, features, members] */
  members: Tensor
  /** [groups, members] */
  memberBias: Tensor
  /** The classes whose probabilities are wanted, integers [batch]; all classes when absent. */
  target?: Tensor
}

/**
 * Theano's `h_softmax`: probabilities of classes in groups of one size, P(group) P(class in the group), from features
 * x [batch, features]: [batch, classes], or [batch] of the target classes, for which only their groups are computed.
 */
export function hSoftmax<D extends DType, R extends Rank, const W extends HierarchyWeights>(
  x: Tensor<D, R> & NeedsRank<R, 2>,
  weights: W & NeedsClasses<W>,
): Tensor<HierarchyType<D, W>, HierarchyRank<W>>
export function hSoftmax(x: Tensor, weights: HierarchyWeights): Tensor {
  const known = ['groups', 'groupBias', 'members', 'memberBias', 'target'] as const
  const { groups, groupBias, members, memberBias, target } = namedOptions('hSoftmax', weights, known)
  expectTensors('hSoftmax', x, groups, groupBias, members, memberBias, ...(target ? [target] : []))
  if (x.ndim !== 2 || members.ndim !== 3) throw rankRefused('hSoftmax', [x, members], 'a matrix and weights of 3 axes')
  const size = members.shape[2]!
  const ofGroup = softmax(add(matmul(x, groups), groupBias) as Tensor<'float32'>)
  if (target) {
    const each = dimValue(size, target.dtype)
    const [group, member] = [floorDiv(target, each), mod(target, each)]
    const scores = add(vecmat(x, take(members, group, 0)), take(memberBias, group, 0))
    return mul(pick(ofGroup, group), pick(softmax(scores as Tensor<'float32'>), member))
  }
  const scores = add(permute(matmul(x, members), [1, 0, 2]), memberBias)
  const all = mul(softmax(scores as Tensor<'float32'>), expandDims(ofGroup, -1))
  return reshapeTo(all, [all.shape[0]!, dimMul(all.shape[1]!, all.shape[2]!)])
}
