/** float64 functions as wasm computes them, against arithmetic of twice the precision. */
import { beforeAll, describe, expect, test } from 'vitest'
import { findCompiler } from '../../wasm/emcc/index.ts'
import { Bench } from './bench.ts'
import * as doubled from './doubled.ts'
import { float64Benches, measure, measures } from './float64.ts'
import * as precise from './precise.ts'
import { measureStored, stored, storedKey, storedUlps } from './stored.ts'

const missing = await findCompiler().then(
  () => undefined,
  (error: Error) => error.message,
)

/** In all, over the functions, more than 100,000 arguments. */
const each = 4000

describe.skipIf(missing)('float64 on wasm', () => {
  let benches: ReadonlyMap<string, Bench>

  beforeAll(async () => {
    benches = await float64Benches(each)
  })

  test.each(measures)('$name within $ulps ulp', one => {
    const { ulps, x, got, want } = measure(one, benches.get(one.name)!, each)
    expect(ulps, `at ${x}: ${got}, not ${want}`).toBeLessThanOrEqual(one.ulps)
  })

  test.each(stored.map(one => [storedKey(one), one] as const))('%s within its bound of stored values', (key, one) => {
    const { ulps, args, got, want } = measureStored(one, benches.get(one.name)!)
    expect(ulps, `at ${args}: ${got}, not ${want}`).toBeLessThanOrEqual(storedUlps[key]!)
  })

  const special = [0, -0, 5e-324, -5e-324, 2 ** -1022, 1, -1, 0.5, -0.5, 2, 1e300, -1e300, 1.7976931348623157e308]
  const edges = [...special, -1.7976931348623157e308, Infinity, -Infinity, NaN, 709.782712893384, 709.7827128933841]
  const host: Record<string, (x: number) => number> = {
    exp: Math.exp,
    expm1: Math.expm1,
    log: Math.log,
    log2: Math.log2,
    log10: Math.log10,
    log1p: Math.log1p,
    tanh: Math.tanh,
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    arcsin: Math.asin,
    arccos: Math.acos,
    arctan: Math.atan,
    sinh: Math.sinh,
    cosh: Math.cosh,
    arcsinh: Math.asinh,
    arccosh: Math.acosh,
    arctanh: Math.atanh,
  }

  test.each(Object.keys(host))('%s at zeros, infinities, NaN and the ends of the range', name => {
    const bench = benches.get(name)!
    ;(bench.inputs[0] as Float64Array).set(edges)
    bench.run()
    edges.forEach((x, i) => {
      const [got, want] = [bench.output[i] as number, host[name]!(x)]
      if (!Number.isFinite(want) || want === 0) expect(got, `${name}(${x})`).toBe(want)
      else expect(Math.abs(got - want), `${name}(${x})`).toBeLessThanOrEqual(Math.max(1e-15 * Math.abs(want), 5e-324))
    })
  })

  test('pow at all pairs of special numbers', () => {
    const numbers = [...edges, 3, -3, 1.5, -1.5, 9007199254740991, -9007199254740991, 1 - 2 ** -53, 1 + 2 ** -52]
    const pairs = numbers.flatMap(a => numbers.map(b => [a, b] as const))
    const bench = benches.get('pow')!
    const [left, right] = bench.inputs as Float64Array[]
    pairs.forEach(([a, b], i) => {
      left![i] = a
      right![i] = b
    })
    bench.run()
    pairs.forEach(([a, b], i) => {
      const got = bench.output[i] as number
      const want = a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b
      if (!Number.isFinite(want) || want === 0) expect(got, `${a} ** ${b}`).toBe(want)
      else expect(Math.abs(got / want - 1), `${a} ** ${b}`).toBeLessThanOrEqual(1e-15)
    })
  })
})

describe('the judge itself', () => {
  test('double-double results have 28 digits', () => {
    const e = precise.exp(doubled.doubled(1))
    expect(e.exponent).toBe(1)
    expect(doubled.sub(doubled.scale(e.value, 2), [Math.E, 1.4456468917292502e-16])[0]).toBeCloseTo(0, 28)
    const back = precise.log(doubled.scale(e.value, 2))
    expect(doubled.sub(back, doubled.doubled(1))[0]).toBeCloseTo(0, 28)
    const { sin, cos } = precise.sinCos(1e22)
    expect(sin[0]).toBe(-0.8522008497671888)
    const unit = doubled.add(doubled.mul(sin, sin), doubled.mul(cos, cos))
    expect(doubled.sub(unit, doubled.doubled(1))[0]).toBeCloseTo(0, 28)
  })

  test('a result that is off by a bit is found', async () => {
    const bench = await Bench.create('exp', 'float32', 4)
    const output = bench.output as Float32Array
    ;(bench.inputs[0] as Float32Array).fill(1)
    bench.run()
    bench.judge()
    expect(bench.worst.ulps).toBeLessThanOrEqual(0.5)
    expect(bench.worst.want).toBe(Math.E)
    output[2] = output[2]! + 2 ** -22
    bench.judge()
    expect(bench.worst.ulps).toBeGreaterThan(0.5)
  })
})
