/** Inverses and systems of tensors that are matrices once their axes are joined. */
import { expectTensors } from '../../arguments.ts'
import { dimProduct } from '../../dims.ts'
import { argumentWrong, rankRefused } from '../../errors.ts'
import type { Tensor } from '../../tensor.ts'
import { reshapeTo } from '../move.ts'
import { solve } from './solve.ts'
import { inv } from './systems.ts'

/** a as a matrix whose rows are its first `count` axes. */
const joined = (a: Tensor, count: number): Tensor =>
  reshapeTo(a, [dimProduct(a.shape.slice(0, count)), dimProduct(a.shape.slice(count))])

/**
 * NumPy's `tensorinv`: the tensor for which `tensordot(tensorinv(a, n), a, n)` is the identity, of the first `n` axes of a
 * (2) against the others, whose sizes have the same product. A call fails where there is none.
 */
export function tensorinv(a: Tensor, n = 2): Tensor {
  expectTensors('tensorinv', a)
  if (!Number.isInteger(n) || n < 1) throw argumentWrong('tensorinv', 'a whole number of axes from 1 on', n)
  if (a.ndim <= n) throw rankRefused('tensorinv', [a], `more than ${n} axes`)
  return reshapeTo(inv(joined(a, n)), [...a.shape.slice(n), ...a.shape.slice(0, n)])
}

/** NumPy's `tensorsolve`: x with `tensordot(a, x, x.ndim)` = b; a has the axes of b and then those of x. */
export function tensorsolve(a: Tensor, b: Tensor): Tensor {
  expectTensors('tensorsolve', a, b)
  if (a.ndim <= b.ndim) throw rankRefused('tensorsolve', [a, b], 'axes of the left beyond those of the right')
  return reshapeTo(solve(joined(a, b.ndim), reshapeTo(b, [dimProduct(b.shape)])), a.shape.slice(b.ndim))
}
