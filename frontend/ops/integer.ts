/** Whole quotients beside `floorDiv` and `mod`. */
import { binary, cast } from '../elementwise.ts'
import type { Binary, CommonRank, CommonType, NeedsTensor } from '../operand.ts'
import type { NeedsNumber } from '../refused.ts'
import type { Operand, Tensor } from '../tensor.ts'
import { type Integer, integers } from '../type.ts'
import { add, floorDiv, mod } from './arithmetic.ts'
import { ne } from './comparison.ts'

/** The least integer quotient not below a / b; an integer divided by 0 gives 0. */
export const ceilIntDiv = binary({
  name: 'ceilIntDiv',
  doc: 'ceil(a / b) of integers; a / 0 gives 0.',
  theano: 'ceil_intdiv',
  types: integers,
  js: (a, b) => (b === 0 ? 0 : Math.ceil(a / b)),
  big: (a: bigint, b: bigint) => (b === 0n ? 0n : a / b + (a % b !== 0n && a < 0n === b < 0n ? 1n : 0n)),
  body: (a, b) => add(floorDiv(a!, b!), cast(ne(mod(a!, b!), 0), a!.dtype)),
  cost: 13,
  domain: [
    [-9, 9],
    [1, 4],
  ],
}) as Binary<Integer>

/** The quotient `floorDiv(a, b)` and the rest `mod(a, b)`, as Python's divmod. */
export function divmod<A extends Operand, B extends Operand>(
  a: A,
  b: B & NeedsTensor<A | B> & NeedsNumber<CommonType<[A, B]>>,
): [quotient: Divided<A, B>, rest: Divided<A, B>]
export function divmod(a: Operand, b: Operand): [quotient: Tensor, rest: Tensor] {
  return [floorDiv(a as Tensor, b as Tensor), mod(a as Tensor, b as Tensor)]
}

type Divided<A, B> = Tensor<CommonType<[A, B]>, CommonRank<[A, B]>>
