/** Arguments for laws: ordinary ones, ones at the edges of a dtype, and ones over its whole range. */
import { dataOf, NDArray } from '../../runtime/array.ts'
import { toHalf } from '../../runtime/half.ts'
import { greatest, least } from '../folds.ts'
import { type DType, isFloat } from '../type.ts'

/** Numbers in [0, 1) that depend on the seed alone. */
export type Random = () => number

/** Mulberry32, a generator of 2^32 numbers (T. Ettinger, 2017). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Ordinary values, small ones at which functions have poles, ones at the ends of the range, and ones all over it. */
export type Kind = 'tame' | 'point' | 'edge' | 'wild'

const points: readonly number[] = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, Number.NaN]

const edges: readonly number[] = [...points, Infinity, -Infinity, 1e-40, -1e-40, 2 ** -126, 3e38, -3e38, 1e20, -1e20]

/** Magnitudes at which exponentials and their relatives saturate. */
const steps: readonly number[] = [10, 17, 30, 88, 89, 104, 710, 1000]

/** `count` numbers of a kind; `domain` bounds tame ones. */
export function draw(
  kind: Kind,
  dtype: DType,
  count: number,
  domain: readonly [number, number],
  random: Random,
): number[] {
  const one = isFloat(dtype) ? floatOf[kind] : wholeOf[kind]
  return Array.from({ length: count }, () => one(random, domain, dtype))
}

type Draw = (random: Random, domain: readonly [number, number], dtype: DType) => number

const choose = (list: readonly number[], random: Random) => list[Math.floor(random() * list.length)]!
const between = (low: number, high: number, random: Random) => low + (high - low) * random()
const sign = (random: Random) => (random() < 0.5 ? -1 : 1)

const floatOf: Readonly<Record<Kind, Draw>> = {
  tame: (random, [low, high]) => Math.fround(between(low, high, random)),
  point: random => choose(points, random),
  edge: random => Math.fround(choose(edges, random)),
  wild: random => {
    const exponent = random() < 0.5 ? between(-37, 37, random) : between(-3, 3, random)
    return Math.fround(random() < 0.2 ? sign(random) * choose(steps, random) : sign(random) * 10 ** exponent)
  },
}

const wholeEdges = (dtype: DType) => {
  const ends = [least[dtype], greatest[dtype]].map(Number)
  return dtype.startsWith('u') || dtype === 'bool' ? [0, 1, ends[1]!] : [0, 1, -1, 2, -2, ends[0]!, ends[1]!]
}

const small = (random: Random, dtype: DType) =>
  dtype === 'bool' ? Math.floor(random() * 2) : Math.floor(between(dtype.startsWith('u') ? 0 : -9, 10, random))

const wholeOf: Readonly<Record<Kind, Draw>> = {
  tame: (random, _, dtype) => small(random, dtype),
  point: (random, _, dtype) => small(random, dtype),
  edge: (random, _, dtype) => choose(wholeEdges(dtype), random),
  wild: (random, _, dtype) => (random() < 0.5 ? small(random, dtype) : choose(wholeEdges(dtype), random)),
}

/** Numbers as an array of a dtype; what an integer type cannot hold goes to its nearer end. */
export function toArray(dtype: DType, shape: readonly number[], values: readonly number[]): NDArray {
  const data = new dataOf[dtype](values.length)
  const [low, high] = [least[dtype], greatest[dtype]]
  values.forEach((value, i) => {
    if (dtype === 'float16') data[i] = toHalf(value)
    else if (dtype !== 'int64') data[i] = value
    else data[i] = value >= Number(high) ? high! : value <= Number(low) ? low! : BigInt(value)
  })
  return new NDArray(dtype, shape, data as never)
}
