/** float64 functions, compiled to wasm, against double-double arithmetic on random arguments of several kinds. */
import { Bench } from './bench.ts'
import { type Doubled, scale, sub } from './doubled.ts'
import * as precise from './precise.ts'
import * as other from './preciseOther.ts'
import * as special from './preciseSpecial.ts'
import { stored, storedRows } from './stored.ts'
import type { Row } from './table.ts'

/** Arguments: evenly between two numbers, or with exponents spread evenly (`wide`; with both signs if `low` is negative). */
interface Span {
  low: number
  high: number
  wide?: boolean
}

interface Measure {
  name: string
  spans: readonly Span[]
  /** The exact value at x; `result` is what is judged, for inverses that are found by a step from it. */
  exact(x: number, result: number, y: number): Doubled | precise.Scaled
  /** The second operand, for functions of two. */
  second?(x: number, random: () => number): number
  /** Errors count in units of at least this size's: for functions that cross zero. */
  least?(x: number): number
  /** What the row is told from others of the function by. */
  range?: string
  /** The bound that tests hold it to. */
  ulps: number
  /** Costly references take a part of the arguments. */
  part?: number
}

const even = (low: number, high: number): Span => ({ low, high })
const wide = (low: number, high: number): Span => ({ low, high, wide: true })
const small = { low: -1e-18, high: 1, wide: true }
const of = (f: (x: Doubled) => Doubled | precise.Scaled) => (x: number) => f(precise.doubled(x))

