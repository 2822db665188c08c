/** How the editor refuses a call that is certain to fail: what was given lacks a property whose type says why. */
import type { DType, Float, Integer, Numeric } from './type.ts'

declare const refused: unique symbol

/** What nothing is: the text says why an argument is refused. In a list, as two reasons together would be `never`, which says none. */
export interface Refused<Why extends string> {
  readonly [refused]: readonly [Why]
}

/**
 * Nothing to ask unless `Wrong` is true. In a generic function it is open and has to pass: TypeScript skips the branch
 * `Refused` where `Wrong` would be false if anything could be assigned to and from the parameters that it is made of.
 */
export type Unless<Wrong, Why extends string> = Wrong extends true ? Refused<Why> : unknown

/** Whether a type is none; false, for `Unless`, of anything and of what depends on that. */
export type IsNever<T> = [typeof refused] extends [T] ? false : [T] extends [never] ? true : false

/** Nothing to ask where T may be one of `Allowed`, so that what is only known when the program runs passes. */
export type Needs<T, Allowed, Why extends string> = Unless<Lacks<T, Allowed>, Why>
type Lacks<T, Allowed> = [T] extends [never] ? false : [Extract<T, Allowed>] extends [never] ? true : false

/** A dtype that may be an integer. */
export type NeedsInteger<D extends DType> = Needs<D, Integer, `an integer, not ${D}`>
/** A dtype that may be a float. */
export type NeedsFloat<D extends DType> = Needs<D, Float, `a float, not ${D}`>
/** A dtype that may be a number. */
export type NeedsNumber<D extends DType> = Needs<D, Numeric, `a number, not ${D}`>
