/** What densities with large parameters are made of without cancellation, in float64. */
import type { Tensor } from '../../tensor.ts'
import { abs, add, div, mul, sub } from '../arithmetic.ts'
import { lt, where } from '../comparison.ts'
import { log1p } from '../exponential.ts'
import { polynomial } from './format.ts'

/** B(2n) / (2n (2n - 1)): the terms of Stirling's series (DLMF 5.11.1). */
export const stirling = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
]

/** log Γ(x) - ((x - 1/2) log x - x + log √2π) for x >= 8. */
export function stirlingRest(x: Tensor): Tensor {
  const inverse = div(1, x)
  return mul(polynomial(mul(inverse, inverse), stirling), inverse)
}

/** 2 / 3, 2 / 5, … */
const oddInverses = Array.from({ length: 15 }, (_, i) => 2 / (2 * i + 3))

/** log(1 + u) - u: for |u| < 1/2 from the series of artanh (DLMF 4.37.24) at r = u / (2 + u), where log(1 + u) = 2 artanh r. */
export function log1pLess(u: Tensor): Tensor {
  const r = div(u, add(u, 2))
  const z = mul(r, r)
  const near = mul(r, sub(mul(polynomial(z, oddInverses), z), u))
  return where(lt(abs(u), 0.5), near, sub(log1p(u), u))
}

/** The rounding error of the product p = a b, by splitting both factors (T. J. Dekker, Numer. Math. 18 (1971)). */
export function productError(a: Tensor, b: Tensor, p: Tensor): Tensor {
  const [a1, a2] = halves(a)
  const [b1, b2] = halves(b)
  return add(add(sub(mul(a1, b1), p), add(mul(a1, b2), mul(a2, b1))), mul(a2, b2))
}

/** What the sum of two numbers lacks after rounding (D. E. Knuth, The Art of Computer Programming 2, 4.2.2). */
export function sumError(a: Tensor, b: Tensor): Tensor {
  const sum = add(a, b)
  const part = sub(sum, a)
  return add(sub(a, sub(sum, part)), sub(b, part))
}

function halves(x: Tensor): readonly [Tensor, Tensor] {
  const scaled = mul(x, 134217729)
  const head = sub(scaled, sub(scaled, x))
  return [head, sub(x, head)]
}
