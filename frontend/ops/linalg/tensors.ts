/** Inverses and systems of tensors that are matrices once their axes are joined. */
import { expectTensors } from '../../arguments.ts'
import { dimProduct } from '../../dims.ts'
import { argumentWrong, rankRefused } from '../../errors.ts'
import type { AtLeast, Minus, Next } from '../../rank.ts'
import type { IsNever, Needs, Unless } from '../../refused.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Promote, Rank } from '../../type.ts'
import { reshapeTo } from '../move.ts'
import type { NeedsReal, Real } from './known.ts'
import { solve } from './solve.ts'
import { inv } from './systems.ts'

/** a as a matrix whose rows are its first `count` axes. */
const joined = (a: Tensor, count: number): Tensor =>
  reshapeTo(a, [dimProduct(a.shape.slice(0, count)), dimProduct(a.shape.slice(count))])

/**
 * NumPy's `tensorinv`: the tensor for which `tensordot(tensorinv(a, n), a, n)` is the identity, of the first `n` axes of a
 * (2) against the others, whose sizes have the same product. A call fails where there is none.
 */
export function tensorinv<D extends DType, R extends Rank>(
  a: Tensor<D, R> & Needs<R, AtLeast<2>, 'axes of rows and of columns'> & NeedsReal<D>,
  n?: number,
): Tensor<Real<D>, R>
export function tensorinv(a: Tensor, n = 2): Tensor {
  expectTensors('tensorinv', a)
  if (!Number.isInteger(n) || n < 1) throw argumentWrong('tensorinv', 'a whole number of axes from 1 on', n)
  if (a.ndim <= n) throw rankRefused('tensorinv', [a], `more than ${n} axes`)
  return reshapeTo(inv(joined(a, n)), [...a.shape.slice(n), ...a.shape.slice(0, n)])
}

/** NumPy's `tensorsolve`: x with `tensordot(a, x, x.ndim)` = b; a has the axes of b and then those of x. */
export function tensorsolve<D extends DType, R extends Rank, E extends DType, S extends Rank>(
  a: Tensor<D, R> & NeedsReal<D>,
  b: Tensor<E, S> & NeedsReal<E> & Unless<IsNever<Minus<R, Next<S>>>, `less axes than ${R}, not ${S}`>,
): Tensor<Real<Promote<D, E>>, Minus<R, S>>
export function tensorsolve(a: Tensor, b: Tensor): Tensor {
  expectTensors('tensorsolve', a, b)
  if (a.ndim <= b.ndim) throw rankRefused('tensorsolve', [a, b], 'axes of the left beyond those of the right')
  return reshapeTo(solve(joined(a, b.ndim), reshapeTo(b, [dimProduct(b.shape)])), a.shape.slice(b.ndim))
}
