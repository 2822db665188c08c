/** Integer scalar inputs as sizes: what each call gives is read before anything runs, and shapes follow it. */
import {
  add,
  arange,
  array,
  at,
  compile,
  constant,
  dim,
  dims,
  dimValue,
  eye,
  full,
  grad,
  interpreter,
  linspace,
  matrix,
  mul,
  repeat,
  reshape,
  scalar,
  scan,
  slice,
  sum,
  tensor,
  tile,
  vector,
  zeros,
} from 'damo'
import { describe, expect, test } from 'vitest'
import { wasm } from '../../wasm/index.ts'
import { loopInterpreter } from '../targets.ts'

const int = (name: string, dtype: 'int32' | 'int64' = 'int32') => scalar(name, { dtype })

/** NumPy's `list[start:stop:step]`. */
function sliced(list: readonly number[], start: number | null, stop: number | null, step: number): number[] {
  const size = list.length
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const held = (bound: number) => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high)
  const from = start === null ? (step > 0 ? 0 : size - 1) : held(start)
  const to = stop === null ? (step > 0 ? size : -1) : held(stop)
  const chosen: number[] = []
  for (let i = from; step > 0 ? i < to : i > to; i += step) chosen.push(list[i]!)
  return chosen
}

describe.each([interpreter(), loopInterpreter(), wasm()])('on the $name', target => {
  test('what is created follows them, and they are data still', async () => {
    const [n, m] = [int('n'), int('m', 'int64')]
    const outputs = {
      range: arange(n),
      between: arange(n, m),
      zero: zeros([n, 3]),
      one: eye(n),
      even: linspace(0, 1, n),
      half: arange(dims.floorDiv(n, 2)),
      sum: add(dimValue(m), n),
    }
    const f = await compile({ inputs: { n, m }, outputs }, { target })
    for (const [size, stop] of [
      [3, 5],
      [1, 0],
      [0, 2],
      [4, 4],
      [3, 4],
    ] as const) {
      const results = await f({ n: size, m: stop })
      const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
      expect(results.range.tolist()).toEqual(upTo(size))
      expect(results.between.tolist()).toEqual(upTo(stop).slice(size))
      expect(results.zero.shape).toEqual([size, 3])
      expect(results.one.tolist()).toEqual(upTo(size).map(i => upTo(size).map(j => Number(i === j))))
      expect(results.even.shape).toEqual([size])
      expect(results.half.tolist()).toEqual(upTo(Math.floor(size / 2)))
      expect(Number(results.sum.item())).toBe(size + stop)
    }
  })

  test('bounds of slices are as in NumPy', async () => {
    const [x, a, b] = [vector('x', { shape: [dim('size')] }), int('a'), int('b')]
    const [down, up] = [dims.sub(a, 3), dims.sub(b, 3)]
    const pairs = [
      [a, b],
      [down, up],
      [null, b],
      [up, null],
    ] as const
    const steps = [1, 2, -1, -3]
    const outputs = pairs.flatMap(([start, stop]) => steps.map(step => at(x, slice(start, stop, step))))
    const f = await compile({ inputs: { x, a, b }, outputs }, { target })
    for (const size of [0, 1, 5]) {
      const list = Array.from({ length: size }, (_, i) => i)
      for (const [start, stop] of [
        [0, 0],
        [1, 4],
        [4, 1],
        [2, 9],
        [9, 3],
        [7, 8],
      ] as const) {
        const wanted = [
          [start, stop],
          [start - 3, stop - 3],
          [null, stop],
          [stop - 3, null],
        ].flatMap(([from, to]) => steps.map(step => sliced(list, from!, to!, step)))
        const got = await f({ x: Float32Array.from(list), a: start, b: stop })
        expect(got.map(part => part.tolist())).toEqual(wanted)
      }
    }
  })

  test('loops, reshapes and repetitions take them', async () => {
    const [n, x] = [int('n'), vector('x')]
    const power = scan((carry: ReturnType<typeof vector>) => ({ carry: mul(carry, 2) }), { initial: x, steps: n }).carry
    const outputs = [power, reshape(x, [n, 2]), tile(x, n), repeat(x, n), grad(sum(power), x)]
    const f = await compile({ inputs: { n, x }, outputs }, { target })
    const results = await f({ n: 2, x: [1, 2, 3, 4] })
    expect(results.map(result => result!.tolist())).toEqual([
      [4, 8, 12, 16],
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2, 3, 4, 1, 2, 3, 4],
      [1, 1, 2, 2, 3, 3, 4, 4],
      [4, 4, 4, 4],
    ])
    await expect(f({ n: 3, x: [1, 2, 3, 4] })).rejects.toThrow(
      /^input 'x': expected float32\[2\*n\] = \[6\], .* as reshape at/,
    )
  })

  test('what is refused names the input', async () => {
    const [n, x, y] = [int('n'), vector('x'), matrix('y', { shape: [dim('rows'), 2] })]
    const f = await compile({ inputs: { x, y, n }, outputs: [add(x, arange(n)), add(y, zeros([n, 2]))] }, { target })
    const [two, rows] = [[1, 2], array([1, 2, 3, 4], { shape: [2, 2] })]
    const call = (count: number) => () => f.runSync({ x: two, y: rows, n: count })
    expect(call(2)()[0]!.tolist()).toEqual([1, 3])
    expect(call(3)).toThrow("input 'x': expected float32[n] = [3], got [2]; n is 3 by input 'n', as add")
    expect(call(-1)).toThrow("input 'n': expected a non-negative integer below 2^31, got -1")
    expect(call(1.5)).toThrow("input 'n'")
    const differs = () => f.runSync({ x: [1, 2, 3], y: rows, n: 3 })
    expect(differs).toThrow(/sizes differ: (n = 3 and rows = 2|rows = 2 and n = 3)/)
  })
})