export const measures: readonly Measure[] = [
  { name: 'exp', spans: [even(-745, 709.7), even(-2, 2)], exact: of(precise.exp), ulps: 1 },
  { name: 'exp2', spans: [even(-1074, 1023.9), even(-2, 2)], exact: precise.exp2, ulps: 1.2 },
  { name: 'expm1', spans: [even(-40, 40), even(-1, 1), small], exact: of(precise.expm1), ulps: 2 },
  { name: 'log', spans: [wide(1e-320, 1e308), even(0.4, 2.5)], exact: of(precise.log), ulps: 1 },
  { name: 'log2', spans: [wide(1e-320, 1e308), even(0.4, 2.5)], exact: precise.log2, ulps: 1 },
  { name: 'log10', spans: [wide(1e-320, 1e308), even(0.4, 2.5)], exact: precise.log10, ulps: 1 },
  { name: 'log1p', spans: [even(-0.999999, 3), small, wide(1, 1e308)], exact: of(precise.log1p), ulps: 1.5 },
  { name: 'log1mexp', spans: [even(-40, 0), even(-1, 0), wide(-745, -1e-18)], exact: precise.log1mexp, ulps: 3 },
  { name: 'tanh', spans: [even(-20, 20), even(-1, 1), small], exact: precise.tanh, ulps: 3 },
  { name: 'sigmoid', spans: [even(-745, 40), even(-5, 5)], exact: precise.sigmoid, ulps: 2.5 },
  { name: 'softplus', spans: [even(-745, 40), even(-5, 5)], exact: precise.softplus, ulps: 2.5 },
  {
    name: 'sin',
    spans: [even(-10, 10), even(-1e6, 1e6), wide(-1e-9, 1e308)],
    exact: x => precise.sinCos(x).sin,
    ulps: 2,
  },
  {
    name: 'cos',
    spans: [even(-10, 10), even(-1e6, 1e6), wide(-1e-9, 1e308)],
    exact: x => precise.sinCos(x).cos,
    ulps: 2,
  },
  { name: 'tan', spans: [even(-10, 10), wide(-1e-9, 1e308)], exact: tangent, ulps: 3 },
  { name: 'arcsin', spans: [even(-1, 1), small], exact: precise.arcsin, ulps: 2.5 },
  { name: 'arccos', spans: [even(-1, 1)], exact: precise.arccos, ulps: 2 },
  { name: 'arctan', spans: [even(-10, 10), wide(-1e-18, 1e18)], exact: of(precise.arctan), ulps: 2 },
  { name: 'arctan2', spans: [even(-10, 10)], exact: (y, _, x) => angle(y, x), second: even10, ulps: 3 },
  { name: 'sinh', spans: [even(-5, 5), even(-710.4, 710.4), small], exact: precise.sinh, ulps: 2.5 },
  { name: 'cosh', spans: [even(-5, 5), even(-710.4, 710.4)], exact: precise.cosh, ulps: 2 },
  { name: 'arcsinh', spans: [even(-5, 5), wide(-1e-18, 1e308)], exact: precise.arcsinh, ulps: 2.5 },
  { name: 'arccosh', spans: [even(1, 5), wide(1, 1e308)], exact: precise.arccosh, ulps: 2.5 },
  { name: 'arctanh', spans: [even(-1, 1), small], exact: precise.arctanh, ulps: 2.5 },
  {
    name: 'pow',
    spans: [wide(1e-300, 1e300), even(0.1, 4)],
    exact: (x, _, y) => precise.pow(x, y),
    second: exponent,
    ulps: 1,
  },
  { name: 'logit', spans: [even(0, 1), wide(1e-300, 1)], exact: other.logit, ulps: 4 },
  { name: 'xlogx', spans: [even(0, 4), wide(1e-300, 1e300)], exact: other.xlogx, ulps: 2 },
  { name: 'xlogy', spans: [even(-10, 10)], exact: (x, _, y) => other.xlogy(x, y), second: positive, ulps: 2 },
  { name: 'xlog1py', spans: [even(-10, 10)], exact: (x, _, y) => other.xlog1py(x, y), second: positive, ulps: 3 },
  {
    name: 'logaddexp',
    spans: [even(-10, 10)],
    exact: (x, _, y) => other.logaddexp(x, y),
    second: even10,
    least: () => 1,
    ulps: 3,
  },
  {
    name: 'logaddexp2',
    spans: [even(-10, 10)],
    exact: (x, _, y) => other.logaddexp2(x, y),
    second: even10,
    least: () => 1,
    ulps: 3,
  },
  { name: 'hypot', spans: [even(-10, 10)], exact: (x, _, y) => other.hypot(x, y), second: even10, ulps: 2 },
  { name: 'selu', spans: [even(-20, 5), even(-1, 0), small], exact: other.selu, ulps: 4 },
  { name: 'softsign', spans: [even(-10, 10), small], exact: other.softsign, ulps: 2 },
  { name: 'erf', spans: [even(-6, 6), small], exact: special.erf, ulps: 2 },
  { name: 'erfc', spans: [even(-6, 27)], exact: special.erfc, ulps: 4 },
  { name: 'erfcx', spans: [even(-26, 30), even(-1, 3)], exact: special.erfcx, ulps: 3 },
  { name: 'erfinv', spans: [even(-1, 1), small], exact: special.erfinv, ulps: 3, part: 0.5 },
  { name: 'erfcinv', spans: [even(0, 2), wide(1e-300, 1)], exact: special.erfcinv, ulps: 3, part: 0.5 },
  { name: 'logErfc', spans: [even(-5, 25)], exact: other.logErfc, ulps: 8, part: 0.5 },
  { name: 'gamma', spans: [even(0, 24), even(24, 171)], exact: other.gamma, ulps: 5, part: 0.5 },
  { name: 'gamma', spans: [even(-20, 0)], exact: other.gamma, range: 'x < 0', ulps: 5, part: 0.1 },
  { name: 'factorial', spans: [even(0, 24), even(24, 170)], exact: other.factorial, ulps: 6, part: 0.5 },
  { name: 'gammaln', spans: [even(0, 10), wide(1e-300, 1e300)], exact: special.gammaln, ulps: 4, part: 0.5 },
  {
    name: 'gammaln',
    spans: [even(-10, 0)],
    exact: special.gammaln,
    range: 'x < 0',
    least: () => 1,
    ulps: 4,
    part: 0.1,
  },
  { name: 'digamma', spans: [even(0, 12), wide(1e-300, 1e300)], exact: special.digamma, ulps: 4, part: 0.5 },
  {
    name: 'digamma',
    spans: [even(-10, 0)],
    exact: special.digamma,
    range: 'x < 0',
    least: () => 1,
    ulps: 5,
    part: 0.1,
  },
  { name: 'trigamma', spans: [even(0, 12), wide(1e-150, 1e300)], exact: special.trigamma, ulps: 3, part: 0.5 },
  {
    name: 'trigamma',
    spans: [even(-10, 0)],
    exact: special.trigamma,
    range: 'x < 0',
    least: () => 1,
    ulps: 5,
    part: 0.1,
  },
  { name: 'j0', spans: [even(-50, 50)], exact: x => special.bessel(0, x), least: amplitude, ulps: 5, part: 0.02 },
  { name: 'j1', spans: [even(-50, 50)], exact: x => special.bessel(1, x), least: amplitude, ulps: 5, part: 0.02 },
]

function tangent(x: number): Doubled {
  const { sin, cos } = precise.sinCos(x)
  return precise.div(sin, cos)
}

function positive(_: number, random: () => number): number {
  return 20 * random()
}

function even10(_: number, random: () => number): number {
  return 20 * random() - 10
}

