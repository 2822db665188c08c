/** Arguments for laws: ordinary ones from a range, and those at which things go wrong. */
import { array, type DType, type NDArray } from 'damo'

export type Scalar = number | bigint

const bits: Partial<Record<DType, number>> = {
  int8: 7,
  uint8: 8,
  int16: 15,
  uint16: 16,
  int32: 31,
  uint32: 32,
  int64: 63,
}

/** Smallest subnormal, smallest normal, distance from 1 to the next number, and largest, of each float dtype. */
const limits: Partial<Record<DType, readonly [number, number, number, number]>> = {
  float16: [2 ** -24, 2 ** -14, 2 ** -10, 65504],
  float32: [2 ** -149, 2 ** -126, 2 ** -23, (2 - 2 ** -23) * 2 ** 127],
  float64: [2 ** -1074, 2 ** -1022, 2 ** -52, Number.MAX_VALUE],
}

/** Numbers from a seed, uniform in [0, 1): Marsaglia's xorshift32, "Xorshift RNGs", 2003. */
export function uniform(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Least and greatest value of an integer dtype. */
export function integerRange(dtype: DType): readonly [bigint, bigint] {
  const width = BigInt(bits[dtype]!)
  return [dtype.startsWith('u') ? 0n : -(2n ** width), 2n ** width - 1n]
}

/** `count` values of a dtype that lie in a range, as far as the dtype goes. */
export function ordinary(dtype: DType, [low, high]: readonly [number, number], count: number, seed: number): Scalar[] {
  const random = uniform(seed)
  const draw = () => low + (high - low) * random()
  if (dtype === 'bool') return Array.from({ length: count }, () => Math.round(random()))
  if (dtype.startsWith('float')) return Array.from({ length: count }, draw)
  const [least, most] = integerRange(dtype)
  return Array.from({ length: count }, () => {
    const value = BigInt(Math.round(draw()))
    return typed(dtype, value < least ? -value : value > most ? most : value)
  })
}

/** The values of a dtype at which formulas break. */
export function special(dtype: DType): Scalar[] {
  if (dtype === 'bool') return [0, 1]
  const limit = limits[dtype]
  if (limit === undefined) {
    const [least, most] = integerRange(dtype)
    const signs = least < 0n ? [0n, 1n, -1n, 2n, -2n, 7n, -7n] : [0n, 1n, 2n, 7n]
    return [...signs, least, least + 1n, most, most - 1n, most / 2n].map(value => typed(dtype, value))
  }
  const [subnormal, normal, epsilon, largest] = limit
  const magnitudes = [0, subnormal, normal - subnormal, normal, epsilon / 4, 0.5, 1, 1 + epsilon, 2.5, 20, largest]
  const wide = dtype === 'float16' ? [] : [2 ** 24 + 2, 2 ** 31, 2 ** 33, 1e-30, 1e30]
  return [...[...magnitudes, ...wide, Infinity].flatMap(x => [x, -x]), Number.NaN]
}

const typed = (dtype: DType, value: bigint): Scalar => (dtype === 'int64' ? value : Number(value))

/**
 * Argument lists, one for each operand and all of one length: every special value with every special one of the other
 * operands (for three operands a sample of them), and ordinary values.
 */
export function argumentLists(
  dtypes: readonly DType[],
  domain: readonly (readonly [number, number])[],
  seed: number,
): Scalar[][] {
  const common = dtypes.map((dtype, i) => ordinary(dtype, domain[i]!, 41, seed + i))
  const odd = combinations(dtypes.map(special), seed)
  return dtypes.map((_, i) => interleave(common[i]!, odd[i]!))
}

/** All combinations of one value from each list, as lists again; at most some hundred. */
function combinations(lists: readonly Scalar[][], seed: number): Scalar[][] {
  const total = lists.reduce((count, list) => count * list.length, 1)
  const most = 700
  const random = uniform(seed)
  const chosen = Array.from({ length: Math.min(total, most) }, (_, i) =>
    total <= most ? i : Math.floor(random() * total),
  )
  let stride = 1
  return lists.map(list => {
    const step = stride
    stride *= list.length
    return chosen.map(at => list[Math.floor(at / step) % list.length]!)
  })
}

/** Ordinary and special values in turn, so that every vector of a few lanes meets both. */
function interleave<T>(a: readonly T[], b: readonly T[]): T[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [
    ...(i < a.length ? [a[i]!] : []),
    ...(i < b.length ? [b[i]!] : []),
  ]).flat()
}

/** Values as an array of a dtype. */
export function toArray(dtype: DType, values: readonly Scalar[], shape: readonly number[] = [values.length]): NDArray {
  return array(values as number[], { dtype, shape })
}
