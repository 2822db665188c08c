/** float64 functions of several parameters, and Bessel functions, against values that mpmath computed: stored.py wrote them into stored.json. */
import { readFileSync } from 'node:fs'
import type { Bench } from './bench.ts'
import type { Doubled } from './doubled.ts'
import { type Found, judge } from './float64.ts'
import type { Row } from './table.ts'

/** A function, arguments of one kind, and what it is at each, in two parts. */
export interface Stored {
  name: string
  range: string
  args: readonly (readonly number[])[]
  values: readonly Doubled[]
}

export const stored: readonly Stored[] = JSON.parse(readFileSync(new URL('stored.json', import.meta.url), 'utf8'))

/** The bounds that tests hold them to, by name and range; damo's lose digits in proportion to the exponents of what they multiply. */
export const storedUlps: Readonly<Record<string, number>> = {
  'gammainc, a to 10': 8,
  'gammainc, a to 100': 16,
  'gammainc, a to 10,000': 16,
  'gammaincc, a, x to 1.1': 32,
  'gammaincc, a to 100': 16,
  'gammaincc, a to 10,000': 16,
  'beta, a, b to 50': 6,
  'betaln, a to 10': 5,
  'betaln, a, b to 100,000': 4,
  'i0, x to 20': 4,
  'i0, x to 713': 4,
  'i1, x to 20': 4,
  'i1, x to 713': 4,
  'betainc, a, b to 5': 8,
  'betainc, a, b to 100': 16,
  'betainc, a, b to 10,000': 100,
}

export const storedKey = ({ name, range }: Stored): string => `${name}, ${range}`

/** Functions whose results cross zero, where errors count as absolute. */
const leastOf: Readonly<Record<string, number>> = { betaln: 1 }

/** The worst of the stored arguments. */
export function measureStored({ name, args, values }: Stored, bench: Bench): Found & { args: readonly number[] } {
  args.forEach((list, i) => {
    list.forEach((x, k) => {
      bench.inputs[k]![i] = x
    })
  })
  bench.run()
  const found = values.map((value, i) => {
    const got = bench.output[i] as number
    return { ...judge(got, { value, exponent: 0 }, leastOf[name] ?? 0), x: args[i]![0]!, got, args: args[i]! }
  })
  return found.reduce((a, b) => (b.ulps <= a.ulps ? a : b))
}

/** Rows for the page: all functions, or those named. */
export function storedRows(names: readonly string[], benches: ReadonlyMap<string, Bench>): Row[] {
  const wanted = stored.filter(({ name }) => names.length === 0 || names.includes(name))
  return wanted.map(one => {
    const { ulps, args, got, want } = measureStored(one, benches.get(one.name)!)
    const arguments_ = `${one.args.length} of mpmath`
    const cells = [ulps.toFixed(3), args.join('; '), String(got), String(want), arguments_]
    return { name: one.name, dtype: `float64, ${one.range}`, cells }
  })
}
