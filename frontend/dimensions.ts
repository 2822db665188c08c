/**
 * Arithmetic of dims for users: `dims.mul(batch, 2)`. Arguments are sizes, dims, entries of `x.shape`, or integer scalar inputs;
 * results may stand in any shape. What numbers decide is decided at once, the rest when a call binds the names.
 */
import {
  type DimExpr,
  dimAdd,
  dimCeilDiv,
  dimFloorDiv,
  dimMax,
  dimMin,
  dimMod,
  dimMul,
  dimSub,
  dimText,
} from './dims.ts'
import { dimWrong } from './errors.ts'
import { type DimLike, toDim } from './leaf.ts'
import { dimLabel } from './type.ts'

/** Like `toDim`, with numbers below 0, which may stand between. */
const whole = (op: string, value: DimLike): DimExpr =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : toDim(`dims.${op}`, value)

const operation =
  (op: string, f: (a: DimExpr, b: DimExpr) => DimExpr) =>
  (a: DimLike, b: DimLike): DimExpr =>
    f(whole(op, a), whole(op, b))

const division = (op: string, f: (a: DimExpr, b: DimExpr) => DimExpr) => {
  const divide = operation(op, f)
  return (a: DimLike, b: DimLike): DimExpr => {
    if (typeof b === 'number' && !(b > 0))
      throw dimWrong(`dims.${op}`, b, 'a divisor is a whole number from 1 on, or a dim')
    return divide(a, b)
  }
}

/** a + b. */
export const add = operation('add', dimAdd)
/** a - b; a shape with a size below 0 is an error when it becomes known. */
export const sub = operation('sub', dimSub)
/** a * b. */
export const mul = operation('mul', dimMul)
/** floor(a / b) for b above 0. */
export const floorDiv = division('floorDiv', dimFloorDiv)
/** ceil(a / b) for b above 0. */
export const ceilDiv = division('ceilDiv', dimCeilDiv)
/** a - b floor(a / b) for b above 0. */
export const mod = division('mod', dimMod)
/** The smaller of two. */
export const min = operation('min', dimMin)
/** The larger of two. */
export const max = operation('max', dimMax)

/** As a person writes it: `2*batch + 1`. */
export const text = (value: DimLike): string => dimLabel(dimText(whole('text', value)))
