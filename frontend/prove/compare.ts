/** When two results count as the same, under each contract of a rule. */
import { decode, type NDArray } from '../../runtime/array.ts'

/** The results of both sides, and of one of them computed in float64 from the same arguments. */
export interface Results {
  left: number
  right: number
  /** The left side in float64. */
  exactLeft: number
  /** The right side in float64, at the arguments and where they are moved by a few units of float32. */
  exactRight: number
  spread: number
  /** The most that the left side comes to in float64 with any signs of the arguments. */
  magnitude: number
}

/** The elements of an array as numbers; int64 exactly up to 2^53. */
export const numbersOf = ({ dtype, data }: NDArray): number[] =>
  Array.from(data as ArrayLike<number | bigint>, element => Number(decode(dtype, element)))

/** The same elements bit for bit, but that every NaN is the same. */
export function sameBits(a: NDArray, b: NDArray): boolean {
  return (
    a.dtype === b.dtype &&
    a.data.length === b.data.length &&
    Array.from(a.data as ArrayLike<number | bigint>).every((x, i) =>
      Object.is(decode(a.dtype, x), decode(b.dtype, b.data[i]!)),
    )
  )
}

const float32 = { greatest: 3.4028234663852886e38, least: 2 ** -126, epsilon: 2 ** -23 }

/** The distance between neighbours of float32 at x, at least that of the least normal number. */
const unit = (x: number) => float32.epsilon * 2 ** Math.floor(Math.log2(Math.max(Math.abs(x), float32.least)))

/** Equal as numbers (zeros whatever their sign), or both NaN. */
const same = (a: number, b: number) => a === b || (a !== a && b !== b)

/** Both out of the range of float32 on the same side, or both below its full precision. */
const outOfRange = (a: number, b: number) =>
  (Math.abs(a) > float32.greatest && Math.abs(b) > float32.greatest && a * b > 0) ||
  (Math.abs(a) < float32.least && Math.abs(b) < float32.least)

/** Within some units of float32, in the range where it has its full precision. */
const near = (a: number, b: number, ulp: number) => same(a, b) || outOfRange(a, b) || Math.abs(a - b) <= ulp * unit(b)

/** `close`, in float32: as the left side, or nearer to what it would be without its own rounding and overflow. */
export function isClose({ left, right, exactLeft, magnitude }: Results, ulp: number, reorders: boolean): boolean {
  if (reorders && !(Math.abs(right - exactLeft) > ulp * unit(magnitude)) && Number.isFinite(magnitude)) return true
  if (same(left, right) || near(right, left, ulp)) return true
  return near(right, exactLeft, Math.max(ulp, 1)) || Math.abs(right - exactLeft) <= Math.abs(left - exactLeft)
}

/** `stable`, on tame arguments: the same function. */
export function isSameFunction({ exactLeft, exactRight }: Results): boolean {
  return same(exactLeft, exactRight) || Math.abs(exactLeft - exactRight) <= 1e-12 + 1e-9 * Math.abs(exactRight)
}

/** `stable`, on all arguments: right in float32, as far as arguments in float32 determine it. */
export function isAccurate({ right, exactRight, spread }: Results, scale: number): boolean {
  return near(right, exactRight, 16) || Math.abs(right - exactRight) <= 4 * spread + 4 * float32.epsilon * scale
}

/** Where the left side is undefined in exact arithmetic, or at a pole, the right side is too. */
export function keepsPoles({ exactLeft, exactRight }: Results): boolean {
  return Number.isFinite(exactLeft) || same(exactLeft, exactRight)
}
