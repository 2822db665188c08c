/**
 * Double-double arithmetic: a number as an unevaluated sum of two doubles, about 32 digits. T. J. Dekker, A
 * floating-point technique for extending the available precision, Numer. Math. 18 (1971).
 */

/** high + low, with |low| at most half a unit in the last place of high. */
export type Doubled = readonly [high: number, low: number]

export const doubled = (x: number): Doubled => [x, 0]

/** The exact sum of two doubles. */
export function sumOf(a: number, b: number): Doubled {
  const sum = a + b
  const part = sum - a
  return [sum, a - (sum - part) + (b - part)]
}

/** The exact product of two doubles, both under 2^996. */
export function productOf(a: number, b: number): Doubled {
  const product = a * b
  const [a1, a2] = halves(a)
  const [b1, b2] = halves(b)
  return [product, a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2]
}

function halves(x: number): readonly [number, number] {
  const scaled = 134217729 * x
  const head = scaled - (scaled - x)
  return [head, x - head]
}

const normal = (high: number, low: number): Doubled => {
  const sum = high + low
  return [sum, low - (sum - high)]
}

export function add(a: Doubled, b: Doubled): Doubled {
  const [high, error] = sumOf(a[0], b[0])
  const [low, rest] = sumOf(a[1], b[1])
  const [middle, small] = normal(high, error + low)
  return normal(middle, small + rest)
}

export const neg = (a: Doubled): Doubled => [-a[0], -a[1]]

export const sub = (a: Doubled, b: Doubled): Doubled => add(a, neg(b))

export function mul(a: Doubled, b: Doubled): Doubled {
  const [high, low] = productOf(a[0], b[0])
  return normal(high, low + (a[0] * b[1] + a[1] * b[0]))
}

export function div(a: Doubled, b: Doubled): Doubled {
  const first = a[0] / b[0]
  const rest = sub(a, mul(b, doubled(first)))
  const second = rest[0] / b[0]
  const third = sub(rest, mul(b, doubled(second)))[0] / b[0]
  return add(normal(first, second), doubled(third))
}

export function sqrt(a: Doubled): Doubled {
  if (a[0] === 0) return a
  const first = Math.sqrt(a[0])
  const rest = sub(a, productOf(first, first))
  return normal(first, rest[0] / (2 * first))
}

/** a times a power of two. */
export const scale = (a: Doubled, factor: number): Doubled => [a[0] * factor, a[1] * factor]

/** c[0] + c[1] x + ... */
export function polynomial(x: Doubled, coefficients: readonly Doubled[]): Doubled {
  return coefficients.reduceRight((sum, c) => add(mul(sum, x), c), doubled(0))
}

/** p / q of whole numbers. */
export const fraction = (p: number, q: number): Doubled => div(doubled(p), doubled(q))

/** m 2^-bits, for a whole number of any size. */
export function fromBigInt(m: bigint, bits: number): Doubled {
  const size = m < 0n ? -m : m
  const excess = Math.max(size.toString(2).length - 120, 0)
  const short = m >> BigInt(excess)
  const high = Number(short)
  const low = Number(short - BigInt(high))
  return scale(
    scale([high, low], 2 ** Math.trunc((excess - bits) / 2)),
    2 ** (excess - bits - Math.trunc((excess - bits) / 2)),
  )
}
