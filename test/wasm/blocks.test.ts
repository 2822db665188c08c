/** Folds over much go by blocks, whose partial results are combined in order: the same values, by however many threads. */
import {
  all,
  any,
  argmax,
  argmin,
  array,
  compile,
  dim,
  gt,
  interpreter,
  matrix,
  max,
  mean,
  norm,
  prod,
  sqrt,
  square,
  std,
  sum,
  type Tensor,
  tensor3,
  vector,
} from 'damo'
import { wasm } from 'damo/wasm'
import { describe, expect, test } from 'vitest'
import { lowered } from '../../frontend/compile.ts'
import type { Kernel } from '../../frontend/kernel/ir.ts'
import { loopText } from '../../frontend/kernel/print.ts'
import { leastShared } from '../../runtime/threads.ts'
import { type Piece, sharedPieces } from '../../wasm/parallel.ts'
import { schedule } from '../../wasm/schedule.ts'
import { noise } from '../bench/models.ts'
import { sharedLoops } from '../targets.ts'

const bits = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

const reproducible = wasm({ numerics: 'reproducible' })

describe('the same bits on one thread and on several, and what the oracle says', () => {
  const x = vector('x', { shape: [dim('n')] })
  const outputs = {
    sum: x.sum(),
    mean: mean(x),
    spread: std(x),
    norm: norm(x),
    dot: x.mul(x).sum(),
    largest: max(x),
    first: argmax(x),
    last: argmin(x),
    positive: all(gt(x, -10)),
    far: any(gt(x, 0.9999)),
    kept: sum(sqrt(square(x).add(1)).div(sum(sqrt(square(x).add(1))))),
  }

  test.each([1, 16383, 16384, 16385, 50_000])('of %d elements', async n => {
    const given = { x: noise(n, 1, 7) }
    const one = await compile({ inputs: { x }, outputs }, { target: reproducible })
    const exact = (await compile({ inputs: { x }, outputs }, { target: interpreter() })).runSync(given)
    const expected = one.runSync(given)
    for (const [name, { data }] of Object.entries(exact)) {
      const got = expected[name as keyof typeof outputs]!
      if (got.dtype === 'float32') expect(got.item(), name).toBeCloseTo(Number(data[0]), n > 1000 ? 4 : 6)
      else expect(got.item(), name).toBe(exact[name as keyof typeof outputs]!.item())
    }
    for (const threads of [2, 3, 8]) {
      const more = await compile({ inputs: { x }, outputs }, { target: sharedLoops(threads) })
      const got = more.runSync(given)
      for (const name of Object.keys(outputs) as (keyof typeof outputs)[])
        expect(bits(got[name].data), `${name} on ${threads}`).toBe(bits(expected[name].data))
      more.close()
    }
  })

  test.each([2, 3, 5, 16, 37])('of the rows of %d columns', async columns => {
    const x = matrix('x', { shape: [dim('n'), columns] })
    const outputs = {
      sum: x.sum({ axis: 0 }),
      spread: std(x, { axis: 0 }),
      product: prod(x.div(1000).add(1), { axis: 0 }),
      first: argmax(x, { axis: 0 }),
      scaled: max(x, { axis: 0 }).mul(2),
      ones: sum(x.mul(0).add(1), { axis: 0 }),
    }
    const one = await compile({ inputs: { x }, outputs }, { target: reproducible })
    const three = await compile({ inputs: { x }, outputs }, { target: sharedLoops(3) })
    const exact = await compile({ inputs: { x }, outputs }, { target: interpreter() })
    for (const n of [1, 7, 20_000]) {
      const given = { x: array(noise(n * columns, 1, 5), { shape: [n, columns] }) }
      const [expected, got, oracle] = [one.runSync(given), three.runSync(given), exact.runSync(given)]
      for (const name of Object.keys(outputs) as (keyof typeof outputs)[]) {
        expect(bits(got[name].data), `${name} of ${n}`).toBe(bits(expected[name].data))
        for (const [i, value] of Array.from(oracle[name].data as Float32Array).entries())
          expect(Math.abs(Number(expected[name].data[i]) - value), name).toBeLessThan(2e-6 * (1 + Math.abs(value)))
      }
    }
    three.close()
  })
})