function angle(y: number, x: number): Doubled {
  const up = precise.arctan(precise.div(precise.doubled(y), precise.doubled(x)))
  return x > 0 ? up : precise.add(up, scale(precise.pi, y < 0 ? -1 : 1))
}

/** Exponents that leave x^y in range. */
function exponent(x: number, random: () => number): number {
  return ((2 * random() - 1) * 700) / Math.max(Math.abs(Math.log(x)), 1e-3)
}

/** The height of a Bessel function's waves, a little less near 0. */
function amplitude(x: number): number {
  return Math.sqrt(0.6 / (1 + Math.abs(x)))
}

/** What was found: the worst error and where. */
export interface Found {
  ulps: number
  x: number
  got: number
  want: number
}

/** Random numbers in [0, 1), the same in every run (xorshift). */
function generator(): () => number {
  let state = 88172645463325252n
  return () => {
    state ^= BigInt.asUintN(64, state << 13n)
    state ^= state >> 7n
    state ^= BigInt.asUintN(64, state << 17n)
    return Number(state >> 11n) / 2 ** 53
  }
}

/** An argument of a span. */
function draw({ low, high, wide: spread }: Span, random: () => number): number {
  if (!spread) return low + (high - low) * random()
  const [a, b] = [Math.log2(Math.abs(low)), Math.log2(Math.abs(high))]
  const size = 2 ** Math.min(a + (b - a) * random(), 1023.99)
  if (high < 0) return -size
  return low < 0 && random() < 0.5 ? -size : size
}

/** Benches of all functions that are measured. */
export function float64Benches(capacity: number): Promise<ReadonlyMap<string, Bench>> {
  const names = [...measures, ...stored].map(({ name }) => name)
  return Bench.createAll([...new Set(names)], 'float64', capacity)
}

/** The worst of `count` random arguments; the bench must have room for them. */
export function measure({ spans, exact, second, least, part = 1 }: Measure, bench: Bench, count: number): Found {
  const n = Math.ceil(count * part)
  const random = generator()
  const [xs, ys] = bench.inputs as Float64Array[]
  for (let i = 0; i < n; i++) {
    xs![i] = draw(spans[i % spans.length]!, random)
    if (second) ys![i] = second(xs![i]!, random)
  }
  bench.run()
  let worst: Found = { ulps: 0, x: 0, got: 0, want: 0 }
  for (let i = 0; i < n; i++) {
    const [x, got] = [xs![i]!, bench.output[i] as number]
    const value = exact(x, got, ys?.[i] ?? 0)
    const { ulps, want } = judge(got, 'value' in value ? value : { value, exponent: 0 }, least?.(x) ?? 0)
    if (!(ulps <= worst.ulps)) worst = { ulps, x, got, want }
  }
  return worst
}

/** The distance of a result from value 2^exponent in units in the last place of that. */
export function judge(got: number, { value, exponent }: precise.Scaled, least: number): { ulps: number; want: number } {
  const half = Math.trunc(exponent / 2)
  const want = value[0] * 2 ** half * 2 ** (exponent - half)
  const size = Math.max(Math.abs(value[0]), least)
  if (!Number.isFinite(got) || !Number.isFinite(want)) return { ulps: Object.is(got, want) ? 0 : Infinity, want }
  if (size === 0) return { ulps: got === 0 ? 0 : Infinity, want }
  const scaled = got * 2 ** -half * 2 ** -(exponent - half)
  const unit = Math.max(Math.floor(Math.log2(size)), -1022 - exponent) - 52
  const difference = sub([scaled, 0], value)[0]
  return { ulps: Math.abs(difference * 2 ** -Math.trunc(unit / 2) * 2 ** -(unit - Math.trunc(unit / 2))), want }
}

/** Rows for the page: all functions, or those named. */
export async function* measureFloat64(names: readonly string[], count: number): AsyncGenerator<Row> {
  const benches = await float64Benches(count)
  for (const one of measures) {
    if (names.length > 0 && !names.includes(one.name)) continue
    const { ulps, x, got, want } = measure(one, benches.get(one.name)!, count)
    const spans = one.spans.map(({ low, high }) => `${low}…${high}`).join(', ')
    const arguments_ = `${Math.ceil(count * (one.part ?? 1)).toLocaleString('en')} in ${spans}`
    const note = one.least ? '; small results count as absolute' : ''
    const dtype = one.range ? `float64, ${one.range}` : 'float64'
    yield { name: one.name, dtype, cells: [ulps.toFixed(3), String(x), String(got), String(want), arguments_ + note] }
  }
  yield* storedRows(names, benches)
}
