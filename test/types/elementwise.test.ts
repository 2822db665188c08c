/** What the editor knows of functions of elements, and that it is so: promotion, numbers, broadcasting, what is refused. */

import type { Float, Rank, Tensor } from 'damo'
import * as d from 'damo'
import * as op from 'damo/op'
import { expect, test } from 'vitest'
import { exactly } from './exactly.ts'
import { fails, is, isOf } from './told.ts'

const x = d.matrix('x')
const w = d.matrix('w', { dtype: 'float64' })
const h = d.vector('h', { dtype: 'float16' })
const n = d.vector('n', { dtype: 'int32' })
const small = d.vector('small', { dtype: 'uint8' })
const s = d.scalar('s', { dtype: 'int64' })
const flags = d.matrix('flags', { dtype: 'bool' })
const some: Tensor = d.tensor('some', { dtype: 'float32', shape: [2] })
const half: number = Number('0.5')

const kept = [d.abs, d.neg, d.sign, d.square, d.relu] as const
const rounded = [d.ceil, d.floor, d.trunc, d.roundHalfAwayFromZero] as const
const passed = [d.disconnectedGrad, d.zeroGrad, d.considerConstant] as const
const floating = [
  ...[d.arccos, d.arccosh, d.arcsin, d.arcsinh, d.arctan, d.arctanh, d.cos, d.cosh, d.sin, d.sinh, d.tan, d.tanh],
  ...[d.deg2rad, d.rad2deg, d.exp, d.exp2, d.expm1, d.log, d.log10, d.log1p, d.log2, d.log1mexp, d.logit, d.xlogx],
  ...[d.digamma, d.factorial, d.gamma, d.gammaln, d.trigamma, d.erf, d.erfc, d.erfcinv, d.erfcx, d.erfinv, d.logErfc],
  ...[d.i0, d.i1, d.j0, d.j1, d.reciprocal, d.sqrt],
  ...[d.hardSigmoid, d.selu, d.sigmoid, d.softplus, d.softsign, d.ultraFastSigmoid],
] as const
const judging = [d.isfinite, d.isinf, d.isnan, d.isneginf, d.isposinf, d.logicalNot] as const
const promoting = [d.add, d.mul, d.sub, d.floorDiv, d.mod, d.maximum, d.minimum, d.pow] as const
const dividing = [
  ...[d.arctan2, d.beta, d.betaln, d.div, d.gammainc, d.gammaincc, d.hypot],
  ...[d.logaddexp, d.logaddexp2, d.xlog1py, d.xlogy],
] as const
const comparing = [d.eq, d.ge, d.gt, d.le, d.lt, d.ne] as const
const logical = [d.logicalAnd, d.logicalOr, d.logicalXor] as const
const bitwise = [d.bitwiseAnd, d.bitwiseOr, d.bitwiseXor] as const
const whole = [d.leftShift, d.rightShift, d.ceilIntDiv] as const

test('of one tensor', () => {
  for (const f of kept) {
    is(f(x), 'float32', 2)
    is(f(n), 'int32', 1)
    // @ts-expect-error: a number, not bool
    fails(() => f(flags))
  }
  for (const f of rounded) {
    is(f(w), 'float64', 2)
    is(f(flags), 'bool', 2)
  }
  for (const f of passed) is(f(h), 'float16', 1)
  for (const f of floating) {
    is(f(h), 'float16', 1)
    is(f(small), 'float32', 1)
    is(f([[0.5], [1]]), 'float32', 2)
    // @ts-expect-error: a number, not bool
    fails(() => f(flags))
    // @ts-expect-error: a number, not bool
    fails(() => f([true]))
    // @ts-expect-error: a tensor, not a number
    f(1)
  }
  for (const f of judging) is(f(x), 'bool', 2)
  for (const f of [d.relu, d.tanh, d.square]) is(f(x), 'float32', 2)
  is({ relu: d.relu, tanh: d.tanh }[(['relu', 'tanh'] as const)[n.ndim]!](w), 'float64', 2)
  is(d.isnan([1, Number.NaN]), 'bool', 1)
  is(d.bitwiseNot(flags), 'bool', 2)
  is(d.round(n, -1), 'int32', 1)
  is(d.nanToNum(flags, { nan: 1 }), 'bool', 2)
  is(d.iround(x), 'int64', 2)
  is(d.cast(x, 'int8'), 'int8', 2)
  is(h.astype('float64'), 'float64', 1)
  is(d.bitcast(x, 'int32'), 'int32', 2)
  is(d.polygamma(1, n), 'float32', 1)
  is(d.elu(n), 'float32', 1)
  is(d.leakyRelu(w), 'float64', 2)
  is(d.leakyRelu(n), 'float32', 1)
  is(d.leakyRelu(n, 2), 'int32', 1)
  is(d.gradClip(x, -1, 1), 'float32', 2)
  is(d.gradScale(x, 2), 'float32', 2)
  // @ts-expect-error: an integer or bool, not float32
  fails(() => d.bitwiseNot(x))
  // @ts-expect-error: no such dtype
  fails(() => d.cast(x, 'float'))
})