describe('large columns go by rows', () => {
  test.each([
    [8193, 64],
    [2029, 131],
    [261, 1030],
  ])('of %d rows in %d', async (rows, columns) => {
    const x = matrix('x', { shape: [rows, columns] })
    const outputs = {
      sum: x.sum({ axis: 0 }),
      product: prod(x.div(1000).add(1), { axis: 0 }),
      largest: max(x, { axis: 0 }).mul(2),
      squares: square(x).sum({ axis: 0 }),
      positive: all(gt(x, -0.9995), { axis: 0 }),
    }
    const one = await compile({ inputs: { x }, outputs }, { target: reproducible })
    const three = await compile({ inputs: { x }, outputs }, { target: sharedLoops(3) })
    const data = noise(rows * columns, 1, 5)
    data[columns * (rows - 1) + 3] = Number.NaN
    const given = { x: array(data, { shape: [rows, columns] }) }
    const [expected, got] = [one.runSync(given), three.runSync(given)]
    for (const name of Object.keys(outputs) as (keyof typeof outputs)[]) {
      expect(bits(got[name].data), name).toBe(bits(expected[name].data))
      for (const [i, value] of Array.from(outputs[name].eval({ x: given.x }).data as Float32Array).entries()) {
        const own = Number(expected[name].data[i])
        if (Number.isNaN(Number(value))) expect(own, `${name} ${i}`).toBeNaN()
        else expect(own, `${name} ${i}`).toBeCloseTo(Number(value), 3)
      }
    }
    expect(expected.largest.data[3]).toBeNaN()
    three.close()
  })

  test('and small ones column by column', () => {
    const loops = (rows: number, columns: number) => {
      const x = matrix('x', { shape: [rows, columns] })
      const [step] = lowered({ inputs: { x }, outputs: { y: x.sum({ axis: 0 }) } }).steps
      return loopText(schedule((step as { run: Kernel }).run))
    }
    expect(loops(4096, 64)).toContain('.row')
    expect(loops(4095, 64)).not.toContain('.row')
    expect(loops(8192, 63)).not.toContain('.row')
  })
})

test('of equals the first, and the first NaN, whichever blocks they are in', async () => {
  const x = vector('x', { shape: [60_000] })
  const f = await compile({ inputs: { x }, outputs: { at: argmax(x), value: max(x) } }, { target: sharedLoops(3) })
  const at = (values: Record<number, number>) => {
    const data = new Float32Array(60_000)
    for (const [i, value] of Object.entries(values)) data[Number(i)] = value
    const { at, value } = f.runSync({ x: data })
    return [at.item(), value.item()]
  }
  expect(at({})).toEqual([0, 0])
  expect(at({ 16384: 3, 16383: 3, 50000: 3 })).toEqual([16_383, 3])
  expect(at({ 59999: 1 })).toEqual([59_999, 1])
  expect(at({ 3: 9, 40000: Number.NaN, 55000: Number.NaN })).toEqual([40_000, Number.NaN])
  f.close()
})

describe('what is shared', () => {
  const shared = (output: Tensor, inputs: readonly Tensor[], least = leastShared) => {
    const { steps } = lowered({ inputs, outputs: { output } })
    const count = (pieces: readonly Piece[] = []): number =>
      pieces.reduce((n, piece) => n + (piece.kind === 'shared' ? 1 : piece.kind === 'for' ? count(piece.pieces) : 0), 0)
    return steps.map(step => ('run' in step ? count(sharedPieces(schedule(step.run as Kernel), least)) : 0))
  }
  const x = vector('x', { shape: [1_000_000] })

  test('sums to one value, each in its turn', () => {
    expect(shared(x.sum(), [x])).toEqual([1])
    expect(shared(square(x.sub(mean(x))).mean(), [x])).toEqual([2])
    expect(shared(argmax(x), [x])).toEqual([1])
  })
  test('rows of few columns', () => {
    const y = matrix('y', { shape: [300_000, 3] })
    expect(shared(y.sum({ axis: 0 }), [y])).toEqual([1])
  })
  test('the rows of what is broadcast', () => {
    const [a, b] = [matrix('a', { shape: [1000, 1000] }), vector('b', { shape: [1000] })]
    expect(shared(square(a.add(b)).sum(), [a, b])).toEqual([1])
    const turned = tensor3('t', { shape: [4, 500, 500] })
    expect(shared(turned.mul(turned.transpose([0, 2, 1])).sum(), [turned])).toEqual([1])
  })
  test('nothing that is short', () => {
    const y = vector('y', { shape: [100_000] })
    expect(shared(y.sum(), [y])).toEqual([0])
    const z = vector('z', { shape: [30_000] })
    expect(shared(z.sum(), [z], 0)).toEqual([0])
  })
})
