/** Arguments of random programs, and how near results have to be. */
import type { DType, NDArray } from 'damo'
import { evaluateShape } from '../../runtime/dims.ts'
import { disagreement, elements } from '../laws/agree.ts'
import type { Arrays, Program } from '../laws/executors.ts'
import { ordinary, type Scalar, special, toArray, uniform } from '../laws/values.ts'

/** Arguments for a program at sizes of its dims; `oddly`, some floats are none that formulas are made for. */
export function valuesFor(
  program: Program,
  dims: ReadonlyMap<string, number>,
  seed: number,
  { oddly = false } = {},
): Arrays {
  return Object.fromEntries(
    Object.entries(program.inputs).map(([name, x], i) => {
      const shape = evaluateShape(x.shape, dims)
      const range = x.dtype.startsWith('float') ? ([-2, 2] as const) : ([-9, 9] as const)
      const count = shape.reduce((total, size) => total * size, 1)
      const values = ordinary(x.dtype, range, count, seed + i)
      return [name, toArray(x.dtype, oddly ? withOdd(x.dtype, values, seed + i) : values, shape)]
    }),
  )
}

/**
 * Floats of which one in thirty is NaN, infinite, subnormal or a zero of either sign. None is so large that it depends on
 * the order of a sum whether that is finite.
 */
function withOdd(dtype: DType, values: readonly Scalar[], seed: number): readonly Scalar[] {
  if (!dtype.startsWith('float')) return values
  const odd = special(dtype).filter(x => !(Math.abs(Number(x)) > 1e-30 && Math.abs(Number(x)) < Infinity))
  const random = uniform(seed + 1)
  return values.map(value => (random() < 1 / 30 ? odd[Math.floor(random() * odd.length)]! : value))
}

/** The same bits. */
export const same = (a: NDArray, b: NDArray): string | undefined => disagreement(a, b)?.text

/** Relative to the largest element: rounding errors of small ones come from large ones that they are made of. */
const allowed = { float16: 0.05, float32: 2e-3, float64: 2e-3 }

export function near(actual: NDArray, expected: NDArray): string | undefined {
  if (!expected.dtype.startsWith('float')) return same(actual, expected)
  if (actual.dtype !== expected.dtype || actual.shape.join() !== expected.shape.join()) return same(actual, expected)
  const [a, b] = [elements(actual), elements(expected)] as ArrayLike<number>[]
  const finite = Array.from(b!).filter(Number.isFinite).map(Math.abs)
  const tolerance = allowed[expected.dtype as keyof typeof allowed] * Math.max(1, ...finite)
  for (let i = 0; i < b!.length; i++) {
    const equal = Object.is(a![i], b![i]) || a![i] === b![i] || Math.abs(a![i]! - b![i]!) <= tolerance
    if (!equal) return `element ${i} is ${a![i]}, not ${b![i]}`
  }
  return undefined
}
