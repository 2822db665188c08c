/** The largest and smallest of float32 by their bits: of numbers, zeros of either sign, infinities and NaN of either sign. */
import { array, compile, dim, matrix, max, min, type NDArray, type Target } from 'damo'
import { wasm } from 'damo/wasm'
import { expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import { folds } from '../../frontend/folds.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { schedule } from '../../wasm/schedule.ts'
import { randomFrom } from '../kernel/random.ts'
import { loopInterpreter, sharedLoops } from '../targets.ts'

const [nan, negativeNan] = [0x7fc00000, 0xffc00000]
const bitsOf = new Map<string, readonly number[]>([
  ['numbers and infinities', [0xff800000, 0xbf800000, 0x80000001, 0x80000000, 0, 1, 0x3f800000, 0x7f800000]],
  ['negative numbers', [0xff800000, 0xff7fffff, 0xbf800000, 0xbf800001, 0x80800000]],
  ['zeros', [0, 0x80000000]],
  ['zeros and less', [0, 0x80000000, 0xbf800000, 0x80000001]],
  ['zeros and more', [0, 0x80000000, 0x3f800000, 1]],
  ['NaN among negative numbers', [nan, 0xbf800000, 0xff800000, 0x80000000]],
  ['negative NaN among negative numbers', [negativeNan, 0xbf800000, 0xff800000, 0x80000000]],
  ['negative NaN among positive numbers', [negativeNan, 0x3f800000, 0x7f800000, 0]],
  ['NaN of both signs', [nan, negativeNan]],
])

const [n, m] = [dim('n'), dim('m')]
const some = matrix('some', { shape: [n, m] })
const [seven, three] = [matrix('seven', { shape: [n, 7] }), matrix('three', { shape: [n, 3] })]
const outputs = {
  rows: max(some, 1),
  columns: max(some, 0),
  leastOfRows: min(some, 1),
  leastOfColumns: min(some, 0),
  sevens: max(seven, 1),
  leastOfSevens: min(seven, 1),
  threes: max(three, 1),
  leastOfThrees: min(three, 1),
}

const targets: [string, Target][] = [
  ['loops, watched', loopInterpreter()],
  ['wasm', wasm()],
  ['two threads', sharedLoops(2)],
]

const numbersOf = (x: NDArray) => Array.from(x.data as Float32Array)

test.each(targets)('by %s', async (_, target) => {
  const f = await compile({ inputs: { some, seven, three }, outputs }, { target })
  const next = randomFrom(3)
  for (const [name, bits] of bitsOf)
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [9, 38],
      [40, 3],
    ] as const) {
      const drawn = (size: number) =>
        new Float32Array(Uint32Array.from({ length: size }, () => bits[Math.floor(bits.length * next())]!).buffer)
      const [x, y, z] = [drawn(rows * columns), drawn(7 * rows), drawn(3 * rows)]
      const got = f.runSync({
        some: array(x, { dtype: 'float32', shape: [rows, columns] }),
        seven: array(y, { dtype: 'float32', shape: [rows, 7] }),
        three: array(z, { dtype: 'float32', shape: [rows, 3] }),
      } as never) as Record<keyof typeof outputs, NDArray>
      const extremes = (op: 'max' | 'min', from: Float32Array, width: number, along: 'rows' | 'columns') => {
        const results = Array<number>(along === 'rows' ? rows : width).fill(folds[op].identity('float32') as number)
        from.forEach((value, i) => {
          const at = along === 'rows' ? Math.floor(i / width) : i % width
          results[at] = folds[op].combine(results[at]!, value) as number
        })
        return results
      }
      const where = `${name}, ${rows} by ${columns}`
      expect(numbersOf(got.rows), where).toEqual(extremes('max', x, columns, 'rows'))
      expect(numbersOf(got.columns), where).toEqual(extremes('max', x, columns, 'columns'))
      expect(numbersOf(got.leastOfRows), where).toEqual(extremes('min', x, columns, 'rows'))
      expect(numbersOf(got.leastOfColumns), where).toEqual(extremes('min', x, columns, 'columns'))
      expect(numbersOf(got.sevens), where).toEqual(extremes('max', y, 7, 'rows'))
      expect(numbersOf(got.leastOfSevens), where).toEqual(extremes('min', y, 7, 'rows'))
      expect(numbersOf(got.threes), where).toEqual(extremes('max', z, 3, 'rows'))
      expect(numbersOf(got.leastOfThrees), where).toEqual(extremes('min', z, 3, 'rows'))
    }
})

test('folds of three steps and more are of integers, shorter ones of what they read', () => {
  const text = (width: number) => {
    const x = matrix('x', { shape: [100, width] })
    const [step] = lowered({ inputs: { x }, outputs: { y: max(x, 1) } }).steps
    return loopText(schedule((step as { run: Kernel }).run))
  }
  for (const width of [3, 4, 9, 100]) expect(text(width), `${width}`).not.toMatch(/: float32(x4)? = max/)
  expect(text(2)).toMatch(/: float32(x4)? = max/)
  expect(text(2)).not.toContain('uint32')
})
