/** When an array counts as the recorded one. */
import type { DType, NDArray } from 'damo'
import { type Recorded, toArray } from './case.ts'

export interface Tolerance {
  rtol: number
  atol: number
}

/** What is wrong with an array in place of a recorded one of the given dtype: nothing, or one sentence. */
export function difference(
  actual: NDArray,
  recorded: Omit<Recorded, 'dtype'>,
  dtype: DType,
  { rtol, atol }: Tolerance,
): string | undefined {
  if (actual.dtype !== dtype) return `dtype ${actual.dtype}, not ${dtype}`
  if (actual.shape.join() !== recorded.shape.join()) return `shape [${actual.shape}], not [${recorded.shape}]`
  const expected = toArray(recorded, wide(dtype)).data
  const values = wideData(actual)
  for (let i = 0; i < expected.length; i++) {
    if (!isClose(values[i]!, expected[i]!, rtol, atol)) return `element ${i} is ${values[i]}, not ${expected[i]}`
  }
  return undefined
}

/** |a - b| <= atol + rtol |b|; NaN equals NaN, infinities themselves alone, and integers are exact. */
export function isClose(a: number | bigint, b: number | bigint, rtol: number, atol: number): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a === b
  if (a === b || (a !== a && b !== b)) return true
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= atol + rtol * Math.abs(b)
}

/** Floats are compared as float64: the recorded value is not rounded first. */
const wide = (dtype: DType): DType => (dtype.startsWith('float') ? 'float64' : dtype)

function wideData(x: NDArray): ArrayLike<number | bigint> {
  return x.dtype === 'float16' ? ((x.tolist() as unknown[]).flat(6) as number[]) : x.data
}
