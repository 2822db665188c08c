/** What the editor knows of the parts of networks before they run. */
import type { CommonType } from '../operand.ts'
import type { NeedsRank } from '../ops/linalg/known.ts'
import type { Summed } from '../reduced.ts'
import type { NeedsInteger } from '../refused.ts'
import type { Operand, Tensor } from '../tensor.ts'
import type { DType, Integer, MaxRank, Previous, Promote, Rank, ToFloat } from '../type.ts'
import type { HierarchyWeights } from './classes.ts'
import type { PoolMode } from './pool.ts'

/** A rank that may be that of what a loss compares: numbers go with all. */
export type NeedsRankOf<Y extends Operand, R extends Rank> = NeedsRank<Y extends Tensor<DType, infer S> ? S : R, R>

/** A rank of targets: classes are integers, without the last axis, probabilities have it. */
export type NeedsTargets<E extends DType, S extends Rank, R extends Rank> = NeedsRank<
  S,
  E extends Integer ? Previous<R> : R
>

/** The dtype of a crossentropy: classes that integers name do not change it. */
export type Crossed<D extends DType, E extends DType> = E extends Integer ? ToFloat<D> : Promote<ToFloat<D>, E>

/** The dtype of what is made of floats of a dtype, or what become such, and an operand. */
export type FloatBeside<D extends DType, Y extends Operand> = CommonType<[Tensor<ToFloat<D>>, Y]>

/** The dtype of sums and differences of a tensor and an operand with a plain number. */
export type WithNumber<D extends DType, Y extends Operand, N extends number> = CommonType<
  [Tensor<CommonType<[Tensor<D>, Y]>>, N]
>

/** The dtype of scores under a mask: numbers are added, truth values choose. */
export type MaskedType<D extends DType, M extends Tensor> = [M] extends [never]
  ? D
  : M extends Tensor<infer E>
    ? Promote<D, E>
    : never

/** The rank of scores under a mask, without the axis that several heads have in between. */
export type MaskedRank<R extends Rank, M extends Tensor, Heads extends number> = [M] extends [never]
  ? R
  : M extends Tensor<DType, infer S>
    ? Heads extends 1
      ? MaxRank<R, S>
      : MaxRank<R, S extends 0 ? 0 : Previous<S>>
    : never

/** The dtype that pooling gives. */
export type Pooled<D extends DType, Mode extends PoolMode> = Mode extends 'max'
  ? D
  : Mode extends 'sum'
    ? Summed<D>
    : ToFloat<D>

/** The dtype of a float result with parameters, which it promotes with. */
export type Scaled<D extends DType, G extends DType, B extends DType> = Promote<Promote<ToFloat<D>, G>, B>

/** Classes that are wanted of a hierarchy are integers. */
export type NeedsClasses<W extends HierarchyWeights> = W extends { target: Tensor<infer E> }
  ? { target: NeedsInteger<E> }
  : unknown

/** The dtype of probabilities in a hierarchy: of groups, times those within them. */
export type HierarchyType<D extends DType, W extends HierarchyWeights> = Promote<
  ToFloat<CommonType<[Tensor<D>, W['groups'], W['groupBias']]>>,
  ToFloat<CommonType<[Tensor<D>, W['members'], W['memberBias']]>>
>

/** The rank of probabilities in a hierarchy: of each class, or of those that are wanted. */
export type HierarchyRank<W extends HierarchyWeights> = W extends { target: infer T }
  ? T extends Tensor
    ? 1
    : 2
  : 'target' extends keyof W
    ? 1 | 2
    : 2