test('an input may have the size that another is', async () => {
  const n = int('n')
  const x = tensor('x', { shape: [n, n] })
  const f = await compile({ inputs: { x, n }, outputs: sum(x) }, { target: interpreter() })
  expect(f.runSync({ n: 2, x: [[1, 2], [3, 4]] }).item()).toBe(10) // biome-ignore format: a matrix
  expect(() => f.runSync({ n: 3, x: [[1, 2], [3, 4]] })).toThrow("input 'x'") // biome-ignore format: a matrix
})

test('inputs of one name are told apart, and dims of that name', async () => {
  const [a, b, x] = [int('n'), int('n'), vector('x', { shape: [dim('n')] })]
  const outputs = [arange(a), arange(b), x]
  const f = await compile({ inputs: { a, b, x }, outputs }, { target: loopInterpreter() })
  const results = f.runSync({ a: 1, b: 2, x: [5, 6, 7] })
  expect(results.map(result => result.tolist())).toEqual([[0], [0, 1], [5, 6, 7]])
})

test('a given number is the size', async () => {
  const [n, m] = [int('n'), int('m')]
  const f = await compile({ outputs: arange(n), givens: [[n, 3]] }, { target: interpreter() })
  expect(f.runSync().tolist()).toEqual([0, 1, 2])
  const g = await compile({ inputs: { m }, outputs: arange(n), givens: [[n, m]] }, { target: loopInterpreter() })
  expect(g.runSync({ m: 2 }).tolist()).toEqual([0, 1])
})

test('eval takes them by name and by tensor', () => {
  const n = int('n')
  expect(arange(n).eval({ n: 3 }).tolist()).toEqual([0, 1, 2])
  expect(
    arange(n)
      .eval(new Map([[n, 2]]))
      .tolist(),
  ).toEqual([0, 1])
  expect(mul(arange(n), n).eval({ n: 3 }).tolist()).toEqual([0, 3, 6])
  expect(() => arange(n).eval()).toThrow("no value for input 'n', which is a size")
  expect(() => arange(n).eval({ n: -2 })).toThrow("input 'n': expected a non-negative integer")
  expect(() => arange(n).eval({ m: 2 })).toThrow("'m' is no input of the expression, which has 'n'")
})

test('they are no inputs that nothing uses, and have to be listed', async () => {
  const n = int('n')
  await expect(compile({ outputs: arange(n) }, { target: interpreter() })).rejects.toThrow(
    "'n' is a size by its value, and not among the inputs",
  )
  expect(() => arange(add(n, 1) as never)).toThrow('a size is known before anything is computed')
  expect(() => arange(scalar('x') as never)).toThrow('a size is known before anything is computed')
  expect(dims.text(dims.mul(n, 2))).toBe('2*n')
  expect(String(zeros([n, dims.add(n, 1)]))).toContain('float32[n, n + 1]')
})

test('sums of what is repeated count further than int32 does', async () => {
  const n = int('n')
  const outputs = {
    all: sum(full([n, n], constant(1, 'int32'))),
    some: sum(full([n, n], constant(-3, 'int32')), { axis: 0 }).at(0),
  }
  const f = await compile({ inputs: { n }, outputs }, { target: wasm() })
  const { all, some } = await f({ n: 65537 })
  expect(all.data).toEqual(BigInt64Array.of(4295098369n))
  expect(some.data).toEqual(BigInt64Array.of(-196611n))
})