test('of two: dtypes promote, numbers take the dtype of tensors, ranks broadcast', () => {
  for (const f of promoting) {
    is(f(x, w), 'float64', 2)
    is(f(h, x), 'float32', 2)
    is(f(n, small), 'int32', 1)
    is(f(s, n), 'int64', 1)
    is(f(n, h), 'float16', 1)
    is(f(flags, n), 'int32', 2)
    is(f(x, 1), 'float32', 2)
    is(f(0.5, w), 'float64', 2)
    is(f(small, 2), 'uint8', 1)
    is(f(n, 0.5), 'float32', 1)
    is(f(3e-7, s), 'float32', 0)
    is(f(flags, 2), 'int32', 2)
    exactly<Tensor<'int32' | 'float32', 1>>()(f(n, half))
    // @ts-expect-error: a number, not bool
    fails(() => f(flags, flags))
    // @ts-expect-error: a string is no operand
    fails(() => f(x, '1'))
    is(f(h, [1, 2]), 'float32', 1)
    is(f([[true], [false]], n), 'int32', 2)
    is(f(w, [[[1]]]), 'float64', 3)
  }
  for (const f of dividing) {
    is(f(h, x), 'float32', 2)
    is(f(n, small), 'float32', 1)
    is(f(n, 2), 'float32', 1)
    is(f(2, w), 'float64', 2)
    // @ts-expect-error: a number, not bool
    fails(() => f(flags, true))
  }
  for (const f of [...comparing, ...logical]) {
    is(f(x, n), 'bool', 2)
    is(f(n, 0.5), 'bool', 1)
    is(f(true, flags), 'bool', 2)
  }
  for (const f of bitwise) {
    is(f(n, small), 'int32', 1)
    is(f(flags, flags), 'bool', 2)
    is(f(small, 3), 'uint8', 1)
    // @ts-expect-error: an integer or bool, not float32
    fails(() => f(x, n))
    // @ts-expect-error: an integer or bool, not float32
    fails(() => f(n, 0.5))
  }
  for (const f of whole) {
    is(f(n, s), 'int64', 1)
    is(f(7, small), 'uint8', 1)
    // @ts-expect-error: an integer, not bool
    fails(() => f(flags, flags))
    // @ts-expect-error: an integer, not float64
    fails(() => f(w, n))
  }
  const [quotient, rest] = d.divmod(n, 2)
  is(quotient, 'int32', 1)
  is(rest, 'int32', 1)
  is(d.isclose(x, n, { rtol: 1 }), 'bool', 2)
  is(d.allclose(x, 1), 'bool', 0)
  // @ts-expect-error: two numbers are no tensors
  exactly<Tensor>()(d.add(1, 2))
  // @ts-expect-error: no such option
  fails(() => d.isclose(x, x, { tolerance: 1 }))
})

test('of three', () => {
  is(d.where(flags, h, n), 'float16', 2)
  is(d.where(flags, 1, 0), 'int32', 2)
  is(d.where(flags, w, 0), 'float64', 2)
  is(d.where(d.gt(n, 0), n, 0.5), 'float32', 1)
  is(d.clip(x, 0, 1), 'float32', 2)
  is(d.clip(n, null, 5), 'int32', 1)
  is(d.clip(small, n, null), 'int32', 1)
  is(d.betainc(0.5, w, n), 'float64', 2)
  // @ts-expect-error: three operands
  fails(() => d.clip(x))
  // @ts-expect-error: a number, not bool
  fails(() => d.clip(flags, false, true))
  // @ts-expect-error: a number, not bool
  fails(() => d.betainc(flags, flags, flags))
})

test('methods are the functions', () => {
  is(x.add(w), 'float64', 2)
  is(n.add([1, 2]), 'float32', 1)
  is(h.sub([[1, 2]]), 'float32', 2)
  is(w.mul([1, 2]), 'float64', 2)
  is(n.div([true, false]), 'float32', 1)
  is(n.sub(0.5), 'float32', 1)
  is(n.mul(small), 'int32', 1)
  is(n.div(2), 'float32', 1)
  is(n.pow(2), 'int32', 1)
  is(x.neg(), 'float32', 2)
  // @ts-expect-error: a number, not bool
  fails(() => flags.add(flags))
  // @ts-expect-error: no such method
  expect(() => x.plus(1)).toThrow(TypeError)
})

test('what is not known passes, and so does what is generic', () => {
  const scaled = <D extends Float, R extends Rank>(t: Tensor<D, R>): Tensor<D, R> =>
    d.mul(d.sigmoid(t), 2) as Tensor<D, R>
  is(scaled(w), 'float64', 2)
  exactly<Tensor>()(d.neg(some))
  exactly<Tensor>()(d.add(some, some))
  isOf(d.gt(some, 1), 'bool', 1)
  isOf(d.exp(d.cast(some, 'float64')), 'float64', 1)
  const either = half > 0 ? 2 : x
  exactly<Tensor<'float32', 2>>()(d.mul(x, either))
})

test('one’s own ops', () => {
  const cube = op.unary({
    name: 'cube',
    doc: 'x³.',
    types: op.numbers,
    js: v => v ** 3,
    body: v => d.mul(v, d.mul(v, v)),
  })
  is(cube(w), 'float64', 2)
  const over = op.floatBinary({
    name: 'over',
    doc: 'a / b.',
    types: op.numbers,
    js: (a, b) => a / b,
    body: (a, b) => d.div(a, b),
  })
  is(over(n, 2), 'float32', 1)
})
