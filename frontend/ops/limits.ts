/** Partial derivatives where their formula is 0 / 0 or Infinity - Infinity, and what they tend to is not. */
import { constant } from '../leaf.ts'
import type { Tensor } from '../tensor.ts'
import { div, sub } from './arithmetic.ts'
import { eq, isinf, logicalAnd, where } from './comparison.ts'

type Exponential = (x: Tensor) => Tensor

const number = (value: number, like: Tensor) => constant(value, like.dtype)

/**
 * The share of e^a in e^a + e^b, whose logarithm `out` is: e^(a - out). Of infinite terms the larger has all, and of two that
 * are as large each has a half.
 */
export function shareOf(exponential: Exponential, a: Tensor, b: Tensor, out: Tensor): Tensor {
  const infinite = isinf(out)
  const limit = where(eq(a, b), number(0.5, a), where(eq(a, out), number(1, a), number(0, a)))
  return where(infinite, limit, exponential(where(infinite, number(0, a), sub(a, out))))
}

/** x / y, and 0 for 0 / 0: how x log y grows with y. */
export function ratio(x: Tensor, y: Tensor): Tensor {
  const isNothing = logicalAnd(eq(x, 0), eq(y, 0))
  return where(isNothing, number(0, x), div(x, where(isNothing, number(1, y), y)))
}
