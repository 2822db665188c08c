/** Rounding to whole numbers; derivatives are 0 almost everywhere and defined so everywhere. */
import { expectTensors } from '../arguments.ts'
import { cast, unary } from '../elementwise.ts'
import type { Tensor } from '../tensor.ts'
import { type DType, floats, type Rank } from '../type.ts'
import { abs, add, sign, sub } from './arithmetic.ts'
import { ge, where } from './comparison.ts'

/** The largest whole number not above x. */
export const floor = unary({
  name: 'floor',
  doc: 'The largest whole number not above x.',
  types: floats,
  js: Math.floor,
  code: x => `floor(${x})`,
  domain: [-9, 9],
})

/** The least whole number not below x. */
export const ceil = unary({
  name: 'ceil',
  doc: 'The least whole number not below x.',
  types: floats,
  js: Math.ceil,
  code: x => `ceil(${x})`,
  domain: [-9, 9],
})

/** x without its fraction. */
export const trunc = unary({
  name: 'trunc',
  doc: 'x without its fraction.',
  types: floats,
  js: Math.trunc,
  code: x => `trunc(${x})`,
  domain: [-9, 9],
})

/** The nearest whole number; halves go to the even one, as in NumPy. */
export const round = unary({
  name: 'round',
  doc: 'The nearest whole number, halves to even.',
  numpy: 'round',
  types: floats,
  js: x => halfToEven(x),
  code: x => `rint(${x})`,
  domain: [-9, 9],
})

function halfToEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  const rounded = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded
}

/** The nearest whole number; halves go away from 0, as Theano's round once did and C's does. */
export const roundHalfAwayFromZero = unary({
  name: 'roundHalfAwayFromZero',
  doc: 'The nearest whole number, halves away from 0.',
  theano: 'round_half_away_from_zero',
  types: floats,
  js: x => (Math.abs(x - Math.trunc(x)) >= 0.5 ? Math.trunc(x) + Math.sign(x) : Math.trunc(x)),
  body: x => {
    const whole = trunc(x!)
    return where(ge(abs(sub(x!, whole)), 0.5), add(whole, sign(x!)), whole)
  },
  partials: () => [undefined],
  domain: [-9, 9],
})

/** The nearest whole number as an int64; halves go to the even one. */
export function iround<R extends Rank>(x: Tensor<DType, R>): Tensor<'int64', R> {
  expectTensors('iround', x)
  return cast(round(x), 'int64')
}
