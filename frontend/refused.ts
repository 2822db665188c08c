/** How the editor refuses a call that is certain to fail: what was given lacks a property whose type says why. */
import type { DType, Float, Integer, Numeric } from './type.ts'

declare const refused: unique symbol

/** What nothing is: the text says why an argument is refused. */
export interface Refused<Why extends string> {
  readonly [refused]: Why
}

/** Nothing to ask where T may be one of `Allowed`, so that what is only known when the program runs passes. */
export type Needs<T, Allowed, Why extends string> = [T] extends [never]
  ? unknown
  : [Extract<T, Allowed>] extends [never]
    ? Refused<Why>
    : unknown

/** A dtype that may be an integer. */
export type NeedsInteger<D extends DType> = Needs<D, Integer, `an integer, not ${D}`>
/** A dtype that may be a float. */
export type NeedsFloat<D extends DType> = Needs<D, Float, `a float, not ${D}`>
/** A dtype that may be a number. */
export type NeedsNumber<D extends DType> = Needs<D, Numeric, `a number, not ${D}`>
