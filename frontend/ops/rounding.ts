/** Rounding to whole numbers, which those stay; derivatives are 0 almost everywhere and defined so everywhere. */
import { expectTensors, optionsOf, type Placed } from '../arguments.ts'
import type { Body } from '../define.ts'
import { bodies, cast, type ElementwiseSpec, opOf, tag, unary } from '../elementwise.ts'
import { argumentWrong } from '../errors.ts'
import type { Unary } from '../operand.ts'
import type { Tensor } from '../tensor.ts'
import { allTypes, type DType, isFloat, type Rank } from '../type.ts'
import { abs, add, div, mul, sign, sub } from './arithmetic.ts'
import { ge, where } from './comparison.ts'

type Rounding = Pick<ElementwiseSpec, 'name' | 'doc' | 'theano' | 'numpy' | 'js' | 'code'> & { body?: Body }

/** A function that rounds floats; integers and bool are whole. */
const rounding = ({ body: own, ...spec }: Rounding) =>
  unary({
    types: allTypes,
    big: x => x,
    body: bodies(own, x => x!),
    partials: () => [undefined],
    domain: [-9, 9],
    ...spec,
  }) as Unary

/** The largest whole number not above x. */
export const floor = rounding({
  name: 'floor',
  doc: 'The largest whole number not above x.',
  js: Math.floor,
  code: x => `floor(${x})`,
})

/** The least whole number not below x. */
export const ceil = rounding({
  name: 'ceil',
  doc: 'The least whole number not below x.',
  js: Math.ceil,
  code: x => `ceil(${x})`,
})

/** x without its fraction. */
export const trunc = rounding({
  name: 'trunc',
  doc: 'x without its fraction.',
  js: Math.trunc,
  code: x => `trunc(${x})`,
})

const nearest = rounding({
  name: 'round',
  doc: 'The nearest whole number, halves to even.',
  numpy: 'round',
  js: x => halfToEven(x),
  code: x => `rint(${x})`,
})

function halfToEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  const rounded = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded
}

/** How many digits behind the point stay; with a negative number, as many before it become 0. */
export interface RoundOptions {
  decimals?: number
}

/**
 * The nearest whole number, or number of so many decimals: `round(x, 2)` is `round(x, { decimals: 2 })`. Halves go to the even
 * one, of x times 10^decimals as floats have it, as in NumPy.
 */
export const round = tag(
  <D extends DType, R extends Rank>(x: Tensor<D, R>, places: Placed<RoundOptions> = {}): Tensor<D, R> => {
    expectTensors('round', x)
    const { decimals = 0 } = optionsOf<RoundOptions>('round', places, ['decimals'])
    if (!Number.isInteger(decimals)) throw argumentWrong('round', 'a whole number of decimals', decimals)
    if (decimals === 0 || (decimals > 0 && !isFloat(x.dtype))) return nearest(x)
    const scale = 10 ** Math.abs(decimals)
    const wide: Tensor = isFloat(x.dtype) ? x : cast(x, 'float64')
    const rounded = decimals > 0 ? div(nearest(mul(wide, scale)), scale) : mul(nearest(div(wide, scale)), scale)
    return cast(rounded, x.dtype) as Tensor<D, R>
  },
  opOf(nearest),
)

/** The nearest whole number; halves go away from 0, as Theano's round once did and C's does. */
export const roundHalfAwayFromZero = rounding({
  name: 'roundHalfAwayFromZero',
  doc: 'The nearest whole number, halves away from 0.',
  theano: 'round_half_away_from_zero',
  js: x => (Math.abs(x - Math.trunc(x)) >= 0.5 ? Math.trunc(x) + Math.sign(x) : Math.trunc(x)),
  body: x => {
    const whole = trunc(x!)
    return where(ge(abs(sub(x!, whole)), 0.5), add(whole, sign(x!)), whole)
  },
})

/** The nearest whole number as an int64; halves go to the even one. */
export function iround<R extends Rank>(x: Tensor<DType, R>): Tensor<'int64', R> {
  expectTensors('iround', x)
  return cast(round(x), 'int64')
}
