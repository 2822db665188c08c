/** Arguments of random programs, and how near results have to be. */
import type { NDArray } from 'damo'
import { evaluateShape } from '../../runtime/dims.ts'
import { disagreement, elements } from '../laws/agree.ts'
import type { Arrays, Program } from '../laws/executors.ts'
import { ordinary, toArray } from '../laws/values.ts'

/** Arguments for a program at sizes of its dims. */
export function valuesFor(program: Program, dims: ReadonlyMap<string, number>, seed: number): Arrays {
  return Object.fromEntries(
    Object.entries(program.inputs).map(([name, x], i) => {
      const shape = evaluateShape(x.shape, dims)
      const range = x.dtype.startsWith('float') ? ([-2, 2] as const) : ([-9, 9] as const)
      const count = shape.reduce((total, size) => total * size, 1)
      return [name, toArray(x.dtype, ordinary(x.dtype, range, count, seed + i), shape)]
    }),
  )
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
