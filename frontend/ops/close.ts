/** Infinities told apart and replaced, and tensors compared as far as rounding lets them be. */
import { expectTensors, namedOptions, toNumber } from '../arguments.ts'
import { bodies, cast, predicate, strengthen } from '../elementwise.ts'
import { constant } from '../leaf.ts'
import type { CommonRank, NeedsTensor } from '../operand.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { allTypes, isFloat } from '../type.ts'
import { abs, add, mul, sub } from './arithmetic.ts'
import { eq, isfinite, isnan, le, logicalAnd, logicalOr, ne, where } from './comparison.ts'
import { all } from './reduce.ts'

/** True where x is +Infinity. */
export const isposinf = predicate({
  name: 'isposinf',
  doc: 'true where x is +Infinity.',
  types: allTypes,
  js: x => x === Infinity,
  body: bodies(
    x => eq(x!, Infinity),
    x => ne(x!, x!),
  ),
})

/** True where x is -Infinity. */
export const isneginf = predicate({
  name: 'isneginf',
  doc: 'true where x is -Infinity.',
  types: allTypes,
  js: x => x === -Infinity,
  body: bodies(
    x => eq(x!, -Infinity),
    x => ne(x!, x!),
  ),
})

/** What takes the place of NaN (0) and of infinities (the largest finite numbers of the dtype). */
export interface NanToNumOptions {
  nan?: number
  posinf?: number
  neginf?: number
}

const largest = { float16: 65504, float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE }

/** x with NaN and infinities replaced by numbers; integers and bool have none. Gradients flow through what was finite. */
export function nanToNum<T extends Tensor>(x: T, options?: NanToNumOptions): T
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  expectTensors('nanToNum', x)
  namedOptions('nanToNum', options, ['nan', 'posinf', 'neginf'])
  if (!isFloat(x.dtype)) return x
  const { nan = 0, posinf = largest[x.dtype], neginf = -largest[x.dtype] } = options
  const number = (value: number): Tensor => constant(value, x.dtype)
  const bounded = where(isposinf(x), number(posinf), where(isneginf(x), number(neginf), x))
  return where(isnan(x), number(nan), bounded)
}

/** How far numbers may be apart: |a - b| <= atol + rtol |b|; NaN is close to nothing unless `equalNan`. */
export interface CloseOptions {
  rtol?: number
  atol?: number
  equalNan?: boolean
}

/** True where a and b are as good as equal; infinities are close to themselves alone. Integers are compared in float64. */
export function isclose<A extends Operand, B extends Operand>(
  a: A,
  b: B & NeedsTensor<A | B>,
  options?: CloseOptions,
): Tensor<'bool', CommonRank<[A, B]>>
export function isclose(a: Operand, b: Operand, options: CloseOptions = {}): Tensor<'bool'> {
  namedOptions('isclose', options, ['rtol', 'atol', 'equalNan'])
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  for (const tolerance of [rtol, atol]) toNumber('isclose', tolerance)
  const [x, y] = strengthen('isclose', [a, b]).map(t => (isFloat(t.dtype) ? t : cast(t, 'float64'))) as [Tensor, Tensor]
  const near = logicalAnd(isfinite(y), le(abs(sub(x, y)), add(mul(abs(y), rtol), atol)))
  const close = logicalOr(near, eq(x, y))
  return equalNan ? logicalOr(close, logicalAnd(isnan(x), isnan(y))) : close
}

/** True when all elements are close; see `isclose`. */
export const allclose = (a: Operand, b: Operand, options: CloseOptions = {}): Tensor<'bool', 0> =>
  all(isclose(a as Tensor, b, options))
