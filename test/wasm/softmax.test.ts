/** Rows of softmax that are out of the ordinary, and sums whose terms are added in fours. */
import { compile, logSoftmax, matrix, softmax, square, sum, vector } from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'

const n = 13
const row = (...given: number[]) => [...given, ...new Array<number>(n - given.length).fill(given[given.length - 1]!)]
const rows = {
  equal: row(3),
  large: row(1e30, 1e30, -1e30),
  subnormal: row(0, -88, -95, -103, -104, -110),
  masked: row(1, -Infinity, 2, -Infinity),
  'nothing left': row(-Infinity),
  infinite: row(1, Infinity, 2),
  'with NaN': row(1, 2, Number.NaN, 3),
  'NaN first': row(Number.NaN, 2, 3),
  'NaN and infinities': row(-Infinity, Number.NaN, Infinity, 0),
}

/** As NumPy does it, in float64. */
function exact(x: readonly number[]): { p: number[]; log: number[] } {
  const top = Math.max(...x)
  const total = x.reduce((all, each) => all + Math.exp(each - top), 0)
  return { p: x.map(each => Math.exp(each - top) / total), log: x.map(each => each - top - Math.log(total)) }
}

describe.each(['float32', 'float64'] as const)('%s', async dtype => {
  const x = matrix('x', { dtype, shape: ['m', n] })
  const along = { inputs: { x }, outputs: { p: softmax(x), log: logSoftmax(x) } }
  const across = { inputs: { x }, outputs: { p: softmax(x.transpose(), 0), log: logSoftmax(x.transpose(), 0) } }
  test.each(Object.entries(rows))('%s', async (_, values) => {
    const truth = exact(values)
    for (const program of [along, across]) {
      const { p, log } = await (await compile(program, { target: wasm() }))({ x: [values] })
      // Half of the least number is all that a result near 0 may be off by.
      const least = dtype === 'float32' ? 2 ** -149 : 2 ** -1074
      const relative = dtype === 'float32' ? 5e-7 : 1e-15
      values.forEach((_, i) => {
        if (Number.isNaN(truth.p[i])) expect(p.data[i]).toBeNaN()
        else expect(Math.abs(Number(p.data[i]) - truth.p[i]!)).toBeLessThanOrEqual(truth.p[i]! * relative + least)
        if (Number.isNaN(truth.log[i])) expect(log.data[i]).toBeNaN()
        else if (truth.log[i] === -Infinity) expect(log.data[i]).toBe(-Infinity)
        else
          expect(Math.abs(Number(log.data[i]) - truth.log[i]!)).toBeLessThanOrEqual(Math.abs(truth.log[i]!) * relative)
      })
    }
  })
})

test('sums of what is never negative are right to 2e-7', async () => {
  const x = vector('x', { shape: ['n'] })
  const f = await compile({ inputs: { x }, outputs: { squares: sum(square(x)) } }, { target: wasm() })
  for (const size of [7, 1000, 3_000_001]) {
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i) * 10 ** ((i % 13) - 6))
    const truth = values.reduce((all, each) => all + Math.fround(each * each), 0)
    const { squares } = await f({ x: values })
    expect(Math.abs(squares.item() / truth - 1)).toBeLessThan(2e-7)
  }
})
