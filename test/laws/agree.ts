/** When two results are the same: bit for bit, or within units in the last place. */
import type { DType, NDArray } from 'damo'
import { toHalf } from '../../runtime/half.ts'
import type { Scalar } from './values.ts'

/** Distance from 1 to the next number. */
const epsilons: Partial<Record<DType, number>> = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 }

/** The elements as host values: float16 as numbers. */
export function elements(x: NDArray): ArrayLike<Scalar> {
  if (x.dtype !== 'float16') return x.data as ArrayLike<Scalar>
  return [x.tolist()].flat(Infinity as 6) as number[]
}

/** Where two arrays disagree. */
export interface Disagreement {
  /** Position of the element, -1 when the arrays are of different types. */
  at: number
  text: string
}

/**
 * The worst of the elements at which two arrays differ by more than `ulps` (of numbers from `least` on); NaN equals NaN,
 * and 0 is not -0 unless there is a least.
 */
export function disagreement(actual: NDArray, expected: NDArray, ulps = 0, least = 0): Disagreement | undefined {
  if (actual.dtype !== expected.dtype) return { at: -1, text: `dtype ${actual.dtype}, not ${expected.dtype}` }
  if (actual.shape.join() !== expected.shape.join())
    return { at: -1, text: `shape [${actual.shape}], not [${expected.shape}]` }
  const [a, b] = [elements(actual), elements(expected)]
  let worst: [distance: number, at: number] = [0, -1]
  for (let i = 0; i < b.length; i++) {
    const distance = distanceOf(a[i]!, b[i]!, actual.dtype, least)
    if (distance > ulps && distance > worst[0]) worst = [distance, i]
  }
  const [distance, at] = worst
  if (at < 0) return undefined
  const far = Number.isFinite(distance) ? ` (${distance} ulp)` : ''
  return { at, text: `element ${at} of ${b.length} is ${show(a[at]!)}, not ${show(b[at]!)}${far}` }
}

/** How many numbers of the dtype two values lie apart, or units in the last place of `least`; Infinity where that means nothing. */
function distanceOf(a: Scalar, b: Scalar, dtype: DType, least: number): number {
  if (Object.is(a, b)) return 0
  if (least > 0 && a === b) return 0
  if (a === b || typeof a === 'bigint' || typeof b === 'bigint' || !dtype.startsWith('float')) return Infinity
  if (a !== a || b !== b) return Infinity
  const apart = Math.abs(Number(ordinal(a, dtype) - ordinal(b, dtype)))
  return Math.min(apart, least === 0 ? Infinity : Math.abs(a - b) / (least * epsilons[dtype]!))
}

const word = new DataView(new ArrayBuffer(8))

/** The place of a float among all of its dtype, counted from 0; infinity follows the largest number. */
function ordinal(x: number, dtype: DType): bigint {
  word.setFloat64(0, 0)
  if (dtype === 'float64') word.setFloat64(0, Math.abs(x))
  else if (dtype === 'float32') word.setFloat32(4, Math.abs(x))
  else word.setUint16(6, toHalf(Math.abs(x)))
  return x < 0 ? -word.getBigUint64(0) : word.getBigUint64(0)
}

const show = (x: Scalar): string => (Object.is(x, -0) ? '-0' : String(x))
