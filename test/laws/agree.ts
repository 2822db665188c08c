/** When two results are the same: bit for bit, or within units in the last place. */
import type { DType, NDArray } from 'damo'
import type { Scalar } from './values.ts'

/** Bits of the fraction, and the exponent of the smallest normal number. */
const formats: Partial<Record<DType, readonly [number, number]>> = {
  float16: [10, -14],
  float32: [23, -126],
  float64: [52, -1022],
}

/** The distance between neighbouring numbers of a float dtype around x. */
export function ulpOf(dtype: DType, x: number): number {
  const [fraction, least] = formats[dtype]!
  const exponent = x === 0 ? least : Math.max(Math.floor(Math.log2(Math.abs(x))), least)
  return 2 ** Math.max(exponent - fraction, -1074)
}

/** The elements as host values: float16 as numbers. */
export function elements(x: NDArray): ArrayLike<Scalar> {
  if (x.dtype !== 'float16') return x.data as ArrayLike<Scalar>
  return [x.tolist()].flat(Infinity as 6) as number[]
}

/** The first element at which two arrays differ by more than `ulps` (of numbers from `least` on), as a sentence; NaN equals NaN, 0 is not -0. */
export function disagreement(actual: NDArray, expected: NDArray, ulps = 0, least = 0): string | undefined {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, not ${expected.dtype}`
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], not [${expected.shape}]`
  const [a, b] = [elements(actual), elements(expected)]
  for (let i = 0; i < b.length; i++) {
    if (!isNear(a[i]!, b[i]!, actual.dtype, ulps, least)) return `element ${i} is ${show(a[i]!)}, not ${show(b[i]!)}`
  }
  return undefined
}

function isNear(a: Scalar, b: Scalar, dtype: DType, ulps: number, least: number): boolean {
  if (Object.is(a, b)) return true
  if (ulps === 0 || typeof a === 'bigint' || typeof b === 'bigint' || !dtype.startsWith('float')) return false
  if (!Number.isFinite(a) || !Number.isFinite(b)) return overflows(a, b, dtype, ulps)
  return a !== b && Math.abs(a - b) <= ulps * ulpOf(dtype, Math.max(Math.abs(b), least))
}

/** A result that rounds to infinity on one side may be the largest number on the other. */
function overflows(a: number, b: number, dtype: DType, ulps: number): boolean {
  const [fraction, least] = formats[dtype]!
  const largest = (2 - 2 ** -fraction) * 2 ** (1 - least)
  const clamp = (x: number) => Math.min(Math.max(x, -largest), largest)
  return a === a && b === b && Math.abs(clamp(a) - clamp(b)) <= (ulps - 1) * ulpOf(dtype, largest)
}

const show = (x: Scalar): string => (Object.is(x, -0) ? '-0' : String(x))
