/** Powers and exponentials of matrices. */
import { dimMul } from '../../dims.ts'
import { argumentWrong } from '../../errors.ts'
import { asTensor } from '../../leaf.ts'
import { expm as js } from '../../linalg/expm.ts'
import { applyRoutine, routine } from '../../routine.ts'
import type { Tensor } from '../../tensor.ts'
import type { DType, Rank } from '../../type.ts'
import { matmul } from '../contract.ts'
import { zerosLike } from '../create.ts'
import { broadcastShape, join, sliceAxis } from '../move.ts'
import type { NeedsMatrix, NeedsReal, Real } from './known.ts'
import { flipped, identityFor, realTypes, squared, squareOf, stackOf, tame } from './matrix.ts'
import { invertStack } from './systems.ts'

const expmOp = routine({
  name: 'expm',
  doc: 'The exponential of a square matrix.',
  examples: input => [
    exponential(input(['n', 'n'], undefined, [-1, 1])),
    exponential(input(['m', 3, 3], undefined, tame)),
  ],
  theano: 'expm',
  accepts: realTypes,
  ranks: [2],
  results: ([a]) => [a!],
  numbers: ([a]) => [a!.shape[0]!],
  scratch: ([a]) => [{ dtype: 'float64', size: dimMul(7, dimMul(a!.shape[0]!, a!.shape[0]!)) }],
  js,
  cpp: { header: 'routines/expm.hpp', name: 'expm' },
  failure: () => 'matrix {index} of {size} is not finite',
  pullback: (node, [g]) => [g && alongTangent(flipped(node.inputs[0]!), g)],
  pushforward: (node, [t]) => [t && alongTangent(node.inputs[0]!, t)],
})

const exponential = (a: Tensor): Tensor => applyRoutine(expmOp, [a])[0]!

/**
 * The derivative of e^A in the direction of t, a block of the exponential of [[A, t], [0, A]]: Mathias, "A chain rule for matrix
 * functions and applications", SIAM J. Matrix Anal. Appl. 17, 1996. Its adjoint is the same with A transposed.
 */
function alongTangent(a: Tensor, t: Tensor): Tensor {
  const [row, column] = [a.ndim - 2, a.ndim - 1]
  const n = a.shape[column]!
  const whole = join([join([a, t], column), join([zerosLike(a), a], column)], row)
  return sliceAxis(sliceAxis(exponential(whole), row, 0, n), column, n, n)
}

/**
 * The exponential of square matrices, the last two axes of a, by scaling and squaring with Pade's approximants. A call fails when
 * a matrix is not finite.
 */
export function expm<D extends DType, R extends Rank>(
  a: Tensor<D, R> & NeedsMatrix<R> & NeedsReal<D>,
): Tensor<Real<D>, R>
export function expm(a: Tensor): Tensor {
  return exponential(squareOf('expm', a))
}

/**
 * The n-th power of square matrices, the last two axes of a, by repeated squaring: the identity for 0; a negative one is a
 * power of the inverse, float32 of integers, which otherwise stay what they are.
 */
export function matrixPower<D extends DType, R extends Rank, const N extends number>(
  a: Tensor<D, R> & NeedsMatrix<R>,
  n: N,
): Tensor<number extends N ? D | Real<D> : `${N}` extends `-${string}` ? Real<D> : D, R>
export function matrixPower(a: Tensor, n: number): Tensor {
  if (!Number.isInteger(n)) throw argumentWrong('matrixPower', 'a whole number', n)
  const x =
    n < 0 ? squareOf('matrixPower', a) : squared('matrixPower', stackOf('matrixPower', asTensor(a, 'matrixPower')))
  let square = n < 0 ? invertStack(x) : x
  let result: Tensor | undefined
  for (let left = Math.abs(n); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result ? matmul(result, square) : square
    if (left > 1) square = matmul(square, square)
  }
  return result ?? broadcastShape(identityFor(x), x.shape)
}
